"""The screens of segments: the list, the editor with its builder and live count, the members, and why."""

from typing import Any

from django.contrib import messages
from django.db.models import F
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from leadwright.kit import database, jobs, numbers
from leadwright.profile.lists import CONTACTS
from leadwright.profile.models import Contact
from leadwright.qualify import builders, segments
from leadwright.qualify.conditions import BadCondition
from leadwright.qualify.forms import SegmentForm
from leadwright.qualify.models import Member, Segment
from leadwright.qualify.views.leads import contact_url, visible_contacts
from leadwright.ui.lists import Column, Empty, List, Pages, Query
from leadwright.workspace import audit
from leadwright.workspace.access import allowed, user_of


def _words(segment: Segment) -> str:
    try:
        said = segments.words(segment.conditions)
    except BadCondition as error:
        said = str(error)
    return said if len(said) <= 140 else f"{said[:137]}…"


SEGMENTS = List(
    name="segments",
    title="Segments",
    lead="Stored questions whose answer is a set of contacts; the answer follows every change within a second.",
    rows=lambda request: Segment.objects.all(),
    columns=(
        Column("name", "Name", sort="name"),
        Column("asks", "Asks", _words, export=False),
        Column("size", "Contacts", kind="number"),
        Column("refreshed", "Last change", "refreshed_at", kind="ago"),
        Column("active", "Follows changes", "is_active", kind="flag", shown=False),
    ),
    link=lambda segment: reverse("segment", args=[segment.pk]),
    search=lambda rows, wanted: rows.filter(name__icontains=wanted),
    buttons=(("New segment", "segment_new", "qualify.add_segment"),),
    empty=Empty(
        "No segments yet",
        "It answers “who?”: who read about prices this month, who never came back. Mails and journeys go to them.",
        "New segment",
        "segment_new",
    ),
    sort="name",
)


def _members(request: HttpRequest) -> Query:
    """The contacts of the segment that the query names, as far as the user may see them."""
    segment = numbers.key(request.GET.get("segment"))
    rows = CONTACTS.rows(request).filter(memberships__segment=segment)
    found: Query = rows.annotate(member_since=F("memberships__since"))
    return found


def _no_segment(request: HttpRequest) -> str:
    wanted = request.GET.get("segment", "")
    if Segment.objects.filter(pk=numbers.key(wanted)).exists():
        return ""
    return f"There is no segment “{wanted[:40]}”. Say which one by its number, such as segment=3."


# It has no page of its own: a segment's page shows its members.
MEMBERS = List(
    name="members",
    title="Members of a segment",
    rows=_members,
    columns=(*CONTACTS.columns, Column("since", "In the segment since", "member_since", kind="moment")),
    filters=CONTACTS.filters,
    search=CONTACTS.search,
    sort=CONTACTS.sort,
    own=CONTACTS.own,
    for_files=CONTACTS.for_files,
    export_permission="qualify.view_segment",
    check=_no_segment,
    noun="member",
)


@allowed("qualify.view_segment")
def index(request: HttpRequest) -> HttpResponseBase:
    """All segments."""
    return SEGMENTS.respond(request)


@allowed("qualify.add_segment")
def new(request: HttpRequest) -> HttpResponseBase:
    """A new segment."""
    return _edit(request, Segment(conditions={"all": [{"kind": "contact"}]}))


@allowed("qualify.change_segment")
def edit(request: HttpRequest, segment_id: int) -> HttpResponseBase:
    """Change a segment's question."""
    return _edit(request, get_object_or_404(Segment, pk=segment_id))


def _edit(request: HttpRequest, segment: Segment) -> HttpResponseBase:
    form = SegmentForm(request.POST or None, instance=segment)
    tree = builders.read(request.POST) if request.method == "POST" else builders.rooted(segment.conditions)
    wrong = ""
    if request.method == "POST" and form.is_valid():
        changed = form.save(commit=False)
        changed.conditions = tree
        try:
            segments.save(changed)
        except BadCondition as error:
            wrong = str(error)
        else:
            audit.note(request, "changed", "segment", str(changed.pk), conditions=tree)
            messages.success(request, f"“{changed.name}” is kept; its members are being brought in line.")
            return HttpResponseRedirect(reverse("segment", args=[changed.pk]))
    context = {
        "title": segment.name if segment.pk else "New segment",
        "segment": segment,
        "form": form,
        "wrong": wrong,
        "part": builders.draw(tree),
        "live": _live(request, tree),
    }
    return render(request, "qualify/segment_edit.html", context, status=422 if wrong or form.errors else 200)


@require_POST
@allowed("qualify.view_segment")
def builder(request: HttpRequest) -> HttpResponse:
    """The builder after a button or a choice in it."""
    tree = builders.change(builders.read(request.POST), request.POST.get("deed", ""))
    part = builders.draw(tree, for_fit=request.POST.get("for_fit") == "1")
    answer = render(request, "qualify/_group.html", {"part": part})
    answer["HX-Trigger-After-Swap"] = "redrawn"
    return answer


@require_POST
@allowed("qualify.view_segment")
def live(request: HttpRequest) -> HttpResponse:
    """How many the question fits at present, and some of them."""
    return render(request, "qualify/_live.html", {"live": _live(request, builders.read(request.POST))})


def _live(request: HttpRequest, tree: dict[str, Any]) -> dict[str, Any]:
    try:
        number, ids = segments.count(tree), segments.examples(tree)
        words = segments.words(tree)
    except BadCondition as error:
        return {"wrong": str(error)}
    found = visible_contacts(request).filter(pk__in=ids).select_related("company")
    return {
        "count": number,
        "words": words,
        "examples": [{"contact": contact, "url": contact_url(contact.pk)} for contact in found],
        "hidden": len(ids) - len(found),
    }


@allowed("qualify.view_segment")
def one(request: HttpRequest, segment_id: int) -> HttpResponseBase:
    """A segment and its members."""
    segment = get_object_or_404(Segment, pk=segment_id)
    rows = (
        visible_contacts(request)
        .filter(memberships__segment=segment)
        .select_related("company")
        .annotate(member_since=F("memberships__since"))
        .order_by("-memberships__since", "-pk")
    )
    page = Pages(rows, 50).get_page(request.GET.get("page"))
    context = {
        "title": segment.name,
        "segment": segment,
        "words": _words(segment),
        "page": page,
        "members_query": f"segment={segment.pk}",
        "rows": [{"contact": contact, "url": contact_url(contact.pk)} for contact in page],
        "found": _found(request, segment),
        "may_change": request.user.has_perm("qualify.change_segment"),
    }
    return render(request, "qualify/segment.html", context)


def _found(request: HttpRequest, segment: Segment) -> dict[str, Any] | None:
    """Why one contact, asked for by name or address, is or is not in the segment."""
    wanted = request.GET.get("who", "").strip()
    if not wanted:
        return None
    rows = visible_contacts(request)
    contact = (
        rows.filter(pk=number).first()
        if (number := numbers.whole(wanted)) is not None
        else rows.filter(email__icontains=wanted).first()
    ) or _by_name(rows, wanted)
    if contact is None:
        return {"wanted": wanted}
    return {
        "wanted": wanted,
        "contact": contact,
        "is_member": Member.objects.filter(segment=segment, contact=contact).exists(),
        "told": segments.why(segment, contact.pk),
    }


def _by_name(rows: Any, wanted: str) -> Contact | None:
    from leadwright.ui.lists import by_words

    found: Contact | None = by_words(rows, wanted).first()
    return found


@require_POST
@allowed("qualify.delete_segment")
def delete(request: HttpRequest, segment_id: int) -> HttpResponse:
    """Remove a segment that nothing else uses."""
    from django.db.models import ProtectedError

    segment = get_object_or_404(Segment, pk=segment_id)
    if asking := segments.used_by(segment):
        names = ", ".join(f"“{each.name}”" for each in asking)
        messages.error(request, f"“{segment.name}” stays, because {names} asks for it. Change that question first.")
        return HttpResponseRedirect(reverse("segment", args=[segment_id]))
    try:
        with database.atomic():
            segment.delete()
    except ProtectedError:
        messages.error(request, f"“{segment.name}” is used by a broadcast, so it stays. Switch it off instead.")
        return HttpResponseRedirect(reverse("segment", args=[segment_id]))
    audit.note(request, "removed", "segment", str(segment_id), name=segment.name)
    messages.success(request, f"“{segment.name}” is gone.")
    jobs.wake("segments")
    return HttpResponseRedirect(reverse("segments"))


@allowed("qualify.view_segment")
def of_contact(request: HttpRequest, contact_id: int) -> HttpResponse:
    """The segments that a contact is in, and since when; a panel of its page."""
    contact = get_object_or_404(Contact.objects.visible_to(user_of(request)), pk=contact_id)
    found = Member.objects.filter(contact=contact).select_related("segment").order_by("segment__name")
    return render(request, "qualify/_contact_segments.html", {"members": found, "contact": contact})


@allowed("qualify.view_segment")
def why_in(request: HttpRequest, segment_id: int, contact_id: int) -> HttpResponse:
    """Why a contact is, or is not, in a segment: per condition, with what is so."""
    contact = get_object_or_404(Contact.objects.visible_to(user_of(request)), pk=contact_id)
    told = segments.why(get_object_or_404(Segment, pk=segment_id), contact.pk)
    return render(request, "qualify/_why.html", {"told": told})
