"""Reps, contacts and leads on their way."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from leadwright.kit import clock

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)  # a Monday


@pytest.fixture(autouse=True)
def noon() -> datetime:
    """Time stands still on a Monday at noon."""
    clock.set_to(NOON)
    return NOON


@pytest.fixture
def rep(db: None) -> Callable[..., Any]:
    """Makes a rep who takes leads."""
    from leadwright.workspace.models import Role, User

    def make(name: str, **fields: Any) -> User:
        fields = {"name": name, "role": Role.REP, "takes_leads": True} | fields
        return User.objects.create_user(f"{name.lower()}@firm.example", **fields)

    return make


@pytest.fixture
def contact(db: None) -> Callable[..., Any]:
    """Makes a contact with an identity of its own."""
    from leadwright.profile.models import Contact, Identity

    def make(name: str, **fields: Any) -> Contact:
        email = f"{name.lower()}@example.com"
        made = Contact.objects.create(first_name=name, email=email, email_key=email, **fields)
        Identity.objects.get_or_create(subject_id=made.uid, defaults={"contact": made, "kind": "self"})
        return made

    return make


@pytest.fixture
def lead(db: None) -> Callable[..., Any]:
    """Opens a lead for a contact, and moves it to a stage."""
    from leadwright.qualify import leads
    from leadwright.qualify.models import Lead

    def make(person: Any, stage: str = "mql", opened_at: datetime | None = None, **fields: Any) -> Lead:
        opened = leads.open(
            [leads.NewLead(person.pk, fields.pop("source", "form demo"), opened_at=opened_at or clock.now(), **fields)],
            actor="form",
        )
        if stage != "new":
            leads.move(opened.new, stage, actor="score", reason="hot")
        return Lead.objects.get(pk=opened.new[0])

    return make
