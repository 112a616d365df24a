"""Channels and campaigns side by side: what they brought, what they cost, and how sure that is."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from leadwright.attract.models import Campaign
from leadwright.kit import database, sql
from leadwright.measure import metrics, records, rules
from leadwright.measure.questions import Question
from leadwright.measure.records import Set

SQL = sql.load("channels")

BY: Mapping[str, str] = {"channel": "Channel", "campaign": "Campaign"}
SETS: Mapping[str, Set] = {
    "leads": Set("opened"),
    "sql": Set("reached", "sql"),
    "won": Set("reached", "won"),
    "to_sql": Set("cohort", "sql"),
}


@dataclass(frozen=True)
class Line:
    """One channel or campaign. `key` is what a question filters by; `spend` None: not known for this question."""

    key: str
    name: str
    leads: int
    sql: int
    won: int
    to_sql: rules.Share
    spend: Decimal | None
    cost: rules.UnitCost


@dataclass(frozen=True)
class Channels:
    """The whole report."""

    question: Question
    as_of: datetime
    by: str
    lines: tuple[Line, ...]
    total: Line
    warnings: tuple[rules.Warning, ...]


def report(question: Question, by: str = "channel", *, warn: bool = True) -> Channels:
    """What each channel or campaign brought and cost in a period."""
    counted = {name: _counts(which, question, by) for name, which in SETS.items()}
    spent = _spend(question, by)
    keys = {key for each in counted.values() for key in each} | set(spent)
    names = _names(by, keys)
    known = question.is_about_spend
    lines = [
        _line(
            str(key), names[key], {n: c[key] for n, c in counted.items()}, spent.get(key, Decimal(0)) if known else None
        )
        for key in keys
    ]
    lines.sort(key=lambda line: (-line.sql, -line.leads, -(line.spend or 0), line.name))
    total = {name: sum(each.values()) for name, each in counted.items()}
    return Channels(
        question,
        question.as_of,
        by,
        tuple(lines),
        _line("", "All", total, metrics.spend(question)),
        _warnings(lines) if warn else (),
    )


def leads(question: Question, campaigns: Iterable[int]) -> dict[int, int]:
    """How many leads of a question each of some campaigns brought."""
    counted = _counts(SETS["leads"], question, "campaign")
    return {campaign: counted[campaign] for campaign in campaigns}


def _counts(which: Set, question: Question, by: str) -> dict[Any, int]:
    text = SQL[f"by_{by}"].replace("/*set*/", records.statement(which.kind, question))
    found: dict[Any, int] = defaultdict(int)
    found.update({row.key: row.leads for row in database.rows(text, **question.parameters, **which.parameters)})
    return found


def _spend(question: Question, by: str) -> dict[Any, Decimal]:
    if not question.is_about_spend:
        return {}
    last = min(question.end - timedelta(microseconds=1), question.as_of)
    rows = database.rows(
        SQL["spend"],
        first_day=question.first_day,
        last_day=last.astimezone(question.zone).date(),
        channel=question.channel,
        by_campaign=question.campaign is not None,
        campaign=question.campaign or None,
    )
    spent: dict[Any, Decimal] = defaultdict(Decimal)
    for row in rows:
        spent[getattr(row, by)] += row.amount
    return spent


def _names(by: str, keys: set[Any]) -> dict[Any, str]:
    if by == "channel":
        return {key: key or "No channel" for key in keys}
    found = {campaign.pk: campaign.name for campaign in Campaign.objects.filter(pk__in=keys).only("pk", "name")}
    return {key: found.get(key, "No campaign") for key in keys}


def _line(key: str, name: str, counted: Mapping[str, int], spend: Decimal | None) -> Line:
    return Line(
        key,
        name,
        counted["leads"],
        counted["sql"],
        counted["won"],
        rules.Share(counted["to_sql"], counted["leads"]),
        spend,
        rules.UnitCost(float(spend or 0), counted["sql"]),
    )


def _warnings(lines: list[Line]) -> tuple[rules.Warning, ...]:
    few = rules.small_numbers("Share that reached sql", {line.name: line.to_sql for line in lines})
    return (few,) if few else ()


def changes(question: Question, before: Question, metric: str) -> list[tuple[str, int, int]]:
    """(channel, then, now) of a counted metric in two periods, the largest loss first."""
    which = SETS[metric] if metric in SETS else Set("reached", metric)
    now, then = _counts(which, question, "channel"), _counts(which, before, "channel")
    found = [(channel or "No channel", then[channel], now[channel]) for channel in {*now, *then}]
    return sorted(found, key=lambda each: (each[2] - each[1], each[0]))
