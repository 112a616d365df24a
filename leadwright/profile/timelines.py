"""What happened with a contact or at a company: activities in words, newest first, told apart by who made them.

Reads activities and identities; a page costs one statement, whatever the length of the history. What comes
several times in a row is folded into one line.
"""

import json
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import groupby
from typing import Any

from django.utils import timezone

from leadwright.attract.models import Campaign
from leadwright.capture import machines
from leadwright.kit import database, sql
from leadwright.kit.registries import ACTIVITY_KINDS, ActivityKind
from leadwright.profile.models import Contact

SQL = sql.load("timelines")
PAGE_SIZE = 40
_END = (datetime(9999, 1, 1, tzinfo=UTC), uuid.UUID(int=(1 << 128) - 1))
PERSON_FROM = 0.5
MACHINE_BELOW = 0.3


# What is folded where it comes several times in a row, and what is then said of it.
FOLDED = {
    "page": "viewed {count} pages",
    "track": "did {count} things on the site",
    "link_followed": "followed {count} links",
    "email_opened": "opened mails {count} times",
    "email_clicked": "clicked {count} times in mails",
    "segment_entered": "entered {count} segments",
    "segment_left": "left {count} segments",
}
FOLD_FROM = 3


@dataclass(frozen=True)
class Asked:
    """Which part of a timeline: of some kinds, by people or machines, of a campaign, with words, before a moment."""

    kinds: tuple[str, ...] = ()
    maker: str = ""  # person, machine, or empty for all
    campaign: int | None = None
    words: str = ""
    until: datetime | None = None

    @property
    def parameters(self) -> dict[str, Any]:
        """As the statements take it."""
        found = self.words.strip()[:100].replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        return {
            "kinds": list(self.kinds) or None,
            "maker": self.maker if self.maker in ("person", "machine") else "",
            "campaign": self.campaign,
            "words": f"%{found}%" if found else None,
        }


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
    kind_key: str = ""
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


def entry_of(row: Any) -> Entry:
    """An activity's row in words."""
    kind = ACTIVITY_KINDS.get(row.kind) if row.kind in ACTIVITY_KINDS else ActivityKind(row.kind, "{name}")
    words = _Words({"name": row.name, "object": f"{row.object_kind} {row.object_id}".strip()})
    words.update({key: value for key, value in json.loads(row.properties).items() if key not in words})
    try:
        said = kind.sentence.format_map(words)
    except (AttributeError, IndexError, KeyError, ValueError):
        said = row.name or kind.label
    reasons = [machines.say(str(reason)) for reason in json.loads(row.reasons)]
    maker = _maker(row.human, kind)
    return Entry(row.id, row.at, kind, said, maker, reasons, row.channel, row.contact_id, row.kind)


def _start(token: str) -> tuple[datetime, uuid.UUID]:
    at, _, key = token.partition("~")
    try:
        return datetime.fromisoformat(at), uuid.UUID(key)
    except ValueError:
        return _END


def _page(name: str, token: str, asked: Asked, **whose: Any) -> tuple[list[Entry], str]:
    at, key = _start(token)
    if asked.until and asked.until < at:
        at, key = asked.until, uuid.UUID(int=0)
    found = database.rows(SQL[name], at=at, id=key, limit=PAGE_SIZE + 1, **asked.parameters, **whose)
    entries = [entry_of(row) for row in found[:PAGE_SIZE]]
    return entries, entries[-1].token if len(found) > PAGE_SIZE else ""


def of_contact(contact: Contact, token: str = "", asked: Asked | None = None) -> tuple[list[Entry], str]:
    """A page of a contact's timeline behind a token, and the token of the next page; empty where it ends."""
    return _page("of_contact", token, asked or Asked(), contact=contact.pk)


def of_company(
    company_id: int, visible: Sequence[int], token: str = "", asked: Asked | None = None
) -> tuple[list[Entry], str]:
    """The same for a company, over those of its contacts that the reader may see."""
    return _page("of_company", token, asked or Asked(), company=company_id, visible=list(visible))


def offers(contact: Contact) -> tuple[list[tuple[str, str]], list[tuple[int, str]]]:
    """The kinds and the campaigns that a contact's timeline has, with their labels, for its filters."""
    rows = database.rows(SQL["offers"], contact=contact.pk)
    labels = {row.kind: ACTIVITY_KINDS.get(row.kind).label if row.kind in ACTIVITY_KINDS else row.kind for row in rows}
    campaigns = Campaign.objects.filter(pk__in={row.campaign_id for row in rows if row.campaign_id})
    return sorted(labels.items(), key=lambda pair: pair[1]), [(each.pk, each.name) for each in campaigns]


@dataclass(frozen=True)
class Fold:
    """Entries alike that came in a row, said once."""

    entries: Sequence[Entry]

    @property
    def first(self) -> Entry:
        """The latest of them."""
        return self.entries[0]

    @property
    def is_folded(self) -> bool:
        """Whether there is more than one."""
        return len(self.entries) > 1

    @property
    def say(self) -> str:
        """Such as: viewed 7 pages."""
        return FOLDED[self.first.kind_key].format(count=len(self.entries)) if self.is_folded else self.first.say


def _alike(entry: Entry) -> tuple[Any, ...]:
    if entry.kind_key not in FOLDED:
        return (entry.id,)
    return (entry.kind_key, entry.maker, entry.contact_id)


def folded(entries: Iterable[Entry]) -> list[Fold]:
    """Entries alike that follow each other become one line, from three on."""
    found: list[Fold] = []
    for _, each in groupby(entries, key=_alike):
        run = list(each)
        found += [Fold(run)] if len(run) >= FOLD_FROM else [Fold([one]) for one in run]
    return found


def by_day(entries: Iterable[Entry]) -> list[tuple[date, list[Fold]]]:
    """The entries under their days, in the reader's time zone, those alike folded."""
    days = groupby(entries, key=lambda e: timezone.localtime(e.at).date())
    return [(day, folded(each)) for day, each in days]
