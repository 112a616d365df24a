"""Consent, suppressions, and what is known of a person, over the API."""

from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Query, Router, Schema
from ninja.errors import HttpError
from pydantic import BaseModel, Field

from leadwright.kit import clock, repeats
from leadwright.profile import rules
from leadwright.profile.models import ConsentRecord, Contact, Purpose, Suppression
from leadwright.profile.privacy import consents, exports, suppressions
from leadwright.profile.privacy.consents import Entry, State
from leadwright.workspace import audit, keys

router = Router()
MOST = 10_000


def _contact(request: HttpRequest, contact_id: int) -> Contact:
    found: Contact = get_object_or_404(keys.seen_by(request, Contact.objects.all()), pk=contact_id)
    return found


class ConsentIn(BaseModel):
    """What somebody allowed or took back, and how that is known."""

    purpose: Annotated[str, Field(max_length=40)]
    state: Literal["granted", "pending", "withdrawn"]
    wording: Annotated[str, Field(max_length=10_000)] = ""
    at: datetime | None = None
    page: Annotated[str, Field(max_length=500)] = ""
    note: Annotated[str, Field(max_length=500)] = ""
    address: Annotated[str | None, Field(max_length=45)] = None
    proof: dict[str, str | int | bool] = {}


class LineIn(BaseModel):
    """Lines of the list of suppressions."""

    lines: Annotated[list[Annotated[str, Field(max_length=300)]], Field(min_length=1, max_length=MOST)]
    reason: Literal["manual", "unsubscribed", "complaint", "bounce"] = "manual"
    note: Annotated[str, Field(max_length=250)] = ""


class LinesAsked(Schema):
    """Which lines."""

    address: Annotated[str, Field(max_length=254)] = ""
    after: Annotated[int | None, Field(ge=0, lt=2**63)] = None
    limit: Annotated[int, Field(ge=1, le=1_000)] = 100


@router.get("/purposes", tags=["Consent"], summary="Purposes")
@keys.scope("read", "profile.view_purpose")
def list_purposes(request: HttpRequest) -> dict[str, Any]:
    """What people can allow, in its order."""
    found = Purpose.objects.order_by("-is_active", "position", "name")
    names = ("key", "name", "description", "double_opt_in", "is_active")
    return {"items": [{name: getattr(each, name) for name in names} for each in found], "next": None}


@router.get("/contacts/{contact_id}/consents", tags=["Consent"], summary="A contact's ledger of consent")
@keys.scope("read", "profile.view_contact")
def list_consents(request: HttpRequest, contact_id: int) -> dict[str, Any]:
    """What holds by purpose, and every entry, newest first."""
    contact = _contact(request, contact_id)
    audit.saw(request, "contact", contact.pk)
    entries = ConsentRecord.objects.filter(contact=contact).select_related("version").order_by("-at", "-pk")
    return {
        "holds": consents.standing(contact.pk),
        "suppressed": [{"line": each.email_key, "reason": each.reason} for each in suppressions.of(contact.email_key)],
        "items": [_entry(each) for each in entries],
        "next": None,
    }


def _entry(record: ConsentRecord) -> dict[str, Any]:
    return {
        "id": record.pk,
        "purpose": record.purpose_id,
        "state": record.state,
        "at": record.at,
        "wording": record.wording,
        "version": record.version.number if record.version else None,
        "source": record.source,
        "page": record.page,
        "address": record.address,
        "actor": record.actor,
        "note": record.note,
        "proof": record.proof,
    }


@router.post("/contacts/{contact_id}/consents", tags=["Consent"], summary="Write down a consent")
@keys.scope("write", "profile.change_consent")
@repeats.once
def record_consent(request: HttpRequest, contact_id: int, told: ConsentIn) -> dict[str, Any]:
    """Granted needs the exact words; pending sends the mail that asks to confirm. What changes nothing is not kept."""
    contact = _contact(request, contact_id)
    purpose = get_object_or_404(Purpose, pk=told.purpose)
    if told.state != "withdrawn":
        if not told.wording.strip():
            raise HttpError(422, "Send the exact words that the person agreed to under 'wording'.")
        if not purpose.is_active:
            raise HttpError(409, f"“{purpose}” is retired; nobody can allow it any more.")
    now = clock.now()
    at = told.at or now
    if at.tzinfo is None or at > now:
        raise HttpError(422, "'at' must be a moment with its offset, and not lie ahead.")
    _, actor = audit.who(request)
    entry = Entry(
        contact.pk, purpose.pk, State(told.state), at, "API", told.wording, told.address, dict(told.proof),
        page=told.page, actor=actor, note=told.note,
    )  # fmt: skip
    made = consents.record([entry])
    audit.note(request, f"recorded a consent: {told.state}", "contact", contact.pk, purpose=purpose.pk)
    return {"written": bool(made), "holds": consents.standing(contact.pk)}


@router.get("/contacts/{contact_id}/export", tags=["Consent"], summary="Everything about a person")
@keys.scope("read", "profile.view_consentrecord")
def export_contact(request: HttpRequest, contact_id: int) -> dict[str, Any]:
    """All that is known, section by section; the trail says who took it."""
    contact = _contact(request, contact_id)
    audit.note(request, "exported a person", "contact", contact.pk, form="api")
    return exports.document(contact)


@router.get("/suppressions", tags=["Consent"], summary="Addresses that must not be used, newest first")
@keys.scope("read", "profile.view_suppression")
def list_suppressions(request: HttpRequest, asked: Query[LinesAsked]) -> dict[str, Any]:
    """A page at a time; with `address`, the lines that keep this address from being used."""
    if asked.address:
        try:
            found = suppressions.of(rules.normalise_email(asked.address).key)
        except rules.BadAddress as error:
            raise HttpError(422, str(error)) from None
        return {"items": [_line(each) for each in found], "next": None}
    rows = Suppression.objects.order_by("-pk")
    if asked.after is not None:
        rows = rows.filter(pk__lt=asked.after)
    taken = list(rows[: asked.limit + 1])
    more = f"{request.path}?after={taken[asked.limit - 1].pk}&limit={asked.limit}" if len(taken) > asked.limit else None
    return {"items": [_line(each) for each in taken[: asked.limit]], "next": more}


def _line(line: Suppression) -> dict[str, Any]:
    return {
        "id": line.pk,
        "line": line.email_key,
        "kind": line.kind,
        "reason": line.reason,
        "at": line.at,
        "source": line.source,
        "note": line.note,
    }


@router.post("/suppressions", tags=["Consent"], summary="Never write to these addresses again")
@keys.scope("write", "profile.add_suppression")
@repeats.once
def add_suppressions(request: HttpRequest, told: LineIn) -> dict[str, Any]:
    """Up to 10,000 lines: addresses, "@domain", or the SHA-256 or MD5 of addresses; those refused say why."""
    _, actor = audit.who(request)
    done = suppressions.take_in(told.lines, told.reason, "API", note=told.note, actor=actor)
    audit.note(request, "added suppressions", "suppression", "", lines=done.lines, added=done.added)
    refused = [{"line": number, "text": text, "error": why} for number, text, why in done.examples]
    return {"added": done.added, "known": done.known, "refused": done.refused, "examples": refused}


@router.delete("/suppressions/{line_id}", tags=["Consent"], summary="Take a line off, with a reason")
@keys.scope("write", "profile.delete_suppression")
@repeats.once
def lift_suppression(
    request: HttpRequest, line_id: int, why: Annotated[str, Query(max_length=250)] = ""
) -> dict[str, Any]:
    """`why` stands in the trail."""
    try:
        count = suppressions.take_off([line_id], why, request)
    except suppressions.NeedsReason as error:
        raise HttpError(422, str(error)) from None
    if not count:
        raise HttpError(404, "There is no such line.")
    return {"id": line_id, "lifted": True}
