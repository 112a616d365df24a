"""Step: a message counts once, however often it was sent."""

from leadwright.capture.judging.hits import Batch
from leadwright.kit import clock, database, sql

SQL = sql.load("repeats")


def drop_repeated(batch: Batch) -> Batch:
    """A message counts once, however often it was sent."""
    if not batch.hits:
        return batch
    first = {hit.message_id: hit.id for hit in reversed(batch.hits)}
    for row in database.rows(SQL["known"], messages=sorted(first)):
        del first[row.message_id]
    now = clock.now().isoformat()
    # Only judging notes message ids, and only one judges at a time: nobody notes one of these between.
    lines = (f"{database.copied(name)}\t{now}\n" for name in sorted(first))
    database.copy_lines("capture_seenmessage (message_id, seen_at)", lines)
    return batch.refuse({hit.id: ("repeated", "") for hit in batch.hits if first.get(hit.message_id) != hit.id})
