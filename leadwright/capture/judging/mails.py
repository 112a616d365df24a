"""Step: for what came out of a mail, which message it was, and when it was sent."""

import uuid
from dataclasses import replace

import msgspec

from leadwright.capture.judging.hits import FROM_MAIL, Batch
from leadwright.kit import database, sql

SQL = sql.load("mails")


def find_sent(batch: Batch) -> Batch:
    """For clicks, opens and unsubscribes: which message it was, and when it was sent."""
    asked = {(hit.payload["contact"], str(hit.payload["message"])) for hit in batch.hits if hit.kind in FROM_MAIL}
    if not asked:
        return batch
    pairs = sorted(asked)
    found = {
        (str(row.subject_id), row.object_id): row
        for row in database.rows(
            SQL["sent"], uids=[uuid.UUID(pair[0]) for pair in pairs], messages=[pair[1] for pair in pairs]
        )
    }
    hits = (
        msgspec.structs.replace(hit, sent=found.get((hit.payload["contact"], str(hit.payload["message"]))))
        if hit.kind in FROM_MAIL
        else hit
        for hit in batch.hits
    )
    return replace(batch, hits=tuple(hits))
