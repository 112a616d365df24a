"""From hits to activities: each hit becomes a fact, or is refused with a reason. A list of named steps over a set.

Each step is a file of its own name; `hits` is the record that they pass on, `claims` the contract with later stages.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import count

import structlog
from django.db import DataError, IntegrityError

from leadwright.capture import activities
from leadwright.capture.judging import backlogs, leftovers, refusals
from leadwright.capture.judging.backlogs import READER, Backlog
from leadwright.capture.judging.calls import drop_malformed
from leadwright.capture.judging.channels import name_channel
from leadwright.capture.judging.claims import Claim, Found, Identifier, Taken
from leadwright.capture.judging.evidence import weigh_machine_evidence
from leadwright.capture.judging.hindsight import follow_sending, look_back, spot_canaries
from leadwright.capture.judging.hits import EPOCH, Batch, SomebodyElse, Step
from leadwright.capture.judging.identifying import identify
from leadwright.capture.judging.mails import find_sent
from leadwright.capture.judging.privacy import respect_privacy
from leadwright.capture.judging.quarantines import quarantine
from leadwright.capture.judging.repeats import drop_repeated
from leadwright.capture.judging.sessions import find_session
from leadwright.capture.judging.visitors import Turn, find_visitor, rotate
from leadwright.capture.judging.writing import write
from leadwright.kit import clock, database

log = structlog.get_logger()

__all__ = [
    "READER",
    "STEPS",
    "Claim",
    "Found",
    "Identifier",
    "Taken",
    "Turn",
    "follow_sending",
    "forget",
    "forget_hits",
    "judge",
    "rotate",
    "take_set",
]

SET_SIZE = 20_000

STEPS: tuple[Step, ...] = (
    drop_malformed,
    drop_repeated,
    respect_privacy,
    quarantine,
    find_sent,
    find_visitor,
    spot_canaries,
    weigh_machine_evidence,
    name_channel,
    find_session,
    identify,
    write,
    look_back,
)


def judge() -> datetime | None:
    """Judge all hits that have come in, a set at a time; each set's effects commit with the reader's position."""
    with _without_collecting(), backlogs.open_backlog(SET_SIZE) as backlog:
        size = SET_SIZE
        for number in count(1):
            try:
                taken = _take(backlog, size)
            except SomebodyElse as turn:
                size = backlog.count_to(turn.hit)
                continue
            except POISON:
                log.exception("a set of hits could not be judged; smaller ones are tried", hits=size)
                if size > 1:
                    size = max(1, size // 20)
                    continue
                taken = _set_aside()
            if taken < size:
                return None
            size = min(2 * size, SET_SIZE)
            if number % COLLECTED_EVERY == 0:
                gc.collect()
    raise AssertionError("unreachable")


# What a single odd hit can raise. Anything else (the database is away) ends the run, and the next one tries again.
POISON = (*backlogs.POISON, DataError, IntegrityError)
COLLECTED_EVERY = 50  # sets


def _take(backlog: Backlog, limit: int) -> int:
    """Judge one set of hits in the order of the log; answers how many."""
    with database.atomic():
        hits = backlog.take(limit)
        if not hits:
            return 0
        batch = Batch(tuple(hits))
        for step in STEPS:
            batch = step(batch)
        _move(hits[-1].tx, hits[-1].id)
    return len(hits)


def _move(tx: int, hit: int) -> None:
    database.execute(activities.SQL["move"], reader=READER, tx=tx, seq=hit, now=clock.now())


def _set_aside() -> int:
    """Judge the next hit alone, or note that this is not possible; answers how many that were."""
    try:
        return _take(Backlog(1), 1)
    except POISON as error:
        with database.atomic():
            [hit] = backlogs.rows(backlogs.hold_position(), 1)
            log.exception("a hit could not be judged and is set aside", hit=hit.id)
            came = EPOCH + timedelta(microseconds=hit.received_us)
            refusals.record([(hit.id, came, "failed", repr(error))])
            _move(hit.tx, hit.id)
        return 1


def take_set(limit: int = SET_SIZE) -> int:
    """Judge one set of hits in the order of the log; answers how many. It ends where a browser changes hands."""
    backlog = Backlog(limit)
    try:
        return _take(backlog, limit)
    except SomebodyElse as turn:
        return _take(backlog, backlog.count_to(turn.hit))


@contextmanager
def _without_collecting() -> Iterator[None]:
    """A set makes many small objects that all go together: looking for circles among them is wasted work."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def forget(keep: timedelta = timedelta(days=30)) -> int:
    """Remove message ids that were seen longer ago than this; answers how many."""
    return leftovers.forget(keep)


def forget_hits(before: datetime, limit: int) -> int:
    """Remove some judged hits that came before a moment; answers how many."""
    return leftovers.forget_hits(READER, before, limit)
