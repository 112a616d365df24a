"""Contacts from files: which fields there are, how they are matched, written and taken back.

Promise: a contact is found by external id or by normalised address and never made twice; an import lifts no
suppression, and gives no consent but what its file can prove (`privacy.statements`); a blank cell says nothing. Reads:
the staged rows of `capture.imports`. Writes: contacts, their identities and companies.
"""

import json
import re
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import phonenumbers
from django.db.models import ProtectedError

from leadwright.attract.models import Campaign, Channel
from leadwright.capture.imports import cells, staging, undos
from leadwright.capture.imports.cells import Doubtful, Field, Reading, Refused
from leadwright.capture.imports.kinds import Columns, Faults, Kind, Made, Scope, Undone
from leadwright.capture.imports.mappings import Mapping
from leadwright.kit import countries, database, domains, ids, sql
from leadwright.kit.registries import CONTACT_FIELDS, RecordField, fields_of
from leadwright.profile import rules, searches
from leadwright.profile.fields import definitions
from leadwright.profile.headers import HEADERS
from leadwright.profile.models import Contact
from leadwright.profile.privacy import consents, statements
from leadwright.workspace.models import User

SQL = sql.load("imports")

# ── Cells ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def address(_: Reading) -> cells.Parse:
    """An e-mail address as it was written; refused where it cannot be one."""

    def parse(cell: str) -> str:
        try:
            return rules.normalise_email(cell).email
        except rules.BadAddress as error:
            raise Refused(str(error)) from None

    return parse


def phone(reading: Reading) -> cells.Parse:
    """A phone number in E.164; a national one needs the mapping's country."""
    country = reading.country or None

    def parse(cell: str) -> str:
        if _is_plain_number(cell):
            return cell
        try:
            number = phonenumbers.parse(cell, country)
        except phonenumbers.NumberParseException:
            hint = "" if country else " Give national numbers a country with “country: DE” in the mapping."
            raise Doubtful(f"“{cell[:40]}” is no phone number and was left out.{hint}") from None
        if not phonenumbers.is_possible_number(number):
            raise Doubtful(f"“{cell[:40]}” is no possible phone number and was left out.")
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)

    return parse


_E164 = re.compile(r"\+[1-9][0-9]{6,14}")


def _is_plain_number(cell: str) -> bool:
    """Whether a cell is a possible number in E.164 already: phonenumbers takes 25 µs to say the same of most.

    Only where it would change nothing: its country is known, the number is as long as there, and begins with no digit
    that might be dialled within the country only.
    """
    if not _E164.fullmatch(cell):
        return False
    for digits in (1, 2, 3):
        if lengths := _lengths(int(cell[1 : 1 + digits])):
            return len(cell) - 1 - digits in lengths and cell[1 + digits] not in "01"
    return False


@lru_cache(maxsize=1000)
def _lengths(calling_code: int) -> frozenset[int]:
    """How long the national numbers of a calling code may be; empty where it is none, or drops digits of its own."""
    if calling_code not in phonenumbers.COUNTRY_CODE_TO_REGION_CODE:
        return frozenset()
    region = phonenumbers.region_code_for_country_code(calling_code)
    known = phonenumbers.PhoneMetadata.metadata_for_region_or_calling_code(calling_code, region)
    if known is None or (known.national_prefix_for_parsing or "0") not in ("0", "1"):
        return frozenset({0})
    return frozenset((known.general_desc and known.general_desc.possible_length) or ())


def country(_: Reading) -> cells.Parse:
    """A country as its two-letter code, from the code or the name."""

    def parse(cell: str) -> str:
        code = countries.code_of(cell)
        if not code:
            raise Doubtful(f"“{cell[:40]}” is no country that we know and was left out; use codes such as DE.")
        return code

    return parse


def _zone(_: Reading) -> cells.Parse:
    def parse(cell: str) -> str:
        try:
            ZoneInfo(cell)
        except (KeyError, ValueError, OSError):
            raise Doubtful(
                f"“{cell[:40]}” is no time zone and was left out; use names such as Europe/Berlin."
            ) from None
        return cell

    return parse


def owner(_: Reading) -> cells.Parse:
    """A user, by address or name."""
    known: dict[str, int] = {}
    for user in User.objects.filter(is_active=True):
        known[user.name.lower()] = known[user.email.lower()] = user.pk

    def parse(cell: str) -> int:
        if cell.lower() not in known:
            raise Doubtful(f"No user is called “{cell[:60]}”; the owner was left out.")
        return known[cell.lower()]

    return parse


CHANNELS = {str(channel.value).lower(): str(channel.value) for channel in Channel}


def campaign(_: Reading) -> cells.Parse:
    """A campaign, by name or code."""
    known: dict[str, int] = {}
    for each in Campaign.objects.all():
        known[each.name.lower()] = known[each.code.lower()] = each.pk

    def parse(cell: str) -> int:
        if cell.lower() not in known:
            raise Doubtful(f"There is no campaign “{cell[:60]}”; it was left out. Make it first, then import again.")
        return known[cell.lower()]

    return parse


def campaigns() -> list[str]:
    """The names of all campaigns, newest first."""
    return list(Campaign.objects.values_list("name", flat=True))


def owners() -> list[str]:
    """The addresses of everybody who may own records."""
    return list(User.objects.filter(is_active=True).values_list("email", flat=True))


def domain(_: Reading) -> cells.Parse:
    """The bare domain of a web address."""

    def parse(cell: str) -> str:
        found = rules.company_domain(cell)
        if not found:
            raise Doubtful(f"“{cell[:60]}” is no web address of a firm and was left out.")
        return found

    return parse


# ── How cells look ──


def _looks_like_address(cell: str) -> bool:
    return bool(re.fullmatch(r"(mailto:)?[^\s@,;]+@[^\s@,;]+\.[^\s@,;]+", cell))


def _looks_like_phone(cell: str) -> bool:
    return bool(re.fullmatch(r"(\+|00|0|\()[\d ()./-]{6,24}", cell)) and sum(map(str.isdigit, cell)) >= 7


def _looks_like_site(cell: str) -> bool:
    return bool(re.fullmatch(r"(https?://\S+|www\.\S+|[a-z0-9-]+(\.[a-z0-9-]+)*\.[a-z]{2,12}/?)", cell.lower()))


def _looks_like_country(cell: str) -> bool:
    return bool(countries.code_of(cell))


# ── Fields ────────────────────────────────────────────────────────────────────────────────────────────────────────────

FIELDS: tuple[Field, ...] = (
    Field(
        "email",
        "E-mail address",
        address,
        headers=HEADERS["email"],
        looks=_looks_like_address,
    ),
    Field(
        "external_id",
        "External id",
        cells.identifier(120),
        headers=HEADERS["external_id"],
        help="The record's id in the system that the file comes from.",
    ),
    Field(
        "first_name",
        "First name",
        cells.text(120),
        headers=HEADERS["first_name"],
    ),
    Field(
        "last_name",
        "Last name",
        cells.text(120),
        headers=HEADERS["last_name"],
    ),
    Field("name", "Full name", cells.text(250), headers=HEADERS["name"]),
    Field(
        "title",
        "Job title",
        cells.text(160),
        headers=HEADERS["title"],
    ),
    Field(
        "company",
        "Company",
        cells.text(200),
        headers=HEADERS["company"],
    ),
    Field(
        "company_domain",
        "Company's web address",
        domain,
        headers=HEADERS["company_domain"],
        looks=_looks_like_site,
    ),
    Field(
        "phone",
        "Phone",
        phone,
        headers=HEADERS["phone"],
        looks=_looks_like_phone,
    ),
    Field(
        "country",
        "Country",
        country,
        headers=HEADERS["country"],
        looks=_looks_like_country,
    ),
    Field(
        "city",
        "City",
        cells.text(120),
        headers=HEADERS["city"],
    ),
    Field("language", "Language", cells.text(16), headers=HEADERS["language"]),
    Field("time_zone", "Time zone", _zone, headers=HEADERS["time_zone"]),
    Field(
        "owner",
        "Owner",
        owner,
        sql="bigint",
        headers=HEADERS["owner"],
        help="A user, by address or name.",
        options=owners,
    ),
    Field(
        "campaign",
        "Campaign",
        campaign,
        sql="bigint",
        headers=("campaignname", "utmcampaign", "kampagne", "campagne", "campana", "campagna", "kampania"),
        help="The first that reached them, by name or code; a known one stays.",
        options=campaigns,
    ),
    Field(
        "source",
        "Source",
        cells.text(120),
        headers=("leadsource", "originalsource", "utmsource", "quelle", "fuente", "fonte", "bron", "zrodlo"),
        help="From where they first came, such as a fair or a partner; a known one stays.",
    ),
    Field(
        "channel",
        "Channel",
        cells.choice(CHANNELS),
        headers=("channelgroup", "firstchannel", "kanal"),
        help="How they first came; blank: the campaign's.",
        options=lambda: list(CHANNELS.values()),
    ),
    Field(
        "created_at",
        "Known since",
        cells.moment,
        sql="timestamptz",
        headers=HEADERS["created_at"],
        is_moment=True,
    ),
)


def _key(email: str) -> str:
    """The key of an address that was read already: in ASCII nothing of it is left to be normalised but its case."""
    return email.lower() if email.isascii() else rules.normalise_email(email).key


class _Domains(dict[str, str]):
    """The firms' domains of hosts, each found out once; large files have hundreds of thousands, and bounded here."""

    def __missing__(self, host: str) -> str:
        if len(self) > 200_000:
            self.clear()
        found = self[host] = _plain_domain(host) or rules.company_domain(host)
        return found


_DOMAINS = _Domains()
_TWO_LABELS = re.compile(r"([a-z0-9][a-z0-9-]*)\.([a-z]{2,20})")


@lru_cache(maxsize=1)
def _endings() -> frozenset[str]:
    return frozenset(domains.extract.tlds)


def _plain_domain(host: str) -> str:
    """A host of two labels is its own domain where neither it nor its ending is special; nothing where it may be."""
    found = _TWO_LABELS.fullmatch(host)
    if found is None or host in _endings() or f"*.{found[2]}" in _endings():
        return ""
    if (
        found[1] in domains.FREE_BRANDS
        or found[1] in domains.FREE_EXACT
        or host in domains.DISPOSABLE
        or host in domains.added()
        or domains.kind_said(host)
    ):
        return ""
    return host


def derive(values: Columns, count: int, mapping: Mapping) -> tuple[Faults, Faults]:
    """What follows from the file's columns: the address's key, names from a full name, the company's key."""
    nothing: Sequence[Any] = [None] * count
    emails = values.get("email", nothing)
    values["email_key"] = [_key(email) if email else None for email in emails]
    _split_names(values, nothing)
    _tidy_names(values, nothing)
    values["owner_id"] = list(values.pop("owner", nothing))
    names, domains = values.get("company", nothing), values.get("company_domain", nothing)
    found: list[str | None] = []
    keys: list[str | None] = []
    for name, given, email in zip(names, domains, values["email_key"], strict=True):
        own = given or (_DOMAINS[email.rpartition("@")[2]] if email else "") or None
        found.append(own)
        keys.append(own or (f"={name.lower()}" if name else None))
    values["company_domain"], values["company_key"] = found, keys
    values["company_given"] = [
        name is not None or given is not None for name, given in zip(names, domains, strict=True)
    ]
    _follow_campaign(values, nothing)
    return statements.derive(values, count, mapping), {}


def _follow_campaign(values: Columns, nothing: Sequence[Any]) -> None:
    """Who came by a campaign came on its channel, unless the file says another."""
    told = values.get("campaign")
    if not told or not any(told):
        return
    channels: dict[Any, str] = dict(Campaign.objects.values_list("pk", "channel"))
    values["channel"] = [
        said or channels.get(each) for said, each in zip(values.get("channel", nothing), told, strict=True)
    ]


def _split_names(values: Columns, nothing: Sequence[Any]) -> None:
    """A full name fills blank first and last names: the last word is the last name, or what stands before a comma."""
    full = values.pop("name", None)
    if full is None:
        return
    firsts, lasts = list(values.get("first_name", nothing)), list(values.get("last_name", nothing))
    for position, name in enumerate(full):
        if name and not firsts[position] and not lasts[position]:
            if "," in name:
                first, last = rules.split_name(name)
                firsts[position], lasts[position] = first[:120] or None, last[:120] or None
            else:
                first, _, last = name.rpartition(" ")
                firsts[position], lasts[position] = (first or last)[:120] or None, (last[:120] if first else None)
    values["first_name"], values["last_name"] = firsts, lasts


def _tidy_names(values: Columns, nothing: Sequence[Any]) -> None:
    """Names in the form that they have from forms and the API, too: shouted ones (ADA OKAFOR) in ordinary letters."""
    firsts, lasts = list(values.get("first_name", nothing)), list(values.get("last_name", nothing))
    for position, (first, last) in enumerate(zip(firsts, lasts, strict=True)):
        both = f"{first or ''} {last or ''}"
        if both.isupper() or not both.isascii():  # nothing else is changed
            told = {"first": first, "last": last}
            tidy = rules.tidy_names({name: word for name, word in told.items() if word})
            firsts[position], lasts[position] = tidy.get("first"), tidy.get("last")
    for key, column in (("first_name", firsts), ("last_name", lasts)):
        if key in values:
            values[key] = column


def check(mapping: Mapping) -> list[str]:
    """A file of contacts must say who they are."""
    faults = statements.check(mapping)
    if not mapping.fields & ({"email", "external_id"} | ({"phone"} if mapping.match == "phone" else set())):
        say = "No column fills “email” or “external_id”; contacts are told apart by one of them. Map such a column."
        faults.insert(0, say)
    return faults


# How somebody came first: what is known of it stays, whatever a file says.
FIRSTS = {"channel": "first_channel", "campaign": "first_campaign", "source": "first_source"}

# ── Judging, writing, undoing: in sets ────────────────────────────────────────────────────────────────────────────────


def judge(scope: Scope) -> None:
    """Say of each staged row whether it makes a contact, changes one, or neither."""
    mapping = scope.mapping
    database.execute(SQL["match"], match=mapping.match, create=mapping.create)
    database.execute(SQL["companies"])
    never, fill = mapping.fields_that("never"), mapping.fields_that("fill")
    left = [name for key, name in FIRSTS.items() if key in never]
    database.execute(SQL["judge"], never=[*never, *left], fill=[*fill, *FIRSTS.values()])
    database.execute(SQL["judge_new"], id=scope.import_id, head=ids.head(scope.now))
    _refuse_taken(scope)
    statements.judge(scope)


def _refuse_taken(scope: Scope) -> None:
    """Refuse the rows that bring a value that must be unique and is another contact's: one statement for all fields."""
    known = definitions.known("contact")
    mapped = [known.get(name.removeprefix("custom.")) for name in sorted(scope.mapping.fields) if "custom." in name]
    unique = [each for each in mapped if each and each.is_unique and not each.is_retired]
    if not unique:
        return
    if scope.import_id:
        definitions.hold(unique)
    parts, parameters = [], {}
    for number, each in enumerate(unique):
        told, there = definitions.expression(each, "w"), definitions.expression(each, "c")
        parts.append(SQL["taken"].format(told=told, there=there, number=number))
        parameters[f"say{number}"] = definitions.say_taken(each)
    database.execute(SQL["refuse_taken"].format(taken=" UNION ALL ".join(parts)), **parameters)


def likely() -> list[Any]:
    """The staged rows that would make somebody who is likely there already."""
    return database.rows(SQL["likely"])


def apply(scope: Scope) -> None:
    """Write what was judged: companies, contacts with their identities, changes, and the undo log."""
    origin = {"from": scope.label, "at": scope.now.isoformat()}
    filled = (scope.mapping.fields | {"email"}) - {"name", "created_at"}
    fields = {FIRSTS.get(name, name) for name in filled if not name.startswith(statements.PREFIX)}
    plain = {name for name in fields if not name.startswith("custom.")}
    origins = dict.fromkeys(sorted(plain | ({"custom"} if fields - plain else set())), origin)
    database.execute(searches.LATER)  # `profile.words` follows
    database.execute(SQL["make_companies"])
    database.execute(SQL["insert_companies"], now=scope.now)
    database.execute(SQL["number_companies"])
    _keep_made(scope, "profile_company")
    if database.value("SELECT EXISTS (SELECT FROM import_judged WHERE verdict = 'create')"):
        _make(scope, json.dumps(origins))
    if database.value("SELECT EXISTS (SELECT FROM import_judged WHERE verdict = 'update')"):
        database.execute(SQL["complete"])
        database.execute(SQL["change_contacts"], now=scope.now, origin=json.dumps(origin))
        database.execute(SQL["log_changes"], id=scope.import_id)
    statements.apply(scope, _keep_made)


def _make(scope: Scope, origins: str) -> None:
    """Make the new contacts. What they refer to is held as a set, so that it need not be looked up for each again."""
    database.execute(SQL["pack_origins"], origins=origins)
    database.value(SQL["hold_companies"])
    database.value(SQL["hold_owners"])
    if "campaign" in scope.mapping.fields:
        database.value(SQL["hold_campaigns"])
    with database.trusted():
        database.execute(SQL["insert_contacts"], now=scope.now)
        database.execute(SQL["insert_identities"], now=scope.now, label=scope.label)
    database.execute(SQL["keep_contacts"], id=scope.import_id)


def _keep_made(scope: Scope, table: str) -> None:
    database.execute(staging.SQL["keep_made"], id=scope.import_id, table=table)
    database.execute(SQL["forget_made"])


def make_people(scope: Scope) -> None:
    """Make the contacts of the temporary table `import_person` that are not there yet; a later stage's import asks."""
    origin = {"from": scope.label, "at": scope.now.isoformat()}
    filled = scope.mapping.fields & {field.name for field in FIELDS} - {"name", "created_at", "owner"}
    names = sorted(FIRSTS.get(name, name) for name in filled)
    database.execute(SQL["companies"])
    database.execute(SQL["make_people_companies"], id=scope.import_id, now=scope.now)
    database.execute(
        SQL["make_people"],
        id=scope.import_id,
        now=scope.now,
        label=scope.label,
        origins=json.dumps(dict.fromkeys(names, origin)),
    )


def undo(import_id: int, first: int, last: int, now: datetime) -> Undone:
    """Take back a range of the undo log; see `capture.imports`."""
    span = {"id": import_id, "first": first, "last": last}
    done = Undone()
    for row in database.rows(SQL["restore"], now=now, **span):
        done.restored += row.is_whole
        if not row.is_whole:
            done.conflicts.append(_conflict(row, "Some of its values were changed after the import and were kept."))
    made = database.rows(SQL["created"], **span)
    keep = [row for row in made if row.conflict]
    done.conflicts += [_conflict(row, f"{row.conflict} It was kept.") for row in keep]
    done.deleted += _remove(import_id, [row for row in made if not row.conflict], done)
    database.execute(SQL["unmake_companies"], **span)
    return done


def unmake(import_id: int, made: Made, now: datetime) -> Undone:
    """Remove what a chunk made, except what somebody did something with since."""
    done = Undone()
    if made.table == "profile_company":
        database.execute(SQL["unmake_made_companies"], records=made.records)
        return done
    if made.table == "profile_consentrecord":
        done.taken_back = consents.take_back(made.records, f"import {import_id} undone")
        return done
    found = database.rows(
        SQL["made"], id=import_id, records=made.records, row_numbers=made.row_numbers, marks=made.marks
    )
    done.conflicts += [_conflict(row, f"{row.conflict} It was kept.") for row in found if row.conflict]
    done.deleted += _remove(import_id, [row for row in found if not row.conflict], done)
    return done


def _conflict(row: Any, say: str) -> dict[str, Any]:
    return {"row": row.row_number, "contact": row.id, "say": say}


def _remove(import_id: int, rows: Sequence[Any], done: Undone) -> int:
    """Remove contacts (rows with id, uid, row_number) with all that hangs on them; answers how many went."""
    if not rows:
        return 0
    undos.forget_facts(import_id, [row.uid for row in rows])
    try:
        with database.atomic(), consents.opened("erasure"):  # what the import itself told of them goes along
            undos.remove(Contact, [row.id for row in rows])
        return len(rows)
    except ProtectedError:
        return _remove_singly(rows, done)


def _remove_singly(rows: Sequence[Any], done: Undone) -> int:
    """One by one, so that a contact that something else still needs keeps only itself."""
    gone = 0
    for row in rows:
        try:
            with database.atomic(), consents.opened("erasure"):
                undos.remove(Contact, [row.id])
            gone += 1
        except ProtectedError as error:
            done.conflicts.append(_conflict(row, f"Something still refers to it ({error.args[0]}). It was kept."))
    return gone


def own() -> dict[str, RecordField]:
    """The custom fields that the firm has described for contacts."""
    return {key: each for key, each in fields_of(CONTACT_FIELDS).items() if each.is_custom}


def define(label: str, kind: str) -> str:
    """Make a custom field for a column; answers its key. One that is there already stays as it is."""
    key = f"custom.{rules.field_key(label)}"
    try:
        return f"custom.{definitions.make('contact', label[:80], kind).key}"
    except definitions.NotKept:
        return key if key in own() else ""


CONTACTS = Kind(
    key="contacts",
    label="contacts",
    permission="profile.add_contact",
    fields=FIELDS,
    matches=("external_id", "email", "phone"),
    unique=("external_id", "email_key"),
    derived=(
        ("email_key", "text"),
        ("owner_id", "bigint"),
        ("company_key", "text"),
        ("company_given", "boolean"),
        ("consents", "jsonb"),
    ),
    statements=statements.CONSENTS,
    check=check,
    derive=derive,
    judge=judge,
    apply=apply,
    undo=undo,
    unmake=unmake,
    likely=likely,
    own=own,
    define=define,
    topics=("contacts",),
    tables=("profile_contact", "profile_identity", "profile_company"),
)
