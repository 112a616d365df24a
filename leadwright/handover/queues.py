"""A rep's queue: whom to talk to next, and why."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from leadwright.handover import rules, tasks
from leadwright.handover.models import Assignment, Task
from leadwright.kit import clock, database, sql
from leadwright.kit.registries import ACTIVITY_KINDS, ActivityKind
from leadwright.profile.models import Contact
from leadwright.qualify import leads
from leadwright.qualify import rules as qualifying
from leadwright.qualify.models import Lead, Score, ScoreModel
from leadwright.workspace import settings
from leadwright.workspace.models import User

SQL = sql.load("queues")
LENGTH = 50
CLASSES = ("new lead", "due", "hot", "later today")


@dataclass(frozen=True)
class Entry:
    """A line of the queue."""

    key: str  # "task:5" or "lead:7"
    task_id: int | None
    lead_id: int | None
    contact_id: int
    kind: str
    name: str
    company: str
    urgency: str
    say: str  # the reason for this place in the queue, in words
    clock: str  # how long is left, or how late it is
    is_late: bool
    answer_by: datetime | None


def now(user: User, limit: int = LENGTH) -> list[Entry]:
    """The queue of a user, most urgent first."""
    at = clock.now()
    tonight = timezone.localtime(at).replace(hour=23, minute=59, second=59)
    found = database.rows(
        SQL["now"],
        user=user.pk,
        takes=user.takes_leads,
        sees_all=user.sees_everything or settings.current().reps_see_all,
        now=at,
        until=tonight,
        untouched=at - rules.UNTOUCHED_AFTER,
        limit=limit,
    )
    return [_entry(row, at) for row in found]


def _entry(row: Any, at: datetime) -> Entry:
    promised = row.answer_by or (row.due_at if row.urgency != 2 else None)
    return Entry(
        key=f"task:{row.task_id}" if row.task_id else f"lead:{row.lead_id}",
        task_id=row.task_id,
        lead_id=row.lead_id,
        contact_id=row.contact_id,
        kind=row.kind,
        name=row.name or row.email or f"Contact {row.contact_id}",
        company=row.company or "",
        urgency=CLASSES[row.urgency],
        say=_say(row, at),
        clock=_clock(row, at),
        is_late=bool(row.answer_by and row.answer_by < at),
        answer_by=promised,
    )


def _say(row: Any, at: datetime) -> str:
    if row.urgency == 0:
        when = rules.say_span(at - row.opened_at)
        return " · ".join(part for part in (f"lead since {when}", row.interest or row.source) if part)
    if row.urgency == 2:
        return f"hot, no touch for {rules.say_span(at - (row.touched_at or row.moment))}"
    return f"{row.title} · {row.why}".strip(" ·")


def _clock(row: Any, at: datetime) -> str:
    if row.answer_by:
        return rules.say_clock(row.answer_by, at)
    if row.urgency == 2:
        return ""
    due = timezone.localtime(row.due_at)
    return f"since {rules.say_span(at - row.due_at)}" if row.due_at <= at else f"at {due:%H:%M}"


def task_for(lead_id: int, user: User) -> Task:
    """The open task of a lead for a user; made where there is none, so that an untouched one can be logged."""
    lead = Lead.objects.select_related("contact").get(pk=lead_id)
    found = Task.objects.filter(lead=lead, user=user, done_at=None).order_by("due_at").first()
    if found:
        return found
    at = clock.now()
    cause = f"untouched:{lead_id}:{timezone.localtime(at):%Y-%m-%d}:{user.pk}"
    new = tasks.NewTask(
        f"Call {lead.contact.name}",
        lead.contact_id,
        cause,
        at,
        Task.Kind.CALL,
        user.pk,
        lead_id,
        "Hot, and not spoken to for days.",
    )
    tasks.create([new])
    return Task.objects.get(cause=cause)


def snoozes(at: datetime) -> list[tuple[str, str, datetime]]:
    """The choices of rest: key, words, moment."""
    local = timezone.localtime(at)
    morning = (local + timedelta(days=1)).replace(hour=9, minute=0, second=0, microsecond=0)
    monday = morning + timedelta(days=(7 - morning.weekday()) % 7)
    return [
        ("hour", "1 hour", at + timedelta(hours=1)),
        ("tomorrow", "tomorrow 9:00", morning),
        ("monday", "Monday 9:00", monday),
        ("week", "a week", morning + timedelta(days=6)),
    ]


class _Words(dict[str, Any]):
    """Words for a sentence; what is missing is left out."""

    def __missing__(self, key: str) -> str:
        return ""


@dataclass(frozen=True)
class Happened:
    """Something that happened, in words."""

    at: datetime
    say: str
    icon: str


@dataclass(frozen=True)
class Brief:
    """All a rep needs to know before he speaks to somebody."""

    contact: Contact
    lead: Lead | None
    assignment: Assignment | None
    grade: str
    fit: int
    engagement: int
    points: list[Any]
    talk: list[tuple[str, str]]
    happened: list[Happened]
    reasons: list[tuple[str, list[Any]]]


QUESTIONS: tuple[tuple[str, str], ...] = (
    ("need", "What is the problem, and what does it cost?"),
    ("budget", "Is there a budget?"),
    ("authority", "Who decides?"),
    ("timing", "By when?"),
)


def brief(contact: Contact, lead: Lead | None) -> Brief:
    """Who it is, what to say, what happened, what to ask."""
    score = Score.objects.filter(contact=contact).first()
    model = ScoreModel.objects.order_by("pk").first() or ScoreModel()
    engagement = qualifying.now_worth(score.engagement_level if score else None, clock.now(), model.half_life_days)
    fit = score.fit if score else 0
    return Brief(
        contact=contact,
        lead=lead,
        assignment=Assignment.objects.filter(lead=lead).select_related("user").order_by("-at", "-pk").first(),
        grade=qualifying.grade(fit, engagement, model.fit_threshold, model.engagement_threshold),
        fit=fit,
        engagement=round(engagement),
        points=database.rows(SQL["points"], contact=contact.pk),
        talk=_talk(contact, lead),
        happened=happened(contact),
        reasons=[
            (label, list(leads.reasons(stage)))
            for stage, label in (("recycled", "Back to nurture"), ("disqualified", "Out"))
        ],
    )


def _talk(contact: Contact, lead: Lead | None) -> list[tuple[str, str]]:
    """What to say, from what was asked for and from the persona."""
    persona = contact.persona
    lines = [("Asked for", lead.interest)] if lead and lead.interest else []
    if persona is None:
        return [*lines, ("Not known yet", "The role. Ask, and set the persona on the contact page.")]
    lines += [("Likely goals", persona.goals), ("What hurts", persona.pains), ("Where we solved it", persona.proof)]
    return [(label, text) for label, text in lines if text]


def happened(contact: Contact, limit: int = 8) -> list[Happened]:
    """The last things that happened with a contact, in words."""
    found = []
    for row in database.rows(SQL["happened"], contact=contact.pk, limit=limit):
        kind = ACTIVITY_KINDS.get(row.kind) if row.kind in ACTIVITY_KINDS else ActivityKind(row.kind, "{name}")
        properties = json.loads(row.properties) if isinstance(row.properties, str) else row.properties or {}
        words = _Words({key: value for key, value in properties.items() if isinstance(value, str | int)})
        words |= {"name": row.name, "object": f"{row.object_kind} {row.object_id}".strip()}
        try:
            said = kind.sentence.format_map(words)
        except (AttributeError, IndexError, KeyError, ValueError):
            said = row.name or kind.label
        found.append(Happened(row.at, said, kind.icon))
    return found
