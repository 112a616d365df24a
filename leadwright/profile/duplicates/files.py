"""Duplicates in a file of records: which of its columns say what, and which rows are the same.

Promise: any table that `capture.imports.tables` reads is taken; columns that are ids, say the answer, or are the same
in every row are never compared; a file in which nothing can be compared is refused with what is missing.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from leadwright.capture.imports import tables
from leadwright.profile.duplicates import likenesses, pieces


class Unusable(ValueError):
    """Nothing can be compared in this file; the message says why and how to mend it."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the file with its group: rows of the same person or firm have the same."""

    cluster: int
    id: str
    probability: float


@dataclass(frozen=True)
class Reading:
    """What the columns of a file stand for."""

    roles: dict[int, str]  # column -> role, see `likenesses.normalise`; `other…` for what is compared as it stands
    labels: dict[str, str]  # role -> the column's heading
    id_column: int | None
    firms: bool


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Headings, in small letters and without signs.
HEADINGS: dict[str, frozenset[str]] = {
    "given": _words(
        "givenname givennames firstname forename fname vorname prenom nombre nome first given christianname "
        "voornaam"
    ),
    "surname": _words(
        "surname lastname familyname lname sname nachname nom apellido apellidos cognome last family "
        "achternaam"
    ),
    "name": _words(
        "name fullname contactname contact person personname displayname customername kunde ansprechpartner "
        "client customer"
    ),
    "email": _words(
        "email emailaddress mail emails workemail businessemail courriel correo emailadresse mailadresse "
        "primaryemail"
    ),
    "phone": _words(
        "phone phonenumber telephone tel mobile cell cellphone mobilephone workphone telefon telefonnummer "
        "handy phone1 telephonenumber contactnumber"
    ),
    "company": _words(
        "company companyname organisation organization firm firma employer account accountname business "
        "businessname unternehmen societe empresa ditta org companyorganization"
    ),
    "site": _words("website domain url web site webseite companydomain homepage"),
    "street": _words(
        "street address address1 addressline1 streetaddress streetname addr strasse adresse direccion "
        "indirizzo rue addressstreet"
    ),
    "number": _words("streetnumber housenumber houseno hausnummer streetno numero civico buildingnumber"),
    "unit": _words("address2 addressline2 unit apartment apt suite flat adresszusatz"),
    "city": _words("city town suburb locality place ort stadt ville ciudad citta municipality"),
    "postcode": _words("postcode zip zipcode postalcode plz codepostal cap cp postalzip"),
    "state": _words("state region county province bundesland land stateprovince"),
    "birth": _words(
        "dob dateofbirth birthdate birthday birth geburtsdatum geboren born datenaissance fechanacimiento "
        "birthdt"
    ),
    "national": _words(
        "socsecid ssn socialsecuritynumber nationalid nationalinsurance nino taxid taxnumber vat vatid "
        "vatnumber ustid passport medicare personalnumber svnr nhsnumber"
    ),
}  # fmt: skip
# Headings of columns that say who is who, or when and by whom a row was written: they are never compared.
TELLING = re.compile(
    r"(^|[^a-z])(id|ids|uid|uuid|guid|key|pk|cluster|clusterid|entity|group|truth|true|gold|label|match|matched|duplicate|dup|"
    r"dupe|original|source|dataset|database|file|row|index|idx|record|rec|number_of|score|weight|created|updated|modified|"
    r"timestamp|blocking|master|parent|survivor|owner|status|stage|split|fold|set|soundex|age)([^a-z]|$)|_id$|id_$|ID$"
)
IDS = ("recid", "uniqueid", "recordid", "id", "rowid", "contactid", "customerid", "personid", "uid", "uuid", "key")
PATTERN = re.compile(r"^[a-z]*[-_]?\d+[-_](org|orig|dup|copy|c)[-_]?\d*$", re.IGNORECASE)
SAMPLE = 2_000
_LOOKS_LIKE_PHONE = re.compile(r"^[+(]?[\d][\d\s()/.\-]{6,}$")


def _plain(heading: str) -> str:
    return re.sub(r"[^a-z0-9]", "", pieces.fold(heading))


def read(columns: Sequence[str], sample: Sequence[Sequence[str]], id_column: str = "") -> Reading:
    """What each column stands for, from its heading and its values. Raises Unusable for an id column not there."""
    at_id = _id_column(columns, sample, id_column)
    roles: dict[int, str] = {}
    labels: dict[str, str] = {}
    for at, heading in enumerate(columns):
        values = [row[at].strip() for row in sample if at < len(row) and row[at].strip()]
        if at == at_id or not values or len(set(values)) == 1:
            continue
        role = _role(heading, values)
        if role and role not in labels:
            roles[at], labels[role] = role, heading
        elif role == "" and _is_comparable(values):
            name = f"other{at}"
            roles[at], labels[name] = name, " ".join(re.split(r"[_\W]+", heading)).strip() or f"column {at + 1}"
    found = set(labels)
    if "name" in found and found & {"given", "surname"}:
        # A name in one piece beside its parts says nothing new.
        roles = {at: role for at, role in roles.items() if role != "name"}
        labels.pop("name")
    firms = not found & {"given", "surname", "birth"} and (
        "company" in found or ("name" in found and _are_firms(columns, sample, roles))
    )
    if firms and "company" not in found:
        roles = {at: "company" if role == "name" else role for at, role in roles.items()}
        labels["company"] = labels.pop("name")
    elif firms and "name" in found:
        firms = False
    return Reading(roles, labels, at_id, firms)


def _id_column(columns: Sequence[str], sample: Sequence[Sequence[str]], wanted: str) -> int | None:
    if wanted:
        for at, heading in enumerate(columns):
            if heading.strip().lower() == wanted.strip().lower():
                return at
        raise Unusable(f"There is no column “{wanted}”; the file has: {', '.join(columns)}.")
    plain = [_plain(heading) for heading in columns]
    for name in IDS:
        if name in plain:
            at = plain.index(name)
            values = [row[at] for row in sample if at < len(row)]
            if len(set(values)) == len(values) and all(values):
                return at
    return None


def _role(heading: str, values: Sequence[str]) -> str | None:  # noqa: PLR0911  one for each way to tell
    """The role of a column; empty for one that is compared as it stands, None for one that is not compared."""
    plain = _plain(heading)
    for role, names in HEADINGS.items():
        if plain in names or plain.removeprefix("contact") in names or plain.removeprefix("customer") in names:
            return role if _fits(role, values) else None
    if sum(1 for value in values if "@" in value and "." in value.rpartition("@")[2]) > len(values) * 0.6:
        return "email"
    if TELLING.search(heading.strip().lower()) or heading.strip().endswith("ID"):
        return None
    if sum(1 for value in values if PATTERN.match(value)) > len(values) * 0.3:
        return None
    for role in ("email", "phone", "postcode", "surname", "company", "birth"):
        if role in plain and role != plain:
            return role
    if sum(1 for value in values if _LOOKS_LIKE_PHONE.match(value)) > len(values) * 0.7 and any(
        value.startswith(("+", "0", "(")) for value in values
    ):
        return "phone"
    return ""


def _fits(role: str, values: Sequence[str]) -> bool:
    """Whether values can be what their heading says: a “person” numbered P-17 is somebody's answer, not a name."""
    if role in ("given", "surname", "name", "city", "company"):
        wordy = sum(1 for value in values if len(re.findall(r"[^\W\d_]", value)) > len(value) * 0.6)
        return wordy > len(values) * 0.6
    return True


def _is_comparable(values: Sequence[str]) -> bool:
    """Whether a column of unknown meaning may be compared: words, neither numbers nor codes nor long texts."""
    wordy = sum(
        1 for value in values if any(sign.isalpha() for sign in value) and not any(sign.isdigit() for sign in value)
    )
    return wordy > len(values) * 0.8 and sum(map(len, values)) / len(values) < 60


def _are_firms(columns: Sequence[str], sample: Sequence[Sequence[str]], roles: dict[int, str]) -> bool:
    """Whether the names of a file are those of firms: some have a legal form, and few have two plain words."""
    at = next(at for at, role in roles.items() if role == "name")
    names = [pieces.fold(row[at]) for row in sample if at < len(row) and row[at].strip()]
    forms = sum(1 for name in names if pieces.company(name) != name)
    return forms > len(names) * 0.1


def dedupe(path: Path, id_column: str = "", say: Callable[[str], None] = lambda _: None) -> Iterator[Row]:
    """The rows of a file in their order, each with its group and how sure it is to belong there.

    Raises tables.Unreadable or Unusable, with a sentence that says how to mend it.
    """
    table = tables.open_table(path)
    rows = [cells for _, cells in table.rows()]
    if not rows:
        raise Unusable(f"{path.name} has a header and no rows. Export it again, with its records.")
    reading = read(table.columns, rows[:: max(1, len(rows) // SAMPLE)], id_column)
    if not reading.roles:
        raise Unusable(
            f"Nothing in {path.name} can be compared: it needs columns such as name, e-mail, phone, company, street, "
            f"city, postcode or date of birth with headings that say so; it has {', '.join(table.columns)}."
        )
    named = ", ".join(
        f"{label} ({role})" if not role.startswith("other") else label for role, label in reading.labels.items()
    )
    say(f"{len(rows):,} {'firms' if reading.firms else 'records'}; compared: {named}.")
    ids = [
        cells[reading.id_column].strip()
        if reading.id_column is not None and reading.id_column < len(cells)
        else str(at)
        for at, cells in enumerate(rows, 1)
    ]
    twice = [each for each, count in Counter(ids).items() if count > 1]
    if twice and not id_column:
        ids = [str(at) for at in range(1, len(rows) + 1)]
    elif twice and reading.id_column is not None:
        raise Unusable(
            f"The id column “{table.columns[reading.id_column]}” has “{twice[0][:40]}” more than once; ids must be "
            "unique. Name another column with --id, or none."
        )
    at_birth = next((at for at, role in reading.roles.items() if role == "birth"), None)
    begins_with_day = at_birth is None or pieces.day_first(
        [row[at_birth] for row in rows[:20_000] if at_birth < len(row)]
    )
    records = [
        likenesses.normalise(
            {role: row[at] for at, role in reading.roles.items() if at < len(row) and _says_something(row[at])},
            begins_with_day=begins_with_day,
        )
        for row in rows
    ]
    del rows
    others = [(role, label) for role, label in reading.labels.items() if role.startswith("other")]
    least = likenesses.SAME if len(records) > likenesses.FEW else likenesses.SAME_OF_FEW
    found = likenesses.compare(records, firms=reading.firms, others=others, least=least)
    say(f"{len(found.pairs):,} pairs are the same.")
    names: dict[int, int] = {}
    for at, (home, probability) in enumerate(likenesses.group(found, len(records))):
        yield Row(names.setdefault(home, len(names) + 1), ids[at], round(probability, 6))


_NOTHING = _words("null none nan n/a na nil unknown - . ? undefined")


def _says_something(cell: str) -> bool:
    text = cell.strip().lower()
    return bool(text) and text not in _NOTHING
