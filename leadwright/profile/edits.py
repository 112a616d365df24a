"""Changes that people make to contacts and companies by hand: kept with who made them, and when."""

from collections.abc import Iterable
from typing import Any

from leadwright.kit import clock, database, jobs
from leadwright.profile import companies, rules
from leadwright.profile.models import Company, Contact, Identity
from leadwright.workspace.models import User


def origin_by(user: User) -> dict[str, str]:
    """What stands beside a value that somebody typed."""
    return {"from": f"console, {user}", "at": clock.now().isoformat()}


def note_origins(record: Contact, fields: Iterable[str], user: User) -> None:
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


def keep_company(company: Company) -> Company:
    """Keep a company that somebody wrote or changed."""
    company.updated_at = clock.now()
    company.save()
    jobs.wake("contacts")
    return company


def give(rows: Any, user: User | None) -> int:
    """Give a set of contacts to an owner (None: to nobody), in one statement; answers how many."""
    changed = int(rows.order_by().update(owner=user, updated_at=clock.now()))
    jobs.wake("contacts")
    return changed
