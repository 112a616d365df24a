"""The rep's queue, the tasks and assignments of a contact, and the leads that wait for an answer."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from leadwright.handover import assignments, queues, tasks
from leadwright.handover.models import Assignment, Task
from leadwright.kit import clock, numbers
from leadwright.profile.models import Contact
from leadwright.qualify import leads
from leadwright.qualify.models import Lead, Reason
from leadwright.workspace.access import allowed, user_of
from leadwright.workspace.models import User

# One key, one outcome: what is logged, and the stage it says by itself.
KEYS: dict[str, tuple[str, str, str]] = {
    "c": ("reached", "Talked", ""),
    "n": ("no_answer", "No answer", ""),
    "l": ("call_back", "Call back later", ""),
    "m": ("mailed", "Wrote a mail", ""),
    "b": ("meeting", "Booked a meeting", ""),
    "q": ("reached", "Qualified", "sql"),
}


def _context(request: HttpRequest, at: str = "", said: str = "", said_badly: str = "") -> dict[str, Any]:
    """The queue with one entry open: the one asked for, else the first."""
    entries = queues.now(user_of(request))
    open_entry = next((entry for entry in entries if entry.key == at), entries[0] if entries else None)
    context: dict[str, Any] = {"entries": entries, "open": open_entry, "said": said, "said_badly": said_badly}
    if open_entry:
        contact = Contact.objects.select_related("company", "persona", "owner").get(pk=open_entry.contact_id)
        lead = Lead.objects.filter(pk=open_entry.lead_id or 0).first()
        context |= {
            "brief": queues.brief(contact, lead),
            "questions": queues.QUESTIONS,
            "snoozes": queues.snoozes(clock.now()),
            "position": entries.index(open_entry),
        }
    return context


@allowed("handover.view_task")
def queue(request: HttpRequest) -> HttpResponse:
    """The page, or for htmx the queue alone."""
    context = _context(request, request.GET.get("at", ""))
    part = request.headers.get("HX-Request") and not request.headers.get("HX-Boosted")
    return render(request, "handover/_queue.html" if part else "handover/queue.html", context)


@require_POST
@allowed("handover.change_task")
def log(request: HttpRequest) -> HttpResponse:
    """Log the outcome of an entry, and show the next one. A second click finds it done, and changes nothing."""
    user, key = user_of(request), request.POST.get("do", "")
    task = _task(request, user)
    after = _after(request, f"task:{task.pk}")
    note = _note(request)
    said, badly = "", ""
    try:
        if key == "s":
            until = {key: moment for key, _, moment in queues.snoozes(clock.now())}.get(request.POST.get("until", ""))
            tasks.snooze(task, until or queues.snoozes(clock.now())[1][2])
            said = f"{task.contact.name} rests."
        elif key == "x":
            said = _give_back(request, task, user, note)
        elif key in KEYS:
            outcome, words, stage = KEYS[key]
            done = tasks.complete(task, user, outcome, note=note, again_at=_moment(request), stage=stage)
            said = f"{task.contact.name}: {words.lower()}." if done else f"{task.contact.name} was logged already."
            if done and done.stage:
                said += f" The lead is {done.stage} now."
        else:
            badly = "Choose what came of it."
    except (leads.NeedsReason, ValueError) as error:
        badly, after = str(error), f"task:{task.pk}"
    if request.headers.get("HX-Request"):
        return render(request, "handover/_queue.html", _context(request, after, said, badly))
    return HttpResponseRedirect(reverse("queue"))


def _task(request: HttpRequest, user: User) -> Task:
    """The task that an entry stands for; visible to the user, else 404."""
    kind, _, number = request.POST.get("entry", "").partition(":")
    if kind == "lead":
        lead = get_object_or_404(Lead.objects.visible_to(user), pk=numbers.key(number))
        return queues.task_for(lead.pk, user)
    return get_object_or_404(
        Task.objects.visible_to(user).select_related("contact", "lead", "user"), pk=numbers.key(number)
    )


def _after(request: HttpRequest, key: str) -> str:
    """Which entry stands open next: the one below, as the user saw the list."""
    return request.POST.get("next", "") or key


def _note(request: HttpRequest) -> str:
    """The note, with the answers to the questions as lines."""
    answers = [
        f"{question} {request.POST[name].strip()}" for name, question in queues.QUESTIONS if request.POST.get(name)
    ]
    return "\n".join([*filter(None, [request.POST.get("note", "").strip()]), *answers])


def _moment(request: HttpRequest) -> datetime | None:
    """The moment that the user gave, in his own zone; None where he gave none, ValueError where it is none."""
    given = request.POST.get("again_at", "")
    at = clock.read(given, timezone.get_current_timezone())
    if given and at is None:
        raise ValueError(f"“{given[:40]}” is no moment; choose a day and an hour.")
    return at


def _give_back(request: HttpRequest, task: Task, user: User, note: str) -> str:
    """Reject the lead of a task with a reason from the list."""
    reason = Reason.objects.filter(pk=numbers.key(request.POST.get("reason"))).first()
    if task.lead is None:
        tasks.complete(task, user, "not_interested", note=note)
        return f"{task.contact.name}: not interested."
    if reason is None:
        raise leads.NeedsReason("Choose the reason first: it trains the score.")
    if not assignments.reject(task.lead, user, stage=reason.stage, reason_id=reason.pk, note=note):
        return f"{task.contact.name} was given back already."
    return f"{task.contact.name} was given back: {reason.label.lower()}."


@allowed("handover.view_task")
def contact_tasks(request: HttpRequest, contact_id: int) -> HttpResponse:
    """The tasks of a contact; one can be added, and done ones tell what came of them."""
    user = user_of(request)
    contact = get_object_or_404(Contact.objects.visible_to(user), pk=contact_id)
    said_badly = ""
    if request.method == "POST" and user.has_perm("handover.add_task"):
        try:
            _add(request, contact, user)
        except ValueError as error:
            said_badly = str(error)
    found = Task.objects.filter(contact=contact).select_related("user").order_by("-done_at", "due_at")
    context = {
        "contact": contact,
        "open_tasks": [task for task in found if task.done_at is None],
        "done_tasks": [task for task in found if task.done_at][:5],
        "kinds": Task.Kind.choices,
        "now": clock.now(),
        "said_badly": said_badly,
    }
    return render(request, "handover/_contact_tasks.html", context)


def _add(request: HttpRequest, contact: Contact, user: User) -> None:
    title, due = request.POST.get("title", "").strip()[:200], _moment(request)
    kind = request.POST.get("kind", "todo")
    if title and kind in Task.Kind.values:
        lead = Lead.objects.filter(contact=contact).open().order_by("-opened_at").first()
        cause = f"user:{user.pk}:{request.POST.get('token', '')[:40]}"
        new = tasks.NewTask(
            title, contact.pk, cause, due or queues.snoozes(clock.now())[1][2], kind, user.pk, lead.pk if lead else None
        )
        tasks.create([new])


@require_POST
@allowed("handover.change_task")
def task_done(request: HttpRequest, task_id: int) -> HttpResponse:
    """Tick a task off on the contact's page."""
    user = user_of(request)
    task = get_object_or_404(Task.objects.visible_to(user).select_related("contact", "lead"), pk=task_id)
    tasks.complete(task, user, "done")
    return HttpResponseRedirect(reverse("handover_contact_tasks", args=[task.contact_id]), status=303)


@allowed("handover.view_assignment")
def contact_assignment(request: HttpRequest, contact_id: int) -> HttpResponse:
    """Who has a contact's leads, why, and how the response clock stands; give them to somebody else."""
    user = user_of(request)
    contact = get_object_or_404(Contact.objects.visible_to(user), pk=contact_id)
    own = Lead.objects.visible_to(user).filter(contact=contact)
    if request.method == "POST" and user.has_perm("handover.change_assignment"):
        to = get_object_or_404(User, pk=numbers.key(request.POST.get("user")), is_active=True)
        assignments.give(list(own.open().values_list("pk", flat=True)), to, by=str(user))
    found = Assignment.objects.filter(lead__in=own).select_related("user", "lead").order_by("-at", "-pk")[:6]
    context = {
        "contact": contact,
        "assignments": found,
        "now": clock.now(),
        "reps": User.objects.filter(is_active=True, takes_leads=True).order_by("name"),
        "has_open": own.open().exists(),
    }
    return render(request, "handover/_contact_assignment.html", context)


@allowed("handover.view_assignment")
def late(request: HttpRequest) -> HttpResponse:
    """Leads whose promised answer is overdue; the panel of the first screen, and a page of its own."""
    visible = Lead.objects.visible_to(user_of(request))
    found = assignments.late().filter(lead__in=visible)
    context = {
        "late": found[:100],
        "count": found.count(),
        "minutes": int(assignments.allowed().total_seconds() // 60),
        "now": clock.now(),
        "title": "Unanswered leads",
    }
    part = request.headers.get("HX-Request")
    return render(request, "handover/_late.html" if part else "handover/late.html", context)
