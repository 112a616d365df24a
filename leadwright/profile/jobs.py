"""Background work of `profile`."""

from datetime import datetime

from leadwright.kit import jobs
from leadwright.profile import contacts


@jobs.drain("profile.see", wakes_on=("activities",), order=20)
def see() -> datetime | None:
    """Note when contacts were last seen."""
    contacts.see()
    return None
