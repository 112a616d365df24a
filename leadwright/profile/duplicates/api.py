"""Likely duplicates, merges and their undo over the API."""

from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Query, Router, Schema
from ninja.errors import HttpError
from pydantic import Field

from leadwright.kit import repeats
from leadwright.profile.api import page
from leadwright.profile.duplicates import merges, proposals
from leadwright.profile.models import Duplicate, Merge
from leadwright.workspace import keys

router = Router()


class DuplicatesAsked(Schema):
    """Which pairs: of contacts or companies, likely at least so much."""

    kind: Literal["contact", "company"] = "contact"
    least: Annotated[float, Field(ge=0, le=1)] = 0.0
    after: int | None = None
    limit: Annotated[int, Field(ge=1, le=500)] = 100


class MergeIn(Schema):
    """The record that is merged into this one, and of which of the two each value stays (field → id)."""

    absorbed: int
    choices: Annotated[dict[str, int], Field(default_factory=dict)]


def _seen(request: HttpRequest, kind: str) -> Any:
    return keys.seen_by(request, merges.MODELS[kind].objects.all())


def _pair(pair: Duplicate) -> dict[str, Any]:
    return {
        "id": pair.pk,
        "kind": pair.kind,
        "records": [pair.low_id, pair.high_id],
        "probability": round(pair.probability, 6),
        "evidence": pair.evidence,
        "found_at": pair.found_at,
    }


@router.get("/duplicates", tags=["Duplicates"], summary="Likely duplicates that wait for a decision")
@keys.scope("read", "profile.view_contact")
def list_duplicates(request: HttpRequest, asked: Query[DuplicatesAsked]) -> dict[str, Any]:
    """Pairs of which the key's maker may see both, a page at a time."""
    visible = _seen(request, asked.kind).values("pk")
    found = Duplicate.objects.filter(
        kind=asked.kind, state="open", low_id__in=visible, high_id__in=visible, probability__gte=asked.least
    )
    if asked.after is not None:
        found = found.filter(pk__lt=asked.after)
    rows = list(found.order_by("-pk")[: asked.limit + 1])
    return page(request, rows, [_pair(row) for row in rows], asked.limit)


@router.post("/duplicates/{duplicate_id}/dismiss", tags=["Duplicates"], summary="Say that two are not the same")
@keys.scope("write", "profile.change_contact")
@repeats.once
def dismiss_duplicate(request: HttpRequest, duplicate_id: int) -> dict[str, Any]:
    """They are never proposed again."""
    found = get_object_or_404(Duplicate, pk=duplicate_id)
    both = (found.low_id, found.high_id)
    if _seen(request, found.kind).filter(pk__in=both).count() < len(both):
        raise HttpError(404, "There is no such pair.")
    if not proposals.dismiss(found, request):
        raise HttpError(409, "This pair is decided already.")
    return {"id": found.pk, "state": "dismissed"}


def _merge(request: HttpRequest, kind: str, survivor: int, told: MergeIn) -> dict[str, Any]:
    get_object_or_404(_seen(request, kind), pk=survivor)
    if merges.MODELS[kind].objects.filter(pk=told.absorbed).exists():
        get_object_or_404(_seen(request, kind), pk=told.absorbed)
    try:
        done = merges.merge(kind, survivor, told.absorbed, request, told.choices)
    except merges.Unmergeable as error:
        raise HttpError(409, str(error)) from None
    return _document(done)


def _document(done: Merge) -> dict[str, Any]:
    moment: datetime | None = done.undone_at
    return {
        "id": done.pk,
        "kind": done.kind,
        "survivor": done.survivor_id,
        "absorbed": done.absorbed_id,
        "changed": sorted(set(done.after) - {"updated_at", "origins", "email_key"}),
        "at": done.at,
        "by": done.actor,
        "undone_at": moment,
    }


def _undo(request: HttpRequest, kind: str, survivor: int, merge_id: int) -> dict[str, Any]:
    get_object_or_404(_seen(request, kind), pk=survivor)
    found = get_object_or_404(Merge, pk=merge_id, kind=kind, survivor_id=survivor)
    try:
        return _document(merges.undo(found.pk, request))
    except merges.Unmergeable as error:
        raise HttpError(409, str(error)) from None


@router.post("/contacts/{contact_id}/merge", tags=["Contacts"], summary="Merge another contact into this one")
@keys.scope("write", "profile.change_contact")
@repeats.once
def merge_contact(request: HttpRequest, contact_id: int, told: MergeIn) -> dict[str, Any]:
    """Both histories stay, the stricter consent holds; the answer's id undoes it."""
    return _merge(request, "contact", contact_id, told)


@router.post("/contacts/{contact_id}/merges/{merge_id}/undo", tags=["Contacts"], summary="Part two contacts again")
@keys.scope("write", "profile.change_contact")
@repeats.once
def undo_contact_merge(request: HttpRequest, contact_id: int, merge_id: int) -> dict[str, Any]:
    """Both come back as they were; what happened since stays with whom it belongs to."""
    return _undo(request, "contact", contact_id, merge_id)


@router.post("/companies/{company_id}/merge", tags=["Companies"], summary="Merge another company into this one")
@keys.scope("write", "profile.change_company")
@repeats.once
def merge_company(request: HttpRequest, company_id: int, told: MergeIn) -> dict[str, Any]:
    """Its people follow, and its domains lead here from now on."""
    return _merge(request, "company", company_id, told)


@router.post("/companies/{company_id}/merges/{merge_id}/undo", tags=["Companies"], summary="Part two companies again")
@keys.scope("write", "profile.change_company")
@repeats.once
def undo_company_merge(request: HttpRequest, company_id: int, merge_id: int) -> dict[str, Any]:
    """Both come back as they were."""
    return _undo(request, "company", company_id, merge_id)
