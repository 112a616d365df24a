"""The tables of the reports as files: the same figures as on the screens and over the API, one row a line."""

from collections.abc import Callable, Iterator
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest

from leadwright.measure import answers, channels, cohorts, funnels, questions
from leadwright.measure.questions import Question
from leadwright.ui.lists import Column
from leadwright.ui.sources import Source
from leadwright.workspace.access import user_of

ASKS = frozenset({"period", "from", "until", "channel", "source", "campaign", "owner", "import"})
Line = dict[str, Any]


def _asked(request: HttpRequest, default: str) -> Question:
    return questions.parse(request.GET, viewer=questions.viewer_of(user_of(request)), default=default)


def _wrong(request: HttpRequest) -> str:
    try:
        _asked(request, "year")
    except ValidationError as error:
        return " ".join(error.messages)
    return ""


def _column(key: str, label: str, *path: str | int) -> Column:
    """Reads a line of a report's document at a path; what is not known there is blank."""

    def read(line: Line) -> Any:
        found: Any = line
        for step in path or (key,):
            if found is None:
                return None
            found = found[step]
        return found

    return Column(key, label, read)


def _share(key: str, label: str) -> tuple[Column, ...]:
    """A share: hits, of how many, its interval at 95 % confidence, and whether they are too few to say much."""
    return (
        _column(f"{key}_hits", f"{label}: so many", key, "hits"),
        _column(f"{key}_of", f"{label}: of", key, "of"),
        Column(key, label, lambda line: line[key] and line[key]["hits"] / line[key]["of"]),
        _column(f"{key}_low", f"{label}: at least", key, "interval", 0),
        _column(f"{key}_high", f"{label}: at most", key, "interval", 1),
        _column(f"{key}_too_few", f"{label}: too few", key, "too_few"),
    )


def _funnel(question: Question) -> Iterator[Line]:
    """The stages of the way, then the leads aside by reason."""
    found = answers.funnel(funnels.funnel(question))
    yield from ({"reason": ""} | line for line in found["stages"])
    blank = dict.fromkeys(("share", "conversion", "median_days_between", "median_days_since_opened"))
    yield from (blank | line for line in found["aside"])


FUNNEL = (
    _column("stage", "Stage"),
    _column("reason", "Reason"),
    _column("leads", "Leads"),
    *_share("share", "Of all opened"),
    *_share("conversion", "From the stage before"),
    _column("median_days_between", "Days from the stage before (median)"),
    _column("median_days_since_opened", "Days since opened (median)"),
)


def _cohorts(question: Question) -> Iterator[Line]:
    """A line a month; a window that is not over yet says so."""
    for line in answers.cohorts(cohorts.report(question))["cohorts"]:
        windows = {f"within_{each['days']}": each["won"] for each in line["windows"]}
        over = {f"within_{each['days']}_complete": each["complete"] for each in line["windows"]}
        yield line | windows | over


COHORTS = (
    _column("month", "Opened in"),
    _column("leads", "Leads"),
    *_share("won", "Won"),
    *(
        column
        for days in cohorts.WINDOWS
        for column in (
            *_share(f"within_{days}", f"Won within {days} days"),
            _column(f"within_{days}_complete", f"{days} days are over for all"),
        )
    ),
    _column("median_days_to_win", "Days to win (median)"),
    _column("cut_off", "Cut off"),
)


def _channels(question: Question, by: str) -> Iterator[Line]:
    """A line a channel or campaign, then all together."""
    found = answers.channels(channels.report(question, by))
    yield from ({"is_total": False} | line for line in found["lines"])
    yield {"is_total": True} | found["total"]


CHANNELS = (
    _column("name", "Name"),
    _column("key", "Key"),
    _column("leads", "Leads"),
    _column("sql", "sql"),
    *_share("lead_to_sql", "Lead to sql"),
    _column("won", "Won"),
    _column("spend", "Spend"),
    _column("cost_per_sql", "Per sql"),
    _column("cost_low", "Per sql: at least", "cost_per_sql_interval", 0),
    _column("cost_high", "Per sql: at most", "cost_per_sql_interval", 1),
    _column("too_few", "Per sql: too few", "too_few"),
    _column("is_total", "All together"),
)


def _by(request: HttpRequest) -> str:
    return request.GET.get("by") or "channel"


def _wrong_by(request: HttpRequest) -> str:
    if _by(request) not in channels.BY:
        return f"There is no report by “{_by(request)[:40]}”. Choose one of: {', '.join(channels.BY)}."
    return _wrong(request)


def _report(
    name: str,
    title: str,
    columns: tuple[Column, ...],
    rows: Callable[[HttpRequest], Iterator[Line]],
    asks: frozenset[str] = ASKS,
    check: Callable[[HttpRequest], str] = _wrong,
) -> Source:
    return Source(
        name=name,
        title=title,
        permission="measure.view_report",
        columns=lambda _: columns,
        rows=rows,
        asks=asks,
        check=check,
    )


REPORTS = (
    _report("funnel", "Funnel", FUNNEL, lambda request: _funnel(_asked(request, "year"))),
    _report("cohorts", "Cohorts", COHORTS, lambda request: _cohorts(_asked(request, "all"))),
    _report(
        "channels",
        "Channels",
        CHANNELS,
        lambda request: _channels(_asked(request, "year"), _by(request)),
        ASKS | {"by"},
        _wrong_by,
    ),
)
