"""Step: a call must be one that we know."""

from leadwright.capture.judging.hits import SEGMENT, Batch, text


def drop_malformed(batch: Batch) -> Batch:
    """A call must be of a known kind and say of whom it speaks."""
    bad: dict[int, tuple[str, str]] = {}
    for hit in batch.hits:
        if hit.kind == "unknown":
            bad[hit.id] = ("malformed", f"There is no call of type {text(hit.payload.get('type'), 40)!r}.")
        elif hit.kind in SEGMENT and not (hit.user_id or hit.anonymous_id):
            bad[hit.id] = ("malformed", "It names neither userId nor anonymousId.")
        elif hit.kind == "track" and not hit.payload.get("event"):
            bad[hit.id] = ("malformed", "A tracked event needs a name under 'event'.")
    return batch.refuse(bad)
