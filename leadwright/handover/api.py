"""Tasks and assignments over the API."""

from datetime import datetime
from typing import Any
from uuid import uuid4

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Router, Schema, Status
from ninja.errors import HttpError

from leadwright.handover import rules, tasks
from leadwright.handover.models import Assignment, Task
from leadwright.profile.models import Contact
from leadwright.qualify.models import Lead
from leadwright.workspace import keys
from leadwright.workspace.models import User

router = Router(tags=["Hand-over"])


class TaskIn(Schema):
    """A task that is to be made."""

    title: str
    contact: int
    due_at: datetime
    kind: str = "todo"
    user: int | None = None
    lead: int | None = None
    note: str = ""


class Outcome(Schema):
    """What came of a task."""

    outcome: str = "done"
    note: str = ""
    stage: str = ""  # where the lead goes; without one the outcome says it
    again_at: datetime | None = None
    user: int | None = None


def _task(task: Task) -> dict[str, Any]:
    return {
        "id": task.pk,
        "kind": task.kind,
        "title": task.title,
        "why": task.why,
        "contact": task.contact_id,
        "email": task.contact.email,
        "lead": task.lead_id,
        "stage": task.lead.stage if task.lead else None,
        "user": task.user_id,
        "due_at": task.due_at,
        "snoozed_until": task.snoozed_until,
        "done_at": task.done_at,
        "outcome": task.outcome or None,
        "note": task.note,
    }


def _page(found: Any, path: str, after: int, limit: int, draw: Any) -> dict[str, Any]:
    size = max(1, min(limit, 500))
    rows = list(found.filter(pk__gt=after).order_by("pk")[: size + 1])
    joint = "&" if "?" in path else "?"
    following = f"{path}{joint}after={rows[size - 1].pk}&limit={size}" if len(rows) > size else None
    return {"items": [draw(row) for row in rows[:size]], "next": following}


@router.get("/tasks", summary="Tasks, by default the open ones")
@keys.scope("read", "handover.view_task")
def index(
    request: HttpRequest,
    *,
    open: bool = True,  # noqa: A002
    user: int | None = None,
    after: int = 0,
    limit: int = 100,
) -> dict[str, Any]:
    """In the order of their ids."""
    found = keys.seen_by(request, Task.objects.filter(done_at__isnull=open)).select_related("contact", "lead")
    path = f"/api/v1/tasks?open={str(open).lower()}"
    if user is not None:
        found, path = found.filter(user=user), f"{path}&user={user}"
    return _page(found, path, after, limit, _task)


@router.post("/tasks", summary="Make a task", response={201: dict[str, Any], 200: dict[str, Any]})
@keys.scope("write", "handover.add_task")
def create(request: HttpRequest, asked: TaskIn) -> Status[dict[str, Any]]:
    """With an `Idempotency-Key` the same call makes one task; a repeat answers it with 200."""
    if asked.kind not in Task.Kind.values:
        raise HttpError(422, f"There is no kind '{asked.kind}'; choose one of {', '.join(Task.Kind.values)}.")
    contact = get_object_or_404(keys.seen_by(request, Contact.objects.all()), pk=asked.contact)
    if asked.user is not None:
        get_object_or_404(User, pk=asked.user)
    if asked.lead is not None:
        get_object_or_404(keys.seen_by(request, Lead.objects.all()), pk=asked.lead, contact=contact)
    if asked.due_at.tzinfo is None:
        raise HttpError(422, "due_at needs a time zone, such as 2026-03-02T12:00:00Z.")
    caller = request.auth.pk  # type: ignore[attr-defined]
    cause = f"api:{caller}:{request.headers.get('Idempotency-Key', '')[:100] or uuid4().hex}"
    new = tasks.NewTask(
        asked.title, contact.pk, cause, asked.due_at, asked.kind, asked.user, asked.lead, "Made by API.", asked.note
    )
    made = tasks.create([new])
    return Status(201 if made else 200, _task(Task.objects.get(cause=cause)))


@router.post("/tasks/{task_id}/complete", summary="Log what came of a task")
@keys.scope("write", "handover.change_task")
def complete(request: HttpRequest, task_id: int, asked: Outcome) -> dict[str, Any]:
    """A task is done once; a repeat changes nothing and answers the task as it is."""
    task = get_object_or_404(keys.seen_by(request, Task.objects.select_related("contact", "lead", "user")), pk=task_id)
    by = None if keys.may_see_everything(request.auth) else keys.maker(request)  # type: ignore[attr-defined]
    user = keys.actor(request, asked.user) if asked.user else by or task.user
    if user is None:
        raise HttpError(422, "Nobody has this task; say who did it with 'user'.")
    if asked.outcome not in Task.Outcome.values:
        raise HttpError(422, f"There is no outcome '{asked.outcome}'; choose one of {', '.join(Task.Outcome.values)}.")
    if asked.stage and asked.stage not in rules.WAY:
        raise HttpError(422, f"A task leads on to one of {', '.join(rules.WAY)}; move the lead itself for any other.")
    tasks.complete(task, user, asked.outcome, note=asked.note, again_at=asked.again_at, stage=asked.stage)
    return _task(Task.objects.select_related("contact", "lead").get(pk=task.pk))


@router.get("/assignments", summary="Who was given which lead, why, and by when to answer")
@keys.scope("read", "handover.view_assignment")
def assignments(request: HttpRequest, lead: int | None = None, after: int = 0, limit: int = 100) -> dict[str, Any]:
    """In the order of their ids."""
    found = Assignment.objects.filter(lead__in=keys.seen_by(request, Lead.objects.order_by()))
    path = "/api/v1/assignments"
    if lead is not None:
        found, path = found.filter(lead=lead), f"{path}?lead={lead}"
    return _page(
        found,
        path,
        after,
        limit,
        lambda each: {
            "id": each.pk,
            "lead": each.lead_id,
            "user": each.user_id,
            "at": each.at,
            "rule": each.rule,
            "why": each.why,
            "answer_by": each.answer_by,
            "answered_at": each.answered_at,
            "answer": each.answer or None,
        },
    )
