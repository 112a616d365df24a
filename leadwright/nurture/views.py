"""The screens of journeys: the list, the map with its people, letting a segment in, and who was set aside."""

import uuid
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from leadwright.kit import database, numbers
from leadwright.nurture import enrollments, journeys, maps
from leadwright.nurture.models import Enrollment, Journey
from leadwright.profile.models import Contact
from leadwright.qualify.models import Segment
from leadwright.ui.lists import Column, Empty, List, Where
from leadwright.workspace import audit
from leadwright.workspace.access import allowed, user_of


def _with_people(request: HttpRequest, found: list[Any]) -> None:
    """Add how many are inside, done and set aside."""
    rows = database.rows(maps.SQL["journeys"], journeys=[journey.pk for journey in found])
    counts: dict[int, dict[str, int]] = {}
    for row in rows:
        counts.setdefault(row.journey_id, {})[row.state] = row.count
    for journey in found:
        mine = counts.get(journey.pk, {})
        journey.inside = mine.get("active", 0)
        journey.done = mine.get("done", 0) + mine.get("exited", 0)
        journey.aside = mine.get("set_aside", 0)


def _state(journey: Journey) -> str:
    if not journey.live:
        return "draft"
    return "running" if journey.is_active else "paused"


def _running(rows: QuerySet[Journey]) -> QuerySet[Journey]:
    return rows.filter(is_active=True)


def _resting(rows: QuerySet[Journey]) -> QuerySet[Journey]:
    return rows.filter(is_active=False)


JOURNEYS = List(
    name="journeys",
    title="Journeys",
    rows=lambda request: Journey.objects.all(),
    columns=(
        Column("name", "Journey", sort="name"),
        Column("state", "State", _state),
        Column("inside", "On the way", "inside", kind="number"),
        Column("done", "Done", "done", kind="number"),
        Column("aside", "Set aside", "aside", kind="number"),
        Column("description", "What it is for"),
    ),
    link=lambda journey: reverse("journey", args=[journey.pk]),
    search=lambda rows, wanted: rows.filter(name__icontains=wanted),
    filters=(Where("state", "State", {"running": ("running", _running), "paused": ("paused or draft", _resting)}),),
    enrich=_with_people,
    empty=Empty(
        "No journeys yet",
        "A journey keeps people warm while you sleep: it writes when they are interested, and calls a rep in time.",
        "Make the first journey",
        "journey_editor:add",
    ),
    buttons=(("New journey", "journey_editor:add", "nurture.add_journey"),),
    sort="name",
)


@allowed("nurture.view_journey")
def index(request: HttpRequest) -> HttpResponseBase:
    """All journeys with the people on them."""
    return JOURNEYS.respond(request)


@allowed("nurture.view_journey")
def detail(request: HttpRequest, journey_id: int) -> HttpResponse:
    """The map of one version, with the people on it; each version is a tab."""
    journey = get_object_or_404(Journey, pk=journey_id)
    versions = list(journey.versions.order_by("-number"))
    number = request.GET.get("version", "")
    shown = next((v for v in versions if str(v.number) == number), versions[0] if versions else None)
    context = {
        "journey": journey,
        "state": _state(journey),
        "versions": versions[:12],
        "shown": shown,
        "map": maps.of_version(shown) if shown else maps.of_draft(journey),
        "segments": Segment.objects.order_by("name"),
        "admissions": journey.admissions.select_related("segment").order_by("-pk")[:5],
        "aside": Enrollment.objects.filter(journey=journey, state="set_aside").count(),
        "title": journey.name,
    }
    return render(request, "nurture/journey.html", context)


@require_POST
@allowed("nurture.publish_journey")
def switch(request: HttpRequest, journey_id: int) -> HttpResponse:
    """Let a journey run, or pause it."""
    journey = get_object_or_404(Journey, pk=journey_id)
    if request.POST.get("do") == "pause":
        journeys.pause(journey)
        messages.success(request, f"“{journey}” is paused: nobody enters, and whoever is inside rests where he is.")
    else:
        try:
            journeys.activate(journey)
            messages.success(request, f"“{journey}” is running.")
        except ValueError as error:
            messages.error(request, str(error))
    audit.note(request, f"journey {request.POST.get('do')}", "journey", journey.pk)
    return redirect("journey", journey.pk)


@allowed("nurture.change_journey")
def admit(request: HttpRequest, journey_id: int) -> HttpResponse:
    """Let a whole segment in: first the count, then the deed. A double click asks once."""
    journey = get_object_or_404(Journey, pk=journey_id)
    segment = get_object_or_404(Segment, pk=numbers.key(request.POST.get("segment") or request.GET.get("segment")))
    forecast = enrollments.forecast(journey, segment)
    if request.method == "POST" and request.POST.get("token"):
        user = user_of(request)
        enrollments.admit(journey, segment, token=request.POST["token"][:60], actor=str(user), user=user)
        audit.note(request, "let a segment in", "journey", journey.pk, segment=segment.name, people=forecast.entering)
        messages.success(request, f"{forecast.entering:,} contacts are entering “{journey}”.")
        return redirect("journey", journey.pk)
    context = {
        "journey": journey,
        "segment": segment,
        "forecast": forecast,
        "token": uuid.uuid4().hex,
        "title": f"Let “{segment}” in?",
    }
    return render(request, "nurture/admit.html", context)


@allowed("nurture.view_journey")
def set_aside(request: HttpRequest) -> HttpResponse:
    """Contacts whose step failed again and again: why, and what to do."""
    visible = Contact.objects.visible_to(user_of(request))
    found = Enrollment.objects.filter(state="set_aside", contact__in=visible)
    if request.method == "POST" and request.user.has_perm("nurture.change_journey"):
        ids = list(found.filter(pk__in=numbers.keys(request.POST.getlist("ids"))).values_list("pk", flat=True))
        if request.POST.get("do") == "again":
            messages.success(request, f"{enrollments.again(ids):,} try their step again.")
        else:
            count = enrollments.take_out(ids, why=f"taken out by {user_of(request)}")
            messages.success(request, f"{count:,} were taken out.")
        return HttpResponseRedirect(reverse("nurture_set_aside"))
    rows = found.select_related("contact", "journey", "step").order_by("-step_since")
    context = {"rows": rows[:200], "count": found.count(), "title": "Set aside"}
    return render(request, "nurture/set_aside.html", context)


@allowed("nurture.view_journey")
def contact_journeys(request: HttpRequest, contact_id: int) -> HttpResponse:
    """The journeys of a contact: why, where it stands, what each step did; a user can take the contact out."""
    user = user_of(request)
    contact = get_object_or_404(Contact.objects.visible_to(user), pk=contact_id)
    if request.method == "POST" and user.has_perm("nurture.change_journey"):
        mine = Enrollment.objects.filter(contact=contact, pk=numbers.key(request.POST.get("enrollment")))
        enrollments.take_out(mine.values_list("pk", flat=True), why=f"taken out by {user}")
    found = Enrollment.objects.filter(contact=contact).select_related("journey", "step", "version")
    rows = list(found.prefetch_related("records__step").order_by("-entered_at", "-pk")[:8])
    return render(request, "nurture/_contact_journeys.html", {"contact": contact, "enrollments": rows})
