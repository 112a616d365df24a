"""Background work of `capture`: judging what came in, and forgetting what nobody needs any more."""

from datetime import datetime, timedelta

from leadwright.capture import activities, downloads, house_rules, judging
from leadwright.capture.forms import attachments, held
from leadwright.capture.imports import runs
from leadwright.kit import clock, jobs, repeats


@jobs.drain("capture.judge", wakes_on=("hits",), order=10)
def judge() -> datetime | None:
    """Turn hits into activities."""
    return judging.judge()


@jobs.drain("capture.sent", wakes_on=("activities",), order=11)
def follow_sending() -> None:
    """Judge clicks again that came before it was known when their mail was sent."""
    judging.follow_sending()


@jobs.drain("capture.house", wakes_on=("rules",), order=14)
def settle_house() -> None:
    """Judge the past by the rules of the house that were made or ended."""
    house_rules.settle()


@jobs.drain("capture.forget", order=19)
def forget() -> datetime | None:
    """Remove seen message ids and kept answers after their time, once a day; hits go with `profile.retention`."""
    judging.forget()
    repeats.forget()
    return clock.now() + timedelta(days=1)


@jobs.drain("capture.attachments", wakes_on=("activities",), order=12)
def own_files() -> None:
    """Say whose the files are that came with forms."""
    attachments.follow_up()


@jobs.drain("capture.sweep", order=17)
def sweep() -> datetime | None:
    """Remove files that nobody owns, and submissions kept aside that nobody looked at, once a day."""
    held.forget()
    attachments.sweep()
    downloads.forget()
    return clock.now() + timedelta(days=1)


@jobs.drain("capture.months", order=18)
def months() -> datetime | None:
    """Make the log's coming months before anybody writes into them, once a day."""
    today = clock.now()
    activities.make_room([today + timedelta(days=days) for days in (0, 28, 56)])  # steps that skip no month
    return today + timedelta(days=1)


@jobs.drain("capture.imports", wakes_on=("imports",), order=13)
def run_imports() -> datetime | None:
    """Run and undo the imports that wait, one after the other."""
    runs.work()
    return None
