"""Background work of `nurture`."""

from datetime import datetime

from leadwright.kit import jobs
from leadwright.nurture import enrollments, journeys


@jobs.drain("nurture.enroll", wakes_on=("activities", "contacts", "journeys"), order=50)
def enroll() -> None:
    """Let in whom a trigger or a user lets in."""
    enrollments.follow()
    enrollments.admit_asked()


@jobs.drain("nurture.advance", wakes_on=("journeys",), order=52)
def advance() -> datetime | None:
    """Move on everyone who is due."""
    return journeys.advance()
