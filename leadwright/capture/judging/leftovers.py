"""Keeping house: message ids that were seen, and hits that were judged, go after their time."""

from datetime import datetime, timedelta

from leadwright.capture.judging import hindsight
from leadwright.kit import clock, database, sql
from leadwright.kit.registries import Holdings

SQL = sql.load("leftovers")


def forget(keep: timedelta) -> int:
    """Remove message ids that were seen, and clicks in mails, longer ago than this; answers how many message ids."""
    before, total = clock.now() - keep, 0
    while count := database.execute(SQL["forget_messages"], before=before, limit=20_000):
        total += count
    while database.execute(hindsight.SQL["forget"], before=before, limit=20_000):
        pass
    return total


def forget_hits(reader: str, before: datetime, limit: int) -> int:
    """Remove some hits that a reader has judged and that came before a moment; answers how many."""
    position = database.row(SQL["position"], reader=reader)
    if position is None:
        return 0
    return database.execute(SQL["forget_hits"], before=before, tx=position.tx, id=position.seq, limit=limit)


def count_hits(before: datetime) -> Holdings:
    """How many hits came before a moment."""
    found = database.row(SQL["count_hits"], before=before)
    return Holdings(found.rows, 0, found.size_bytes)
