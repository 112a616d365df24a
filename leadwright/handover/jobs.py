"""Background work of `handover`."""

from leadwright.handover import assignments
from leadwright.kit import jobs


@jobs.drain("handover.route", wakes_on=("activities", "users"), order=60)
def route() -> None:
    """Give leads that are ready to reps."""
    assignments.follow()
    assignments.route()
