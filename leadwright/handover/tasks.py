"""What a user must do by a time, and what came of it. `handover_task` has no other writer that inserts than this
package's statements; each task has a cause, so that none is made twice."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from leadwright.capture import activities
from leadwright.handover import assignments, rules
from leadwright.handover.models import Task
from leadwright.kit import clock, database, jobs, sql
from leadwright.qualify import leads
from leadwright.workspace.models import User

SQL = sql.load("tasks")


@dataclass(frozen=True)
class NewTask:
    """A task that is to be made. Without a user it waits for somebody to take it."""

    title: str
    contact_id: int
    cause: str
    due_at: datetime
    kind: str = Task.Kind.TODO
    user_id: int | None = None
    lead_id: int | None = None
    why: str = ""
    note: str = ""


@dataclass(frozen=True)
class Done:
    """What completing a task did besides."""

    stage: str = ""  # where the lead moved, if it did
    again_at: datetime | None = None  # when the next task for this contact is due, if one was made


def create(tasks: Iterable[NewTask]) -> list[int]:
    """Make tasks, in one statement; those whose cause has one already are left out. Answers the new keys."""
    given = list(tasks)
    if not given:
        return []
    rows = database.rows(
        SQL["create"],
        now=clock.now(),
        kinds=[task.kind for task in given],
        titles=[task.title for task in given],
        whys=[task.why for task in given],
        users=[task.user_id for task in given],
        contacts=[task.contact_id for task in given],
        leads=[task.lead_id for task in given],
        causes=[task.cause for task in given],
        dues=[task.due_at for task in given],
        notes=[task.note for task in given],
    )
    jobs.wake("tasks")
    return [row.id for row in rows]


def complete(
    task: Task, user: User, outcome: str, *, note: str = "", again_at: datetime | None = None, stage: str = ""
) -> Done | None:
    """Log what came of a task; None where it was done already, and then nothing changes.

    The outcome answers the lead's assignment, moves the lead on (talked: sal, meeting: sql; `stage` says otherwise),
    and makes the next task where one follows: at `again_at`, or after no answer by the rhythm in `rules`.
    """
    if outcome not in Task.Outcome.values:
        raise ValueError(f"There is no outcome '{outcome}'; choose one of {', '.join(Task.Outcome.values)}.")
    with database.atomic():
        row = database.row(
            SQL["finish"], task=task.pk, outcome=outcome, note=note.strip(), user=user.pk, now=clock.now()
        )
        if row is None:
            return None
        task.done_at, task.outcome, task.note = clock.now(), outcome, row.note
        task.user_id, task.lead_id, task.contact_id = row.user_id, row.lead_id, row.contact_id
        if task.lead is not None:
            task.lead.refresh_from_db(fields=["stage"])
        moved = _move(task, user, outcome, stage)
        again = _follow_up(task, user, outcome, again_at)
        label = Task.Outcome(outcome).label
        properties = {"title": task.title, "outcome": outcome, "note": note.strip(), "user": str(user)}
        activities.record([_fact(task, "task_done", label, properties)])
    jobs.wake("tasks")
    return Done(moved, again)


def _move(task: Task, user: User, outcome: str, stage: str) -> str:
    """Answer the assignment of the task's lead, and move the lead where the outcome leads."""
    if task.lead is None:
        return ""
    if outcome == Task.Outcome.NOT_INTERESTED and not stage:
        stage = "recycled"
    target = stage or rules.stage_after(outcome, task.lead.stage)
    how = "accepted" if target in rules.WAY else "touched"
    assignments.answer(task.lead.pk, "rejected" if target in ("recycled", "disqualified") else how)
    if not target or target == task.lead.stage:
        return ""
    reason = "Not now" if target == "recycled" else Task.Outcome(outcome).label.lower()
    done = leads.move([task.lead.pk], target, actor=str(user), user=user, reason=reason)
    return target if done.leads else ""


def _follow_up(task: Task, user: User, outcome: str, again_at: datetime | None) -> datetime | None:
    """Make the task that follows from an outcome, and answer when it is due."""
    name = task.contact.name
    kind, title, why, due = Task.Kind.CALL, f"Call {name} again", "", again_at
    if outcome == Task.Outcome.NO_ANSWER and due is None:
        attempts = int(database.value(SQL["attempts"], contact=task.contact_id) or 1)
        due, why = rules.next_attempt(clock.now(), attempts), f"No answer {attempts} time{'s'[: attempts != 1]} so far."
    elif outcome == Task.Outcome.CALL_BACK:
        due, title, why = due or rules.next_attempt(clock.now(), 2), f"Call {name} back", "Asked to be called back."
    elif outcome == Task.Outcome.MAILED:
        due, why = due or rules.next_attempt(clock.now(), 3), "Wrote; no answer yet."
    elif outcome == Task.Outcome.MEETING and due:
        kind, title, why = Task.Kind.MEETING, f"Meet {name}", "The meeting that was booked."
    elif outcome != Task.Outcome.NO_ANSWER:
        return None
    if due is None:
        return None
    cause = f"task:{task.pk}:again"
    follower = NewTask(title, task.contact_id, cause, due, kind, task.user_id or user.pk, task.lead_id, why)
    create([follower])
    return due


def snooze(task: Task, until: datetime) -> bool:
    """Let an open task rest until a moment; False where it was done already."""
    done = Task.objects.filter(pk=task.pk, done_at=None).update(snoozed_until=until)
    jobs.wake("tasks")
    return bool(done)


def take(task: Task, user: User) -> bool:
    """Make an open task one's own; False where it was done already."""
    done = Task.objects.filter(pk=task.pk, done_at=None).update(user=user)
    jobs.wake("tasks")
    return bool(done)


def note(contact_uid: uuid.UUID, text: str, user: User, *, lead_id: int | None = None) -> None:
    """Write down what somebody said or found out about a contact, on its timeline."""
    if not text.strip():
        return
    fact = activities.Fact(
        at=clock.now(),
        subject_id=contact_uid,
        kind="note_added",
        name=text.strip()[:200],
        object_kind="lead" if lead_id else "",
        object_id=str(lead_id or ""),
        properties={"text": text.strip(), "user": str(user)},
    )
    activities.record([fact])


def _fact(task: Task, kind: str, name: str, properties: dict[str, str]) -> activities.Fact:
    return activities.Fact(
        at=clock.now(),
        subject_id=task.contact.uid,
        kind=kind,
        name=name,
        object_kind="task",
        object_id=str(task.pk),
        properties=properties,
    )
