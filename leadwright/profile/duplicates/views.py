"""The review of likely duplicates: two records side by side, one key a decision; and merging from a record's page."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from leadwright.kit import numbers
from leadwright.profile.duplicates import merges, proposals
from leadwright.profile.models import Company, Contact, Duplicate, Merge, RecordKind
from leadwright.ui.lists import by_words, up_to
from leadwright.workspace import audit
from leadwright.workspace.access import allowed, user_of
from leadwright.workspace.models import User

LABELS = {
    "email": "E-mail", "external_id": "User id", "first_name": "First name", "last_name": "Last name",
    "title": "Job title", "phone": "Phone", "company_id": "Company", "country": "Country", "city": "City",
    "language": "Language", "time_zone": "Time zone", "owner_id": "Owner", "persona_id": "Persona",
    "buying_stage": "Buying stage",
    "buying_role": "Role in buying", "name": "Name", "domain": "Domain", "industry": "Industry",
    "size": "People who work there",
}  # fmt: skip
SHOWN = 20
MOST_COUNTED = 1_000  # pairs that wait; a thousand say as much as a hundred thousand

Record = Contact | Company


@dataclass(frozen=True)
class Line:
    """A field of two records, side by side; `taken` is the id of the record whose value stays."""

    name: str
    label: str
    left: str
    right: str
    taken: int | None  # None: both say the same

    @property
    def is_same(self) -> bool:
        """Whether there is nothing to choose."""
        return self.taken is None


def _records(user: User, kind: str) -> Any:
    model = merges.MODELS.get(kind)
    if model is None:
        raise Http404("There are no such records.")
    related = ("company", "owner", "persona") if kind == RecordKind.CONTACT else ("owner",)
    return model.objects.visible_to(user).select_related(*related)


def _show(record: Record, name: str) -> str:
    if name.startswith("custom."):
        return str(record.custom.get(name.removeprefix("custom."), "") or "")
    if name.endswith("_id") and name != "external_id":
        return str(getattr(record, name.removesuffix("_id")) or "")
    found = getattr(record, name)
    return "" if found is None else str(found)


def _lines(kind: str, left: Record, right: Record, survivor: int) -> list[Line]:
    """What the two say, the differing first in the usual order; blank fields of both are left out."""
    names = [*merges.FIELDS[kind], *(f"custom.{name}" for name in {**left.custom, **right.custom})]
    found = []
    for name in names:
        one, other = _show(left, name), _show(right, name)
        if not one and not other:
            continue
        taken = None
        if one != other:
            mine, theirs = (one, other) if survivor == left.pk else (other, one)
            taken = survivor if mine or not theirs else (right.pk if survivor == left.pk else left.pk)
        label = LABELS.get(name) or name.removeprefix("custom.").replace("_", " ").capitalize()
        found.append(Line(name, label, one, other, taken))
    return sorted(found, key=lambda line: line.is_same)


def _pair(kind: str, left: Record, right: Record) -> dict[str, Any]:
    survivor = merges.default_survivor(left, right).pk
    return {
        "kind": kind,
        "left": left,
        "right": right,
        "survivor": survivor,
        "sides": [(left, "left"), (right, "right")],
        "lines": _lines(kind, left, right, survivor),
        "url_name": kind,
    }


def _next(user: User, kind: str, after: Duplicate | None) -> tuple[Duplicate | None, Record | None, Record | None]:
    """The next pair to decide, with its records; from the top again where there is none after one that was skipped."""
    waiting = proposals.open_for(user, kind)
    found = None
    if after:
        later = Q(probability__lt=after.probability) | Q(probability=after.probability, pk__gt=after.pk)
        found = waiting.filter(later).first()
    found = found or waiting.first()
    if found is None:
        return None, None, None
    records = {each.pk: each for each in _records(user, kind).filter(pk__in=[found.low_id, found.high_id])}
    return found, records.get(found.low_id), records.get(found.high_id)


def _context(
    request: HttpRequest, kind: str, after: Duplicate | None = None, said: str = "", wrong: str = "", undo: str = ""
) -> dict[str, Any]:
    user = user_of(request)
    found, left, right = _next(user, kind, after)
    context: dict[str, Any] = {
        "kind": kind,
        "kinds": [
            (value, label, up_to(proposals.open_for(user, value), MOST_COUNTED)[1])
            for value, label in RecordKind.choices
        ],
        "duplicate": found,
        "said": said,
        "wrong": wrong,
        "undo": undo,
        "looked_at": proposals.looked_at(kind),
    }
    if found and left and right:
        audit.saw(request, kind, left.pk)
        audit.saw(request, kind, right.pk)
        context |= _pair(kind, left, right)
    return context


def _kind(text: str | None) -> str:
    return text if text in RecordKind.values else str(RecordKind.CONTACT)


@allowed("profile.change_contact")
@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    """The pairs to decide, one at a time; for htmx the pair alone."""
    after = Duplicate.objects.filter(pk=numbers.key(request.GET.get("after"))).first()
    context = _context(request, _kind(request.GET.get("kind")), after)
    part = request.headers.get("HX-Request") and not request.headers.get("HX-Boosted")
    return render(request, "profile/_duplicate.html" if part else "profile/duplicates.html", context)


@allowed("profile.change_contact")
@require_POST
def look(request: HttpRequest) -> HttpResponse:
    """Compare what has changed now; the queue then looks for itself whether there is something to decide."""
    proposals.look_soon()
    said = "Being compared. What is likely the same appears here."
    return render(request, "profile/_duplicate.html", _context(request, _kind(request.POST.get("kind")), said=said))


def _choices(request: HttpRequest) -> dict[str, Any]:
    return {name.removeprefix("field:"): value for name, value in request.POST.items() if name.startswith("field:")}


def _merge(request: HttpRequest, kind: str, one: int, other: int) -> Merge:
    """Merge two records that the user may see; raises Unmergeable."""
    survivor = numbers.key(request.POST.get("survivor")) or one
    if survivor not in (one, other):
        raise merges.Unmergeable("Choose which of the two stays.")
    absorbed = other if survivor == one else one
    seen = set(_records(user_of(request), kind).filter(pk__in=[one, other]).values_list("pk", flat=True))
    gone = {one, other} - seen
    if gone and merges.MODELS[kind].objects.filter(pk__in=gone).exists():
        raise merges.Unmergeable("One of the two belongs to somebody else, so you cannot merge them.")
    return merges.merge(kind, survivor, absorbed, request, _choices(request))


@allowed("profile.change_contact")
@require_POST
def decide(request: HttpRequest, duplicate_id: int) -> HttpResponse:
    """Merge a pair, or say that the two are not the same; shows the next. A second click says what the first did."""
    found = get_object_or_404(Duplicate, pk=duplicate_id)
    user = user_of(request)
    said = wrong = undo = ""
    if request.POST.get("do") == "merge":
        try:
            done = _merge(request, found.kind, found.low_id, found.high_id)
            said, undo = (
                f"Merged into {merges.MODELS[found.kind].objects.get(pk=done.survivor_id)}.",
                f"merge:{done.pk}",
            )
        except merges.Unmergeable as error:
            wrong = str(error)
    elif not proposals.open_for(user, found.kind).filter(pk=found.pk).exists():
        found.refresh_from_db()
        wrong = f"This pair is decided already: {found.get_state_display()}."
    elif proposals.dismiss(found, request):
        said, undo = "Kept apart; they will not be proposed again.", f"dismissed:{found.pk}"
    return render(request, "profile/_duplicate.html", _context(request, found.kind, found, said, wrong, undo))


@allowed("profile.change_contact")
@require_POST
def undo(request: HttpRequest) -> HttpResponse:
    """Take the last decision back."""
    what, _, key = request.POST.get("what", "").partition(":")
    kind = _kind(request.POST.get("kind"))
    said = wrong = ""
    if what == "merge":
        done = get_object_or_404(Merge, pk=numbers.key(key) or 0)
        kind = done.kind
        _guard(request, done)
        try:
            merges.undo(done.pk, request)
            said = "Parted again; both are as they were."
        except merges.Unmergeable as error:
            wrong = str(error)
    else:
        told = get_object_or_404(Duplicate, pk=numbers.key(key) or 0)
        kind = told.kind
        records = _records(user_of(request), kind).filter(pk__in=[told.low_id, told.high_id])
        if records.count() == 2 and proposals.ask_again(told, request):
            said = "Waits for your decision again."
        else:
            wrong = "This was decided anew in the meantime."
    if request.POST.get("back"):
        return redirect(kind, numbers.key(request.POST["back"]))
    return render(request, "profile/_duplicate.html", _context(request, kind, None, said, wrong))


def _guard(request: HttpRequest, done: Merge) -> None:
    """A merge is undone only by whoever may see its survivor."""
    get_object_or_404(_records(user_of(request), done.kind), pk=done.survivor_id)


# From a record's page


@allowed("profile.change_contact")
def merge_with(request: HttpRequest, of: str, record_id: int) -> HttpResponse:
    """Look for the other record, compare the two, and merge them."""
    records = _records(user_of(request), of)
    record = get_object_or_404(records, pk=record_id)
    context: dict[str, Any] = {"record": record, "kind": of, "url_name": of, "q": request.GET.get("q", "").strip()}
    other = records.filter(pk=numbers.key(request.GET.get("with") or request.POST.get("with")) or 0).first()
    if request.method == "POST":
        try:
            if other is None:
                raise merges.Unmergeable("The other record is not there any more; it may have been merged already.")
            done = _merge(request, of, record.pk, other.pk)
            return redirect(of, done.survivor_id)
        except merges.Unmergeable as error:
            context["wrong"] = str(error)
    if other and other.pk != record.pk:
        context |= _pair(of, record, other)
    elif context["q"]:
        context["found"] = list(by_words(records.exclude(pk=record.pk), context["q"])[:SHOWN])
    return render(request, "profile/merge_with.html", context)


@allowed("profile.view_contact")
@require_safe
def banner(request: HttpRequest, of: str, record_id: int) -> HttpResponse:
    """“Likely the same as …” above a record, and what was merged into it; nothing where there is neither."""
    user = user_of(request)
    records = _records(user, of)
    get_object_or_404(records, pk=record_id)
    pairs = list(proposals.of(user, of, record_id)[:3])
    others = {each.pk: each for each in records.filter(pk__in=[_other(pair, record_id) for pair in pairs])}
    likely = [(others[_other(pair, record_id)], pair) for pair in pairs if _other(pair, record_id) in others]
    context = {"likely": likely, "merged": merges.of(of, record_id)[:1], "kind": of, "record_id": record_id}
    return render(request, "profile/_likely.html", context)


def _other(pair: Duplicate, record_id: int) -> int:
    return pair.high_id if pair.low_id == record_id else pair.low_id


@allowed("profile.change_contact")
@require_safe
def panel(request: HttpRequest) -> HttpResponse:
    """How many pairs wait for a decision, on the first screen."""
    user = user_of(request)
    counts = [
        (label, value, *up_to(proposals.open_for(user, value), MOST_COUNTED)) for value, label in RecordKind.choices
    ]
    return render(
        request, "profile/_duplicates_panel.html", {"counts": counts, "total": sum(each[2] for each in counts)}
    )
