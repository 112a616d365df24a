"""The pure rules of `handover`: no database, no clock, no Django."""

from datetime import datetime, timedelta

# What an outcome does to a lead that is still before this stage.
STAGE_OF: dict[str, str] = {"reached": "sal", "meeting": "sql"}
WAY: tuple[str, ...] = ("new", "mql", "sal", "sql", "opportunity", "won")

# After how long the next attempt is due, by the number of attempts that nobody answered.
ATTEMPTS: tuple[timedelta, ...] = (
    timedelta(hours=3),
    timedelta(days=1),
    timedelta(days=2),
    timedelta(days=4),
)
UNTOUCHED_AFTER = timedelta(days=5)  # a hot contact whom nobody has spoken to for so long stands in the queue


def answer_by(opened_at: datetime, ready_at: datetime, minutes: int) -> datetime:
    """Until when a lead is to be answered.

    The clock starts at capture. Only a lead that was nurtured for longer than an answer may take starts it anew, at the
    moment it became ready: nobody could have been late before.
    """
    allowed = timedelta(minutes=minutes)
    start = opened_at if ready_at - opened_at <= allowed else ready_at
    return start + allowed


def stage_after(outcome: str, stage: str) -> str:
    """The stage that an outcome moves a lead to, or empty: never back, and never out of an aside stage."""
    target = STAGE_OF.get(outcome, "")
    if not target or stage not in WAY or WAY.index(stage) >= WAY.index(target):
        return ""
    return target


def next_attempt(now: datetime, attempts: int) -> datetime | None:
    """When to try again after so many attempts that nobody answered; None: enough for now."""
    return now + ATTEMPTS[attempts - 1] if attempts <= len(ATTEMPTS) else None


def say_span(span: timedelta) -> str:
    """A length of time in one unit: 2 min, 3 h, 5 days."""
    minutes = max(int(abs(span).total_seconds() // 60), 0)
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 48 * 60:
        return f"{minutes // 60} h"
    return f"{minutes // 1440} days"


def say_clock(answer_by: datetime, now: datetime) -> str:
    """The response clock in words: how long is left, or how late it is."""
    if answer_by >= now:
        return f"{say_span(answer_by - now)} left"
    return f"{say_span(now - answer_by)} late"
