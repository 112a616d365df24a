"""vCards 2.1, 3.0 and 4.0, as the standard says them and as Outlook, iPhones, Android and Lotus Notes write them.

Promise: each card becomes a row, several cards a file; a value is decoded by its own character set, else by the file's;
photographs, sounds and keys are passed over; a card that does not end is ended by the next one. Our own reader, and not
a library, because a library stops at the first flaw of a file and decodes it as a whole. RFC 2426, RFC 6350, vCard 2.1.
"""

import codecs
import quopri
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from leadwright.capture.imports.files import text
from leadwright.capture.imports.files.shapes import Row, Table, Unreadable

CARDS_LOOKED_AT = 5_000
ALWAYS = ("Full name", "First name", "Last name", "E-mail", "Phone", "Company", "Job title")
ORDER = (
    *ALWAYS, "Name prefix", "Middle name", "Name suffix", "Nickname", "E-mail 2", "E-mail 3", "Mobile phone",
    "Business phone", "Home phone", "Fax", "Department", "Role", "Street", "City", "Region", "Postal code", "Country",
    "Web page", "Birthday", "Categories", "Language", "Time zone", "Note", "UID",
)  # fmt: skip
_PASSED_OVER = frozenset(
    ("PHOTO", "LOGO", "SOUND", "KEY", "AGENT", "BEGIN", "END", "VERSION", "PRODID", "REV", "SORT-STRING", "MAILER")
)
_ENCODINGS = frozenset(("BASE64", "B", "QUOTED-PRINTABLE", "7BIT", "8BIT"))


@dataclass(frozen=True)
class Property:
    """One line of a card: its name, what is said of it, and its value as bytes."""

    name: str
    types: frozenset[str]
    charset: str
    is_quoted_printable: bool
    is_binary: bool
    rank: int  # 1 is preferred
    group: str
    value: bytes


def _whole_lines(raw: Iterable[bytes]) -> Iterator[bytes]:
    """Lines put together again: folded ones go on with a blank, quoted-printable ones after an equals sign."""
    line = b""
    for each in raw:
        part = each.rstrip(b"\r\n")
        if _is_soft(line):
            line = line[:-1] + part.lstrip(b" \t") if part[:1] in (b" ", b"\t") else line[:-1] + part
        elif part[:1] in (b" ", b"\t") and line:
            line += part[1:]
        else:
            if line:
                yield line
            line = part
    if line:
        yield line


def _is_soft(line: bytes) -> bool:
    head = line.partition(b":")[0].upper()
    return line.endswith(b"=") and b"QUOTED-PRINTABLE" in head


def _split(line: str, sign: str) -> list[str]:
    """Parts between a sign, where it is neither quoted nor escaped."""
    parts, part, quoted, escaped = [], "", False, False
    for letter in line:
        if letter == sign and not quoted and not escaped:
            parts.append(part)
            part = ""
            continue
        if letter == '"':
            quoted = not quoted
        escaped = letter == "\\" and not escaped
        part += letter
    return [*parts, part]


def _property(line: bytes) -> Property | None:
    place, quoted = 0, False
    for place, letter in enumerate(line):  # noqa: B007  the place of the first colon outside quotation marks
        quoted ^= letter == 0x22
        if letter == 0x3A and not quoted:
            break
    else:
        place = line.find(b":")
        if place < 0:
            return None
    head, value = line[:place].decode("latin-1"), line[place + 1 :]
    name, *parameters = _split(head, ";")
    group, _, bare = name.rpartition(".")
    types: set[str] = set()
    charset, encoding, rank = "", "", 50
    for parameter in parameters:
        key, is_named, said = parameter.partition("=")
        key, said = (key.strip().upper(), said.strip().strip('"')) if is_named else ("", key.strip())
        upper = said.upper()
        if key == "CHARSET":
            charset = said
        elif key == "ENCODING" or (not key and upper in _ENCODINGS):
            encoding = upper
        elif key == "PREF":
            rank = int(said) if said.isdigit() else 1
        elif key in ("", "TYPE"):
            types |= {each.strip() for each in upper.split(",")}
    if "PREF" in types:
        rank = 1
    is_binary = encoding in ("BASE64", "B")
    name = bare.strip().upper()
    return Property(
        name, frozenset(types), charset, encoding == "QUOTED-PRINTABLE", is_binary, rank, group.lower(), value
    )


def _decoded(found: Property, usual: str) -> str:
    value = quopri.decodestring(found.value) if found.is_quoted_printable else found.value
    for encoding in (found.charset, "utf-8", usual):
        try:
            if encoding:
                return value.decode(encoding).replace("\0", "")
        except (UnicodeDecodeError, LookupError):
            continue
    return value.decode("cp1252", "leadwright.western").replace("\0", "")


_ESCAPED = re.compile(r"\\([\\,;:nN])")


def _plain(value: str) -> str:
    return _ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], value).strip()


def _parts(value: str, count: int) -> list[str]:
    parts = [_plain(each) for each in _split(value, ";")]
    return [*parts, *[""] * count][:count]


class _Card:
    """One card on its way into a row."""

    def __init__(self) -> None:
        self.cells: dict[str, str] = {}
        self.emails: list[tuple[int, str]] = []
        self.phones: list[tuple[int, str, frozenset[str]]] = []
        self.labels: dict[str, str] = {}
        self.is_group = False

    def fill(self, name: str, value: str) -> None:
        if value and not self.cells.get(name):
            self.cells[name] = value

    def take(self, found: Property, value: str) -> None:  # noqa: C901, PLR0912  one branch for each property
        match found.name:
            case "FN":
                self.fill("Full name", _plain(value))
            case "N":
                last, first, middle, prefix, suffix = _parts(value, 5)
                for name, part in (
                    ("Last name", last), ("First name", first), ("Middle name", middle), ("Name prefix", prefix),
                    ("Name suffix", suffix),
                ):  # fmt: skip
                    self.fill(name, part)
            case "EMAIL":
                address = _plain(value).removeprefix("mailto:")
                if address and not found.types & {"X400", "TLX"}:
                    self.emails.append((found.rank, address))
            case "TEL":
                number = _plain(value).removeprefix("tel:").replace(";ext=", " ext. ")
                if number:
                    self.phones.append((found.rank, number, found.types))
            case "ORG":
                company, department, *_ = _parts(value, 3)
                self.fill("Company", company)
                self.fill("Department", department)
            case "ADR":
                box, extended, street, city, region, code, country = _parts(value, 7)
                if found.rank == 1 or "WORK" in found.types or "City" not in self.cells:
                    whole = " ".join(filter(None, (street, extended, box)))
                    for name, part in (
                        ("Street", whole), ("City", city), ("Region", region), ("Postal code", code),
                        ("Country", country),
                    ):  # fmt: skip
                        if part:
                            self.cells[name] = part
            case "KIND" | "X-ADDRESSBOOKSERVER-KIND":
                self.is_group = value.strip().lower() == "group"
            case name if name in _SIMPLE:
                self.fill(_SIMPLE[name], _plain(value))

    def row(self) -> dict[str, str]:
        addresses = list(dict.fromkeys(address for _, address in sorted(self.emails, key=lambda pair: pair[0])))
        for name, address in zip(("E-mail", "E-mail 2", "E-mail 3"), addresses, strict=False):
            self.fill(name, address)
        spoken = []
        for rank, number, types in sorted(self.phones, key=lambda found: found[0]):
            if types & {"FAX", "PAGER", "TEXTPHONE"} and not types & {"VOICE", "CELL"}:
                self.fill("Fax", number if "FAX" in types else "")
                continue
            kind = next((name for mark, name in _PHONES if mark in types), "")
            self.fill(kind or "Business phone", number)
            spoken.append((rank, _LIKED.index(kind) if kind in _LIKED else 1, number))
        if spoken:
            self.fill("Phone", min(spoken)[2])
        return self.cells


_PHONES = (("CELL", "Mobile phone"), ("IPHONE", "Mobile phone"), ("WORK", "Business phone"), ("HOME", "Home phone"))
_LIKED = ("Business phone", "", "Mobile phone", "Home phone")
_SIMPLE = {
    "TITLE": "Job title",
    "ROLE": "Role",
    "NICKNAME": "Nickname",
    "URL": "Web page",
    "BDAY": "Birthday",
    "NOTE": "Note",
    "UID": "UID",
    "CATEGORIES": "Categories",
    "LANG": "Language",
    "TZ": "Time zone",
}


def _raw_lines(path: Path, encoding: str) -> Iterator[bytes]:
    if encoding.startswith(("utf-16", "utf-32")):
        yield from (line.encode() for line in text.decoded(path, encoding))
        return
    with path.open("rb") as file:
        if file.read(3) != codecs.BOM_UTF8:
            file.seek(0)
        for piece in file:
            yield from piece.splitlines() if b"\r" in piece.rstrip(b"\r\n") else (piece,)


def cards(path: Path, encoding: str) -> Iterator[dict[str, str]]:
    """The cards of a file, groups of people left out."""
    usual = "" if encoding.startswith("utf") else encoding
    card: _Card | None = None
    for line in _whole_lines(_raw_lines(path, encoding)):
        found = _property(line)
        if found is None or (found.is_binary and found.name not in ("BEGIN", "END")):
            continue
        says_card = found.value.strip().upper() == b"VCARD"
        if found.name == "BEGIN" and says_card:
            if card and not card.is_group:
                yield card.row()
            card = _Card()
        elif found.name == "END" and says_card:
            if card and not card.is_group:
                yield card.row()
            card = None
        elif card is not None and found.name not in _PASSED_OVER:
            card.take(found, _decoded(found, usual))
    if card and not card.is_group:
        yield card.row()


def open_cards(path: Path, *, encoding: str = "") -> Table:
    """The table in a file of vCards."""
    encoding = encoding or text.encoding_of(path)
    seen: set[str] = set(ALWAYS)
    count = 0
    for card in islice(cards(path, encoding), CARDS_LOOKED_AT):
        seen |= card.keys()
        count += 1
    if not count:
        raise Unreadable(f"{path.name} holds no vCard. Export the contacts again as vCard (.vcf) or CSV.")
    columns: Sequence[str] = [name for name in ORDER if name in seen]

    def read() -> Iterator[Row]:
        return (
            (number, [card.get(name, "") for name in columns]) for number, card in enumerate(cards(path, encoding), 1)
        )

    return Table(path, list(columns), 0, f"vCard, {text.in_words(encoding)}", read, encoding)
