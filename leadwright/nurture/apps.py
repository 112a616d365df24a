"""Registers this package with Django and with the registries of earlier stages."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig

from leadwright.kit.registries import (
    ACTIVITY_KINDS,
    CHECKS,
    CONTACT_PANELS,
    ERASERS,
    EXPORTERS,
    MENU,
    MERGERS,
    ActivityKind,
    Check,
    Eraser,
    Exporter,
    Follow,
    MenuEntry,
    Merger,
    Once,
    Panel,
)

# Nobody goes one way twice at a time: where both are on it, the survivor's goes on.
MERGER = Merger(
    "contact",
    (
        Follow(
            "nurture_enrollment",
            once=(Once(("journey_id", "cause")), Once(("journey_id",), "t.state = 'active'")),
            clash=(
                ("cause", "left(t.cause, 90) || ':merge:' || %(merge)s"),
                ("state", "CASE WHEN t.state = 'active' THEN 'exited' ELSE t.state END"),
                ("due_at", "CASE WHEN t.state = 'active' THEN NULL ELSE t.due_at END"),
                ("ended_at", "CASE WHEN t.state = 'active' THEN %(now)s ELSE t.ended_at END"),
                ("why", "CASE WHEN t.state = 'active' THEN 'merged with a contact on the same way' ELSE t.why END"),
            ),
        ),
    ),
)


class NurtureConfig(AppConfig):
    """The `nurture` package."""

    name = "leadwright.nurture"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Announce the kinds of steps and triggers, the activities, the eraser, the check and the background work."""
        from leadwright.nurture import jobs, steps, triggers  # noqa: F401
        from leadwright.nurture.steps import branch, email, exit, stage, value, wait  # noqa: A004, F401
        from leadwright.nurture.triggers import activity, form, manual, segment  # noqa: F401

        ACTIVITY_KINDS.add(
            "journey_entered", ActivityKind("Entered a journey", "entered the journey “{name}”", icon="redirect")
        )
        ACTIVITY_KINDS.add(
            "journey_ended", ActivityKind("Ended a journey", "ended the journey “{name}”", icon="redirect")
        )
        MERGERS.add("nurture", MERGER, order=60)
        ERASERS.add("nurture", Eraser(("nurture_enrollment", "nurture_steprecord", "nurture_knock"), _erase))
        EXPORTERS.add(
            "nurture", Exporter(("nurture_enrollment", "nurture_steprecord", "nurture_knock"), _export), order=70
        )
        MENU.add("journeys", MenuEntry("Journeys", "journeys", "redirect", "nurture.view_journey", "Nurture", 30))
        panel = Panel("Journeys", "contact_journeys", "right", "nurture.view_journey")
        CONTACT_PANELS.add("journeys", panel, 40)
        CHECKS.add("nurture.set_aside", Check("Journeys", _look, url_name="nurture_set_aside"))


def _erase(contact_ids: Sequence[int]) -> int:
    from leadwright.nurture.models import Enrollment, Knock, StepRecord
    from leadwright.profile.models import Identity

    subjects = Identity.objects.filter(contact_id__in=contact_ids).values("subject_id")
    knocks, _ = Knock.objects.filter(subject_id__in=subjects).delete()
    records, _ = StepRecord.objects.filter(enrollment__contact_id__in=contact_ids).delete()
    enrollments, _ = Enrollment.objects.filter(contact_id__in=contact_ids).delete()
    return knocks + records + enrollments


def _export(contact_id: int) -> dict[str, Any]:
    from leadwright.nurture.models import Enrollment

    found = Enrollment.objects.filter(contact_id=contact_id).select_related("journey").order_by("pk")
    return {
        "journeys": [
            {
                "journey": each.journey.name,
                "why": each.why,
                "state": each.state,
                "entered_at": each.entered_at,
                "ended_at": each.ended_at,
                "steps": [
                    {"step": record.step.label, "at": record.left_at, "outcome": record.outcome, "why": record.why}
                    for record in each.records.select_related("step").order_by("pk")
                ],
            }
            for each in found
        ]
    }


def _look() -> tuple[bool, str]:
    from leadwright.nurture.models import Enrollment

    count = Enrollment.objects.filter(state=Enrollment.State.SET_ASIDE).count()
    if not count:
        return True, "Nobody is set aside in a journey."
    who = "1 contact was" if count == 1 else f"{count:,} contacts were"
    return False, f"{who} set aside in a journey after failures. See why, then try again or take them out."
