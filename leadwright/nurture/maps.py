"""The map of a journey: its steps as cards from top to bottom, with the people on them."""

from dataclasses import dataclass, field
from typing import Any

from leadwright.kit import database, sql
from leadwright.kit.registries import JOURNEY_STEPS
from leadwright.nurture import versions
from leadwright.nurture.models import Journey, JourneyVersion

SQL = sql.load("maps")


@dataclass
class Card:
    """A step on the map. `waiting` people stand here, `passed` went on, `dropped` left or were held back here."""

    number: int
    kind: str
    icon: str
    label: str
    waiting: int = 0
    passed: int = 0
    dropped: int = 0
    aside: int = 0
    step_id: int | None = None
    outcomes: list[tuple[str, int]] = field(default_factory=list)
    branches: bool = False
    yes: list["Card"] = field(default_factory=list)
    no: list["Card"] = field(default_factory=list)


@dataclass(frozen=True)
class Map:
    """A trigger, and the cards below it."""

    trigger: str
    cards: list[Card]
    entered: int = 0
    active: int = 0
    ended: int = 0


def of_version(version: JourneyVersion) -> Map:
    """The map of a version with the people on it."""
    steps = {step.number: step for step in version.steps.all()}
    counts = {row.step_id: row for row in database.rows(SQL["people"], version=version.pk)}
    outcomes: dict[int, list[tuple[str, int]]] = {}
    for row in database.rows(SQL["outcomes"], version=version.pk):
        outcomes.setdefault(row.step_id, []).append((row.outcome, row.count))

    def card(number: int) -> Card:
        step = steps[number]
        found = outcomes.get(step.pk, [])
        dropped = sum(count for outcome, count in found if outcome in ("held", "left", "taken out", "failed"))
        kind = JOURNEY_STEPS.get(step.kind)
        return Card(
            number=number,
            kind=kind.label,
            icon=kind.icon,
            label=step.label,
            waiting=counts[step.pk].waiting if step.pk in counts else 0,
            aside=counts[step.pk].aside if step.pk in counts else 0,
            passed=sum(count for _, count in found) - dropped,
            dropped=dropped,
            step_id=step.pk,
            outcomes=found,
            branches=kind.branches,
        )

    totals = {row.state: row.count for row in database.rows(SQL["states"], version=version.pk)}
    active = totals.get("active", 0) + totals.get("set_aside", 0)
    return Map(
        _trigger(version.trigger),
        _laid(version.shape, card),
        sum(totals.values()),
        active,
        sum(totals.values()) - active,
    )


def of_draft(journey: Journey) -> Map:
    """The map of a draft, without people."""
    nodes, shape = versions.draft(journey)
    by_number = {node.number: node for node in nodes}

    def card(number: int) -> Card:
        node = by_number[number]
        kind = JOURNEY_STEPS.get(node.kind)
        return Card(number, kind.label, kind.icon, _label(kind, node.value), branches=kind.branches)

    return Map(_trigger(versions.trigger_of(journey)), _laid(shape, card))


def _trigger(trigger: dict[str, Any]) -> str:
    return f"Whoever {trigger['say']}" if trigger.get("activity") else "Whoever is let in by hand"


def _label(kind: Any, value: Any) -> str:
    """A draft's step in words, as far as it is filled in."""
    try:
        return str(kind.say(kind.freeze(value)))
    except (KeyError, TypeError, ValueError):
        return "to be filled in"


def _laid(shape: list[Any], card: Any) -> list[Card]:
    """The cards of a stream, with those of branches inside them."""
    cards = []
    for number, *ways in shape:
        here = card(number)
        if ways:
            here.yes, here.no = _laid(ways[0], card), _laid(ways[1], card)
        cards.append(here)
    return cards
