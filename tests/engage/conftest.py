"""Who gets mail in these tests: Ada wants it, Ben has unsubscribed, Cleo has never been asked."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from leadwright.engage import emails
from leadwright.engage.models import EmailVersion
from leadwright.kit import clock
from leadwright.profile.models import Consent, Contact, Identity, Purpose
from leadwright.workspace.models import Workspace

HELLO = """<p>Hello {{ contact.first_name | default: 'there' }}, <b>read</b>
<a href="https://firm.example/guide?a=1&amp;b=2">the guide</a>.</p>"""
MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def monday() -> datetime:
    clock.set_to(MONDAY)
    return MONDAY


@pytest.fixture
def firm(db: None) -> Workspace:
    firm = Workspace.objects.first() or Workspace()
    firm.firm, firm.sender_name, firm.sender_address = "Nordwind GmbH", "Nora Nord", "nora@nordwind.example"
    firm.postal_address = "Hafenstraße 1, 20457 Hamburg"
    firm.save()
    return firm


@pytest.fixture
def newsletter(db: None) -> Purpose:
    purpose, _ = Purpose.objects.get_or_create(key="news-letter", defaults={"name": "Our letter"})
    return purpose


@pytest.fixture
def person(db: None) -> Callable[..., Contact]:
    def make(email: str, state: str = "", purpose: Purpose | None = None, **fields: object) -> Contact:
        contact = Contact.objects.create(email=email, email_key=email.lower() or None, **fields)
        Identity.objects.get_or_create(subject_id=contact.uid, defaults={"contact": contact, "kind": "self"})
        if state and purpose:
            Consent.objects.create(contact=contact, purpose=purpose, state=state, at=clock.now())
        return contact

    return make


@pytest.fixture
def ada(person: Callable[..., Contact], newsletter: Purpose) -> Contact:
    return person("ada@firm.example", "granted", newsletter, first_name="Ada", last_name="Okafor")


@pytest.fixture
def ben(person: Callable[..., Contact], newsletter: Purpose) -> Contact:
    return person("ben@firm.example", "withdrawn", newsletter, first_name="Ben")


@pytest.fixture
def guide(firm: Workspace, newsletter: Purpose) -> EmailVersion:
    """An ordinary email with a personal field and two links."""
    return emails.write(
        name="Guide",
        subject='A guide for {{ contact.first_name | default: "you" }}',
        preheader="Twelve pages, no jargon",
        purpose=newsletter,
        body=[
            ("heading", "The guide is here"),
            ("text", HELLO),
            ("button", {"text": "Read it", "url": "/guide/"}),
        ],
    )


@pytest.fixture
def service(firm: Workspace) -> EmailVersion:
    """Service mail: no purpose."""
    return emails.write(name="Receipt", subject="Your paper", body=[("text", "<p>Here it is.</p>")])
