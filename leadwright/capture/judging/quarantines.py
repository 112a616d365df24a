"""Step: forms that a machine gave itself away in are set aside."""

from leadwright.capture.judging.hits import Batch


def quarantine(batch: Batch) -> Batch:
    """A form whose hidden trap field was filled is kept, and shown to nobody but who looks for it."""
    return batch.refuse(
        {
            hit.id: ("quarantined", f"form {hit.payload.get('form')}: the hidden field was filled")
            for hit in batch.hits
            if hit.kind == "form" and "honeypot" in hit.payload.get("flags", ())
        }
    )
