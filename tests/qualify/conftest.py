"""People, forms and facts for the tests of qualifying."""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from leadwright.attract.models import Form
from leadwright.capture import activities
from leadwright.kit import clock, ids
from leadwright.profile.models import Contact, Identity
from leadwright.workspace.models import Role, User

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


@pytest.fixture
def noon(db: None) -> datetime:
    """The clock stands at noon."""
    clock.set_to(NOON)
    return NOON


@pytest.fixture
def known(noon: datetime) -> Callable[..., Contact]:
    """Makes a contact with its own identity."""

    def make(name: str, **fields: Any) -> Contact:
        email = f"{name.lower()}@example.com"
        contact = Contact.objects.create(**{"first_name": name, "email": email, "email_key": email} | fields)
        Identity.objects.get_or_create(
            subject_id=contact.uid, defaults={"contact": contact, "kind": Identity.Kind.SELF}
        )
        return contact

    return make


@pytest.fixture
def ada(known: Callable[..., Contact]) -> Contact:
    return known("Ada", title="Head of Operations")


@pytest.fixture
def ben(known: Callable[..., Contact]) -> Contact:
    return known("Ben", title="Student")


@pytest.fixture
def rep(noon: datetime) -> User:
    return User.objects.create_user("rep@firm.example", name="Rita Rep", role=Role.REP)


@pytest.fixture
def other_rep(noon: datetime) -> User:
    return User.objects.create_user("other@firm.example", name="Otto Other", role=Role.REP)


@pytest.fixture
def marketer(noon: datetime) -> User:
    return User.objects.create_user("mara@firm.example", name="Mara Marketer", role=Role.MARKETER)


@pytest.fixture
def cleo(known: Callable[..., Contact], other_rep: User) -> Contact:
    """Another rep's contact."""
    return known("Cleo", owner=other_rep)


@pytest.fixture
def demo_form(noon: datetime) -> Form:
    return Form.objects.create(name="Demo request", code="demo")


@pytest.fixture
def did() -> Callable[..., uuid.UUID]:
    """Records an activity of a contact or of a visitor's id."""

    def record(who: Contact | uuid.UUID, kind: str, name: str = "", **more: Any) -> uuid.UUID:
        subject = who.uid if isinstance(who, Contact) else who
        return activities.record(
            [activities.Fact(at=more.pop("at", clock.now()), subject_id=subject, kind=kind, name=name, **more)]
        )[0]

    return record


@pytest.fixture
def visitor() -> uuid.UUID:
    return ids.uuid7()
