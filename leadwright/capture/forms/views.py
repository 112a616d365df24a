"""The screens of what came by forms: a form's numbers, and the submissions that were kept aside."""

import uuid
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from leadwright.attract import embeds
from leadwright.attract.models import Form
from leadwright.capture.forms import attachments, held
from leadwright.capture.forms import numbers as form_numbers
from leadwright.capture.models import HeldSubmission
from leadwright.kit import clock
from leadwright.kit.registries import FORM_PANELS
from leadwright.ui.details import record
from leadwright.ui.lists import Action, Choice, Column, Empty, List, Query, Since
from leadwright.ui.numbers import Number
from leadwright.workspace import audit
from leadwright.workspace.access import allowed

PERIODS = ((7, "7 days"), (30, "30 days"), (90, "90 days"), (365, "a year"))


@require_safe
@allowed("attract.view_form")
def numbers(request: HttpRequest, form_id: int) -> HttpResponse:
    """How a form does: seen, begun, left, sent."""
    form = get_object_or_404(Form, pk=form_id)
    asked = request.GET.get("days", "30")
    days = next((days for days, _ in PERIODS if str(days) == asked), 30)
    now = clock.now()
    found = form_numbers.count(form.code, now - timedelta(days=days), now + timedelta(minutes=1))
    labels = {field.name: field.label for field in form.fields.all()}
    context = {
        "form": form,
        "days": days,
        "periods": PERIODS,
        "tiles": _tiles(found.total),
        "found": found,
        "variants": found.variants if len(found.variants) > 1 or form.variants.exists() else [],
        "stops": [(labels.get(stop.question, stop.question), stop.people) for stop in found.stops],
        "most_stops": max((stop.people for stop in found.stops), default=1),
        "held": HeldSubmission.objects.filter(form_code=form.code).count(),
        "codes": embeds.codes(form),
        "as_of": now,
        **record(request, FORM_PANELS, form.pk),
    }
    return render(request, "capture/forms/numbers.html", context)


def _tiles(total: form_numbers.Line) -> list[dict[str, Any]]:
    """The four figures of a form, each with what machines add to it."""
    median = total.median_seconds
    return [
        {
            "number": Number("saw it", total.views, "Visits in which a person had the form before her eyes."),
            "also": total.views_all - total.views,
        },
        {
            "number": Number("began", total.starts, "Visits in which a person touched one of its questions."),
            "also": total.starts_all - total.starts,
        },
        {
            "number": Number("sent it", total.sent, "Submissions that a person made; a double click counts once."),
            "also": total.sent_all - total.sent,
        },
        {
            "number": Number(
                "of those who saw it",
                total.conversion,
                "How many of the visits in which a person saw the form ended with sending it.",
                kind="percent",
                cases=total.views,
            ),
            "also": 0,
        },
        {"say": _lasting(median), "label": "median time, from drawing to sending"},
    ]


def _lasting(seconds: float | None) -> str:
    if seconds is None:
        return "–"
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5_400 else f"{seconds / 3600:.1f} h"


# Kept aside


def _said(row: HeldSubmission) -> str:
    """All answers of a submission in one line."""
    fields = row.payload.get("fields") or {}
    return "; ".join(f"{name}: {_plain(value)}" for name, value in fields.items() if _plain(value))


def _plain(value: Any) -> str:
    if value is True:
        return "yes"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value or "")


def _reasons(row: HeldSubmission) -> str:
    return ", ".join(held.REASONS.get(reason, reason) for reason in row.reasons)


def _release(request: HttpRequest, rows: Query, _: dict[str, Any]) -> str:
    count = held.release(list(rows.values_list("pk", flat=True)))
    return f"{count:,} submission{'s'[: count != 1]} released; what was sent is being taken now."


def _remove(request: HttpRequest, rows: Query, _: dict[str, Any]) -> str:
    count = held.remove(list(rows.values_list("pk", flat=True)))
    return f"{count:,} submission{'s'[: count != 1]} removed."


HELD = List(
    name="held_submissions",
    title="Quarantine",
    lead="Submissions that too much speaks against. They have become nobody yet: release a person, remove the rest. "
    "What nobody decides about goes after 30 days.",
    rows=lambda _: HeldSubmission.objects.all(),
    columns=(
        Column("received", "Came", "received_at", sort="received_at", kind="ago"),
        Column("form", "Form", "form_code"),
        Column("email", "Address", "email"),
        Column("said", "What was sent", _said, template="capture/forms/_said.html"),
        Column("reasons", "Why it was kept aside", _reasons, template="capture/forms/_reasons.html"),
        Column("address", "Network address", "address", shown=False),
        Column("agent", "Browser", "user_agent", shown=False),
    ),
    link=lambda row: reverse("held_submission", args=[row.pk]),
    filters=(
        Choice("form", "Form", "form_code", lambda _: Form.objects.values_list("code", "name")),
        Since("came", "Came", "received_at"),
    ),
    actions=(
        Action("release", "Release", _release, permission="capture.change_heldsubmission"),
        Action(
            "remove",
            "Remove",
            _remove,
            permission="capture.delete_heldsubmission",
            confirm="Remove {count} submissions for good, with the files that came with them?",
            danger=True,
        ),
    ),
    empty=Empty(
        "Nothing is kept aside",
        "A form's submission that several signs speak against waits here, instead of being lost or becoming a lead.",
        "See the forms",
        "forms",
    ),
    sort="-received",
)


@allowed("capture.view_heldsubmission")
def quarantine(request: HttpRequest) -> HttpResponseBase:
    """All submissions that are kept aside."""
    return HELD.respond(request)


@require_safe
@allowed("capture.view_heldsubmission")
def submission(request: HttpRequest, held_id: int) -> HttpResponse:
    """One of them: what was sent, as text, and what speaks against it."""
    row = HeldSubmission.objects.filter(pk=held_id).first()
    if row is None:
        messages.info(request, "Somebody has decided about this submission already.")
        return redirect("held_submissions")
    form = Form.objects.filter(code=row.form_code).first()
    labels = {field.name: field.label for field in form.fields.all()} if form else {}
    consent = row.payload.get("consent") or {}
    context = {
        "row": row,
        "form": form,
        "answers": [
            (labels.get(name, name), _plain(value)) for name, value in (row.payload.get("fields") or {}).items()
        ],
        "consents": [each for each in (consent, *consent.get("also", ())) if each.get("given")] if consent else [],
        "files": held.files(row),
        "reasons": [held.REASONS.get(reason, reason) for reason in row.reasons],
        "page": row.payload.get("page", ""),
    }
    return render(request, "capture/forms/submission.html", context)


@require_POST
@allowed("capture.change_heldsubmission")
def release(request: HttpRequest, held_id: int) -> HttpResponse:
    """Let one in; pressed twice it comes once."""
    if held.release([held_id]):
        audit.note(request, "released", "held_submission", held_id)
        messages.success(request, "Released. It is taken as if it had come normally, at the time it came.")
    else:
        messages.info(request, "Somebody has decided about this submission already.")
    return redirect("held_submissions")


@require_POST
@allowed("capture.delete_heldsubmission")
def remove(request: HttpRequest, held_id: int) -> HttpResponse:
    """Forget one."""
    if held.remove([held_id]):
        audit.note(request, "removed", "held_submission", held_id)
        messages.success(request, "Removed.")
    return redirect("held_submissions")


@require_safe
@allowed("capture.change_heldsubmission")
def held_file(request: HttpRequest, held_id: int, upload_id: uuid.UUID) -> HttpResponseBase:
    """A file of a submission that is kept aside: a download, never drawn or run."""
    row = get_object_or_404(HeldSubmission, pk=held_id)
    upload = get_object_or_404(held.files(row), pk=upload_id)
    audit.note(request, "downloaded", "held_submission", held_id, file=upload.name)
    return attachments.handed_over(upload)


@require_safe
@allowed("capture.view_heldsubmission")
def panel(request: HttpRequest) -> HttpResponse:
    """How many wait, on the first screen."""
    newest = HeldSubmission.objects.order_by("-received_at")[:3]
    return render(request, "capture/forms/_panel.html", {"count": held.count(), "newest": newest})
