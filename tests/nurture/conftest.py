"""Journeys made of blocks, and people to walk them."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest


@pytest.fixture(autouse=True)
def _at_noon(noon: datetime) -> None:
    """Time stands still."""


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
