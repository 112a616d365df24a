"""Background work of `engage`."""

from datetime import datetime

from leadwright.engage import broadcasts, confirmations, handouts, notices, privacy_mails
from leadwright.kit import jobs


@jobs.drain("engage.confirm", wakes_on=("activities",), order=40)
def confirm() -> None:
    """Ask whoever wants mail to confirm it."""
    confirmations.follow_up()


@jobs.drain("engage.privacy", wakes_on=("activities",), order=41)
def about_data() -> None:
    """Write to whoever asked something of her own data."""
    privacy_mails.follow_up()


@jobs.drain("engage.handouts", wakes_on=("activities",), order=41)
def hand_out() -> None:
    """Send new links to resources."""
    handouts.follow_up()


@jobs.drain("engage.notices", wakes_on=("activities",), order=41)
def tell_colleagues() -> None:
    """Note of which submissions somebody is to hear."""
    notices.follow_up()


@jobs.drain("engage.broadcast", wakes_on=("broadcasts", "messages"), order=42)
def broadcast() -> datetime | None:
    """Queue due broadcasts, and call those sent that are."""
    return broadcasts.advance()
