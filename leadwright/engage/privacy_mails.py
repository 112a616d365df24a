"""Mails about somebody's own data: each request of a preference page gets one service mail with a link to go on."""

from typing import Any

from leadwright.capture.activities import LIVE, WITHIN, Span, follow
from leadwright.engage import emails, messages
from leadwright.kit import config, database, sql
from leadwright.profile.models import PrivacyRequest
from leadwright.profile.privacy import requests

SQL = sql.load("privacy_mails")

# What each mail says: subject, heading of the button, and one sentence.
WORDS = {
    PrivacyRequest.Kind.EXPORT: (
        "What we know about you",
        "Look at it",
        "you asked what we know about you. This link shows it; it works for seven days, and only for you.",
    ),
    PrivacyRequest.Kind.FORGET: (
        "Shall we forget you?",
        "Yes, it was me",
        "you asked us to forget you. Please confirm that it was you; then we remove all that we know.",
    ),
    PrivacyRequest.Kind.ADDRESS: (
        "Is this your new address?",
        "Yes, write to me here",
        "you asked us to write to this address from now on. Please confirm it.",
    ),
}


def ask(span: Span) -> None:
    """Queue the mail of each request that was made in a span of the log, once; a new address gets its own."""
    wanted = database.rows(SQL["wanted"].format(within=WITHIN, live=LIVE), **span.parameters)
    if not wanted:
        return
    asked = {each.pk: each for each in PrivacyRequest.objects.filter(pk__in=[row.request_id for row in wanted])}
    each: dict[str, dict[str, Any]] = {}
    for row in wanted:
        request = asked[row.request_id]
        subject, button, say = WORDS[PrivacyRequest.Kind(request.kind)]
        link = f"{config.base_url()}/t/p/r/{requests.link(request)}"
        told = {"privacy_subject": subject, "privacy_button": button, "privacy_say": say, "privacy_url": link}
        each[f"request:{request.pk}"] = told | ({"to": request.new_email} if request.new_email else {})
    recipients = [(row.contact_id, f"request:{row.request_id}") for row in wanted]
    messages.queue(emails.about_data(), recipients, each=each)


def follow_up() -> None:
    """Write for every request that was made since the last time."""
    follow("engage.privacy_mails", ask)
