"""Step: who asks not to be tracked is not."""

from leadwright.capture.judging.hits import QUIET, Batch


def respect_privacy(batch: Batch) -> Batch:
    """Who sends Global Privacy Control is not tracked; what somebody does on purpose (a form) is still taken."""
    return batch.refuse(
        {
            hit.id: ("privacy", "Global Privacy Control")
            for hit in batch.hits
            if hit.kind in QUIET and hit.marks.get("gpc")
        }
    )
