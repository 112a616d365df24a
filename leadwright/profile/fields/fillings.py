"""One value for one field of many contacts, as a journey's step or another rule wants it: one statement a set.

Promise: values are read as everywhere (`values`, `rules`); what a field said before stays in the history, by trigger;
the origin says who set it. Fields whose values must be unique are not set for many. Writes: contacts.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from leadwright.attract.models import Persona
from leadwright.kit import database, jobs, sql
from leadwright.profile import rules
from leadwright.profile.fields import definitions, values
from leadwright.profile.fields.values import BadValue

SQL = sql.load("fillings")
# The contact's own fields that can say the same of many, and what they are called.
PLAIN = {
    "title": "Job title",
    "city": "City",
    "country": "Country",
    "language": "Language",
    "time_zone": "Time zone",
    "buying_stage": "Buying stage",
    "buying_role": "Role in buying",
    "persona": "Persona",
}


def offered() -> list[tuple[str, str]]:
    """The fields that can be set, by key: the contact's own, then the custom ones."""
    own = [
        (f"custom.{key}", each.label)
        for key, each in definitions.known("contact").items()
        if not each.is_retired and not each.is_unique
    ]
    return [*PLAIN.items(), *own]


def read(field: str, told: Any) -> Any:
    """A value as the field stores it; None takes it away. Raises BadValue."""
    if field.startswith("custom."):
        defined = definitions.known("contact").get(field.removeprefix("custom."))
        if defined is None or defined.is_retired or defined.is_unique:
            raise BadValue("This field is gone, retired or unique by now; choose another.")
        return values.read(defined, told)
    if field not in PLAIN:
        raise BadValue("There is no such field; choose another.")
    words = " ".join(str(told or "").split())
    if not words:
        return None
    if field == "persona":
        found = Persona.objects.filter(name__iexact=words).values_list("pk", flat=True).first()
        if found is None:
            raise BadValue(f"There is no persona “{words[:60]}”; write its name as it stands under Attract.")
        return found
    clean = rules.read_fields({field: words})
    if clean.wrong or field not in clean.values:
        raise BadValue(" ".join(clean.wrong.values()) or f"“{words[:60]}” is nothing that this field takes.")
    return clean.values[field]


@database.atomic
def fill(
    contact_ids: Sequence[int], field: str, told: Any, *, source: str, only_blank: bool, now: datetime
) -> set[int]:
    """Give contacts a value; answers whose changed. Raises BadValue."""
    value = read(field, told)
    given = {"contacts": list(contact_ids), "only_blank": only_blank, "now": now, "name": field}
    origin = None if value is None else json.dumps({"from": source, "at": now.isoformat()})
    if field.startswith("custom."):
        key = field.removeprefix("custom.")
        kept = None if value is None else json.dumps(value)
        found = database.rows(SQL["own"], key=key, value=kept, origin=origin, **given)
    else:
        column = "persona_id" if field == "persona" else field
        cast, blank = ("bigint", None) if field == "persona" else ("text", "")
        statement = SQL["plain"].format(column=column, cast=cast)
        found = database.rows(statement, value=blank if value is None else value, origin=origin, blank=blank, **given)
    if found:
        jobs.wake("contacts")
    return {row.id for row in found}
