"""From hits to activities: each hit becomes a fact, or is refused with a reason. A list of named steps over a set.

Each step is a file of its own name; `hits` is the record that they pass on, `claims` the contract with later stages.
"""

from datetime import datetime, timedelta

import structlog
from django.db import DataError, IntegrityError

from leadwright.capture import activities
from leadwright.capture.judging import leftovers, refusals
from leadwright.capture.judging.calls import drop_malformed
from leadwright.capture.judging.channels import name_channel
from leadwright.capture.judging.claims import Claim, Found, Identifier, Taken
from leadwright.capture.judging.evidence import weigh_machine_evidence
from leadwright.capture.judging.hits import Batch, Step, read
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

__all__ = ["STEPS", "Claim", "Found", "Identifier", "Taken", "Turn", "forget", "judge", "rotate", "take_set"]

SQL = sql.load("sets")
READER = "capture.judge"
SET_SIZE = 5_000

STEPS: tuple[Step, ...] = (
    drop_malformed,
    drop_repeated,
    respect_privacy,
    quarantine,
    find_sent,
    find_visitor,
    weigh_machine_evidence,
    name_channel,
    find_session,
    identify,
    write,
)


def judge() -> datetime | None:
    """Judge all hits that have come in, a set at a time; each set's effects commit with the reader's position."""
    while True:
        try:
            count = take_set()
        except POISON:
            log.exception("a set of hits could not be judged; it is taken one by one")
            count = sum(_take_one() for _ in range(SET_SIZE))
        if count < SET_SIZE:
            return None


# What a single odd hit can raise. Anything else (the database is away) ends the run, and the next one tries again.
POISON = (ValueError, TypeError, LookupError, AttributeError, AssertionError, DataError, IntegrityError)


def _take_one() -> int:
    try:
        return take_set(1)
    except POISON as error:
        with database.atomic():
            position = database.row(activities.SQL["claim"], reader=READER)
            hit = database.rows(SQL["next"], tx=position.tx, id=position.seq, limit=1, horizon=database.horizon())[0]
            log.exception("a hit could not be judged and is set aside", hit=hit.id)
            refusals.record([(hit.id, hit.received_at, "failed", repr(error))])
            database.execute(activities.SQL["move"], reader=READER, tx=hit.tx, seq=hit.id, now=clock.now())
        return 1


def take_set(limit: int = SET_SIZE) -> int:
    """Judge one set of hits in the order of the log; answers how many."""
    with database.atomic():
        position = database.row(activities.SQL["claim"], reader=READER)
        found = database.rows(SQL["next"], tx=position.tx, id=position.seq, limit=limit, horizon=database.horizon())
        if not found:
            return 0
        batch = Batch(tuple(read(row) for row in found))
        for step in STEPS:
            batch = step(batch)
        database.execute(activities.SQL["move"], reader=READER, tx=found[-1].tx, seq=found[-1].id, now=clock.now())
    return len(found)


def forget(keep: timedelta = timedelta(days=30)) -> int:
    """Remove hits that were judged and message ids that were seen longer ago than this; answers how many hits."""
    return leftovers.forget(READER, keep)
