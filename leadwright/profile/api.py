"""Contacts and companies over the API."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal, cast
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Query, Router, Schema, Status
from ninja.errors import HttpError
from pydantic import BaseModel, ConfigDict, Field

from leadwright.kit import repeats
from leadwright.profile import companies, contacts, rules, searches
from leadwright.profile.contacts import Incoming, Outcome
from leadwright.profile.fields import definitions
from leadwright.profile.fields.values import BadValue
from leadwright.profile.models import Company, Consent, Contact
from leadwright.profile.privacy import consents, erasures
from leadwright.ui.lists import found_by
from leadwright.workspace import audit, keys
from leadwright.workspace.models import ApiKey

router = Router()
MOST = 1_000


class ContactIn(BaseModel):
    """What is told of a person. Any other name becomes a custom field."""

    model_config = ConfigDict(extra="allow")

    email: Annotated[str | None, Field(max_length=254)] = None
    external_id: Annotated[str | None, Field(max_length=120)] = None
    first_name: str | None = None
    last_name: str | None = None
    title: str | None = None
    phone: str | None = None
    country: str | None = None
    city: str | None = None
    language: str | None = None
    time_zone: str | None = None
    buying_stage: str | None = None
    buying_role: str | None = None
    persona: str | int | None = None
    company: str | dict[str, Any] | None = None
    custom: dict[str, Any] | None = None


class BatchIn(BaseModel):
    """Up to 1,000 contacts. `overwrite` false only fills what is blank; `unknown` “refuse” refuses contacts with custom
    fields that nobody has defined."""

    contacts: Annotated[list[ContactIn], Field(max_length=MOST)]
    overwrite: bool = True
    unknown: Literal["keep", "refuse"] = "keep"


class CompanyIn(Schema):
    """What is told of a firm."""

    name: Annotated[str | None, Field(max_length=200)] = None
    domain: Annotated[str | None, Field(max_length=200)] = None
    industry: Annotated[str | None, Field(max_length=120)] = None
    size: Annotated[int | None, Field(ge=0, le=10_000_000)] = None
    country: Annotated[str | None, Field(max_length=2)] = None
    city: Annotated[str | None, Field(max_length=120)] = None
    custom: dict[str, Any] | None = None


class ContactsAsked(Schema):
    """Which contacts: by words, address, external id, or changed since a moment."""

    search: str = ""
    email: str = ""
    external_id: str = ""
    changed_since: datetime | None = None
    after: int | None = None
    limit: Annotated[int, Field(ge=1, le=500)] = 100


class CompaniesAsked(Schema):
    """Which companies: by words or domain."""

    search: str = ""
    domain: str = ""
    after: int | None = None
    limit: Annotated[int, Field(ge=1, le=500)] = 100


def _key(request: HttpRequest) -> ApiKey:
    return cast(ApiKey, request.auth)  # type: ignore[attr-defined]


def _contacts(request: HttpRequest) -> QuerySet[Contact]:
    found: QuerySet[Contact] = keys.seen_by(request, Contact.objects.all())
    return found.select_related("company", "owner", "persona", "first_campaign")


def _companies(request: HttpRequest) -> QuerySet[Company]:
    found: QuerySet[Company] = keys.seen_by(request, Company.objects.all())
    return found.select_related("owner")


def page(request: HttpRequest, items: Sequence[Any], documents: list[dict[str, Any]], limit: int) -> dict[str, Any]:
    """A list's answer, with the address of the next page where there is one; `items` may hold one too many."""
    more = len(items) > limit
    following = None
    if more:
        names = {name: value for name, value in request.GET.items() if name != "after"}
        names["after"] = str(documents[limit - 1]["id"])
        following = request.build_absolute_uri(f"{request.path}?{urlencode(names)}")
    return {"items": documents[:limit], "next": following}


@router.get("/contacts", tags=["Contacts"], summary="Contacts, newest first")
@keys.scope("read", "profile.view_contact")
def list_contacts(request: HttpRequest, asked: Query[ContactsAsked]) -> dict[str, Any]:
    """Contacts, newest first, a page at a time."""
    audit.saw(request, "contacts")
    found = _contacts(request)
    if asked.email:
        found = found.filter(email_key=_address(asked.email))
    if asked.external_id:
        found = found.filter(external_id=asked.external_id)
    if asked.search:
        found = found_by(found, searches.asked(asked.search))
    if asked.changed_since:
        found = found.filter(updated_at__gte=asked.changed_since)
    if asked.after is not None:
        found = found.filter(pk__lt=asked.after)
    rows = list(found.order_by("-pk")[: asked.limit + 1])
    return page(request, rows, _documents(request, rows), asked.limit)


def _address(text: str) -> str:
    try:
        return rules.normalise_email(text).key
    except rules.BadAddress as error:
        raise HttpError(422, str(error)) from None


def _documents(request: HttpRequest, rows: Sequence[Contact]) -> list[dict[str, Any]]:
    states: dict[int, dict[str, str]] = {}
    for contact_id, purpose, state in Consent.objects.filter(contact__in=[row.pk for row in rows]).values_list(
        "contact_id", "purpose_id", "state"
    ):
        states.setdefault(contact_id, {})[purpose] = state
    hidden = _hidden(request, "contact")
    return [_document(request, row, states.get(row.pk, {}), hidden) for row in rows]


def _hidden(request: HttpRequest, of: str) -> frozenset[str]:
    """The custom fields that the key's maker may not see."""
    user = keys.maker(request)
    if user is None or user.has_perm("profile.view_personal_values"):
        return frozenset()
    return frozenset(key for key, each in definitions.known(of).items() if each.is_personal)


def _shown(custom: dict[str, Any], hidden: frozenset[str]) -> dict[str, Any]:
    return {key: value for key, value in custom.items() if key not in hidden} if hidden else custom


def _document(
    request: HttpRequest,
    contact: Contact,
    consent: dict[str, str] | None = None,
    hidden: frozenset[str] | None = None,
) -> dict[str, Any]:
    company = contact.company
    hidden = _hidden(request, "contact") if hidden is None else hidden
    return {
        "id": contact.pk,
        "uid": str(contact.uid),
        "email": contact.email,
        "external_id": contact.external_id,
        "name": contact.name,
        "first_name": contact.first_name,
        "last_name": contact.last_name,
        "title": contact.title,
        "phone": contact.phone,
        "country": contact.country,
        "city": contact.city,
        "language": contact.language,
        "time_zone": contact.time_zone,
        "company": {"id": company.pk, "name": company.name, "domain": company.domain} if company else None,
        "owner": contact.owner.email if contact.owner else None,
        "buying_stage": contact.buying_stage,
        "first_channel": contact.first_channel,
        "first_campaign": contact.first_campaign.name if contact.first_campaign else None,
        "first_source": contact.first_source,
        "buying_role": contact.buying_role,
        "persona": contact.persona.name if contact.persona else None,
        "custom": _shown(contact.custom, hidden),
        "origins": _shown(contact.origins, frozenset(f"custom.{key}" for key in hidden)),
        "consent": consents.standing(contact.pk) if consent is None else consent,
        "last_seen_at": contact.last_seen_at,
        "created_at": contact.created_at,
        "updated_at": contact.updated_at,
    }


@router.post(
    "/contacts",
    tags=["Contacts"],
    summary="Make a contact, or change the one that is there",
    response={200: dict[str, Any], 201: dict[str, Any]},
)
@keys.scope("write", "profile.add_contact")
@repeats.once
def create_contact(request: HttpRequest, told: ContactIn, unknown: Literal["keep", "refuse"] = "keep") -> Any:
    """Found by external id or address; 201 where it is new, 200 where it was known."""
    [outcome] = _upsert(request, [_incoming(request, told, overwrite=True, unknown=unknown)])
    if outcome.state == "refused":
        is_taken = outcome.error == BARRED or "another contact" in outcome.error or "must be unique" in outcome.error
        raise HttpError(409 if is_taken else 422, outcome.error)
    contact = get_object_or_404(_contacts(request), pk=outcome.contact_id)
    return Status(201 if outcome.state == "created" else 200, _document(request, contact))


def _upsert(request: HttpRequest, incoming: list[Incoming]) -> list[Outcome]:
    """As `contacts.upsert`, but contacts that the key's maker may not see are refused and stay as they are."""
    if keys.maker(request) is None:
        return contacts.upsert(incoming)
    named = [(_key_of(each), each.external_id) for each in incoming]
    seen = _contacts(request).values("pk")
    hidden = Contact.objects.exclude(pk__in=seen)
    addresses = set(
        hidden.filter(email_key__in=[key for key, _ in named if key]).values_list("email_key", flat=True),
    )
    externals = set(
        hidden.filter(external_id__in=[key for _, key in named if key]).values_list("external_id", flat=True),
    )
    barred = [bool((key and key in addresses) or (outer and outer in externals)) for key, outer in named]
    done = iter(contacts.upsert([each for each, is_barred in zip(incoming, barred, strict=True) if not is_barred]))
    return [Outcome("refused", error=BARRED) if is_barred else next(done) for is_barred in barred]


BARRED = "Somebody else in the workspace has this contact; ask an administrator to give it to you."


def _key_of(incoming: Incoming) -> str:
    try:
        return rules.normalise_email(str(incoming.fields.get("email") or "")).key
    except rules.BadAddress:
        return ""


def _incoming(request: HttpRequest, told: ContactIn, *, overwrite: bool, unknown: str = "keep") -> Incoming:
    given = {name: value for name, value in told.model_dump(exclude_unset=True).items() if value is not None}
    external = str(given.pop("external_id", "") or "")
    return Incoming(
        fields=given,
        source=f"API key {_key(request).name}",
        external_id=external,
        overwrite=overwrite,
        is_strict=True,
        unknown=unknown,
    )


@router.post("/contacts/batch", tags=["Contacts"], summary="Make or change up to 1,000 contacts")
@keys.scope("write", "profile.add_contact")
@repeats.once
def upsert_contacts(request: HttpRequest, told: BatchIn) -> dict[str, Any]:
    """Each by external id or address; one that is refused says why and holds nobody back."""
    incoming = [_incoming(request, each, overwrite=told.overwrite, unknown=told.unknown) for each in told.contacts]
    outcomes = _upsert(request, incoming)
    counts = {state: sum(each.state == state for each in outcomes) for state in STATES}
    return counts | {"items": [_result(number, each) for number, each in enumerate(outcomes)]}


STATES = ("created", "updated", "unchanged", "refused")


def _result(number: int, outcome: Outcome) -> dict[str, Any]:
    result: dict[str, Any] = {"index": number, "state": outcome.state, "id": outcome.contact_id}
    return result | ({"error": outcome.error} if outcome.error else {})


@router.get("/contacts/{contact_id}", tags=["Contacts"], summary="One contact")
@keys.scope("read", "profile.view_contact")
def get_contact(request: HttpRequest, contact_id: int) -> dict[str, Any]:
    """A contact with its company and what it allowed."""
    found = get_object_or_404(_contacts(request), pk=contact_id)
    audit.saw(request, "contact", contact_id)
    return _document(request, found)


@router.patch("/contacts/{contact_id}", tags=["Contacts"], summary="Change a contact")
@keys.scope("write", "profile.change_contact")
@repeats.once
def change_contact(request: HttpRequest, contact_id: int, told: ContactIn) -> dict[str, Any]:
    """Only what is told changes; an empty text empties a field."""
    contact = get_object_or_404(_contacts(request), pk=contact_id)
    try:
        contacts.change(contact.pk, told.model_dump(exclude_unset=True), source=f"API key {_key(request).name}")
    except contacts.Taken as error:
        raise HttpError(409, str(error)) from None
    except (rules.BadAddress, BadValue) as error:
        raise HttpError(422, str(error)) from None
    audit.note(request, "changed", "contact", contact_id, fields=sorted(told.model_dump(exclude_unset=True)))
    return _document(request, get_object_or_404(_contacts(request), pk=contact_id))


@router.delete("/contacts/{contact_id}", tags=["Contacts"], summary="Forget a person")
@keys.scope("write", "profile.delete_contact")
@repeats.once_in_steps
def forget_contact(request: HttpRequest, contact_id: int) -> dict[str, Any]:
    """Removes all that is known, everywhere, and answers a receipt; the address stays only as a fingerprint."""
    contact = get_object_or_404(_contacts(request), pk=contact_id)
    try:
        receipt = erasures.erase([contact.pk], by=request, why="API")
    except erasures.Held as error:
        raise HttpError(409, str(error)) from None
    if receipt is None:
        raise HttpError(404, "There is no such contact.")
    return {"id": contact_id, "receipt": receipt.pk, "forgotten": receipt.tables, "files": receipt.files}


@router.get("/companies", tags=["Companies"], summary="Companies, newest first")
@keys.scope("read", "profile.view_company")
def list_companies(request: HttpRequest, asked: Query[CompaniesAsked]) -> dict[str, Any]:
    """Companies, newest first, a page at a time."""
    found = _companies(request)
    if asked.domain:
        found = found.filter(domain=asked.domain.strip().lower())
    if asked.search:
        found = found_by(found, searches.asked(asked.search))
    if asked.after is not None:
        found = found.filter(pk__lt=asked.after)
    rows = list(found.order_by("-pk")[: asked.limit + 1])
    return page(request, rows, [_firm(request, row) for row in rows], asked.limit)


def _firm(request: HttpRequest, company: Company) -> dict[str, Any]:
    return {
        "id": company.pk,
        "name": company.name,
        "domain": company.domain,
        "industry": company.industry,
        "size": company.size,
        "country": company.country,
        "city": company.city,
        "owner": company.owner.email if company.owner else None,
        "custom": _shown(company.custom, _hidden(request, "company")),
        "origins": company.origins,
        "created_at": company.created_at,
        "updated_at": company.updated_at,
    }


@router.post("/companies", tags=["Companies"], summary="Make a company, or change the one of the same domain")
@keys.scope("write", "profile.add_company")
@repeats.once
def create_company(request: HttpRequest, told: CompanyIn) -> dict[str, Any]:
    """Found by its domain, else by its name."""
    domain = rules.company_domain(told.domain or "")
    if told.domain and not domain:
        raise HttpError(422, f"“{told.domain}” is not a firm's domain; free-mail providers are none.")
    if not (domain or told.name):
        raise HttpError(422, "Give a name or a domain.")
    [company_id] = companies.ensure([(domain, told.name or "")])
    if not _companies(request).filter(pk=cast(int, company_id)).exists():
        raise HttpError(409, "This is somebody else's company; ask for it to be given to you.")
    _change_company(request, cast(int, company_id), told.model_dump(exclude_unset=True, exclude={"domain"}))
    return _firm(request, get_object_or_404(_companies(request), pk=company_id))


def _change_company(request: HttpRequest, company_id: int, told: dict[str, Any]) -> None:
    try:
        companies.change(company_id, told, source=f"API key {_key(request).name}")
    except (companies.DomainTaken, companies.ValueTaken) as error:
        raise HttpError(409, str(error)) from None
    except BadValue as error:
        raise HttpError(422, str(error)) from None


@router.get("/companies/{company_id}", tags=["Companies"], summary="One company")
@keys.scope("read", "profile.view_company")
def get_company(request: HttpRequest, company_id: int) -> dict[str, Any]:
    """A company."""
    return _firm(request, get_object_or_404(_companies(request), pk=company_id))


@router.patch("/companies/{company_id}", tags=["Companies"], summary="Change a company")
@keys.scope("write", "profile.change_company")
@repeats.once
def change_company(request: HttpRequest, company_id: int, told: CompanyIn) -> dict[str, Any]:
    """Only what is told changes."""
    company = get_object_or_404(_companies(request), pk=company_id)
    given = told.model_dump(exclude_unset=True)
    if given.get("domain"):
        given["domain"] = rules.company_domain(given["domain"])
        if not given["domain"]:
            raise HttpError(422, f"“{told.domain}” is not a firm's domain; free-mail providers are none.")
        if Company.objects.filter(domain=given["domain"]).exclude(pk=company.pk).exists():
            raise HttpError(409, f"The domain {given['domain']} belongs to another company.")
    _change_company(request, company.pk, given)
    audit.note(request, "changed", "company", company_id, fields=sorted(given))
    return _firm(request, get_object_or_404(_companies(request), pk=company_id))


@router.delete("/companies/{company_id}", tags=["Companies"], summary="Remove a company")
@keys.scope("write", "profile.delete_company")
@repeats.once
def remove_company(request: HttpRequest, company_id: int) -> dict[str, Any]:
    """Its people stay, without a company."""
    company = get_object_or_404(_companies(request), pk=company_id)
    company.delete()
    audit.note(request, "removed", "company", company_id)
    return {"id": company_id, "removed": True}
