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
    HOME_PANELS,
    MENU,
    MERGERS,
    ActivityKind,
    Check,
    Eraser,
    Exporter,
    Follow,
    MenuEntry,
    Merger,
    Panel,
)


class HandoverConfig(AppConfig):
    """The `handover` package."""

    name = "leadwright.handover"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Announce the journey step, the activities, the eraser, the checks and the background work."""
        from leadwright.handover import jobs, steps  # noqa: F401

        ACTIVITY_KINDS.add("lead_assigned", ActivityKind("Given to a rep", "given to {name}", icon="user"))
        ACTIVITY_KINDS.add("task_done", ActivityKind("Task done", "{title}: {name}", icon="check"))
        ACTIVITY_KINDS.add("note_added", ActivityKind("Note", "note: {name}", icon="edit"))
        MERGERS.add("handover", Merger("contact", (Follow("handover_task"),)))
        ERASERS.add("handover", Eraser(("handover_task", "handover_assignment", "handover_unrouted"), _erase))
        EXPORTERS.add(
            "handover", Exporter(("handover_task", "handover_assignment", "handover_unrouted"), _export), order=80
        )
        CHECKS.add("handover.reps", Check("Reps", _look_for_reps, url_name="workspace_users", setup=True))
        CHECKS.add("handover.late", Check("Answers", _look_for_late, url_name="handover_late"))
        MENU.add("queue", MenuEntry("Queue", "queue", "tasks", "handover.change_task", order=5))
        HOME_PANELS.add("queue", Panel("Queue", "queue", "middle", "handover.change_task", roles=("rep",)), 1)
        late = Panel(
            "Unanswered leads", "handover_late", "right", "handover.view_assignment", ("head", "administrator")
        )
        HOME_PANELS.add("late", late, 20)
        tasks = Panel("Tasks", "handover_contact_tasks", "right", "handover.view_task")
        CONTACT_PANELS.add("tasks", tasks, 10)
        given = Panel("Given to", "handover_contact_assignment", "right", "handover.view_assignment")
        CONTACT_PANELS.add("assignment", given, 20)


def _erase(contact_ids: Sequence[int]) -> int:
    from leadwright.handover.models import Assignment, Task, Unrouted

    gone = Task.objects.filter(contact_id__in=contact_ids).delete()[0]
    gone += Assignment.objects.filter(lead__contact_id__in=contact_ids).delete()[0]
    return gone + Unrouted.objects.filter(lead__contact_id__in=contact_ids).delete()[0]


def _export(contact_id: int) -> dict[str, Any]:
    from leadwright.handover.models import Assignment, Task

    return {
        "tasks": [
            {"title": t.title, "due_at": t.due_at, "done_at": t.done_at, "outcome": t.outcome, "note": t.note}
            for t in Task.objects.filter(contact_id=contact_id).order_by("pk")
        ],
        "assignments": [
            {"to": str(g.user), "at": g.at, "why": g.why, "answer_by": g.answer_by, "answered_at": g.answered_at}
            for g in Assignment.objects.filter(lead__contact_id=contact_id).select_related("user").order_by("pk")
        ],
    }


def _look_for_reps() -> tuple[bool, str]:
    from leadwright.handover.models import Unrouted
    from leadwright.workspace.models import User

    reps = User.objects.filter(takes_leads=True, is_active=True).count()
    if reps:
        return True, "1 user takes leads." if reps == 1 else f"{reps} users take leads."
    waiting = Unrouted.objects.count()
    tail = f" {waiting:,} ready lead{'s'[: waiting != 1]} wait for one." if waiting else ""
    return False, f"Nobody takes leads yet. Tick “takes leads” for at least one user.{tail}"


def _look_for_late() -> tuple[bool, str]:
    from leadwright.handover import assignments

    late = assignments.late().count()
    if not late:
        return True, "Every lead was answered in time, or still can be."
    return False, f"{late:,} lead{'s'[: late != 1]} should have been answered by now."
