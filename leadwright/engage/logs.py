"""The mails as a file: what was sent to whom, what was held back and why, and what became of it."""

from typing import Any

from django.http import HttpRequest

from leadwright.engage import messages
from leadwright.engage.models import Message
from leadwright.kit import numbers
from leadwright.profile.models import Contact
from leadwright.ui.lists import Choice, Column, Filter, List, Query, Since
from leadwright.workspace.access import user_of


class Numbered(Filter):
    """A record is named by its number."""

    def options(self, request: HttpRequest) -> list[tuple[str, str]]:
        """There are too many to choose from."""
        return []

    def apply(self, rows: Query, values: list[str]) -> Query:
        """The rows of these records."""
        found = numbers.keys(values)
        if self.key == "broadcast":
            return rows.filter(cause__in=[f"broadcast:{number}" for number in found])
        return rows.filter(**{f"{FIELDS[self.key]}__in": found})


FIELDS = {"contact": "contact", "email": "version__email", "campaign": "campaign_id"}


def _why(row: Any) -> str:
    return messages.REASONS.get(row.held_reason, str(row.held_reason))


# It has no page of its own: a contact's mails stand with the contact, those of a broadcast are counted there.
MESSAGES = List(
    name="messages",
    title="Mails",
    rows=lambda request: (
        Message.objects.filter(contact__in=Contact.objects.visible_to(user_of(request)))
        .select_related("contact", "version__email", "version__purpose")
        .defer("extra", "contact__custom", "contact__origins", "version__html", "version__text")
    ),
    columns=(
        Column("contact", "Contact", "contact.name"),
        Column("contact_id", "Contact's number"),
        Column("address", "E-mail"),
        Column("email", "Email", "version.email.name"),
        Column("subject", "Subject", "version.subject"),
        Column("version", "Version", "version.number", kind="number"),
        Column("purpose", "Purpose", "version.purpose.key"),
        Column("cause", "Cause"),
        Column("campaign", "Campaign's number", "campaign_id"),
        Column("state", "State", "get_state_display"),
        Column("held", "Held back because", _why),
        Column("answer", "Answer of the relay"),
        Column("attempts", "Attempts", kind="number"),
        Column("queued", "Queued", "queued_at", kind="moment"),
        Column("due", "Due", "due_at", kind="moment"),
        Column("sent", "Sent", "sent_at", kind="moment"),
    ),
    filters=(
        Numbered("contact", "Contact"),
        Numbered("email", "Email"),
        Numbered("broadcast", "Broadcast"),
        Numbered("campaign", "Campaign"),
        Choice("state", "State", "state", Message.State.choices),
        Choice("held", "Held back because", "held_reason", list(messages.REASONS.items())),
        Since("since", "Queued", "queued_at"),
    ),
    noun="mail",
)
