"""Campaigns, spend, forms and personas over the API."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Body, Query, Router, Schema, Status
from ninja.errors import HttpError
from pydantic import Field

from leadwright.attract import campaigns, links, questions
from leadwright.attract.forms import check_plan
from leadwright.attract.models import Campaign, Form, FormField, Persona, Spend, TrackedLink
from leadwright.kit import config, numbers, repeats
from leadwright.workspace import audit, keys, settings

router = Router()

Limit = Annotated[int, Field(ge=1, le=500)]
Money = Annotated[Decimal, Field(max_digits=12, decimal_places=2)]


class Asked(Schema):
    """A page of a list: what follows `after`, at most `limit`."""

    after: int | None = None
    limit: Limit = 100


class CampaignsAsked(Asked):
    """Which campaigns: of a channel, or the one with a code."""

    code: str = ""
    channel: str = ""


class CampaignIn(Schema):
    """What is told of a campaign. `persona` is a persona's name."""

    name: Annotated[str | None, Field(max_length=120)] = None
    code: Annotated[str | None, Field(max_length=60)] = None
    channel: str | None = None
    manner: Literal["broadcast", "concentration"] | None = None
    goal: Annotated[str | None, Field(max_length=250)] = None
    goal_leads: Annotated[int | None, Field(ge=0, le=2_000_000_000)] = None
    budget: Money | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    persona: str | None = None


class SpendAsked(Asked):
    """Which spend: of a campaign (id or code), in some days (both included)."""

    campaign: str = ""
    from_: Annotated[date | None, Field(alias="from")] = None
    until: date | None = None


class SpendIn(Schema):
    """Money spent on a campaign (id or code) on one day. `currency`, if told, must be the workspace's."""

    campaign: int | str
    spent_on: date
    amount: Money
    note: Annotated[str, Field(max_length=120)] = ""
    currency: Annotated[str, Field(max_length=3)] = ""


class FormsAsked(Asked):
    """Which forms: the one with a code, or those that are active."""

    code: str = ""
    is_active: bool | None = None


def _page(
    request: HttpRequest, rows: QuerySet[Any], asked: Asked, show: Callable[[Sequence[Any]], list[dict[str, Any]]]
) -> dict[str, Any]:
    """A list's answer by key: the oldest first, so that new rows never shift a page. Carried by the primary key."""
    if asked.after is not None:
        rows = rows.filter(pk__gt=asked.after)
    found = list(rows.order_by("pk")[: asked.limit + 1])
    shown, following = found[: asked.limit], None
    if len(found) > asked.limit:
        names = request.GET.dict() | {"after": str(shown[-1].pk)}
        following = request.build_absolute_uri(f"{request.path}?{urlencode(names)}")
    return {"items": show(shown), "next": following}


@router.get("/campaigns", tags=["Campaigns"], summary="Campaigns")
@keys.scope("read", "attract.view_campaign")
def list_campaigns(request: HttpRequest, asked: Query[CampaignsAsked]) -> dict[str, Any]:
    """In the order of their ids, each with its tracked links and what was spent."""
    rows = Campaign.objects.select_related("persona")
    if asked.code:
        rows = rows.filter(code=asked.code)
    if asked.channel:
        rows = rows.filter(channel=asked.channel)
    return _page(request, rows, asked, _campaigns)


def _campaigns(rows: Sequence[Campaign]) -> list[dict[str, Any]]:
    """Campaigns with their links and spend, in two queries for all of them."""
    ids = [row.pk for row in rows]
    spent = campaigns.spent(ids)
    drawn: dict[int, list[dict[str, Any]]] = {}
    for link in TrackedLink.objects.filter(campaign__in=ids).order_by("pk"):
        drawn.setdefault(link.campaign_id, []).append(
            {
                "id": link.pk,
                "code": link.code,
                "address": links.address(link),
                "target": link.target,
                "source": link.source,
                "medium": link.medium,
                "content": link.content,
                "term": link.term,
            }
        )
    return [
        {
            "id": row.pk,
            "name": row.name,
            "code": row.code,
            "channel": row.channel,
            "manner": row.manner,
            "goal": row.goal,
            "goal_leads": row.goal_leads,
            "budget": row.budget,
            "spent": spent.get(row.pk, Decimal(0)),
            "starts_on": row.starts_on,
            "ends_on": row.ends_on,
            "persona": row.persona.name if row.persona else None,
            "links": drawn.get(row.pk, []),
        }
        for row in rows
    ]


@router.get("/campaigns/{campaign_id}", tags=["Campaigns"], summary="One campaign")
@keys.scope("read", "attract.view_campaign")
def get_campaign(request: HttpRequest, campaign_id: int) -> dict[str, Any]:
    """With its tracked links and what was spent."""
    return _campaigns([get_object_or_404(Campaign.objects.select_related("persona"), pk=campaign_id)])[0]


@router.post(
    "/campaigns", tags=["Campaigns"], summary="Plan a campaign", response={201: dict[str, Any], 409: dict[str, Any]}
)
@keys.scope("write", "attract.add_campaign")
@repeats.once
def create_campaign(request: HttpRequest, told: CampaignIn) -> Any:
    """Needs a name and a channel; without a code one is made from the name."""
    if told.code and Campaign.objects.filter(code=told.code).exists():
        raise HttpError(409, f"There is a campaign with the code '{told.code}'; change that one with PATCH.")
    campaign = Campaign(code=told.code or campaigns.free_code(told.name or ""))
    return Status(201, _keep(request, campaign, told, "added"))


@router.patch("/campaigns/{campaign_id}", tags=["Campaigns"], summary="Change a campaign")
@keys.scope("write", "attract.change_campaign")
@repeats.once
def change_campaign(request: HttpRequest, campaign_id: int, told: CampaignIn) -> dict[str, Any]:
    """Only what is told changes; null empties a field."""
    return _keep(request, get_object_or_404(Campaign, pk=campaign_id), told, "changed")


def _keep(request: HttpRequest, campaign: Campaign, told: CampaignIn, deed: str) -> dict[str, Any]:
    fields = told.model_dump(exclude_unset=True)
    for name, value in fields.items():
        if name == "persona":
            campaign.persona = _persona(value)
        elif name != "code" or value:
            setattr(campaign, name, value if value is not None else _blank(name))
    campaign.full_clean()
    check_plan({name: getattr(campaign, name) for name in ("starts_on", "ends_on", "budget")})
    campaign.save()
    audit.note(request, deed, "campaign", campaign.pk, fields=sorted(fields))
    return _campaigns([campaign])[0]


def _blank(name: str) -> Any:
    """What a field holds when it is emptied: nothing, or an empty text."""
    field = Campaign._meta.get_field(name)
    return None if field.null else field.get_default()


def _persona(name: str | None) -> Persona | None:
    if not name:
        return None
    found = Persona.objects.filter(name=name).first()
    if found is None:
        raise ValidationError({"persona": f"There is no persona “{name}”; GET /api/v1/personas lists them."})
    return found


def _campaign(named: int | str) -> Campaign:
    """The campaign of an id or a code."""
    text = str(named).strip()
    by_id: Campaign | None = Campaign.objects.filter(pk=numbers.key(text)).first()
    found: Campaign | None = by_id or Campaign.objects.filter(code=text).first()
    if found is None:
        says = f"There is no campaign “{text[:60]}”; name its id or code, as GET /api/v1/campaigns lists them."
        raise ValidationError({"campaign": says})
    return found


def _spends(rows: Sequence[Spend]) -> list[dict[str, Any]]:
    currency = settings.current().currency
    return [
        {
            "id": row.pk,
            "campaign": {"id": row.campaign_id, "code": row.campaign.code},
            "spent_on": row.spent_on,
            "amount": row.amount,
            "currency": currency,
            "note": row.note,
        }
        for row in rows
    ]


@router.get("/spend", tags=["Campaigns"], summary="Money spent on campaigns")
@keys.scope("read", "attract.view_spend")
def list_spend(request: HttpRequest, asked: Query[SpendAsked]) -> dict[str, Any]:
    """One entry a campaign, day and note, in the order of their ids."""
    rows = Spend.objects.select_related("campaign")
    if asked.campaign:
        rows = rows.filter(campaign=_campaign(asked.campaign))
    if asked.from_:
        rows = rows.filter(spent_on__gte=asked.from_)
    if asked.until:
        rows = rows.filter(spent_on__lte=asked.until)
    return _page(request, rows, asked, _spends)


@router.post(
    "/spend",
    tags=["Campaigns"],
    summary="Enter money spent",
    response={200: dict[str, Any], 201: dict[str, Any]},
)
@keys.scope("write", "attract.change_spend")
@repeats.once
def enter_spend(request: HttpRequest, told: SpendIn) -> Any:
    """The same campaign, day and note replace the amount: 201 where the entry is new, 200 where it was known."""
    campaigns.check_amount(told.amount, told.currency, settings.current().currency)
    kept, is_new = campaigns.keep_spend(_campaign(told.campaign), told.spent_on, told.amount, told.note.strip())
    audit.note(request, "added" if is_new else "changed", "spend", kept.pk, amount=str(kept.amount))
    return Status(201 if is_new else 200, _spends([kept])[0])


@router.get("/forms", tags=["Forms"], summary="Forms")
@keys.scope("read", "attract.view_form")
def list_forms(request: HttpRequest, asked: Query[FormsAsked]) -> dict[str, Any]:
    """In the order of their ids, each with its address and questions."""
    rows = Form.objects.select_related("campaign").prefetch_related("fields")
    if asked.code:
        rows = rows.filter(code=asked.code)
    if asked.is_active is not None:
        rows = rows.filter(is_active=asked.is_active)
    return _page(request, rows, asked, _forms)


def _forms(rows: Sequence[Form]) -> list[dict[str, Any]]:
    return [
        {
            "id": row.pk,
            "name": row.name,
            "code": row.code,
            "address": f"{config.base_url()}/t/f/{row.code}",
            "is_active": row.is_active,
            "opens_lead": row.opens_lead,
            "campaign": row.campaign.code if row.campaign else None,
            "consent": {
                "purpose": row.consent_purpose,
                "wording": row.consent_wording,
                "required": row.consent_required,
            }
            if row.consent_purpose
            else None,
            "fields": [
                {
                    "name": field.name,
                    "label": field.label,
                    "kind": field.kind,
                    "is_required": field.is_required,
                    "options": field.choices,
                    "maps_to": field.maps_to,
                    "when": questions.tree(field.when),
                }
                for field in row.fields.all()
            ],
        }
        for row in rows
    ]


@router.get("/forms/{form_id}", tags=["Forms"], summary="One form")
@keys.scope("read", "attract.view_form")
def get_form(request: HttpRequest, form_id: int) -> dict[str, Any]:
    """With its address, the consent it asks for, and its questions."""
    return _forms([get_object_or_404(Form.objects.select_related("campaign"), pk=form_id)])[0]


@router.put("/forms/{form_id}/fields/{name}/when", tags=["Forms"], summary="Say when a question is asked")
@keys.scope("write", "attract.change_form")
@repeats.once
def put_when(request: HttpRequest, form_id: int, name: str, told: Body[dict[str, Any]]) -> dict[str, Any]:
    """{"all": […]} or {"any": […]} of {"question", "is", "value"} and of further groups; {} for always."""
    field = get_object_or_404(FormField.objects.select_related("form"), form_id=form_id, name=name)
    try:
        when = questions.read_tree(told)
    except ValueError as error:
        raise ValidationError({"when": str(error)}) from None
    form = field.form.plan()
    asked = tuple(replace(each, when=when) if each.name == name else each for each in form.questions)
    if wrong := questions.misplaced(replace(form, questions=asked)).get(name):
        raise ValidationError({"when": wrong})
    field.show_when, field.show_if_any = questions.blocks(when), when.is_any
    field.save(update_fields=["show_when", "show_if_any"])
    audit.note(request, "changed", "form", form_id, fields=[f"when {name} is asked"])
    return _forms([field.form])[0]


@router.get("/personas", tags=["Campaigns"], summary="Personas")
@keys.scope("read", "attract.view_persona")
def list_personas(request: HttpRequest, asked: Query[Asked]) -> dict[str, Any]:
    """In the order of their ids."""
    return _page(request, Persona.objects.all(), asked, _personas)


def _personas(rows: Sequence[Persona]) -> list[dict[str, Any]]:
    names = ("name", "role", "goals", "pains", "proof", "preferred_format")
    return [{"id": row.pk} | {name: getattr(row, name) for name in names} for row in rows]
