"""Mappings: which column of a file fills which field, and how its cells are to be read.

Promise: a mapping is either right for its file, or every fault is named with the way to mend it, before anything is
imported. A mapping is kept as plain values (YAML in a file, JSON in the database); `docs/imports.md` describes it.
"""

import dataclasses
import difflib
import hashlib
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from leadwright.capture.imports.cells import CUSTOM_KINDS, Field, Reading, date_formats
from leadwright.kit.registries import RecordField

KEYS = {
    "kind", "match", "columns", "constants", "time_zone", "country", "update", "create",
    "delimiter", "encoding", "header_row", "sheet", "quote", "note",
}  # fmt: skip
TARGET_KEYS = {"to", "format", "values", "otherwise", "blank", "type", "update"}
UPDATES = ("overwrite", "fill", "never")

_CUSTOM = re.compile(r"custom\.[a-z][a-z0-9_]{0,59}")


class BadMapping(ValueError):
    """The mapping cannot be used; `faults` are sentences that say what and how to mend it."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = list(faults)


@dataclass(frozen=True)
class Target:
    """One field that a column fills."""

    field: str
    formats: tuple[str, ...] = ()
    values: dict[str, str] = dataclasses.field(default_factory=dict)
    otherwise: str | None = None
    blank: str | None = None
    type: str = "text"
    update: str = ""  # overrides the mapping's own

    @property
    def is_custom(self) -> bool:
        """Whether the field is one that the firm named itself."""
        return self.field.startswith("custom.")


@dataclass(frozen=True)
class Mapping:
    """How a file's rows become records."""

    columns: dict[str, tuple[Target, ...]]
    constants: dict[str, str] = dataclasses.field(default_factory=dict)
    match: str = ""
    time_zone: str = "UTC"
    country: str = ""
    update: str = "overwrite"
    create: bool = True

    @property
    def fields(self) -> set[str]:
        """All fields that are filled."""
        return {target.field for targets in self.columns.values() for target in targets} | set(self.constants)

    def fields_that(self, update: str) -> list[str]:
        """The fields whose values a file may `fill` where they are blank, or `never` change."""
        told = {target.field: target.update or self.update for targets in self.columns.values() for target in targets}
        told |= dict.fromkeys(self.constants, self.update)
        told |= {twin: told[name] for name, twin in (("owner", "owner_id"), ("email", "email_key")) if name in told}
        told |= {name: self.update for name in ("first_name", "last_name", "company") if name not in told}
        told |= {name: told["name"] for name in ("first_name", "last_name") if "name" in told}
        return sorted(name for name, how in told.items() if how == update)

    def reading(self, target: Target | None = None) -> Reading:
        """How the cells of a target are written."""
        return Reading(ZoneInfo(self.time_zone), target.formats if target else (), self.country)


def load(path: Path) -> dict[str, Any]:
    """The plain values of a mapping file; raises BadMapping where it is no YAML table."""
    try:
        return parse(path.read_bytes(), path.name)
    except OSError as error:
        raise BadMapping([f"The mapping {path} cannot be read: {error.strerror}."]) from None


def parse(text: bytes, name: str) -> dict[str, Any]:
    """The plain values of a mapping's text; raises BadMapping where it is no YAML table."""
    try:
        raw = yaml.safe_load(text.decode("utf-8-sig"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise BadMapping([f"{name} is no YAML: {' '.join(str(error).split())}"]) from None
    if not isinstance(raw, dict):
        raise BadMapping([f"{name} must be a table of names and values; see examples/olist/leads.yaml."])
    return raw


def dump(raw: dict[str, Any]) -> str:
    """A mapping as YAML, to be kept and used again."""
    return yaml.safe_dump(raw, sort_keys=False, allow_unicode=True, default_flow_style=False)


def read(
    raw: dict[str, Any], *, kind: str, fields: Sequence[Field], matches: Sequence[str], columns: Sequence[str]
) -> Mapping:
    """The mapping that plain values describe, checked against a kind's fields and a file's columns.

    Raises BadMapping with every fault at once.
    """
    faults = [
        f"The mapping has “{key}”, which is not known. {_did_you_mean(str(key), sorted(KEYS))}"
        for key in raw
        if key not in KEYS
    ]
    if raw.get("kind", kind) != kind:
        faults.append(f"The mapping is for {raw['kind']}; this import is for {kind}.")
    known = {each.name for each in fields}
    targets = _columns(raw.get("columns"), known, list(columns), faults)
    constants = _constants(raw.get("constants"), known, faults)
    faults += _twice(targets, constants)
    match = str(raw.get("match") or matches[0])
    if match not in matches:
        faults.append(f"Records cannot be matched by “{match}”. Use one of: {', '.join(matches)}.")
    mapping = Mapping(
        columns=targets,
        constants=constants,
        match=match,
        time_zone=_zone(raw.get("time_zone"), faults),
        country=str(raw.get("country") or "").upper(),
        update=str(raw.get("update") or "overwrite"),
        create=bool(raw.get("create", True)),
    )
    if mapping.update not in UPDATES:
        faults.append(f"“update: {mapping.update}” is not known. Use one of: {', '.join(UPDATES)}.")
    if faults:
        raise BadMapping(faults)
    return mapping


def has_statements(raw: dict[str, Any]) -> bool:
    """Whether a mapping says more of people than their records have: consent.newsletter.given, and so on."""
    columns, constants = raw.get("columns"), raw.get("constants")
    entries = [one for each in (columns.values() if isinstance(columns, dict) else ()) for one in as_list(each)]
    told = [entry.get("to") if isinstance(entry, dict) else entry for entry in entries]
    return any(
        str(name).startswith("consent.") for name in (*told, *(constants if isinstance(constants, dict) else ()))
    )


def as_list(given: Any) -> list[Any]:
    """What a column fills: one field or several."""
    return given if isinstance(given, list) else [given]


def _did_you_mean(name: str, known: Sequence[str]) -> str:
    close = difflib.get_close_matches(name, known, 1, 0.6)
    return f"Did you mean “{close[0]}”?" if close else f"There are: {', '.join(known)}."


def _columns(raw: Any, known: set[str], present: list[str], faults: list[str]) -> dict[str, tuple[Target, ...]]:
    if not isinstance(raw, dict) or not raw:
        faults.append("The mapping needs “columns:”, a table of the file's columns and the fields that they fill.")
        return {}
    found = {}
    for column, given in raw.items():
        name = str(column)
        if name not in present:
            faults.append(
                f"The mapping names the column “{name}”, which the file does not have. {_did_you_mean(name, present)}"
            )
        entries = as_list(given)
        found[name] = tuple(
            target for entry in entries if entry not in (None, "") and (target := _target(name, entry, known, faults))
        )
    return {column: targets for column, targets in found.items() if targets}


def _target(column: str, entry: Any, known: set[str], faults: list[str]) -> Target | None:
    if isinstance(entry, str):
        entry = {"to": entry}
    if not isinstance(entry, dict) or not isinstance(entry.get("to"), str):
        faults.append(f"Column “{column}”: say which field it fills with “to:”.")
        return None
    faults += [
        f"Column “{column}”: “{key}” is not known. {_did_you_mean(str(key), sorted(TARGET_KEYS))}"
        for key in entry
        if key not in TARGET_KEYS
    ]
    name = entry["to"]
    if not (_is_field(name, known)):
        faults.append(f"Column “{column}” fills “{name}”, which is no field. {_field_hint(name, known)}")
        return None
    kind = str(entry.get("type") or "text")
    if kind not in CUSTOM_KINDS:
        faults.append(f"Column “{column}”: there is no type “{kind}”. Use one of: {', '.join(CUSTOM_KINDS)}.")
    values = entry.get("values") or {}
    if not isinstance(values, dict):
        faults.append(f"Column “{column}”: “values:” must be a table such as “paid_search: Paid Search”.")
        values = {}
    update = str(entry.get("update") or "")
    if update and update not in UPDATES:
        faults.append(f"Column “{column}”: “update: {update}” is not known. Use one of: {', '.join(UPDATES)}.")
    formats = entry.get("format") or ()
    return Target(
        field=name,
        formats=(formats,) if isinstance(formats, str) else tuple(str(each) for each in formats),
        values={_plain(key): _plain(value) for key, value in values.items()},
        otherwise=None if entry.get("otherwise") is None else _plain(entry["otherwise"]),
        blank=None if entry.get("blank") is None else _plain(entry["blank"]),
        type=kind,
        update=update,
    )


def _plain(value: Any) -> str:
    """YAML reads some words as booleans; a mapping means the words."""
    return {True: "true", False: "false"}.get(value, str(value)) if isinstance(value, bool) else str(value)


def _is_field(name: str, known: set[str]) -> bool:
    return name in known or bool(_CUSTOM.fullmatch(name))


def _field_hint(name: str, known: set[str]) -> str:
    if name.startswith("custom."):
        return "A custom field's name has small letters, digits and underscores, such as custom.shoe_size."
    return _did_you_mean(name, sorted(known)) + " Fields of your own are called custom.some_name."


def _constants(raw: Any, known: set[str], faults: list[str]) -> dict[str, str]:
    if raw in (None, ""):
        return {}
    if not isinstance(raw, dict):
        faults.append("“constants:” must be a table of fields and values.")
        return {}
    faults += [
        f"“constants:” fills “{name}”, which is no field. {_field_hint(str(name), known)}"
        for name in raw
        if not _is_field(str(name), known)
    ]
    return {str(name): _plain(value) for name, value in raw.items()}


def _twice(columns: dict[str, tuple[Target, ...]], constants: dict[str, str]) -> list[str]:
    seen: dict[str, str] = dict.fromkeys(constants, "the value for every row (“constants:”)")
    faults = []
    for column, targets in columns.items():
        for target in targets:
            if target.field in seen:
                faults.append(
                    f"Both {seen[target.field]} and column “{column}” fill “{target.field}”. Leave one of them out."
                )
            seen[target.field] = f"column “{column}”"
    return faults


def _zone(name: Any, faults: list[str]) -> str:
    if not name:
        return "UTC"
    try:
        ZoneInfo(str(name))
    except (KeyError, ValueError, OSError):
        faults.append(f"There is no time zone “{name}”. Use a name such as Europe/Berlin or UTC.")
        return "UTC"
    return str(name)


# ── Guessing ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def bare(header: str) -> str:
    """A header without case, spaces, signs and accents, as names are compared: “Prénom” is prenom, “Straße” strasse."""
    plain = unicodedata.normalize("NFKD", header.casefold().translate(_WITHOUT_STROKE))
    return "".join(letter for letter in plain if letter.isalnum() and not unicodedata.combining(letter))


_WITHOUT_STROKE = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i"})
LIKELY = 0.8  # of the cells must look like a field's values where the header says nothing


def headers_key(columns: Sequence[str]) -> str:
    """What stands for a set of headers, in whatever order they are."""
    return hashlib.sha256("\n".join(sorted(bare(column) or column for column in columns)).encode()).hexdigest()


def guess(
    columns: Sequence[str],
    fields: Sequence[Field],
    samples: Sequence[Sequence[str]] = (),
    own: Iterable[RecordField] = (),
) -> dict[str, Any]:
    """A mapping's `columns`, guessed from a file's headers and, where those say nothing, from its cells.

    Columns that say nothing to us are left out. Dates that can be read in one way only get their format.
    """
    by_name: dict[str, str] = {}
    for column in columns:
        by_name.setdefault(bare(column), column)
    cells = {
        column: [row[place].strip() for row in samples if place < len(row) and row[place].strip()]
        for place, column in enumerate(columns)
    }
    taken: dict[str, Any] = {}
    for each in fields:
        own_name = bare(each.name)
        for header in each.headers if own_name in each.headers else (own_name, *each.headers):
            found = by_name.get(header)
            if found is None or found in taken:
                continue
            formats = date_formats(cells[found]) if each.is_moment else []
            taken[found] = {"to": each.name, "format": formats[0]} if len(formats) == 1 else each.name
            break
    for one in own:
        found = by_name.get(bare(one.label)) or by_name.get(bare(one.key.removeprefix("custom.")))
        if found is not None and found not in taken:
            taken[found] = one.key
    _whole_names(taken, cells, {each.name for each in fields})
    _by_content(columns, fields, cells, taken)
    return {column: taken[column] for column in columns if column in taken}


def _whole_names(taken: dict[str, Any], cells: dict[str, list[str]], known: set[str]) -> None:
    """“Nombre” and “Nome” are the whole name where no column is the last one and most cells are two words."""
    by_field = {target: column for column, target in taken.items() if isinstance(target, str)}
    column = by_field.get("first_name") or by_field.get("last_name")
    if column is None or {"first_name", "last_name"} <= set(by_field) or "name" in by_field or "name" not in known:
        return
    found = cells[column]
    if found and sum(" " in cell or "," in cell for cell in found) >= LIKELY * len(found):
        taken[column] = "name"


def _by_content(
    columns: Sequence[str], fields: Sequence[Field], cells: dict[str, list[str]], taken: dict[str, Any]
) -> None:
    filled = {target if isinstance(target, str) else target["to"] for target in taken.values()}
    for each in fields:
        if each.looks is None or each.name in filled:
            continue
        for column in columns:
            found = cells[column]
            if column not in taken and found and sum(map(each.looks, found)) >= LIKELY * len(found):
                taken[column] = each.name
                break
