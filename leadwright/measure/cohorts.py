"""Cohorts: leads by the month of their opening, how many were won how soon, and what must be known before comparing."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from leadwright.kit import database, sql
from leadwright.measure import records, rules
from leadwright.measure.questions import Question
from leadwright.measure.records import Set

SQL = sql.load("cohorts")

WINDOWS: tuple[int, ...] = (7, 30, 90, 180)


@dataclass(frozen=True)
class Cell:
    """Won within so many days; `is_open` where not all leads of the cohort are that old, as far as is known."""

    days: int
    share: rules.Share
    is_open: bool
    records: Set


@dataclass(frozen=True)
class Cohort:
    """The leads opened in one month. `is_cut` where they began before outcomes were recorded."""

    month: date
    leads: int
    won: rules.Share
    cells: tuple[Cell, ...]
    days_to_win: float | None
    is_cut: bool


@dataclass(frozen=True)
class Source:
    """The leads of one source."""

    source: str
    won: rules.Share
    days_to_win: float | None


@dataclass(frozen=True)
class Cohorts:
    """The whole report."""

    question: Question
    as_of: datetime
    known_until: datetime
    cohorts: tuple[Cohort, ...]
    won: rules.Share
    days_to_win: float | None
    sources: tuple[Source, ...]
    value: rules.Values
    warnings: tuple[rules.Warning, ...]
    comparable: tuple[Cell, ...]  # the cohorts that are not cut, together
    comparable_won: rules.Share
    comparable_since: date | None = None
    comparable_count: int = 0


@dataclass(frozen=True)
class Facts:
    """What the report and its warnings are made of."""

    openings: tuple[Any, ...]
    wins: tuple[Any, ...]
    known_until: datetime
    until: date

    @cached_property
    def outcomes(self) -> rules.Outcomes:
        """Openings by day, and wins by day and speed."""
        opened: Counter[date] = Counter()
        for row in self.openings:
            opened[row.day] += row.leads
        return rules.Outcomes(opened, [(row.opened_on, row.won_on, row.days, row.leads) for row in self.wins])

    @cached_property
    def by_source(self) -> dict[str, int]:
        """Leads by source."""
        counted: Counter[str] = Counter()
        for row in self.openings:
            counted[row.source] += row.leads
        return dict(counted)

    @cached_property
    def by_month(self) -> dict[date, Counter[date]]:
        """Month -> how many leads each of its days opened, in order."""
        months: dict[date, Counter[date]] = {}
        for day in sorted(self.outcomes.opened):
            months.setdefault(day.replace(day=1), Counter())[day] = self.outcomes.opened[day]
        return months

    @cached_property
    def wins_by_month(self) -> dict[date, Counter[int]]:
        """Month of opening -> how many of its leads were won after how many days."""
        months: dict[date, Counter[int]] = {}
        for row in self.wins:
            months.setdefault(row.opened_on.replace(day=1), Counter())[row.days] += row.leads
        return months

    @cached_property
    def last_opened(self) -> dict[date, date]:
        """Month -> the last day on which it opened a lead."""
        return {month: max(days) for month, days in self.by_month.items()}

    @cached_property
    def truncated(self) -> tuple[date, rules.Warning] | None:
        """From when on outcomes were recorded, where leads were opened long before."""
        return rules.left_truncation(self.outcomes, self.until)


def _rows(name: str, question: Question) -> list[Any]:
    text = SQL[name].replace("/*won*/", SQL["won"]).replace(records.FILTERS, question.where)
    return database.rows(text, **question.parameters)


def facts(question: Question) -> Facts:
    """Read what the leads of a period became."""
    last = _rows("last_record", question)[0][0]
    known_until = rules.observed_until(last, question.as_of)
    return Facts(
        tuple(_rows("openings", question)),
        tuple(_rows("wins", question)),
        known_until,
        known_until.astimezone(question.zone).date(),
    )


def report(question: Question) -> Cohorts:
    """Cohorts by month of opening, sources, and the warnings that comparing them needs."""
    found = facts(question)
    cut = found.truncated
    speeds = _rows("speeds", question)
    by_month = {row.month: _days(row.days) for row in speeds if not row.all_months}
    by_source = {row.source: _days(row.days) for row in speeds if not row.all_sources}
    overall = next((_days(row.days) for row in speeds if row.all_months and row.all_sources), None)
    cohorts = tuple(_cohort(month, found, by_month, cut[0] if cut else None) for month in found.by_month)
    comparable = tuple(each for each in cohorts if not each.is_cut)
    return Cohorts(
        question=question,
        as_of=question.as_of,
        known_until=found.known_until,
        cohorts=cohorts,
        won=rules.Share(sum(row.leads for row in found.wins), sum(row.leads for row in found.openings)),
        days_to_win=overall,
        sources=_sources(found, by_source),
        value=values(question),
        warnings=_warnings(question, found, _censored(question, found)),
        comparable=_together(comparable),
        comparable_won=rules.Share(sum(c.won.hits for c in comparable), sum(c.leads for c in comparable)),
        comparable_count=len(comparable),
        comparable_since=comparable[0].month if comparable else None,
    )


def _cohort(month: date, found: Facts, speeds: Mapping[date, float | None], cut: date | None) -> Cohort:
    opened, wins = found.by_month[month], found.wins_by_month.get(month, Counter())
    leads, last = opened.total(), found.last_opened[month]
    cells = tuple(
        Cell(
            days,
            rules.Share(sum(n for after, n in wins.items() if after <= days), leads),
            last + timedelta(days=days) > found.until,
            Set("within", days=days),
        )
        for days in WINDOWS
    )
    is_cut = cut is not None and min(opened) < cut
    return Cohort(month, leads, rules.Share(wins.total(), leads), cells, speeds.get(month), is_cut)


def _together(cohorts: tuple[Cohort, ...]) -> tuple[Cell, ...]:
    """Cohorts added up, window by window. Those too young count as far as they go, and mark the cell as open."""
    cells = []
    for place, days in enumerate(WINDOWS):
        each = [cohort.cells[place] for cohort in cohorts]
        share = rules.Share(sum(cell.share.hits for cell in each), sum(cell.share.trials for cell in each))
        cells.append(Cell(days, share, any(cell.is_open for cell in each), Set("within", days=days)))
    return tuple(cells)


def _sources(found: Facts, speeds: Mapping[str, float | None]) -> tuple[Source, ...]:
    wins: Counter[str] = Counter()
    for row in found.wins:
        wins[row.source] += row.leads
    leads = sorted(found.by_source.items(), key=lambda pair: (-pair[1], pair[0]))
    return tuple(Source(source, rules.Share(wins[source], n), speeds.get(source)) for source, n in leads)


def values(question: Question) -> rules.Values:
    """What the won leads of a period are worth."""
    row = _rows("values", question)[0]
    name = _names([row.lead_id]).get(row.lead_id, "") if row.lead_id and row.largest is not None else ""
    amounts = (float(row.total), float(row.median or 0), float(row.largest or 0))
    return rules.Values(row.count, *amounts, name, row.lead_id, row.zeros)


def warnings(question: Question, days_to_win: float | None) -> tuple[rules.Warning, ...]:
    """What must be known before the leads of a period are judged by how far they came."""
    found = facts(question)
    as_of = question.as_of.astimezone(question.zone).date()
    young = rules.young_leads(found.outcomes.opened, days_to_win, found.until, as_of)
    return _warnings(question, found, young)


def _censored(question: Question, found: Facts) -> rules.Warning | None:
    as_of = question.as_of.astimezone(question.zone).date()
    return rules.right_censoring(found.last_opened, WINDOWS, found.until, as_of)


def _warnings(question: Question, found: Facts, censored: rules.Warning | None) -> tuple[rules.Warning, ...]:
    if not found.openings:
        return ()
    raised = [
        found.truncated[1] if found.truncated else None,
        censored,
        _impossible(question),
        rules.outlier(values(question)),
        rules.unknown_source(found.by_source),
    ]
    return tuple(warning for warning in raised if warning)


def _impossible(question: Question) -> rules.Warning | None:
    rows = _rows("disordered", question)
    names = _names([row.id for row in rows])
    examples = [(row.id, names.get(row.id, str(row.id)), float(row.days_before)) for row in rows]
    return rules.impossible_order(rows[0].total if rows else 0, examples)


def _names(leads: list[int]) -> dict[int, str]:
    return {row.id: row.name for row in database.rows(SQL["names"], leads=leads)}


def _days(length: timedelta | None) -> float | None:
    return None if length is None else length.total_seconds() / 86400
