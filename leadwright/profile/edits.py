"""Changes that people make to contacts and companies by hand: kept with who made them, and when."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Model, QuerySet

from leadwright.attract.models import Persona
from leadwright.kit import clock, database, jobs
from leadwright.profile import companies, rules
from leadwright.profile.fields import definitions
from leadwright.profile.models import Company, Contact, Identity, PastValue
from leadwright.workspace.models import User


def origin_by(user: User) -> dict[str, str]:
    """What stands beside a value that somebody typed."""
    return {"from": f"console, {user}", "at": clock.now().isoformat()}


def note_origins(record: Contact | Company, fields: Iterable[str], user: User) -> None:
    """Say of each field where its present value comes from."""
    record.origins = record.origins | {name: origin_by(user) for name in fields}


def company_called(name: str) -> int | None:
    """The company of this name, made if there is none; None for an empty name."""
    return companies.ensure([("", name.strip())])[0]


@database.atomic
def keep_contact(contact: Contact, changed: Iterable[str], user: User) -> Contact:
    """Keep a contact that somebody wrote or changed, its identity, and the origin of each changed field."""
    fields = list(changed)
    note_origins(contact, fields, user)
    contact.email_key = rules.normalise_email(contact.email).key if contact.email else None
    contact.updated_at = clock.now()
    contact.save()
    Identity.objects.get_or_create(
        subject_id=contact.uid, defaults={"contact": contact, "kind": Identity.Kind.SELF, "evidence": "console"}
    )
    jobs.wake("contacts")
    return contact


@database.atomic
def keep_company(company: Company, changed: Iterable[str] = (), user: User | None = None) -> Company:
    """Keep a company that somebody wrote or changed, and the origin of each changed field."""
    if user:
        note_origins(company, changed, user)
    company.updated_at = clock.now()
    before = QuerySet(Company).filter(pk=company.pk).values_list("domain", flat=True).first() if company.pk else None
    if company.pk:
        companies.rehome(company.pk, before, company.domain)
    company.save()
    if company.domain and company.domain != before:
        companies.take_in(company.pk, company.domain)
    jobs.wake("contacts")
    return company


class NotPutBack(ValueError):
    """An earlier value cannot be put back; the message says why."""


@database.atomic
def put_back(record: Contact | Company, past: PastValue, user: User) -> None:
    """Give a field back what it said before; what it says now becomes an earlier value. Raises NotPutBack."""
    column, value = past.field, past.value
    if column.startswith("custom."):
        _may_have(record, column.removeprefix("custom."), value)
        record.custom = record.custom | {column.removeprefix("custom."): value}
    elif column in RELATED:
        if not _rows(RELATED[column]).filter(pk=value).exists():
            raise NotPutBack("What it was then is no longer there.")
        setattr(record, column, value)
    elif column in KEYS and _rows(type(record)).filter(**{KEYS[column]: _key(column, value)}).exists():
        raise NotPutBack(f"Somebody else has “{value}” by now; it stays with them.")
    else:
        setattr(record, column, value)
    source = _source_of(past.origin)
    said = f"{origin_by(user)['from']}, put back" + (f" from {source}" if source else "")
    name = column.removesuffix("_id") if column in RELATED else column
    record.origins = record.origins | {name: origin_by(user) | {"from": said}}
    if isinstance(record, Contact):
        record.email_key = rules.normalise_email(record.email).key if record.email else None
    record.updated_at = clock.now()
    record.save()
    jobs.wake("contacts")


def _may_have(record: Contact | Company, key: str, value: Any) -> None:
    """Raises NotPutBack where the value must be unique and is another record's by now."""
    defined = definitions.known("contact" if isinstance(record, Contact) else "company").get(key)
    if defined is None or not defined.is_unique:
        return
    definitions.hold([defined])
    if definitions.taken(defined, value, record.pk):
        raise NotPutBack(definitions.say_taken(defined))


RELATED: dict[str, type[Model]] = {"company_id": Company, "owner_id": User, "persona_id": Persona}
KEYS = {"email": "email_key", "external_id": "external_id", "domain": "domain"}


def _rows(model: type[Model]) -> QuerySet[Any]:
    return QuerySet(model)


def _key(column: str, value: Any) -> Any:
    return rules.normalise_email(str(value)).key if column == "email" else value


def _source_of(origin: Any) -> str:
    """From what a value came, as it was written down then."""
    return str(origin.get("from") or "") if isinstance(origin, dict) else str(origin or "")


def give(rows: Any, user: User | None) -> int:
    """Give a set of contacts to an owner (None: to nobody), in one statement; answers how many."""
    changed = int(rows.order_by().update(owner=user, updated_at=clock.now()))
    jobs.wake("contacts")
    return changed
