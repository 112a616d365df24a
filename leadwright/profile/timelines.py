"""What happened with a contact or at a company: activities in words, newest first, told apart by who made them.

Reads activities and identities; a page costs one statement, whatever the length of the history.
"""

import json
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import groupby
from typing import Any

from django.utils import timezone

from leadwright.kit import database, sql
from leadwright.kit.registries import ACTIVITY_KINDS, ActivityKind
from leadwright.profile.models import Contact

SQL = sql.load("timelines")
PAGE_SIZE = 40
_END = (datetime(9999, 1, 1, tzinfo=UTC), uuid.UUID(int=(1 << 128) - 1))
# What evidence about person or machine is called on screen, by the keys that judging writes.
PERSON_FROM = 0.5
MACHINE_BELOW = 0.3


class _Words(dict[str, Any]):
    """Words for a sentence; what is missing is left out."""

    def __missing__(self, key: str) -> str:
        return ""


@dataclass(frozen=True)
class Entry:
    """One activity in words."""

    id: uuid.UUID
    at: datetime
    kind: ActivityKind
    say: str
    maker: str  # person, machine, unsure, or empty where the question makes no sense
    reasons: list[str]
    channel: str
    contact_id: int | None
    contact: Contact | None = None  # on a company's timeline: whose it is

    @property
    def token(self) -> str:
        """Where the next page begins behind this entry."""
        return f"{self.at.isoformat()}~{self.id}"


def _maker(human: float | None, kind: ActivityKind) -> str:
    if human is None or not kind.human_matters:
        return ""
    if human >= PERSON_FROM:
        return "person"
    return "machine" if human < MACHINE_BELOW else "unsure"


def _entry(row: Any) -> Entry:
    kind = ACTIVITY_KINDS.get(row.kind) if row.kind in ACTIVITY_KINDS else ActivityKind(row.kind, "{name}")
    words = _Words({"name": row.name, "object": f"{row.object_kind} {row.object_id}".strip()})
    words.update({key: value for key, value in json.loads(row.properties).items() if key not in words})
    try:
        said = kind.sentence.format_map(words)
    except (AttributeError, IndexError, KeyError, ValueError):
        said = row.name or kind.label
    reasons = [str(reason).replace("_", " ") for reason in json.loads(row.reasons)]
    maker = _maker(row.human, kind)
    return Entry(row.id, row.at, kind, said, maker, reasons, row.channel, row.contact_id)


def _start(token: str) -> tuple[datetime, uuid.UUID]:
    at, _, key = token.partition("~")
    try:
        return datetime.fromisoformat(at), uuid.UUID(key)
    except ValueError:
        return _END


def _page(name: str, token: str, kinds: Sequence[str], *, people: bool, **whose: Any) -> tuple[list[Entry], str]:
    at, key = _start(token)
    found = database.rows(
        SQL[name], at=at, id=key, kinds=list(kinds) or None, people=people, limit=PAGE_SIZE + 1, **whose
    )
    entries = [_entry(row) for row in found[:PAGE_SIZE]]
    return entries, entries[-1].token if len(found) > PAGE_SIZE else ""


def of_contact(
    contact: Contact, token: str = "", kinds: Sequence[str] = (), *, people: bool = False
) -> tuple[list[Entry], str]:
    """A page of a contact's timeline behind a token, and the token of the next page; empty where it ends."""
    return _page("of_contact", token, kinds, people=people, contact=contact.pk)


def of_company(
    company_id: int, visible: Sequence[int], token: str = "", kinds: Sequence[str] = (), *, people: bool = False
) -> tuple[list[Entry], str]:
    """The same for a company, over those of its contacts that the reader may see."""
    return _page("of_company", token, kinds, people=people, company=company_id, visible=list(visible))


def kinds_of(contact: Contact) -> list[tuple[str, str]]:
    """The kinds a contact's timeline has, with their labels."""
    found = {row.kind for row in database.rows(SQL["kinds_of_contact"], contact=contact.pk)}
    labels = {key: ACTIVITY_KINDS.get(key).label if key in ACTIVITY_KINDS else key for key in found}
    return sorted(labels.items(), key=lambda pair: pair[1])


def by_day(entries: Iterable[Entry]) -> list[tuple[date, list[Entry]]]:
    """The entries under their days, in the reader's time zone."""
    return [(day, list(each)) for day, each in groupby(entries, key=lambda e: timezone.localtime(e.at).date())]
