"""Step: a message counts once, however often it was sent."""

from leadwright.capture.judging.hits import Batch
from leadwright.kit import clock, database, sql

SQL = sql.load("repeats")


def drop_repeated(batch: Batch) -> Batch:
    """A message counts once, however often it was sent."""
    if not batch.hits:
        return batch
    first = {hit.message_id: hit.id for hit in reversed(batch.hits)}
    new = {row[0] for row in database.rows(SQL["remember"], messages=sorted(first), now=clock.now())}
    return batch.refuse(
        {hit.id: ("repeated", "") for hit in batch.hits if hit.message_id not in new or first[hit.message_id] != hit.id}
    )
