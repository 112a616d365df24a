"""What a value of a custom field is, by the field's kind: read into one canonical form, and said in words. Pure.

Promise: whatever way a value comes in (API, file, form, site, console, journey), the same value is stored in the same
form: numbers as numbers, days as 2026-03-31, moments in UTC, choices by their option's lasting key. What cannot be a
value is refused with a sentence that says how to mend it. A blank value is None: it is not stored at all.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from leadwright.kit import countries, patterns
from leadwright.profile import rules

# Kind -> what it is called, and how the database compares it.
KINDS: Mapping[str, tuple[str, str]] = {
    "text": ("Text", "text"),
    "long_text": ("Long text", "text"),
    "number": ("Number", "number"),
    "money": ("Amount of money", "number"),
    "date": ("Day", "day"),
    "moment": ("Day and time", "moment"),
    "yes_no": ("Yes or no", "flag"),
    "choice": ("One of several", "choice"),
    "choices": ("Some of several", "set"),
    "url": ("Web address", "text"),
    "email": ("E-mail address", "text"),
    "phone": ("Phone number", "text"),
    "country": ("Country", "text"),
    "user": ("User", "choice"),
}
LONGEST = {"text": 500, "long_text": 10_000, "url": 1_000, "email": 254, "phone": 40}
KEY = re.compile(r"[a-z][a-z0-9_]{0,59}")
_YES = frozenset(("true", "yes", "y", "1", "x", "on", "ja", "oui", "si", "sí", "sim"))
_NO = frozenset(("false", "no", "n", "0", "-", "off", "nein", "non", "não"))
_NUMBER = re.compile(r"[^\d+-]{0,4}[+-]?\d[\d.,' \u00a0\u202f]*[^\d]{0,4}")
_WEB = re.compile(r"https?://[^\s/]+\.?[^\s]*", re.IGNORECASE)


class BadValue(ValueError):
    """This cannot be a value of the field; the message says why, and what can."""


@dataclass(frozen=True, slots=True)
class Option:
    """A value of a choice: its lasting key, and what it is called now."""

    key: str
    label: str
    is_retired: bool = False


@dataclass(frozen=True, slots=True)
class Definition:
    """A custom field as far as its values are concerned."""

    of: str  # contact, company
    key: str
    label: str
    kind: str
    options: tuple[Option, ...] = ()
    help: str = ""
    group: str = ""
    is_personal: bool = False
    is_required: bool = False
    is_unique: bool = False
    is_retired: bool = False
    lowest: Decimal | None = None
    highest: Decimal | None = None
    longest: int | None = None
    pattern: str = ""
    says: str = ""

    @property
    def shape(self) -> str:
        """How values are compared: text, number, day, moment, flag, choice or set."""
        return KINDS[self.kind][1]

    @property
    def offered(self) -> list[Option]:
        """The options that are not retired."""
        return [option for option in self.options if not option.is_retired]

    def label_of(self, key: Any) -> str:
        """What an option is called; the key itself where there is none."""
        return next((option.label for option in self.options if option.key == str(key)), str(key))


def read(field: Definition, value: Any) -> Any:
    """A value as it is stored, None where it is blank. Raises BadValue."""
    if isinstance(value, str):
        value = value.replace("\x00", "").strip()
    if value is None or value in ("", []):
        return None
    found = READERS[field.kind](field, value)
    _check(field, found)
    return found


def _refuse(field: Definition, value: Any, takes: str) -> BadValue:
    shown = str(value)
    return BadValue(f"“{field.label}” takes {takes}; “{shown[:60]}{'…' if len(shown) > 60 else ''}” is none.")


def _text(field: Definition, value: Any) -> str:
    if isinstance(value, Mapping | Sequence) and not isinstance(value, str):
        raise _refuse(field, value, "text")
    words = str(value).lower() if isinstance(value, bool) else str(value)
    words = (
        "\n".join(line.rstrip() for line in words.splitlines())
        if field.kind == "long_text"
        else " ".join(words.split())
    )
    most = min(field.longest or LONGEST[field.kind], LONGEST[field.kind])
    if len(words) > most:
        raise BadValue(f"“{field.label}” takes at most {most:,} characters; this has {len(words):,}.")
    return words


def _number(field: Definition, value: Any) -> int | float:
    found = _decimal(value)
    if found is None:
        raise _refuse(
            field, value, "an amount, such as 1250.50" if field.kind == "money" else "a number, such as 12 or 3.5"
        )
    if field.kind == "money":
        found = found.quantize(Decimal("0.01"), ROUND_HALF_UP)
    return int(found) if found == found.to_integral_value() else float(found)


def _decimal(value: Any) -> Decimal | None:
    """A number as people and machines write it; None where it is none, or far too large."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float | Decimal):
        if isinstance(value, float) and not math.isfinite(value):
            return None
        found = Decimal(str(value))
    elif isinstance(value, str) and _NUMBER.fullmatch(value):
        try:
            found = Decimal(value)
        except InvalidOperation:
            found = _grouped(value)
    else:
        return None
    return found if found.is_finite() and abs(found) < Decimal(10) ** 15 else None


def _grouped(text: str) -> Decimal:
    """Such as 1,234.50 or 1.234,50 or € 12: of two kinds of marks, the last is the decimal one."""
    plain = re.sub(r"[^\d.,+-]", "", text)
    if "," in plain and "." in plain:
        thousands = "," if plain.rindex(".") > plain.rindex(",") else "."
        plain = plain.replace(thousands, "").replace(",", ".")
    elif re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+", plain):
        plain = plain.replace(",", "")
    else:
        plain = plain.replace(",", ".")
    try:
        return Decimal(plain)
    except InvalidOperation:
        return Decimal("NaN")


def _day(field: Definition, value: Any) -> str:
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    text = str(value)
    for read_as in (date.fromisoformat, lambda t: datetime.fromisoformat(t).date(), _dotted):
        try:
            return read_as(text).isoformat()
        except ValueError:
            continue
    raise _refuse(field, value, "a day, such as 2026-03-31")


def _dotted(text: str) -> date:
    return datetime.strptime(text, "%d.%m.%Y").date()  # noqa: DTZ007  a day has no zone


def _moment(field: Definition, value: Any) -> str:
    try:
        at = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
        at = at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise _refuse(field, value, "a moment, such as 2026-03-31T14:05:00Z") from None
    return f"{at:%Y-%m-%dT%H:%M:%SZ}" if at.year >= 1000 else f"{at.year:04d}{at:-%m-%dT%H:%M:%SZ}"


def _yes_no(field: Definition, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    word = str(value).lower()
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise _refuse(field, value, "yes or no")


def _choice(field: Definition, value: Any) -> str:
    wanted = str(value).strip()
    for option in field.options:
        if option.key == wanted:
            return option.key
    low = wanted.casefold()
    for option in field.options:
        if option.label.casefold() == low or option.key.casefold() == low:
            return option.key
    names = [option.label for option in field.offered]
    listed = ", ".join(names[:12]) + (f" and {len(names) - 12} more" if len(names) > 12 else "")
    raise _refuse(field, value, f"one of {listed or 'its options, of which it has none yet'}")


def _choices(field: Definition, value: Any) -> list[str]:
    if isinstance(value, str):
        parts = [value] if _is_option(field, value) else re.split(r"\s*[;|\n]\s*|\s*,\s*", value)
    elif isinstance(value, Sequence):
        parts = [str(each) for each in value]
    else:
        parts = [str(value)]
    chosen = {_choice(field, part) for part in parts if part.strip()}
    return [option.key for option in field.options if option.key in chosen]


def _is_option(field: Definition, value: str) -> bool:
    return any(value.casefold() in (option.key.casefold(), option.label.casefold()) for option in field.options)


def _url(field: Definition, value: Any) -> str:
    text = _text(field, value)
    if "://" not in text and re.fullmatch(r"[\w-]+(\.[\w-]+)+(/\S*)?", text):
        text = f"https://{text}"
    if not _WEB.fullmatch(text):
        raise _refuse(field, value, "a web address that begins with https:// or http://")
    return text


def _email(field: Definition, value: Any) -> str:
    try:
        return rules.normalise_email(str(value)).email
    except rules.BadAddress:
        raise _refuse(field, value, "an e-mail address, such as ada@nordwind.example") from None


def _phone(field: Definition, value: Any) -> str:
    text = rules.e164(_text(field, value))
    if not 4 <= sum(character.isdigit() for character in text) <= 20 or re.search(r"[^\d+()/. x-]", text):
        raise _refuse(field, value, "a phone number with the country's code, such as +49 40 123456")
    return text


def _country(field: Definition, value: Any) -> str:
    if code := countries.code_of(str(value)):
        return code
    raise _refuse(field, value, "a country as two letters, such as DE")


READERS: Mapping[str, Any] = {
    "text": _text, "long_text": _text, "number": _number, "money": _number, "date": _day, "moment": _moment,
    "yes_no": _yes_no, "choice": _choice, "choices": _choices, "url": _url, "email": _email, "phone": _phone,
    "country": _country, "user": _choice,
}  # fmt: skip


def _check(field: Definition, value: Any) -> None:
    """Range and pattern; the field's own sentence where it has one."""
    is_bad = False
    if field.shape == "number":
        is_low = field.lowest is not None and Decimal(str(value)) < field.lowest
        is_high = field.highest is not None and Decimal(str(value)) > field.highest
        if (is_low or is_high) and not field.says:
            raise BadValue(f"“{field.label}” lies {_range(field)}; {value} does not.")
        is_bad = is_low or is_high
    elif field.pattern and isinstance(value, str) and field.shape == "text":
        is_bad = not patterns.fits(field.pattern, value)
    if is_bad:
        raise BadValue(field.says or f"“{field.label}” does not take “{str(value)[:60]}”: it has another form.")


def _range(field: Definition) -> str:
    low, high = (None if each is None else f"{each.normalize():f}" for each in (field.lowest, field.highest))
    if low is None:
        return f"at or below {high}"
    return f"at or above {low}" if high is None else f"between {low} and {high}"


def words(field: Definition | None, value: Any) -> str:
    """A stored value as people read it in mails, exports and reasons; screens dress numbers and moments themselves."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(field.label_of(each) if field else str(each) for each in value)
    if field and field.kind in ("choice", "user"):
        return field.label_of(value)
    return str(value)


def option_key(label: str, taken: Sequence[str]) -> str:
    """A lasting key for a new option: its first label, numbered where that is taken."""
    base = " ".join(label.split())[:110] or "option"
    key, number = base, 2
    while key in taken:
        key, number = f"{base} {number}", number + 1
    return key
