"""Keeping house: hits that were judged and message ids that were seen go after their time."""

from datetime import timedelta

from leadwright.capture.judging import hindsight
from leadwright.kit import clock, database, sql

SQL = sql.load("leftovers")


def forget(reader: str, keep: timedelta) -> int:
    """Remove hits that a reader has judged, and message ids seen, longer ago than this; answers how many hits."""
    position = database.row(SQL["position"], reader=reader)
    if position is None:
        return 0
    before = clock.now() - keep
    total = 0
    while count := database.execute(SQL["forget_hits"], before=before, tx=position.tx, id=position.seq, limit=20_000):
        total += count
    while database.execute(SQL["forget_messages"], before=before, limit=20_000):
        pass
    while database.execute(hindsight.SQL["forget"], before=before, limit=20_000):
        pass
    return total
