"""Background work of `profile`."""

from datetime import datetime, timedelta

from leadwright.kit import clock, jobs
from leadwright.profile import contacts, searches
from leadwright.profile.duplicates import proposals
from leadwright.profile.fields import definitions, indexes
from leadwright.profile.privacy import consents, erasures, requests, retentions


@jobs.drain("profile.see", wakes_on=("activities",), order=20)
def see() -> datetime | None:
    """Note when contacts were last seen."""
    contacts.see()
    return None


@jobs.drain("profile.words", wakes_on=("contacts",), order=21)
def find() -> datetime | None:
    """Let searches find what came in with an import."""
    searches.catch_up()
    return None


@jobs.drain("profile.lapse", order=28)
def lapse() -> datetime | None:
    """Let what was never confirmed lapse, once a day."""
    consents.lapse()
    requests.lapse()
    return clock.now() + timedelta(days=1)


@jobs.drain("profile.erasures", wakes_on=("erasures",), order=29)
def go_on() -> datetime | None:
    """Finish what somebody began to forget and could not end."""
    erasures.go_on()
    return None


@jobs.drain("profile.fields", wakes_on=("fields",), order=21)
def tidy() -> datetime | None:
    """Bring values into the form of their fields."""
    definitions.tidy()
    return None


@jobs.drain("profile.indexes", wakes_on=("fields", "segments"), order=22)
def bring_in_line() -> datetime | None:
    """Make and drop the indexes of custom fields."""
    return indexes.bring_in_line()


@jobs.drain("profile.retention", order=29)
def keep_house() -> datetime | None:
    """Remove what is older than the firm keeps it, once a day."""
    retentions.run()
    return clock.now() + timedelta(days=1)


@jobs.drain("profile.duplicates", wakes_on=("duplicates",), order=29)
def look_for_duplicates() -> datetime | None:
    """Compare what has changed; woken by the sweep and by people, not by each change."""
    for kind in proposals.TABLES:
        proposals.look(kind)
    return None
