"""From hits to activities: each hit becomes a fact, or is refused with a reason. A list of named steps over a set.

Each step is a file of its own name; `hits` is the record that they pass on, `claims` the contract with later stages.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import DataError, IntegrityError

from leadwright.capture import activities
from leadwright.capture.judging import leftovers, refusals
from leadwright.capture.judging.calls import drop_malformed
from leadwright.capture.judging.channels import name_channel
from leadwright.capture.judging.claims import Claim, Found, Identifier, Taken
from leadwright.capture.judging.evidence import weigh_machine_evidence
from leadwright.capture.judging.hindsight import follow_sending, look_back, spot_canaries
from leadwright.capture.judging.hits import EPOCH, Batch, Hit, SomebodyElse, Step, read
from leadwright.capture.judging.identifying import identify
from leadwright.capture.judging.mails import find_sent
from leadwright.capture.judging.privacy import respect_privacy
from leadwright.capture.judging.quarantines import quarantine
from leadwright.capture.judging.repeats import drop_repeated
from leadwright.capture.judging.sessions import find_session
from leadwright.capture.judging.visitors import Turn, find_visitor, rotate
from leadwright.capture.judging.writing import write
from leadwright.kit import clock, database, sql

log = structlog.get_logger()

__all__ = [
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

SQL = sql.load("sets")
READER = "capture.judge"
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
    size = SET_SIZE
    while True:
        try:
            count = _take(size)
        except SomebodyElse as turn:
            size = _upto(turn.hit, size)
            continue
        except POISON:
            log.exception("a set of hits could not be judged; smaller ones are tried", hits=size)
            if size > 1:
                size = max(1, size // 20)
                continue
            count = _take_one()
        if count < size:
            return None
        size = min(2 * size, SET_SIZE)


# What a single odd hit can raise. Anything else (the database is away) ends the run, and the next one tries again.
POISON = (ValueError, TypeError, LookupError, AttributeError, AssertionError, DataError, IntegrityError)


def _take_one() -> int:
    try:
        return _take(1)
    except POISON as error:
        with database.atomic():
            hit = _next(1)[0]
            log.exception("a hit could not be judged and is set aside", hit=hit.id)
            came = EPOCH + timedelta(microseconds=hit.received_us)
            refusals.record([(hit.id, came, "failed", repr(error))])
            database.execute(activities.SQL["move"], reader=READER, tx=hit.tx, seq=hit.id, now=clock.now())
        return 1


def take_set(limit: int = SET_SIZE) -> int:
    """Judge one set of hits in the order of the log; answers how many. It ends where a browser changes hands."""
    try:
        return _take(limit)
    except SomebodyElse as turn:
        return _take(_upto(turn.hit, limit))


def _upto(hit: Hit, limit: int) -> int:
    """How many hits of the next set come up to and with this one."""
    with database.atomic():
        for number, row in enumerate(_next(limit), 1):
            if row.id == hit.id:
                return number
    return 1


def _next(limit: int) -> list[Any]:
    """The next hits behind the judge's position, which is held until the transaction ends."""
    position = database.row(activities.SQL["claim"], reader=READER)
    return database.rows(SQL["next"], tx=position.tx, id=position.seq, limit=limit, horizon=database.horizon())


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


def _take(limit: int) -> int:
    with _without_collecting():  # around all of it: what a set has made is gone before anybody looks for circles
        return _take_in(limit)


def _take_in(limit: int) -> int:
    with database.atomic():
        found = _next(limit)
        if not found:
            return 0
        batch = Batch(tuple(read(row) for row in found))
        for step in STEPS:
            batch = step(batch)
        database.execute(activities.SQL["move"], reader=READER, tx=found[-1].tx, seq=found[-1].id, now=clock.now())
    return len(found)


def forget(keep: timedelta = timedelta(days=30)) -> int:
    """Remove message ids that were seen longer ago than this; answers how many."""
    return leftovers.forget(keep)


def forget_hits(before: datetime, limit: int) -> int:
    """Remove some judged hits that came before a moment; answers how many."""
    return leftovers.forget_hits(READER, before, limit)
