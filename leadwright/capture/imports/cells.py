"""What a cell of an imported file means: text to a value, or a sentence that says why not. Pure.

A parser takes the cell's trimmed, non-blank text and answers the value as PostgreSQL's COPY takes it. `Refused` refuses
the row; `Doubtful` keeps the row with another value (or none) and a warning.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

Parse = Callable[[str], Any]

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)


class Refused(ValueError):
    """The cell's value cannot be used, and the row not without it."""


class Doubtful(ValueError):
    """The row can do without this cell's value, or with another one."""

    def __init__(self, sentence: str, value: Any = None) -> None:
        super().__init__(sentence)
        self.value = value


@dataclass(frozen=True)
class Reading:
    """What a mapping says about how cells are written: the zone of times without one, formats, the usual country."""

    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    formats: tuple[str, ...] = ()
    country: str = ""


@dataclass(frozen=True)
class Field:
    """Something that a file's column can fill.

    `parser` makes the parser for a way of reading; `headers` are the names that other systems give it, likeliest first,
    in small letters without spaces and signs.
    """

    name: str
    label: str
    parser: Callable[[Reading], Parse]
    sql: str = "text"
    headers: tuple[str, ...] = ()
    help: str = ""
    is_moment: bool = False
    options: Callable[[], Sequence[str]] | None = None  # what it may be, where that is a list
    looks: Callable[[str], bool] | None = None  # whether a cell looks like one; for columns whose header says nothing


# ── Parsers ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def text(limit: int) -> Callable[[Reading], Parse]:
    """Text on one line; what goes beyond the limit is cut, with a warning."""

    def parser(_: Reading) -> Parse:
        def parse(cell: str) -> str:
            if "\n" in cell or "\r" in cell or "\t" in cell:
                cell = " ".join(cell.split())
            if len(cell) > limit:
                raise Doubtful(f"“{cell[:40]}…” is longer than {limit} characters and was cut.", cell[:limit])
            return cell

        return parse

    return parser


def identifier(limit: int) -> Callable[[Reading], Parse]:
    """Text that tells records apart: refused where it is too long, never cut."""

    def parser(_: Reading) -> Parse:
        def parse(cell: str) -> str:
            if len(cell) > limit:
                raise Refused(f"“{cell[:40]}…” is longer than the {limit} characters that an id may have.")
            return cell

        return parse

    return parser


def choice(options: dict[str, str]) -> Callable[[Reading], Parse]:
    """One of some values; `options` maps each accepted spelling (in small letters) to the value."""

    def parser(_: Reading) -> Parse:
        def parse(cell: str) -> str:
            try:
                return options[cell.lower()]
            except KeyError:
                known = ", ".join(dict.fromkeys(options.values()))
                raise Refused(
                    f"“{cell[:40]}” is not known here. Use one of: {known}; or translate it with `values:`."
                ) from None

        return parse

    return parser


def moment(reading: Reading) -> Parse:
    """A date or a moment: ISO 8601, or one of the formats; without a zone, in the mapping's."""

    def parse(cell: str) -> datetime:
        at = _moment(cell, reading.formats)
        at = at.replace(tzinfo=reading.zone) if at.tzinfo is None else at
        if at < EARLIEST:
            raise Refused(f"“{cell}” lies before {EARLIEST:%Y}. Check the date and its format.")
        return at

    return parse


def _moment(cell: str, formats: tuple[str, ...]) -> datetime:
    for form in formats:
        try:
            if form == "unix":
                return datetime.fromtimestamp(float(cell), UTC)
            return datetime.strptime(cell, form)  # noqa: DTZ007  the caller adds the zone
        except (ValueError, OverflowError, OSError):
            continue
    if not formats:
        try:
            return datetime.fromisoformat(cell)
        except ValueError:
            pass
        raise Refused(
            f"“{cell[:40]}” is no date of the form 2026-01-31 or 2026-01-31 15:30. "
            "Say how dates are written with `format:`, such as '%d/%m/%Y'."
        )
    raise Refused(f"“{cell[:40]}” is no date of the form {' or '.join(formats)}.")


DATE_FORMATS = (
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d.%m.%Y",
    "%d-%m-%Y",
    "%m-%d-%Y",
    "%Y/%m/%d",
    "%d/%m/%y",
    "%m/%d/%y",
    "%d.%m.%y",
    "%d %b %Y",
    "%b %d, %Y",
    "%d %B %Y",
    "%B %d, %Y",
)
TIME_FORMATS = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")


def date_formats(samples: list[str]) -> list[str]:
    """The ways to read all samples as dates: [] for ISO or none at all; more than one means that a person must say."""
    samples = [sample.strip() for sample in samples if sample.strip()]
    if not samples or all(_is_iso(sample) for sample in samples):
        return []
    return [day + time for day in DATE_FORMATS for time in TIME_FORMATS if all(_fits(s, day + time) for s in samples)]


def _is_iso(sample: str) -> bool:
    try:
        datetime.fromisoformat(sample)
    except ValueError:
        return False
    return True


def _fits(sample: str, form: str) -> bool:
    try:
        datetime.strptime(sample, form)  # noqa: DTZ007  only the form is asked for
    except ValueError:
        return False
    return True


_NOT_NUMBER = re.compile(r"[^\d.,+-]")
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})+")


def number(cell: str) -> Decimal:
    """A decimal number with a point or a comma, thousands marks and currency signs passed over."""
    plain = _NOT_NUMBER.sub("", cell)
    if "," in plain and "." in plain:
        thousands = "," if plain.rindex(".") > plain.rindex(",") else "."
        plain = plain.replace(thousands, "").replace(",", ".")
    elif _THOUSANDS.fullmatch(plain):
        plain = plain.replace(",", "")
    else:
        plain = plain.replace(",", ".")
    try:
        return Decimal(plain)
    except InvalidOperation:
        raise Refused(f"“{cell[:40]}” is no number.") from None


def amount(_: Reading) -> Parse:
    """An amount of money in the workspace's currency."""

    def parse(cell: str) -> Decimal:
        value = number(cell)
        if abs(value) >= Decimal(10) ** 12:
            raise Refused(f"“{cell[:40]}” is too large for an amount.")
        return round(value, 2)

    return parse


_YES = frozenset(("true", "yes", "y", "1", "x", "ja", "oui", "si", "sí", "sim"))
_NO = frozenset(("false", "no", "n", "0", "-", "nein", "non", "não"))
# How lists of subscribers say it.
_IN = frozenset(
    (
        "opt-in", "optin", "opt in", "opted-in", "opted in", "double opt-in", "in", "subscribed", "subscribe", "active",
        "granted", "given", "agreed", "accepted", "allowed", "on", "t", "j", "vrai", "wahr", "tak", "✓", "✔",
        "angemeldet", "abonniert", "eingewilligt", "zugestimmt", "inscrit", "abonné", "suscrito", "iscritto",
        "ingeschreven",
    )
)  # fmt: skip
_OUT = frozenset(
    (
        "opt-out", "optout", "opt out", "opted-out", "opted out", "out", "unsubscribed", "unsubscribe", "inactive",
        "withdrawn", "refused", "declined", "denied", "revoked", "off", "f", "faux", "falsch", "nie", "nee", "✗", "✘",
        "abgemeldet", "abbestellt", "widerrufen", "abgelehnt", "désinscrit", "désabonné", "baja", "disiscritto",
        "uitgeschreven",
    )
)  # fmt: skip


def yes_or_no(cell: str) -> bool:
    """Whether somebody agreed, as spreadsheets and lists of subscribers say it; refused where that is unclear."""
    said = " ".join(cell.lower().replace("_", " ").split())
    if said in _YES or said in _IN:
        return True
    if said in _NO or said in _OUT:
        return False
    raise Refused(
        f"“{cell[:40]}” says neither yes nor no. Write yes or no, or translate it with `values:`, such as "
        "'waiting: no'."
    )


def _boolean(cell: str) -> bool:
    if cell.lower() in _YES:
        return True
    if cell.lower() in _NO:
        return False
    raise Refused(f"“{cell[:40]}” is neither yes nor no.")


def _number_for_json(cell: str) -> int | float:
    value = number(cell)
    return int(value) if value == value.to_integral_value() else float(value)


def custom(kind: str, reading: Reading) -> Parse:
    """A parser for a custom field of a type: text, number, boolean or date. Answers a value for JSON."""
    if kind == "number":
        return _number_for_json
    if kind == "boolean":
        return _boolean
    if kind == "date":
        at = moment(reading)
        return lambda cell: at(cell).isoformat()
    return text(2000)(reading)


def defined(read: Callable[[Any], Any]) -> Parse:
    """A parser for a custom field that the firm has described; what it cannot be is left out, with a warning."""

    def parse(cell: str) -> Any:
        try:
            return read(cell)
        except ValueError as error:
            raise Doubtful(f"{error} It was left out.") from None

    return parse


def kind_of(samples: list[str]) -> str:
    """Which type cells of a new custom field have, by how they look: number, yes_no, date or text."""
    found = [sample.strip() for sample in samples if sample.strip()]
    if not found:
        return "text"
    if all(sample.lower() in _YES | _NO for sample in found) and len({sample.lower() for sample in found}) > 1:
        return "yes_no"
    if all(_NUMBER.fullmatch(sample) for sample in found):
        return "number"
    return "date" if all(_is_iso(sample) and len(sample) == 10 for sample in found) else "text"


_NUMBER = re.compile(r"[+-]?(0|[1-9]\d{0,11})([.,]\d+)?")  # no telephone number, no postal code that begins with 0


CUSTOM_KINDS = ("text", "number", "boolean", "date")


_ENCODER = msgspec.json.Encoder(decimal_format="number")


def as_json(value: Any) -> str:
    """A value for a jsonb column of a COPY."""
    return _ENCODER.encode(value).decode()


# ── Back out again ────────────────────────────────────────────────────────────────────────────────────────────────────
