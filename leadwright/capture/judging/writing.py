"""Step: what was found out is written, all of it in the transaction of the set."""

from dataclasses import replace

from leadwright.capture import activities
from leadwright.capture.judging import facts, refusals, visitors
from leadwright.capture.judging.claims import Taken
from leadwright.capture.judging.hits import Batch
from leadwright.kit.registries import IDENTIFIERS


def write(batch: Batch) -> Batch:
    """Record the activities, the refusals and what became of the visitors; tell the identifiers."""
    taken = [(hit, fact) for hit in batch.hits if (fact := facts.fact(hit))]
    keys = activities.record(fact for _, fact in taken)
    by_hit = {hit.id: key for (hit, _), key in zip(taken, keys, strict=True)}
    refusals.record([(hit.id, hit.received_at, reason, detail) for hit, reason, detail in batch.refused])
    visitors.leave(batch.visitors.values())
    for each in IDENTIFIERS:
        each.taken([Taken(claim, found, by_hit.get(claim.hit_id)) for claim, found in batch.claims])
    return replace(batch, recorded=by_hit)
