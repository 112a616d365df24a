"""Step: for what came out of a mail, which message it was, and when it was sent."""

from dataclasses import replace

import msgspec

from leadwright.capture.judging.hits import FROM_MAIL, Batch, Hit
from leadwright.kit import database, sql

SQL = sql.load("mails")


def find_sent(batch: Batch) -> Batch:
    """For clicks, opens and unsubscribes: which message it was, and when it was sent."""
    asked = {hit.id: _message(hit) for hit in batch.hits if hit.kind in FROM_MAIL}
    if not asked:
        return batch
    uids, messages = zip(*sorted(set(asked.values())), strict=True)
    found = {
        (row.subject_id, row.object_id): row
        for row in database.rows(SQL["sent"], uids=list(uids), messages=list(messages))
    }
    hits = (
        msgspec.structs.replace(hit, sent=found.get(asked[hit.id])) if hit.id in asked else hit for hit in batch.hits
    )
    return replace(batch, hits=tuple(hits))


def _message(hit: Hit) -> tuple[str, str]:
    """The contact and the message of a signed link or picture."""
    return hit.payload["contact"], str(hit.payload["message"])
