"""Contacts, made and filled in sets: by address or external id, with the origin of every value.

Promise: one person is one contact, also when two processes hear of her at once; two different people never become one;
a value keeps from where it came. This module and `profile.imports` are the writers of contacts.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any, Literal

import msgspec

from leadwright.attract.models import Persona
from leadwright.kit import clock, database, ids, jobs, sql
from leadwright.profile import companies, rules
from leadwright.profile.fields import definitions
from leadwright.profile.fields.values import BadValue, Definition
from leadwright.profile.models import Contact

SQL = sql.load("contacts")
COLUMNS = (
    "email",
    "first_name",
    "last_name",
    "title",
    "phone",
    "country",
    "city",
    "language",
    "time_zone",
    "buying_stage",
    "buying_role",
)
ATTEMPTS = 5

State = Literal["created", "updated", "unchanged", "refused"]


@dataclass(frozen=True, slots=True)
class Incoming:
    """What somebody tells about one person."""

    fields: Mapping[str, Any]
    source: str  # "form white-paper", "identify", "API key CRM", "import 3"
    external_id: str = ""
    overwrite: bool = False  # change what is known, too; otherwise only fill blanks
    may_create: bool = True
    is_strict: bool = False  # a value that does not fit its field refuses all; otherwise it is left out
    unknown: str = "keep"  # custom fields that nobody has defined: keep, or refuse
    splits: bool = False  # where address and external id belong to two people: take the external id's, drop the address
    at: datetime | None = None
    seen_at: datetime | None = None  # when they did this themselves
    first_channel: str = ""
    first_campaign_id: int | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of it: the contact, and what changed on it (field -> (before, after))."""

    state: State
    contact_id: int | None = None
    uid: uuid.UUID | None = None
    error: str = ""
    subject_id: uuid.UUID | None = None  # whose act it was: the contact's, or that of one merged into it
    told_by: str = ""  # the address or user id that told
    changes: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)


@dataclass
class _Person:
    """A contact as it is and as it will be."""

    uid: uuid.UUID
    values: dict[str, Any]
    email_key: str | None
    external_id: str | None
    custom: dict[str, Any]
    origins: dict[str, Any]
    company_id: int | None
    created_at: datetime
    id: int | None = None
    first_channel: str = ""
    first_campaign_id: int | None = None
    persona_id: int | None = None
    company_name: str = ""
    domain: str = ""
    is_changed: bool = False
    last_seen_at: datetime | None = None
    known_by: dict[tuple[str, str], uuid.UUID] = field(default_factory=dict)  # other addresses and user ids, of whom

    @property
    def is_new(self) -> bool:
        return self.id is None


def upsert(incoming: Sequence[Incoming]) -> list[Outcome]:
    """Make or fill one contact for each, in the order given; all in one transaction, in a handful of statements."""
    if not incoming:
        return []
    for attempt in range(ATTEMPTS):
        try:
            with database.atomic():
                return _upsert(incoming)
        except _Again:
            if attempt == ATTEMPTS - 1:
                raise
    raise AssertionError("unreachable")


class _Again(Exception):
    """Somebody else made one of these contacts at the same moment; look again."""


def _upsert(incoming: Sequence[Incoming]) -> list[Outcome]:
    known = definitions.known("contact")
    personas = _Personas()
    read = [_read(each, known, personas) for each in incoming]
    unique = _Unique(known, [each.custom for each in read if isinstance(each, rules.Fields)])
    people = _People(
        keys=[each.email.key for each in read if isinstance(each, rules.Fields) and each.email],
        externals=[each.external_id for each in incoming if each.external_id],
    )
    results: list[Outcome | tuple[_Person, dict[str, tuple[Any, Any]]]] = []
    meant: dict[int, tuple[uuid.UUID, str]] = {}
    for each, told in zip(incoming, read, strict=True):
        if isinstance(told, str):
            results.append(Outcome("refused", error=told))
            continue
        sought = people.seek(each, told)
        if isinstance(sought, Outcome):
            results.append(sought)
            continue
        if unique.known and (taken := unique.taken(sought[0], told.custom, overwrite=each.overwrite)):
            if each.is_strict:
                results.append(Outcome("refused", error=" ".join(taken.values())))
                continue
            told = replace(told, custom={key: value for key, value in told.custom.items() if key not in taken})  # noqa: PLW2901
        found = people.take(sought, each, told)
        meant[len(results)] = _meant(found, each, told)
        results.append((found, _fill(found, each, told, personas)))
        unique.claim(found)
    touched = [result[0] for result in results if not isinstance(result, Outcome)]
    _match_companies(touched)
    fresh = {id(person) for person in touched if person.is_new}
    _make([person for person in people.made if id(person) in fresh])
    _change({id(p): p for p in touched if p.is_changed and id(p) not in fresh}.values())
    if fresh or any(person.is_changed for person in touched):
        jobs.wake("contacts")
    outcomes = []
    for at, result in enumerate(results):
        if isinstance(result, Outcome):
            outcomes.append(result)
            continue
        person, changes = result
        state: State = "updated" if changes else "unchanged"
        if id(person) in fresh:
            state = "created"
            fresh.discard(id(person))
        subject, told_by = meant[at]
        outcomes.append(Outcome(state, person.id, person.uid, subject_id=subject, told_by=told_by, changes=changes))
    return outcomes


class _Personas:
    """The firm's personas, asked for when the first one is told."""

    @cached_property
    def by_name(self) -> Mapping[str, int]:
        found: dict[str, int] = {}
        for pk, name in Persona.objects.values_list("pk", "name"):
            found[name.casefold()] = found[str(pk)] = pk
        return found

    def find(self, told: str) -> int | None:
        """The persona of a name or key."""
        return self.by_name.get(told.casefold())

    def judge(self, told: rules.Fields) -> dict[str, str]:
        """Per field with a choice, why what is told is none of its values."""
        if not told.persona or self.find(told.persona):
            return dict(told.wrong)
        names = ", ".join(sorted(name for name in self.by_name if not name.isdigit())[:20])
        return dict(told.wrong) | {
            "persona": f"There is no persona “{told.persona[:60]}”. Known: {names or 'none yet'}."
        }


class _Unique:
    """Who has which of the values that a set tells in fields that must be unique; held until the set is written."""

    def __init__(self, known: Mapping[str, Definition], told: Sequence[Mapping[str, Any]]) -> None:
        self.known = {key: each for key, each in known.items() if each.is_unique and any(key in own for own in told)}
        self.holders: dict[tuple[str, Any], set[Any]] = {}
        if self.known:
            pairs = [(each, own[key]) for key, each in self.known.items() for own in told if own.get(key) is not None]
            definitions.hold(list(self.known.values()))
            for (each, value), ids_ in zip(pairs, definitions.holders(pairs), strict=True):
                self.holders[each.key, definitions.comparable(each, value)] = set(ids_)

    def taken(self, person: _Person | None, told: Mapping[str, Any], *, overwrite: bool) -> dict[str, str]:
        """Per field the sentence that somebody else has the value that would be written."""
        found: dict[str, str] = {}
        for key, each in self.known.items():
            value, before = told.get(key), person.custom.get(key) if person else None
            if value is None or value == before or (before not in (None, "") and not overwrite):
                continue
            holders = self.holders.get((key, definitions.comparable(each, value)), set())
            if holders - {person and (person.id or person.uid)}:
                found[key] = definitions.say_taken(each)
        return found

    def claim(self, person: _Person) -> None:
        """What a person was given is hers for the rest of the set."""
        for key, each in self.known.items():
            if (value := person.custom.get(key)) is not None:
                self.holders.setdefault((key, definitions.comparable(each, value)), set()).add(person.id or person.uid)


def _read(incoming: Incoming, known: Mapping[str, Definition], personas: _Personas) -> rules.Fields | str:
    """What is told, in the contact's fields and in the form of each; a sentence where it cannot be taken."""
    try:
        found = rules.read_fields(incoming.fields)
    except rules.BadAddress as error:
        return str(error)
    if not found.email and not incoming.external_id:
        return "Give an e-mail address or an external id; without one of them nobody can be told apart."
    wrong = personas.judge(found)
    if found.persona and "persona" in wrong:
        found = replace(found, persona="", custom=found.custom | {"persona": found.persona})
    own = definitions.read(known, found.custom) if found.custom else definitions.Read()
    if incoming.is_strict and (wrong or own.wrong):
        return " ".join([*wrong.values(), *own.wrong.values()])
    if own.unknown and incoming.unknown == "refuse":
        return definitions.say_unknown(known, own.unknown)
    if not found.custom:
        return found
    return replace(found, custom={name: value for name, value in own.values.items() if value is not None})


class _People:
    """The contacts that a set speaks of, locked, by address and by external id."""

    def __init__(self, keys: list[str], externals: list[str], ids: Sequence[int] = ()) -> None:
        self.all: list[_Person] = []
        self.by_key: dict[str, _Person] = {}
        self.by_external: dict[str, _Person] = {}
        self.made: list[_Person] = []
        parameters = {"keys": sorted(set(keys)), "externals": sorted(set(externals)), "ids": list(ids)}
        for row in database.rows(SQL["lock"], **parameters):
            person = _Person(
                id=row.id,
                uid=row.uid,
                values={name: getattr(row, name) for name in COLUMNS},
                email_key=row.email_key,
                external_id=row.external_id,
                custom=msgspec.json.decode(row.custom),
                origins=msgspec.json.decode(row.origins),
                company_id=row.company_id,
                created_at=row.created_at,
                first_channel=row.first_channel,
                first_campaign_id=row.first_campaign_id,
                persona_id=row.persona_id,
                known_by=_known_by(row),
            )
            self.all.append(person)
            self._know(person)

    def _know(self, person: _Person) -> None:
        if person.email_key:
            self.by_key[person.email_key] = person
        if person.external_id:
            self.by_external[person.external_id] = person
        for kind, key in person.known_by:
            (self.by_key if kind == "email" else self.by_external).setdefault(key, person)

    def seek(self, incoming: Incoming, fields: rules.Fields) -> "tuple[_Person | None, bool] | Outcome":
        """The person that is meant (None: a new one) and whether the address is theirs, or a refusal where two people
        would become one."""
        key = fields.email.key if fields.email else None
        external = incoming.external_id or None
        by_key = self.by_key.get(key) if key else None
        by_external = self.by_external.get(external) if external else None
        person: _Person | None
        if by_key and external and by_key is not by_external and (by_external or by_key.external_id):
            if not incoming.splits:
                return Outcome(
                    "refused",
                    error=f"The address {key} belongs to another contact than the external id {external}; "
                    "nothing was changed, because two people must not become one.",
                )
            key, person = None, by_external
        else:
            person = by_external or by_key
        if person is None and not incoming.may_create:
            return Outcome("refused", error="There is no such contact, and none may be made.")
        return person, bool(key)

    def take(self, sought: tuple[_Person | None, bool], incoming: Incoming, fields: rules.Fields) -> _Person:
        """The person that was found, else a new one, with the identifiers that are told."""
        person = sought[0] or self._new(incoming)
        if incoming.seen_at and (person.last_seen_at is None or person.last_seen_at < incoming.seen_at):
            person.last_seen_at = incoming.seen_at
        self.name(person, incoming, fields if sought[1] else None, incoming.external_id or None)
        return person

    def name(self, person: _Person, incoming: Incoming, fields: rules.Fields | None, external: str | None) -> None:
        """Give a person the identifiers it lacks; an address changes only where overwriting is allowed."""
        if external and not person.external_id:
            person.external_id = external
            person.is_changed = True
        if (
            fields
            and fields.email
            and person.email_key != fields.email.key
            and ("email", fields.email.key) not in person.known_by
            and (not person.email_key or incoming.overwrite)
        ):
            if person.email_key:
                self.by_key.pop(person.email_key, None)
            person.email_key = fields.email.key
            person.values["email"] = fields.email.email
            person.origins["email"] = _origin(incoming)
            person.is_changed = True
        self._know(person)

    def _new(self, incoming: Incoming) -> _Person:
        person = _Person(
            uid=ids.uuid7(incoming.at),
            values=dict.fromkeys(COLUMNS, ""),
            email_key=None,
            external_id=None,
            custom={},
            origins={},
            company_id=None,
            created_at=incoming.at or clock.now(),
            first_channel=incoming.first_channel,
            first_campaign_id=incoming.first_campaign_id,
        )
        self.made.append(person)
        return person


def _known_by(row: Any) -> dict[tuple[str, str], uuid.UUID]:
    """By what else a contact is known, and whose uid that was before it was merged."""
    told = msgspec.json.decode(row.known_by) if row.known_by else []
    return {(kind, key): uuid.UUID(uid) if uid else row.uid for kind, key, uid in told}


def _meant(person: _Person, incoming: Incoming, fields: rules.Fields) -> tuple[uuid.UUID, str]:
    """Whose act it is, and by what that was told: of a merged contact's address or user id, that contact's, so that the
    merge can be undone."""
    told = [("email", fields.email.key)] if fields.email else []
    told += [("external", incoming.external_id)] if incoming.external_id else []
    for mark in told:
        if mark in person.known_by:
            return person.known_by[mark], mark[1]
    own = (person.email_key, person.external_id)
    return person.uid, next((mark[1] for mark in told if mark[1] in own), "")


def _origin(incoming: Incoming) -> dict[str, str]:
    return {"from": incoming.source, "at": (incoming.at or clock.now()).isoformat()}


def _fill(person: _Person, incoming: Incoming, fields: rules.Fields, personas: _Personas) -> dict[str, tuple[Any, Any]]:
    """Put what is told onto a person: into blanks, and over what is known where allowed. Answers the changes."""
    changes: dict[str, tuple[Any, Any]] = {}
    for name, value in fields.values.items():
        before = person.values[name]
        if value != before and (not before or incoming.overwrite):
            person.values[name] = value
            changes[name] = (before, value)
    persona = personas.find(fields.persona) if fields.persona else None
    if persona and persona != person.persona_id and (not person.persona_id or incoming.overwrite):
        changes["persona"] = (person.persona_id, persona)
        person.persona_id = persona
    for name, value in fields.custom.items():
        before = person.custom.get(name)
        if value != before and (before in (None, "") or incoming.overwrite):
            person.custom[name] = value
            changes[f"custom.{name}"] = (before, value)
    if changes:
        origin = _origin(incoming)
        person.origins |= dict.fromkeys(changes, origin)
    if not person.company_id and (fields.company or fields.domain):
        person.company_name = person.company_name or fields.company
        person.domain = person.domain or fields.domain
    person.is_changed = person.is_changed or bool(changes)
    return changes


def _match_companies(people: Sequence[_Person]) -> None:
    """Give people without a company theirs, by domain or by name."""
    without = {id(p): p for p in people if p.company_id is None and (p.company_name or p.domain)}
    if not without:
        return
    found = companies.ensure([(p.domain, p.company_name) for p in without.values()])
    for person, company_id in zip(without.values(), found, strict=True):
        if company_id is not None:
            person.company_id = company_id
            person.is_changed = True


def _make(people: Sequence[_Person]) -> None:
    if not people:
        return
    _hold_targets(people)
    with database.trusted(len(people)):
        made = database.rows(SQL["make"], rows=_rows(people), now=clock.now())
    by_uid = {row.uid: row.id for row in made}
    if len(by_uid) != len(people):
        raise _Again
    for person in people:
        person.id = by_uid[person.uid]


TARGETS = (("hold_companies", "company_id"), ("hold_personas", "persona_id"), ("hold_campaigns", "first_campaign_id"))


def _hold_targets(people: Sequence[_Person]) -> None:
    """Hold what new contacts refer to, so that it need not be looked up for each; what is gone is left out."""
    for statement, name in TARGETS:
        wanted = {target for person in people if (target := getattr(person, name)) is not None}
        if wanted and (gone := wanted - {row.id for row in database.rows(SQL[statement], ids=sorted(wanted))}):
            for person in people:
                if getattr(person, name) in gone:
                    setattr(person, name, None)


def _change(people: Any) -> None:
    changed = list(people)
    if changed:
        database.execute(SQL["change"], rows=_rows(changed), now=clock.now())


def _rows(people: Sequence[_Person]) -> str:
    told = msgspec.json.encode(
        [
            person.values
            | {
                "id": person.id,
                "uid": person.uid,
                "email_key": person.email_key,
                "external_id": person.external_id,
                "custom": person.custom,
                "origins": person.origins,
                "company_id": person.company_id,
                "created_at": person.created_at,
                "first_channel": person.first_channel,
                "first_campaign_id": person.first_campaign_id,
                "persona_id": person.persona_id,
                "last_seen_at": person.last_seen_at,
            }
            for person in people
        ]
    )
    return told.decode()


def of_uid(uid: uuid.UUID) -> Contact | None:
    """The contact of a link in a mail, also where it was merged into another since."""
    found = Contact.objects.filter(identities__subject_id=uid).exclude(identities__kind="visitor").first()
    return found or Contact.objects.filter(uid=uid).first()


class Taken(ValueError):
    """The address, the external id or a value that must be unique belongs to somebody else."""


def change(contact_id: int, told: Mapping[str, Any], source: str) -> dict[str, tuple[Any, Any]]:
    """Set fields of one contact as told, blanks too; answers what changed. Raises Taken, BadValue, or
    rules.BadAddress."""
    given = dict(told)
    external = given.pop("external_id", None)
    known = definitions.known("contact")
    own = definitions.read(known, given.pop("custom", None) or {})
    personas = _Personas()
    told_fields = rules.read_fields(given)
    if wrong := [*own.wrong.values(), *personas.judge(told_fields).values()]:
        raise BadValue(" ".join(wrong))
    told_all = _with_custom(told_fields, known, own)
    with database.atomic():
        unique = _Unique(known, [told_all.custom])
        people = _People([], [], ids=[contact_id])
        [person] = people.all
        incoming = Incoming(fields=given, source=source, external_id=external or "", overwrite=True)
        others = _People([told_fields.email.key] if told_fields.email else [], [external] if external else [])
        if any(other.id != contact_id for other in others.all):
            raise Taken(
                "This address or external id belongs to another contact; where you see that one, merge the two instead."
            )
        if taken := unique.taken(person, told_all.custom, overwrite=True):
            raise Taken(" ".join(taken.values()))
        before = (person.values["email"], person.external_id)
        if external:
            person.external_id = external
        people.name(person, incoming, told_fields, external)
        if told_fields.company or told_fields.domain != rules.company_domain(
            told_fields.email.key if told_fields.email else ""
        ):
            person.company_id = None
        changes = _fill(person, incoming, told_all, personas)
        changes |= _empty(person, [name for name, value in given.items() if value in (None, "")])
        changes |= _empty_custom(person, own)
        if before != (person.values["email"], person.external_id):
            changes["identifiers"] = (before, (person.values["email"], person.external_id))
        if changes:
            _match_companies([person])
            _change([person])
            jobs.wake("contacts")
    return changes


def _empty(person: _Person, names: Sequence[str]) -> dict[str, tuple[Any, Any]]:
    """Take the values of the contact's own fields away; answers the changes."""
    changes: dict[str, tuple[Any, Any]] = {}
    for name in names:
        if name in COLUMNS and person.values[name]:
            changes[name] = (person.values[name], "")
            person.values[name] = ""
            if name == "email":
                person.email_key = None
        elif name == "persona" and person.persona_id:
            changes[name] = (person.persona_id, None)
            person.persona_id = None
    for name in changes:
        person.origins.pop(name, None)
    return changes


def _empty_custom(person: _Person, own: definitions.Read) -> dict[str, tuple[Any, Any]]:
    """Take the custom values away that are told to be nothing; answers the changes."""
    emptied = [key for key, value in own.values.items() if value is None and key in person.custom]
    for key in emptied:
        person.origins.pop(f"custom.{key}", None)
    return {f"custom.{key}": (person.custom.pop(key), None) for key in emptied}


def _with_custom(found: rules.Fields, known: Mapping[str, Definition], own: definitions.Read) -> rules.Fields:
    """What is told, with the custom values in their form; names at the top level count as custom, too."""
    extra = definitions.read(known, found.custom)
    if extra.wrong:
        raise BadValue(" ".join(extra.wrong.values()))
    told = extra.values | own.values
    return replace(found, custom={name: value for name, value in told.items() if value is not None})


def see() -> int:
    """Note when contacts were last seen to do something, from the activities that are new; answers how many."""
    from leadwright.capture import activities

    def take(span: activities.Span) -> None:
        database.execute(SQL["see"].replace("/*within*/", activities.WITHIN), **span.parameters)

    return activities.follow("profile.see", take)
