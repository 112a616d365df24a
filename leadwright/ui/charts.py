"""Charts: a Plotly figure in our colours, and the same data as a table beside it.

Plotly's script is served from inside its wheel, and only on pages that have a chart.
"""

from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage

SCRIPT = "plotly/plotly.min.js"


def _wheel() -> Path:
    spec = find_spec("plotly")
    assert spec is not None and spec.origin is not None  # noqa: S101, PT018  plotly is a locked dependency
    return Path(spec.origin).parent / "package_data"


class PlotlyFinder(BaseFinder):
    """Finds Plotly's one script inside the installed package."""

    def __init__(self, *_: Any, **__: Any) -> None:
        self.storage = FileSystemStorage(location=_wheel())
        self.storage.prefix = "plotly"  # type: ignore[attr-defined]

    def check(self, **_: Any) -> list[Any]:
        """Nothing to set, nothing to complain of."""
        return []

    def find(self, path: str, find_all: bool = False, **_: Any) -> Any:
        """The script's place on disk."""
        found = str(_wheel() / Path(SCRIPT).name) if path == SCRIPT else ""
        return ([found] if found else []) if find_all else found

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterable[Any]:
        """The one file."""
        yield Path(SCRIPT).name, self.storage
