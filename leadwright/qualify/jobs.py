"""The background work of qualifying: raised hands become leads."""

from datetime import datetime

from leadwright.capture import activities
from leadwright.kit import jobs
from leadwright.qualify import leads


@jobs.drain("qualify.leads", wakes_on=("activities", "contacts"), order=30)
def raised_hands() -> datetime | None:
    """Open leads for new forms, and for earlier ones whose sender has become known."""
    activities.follow("qualify.leads", leads.note_hands)
    leads.take_hands()
    leads.forget_hands()
    return None
