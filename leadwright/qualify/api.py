"""Leads, segments and scores in the REST API."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Field, Query, Router, Schema, Status
from ninja.errors import HttpError

from leadwright.kit import clock, jobs
from leadwright.profile.models import Contact
from leadwright.qualify import leads, scores, segments
from leadwright.qualify.conditions import BadCondition
from leadwright.qualify.models import Lead, Member, Segment, Stage
from leadwright.workspace import keys
from leadwright.workspace.models import User

router = Router(tags=["Qualify"])
MOST = 500


class LeadOut(Schema):
    """A lead."""

    id: int
    contact: int = Field(alias="contact_id")
    external_id: str | None
    stage: str
    stage_since: datetime
    owner: int | None = Field(alias="owner_id")
    interest: str
    source: str
    channel: str
    campaign: int | None = Field(alias="campaign_id")
    value: Decimal | None
    reason: str | None
    opened_at: datetime
    closed_at: datetime | None
    custom: dict[str, Any]

    @staticmethod
    def resolve_reason(lead: Lead) -> str | None:
        """The reason's words."""
        return lead.reason.label if lead.reason else None


class LeadIn(Schema):
    """A lead to open: of a contact by id or by address."""

    contact: int | None = None
    email: str | None = None
    interest: str = Field("", max_length=200)
    source: str = Field("api", max_length=120)
    channel: str = Field("", max_length=40)
    campaign: int | None = None
    owner: int | None = None
    value: Decimal | None = None
    external_id: str | None = Field(None, max_length=120)
    opened_at: datetime | None = None
    custom: dict[str, Any] = Field(default_factory=dict)


class LeadPatch(Schema):
    """What may be changed on a lead; its stage is moved instead."""

    interest: str | None = Field(None, max_length=200)
    value: Decimal | None = None
    owner: int | None = None
    custom: dict[str, Any] | None = None


class MoveIn(Schema):
    """A move: lost, disqualified and recycled need a reason from the list."""

    to: str
    reason: str = ""
    at: datetime | None = None
    value: Decimal | None = None
    user: int | None = None  # whose act it is, for a key of an administrator; without one it is the key's


class Asked(Schema):
    """Which leads."""

    stage: list[str] = Field(default_factory=list)
    owner: int | None = None
    contact: int | None = None
    channel: str | None = None
    external_id: str | None = None
    opened_after: datetime | None = None
    opened_before: datetime | None = None
    after: int | None = None
    limit: int = Field(100, ge=1, le=MOST)


def _actor(request: HttpRequest) -> str:
    return f"API key {request.auth.name}"[:80]  # type: ignore[attr-defined]


def _lead(request: HttpRequest, lead_id: int) -> Lead:
    found: Lead = get_object_or_404(keys.seen_by(request, Lead.objects.select_related("reason")), pk=lead_id)
    return found


def _next(request: HttpRequest, last: int | None) -> str | None:
    if last is None:
        return None
    query = request.GET.copy()
    query["after"] = str(last)
    return request.build_absolute_uri(f"{request.path}?{query.urlencode()}")


@router.get("/leads", summary="Leads, latest first")
@keys.scope("read", "qualify.view_lead")
def list_leads(request: HttpRequest, asked: Query[Asked]) -> dict[str, Any]:
    """Filtered by stage, owner, contact, channel, external id or time of opening; `next` brings the following page."""
    given = {
        "owner_id": asked.owner,
        "contact_id": asked.contact,
        "channel": asked.channel,
        "external_id": asked.external_id,
        "opened_at__gt": asked.opened_after,
        "opened_at__lt": asked.opened_before,
        "pk__lt": asked.after,
        "stage__in": asked.stage or None,
    }
    rows = keys.seen_by(request, Lead.objects.select_related("reason")).filter(
        **{name: value for name, value in given.items() if value}
    )
    found = list(rows.order_by("-pk")[: asked.limit + 1])
    items, more = found[: asked.limit], len(found) > asked.limit
    return {
        "items": [LeadOut.from_orm(lead).dict() for lead in items],
        "next": _next(request, items[-1].pk if more else None),
    }


@router.post("/leads", response={201: LeadOut, 200: LeadOut}, summary="Open a lead")
@keys.scope("write", "qualify.add_lead")
def open_lead(request: HttpRequest, given: LeadIn) -> Status[Lead]:
    """Opens a lead; where the contact has an open one, the interest is added to it (200 instead of 201).

    With an external id it is always a lead of its own, once.
    """
    rows = keys.seen_by(request, Contact.objects.filter(pk=given.contact or 0))
    if given.email:
        rows = keys.seen_by(request, Contact.objects.filter(email__iexact=given.email.strip()))
    contact = rows.first()
    if contact is None:
        raise HttpError(422, "There is no such contact; name one by its id as `contact`, or by its address as `email`.")
    if given.owner and not User.objects.filter(pk=given.owner, is_active=True).exists():
        raise HttpError(422, "There is no active user with the id given as `owner`.")
    row = leads.NewLead(
        contact.pk,
        given.source,
        opened_at=given.opened_at or clock.now(),
        interest=given.interest,
        channel=given.channel or contact.first_channel,
        campaign_id=given.campaign or contact.first_campaign_id,
        owner_id=given.owner,
        value=given.value,
        external_id=given.external_id or None,
        custom=given.custom,
    )
    opened = leads.open([row], actor=_actor(request), add=not given.external_id)
    if ids := opened.new or opened.added:
        return Status(201 if opened.new else 200, _lead(request, ids[0]))
    known = keys.seen_by(request, Lead.objects.select_related("reason")).filter(external_id=given.external_id).first()
    if known is None:
        raise HttpError(409, "Somebody else in the workspace has a lead of this external id; ask an administrator.")
    return Status(200, known)


@router.get("/leads/{lead_id}", response=LeadOut, summary="One lead")
@keys.scope("read", "qualify.view_lead")
def get_lead(request: HttpRequest, lead_id: int) -> Lead:
    """With all its fields."""
    return _lead(request, lead_id)


@router.patch("/leads/{lead_id}", response=LeadOut, summary="Change a lead")
@keys.scope("write", "qualify.change_lead")
def change_lead(request: HttpRequest, lead_id: int, given: LeadPatch) -> Lead:
    """Interest, value, owner and own fields; the stage is moved with …/move."""
    lead = _lead(request, lead_id)
    empties = ("value", "owner")  # whatever else is told as null stays as it is
    told = given.dict(exclude_unset=True)
    changed = {name: value for name, value in told.items() if value is not None or name in empties}
    is_given, owner_id = "owner" in changed, changed.pop("owner", None)
    owner = User.objects.filter(pk=owner_id, is_active=True).first() if owner_id else None
    if owner_id and owner is None:
        raise HttpError(422, "There is no active user with the id given as `owner`.")
    Lead.objects.filter(pk=lead.pk).update(**changed, updated_at=clock.now())
    if is_given:
        leads.give([lead.pk], owner, actor=_actor(request))
    jobs.wake("leads")
    return _lead(request, lead_id)


@router.post("/leads/{lead_id}/move", response=LeadOut, summary="Move a lead to a stage")
@keys.scope("write", "qualify.change_lead")
def move_lead(request: HttpRequest, lead_id: int, given: MoveIn) -> Lead:
    """Answers the lead where it stands then; 409 where its stage does not allow the move, 422 without a reason."""
    lead = _lead(request, lead_id)
    if given.to not in Stage.values:
        raise HttpError(422, f"There is no stage '{given.to}'; choose one of {', '.join(Stage.values)}.")
    user = keys.actor(request, given.user) if given.user else None
    try:
        done = leads.move(
            [lead.pk],
            given.to,
            actor=str(user or _actor(request)),
            user=user,
            reason=given.reason,
            at=given.at,
            value=given.value,
        )
    except leads.NeedsReason as error:
        raise HttpError(422, str(error)) from None
    if done.stayed:
        raise HttpError(409, done.stayed[0][1])
    return _lead(request, lead_id)


class SegmentOut(Schema):
    """A segment."""

    id: int
    name: str
    description: str
    conditions: dict[str, Any]
    words: str
    is_active: bool
    size: int
    refreshed_at: datetime | None

    @staticmethod
    def resolve_words(segment: Segment) -> str:
        """The question as it is read."""
        try:
            return segments.words(segment.conditions)
        except BadCondition as error:
            return str(error)


class SegmentIn(Schema):
    """A segment to make or change."""

    name: str | None = Field(None, max_length=120, min_length=1)
    description: str | None = Field(None, max_length=250)
    conditions: dict[str, Any] | None = None
    is_active: bool | None = None


def _keep(segment: Segment, given: SegmentIn) -> Segment:
    for name, value in given.dict(exclude_unset=True).items():
        if value is not None:
            setattr(segment, name, value)
    segment.validate_unique()
    try:
        return segments.save(segment)
    except BadCondition as error:
        raise ValidationError({"conditions": str(error)}) from None


@router.get("/segments", summary="All segments")
@keys.scope("read", "qualify.view_segment")
def list_segments(request: HttpRequest) -> dict[str, Any]:
    """By name; there are never many."""
    return {"items": [SegmentOut.from_orm(each).dict() for each in Segment.objects.order_by("name")], "next": None}


@router.post("/segments", response={201: SegmentOut}, summary="Make a segment")
@keys.scope("write", "qualify.add_segment")
def make_segment(request: HttpRequest, given: SegmentIn) -> Status[Segment]:
    """Its members are there as soon as the worker has asked the question."""
    if not given.name:
        raise ValidationError({"name": "Give the segment a name."})
    return Status(201, _keep(Segment(), given))


@router.get("/segments/{segment_id}", response=SegmentOut, summary="One segment")
@keys.scope("read", "qualify.view_segment")
def get_segment(request: HttpRequest, segment_id: int) -> Segment:
    """With its question and size."""
    found: Segment = get_object_or_404(Segment, pk=segment_id)
    return found


@router.patch("/segments/{segment_id}", response=SegmentOut, summary="Change a segment")
@keys.scope("write", "qualify.change_segment")
def change_segment(request: HttpRequest, segment_id: int, given: SegmentIn) -> Segment:
    """A changed question is asked anew."""
    return _keep(get_object_or_404(Segment, pk=segment_id), given)


@router.get("/segments/{segment_id}/members", summary="The members of a segment")
@keys.scope("read", "qualify.view_segment")
def list_members(request: HttpRequest, segment_id: int, after: int = 0, limit: int = 100) -> dict[str, Any]:
    """By contact id; `next` brings the following page."""
    get_object_or_404(Segment, pk=segment_id)
    limit = max(1, min(limit, MOST))
    seen = keys.seen_by(request, Contact.objects.order_by())
    rows = Member.objects.filter(segment_id=segment_id, contact_id__gt=after, contact__in=seen).order_by("contact_id")
    found = list(rows.values("contact_id", "contact__email", "since")[: limit + 1])
    items: list[dict[str, Any]] = [
        {"contact": row["contact_id"], "email": row["contact__email"], "since": row["since"]} for row in found
    ]
    more = len(items) > limit
    return {"items": items[:limit], "next": _next(request, items[limit - 1]["contact"] if more else None)}


@router.get("/contacts/{contact_id}/score", summary="A contact's score, and why")
@keys.scope("read", "qualify.view_score")
def get_score(request: HttpRequest, contact_id: int) -> dict[str, Any]:
    """Fit, engagement now, and every point with its rule, its activity and its worth now."""
    get_object_or_404(keys.seen_by(request, Contact.objects.all()), pk=contact_id)
    standing = scores.standing(contact_id)
    return {
        "fit": standing.fit,
        "engagement": round(standing.engagement, 2),
        "grade": standing.grade,
        "is_hot": standing.is_hot,
        "cools_at": standing.below_at,
        "why": [
            {
                "rule": line.rule,
                "kind": line.kind,
                "points": line.points,
                "at": line.at,
                "now": round(line.worth, 2),
                "what": line.what,
                "activity": str(line.activity_id) if line.activity_id else None,
            }
            for line in standing.lines
        ],
    }
