"""Leads are given to reps: whom, by which rule, why, and until when they are to be answered."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import groupby
from typing import Any

from django.db.models import QuerySet

from leadwright.capture import activities
from leadwright.handover.models import Assignment, Task, Unrouted
from leadwright.kit import clock, database, jobs, sql
from leadwright.qualify import leads
from leadwright.qualify.models import OPEN, Lead
from leadwright.workspace import settings
from leadwright.workspace.models import User

SQL = sql.load("assignments")


def follow() -> None:
    """Note, exactly once, which leads have become ready for a rep, and which need none any more."""
    activities.follow("handover.route", _note)


def _note(span: activities.Span) -> None:
    database.execute(SQL["note_ready"].format(within=activities.WITHIN, live=activities.LIVE), **span.parameters)
    database.execute(SQL["note_ended"].format(within=activities.WITHIN), now=clock.now(), **span.parameters)
    database.execute(SQL["note_worked"].format(within=activities.WITHIN), **span.parameters)
    given = SQL["given"].format(within=activities.WITHIN, live=activities.LIVE)
    for who, rows in groupby(
        sorted(database.rows(given, open_stages=list(OPEN), **span.parameters), key=_who), key=_who
    ):
        owner = User.objects.filter(pk=who[0], is_active=True).first()
        if owner:
            give([row.lead_id for row in rows], owner, by=who[1])


def _who(row: Any) -> tuple[int, str]:
    """To whom a lead was given by hand, and by whom."""
    return row.owner_id, row.actor or "hand"


def route() -> int:
    """Give every lead that waits to a rep, with a task and the reason; answers how many.

    The response clock runs from capture: see `rules.answer_by`, which the statement follows.
    """
    if not Unrouted.objects.exists():
        return 0
    with database.atomic():
        database.execute(SQL["drop_stale"])
        given = [row.id for row in database.rows(SQL["assign"], now=clock.now(), allowed=allowed())]
        if given:
            activities.record_from(SQL["assigned_facts"], ids=given)
            jobs.wake("tasks", "leads", "contacts")
    return len(given)


def allowed() -> timedelta:
    """How long an answer may take."""
    return timedelta(minutes=settings.current().response_minutes)


def give(lead_ids: Sequence[int], to: User, *, by: str) -> int:
    """Give open leads to a user by hand; their open tasks go along. Answers how many."""
    with database.atomic():
        rows = database.rows(
            SQL["give"],
            leads=list(lead_ids),
            open_stages=list(OPEN),
            user=to.pk,
            why=f"Given by {by}.",
            now=clock.now(),
            allowed=allowed(),
        )
        if rows:
            activities.record_from(SQL["assigned_facts"], ids=[row.id for row in rows])
            jobs.wake("tasks", "leads", "contacts")
    return len(rows)


def answer(lead_id: int, how: str) -> None:
    """Note that a lead was answered, where somebody was to answer it; the first answer counts."""
    database.rows(SQL["answer"], lead=lead_id, answer=how, now=clock.now())


def accept(lead: Lead, user: User) -> bool:
    """The rep takes the lead as his: it becomes sal. False where it had been answered or moved on already."""
    with database.atomic():
        moved = leads.move([lead.pk], "sal", actor=str(user), user=user, reason="accepted") if _before(lead) else None
        answer(lead.pk, Assignment.Answer.ACCEPTED)
    jobs.wake("tasks")
    return bool(moved and moved.leads)


def _before(lead: Lead) -> bool:
    return Lead.objects.filter(pk=lead.pk, stage__in=("new", "mql")).exists()


def reject(lead: Lead, user: User, *, stage: str = "recycled", reason_id: int | None = None, note: str = "") -> bool:
    """The rep gives the lead back, for a reason from the list: it goes back to nurture (recycled) or out
    (disqualified), and its open tasks are done with. Raises leads.NeedsReason without a reason."""
    with database.atomic():
        moved = leads.move([lead.pk], stage, actor=str(user), user=user, reason=note, reason_id=reason_id)
        if moved.leads:
            answer(lead.pk, Assignment.Answer.REJECTED)
            Task.objects.filter(lead=lead, done_at=None).update(
                done_at=clock.now(), outcome=Task.Outcome.NOT_INTERESTED, note=note
            )
    jobs.wake("tasks")
    return bool(moved.leads)


def late() -> QuerySet[Assignment]:
    """Assignments whose promised answer is overdue, the longest first."""
    return (
        Assignment.objects.filter(answered_at=None, answer_by__lt=clock.now())
        .select_related("lead__contact", "user")
        .order_by("answer_by")
    )
