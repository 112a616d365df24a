"""Custom fields: what the firm has defined for its contacts and companies, and the one way in for their values.

Promise: a definition changed by one process is seen by all with their next call; a key never changes once it is used;
a field that is retired keeps its values, and one that is deleted says how many values go with it. Writes: CustomField,
and `custom` of both tables where a field is deleted. Everything that writes values reads them with `read` first.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from typing import Any

from leadwright.attract.models import BuyingStage, Persona
from leadwright.kit import database, sql
from leadwright.kit.registries import RecordField
from leadwright.profile import rules, values
from leadwright.profile.models import BuyingRole, CustomField, Of
from leadwright.profile.values import BadValue, Definition, Option
from leadwright.workspace.models import User

SQL = sql.load("fields")
MOST = 500  # fields of one kind of record
STRANGERS = 100  # keys without a definition that one call may bring

# ---- Definitions --------------------------------------------------------------------------------------------------


def definitions(of: str) -> Mapping[str, Definition]:
    """The fields of contacts or companies by key, in order, retired ones included. One small query."""
    count, version = database.row(SQL["version"])
    found = _definitions(of, int(count), int(version))
    if any(each.kind == "user" for each in found.values()):
        users = _users()
        return {key: replace(each, options=users) if each.kind == "user" else each for key, each in found.items()}
    return found


@lru_cache(maxsize=8)
def _definitions(of: str, count: int, version: int) -> Mapping[str, Definition]:
    found = CustomField.objects.filter(of=of).order_by("position", "pk") if count else []
    return {each.key: define(each) for each in found}


def define(made: CustomField) -> Definition:
    """A field as far as its values are concerned."""
    return Definition(
        of=made.of,
        key=made.key,
        label=made.label,
        kind=made.kind,
        options=tuple(Option(o["key"], o["label"], bool(o.get("is_retired"))) for o in made.options),
        help=made.help,
        group=made.group,
        is_personal=made.is_personal,
        is_required=made.is_required,
        is_unique=made.is_unique,
        is_retired=made.retired_at is not None,
        lowest=made.lowest,
        highest=made.highest,
        longest=made.longest,
        pattern=made.pattern,
        says=made.says,
    )


def _users() -> tuple[Option, ...]:
    return tuple(Option(str(user.pk), user.name, not user.is_active) for user in User.objects.order_by("name", "pk"))


# ---- Values -------------------------------------------------------------------------------------------------------


@dataclass
class Read:
    """What was told in custom fields: values as they are stored (None empties), what was refused, what is undefined."""

    values: dict[str, Any] = field(default_factory=dict)
    wrong: dict[str, str] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)


def read(known: Mapping[str, Definition], told: Mapping[str, Any]) -> Read:
    """Values that came in from anywhere, as they are stored; a wrong one is left out, with its sentence."""
    found = Read()
    for name, value in told.items():
        key = name if name in known else rules.field_key(name)
        if key in known:
            try:
                found.values[key] = values.read(known[key], value)
            except BadValue as error:
                found.wrong[key] = str(error)
        elif len(found.unknown) < STRANGERS:
            found.unknown.append(name)
            if value not in (None, ""):
                found.values[name[:60]] = value[:2000] if isinstance(value, str) else value
    return found


def say_unknown(known: Mapping[str, Definition], names: Iterable[str]) -> str:
    """That there are no such fields, and which there are."""
    have = ", ".join(sorted(key for key, each in known.items() if not each.is_retired)[:40])
    asked = ", ".join(f"“{name[:60]}”" for name in list(names)[:10])
    return f"There is no custom field {asked}. Known: {have or 'none yet'}. Fields are made under Settings, Fields."


def taken(defined: Definition, value: Any, but: int | None = None) -> bool:
    """Whether another record has this value in a field that is unique. Carried by the field's index once it is made."""
    statement = SQL["taken"].format(table=f"profile_{defined.of}", found=expression(defined, "r"))
    return bool(database.value(statement, value=comparable(defined, value), but=but))


def expression(defined: Definition, alias: str) -> str:
    """A field's value as SQL compares it: typed by its kind, NULL where there is none or it is of another type.

    The very same text makes the index (`indexes`), so that the planner finds it. The key is a slug, safe to write out.
    """
    path = f"{alias}.custom" if alias else "custom"
    match defined.shape:
        case "number":
            is_number = f"jsonb_typeof({path} -> '{defined.key}') = 'number'"
            return f"(CASE WHEN {is_number} THEN ({path} ->> '{defined.key}')::numeric END)"
        case "set":
            return f"({path} -> '{defined.key}')"
        case "text":
            return f"(lower({path} ->> '{defined.key}'))"
    return f"({path} ->> '{defined.key}')"


def comparable(defined: Definition, value: Any) -> Any:
    """A stored value as the expression gives it."""
    if defined.shape == "text":
        return str(value).lower()
    return str(value).lower() if isinstance(value, bool) else value


# ---- For earlier packages -----------------------------------------------------------------------------------------

PLAIN: dict[str, tuple[tuple[str, str, str], ...]] = {
    Of.CONTACT: (
        ("email", "E-mail address", "email"),
        ("first_name", "First name", "text"),
        ("last_name", "Last name", "text"),
        ("name", "Full name", "text"),
        ("title", "Job title", "text"),
        ("phone", "Phone number", "phone"),
        ("company", "Company", "text"),
        ("company_domain", "Company’s web address", "url"),
        ("city", "City", "text"),
        ("country", "Country", "country"),
        ("language", "Language", "text"),
        ("time_zone", "Time zone", "text"),
        ("buying_stage", "Buying stage", "choice"),
        ("buying_role", "Role in buying", "choice"),
        ("persona", "Persona", "choice"),
    ),
    Of.COMPANY: (
        ("name", "Name", "text"),
        ("domain", "Domain", "text"),
        ("industry", "Industry", "text"),
        ("size", "People who work there", "number"),
        ("city", "City", "text"),
        ("country", "Country", "country"),
    ),
}
PERSONAL = frozenset(("email", "first_name", "last_name", "name", "phone"))


def provide(of: str) -> Sequence[RecordField]:
    """All fields of contacts or companies for forms and imports: their own, then the custom ones still in use."""
    own = [
        RecordField(key, label, kind, _choices_of(key), is_personal=of == Of.CONTACT and key in PERSONAL)
        for key, label, kind in PLAIN[of]
    ]
    return own + [
        RecordField(
            f"custom.{each.key}",
            each.label,
            each.kind,
            tuple((option.key, option.label) for option in each.offered),
            help=each.help,
            group=each.group,
            is_custom=True,
            is_personal=each.is_personal,
            is_required=each.is_required,
            read=partial(values.read, each),
        )
        for each in definitions(of).values()
        if not each.is_retired
    ]


def _choices_of(key: str) -> tuple[tuple[str, str], ...]:
    match key:
        case "buying_stage":
            return tuple((str(value), str(label)) for value, label in BuyingStage.choices)
        case "buying_role":
            return tuple((str(value), str(label)) for value, label in BuyingRole.choices)
        case "persona":
            return tuple((str(pk), name) for pk, name in Persona.objects.values_list("pk", "name"))
    return ()
