"""Everything that is known of a person, as she may ask for it: a page to read and print, and JSON.

Each package tells its part through `kit.registries.EXPORTERS`; a test walks the database's foreign keys to prove that
no table with a contact in it is left out.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from leadwright.kit import clock, database, sql
from leadwright.kit.registries import ACTIVITY_KINDS, EXPORTERS, FILES, Exporter
from leadwright.profile.models import Contact
from leadwright.workspace import settings

SQL = sql.load("exports")

# How the sections are called, in the order in which a person wants to read them, and what each is.
SECTIONS: dict[str, tuple[str, str]] = {
    "who": ("Who you are to us", "What we know, and from where each value comes."),
    "other_names": ("Other addresses and numbers", "Also yours, as far as we know."),
    "earlier_values": ("What we knew before", "Values that were replaced."),
    "consent": ("What you allow us", "What holds now."),
    "consent_ledger": ("Your consents, one by one", "With the exact words, the time, the place and the proof."),
    "preferences": ("How you want to be written to", ""),
    "suppressions": ("Why we do not write to you", ""),
    "requests": ("What you asked of us", ""),
    "holds": ("Why we must keep this", "A legal hold keeps data from being deleted."),
    "leads": ("What you were interested in", "A lead is one episode of interest."),
    "tasks": ("What we meant to do", "Calls and other tasks about you, with notes."),
    "assignments": ("Who looked after you", ""),
    "messages": ("Mails to you", "Sent, and held back with the reason."),
    "journeys": ("Series of mails you were in", ""),
    "segments": ("Groups you are in", "By rules that look at the above."),
    "scores": ("How we rank you", "Points for who you are and for what you did, which fade."),
    "points": ("Each point, and why", ""),
    "activities": ("What happened", "Each act, with how sure we are that a person did it and not a program."),
    "mail_clicks": ("Clicks in our mails", "Kept for a short time, to tell people from programs."),
    "uploads": ("Files that you sent us", ""),
    "held_submissions": ("Forms that we set aside", "Too much spoke against a person; somebody looks at them."),
    "browsers": ("Your browsers", ""),
    "cookie_answers": ("What you answered about cookies", ""),
    "identities": ("How we know that it was you", ""),
    "likely_the_same": ("Records that may be you as well", ""),
    "merged": ("Records that were put together", ""),
    "imports": ("Files that told of you", ""),
    "refused_rows": ("Rows about you that we refused", ""),
    "files": ("Files in which you stand", ""),
    "mailbox": ("Copies of mails", ""),
    "raw_hits": ("Raw notes of your visits", "As they came in; deleted after some weeks."),
    "looked_at": ("When your record was opened or changed", ""),
}

OF_CONTACT = {
    "first_name": "First name",
    "last_name": "Last name",
    "email": "E-mail address",
    "title": "Job title",
    "external_id": "Your number with us",
    "uid": "Our number for you",
}


def known(contact_id: int) -> dict[str, list[dict[str, Any]]]:
    """Everything that is known of a person: section -> rows, in the order of SECTIONS."""
    found: dict[str, list[dict[str, Any]]] = {}
    for exporter in EXPORTERS:
        found |= exporter.export(contact_id)
    found["files"] = [
        {"kind": keeper.say, **row} for keeper in FILES if keeper.export for row in keeper.export(contact_id)
    ]
    order = [*SECTIONS, *(name for name in found if name not in SECTIONS)]
    return {name: found[name] for name in order if name in found}


def document(contact: Contact) -> dict[str, Any]:
    """The same as one JSON document, with its date and origin."""
    return {
        "firm": settings.current().firm,
        "contact": contact.pk,
        "exported_at": clock.now().isoformat(),
        "sections": {
            name: {"title": title(name), "rows": [_bare(row) for row in rows]}
            for name, rows in known(contact.pk).items()
        },
    }


def title(name: str) -> str:
    """What a section is called."""
    return SECTIONS[name][0] if name in SECTIONS else plainly(name)


def plainly(name: str) -> str:
    """What a section is called among us."""
    return name.replace("_", " ").capitalize()


def _bare(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _bare(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_bare(each) for each in value]
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)


@dataclass(frozen=True)
class Section:
    """A section as it is read: each row a few named values."""

    key: str
    title: str
    say: str
    rows: list[list[tuple[str, str]]]

    @property
    def columns(self) -> list[str]:
        """The names of the columns where all rows have the same few; else none, and each row is a card."""
        names = [name for name, _ in self.rows[0]] if self.rows else []
        is_table = len(names) <= WIDEST and all([name for name, _ in row] == names for row in self.rows)
        return names if is_table else []

    @property
    def count(self) -> int:
        """How many rows there are."""
        return len(self.rows)


WIDEST = 5


def sections(contact: Contact) -> list[Section]:
    """All sections in which something stands, for the page."""
    return [
        Section(name, title(name), SECTIONS.get(name, ("", ""))[1], [_told(name, row) for row in rows])
        for name, rows in known(contact.pk).items()
        if rows
    ]


def _told(section: str, row: dict[str, Any]) -> list[tuple[str, str]]:
    if section == "activities":
        return _activity(row)
    if section == "who":
        return [("What", row["what"]), ("Value", _words(row["value"])), ("From", _origin(row["from"]))]
    return [(name.replace("_", " ").capitalize(), said) for name, value in row.items() if (said := _words(value))]


def _origin(found: Any) -> str:
    """Where a value came from, and when."""
    if not isinstance(found, dict):
        return _words(found)
    at = str(found.get("at") or "")[:10]
    return ", ".join(part for part in (str(found.get("from") or found.get("source") or ""), at) if part)


def _activity(row: dict[str, Any]) -> list[tuple[str, str]]:
    kind = ACTIVITY_KINDS.get(row["kind"]).label if row["kind"] in ACTIVITY_KINDS else row["kind"]
    return [
        ("When", _words(row["at"])),
        ("What", ": ".join(part for part in (kind, row["name"]) if part)),
        ("Came by", row["channel"] or "–"),
        ("A person?", _verdict(row["human"], row["reasons"])),
        ("Details", _words(row["properties"]) or "–"),
    ]


SURE, LIKELY = 0.9, 0.5


def _verdict(human: float | None, reasons: Iterable[str]) -> str:
    if human is None:
        return "not a question"
    word = "a person" if human >= SURE else "likely a person" if human >= LIKELY else "a program, or not sure"
    why = ", ".join(str(reason).replace("_", " ") for reason in reasons)
    return f"{word} ({human:.0%}{': ' + why if why else ''})"


def _words(value: Any) -> str:
    """A value as a person reads it; empty where there is none."""
    match value:
        case None | "" | []:
            return ""
        case bool():
            return "yes" if value else "no"
        case datetime():
            return f"{value:%Y-%m-%d %H:%M} UTC"
        case dict():
            pairs = ((str(name).replace("_", " "), _words(each)) for name, each in value.items())
            return "; ".join(f"{name}: {each}" for name, each in pairs if each)
        case list() | tuple():
            return "; ".join(said for each in value if (said := _words(each)))
    return str(value)


def _profile(contact_id: int) -> dict[str, list[dict[str, Any]]]:
    found = {name: _rows(name, contact_id) for name in OF_PROFILE}
    return {"who": _who(contact_id), **found}


OF_PROFILE = (
    "other_names",
    "earlier_values",
    "consent",
    "consent_ledger",
    "preferences",
    "suppressions",
    "holds",
    "requests",
    "identities",
    "cookie_answers",
    "likely_the_same",
    "merged",
    "looked_at",
)
OF_CAPTURE = (
    "activities",
    "browsers",
    "uploads",
    "held_submissions",
    "mail_clicks",
    "imports",
    "refused_rows",
    "raw_hits",
)
JSON_COLUMNS = frozenset(
    {"custom", "origins", "value", "origin", "proof", "first_touch", "absorbed", "reasons", "properties", "payload"}
    | {"before", "after", "cells"}
)


def _rows(name: str, contact_id: int) -> list[dict[str, Any]]:
    """The rows of a section; JSON that came as text is read."""
    return [
        {key: _read(value) if key in JSON_COLUMNS else value for key, value in row._asdict().items()}
        for row in database.rows(SQL[name], contact=contact_id)
    ]


def _read(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) and value else value


def _who(contact_id: int) -> list[dict[str, Any]]:
    """The contact's fields, each with where its value comes from."""
    found = next(iter(_rows("contact", contact_id)), None)
    if found is None:
        return []
    custom, origins = found.pop("custom") or {}, found.pop("origins") or {}
    values = {**found, **custom}
    return [
        {
            "what": OF_CONTACT.get(name, name.replace("_", " ").capitalize()),
            "field": name,
            "value": value,
            "from": origins.get(name) or origins.get(f"custom.{name}") or "",
        }
        for name, value in values.items()
        if value not in (None, "", [], {})
    ]


def _capture(contact_id: int) -> dict[str, list[dict[str, Any]]]:
    return {name: _rows(name, contact_id) for name in OF_CAPTURE}


def register() -> None:
    """Announce what `capture` and `profile` know. Capture knows no contacts, so profile speaks for its tables."""
    EXPORTERS.add(
        "profile",
        Exporter(
            (
                "profile_contact",
                "profile_contactkey",
                "profile_pastvalue",
                "profile_consent",
                "profile_consentrecord",
                "profile_preference",
                "profile_suppression",
                "profile_legalhold",
                "profile_privacyrequest",
                "profile_identity",
                "profile_visitorconsent",
                "profile_duplicate",
                "profile_merge",
                "workspace_auditentry",
            ),
            _profile,
        ),
        order=30,
    )
    EXPORTERS.add(
        "capture",
        Exporter(
            (
                "capture_activity",
                "capture_visitor",
                "capture_mailclick",
                "capture_importchange",
                "capture_importreject",
                "capture_hit",
                "capture_heldsubmission",
                "capture_upload",
            ),
            _capture,
        ),
        order=31,
    )
