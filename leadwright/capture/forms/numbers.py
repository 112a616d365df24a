"""What became of a form: seen, begun, left at which question, sent; by variant and page, people apart from machines."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from leadwright.kit import database, sql

SQL = sql.load("numbers")


@dataclass(frozen=True, slots=True)
class Line:
    """The numbers of a form, or of one variant or page of it: by people, and by everybody."""

    of: str
    views: int = 0
    views_all: int = 0
    starts: int = 0
    starts_all: int = 0
    sent: int = 0
    sent_all: int = 0
    median_seconds: float | None = None

    @property
    def conversion(self) -> float | None:
        """How many of those who saw it have sent it; None where more have sent it than are known to have seen it."""
        return self.sent / self.views if self.views and self.sent <= self.views else None

    @property
    def started_share(self) -> float | None:
        """How many of those who saw it have begun."""
        return self.starts / self.views if self.views else None


@dataclass(frozen=True, slots=True)
class Stop:
    """How many people left a form at a question, which they touched last."""

    question: str
    people: int


@dataclass(frozen=True)
class Numbers:
    """All numbers of a form in some days."""

    total: Line
    variants: Sequence[Line]
    pages: Sequence[Line]
    stops: Sequence[Stop]


def count(code: str, since: datetime, until: datetime) -> Numbers:
    """The numbers of a form; a person who comes back within a visit counts once."""
    given: dict[str, Any] = {"form": code, "since": since, "until": until}
    lines: dict[str, list[Line]] = {"all": [], "variant": [], "page": []}
    for row in database.rows(SQL["lines"], **given):
        lines[row.dimension].append(
            Line(
                row.value,
                row.views,
                row.views_all,
                row.starts,
                row.starts_all,
                row.sent,
                row.sent_all,
                float(row.median_seconds) if row.median_seconds is not None else None,
            )
        )
    stops = [Stop(row.field, row.people) for row in database.rows(SQL["stops"], **given)]
    return Numbers(lines["all"][0] if lines["all"] else Line(""), lines["variant"], lines["page"], stops)
