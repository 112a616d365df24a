"""The background work of qualifying: raised hands become leads, scores and segments follow what changed."""

from datetime import datetime

from leadwright.capture import activities
from leadwright.kit import jobs
from leadwright.qualify import leads, scores, segments


@jobs.drain("qualify.leads", wakes_on=("activities", "contacts"), order=30)
def raised_hands() -> datetime | None:
    """Open leads for new forms, and for earlier ones whose sender has become known."""
    activities.follow("qualify.leads", leads.follow_hands)
    leads.take_hands()
    leads.forget_hands()
    return None


@jobs.drain("qualify.scores", wakes_on=("activities", "contacts", "rules"), order=32)
def points() -> datetime | None:
    """Give and take points, and judge who is hot; wakes again when somebody cools."""
    return scores.follow_changes()


@jobs.drain("qualify.segments", wakes_on=("activities", "contacts", "consent", "leads", "scores", "segments"), order=34)
def members() -> datetime | None:
    """Bring segments in line with whatever changed; wakes again when an answer turns with time."""
    return segments.follow_changes()
