"""Journeys made of blocks, and people to walk them."""

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
def journey(db: None) -> Callable[..., Any]:
    """Makes, publishes and (unless told not to) activates a journey from raw blocks."""
    from leadwright.nurture import journeys
    from leadwright.nurture.models import Journey

    def make(steps: list[tuple[str, Any]], trigger: tuple[str, Any] | None = None, **fields: Any) -> Journey:
        active = fields.pop("active", True)
        made = Journey.objects.create(**({"name": "Welcome", "live": False} | fields))
        publish(made, steps, trigger)
        if active:
            journeys.activate(made)
        made.refresh_from_db()
        return made

    return make


def publish(journey: Any, steps: list[tuple[str, Any]], trigger: tuple[str, Any] | None = None) -> None:
    """Publish a draft with these blocks, as the editor does."""
    journey.steps = raw(steps)
    journey.trigger = raw([trigger] if trigger else [("manual", None)])
    journey.save_revision().publish()


def raw(blocks: list[tuple[str, Any]]) -> list[dict[str, Any]]:
    """Blocks as the editor keeps them."""
    return [{"type": kind, "value": _nested(value) if isinstance(value, dict) else value} for kind, value in blocks]


def _nested(value: dict[str, Any]) -> dict[str, Any]:
    return {name: raw(each) if name in ("yes", "no") else each for name, each in value.items()}
