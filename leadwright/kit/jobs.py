"""Background work in sets: a drain is a named function that does all there is to do, whenever something wakes it.

Whoever changes facts says what kind of thing changed (`wake("activities")`); after the commit every drain that listens
to this topic is queued once. A drain answers the next moment at which it has work, or None; it is then queued for that
moment. PostgreSQL's advisory locks see to it that a drain runs once at a time over all machines, and that a wake-up
during a run leads to one more run. A sweep wakes all drains now and then, so that a lost wake-up costs seconds.

On top of procrastinate; see docs/decisions/0004-drains.md.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zlib import crc32

import structlog
from django.db import connection, transaction
from procrastinate.contrib.django import app

from leadwright.kit import clock, domains, wakeups

log = structlog.get_logger()

Work = Callable[[], datetime | None]


@dataclass(frozen=True)
class Drain:
    """One kind of background work."""

    name: str
    work: Work
    wakes_on: tuple[str, ...]
    order: int


DRAINS: dict[str, Drain] = {}
_by_hand = False
_held = False
_pending: set[str] = set()
_due: dict[str, datetime] = {}


@dataclass
class Hand:
    """What has been woken and what is due where work is done by hand."""

    pending: set[str] = field(default_factory=set)
    due: dict[str, datetime] = field(default_factory=dict)


def drain(name: str, *, wakes_on: tuple[str, ...] = (), order: int = 100) -> Callable[[Work], Work]:
    """Register a function as background work called `stage.verb`, woken by topics, run in `order` where run by hand.

    The function must be safe to kill at any line and to run again.
    """

    def register(work: Work) -> Work:
        if name in DRAINS:
            raise ValueError(f"There is a drain '{name}' already; choose another name.")
        DRAINS[name] = Drain(name, work, wakes_on, order)

        @app.task(name=name, pass_context=False)
        def _task() -> None:
            run(name)

        return work

    return register


def wake(*topics: str) -> None:
    """Queue, once the current transaction has committed, every drain that listens to one of the topics."""
    names = [name for name, each in DRAINS.items() if set(topics) & set(each.wakes_on)]
    if _by_hand:
        _pending.update(names)
    elif names:
        transaction.on_commit(lambda: queue(names))


def queue(names: list[str], at: datetime | None = None) -> None:
    """Queue drains by name, now or at a moment; one that waits already is not queued twice."""
    with connection.cursor() as cursor:
        cursor.execute(wakeups.QUEUE, [wakeups.jobs(names, at)])


def _place(kind: str, name: str) -> str:
    """A drain's place in the form that `bit(32)` reads: where it runs, or where one waits to run next."""
    return f"{crc32(f'{kind}:{name}'.encode()):032b}"


WAIT_SECONDS = 1.0
AGAIN = timedelta(seconds=3)


def _holds(cursor: Any, kind: int, place: str, patience: float | None = 0.0) -> bool:
    """Whether we hold a place now, or get it within so many seconds (None: however long it takes)."""
    began = time.monotonic()
    while True:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s::bit(32)::int)", [kind, place])
        found = cursor.fetchone()
        if found and found[0]:
            return True
        if patience is not None and time.monotonic() - began >= patience:
            return False
        time.sleep(0.05)


@contextmanager
def _alone(name: str) -> Iterator[bool]:
    """Hold the drain's place; False where somebody runs, and somebody else waits to run next or it takes long.

    Whoever waits keeps a worker's hand from other work: two drains that ran for a minute, with one waiting behind each,
    left none of four for a confirmation that had come in. So nobody waits for long, but comes again.
    """
    running, following = _place("run", name), _place("next", name)
    with connection.cursor() as cursor:
        if not _holds(cursor, 19, following):
            yield False
            return
        try:
            is_free = _holds(cursor, 23, running, None if _by_hand else WAIT_SECONDS)
        finally:
            cursor.execute("SELECT pg_advisory_unlock(19, %s::bit(32)::int)", [following])
    if not is_free:
        queue([name], clock.now() + AGAIN)
        yield False
        return
    try:
        yield True
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(23, %s::bit(32)::int)", [running])


def run(name: str) -> None:
    """Run a drain to its end, alone, and queue it for its next due moment."""
    domains.refresh()
    if _held:
        next_at = DRAINS[name].work()
    else:
        with _alone(name) as mine:
            if not mine:
                return
            next_at = DRAINS[name].work()
    if next_at is None:
        return
    if _by_hand:
        _due[name] = next_at
    else:
        queue([name], max(next_at, clock.now()))


def sweep() -> None:
    """Wake every drain: at a worker's start, and now and then in case a wake-up was lost."""
    queue(list(DRAINS))


@app.periodic(cron="*/20 * * * * *")
@app.task(name="kit.sweep", queueing_lock="kit.sweep", pass_context=False)
def _sweep(timestamp: int) -> None:
    sweep()


# A killed worker leaves its jobs "doing" for ever; its drains were woken again at once, so the rows say nothing more.
TIDY = """
DELETE FROM procrastinate_jobs j
WHERE (status = 'doing' AND NOT EXISTS (SELECT FROM procrastinate_workers w
                                        WHERE w.id = j.worker_id AND w.last_heartbeat > %s))
   OR (status IN ('failed', 'succeeded', 'cancelled', 'aborted')
       AND NOT EXISTS (SELECT FROM procrastinate_events e WHERE e.job_id = j.id AND e.at > %s))
"""


def tidy() -> None:
    """Forget jobs whose worker has died, and what ended more than a week ago."""
    now = clock.now()
    with connection.cursor() as cursor:
        cursor.execute(TIDY, [now - timedelta(minutes=2), now - timedelta(days=7)])


@app.periodic(cron="*/10 * * * *")
@app.task(name="kit.tidy", queueing_lock="kit.tidy", pass_context=False)
def _tidy(timestamp: int) -> None:
    tidy()


@contextmanager
def by_hand(hand: Hand | None = None) -> Iterator[Hand]:
    """Within this block wake-ups are only noted; `settle` does the work here and now. For tests and the demo's past.

    Blocks nest, each with what it was woken for; a `Hand` that is given again goes on where it was left.
    """
    global _by_hand, _pending, _due
    before = _by_hand, _pending, _due
    hand = hand or Hand()
    _by_hand, _pending, _due = True, hand.pending, hand.due
    try:
        yield hand
    finally:
        _by_hand, _pending, _due = before


TAKE_OVER = """
DELETE FROM procrastinate_jobs
WHERE status = 'todo' AND task_name = ANY(%s) AND (scheduled_at IS NULL OR scheduled_at <= %s)
RETURNING task_name
"""


def take_over() -> set[str]:
    """By hand: take what is queued for the workers and due now upon ourselves; answers the drains' names."""
    with connection.cursor() as cursor:
        cursor.execute(TAKE_OVER, [list(DRAINS), clock.now()])
        names = {str(row[0]) for row in cursor.fetchall()}
    _pending.update(names)
    return names


@contextmanager
def held() -> Iterator[None]:
    """Hold the places of all drains for the length of this block: no worker runs one, and `settle` asks no more.

    For long work by hand on an installation that others use, such as the demo's past.
    """
    global _held
    with connection.cursor() as cursor:
        for name in DRAINS:
            cursor.execute("SELECT pg_advisory_lock(23, %s::bit(32)::int)", [_place("run", name)])
    _held = True
    try:
        yield
    finally:
        _held = False
        with connection.cursor() as cursor:
            for name in DRAINS:
                cursor.execute("SELECT pg_advisory_unlock(23, %s::bit(32)::int)", [_place("run", name)])


def settle(*, everything: bool = False, limit: int = 100) -> None:
    """Run woken and due drains, in stage order, until nothing is left to do (at most `limit` rounds)."""
    if everything:
        _pending.update(DRAINS)
    for _ in range(limit):
        if not go_round():
            return
    raise RuntimeError(f"Background work did not come to rest within {limit} rounds: {sorted(_pending)} keep waking.")


def go_round() -> bool:
    """Run the drains that are woken or due, once each and in stage order; False where there was none.

    What a stage tells those behind it is done in the same round, what it tells those before it is left for the next.
    """
    now, last = clock.now(), (-1, "")
    while True:
        ready = {name for name, at in _due.items() if at <= now} | _pending
        ahead = [place for name in ready if (place := (DRAINS[name].order, name)) > last]
        if not ahead:
            return last[0] >= 0
        last = min(ahead)
        _pending.discard(last[1])
        _due.pop(last[1], None)
        run(last[1])


def next_due() -> datetime | None:
    """By hand: the earliest moment at which a drain has work."""
    return min(_due.values(), default=None)
