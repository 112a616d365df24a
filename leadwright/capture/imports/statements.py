"""The wizard's section on consent: what a mapping states of people, drawn as a form, and read back from it.

Each part of a statement comes from a column or is one value for the whole file; see `kinds.Statements`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from leadwright.capture.imports import cells, mappings
from leadwright.capture.imports.kinds import Kind, Subject
from leadwright.capture.imports.tables import Table

PREFIX = "consent."
ALL = "="  # the choice “the same for every row”
VERSION = "version:"  # the choice of one of our own wordings
DATES = ("at", "confirmed_at")
SHOWN = ("given", "refused", "wording", "source", "at", "confirmed_at", "address")

# Headers that mean that a column knows something of consent; it is never taken without somebody saying so.
HINTS = (
    "optin", "optedin", "optout", "optedout", "newsletter", "consent", "subscri", "einwilligung", "abonn", "werbung",
    "permission", "gdpr", "dsgvo", "rgpd", "marketingstatus", "emailstatus", "confirmtime", "donotemail", "unsub",
)  # fmt: skip


@dataclass(frozen=True)
class Part:
    """A part of a statement as the form shows it."""

    key: str
    label: str
    help: str
    choice: str  # "", ALL, a column's number, or VERSION and a number
    value: str
    formats: list[str]  # where dates of the column can be read in several ways
    format: str

    @property
    def column(self) -> int | None:
        """The column that tells it, by number."""
        return int(self.choice) if self.choice.isdigit() else None

    @property
    def version(self) -> int | None:
        """The version of our own words that it is."""
        number = self.choice.removeprefix(VERSION)
        return int(number) if self.choice.startswith(VERSION) and number.isdigit() else None

    @property
    def is_date(self) -> bool:
        """Whether it is a day or a moment."""
        return self.key in DATES


@dataclass(frozen=True)
class Stated:
    """What is stated of one subject, such as the newsletter."""

    subject: Subject
    parts: list[Part]

    @property
    def is_stated(self) -> bool:
        """Whether the mapping says anything of it."""
        return any(part.choice for part in self.parts)


def own(entry: Any) -> list[Any]:
    """The targets of a column that fill fields of the record."""
    return [each for each in mappings.as_list(entry) if each and not _name(each).startswith(PREFIX)]


def without(raw: dict[str, Any]) -> dict[str, Any]:
    """A mapping without what it states."""
    columns = {column: own(entry) for column, entry in (raw.get("columns") or {}).items()}
    constants = {name: value for name, value in (raw.get("constants") or {}).items() if not name.startswith(PREFIX)}
    kept = {column: entry[0] if len(entry) == 1 else entry for column, entry in columns.items() if entry}
    return raw | {"columns": kept} | ({"constants": constants} if raw.get("constants") else {})


def forget_days(raw: dict[str, Any]) -> dict[str, Any]:
    """A mapping without the days that were stated for one whole file: the next file has its own."""
    constants = raw.get("constants") or {}
    kept = {name: value for name, value in constants.items() if not _is_day(name)}
    return raw | {"constants": kept} if constants else raw


def _is_day(name: str) -> bool:
    return name.startswith(PREFIX) and name.rpartition(".")[2] in DATES


def hints(columns: list[str]) -> list[str]:
    """The columns that look as if they knew something of consent."""
    return [column for column in columns if any(hint in mappings.bare(column) for hint in HINTS)]


def draw(raw: dict[str, Any], kind: Kind, table: Table, post: Mapping[str, str] | None = None) -> list[Stated]:
    """The statements of a mapping, subject by subject; or those of a form that is not complete yet."""
    if kind.statements is None:
        return []
    told = _told(raw, table.columns)
    constants = raw.get("constants") or {}
    labels = {key: (label, words) for key, label, words in kind.statements.parts}
    sample = table.sample(50)
    found = []
    for subject in kind.statements.subjects():
        field = f"{PREFIX}{subject.key}."
        parts = []
        for key in SHOWN:
            label, words = labels[key]
            choice, value, format_told = "", "", ""
            if f"{field}{key}" in constants:
                choice, value = ALL, str(constants[f"{field}{key}"])
            elif key == "wording" and f"{field}version" in constants:
                choice = f"{VERSION}{constants[f'{field}version']}"
            elif (column := told.get(f"{field}{key}")) is not None:
                choice, format_told = str(column[0]), column[1]
            if post is not None and (name := f"consent-{subject.key}-{key}") in post:
                choice, value = post[name], post.get(f"{name}-value", "")
                format_told = post.get(f"{name}-format", "")
            formats = _formats(sample, choice, format_told) if key in DATES else []
            parts.append(Part(key, label, words, choice, value, formats, format_told))
        found.append(Stated(subject, parts))
    return found


def _told(raw: dict[str, Any], columns: list[str]) -> dict[str, tuple[int, str]]:
    """Which column (its number, and how its dates are written) tells which field."""
    places = {column: number for number, column in enumerate(columns)}
    return {
        _name(each): (places[column], str(each.get("format") or "") if isinstance(each, dict) else "")
        for column, entry in (raw.get("columns") or {}).items()
        if column in places
        for each in mappings.as_list(entry)
        if each and _name(each).startswith(PREFIX)
    }


def _name(entry: Any) -> str:
    return str(entry.get("to") if isinstance(entry, dict) else entry)


def _formats(sample: list[Any], choice: str, told: str) -> list[str]:
    """The ways in which a column's dates can be read, where there is more than one."""
    if not choice.isdigit():
        return []
    found = cells.date_formats([row[int(choice)] for _, row in sample if int(choice) < len(row)])
    return found if len(found) > 1 else ([told] if told and found and told not in found else [])


def read(post: Mapping[str, str], raw: dict[str, Any], kind: Kind, table: Table) -> tuple[dict[str, Any], list[str]]:
    """A mapping with what the form states instead of what it stated; and what is still to be said, in sentences."""
    answered = without(raw)
    if kind.statements is None:
        return answered, []
    columns = {column: mappings.as_list(entry) for column, entry in (answered.get("columns") or {}).items()}
    constants = dict(answered.get("constants") or {})
    faults: list[str] = []
    sample = table.sample(50)
    for subject in kind.statements.subjects():
        for key in SHOWN:
            name, field = f"consent-{subject.key}-{key}", f"{PREFIX}{subject.key}.{key}"
            choice, value = post.get(name, ""), post.get(f"{name}-value", "").strip()
            if choice == ALL:
                constants |= {field: value} if value else {}
            elif choice.startswith(VERSION):
                constants[f"{PREFIX}{subject.key}.version"] = choice.removeprefix(VERSION)
            elif choice.isdigit() and int(choice) < len(table.columns):
                column = table.columns[int(choice)]
                target: Any = field
                if key in DATES:
                    target = _dated(field, column, sample, int(choice), post.get(f"{name}-format", ""), faults)
                columns.setdefault(column, []).append(target)
    shown = {column: entry[0] if len(entry) == 1 else entry for column, entry in columns.items()}
    ordered = {column: shown[column] for column in table.columns if column in shown}
    return answered | {"columns": shown | ordered} | ({"constants": constants} if constants else {}), faults


def _dated(field: str, column: str, sample: list[Any], place: int, told: str, faults: list[str]) -> Any:
    """A column's dates as a target, with how they are written; asked where they can be read in several ways."""
    formats = cells.date_formats([row[place] for _, row in sample if place < len(row)])
    if told:
        return {"to": field, "format": told}
    if len(formats) > 1:
        faults.append(
            f"The dates in “{column}” can be read as {' or as '.join(formats[:3])}. Choose below how they are written."
        )
        return field
    return {"to": field, "format": formats[0]} if formats else field
