"""The log as a file: what happened with a contact, at a company or with everybody, in words and with its evidence.

Reads activities, identities and contacts, one after the other by a cursor; a file holds what its owner may see.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from leadwright.kit import database, numbers, sql
from leadwright.profile import timelines
from leadwright.profile.models import Company, Contact, sees_everybody
from leadwright.profile.timelines import Asked
from leadwright.ui.lists import Column
from leadwright.ui.sources import Source
from leadwright.workspace.access import user_of

SQL = sql.load("logs")
ASKS = frozenset({"contact", "company", "kind", "maker", "people", "campaign", "words", "since", "until"})


def _midnight(text: str, days: int = 0) -> datetime | None:
    """The moment at which a day begins, or one some days later; None where the text is no day."""
    try:
        return timezone.make_aware(datetime.combine(date.fromisoformat(text) + timedelta(days=days), time()))
    except (ValueError, OverflowError):
        return None


def asked(request: HttpRequest) -> Asked:
    """Which part of a timeline the URL asks for; what cannot be read is left out."""
    given = request.GET
    return Asked(
        kinds=tuple(kind for kind in given.getlist("kind") if kind),
        maker="person" if given.get("people") == "1" else given.get("maker", ""),
        campaign=numbers.whole(given.get("campaign")),
        words=given.get("words", ""),
        until=_midnight(given.get("until", ""), 1),
    )


@dataclass(frozen=True)
class Logged:
    """An activity with its words and the contact that it belongs to, if to one."""

    row: Any
    entry: timelines.Entry

    @property
    def details(self) -> Any:
        """What came with it, such as a form's answers."""
        return self.row.properties if self.row.properties != "{}" else ""

    @property
    def why(self) -> str:
        """What speaks for a machine, or for a person."""
        return ", ".join(self.entry.reasons)


COLUMNS = (
    Column("id", "Id", "row.id"),
    Column("at", "At", "row.at", kind="moment"),
    Column("kind", "Kind", "entry.kind.label"),
    Column("say", "What happened", "entry.say"),
    Column("contact", "Contact", "row.contact_name"),
    Column("contact_id", "Contact's number", "row.contact_id"),
    Column("email", "E-mail", "row.email"),
    Column("company", "Company", "row.company"),
    Column("name", "Name", "row.name"),
    Column("object", "Object", lambda each: "/".join(filter(None, (each.row.object_kind, each.row.object_id)))),
    Column("channel", "Channel", "row.channel"),
    Column("campaign", "Campaign", "row.campaign"),
    Column("maker", "Person or machine", "entry.maker"),
    Column("human", "Probability of a person", "row.human"),
    Column("why", "Why"),
    Column("visitor", "Visitor", "row.subject_id"),
    Column("session", "Session", "row.session_id"),
)
DETAILS = Column("details", "Details")  # may hold answers, and so personal values


def _columns(request: HttpRequest) -> tuple[Column, ...]:
    return (*COLUMNS, DETAILS) if request.user.has_perm("profile.view_personal_values") else COLUMNS


def _wrong(request: HttpRequest) -> str:
    """A contact or a company that the user may not see is one that is not there; a day must be a day."""
    user, given = user_of(request), request.GET
    for name, records in (("contact", Contact.objects.visible_to(user)), ("company", Company.objects.visible_to(user))):
        if name in given and not records.filter(pk=numbers.key(given[name])).exists():
            return f"There is no {name} “{given[name][:40]}” that you may see; give its number."
    for name in ("since", "until"):
        if given.get(name) and _midnight(given[name]) is None:
            return f"“{given[name][:40]}” is no day; write {name} like 2026-11-30."
    return ""


def _rows(request: HttpRequest) -> Iterator[Logged]:
    question, given, user = asked(request), request.GET, user_of(request)
    found = database.stream(
        SQL["log"],
        **question.parameters,
        since=_midnight(given.get("since", "")),
        until=question.until,
        contact=numbers.whole(given.get("contact")),
        company=numbers.whole(given.get("company")),
        everybody=sees_everybody(user),
        viewer=user.pk,
        strangers=user.has_perm("capture.view_activity"),
    )
    return (Logged(row, timelines.entry_of(row)) for row in found)


ACTIVITIES = Source(
    name="activities",
    title="Activities",
    permission="profile.view_contact",
    columns=_columns,
    rows=_rows,
    asks=ASKS,
    check=_wrong,
)
