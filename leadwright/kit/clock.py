"""The one source of time: tests freeze it, a rehearsal speeds it up, a replay repeats it."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta, tzinfo

EVER = datetime(1, 1, 1, tzinfo=UTC)

_frozen: datetime | None = None
_since = EVER
_here: ContextVar[datetime | None] = ContextVar("here", default=None)


def now() -> datetime:
    """The current moment in UTC, or the moment the clock is frozen at."""
    return _here.get() or _frozen or datetime.now(UTC)


def since() -> datetime:
    """The moment from which on due work is ours to do. What was due before is left to whoever lives that time: only
    while a past is being lived does it differ from EVER."""
    return _since


@contextmanager
def leaving(before: datetime) -> Iterator[None]:
    """Within, background work leaves alone what was due before a moment."""
    global _since
    kept, _since = _since, before
    try:
        yield
    finally:
        _since = kept


def read(text: object, zone: tzinfo = UTC) -> datetime | None:
    """The moment that a text writes as ISO 8601 (in `zone`, where it names none), in UTC; None where it writes none."""
    try:
        at = datetime.fromisoformat(str(text or "").strip())
        return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def is_frozen() -> bool:
    """Whether time stands still at present."""
    return _frozen is not None


def set_to(at: datetime | None) -> None:
    """Stop this process's clock at a moment with a time zone; None lets it run again."""
    global _frozen
    if at is not None and at.tzinfo is None:
        raise ValueError("The clock needs a moment with a time zone; give one, such as datetime(…, tzinfo=UTC).")
    _frozen = at


def stand(at: datetime) -> None:
    """Stop the clock at a moment for the current task (or thread) only, and for the tasks that it starts."""
    _here.set(at)


def advance(by: timedelta) -> datetime:
    """Move a frozen clock forward and answer the new moment."""
    if _frozen is None:
        raise RuntimeError("Only a frozen clock can be advanced; freeze it first.")
    set_to(_frozen + by)
    return now()


@contextmanager
def frozen(at: datetime) -> Iterator[None]:
    """Hold the clock at a moment for the length of a block, then restore what was before."""
    before = _frozen
    set_to(at)
    try:
        yield
    finally:
        set_to(before)
