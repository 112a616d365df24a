"""What is known of whoever fills in a form: which fields, of a browser; the values, of whom a link was signed for."""

import json
import uuid
from collections.abc import Mapping
from typing import Any

from leadwright.kit import database, sql
from leadwright.kit.registries import RECOGNISERS, Recogniser

SQL = sql.load("recognitions")
FIELDS = ("email", "first_name", "last_name", "title", "phone", "country", "city", "language", "time_zone")


def known(anonymous_id: str) -> frozenset[str]:
    """The fields that are known of the contact at a browser, by name; nothing where nobody is known there."""
    row = database.row(SQL["at_browser"], browser=anonymous_id)
    return frozenset(_told(row)) if row else frozenset()


def told(contact: uuid.UUID) -> Mapping[str, str]:
    """What is known of a contact, as words for a form that is filled in with it."""
    row = database.row(SQL["by_uid"], uid=contact)
    return _told(row) if row else {}


def _told(row: Any) -> dict[str, str]:
    found = {name: getattr(row, name) for name in FIELDS}
    found |= {"name": f"{row.first_name} {row.last_name}".strip()}
    found |= dict.fromkeys(("company", "company_name", "company.name"), row.company)
    for name, value in json.loads(row.custom).items():
        words = _words(value)
        found |= {name: words, f"custom.{name}": words}
    return {name: value for name, value in found.items() if value}


def _words(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else ""
    return str(value) if isinstance(value, str | int | float) else ", ".join(map(str, value)) if value else ""


def register() -> None:
    """Announce who recognises."""
    RECOGNISERS.add("profile", Recogniser(known=known, told=told))
