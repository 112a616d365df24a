"""What was not taken, and why: kept, counted, looked at, and judged again where that makes sense."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from leadwright.kit import clock, database, jobs, sql
from leadwright.workspace import audit

SQL = sql.load("refusals")


@dataclass(frozen=True)
class Reason:
    """A reason for which hits are refused: how it is called, and what it means."""

    say: str
    because: str
    may_again: bool = False  # somebody may have such a hit judged again


REASONS: Mapping[str, Reason] = {
    "repeated": Reason(
        "Repeated",
        "A message with this id was taken before. A library that retries does this; one that gives the same id to "
        "different messages is at fault.",
        may_again=True,
    ),
    "malformed": Reason("Malformed", "It is no call that we know, or says nothing of whom it speaks."),
    "privacy": Reason("Asked for privacy", "The browser sent Global Privacy Control, which is respected."),
    "quarantined": Reason("Kept aside", "A form that too much spoke against; look at it under Forms, and release it."),
    "canary": Reason("Hidden link", "A machine followed the link in a mail that nobody can see."),
    "failed": Reason(
        "Failed", "It could not be judged: a fault of ours, or a value that nobody foresaw.", may_again=True
    ),
}


def may_again() -> list[str]:
    """The reasons of hits that somebody may have judged again."""
    return [key for key, reason in REASONS.items() if reason.may_again]


def record(rows: Sequence[tuple[int, datetime, str, str]]) -> None:
    """Keep (hit, when it came, reason, detail) of hits that are refused."""
    if rows:
        hits, ats, reasons, details = zip(*rows, strict=True)
        database.execute(
            SQL["refuse"],
            hits=list(hits),
            ats=list(ats),
            reasons=list(reasons),
            details=[detail[:250] for detail in details],
        )


def counts(days: int) -> dict[str, dict[date, int]]:
    """How many hits were refused, by reason and day, in so many days."""
    found: dict[str, dict[date, int]] = {}
    for row in database.rows(SQL["counts"], since=clock.now() - timedelta(days=days)):
        found.setdefault(row.reason, {})[row.day] = row.hits
    return found


def hit(hit_id: int) -> Any:
    """A refused hit as it came in, as long as it is kept; None where it is gone."""
    return database.row(SQL["hit"], hit=hit_id)


def judge_again(hit_ids: Sequence[int], by: Any) -> int:
    """Put refused hits behind those that wait, as if they had just come; answers how many. Each only once.

    Only those whose reason allows it, and whose raw hit is still kept.
    """
    with database.atomic():
        entry = audit.note(by, "had refused hits judged again", "hit", ",".join(map(str, hit_ids))[:60])
        count = database.execute(SQL["again"], hits=list(hit_ids), reasons=may_again(), now=clock.now(), by=entry.actor)
    if count:
        jobs.wake("hits")
    return count
