"""Sources: what can be taken away as a file without being a list of `ui.lists`, such as a report or the log.

Promise: whoever declares a Source gets the background export, the API and the trail for it; the rows are read as they
are written, one after the other, with the eyes of the one who asked.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from django.http import HttpRequest

from leadwright.ui.lists import Column, Row

SOURCES: dict[str, "Source"] = {}


@dataclass(frozen=True, kw_only=True)
class Source:
    """Rows with columns, by a name that no list has; `asks` are the names that its query may hold.

    `rows` keeps to what `request.user` may see, and streams what can be long. `check` answers a sentence where the
    query cannot be answered, and nothing where it can; `size` how many rows there will be, about.
    """

    name: str
    title: str
    permission: str
    columns: Callable[[HttpRequest], Sequence[Column]]
    rows: Callable[[HttpRequest], Iterable[Row]]
    asks: frozenset[str] = frozenset()
    check: Callable[[HttpRequest], str] | None = None
    size: Callable[[HttpRequest], int] | None = None

    def __post_init__(self) -> None:
        SOURCES[self.name] = self

    def may_export(self, request: HttpRequest) -> bool:
        """Whether the user may see what it holds."""
        return request.user.has_perm(self.permission)

    def wrong(self, request: HttpRequest) -> str:
        """What is wrong with a query, as a sentence; empty where it can be answered."""
        if unknown := sorted(set(request.GET) - self.asks):
            known = ", ".join(sorted(self.asks)) or "none"
            return f"“{self.name}” has no filter “{unknown[0][:40]}”. It has: {known}."
        return self.check(request) if self.check else ""

    def file_columns(self, request: HttpRequest) -> list[Column]:
        """All columns that a file can have."""
        return list(self.columns(request))

    def file_rows(self, request: HttpRequest, columns: Sequence[Column]) -> Iterable[Row]:
        """All rows that the query keeps; their columns are read one by one."""
        return self.rows(request)

    def file_size(self, request: HttpRequest) -> int:
        """About how many rows the file will have."""
        return self.size(request) if self.size else 0
