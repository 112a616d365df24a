"""Custom fields: what the firm has defined for its contacts and companies, and the one way in for their values.

Promise: a definition changed by one process is seen by all with their next call; a key never changes once it is used;
a field that is retired keeps its values, and one that is deleted says how many values go with it. Writes: CustomField,
and `custom` of both tables where a field is deleted. Everything that writes values reads them with `read` first.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from typing import Any

from django.db.models import Q

from leadwright.attract.models import BuyingStage, Persona
from leadwright.kit import clock, database, jobs, patterns, sql
from leadwright.kit.registries import RecordField
from leadwright.profile import rules
from leadwright.profile.fields import values
from leadwright.profile.fields.values import BadValue, Definition, Option
from leadwright.profile.models import BuyingRole, CustomField, Of
from leadwright.workspace.models import User

SQL = sql.load("definitions")
MOST = 500  # fields of one kind of record
STRANGERS = 100  # keys without a definition that one call may bring
MOST_OPTIONS = 1_000
MOST_GUESSED = 200  # options that are made of values found, where a field is described after the fact
TIDY_CHUNK = 5_000
# What every record has by itself; a custom field of the same key could not be told apart in files and calls.
RESERVED = (
    frozenset(("id", "uid", "custom", "email", "company", "owner", "name")) | set(rules.LENGTHS) | set(rules.ALIASES)
)

# ---- Definitions --------------------------------------------------------------------------------------------------


def known(of: str) -> Mapping[str, Definition]:
    """The fields of contacts or companies by key, in order, retired ones included. One small query."""
    count, version = database.row(SQL["version"])
    found = _definitions(of, int(count), int(version))
    if any(each.kind == "user" for each in found.values()):
        users = _users()
        return {key: replace(each, options=users) if each.kind == "user" else each for key, each in found.items()}
    return found


@lru_cache(maxsize=8)
def _definitions(of: str, count: int, version: int) -> Mapping[str, Definition]:
    found = CustomField.objects.filter(of=of, going_at=None).order_by("position", "pk") if count else []
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
    return bool(holders([(defined, value)])[0] - {but})


def say_taken(defined: Definition) -> str:
    """That the value of a unique field is somebody else's."""
    return f"Another record has this {defined.label} already; it must be unique."


CASTS: Mapping[str, str] = {"number": "numeric", "set": "jsonb"}  # shape -> what its expression gives; else text


def hold(unique: Sequence[Definition]) -> None:
    """Let nobody else write these fields' values in a set until the transaction ends, so that what is free stays it."""
    database.execute(SQL["hold"], keys=sorted(f"{each.of}.{each.key}" for each in unique))


def hold_all(of: str) -> None:
    """The same of every unique field of a kind of record; before one is locked, for so do those who write sets."""
    if unique := [each for each in known(of).values() if each.is_unique and not each.is_retired]:
        hold(unique)


def holders(told: Sequence[tuple[Definition, Any]]) -> list[set[int]]:
    """For each pair of a field and a stored value, the ids of the records that have it: one statement for all."""
    found: list[set[int]] = [set() for _ in told]
    places: dict[str, list[int]] = {}
    for place, (each, _) in enumerate(told):
        places.setdefault(each.key, []).append(place)
    if not places:
        return found
    parts: list[str] = []
    parameters: dict[str, Any] = {}
    for number, own in enumerate(places.values()):
        defined = told[own[0]][0]
        parts.append(
            SQL["holders"].format(
                number=number,
                cast=CASTS.get(defined.shape, "text"),
                table=f"profile_{defined.of}",
                found=expression(defined, "r"),
            )
        )
        given = [comparable(defined, told[place][1]) for place in own]
        parameters |= {f"places{number}": own, f"values{number}": [str(value) for value in given]}
    for row in database.rows(" UNION ALL ".join(parts), **parameters):
        found[row.place].add(row.id)
    return found


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
        case "day" | "moment":
            fits = f"({path} ->> '{defined.key}') ~ '^{STORED[defined.shape].pattern}$'"
            return f"(CASE WHEN {fits} THEN ({path} ->> '{defined.key}') COLLATE \"C\" END)"
        case "text":
            return f"(lower({path} ->> '{defined.key}'))"
    return f"({path} ->> '{defined.key}')"


# How days and moments are stored: in ISO 8601, so that they stand in their order as texts.
_DAY = "[1-9][0-9]{3}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
STORED = {
    "day": re.compile(_DAY),
    "moment": re.compile(_DAY + "T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z"),
}


def comparable(defined: Definition, value: Any) -> Any:
    """A stored value as the expression gives it."""
    if defined.shape == "text":
        return str(value).lower()
    if defined.shape == "set":
        return json.dumps(value)
    return str(value).lower() if isinstance(value, bool) else value


# ---- Changing definitions ------------------------------------------------------------------------------------------


class NotKept(ValueError):
    """A definition cannot be kept as told; `wrong` says per setting why, as sentences."""

    def __init__(self, **wrong: str) -> None:
        super().__init__(" ".join(wrong.values()))
        self.wrong = wrong


SETTINGS = frozenset((
    "label", "kind", "help", "group", "is_personal", "is_required", "is_unique", "lowest", "highest", "longest",
    "pattern", "says",
))  # fmt: skip


@database.atomic
def make(of: str, label: str, kind: str, key: str = "", options: Sequence[Any] = (), **told: Any) -> CustomField:
    """Define a field; values that stand under its key already are brought into its form in the background."""
    own_key = key or rules.field_key(label)
    wrong: dict[str, str] = {}
    if of not in Of.values:
        wrong["of"] = "A field belongs to “contact” or “company”."
    elif not values.KEY.fullmatch(own_key):
        wrong["key"] = (
            "A key has small letters, digits and underscores, begins with a letter, and has at most 60 of them."
        )
    elif own_key in RESERVED:
        wrong["key"] = f"“{own_key}” is a field that every record has; choose another key."
    elif CustomField.objects.filter(of=of, key=own_key).exists():
        wrong["key"] = f"There is a field “{own_key}” already; open that one, or choose another key."
    elif CustomField.objects.filter(of=of).count() >= MOST:
        wrong["key"] = f"There are {MOST} fields already, which is the most; retire and delete some first."
    if wrong:
        raise NotKept(**wrong)
    last = CustomField.objects.filter(of=of).order_by("-position").values_list("position", flat=True).first()
    made = CustomField(of=of, key=own_key, label=label, kind=kind, position=(last or 0) + 1)
    return _keep(made, told, options)


@database.atomic
def change(made: CustomField, options: Sequence[Any] | None = None, **told: Any) -> CustomField:
    """Change a field; its key stays. A new kind is put on the values in the background."""
    if told.get("kind", made.kind) != made.kind:
        made.tidied_to = 0
    return _keep(made, told, options)


def _keep(made: CustomField, told: Mapping[str, Any], options: Sequence[Any] | None) -> CustomField:
    for name, value in told.items():
        if name not in SETTINGS:
            raise NotKept(**{name: f"A field has no setting “{name}”."})
        setattr(made, name, value)
    made.label = " ".join(str(made.label).split())
    if options is not None:
        made.options = read_options(options, made.options)
    _check(made)
    made.updated_at = clock.now()
    made.save()
    jobs.wake("fields", "segments")
    return made


def _check(made: CustomField) -> None:
    wrong: dict[str, str] = {}
    if not made.label:
        wrong["label"] = "Give the field a name."
    if made.kind not in values.KINDS:
        wrong["kind"] = f"There is no kind “{made.kind}”; there are {', '.join(values.KINDS)}."
    if made.lowest is not None and made.highest is not None and made.lowest > made.highest:
        wrong["highest"] = "The highest value lies below the lowest."
    if made.pattern:
        try:
            patterns.check(made.pattern)
        except patterns.BadPattern as error:
            wrong["pattern"] = str(error)
    if wrong:
        raise NotKept(**wrong)


def read_options(told: Sequence[Any], before: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Options as they are stored, from labels or from {"key", "label", "is_retired"}; a key lasts, a label may change.

    What is not told any more is retired and not removed, since values may name it.
    """
    had = {each["key"]: each for each in before}
    by_label = {str(each["label"]).casefold(): each["key"] for each in before}
    found: dict[str, dict[str, Any]] = {}
    for each in told:
        given = each if isinstance(each, Mapping) else {"label": each}
        label = " ".join(str(given.get("label") or given.get("key") or "").split())[:120]
        key = given.get("key") or by_label.get(label.casefold()) or ""
        if not label:
            continue
        if not key:
            key = values.option_key(label, [*found, *had])
        found[str(key)] = {"key": str(key), "label": label, "is_retired": bool(given.get("is_retired", False))}
    for key, each in had.items():
        if key not in found:
            found[key] = {**each, "is_retired": True}
    labels = [each["label"].casefold() for each in found.values() if not each["is_retired"]]
    if len(labels) != len(set(labels)):
        raise NotKept(options="Two options have the same name; each needs its own.")
    if len(found) > MOST_OPTIONS:
        raise NotKept(options=f"A field has at most {MOST_OPTIONS} options.")
    return list(found.values())


def retire(made: CustomField, *, back: bool = False) -> None:
    """Take a field out of forms, lists and questions, or take it up again; values stay."""
    made.retired_at = None if back else clock.now()
    made.save()
    jobs.wake("fields", "segments")


def delete(made: CustomField) -> None:
    """Take a field and all its values away; the values go in the background, and stay among the earlier values."""
    made.going_at = clock.now()
    made.save()
    jobs.wake("fields", "segments")


@database.atomic
def move(made: CustomField, step: int) -> None:
    """Move a field up (-1) or down (1) among those of its kind of record."""
    rows = list(CustomField.objects.filter(of=made.of, going_at=None).order_by("position", "pk"))
    place = next(number for number, each in enumerate(rows) if each.pk == made.pk)
    other = min(max(place + step, 0), len(rows) - 1)
    rows.insert(other, rows.pop(place))
    for number, each in enumerate(rows):
        if each.position != number:
            each.position = number
            each.save(update_fields=["position", "version"])


def arrange(of: str, keys: Sequence[str]) -> None:
    """Put fields into an order; those not named come after."""
    rows = {each.key: each for each in CustomField.objects.filter(of=of, going_at=None).order_by("position", "pk")}
    ordered = [rows[key] for key in dict.fromkeys(keys) if key in rows]
    ordered += [each for each in rows.values() if each not in ordered]
    with database.atomic():
        for number, each in enumerate(ordered):
            if each.position != number:
                each.position = number
                each.save(update_fields=["position", "version"])


def filled(made: CustomField) -> int:
    """How many records have a value. One pass over the table."""
    return int(database.value(SQL["filled"].format(table=f"profile_{made.of}"), key=made.key))


@dataclass(frozen=True)
class Stranger:
    """A key under which values stand, and that nobody has described."""

    key: str
    count: int
    examples: tuple[str, ...]
    kind: str  # what its values look like


def strangers(of: str) -> list[Stranger]:
    """Keys without a definition among the latest 5,000 records, most frequent first."""
    defined = known(of)
    rows = database.rows(SQL["strangers"].format(table=f"profile_{of}"), known=list(defined))
    return [Stranger(row.key, row.count, tuple(row.examples), _guess(row.types, row.examples)) for row in rows]


def _guess(types: Sequence[str], examples: Sequence[str]) -> str:
    if set(types) == {"number"}:
        return "number"
    if set(types) == {"boolean"}:
        return "yes_no"
    if set(types) == {"array"}:
        return "choices"
    for kind in ("date", "moment", "number", "email", "url"):
        probe = Definition("contact", "x", "x", kind)
        if examples and all(_fits(probe, each) for each in examples):
            return kind
    return "text"


def _fits(probe: Definition, text: str) -> bool:
    try:
        return values.read(probe, text) is not None
    except BadValue:
        return False


# ---- In the background ---------------------------------------------------------------------------------------------


def tidy() -> None:
    """Bring values into the form of a field that is new or has another kind, and take away those of deleted fields.

    In chunks of ids, each in a transaction of its own with its place, so that a kill loses nothing.
    """
    for made in CustomField.objects.filter(Q(tidied_to__isnull=False) | Q(going_at__isnull=False)).order_by("pk"):
        while _tidy_some(made):
            pass


@database.atomic
def _tidy_some(made: CustomField) -> bool:
    table, place = f"profile_{made.of}", made.tidied_to or 0
    rows = database.rows(SQL["some"].format(table=table), key=made.key, after=place, limit=TIDY_CHUNK)
    if made.going_at:
        database.execute(SQL["take_away"].format(table=table), key=made.key, ids=[r.id for r in rows], now=clock.now())
        if len(rows) < TIDY_CHUNK:
            made.delete()
            return False
        return True
    found = {row.id: json.loads(row.value) for row in rows}
    if made.kind in ("choice", "choices") and found:
        made.options = read_options(_with_new(made, found.values()), made.options)
        made.save(update_fields=["options", "version"])
    defined = define(made)
    changed: dict[int, Any] = {}
    for key, value in found.items():
        try:
            fit = values.read(defined, value)
        except BadValue:
            continue  # it stays as it was told, and questions about the field pass over it
        if fit != value or type(fit) is not type(value):
            changed[key] = fit
    if changed:
        told = [json.dumps(each) for each in changed.values()]
        database.execute(SQL["fit"].format(table=table), key=made.key, ids=list(changed), values=told, now=clock.now())
        jobs.wake("contacts")
    is_done = len(rows) < TIDY_CHUNK
    CustomField.objects.filter(pk=made.pk).update(tidied_to=None if is_done else rows[-1].id)
    made.tidied_to = None if is_done else rows[-1].id
    return not is_done


def _with_new(made: CustomField, found: Iterable[Any]) -> list[Any]:
    """The options, and those that values name and that nobody has written down, up to a limit."""
    known = {str(each[name]).casefold() for each in made.options for name in ("key", "label")}
    new: dict[str, dict[str, str]] = {}
    for value in found:
        for text in value if isinstance(value, list) else [value]:
            label = " ".join(str(text).split())
            if label and label.casefold() not in known and len(label) <= 110:
                new.setdefault(label.casefold(), {"key": label, "label": label})
    return [*made.options, *list(new.values())[: max(0, MOST_GUESSED - len(made.options))]]


def renamed(of: str) -> dict[str, dict[str, str]]:
    """The options that are called otherwise than they are stored, by field: for mails, which write what is stored."""
    found = {
        key: {option.key: option.label for option in each.options if option.key != option.label}
        for key, each in known(of).items()
    }
    return {key: labels for key, labels in found.items() if labels}


def today(labels: Mapping[str, str], value: Any) -> Any:
    """A stored choice, or several, as they are called now."""
    if isinstance(value, list):
        return [labels.get(str(each), each) for each in value]
    return labels.get(str(value), value)


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
        for each in known(of).values()
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
