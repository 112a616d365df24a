"""Reps, contacts and leads on their way."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from leadwright.kit import clock


@pytest.fixture(autouse=True)
def _at_noon(noon: datetime) -> None:
    """Time stands still."""


@pytest.fixture
def rep(db: None) -> Callable[..., Any]:
    """Makes a rep who takes leads."""
    from leadwright.workspace.models import Role, User

    def make(name: str, **fields: Any) -> User:
        fields = {"name": name, "role": Role.REP, "takes_leads": True} | fields
        return User.objects.create_user(f"{name.lower()}@firm.example", **fields)

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
