"""Charts: a Plotly figure in our colours, and the same data as a table beside it.

Plotly's script is served from inside its wheel, and only on pages that have a chart.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage

from leadwright.ui import words

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
        """The script's place on disk; an empty list where it is another's."""
        found = [str(_wheel() / Path(SCRIPT).name)] if path == SCRIPT else []
        return found if find_all or not found else found[0]

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterable[Any]:
        """The one file."""
        yield Path(SCRIPT).name, self.storage


# Colours by meaning, as tokens of console.css; the script reads them from the page, so that light and dark both fit.
TOKENS = ("copper", "ink", "leaf", "slate", "amber", "brick")  # those next to each other differ most


@dataclass(frozen=True)
class Series:
    """One line or set of bars: its values stand beside the chart's labels. `token` names its colour."""

    name: str
    values: Sequence[float | None]
    token: str = ""
    low: Sequence[float] = ()  # lower and upper end of each value's interval, where there is one
    high: Sequence[float] = ()


@dataclass(frozen=True)
class Chart:
    """A figure with its table: what it shows, the labels along it, and one or more series.

    `kind`: bars, sideways (bars from left to right), line, stacked, funnel. `unit` follows each value, such as "%".
    """

    title: str
    labels: Sequence[str]
    series: Sequence[Series]
    kind: str = "bars"
    unit: str = ""
    label_heading: str = ""
    height: int = 280

    @property
    def rows(self) -> list[tuple[str, list[str]]]:
        """The table: each label with its values in words."""
        return [
            (label, [self._said(series.values[index]) for series in self.series])
            for index, label in enumerate(self.labels)
        ]

    def _said(self, value: float | None) -> str:
        return "–" if value is None else f"{words.number(value)}{' ' if self.unit else ''}{self.unit}"

    def figure(self) -> dict[str, Any]:
        """The figure as Plotly takes it; colours are token names that console.js resolves."""
        return {
            "data": [self._trace(index, series) for index, series in enumerate(self.series)],
            "layout": {
                "height": self.height,
                "barmode": "stack" if self.kind == "stacked" else "group",
                "showlegend": len(self.series) > 1,
                "unit": self.unit,
            },
        }

    def _trace(self, index: int, series: Series) -> dict[str, Any]:
        across, along = list(self.labels), list(series.values)
        token = series.token or TOKENS[index % len(TOKENS)]
        trace: dict[str, Any] = {"name": series.name, "token": token}
        if self.kind == "funnel":
            return trace | {"type": "funnel", "y": across, "x": along, "textinfo": "value+percent previous"}
        if self.kind == "line":
            trace |= {"type": "scatter", "mode": "lines", "x": across, "y": along}
        elif self.kind == "sideways":
            trace |= {"type": "bar", "orientation": "h", "y": across, "x": along}
        else:
            trace |= {"type": "bar", "x": across, "y": along}
        if series.low:
            known = [(value or 0.0) for value in series.values]
            trace["error_x" if self.kind == "sideways" else "error_y"] = {
                "type": "data",
                "symmetric": False,
                "array": [high - value for high, value in zip(series.high, known, strict=True)],
                "arrayminus": [value - low for low, value in zip(series.low, known, strict=True)],
            }
        return trace
