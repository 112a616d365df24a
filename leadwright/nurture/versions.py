"""Freezing a journey: an immutable version with its steps as rows."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Max

from leadwright.kit import clock, database, jobs
from leadwright.kit.registries import JOURNEY_STEPS, JOURNEY_TRIGGERS
from leadwright.nurture import rules
from leadwright.nurture.models import Journey, JourneyVersion, Step


def freeze(journey: Journey) -> JourneyVersion:
    """Make what is published the current version. Who is inside an older one finishes it there.

    Where nothing but the name has changed, the current version stays.
    """
    nodes, shape = draft(journey)
    trigger = trigger_of(journey)
    settings = [(node.kind, JOURNEY_STEPS.get(node.kind).freeze(node.value)) for node in nodes]
    with database.atomic():
        Journey.objects.select_for_update().get(pk=journey.pk)
        current = journey.versions.filter(is_current=True).first()
        if current and (current.trigger, current.shape, _frozen(current)) == (trigger, shape, settings):
            return current
        journey.versions.filter(is_current=True).update(is_current=False)
        number = (journey.versions.aggregate(last=Max("number"))["last"] or 0) + 1
        version = JourneyVersion.objects.create(
            journey=journey, number=number, trigger=trigger, shape=shape, published_at=clock.now()
        )
        steps = Step.objects.bulk_create(
            Step(version=version, number=node.number, kind=kind, label=_label(kind, frozen), settings=frozen)
            for node, (kind, frozen) in zip(nodes, settings, strict=True)
        )
        for step, node in zip(steps, nodes, strict=True):
            step.next_step = steps[node.next.number - 1] if node.next else None
            step.other_step = steps[node.other.number - 1] if node.other else None
        Step.objects.bulk_update(steps, ["next_step", "other_step"])
    jobs.wake("journeys")
    return version


def draft(journey: Journey) -> tuple[list[rules.Node], list[Any]]:
    """The steps as they stand in the editor, in reading order, and how they nest."""
    return rules.flatten(_pairs(journey.steps), _branches)


def trigger_of(journey: Journey) -> dict[str, str]:
    """The trigger as a version keeps it; none chosen means by hand."""
    for block in journey.trigger:
        return dict(JOURNEY_TRIGGERS.get(block.block_type).freeze(block.value).frozen(block.block_type))
    return dict(JOURNEY_TRIGGERS.get("manual").freeze(None).frozen("manual"))


def _frozen(version: JourneyVersion) -> list[tuple[str, Any]]:
    return [(step.kind, step.settings) for step in version.steps.order_by("number")]


def _pairs(stream: Any) -> list[tuple[str, Any]]:
    return [(block.block_type, block.value) for block in stream or ()]


def _branches(kind: str, value: Any) -> tuple[rules.Blocks, rules.Blocks] | None:
    if not JOURNEY_STEPS.get(kind).branches:
        return None
    return _pairs(value.get("yes")), _pairs(value.get("no"))


def _label(kind: str, settings: Mapping[str, Any]) -> str:
    return str(JOURNEY_STEPS.get(kind).say(settings))[:200]
