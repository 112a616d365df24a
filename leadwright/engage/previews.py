"""Previews: an email as one contact gets it, fenced in so that nothing in it can run or reach the console."""

from typing import Literal

from django.http import HttpResponse

from leadwright.engage import emails, letters, sending
from leadwright.engage.models import Email
from leadwright.kit import database
from leadwright.profile.fields import definitions
from leadwright.profile.models import Contact

# No scripts, no forms, nothing loaded but pictures and inline styles; its own origin, so that it can read nothing.
FENCE = "default-src 'none'; img-src * data:; style-src 'unsafe-inline'; font-src 'none'; form-action 'none'"

EXAMPLE = {
    "contact": {
        "first_name": "Ada", "last_name": "Okafor", "name": "Ada Okafor", "email": "ada@example.com",
        "title": "Head of Operations", "phone": "", "country": "DE", "city": "Hamburg", "language": "en",
        "buying_stage": "consideration", "persona": "", "persona_id": None, "segment_ids": [], "custom": {},
    },
    "company": {
        "name": "Example Works", "domain": "example.com", "industry": "Logistics", "size": 240, "country": "DE",
        "city": "Hamburg",
    },
    "owner": {"name": "", "email": ""},
}  # fmt: skip


def filled(email: Email, contact: Contact | None) -> letters.Filled:
    """An email as a contact, or the example contact, gets it; its links lead straight on and count nothing."""
    firm, draft = emails.workspace(), emails.lay(email)
    version = letters.frozen(
        {
            "subject": draft.subject,
            "html": draft.html,
            "text": draft.text,
            "links": draft.links,
            "sender_name": firm.sender_name or firm.firm,
            "sender_address": firm.sender_address or "hello@localhost",
            "purpose_id": email.purpose_id,
        }
    )
    known = dict(EXAMPLE)
    if contact is not None:
        known = sending.known(database.row(sending.SQL["example"], contact=contact.pk), definitions.renamed("contact"))
    known |= {
        "open_url": "data:,",
        "canary_url": "#",
        "unsubscribe_url": "#",
        "preferences_url": "#",
        "confirm_url": "#",
    }
    known["purpose_name"] = "Our letter"
    known |= {"privacy_subject": "What we know about you", "privacy_button": "Look at it", "privacy_url": "#"}
    known["privacy_say"] = "you asked what we know about you. This link shows it; it works for seven days."
    return letters.fill(version, known)


def fenced(content: str, kind: Literal["html", "text"]) -> HttpResponse:
    """Foreign HTML or text as an answer that no browser lets act."""
    answer = HttpResponse(content, content_type=f"text/{'html' if kind == 'html' else 'plain'}; charset=utf-8")
    answer["Content-Security-Policy"] = FENCE + "; sandbox allow-popups allow-popups-to-escape-sandbox"
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Referrer-Policy"] = "no-referrer"
    answer["Cache-Control"] = "private, no-store"
    return answer


def answer(email: Email, contact: Contact | None, kind: Literal["html", "text"]) -> HttpResponse:
    """The preview of an email as a fenced answer."""
    shown = filled(email, contact)
    return fenced(shown.html if kind == "html" else shown.text, kind)
