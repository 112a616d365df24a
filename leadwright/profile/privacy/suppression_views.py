"""The list of suppressions: search, add, lift, hand in, take along."""

import csv
import hashlib
import io
from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib import messages as notices
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from leadwright.kit import clock, sheets
from leadwright.profile import rules
from leadwright.profile.models import Suppression
from leadwright.profile.privacy import suppressions
from leadwright.ui.lists import Action, Choice, Column, Empty, List, Query, Since, View
from leadwright.workspace import audit
from leadwright.workspace.access import allowed, user_of

MOST_BYTES = 100 * 1024 * 1024
REASONS = [(str(reason), reason.label) for reason in suppressions.GIVEN]


def _search(rows: Query, wanted: str) -> Query:
    """By an address (also where its fingerprint or its domain stands there), by a part of one, or by a note."""
    try:
        key = rules.normalise_email(wanted).key
    except rules.BadAddress:
        return rows.filter(Q(email_key__icontains=wanted.strip().lower()) | Q(note__icontains=wanted))
    return rows.filter(pk__in=[each.pk for each in suppressions.of(key)])


class LiftForm(forms.Form):
    """Why something comes off the list."""

    why = forms.CharField(max_length=250, label="Why may these be used again?", help_text="Kept in the trail.")


def _lift(request: HttpRequest, rows: Query, answers: dict[str, Any]) -> str:
    count = suppressions.take_off(list(rows.order_by().values_list("pk", flat=True)), answers["why"], request)
    return f"{count:,} {'lines are' if count != 1 else 'line is'} off the list."


LIST = List(
    name="suppressions",
    title="Suppressions",
    lead="Addresses that are never written to, whatever a journey, a broadcast or an import says.",
    rows=lambda _: Suppression.objects.all(),
    columns=(
        Column("line", "Address", "email_key", template="profile/_suppressed.html"),
        Column("kind", "Kind", lambda row: row.get_kind_display(), shown=False),
        Column("reason", "Reason", lambda row: row.get_reason_display()),
        Column("source", "From"),
        Column("note", "Note"),
        Column("actor", "By", shown=False),
        Column("at", "Since", "at", sort="at", kind="day"),
    ),
    search=_search,
    search_hint="Search an address; fingerprints are found as well",
    filters=(
        Choice("reason", "Reason", "reason", Suppression.Reason.choices),
        Choice(
            "kind",
            "Kind",
            "kind",
            [("address", "Address"), ("domain", "Domain"), ("sha256", "SHA-256"), ("md5", "MD5")],
        ),
        Since("since", "Added", "at"),
    ),
    views=(View("All"), View("Added this week", "since=7"), View("Domains", "kind=domain")),
    actions=(Action("lift", "Lift …", _lift, permission="profile.delete_suppression", form=LiftForm, danger=True),),
    buttons=(
        ("Add", "suppressions_add", "profile.add_suppression"),
        ("Take along", "suppressions_take", "profile.view_suppression"),
    ),
    empty=Empty(
        "Nobody is suppressed",
        "Whoever unsubscribes from everything, complains, or is forgotten stands here by itself. Add your competitors' "
        "domains, or the list of another system.",
        "Add addresses",
        "suppressions_add",
    ),
    sort="-at",
    export_permission="profile.view_suppression",
)


@allowed("profile.view_suppression")
def index(request: HttpRequest) -> HttpResponseBase:
    """The list."""
    return LIST.respond(request)


class AddForm(forms.Form):
    """Lines by hand, or a file of them."""

    lines = forms.CharField(
        label="Addresses",
        required=False,
        widget=forms.Textarea(attrs={"rows": 6, "placeholder": "ada@nordwind.example\n@competitor.example"}),
        help_text="One a line: an address, @domain for everybody there, or the SHA-256 or MD5 of an address.",
    )
    file = forms.FileField(required=False, help_text="CSV or text, the address first in each line; any size to 100 MB.")
    reason = forms.ChoiceField(choices=REASONS)
    note = forms.CharField(max_length=250, required=False, help_text="Where the list comes from, say.")

    def clean(self) -> dict[str, Any]:
        """Something must be handed in."""
        found = super().clean() or {}
        file = found.get("file")
        if not file and not (found.get("lines") or "").strip():
            raise forms.ValidationError("Write at least one address, or choose a file.")
        if file and file.size > MOST_BYTES:
            raise forms.ValidationError("The file is larger than 100 MB; hand it in in parts.")
        return found


@allowed("profile.add_suppression")
def add(request: HttpRequest) -> HttpResponse:
    """Hand in lines, and say what became of them."""
    form = AddForm(request.POST or None, request.FILES or None)
    context: dict[str, Any] = {"form": form}
    if request.method == "POST" and form.is_valid():
        told = _take(form, str(user_of(request)))
        audit.note(
            request, "added suppressions", "suppression", "", lines=told.lines, added=told.added, refused=told.refused
        )
        if not told.refused:
            notices.success(request, f"{told.added:,} added, {told.known:,} were there already.")
            return redirect("suppressions")
        context |= {"told": told, "form": AddForm()}
    return render(request, "profile/suppressions_add.html", context)


def _take(form: AddForm, actor: str) -> suppressions.Told:
    given = form.cleaned_data
    lines: Any = given["lines"].splitlines()
    source = "console"
    if given["file"]:
        lines, source = (
            io.TextIOWrapper(given["file"], encoding="utf-8-sig", errors="replace"),
            f"file {given['file'].name}",
        )
    return suppressions.take_in(lines, given["reason"], source, note=given["note"], actor=actor)


@require_safe
@allowed("profile.view_suppression")
def take(request: HttpRequest) -> HttpResponseBase:
    """The whole list as CSV, in the clear or as fingerprints, as another system takes it."""
    if request.GET.get("as") not in ("plain", "hashed"):
        return render(request, "profile/suppressions_take.html", {"count": Suppression.objects.count()})
    is_hashed = request.GET["as"] == "hashed"
    audit.note(request, "exported", "suppressions", "", hashed=is_hashed)
    answer = StreamingHttpResponse(lines(is_hashed=is_hashed), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="suppressions-{clock.now():%Y-%m-%d}.csv"'
    return answer


def lines(*, is_hashed: bool) -> Iterator[str]:
    """The list as lines of CSV; no cell of it is a formula. Hashed, no line can be read back as an address."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["address", "reason", "since", "source", "note"])
    for row in Suppression.objects.order_by("pk").iterator(chunk_size=2_000):
        key = row.email_key
        if is_hashed and row.kind == "address":
            key = hashlib.sha256(key.encode()).hexdigest()
        told = [key, row.reason, row.at.isoformat(timespec="seconds"), row.source, "" if is_hashed else row.note]
        writer.writerow([sheets.harmless(cell) for cell in told])
        if out.tell() > 1 << 16:
            yield out.getvalue()
            out.seek(0)
            out.truncate()
    yield out.getvalue()
