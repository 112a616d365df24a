"""Tables in files: any delimiter, encoding, spreadsheet or JSON lines, read as a stream of rows of text.

Promise: what a person sees as a table in a spreadsheet is what we read; memory stays bounded; a file that cannot be
read is refused with a sentence that says how to mend it. Only spreadsheets (at most a million rows by their nature) are
held in memory by their reader.
"""

import codecs
import csv
import io
import json
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from charset_normalizer import from_bytes
from python_calamine import CalamineError, CalamineWorkbook

Row = tuple[int, list[str]]  # the row's number as a spreadsheet shows it (the first is 1), and its cells

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
TEXT = (".csv", ".tsv", ".txt", ".tab")
SHEETS = (".xlsx", ".xlsm", ".xls", ".ods")
LINES = (".jsonl", ".ndjson", ".json")
SUFFIXES = (*TEXT, *SHEETS, *LINES)

SAMPLE_BYTES = 256 * 1024
SAMPLE_ROWS = 200
LARGEST_CELL = 1024 * 1024
LARGEST_SHEET_BYTES = 1024 * 1024 * 1024  # unpacked; a small file that claims more is an attack
KEYS_FROM_LINES = 1_000


class Unreadable(ValueError):
    """The file cannot be read as a table; the message says why and how to mend it."""


@dataclass(frozen=True)
class Table:
    """A table in a file: its column names, and how to read its rows anew from the top."""

    path: Path
    columns: list[str]
    header_row: int
    form: str  # in words: "CSV, semicolon, UTF-8"
    read: Callable[[], Iterator[Row]] = field(repr=False)
    encoding: str = ""
    delimiter: str = ""

    def rows(self) -> Iterator[Row]:
        """The rows below the header that are not blank."""
        return (row for row in self.read() if any(row[1]))

    def sample(self, limit: int = SAMPLE_ROWS) -> list[Row]:
        """The first rows."""
        return list(islice(self.rows(), limit))

    def count(self) -> int:
        """How many rows there are; reads the whole file once."""
        return sum(1 for _ in self.rows())


def is_readable(name: str) -> bool:
    """Whether a file of this name is of a kind we read."""
    return name.lower().endswith(SUFFIXES)


def open_table(path: Path, *, delimiter: str = "", encoding: str = "", header_row: int = 0) -> Table:
    """The table in a file; what is not given (delimiter, encoding, number of the header's row) is found out."""
    if not path.is_file():
        raise Unreadable(f"There is no file {path}. Check the name and the folder.")
    if path.stat().st_size == 0:
        raise Unreadable(f"{path.name} is empty. Export it again, with its header row.")
    suffix = path.suffix.lower()
    if _is_zip(path) or suffix in SHEETS:
        return _sheet(path, header_row)
    if suffix in LINES:
        return _lines(path, encoding)
    return _text(path, delimiter, encoding, header_row)


def open_as(path: Path, raw: dict[str, Any] | None = None) -> Table:
    """The table in a file, read as a mapping says (delimiter, encoding, header_row, sheet) or as it looks."""
    raw = raw or {}
    return open_table(
        path,
        delimiter=str(raw.get("delimiter") or ""),
        encoding=str(raw.get("encoding") or ""),
        header_row=int(raw.get("header_row") or 0),
    )


# ── Text ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def encoding_of(path: Path) -> str:
    """The encoding of a text file: by its mark, else UTF-8 where all of it is, else the likeliest of the others."""
    with path.open("rb") as file:
        head = file.read(SAMPLE_BYTES)
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF32_LE, "utf-32"),
        (codecs.BOM_UTF32_BE, "utf-32"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if head.startswith(mark):
            return name
    if b"\0" in head:  # without a mark: Latin letters have their zero byte behind (little end first) or before
        return "utf-16-le" if head[1::2].count(0) >= head[0::2].count(0) else "utf-16-be"
    if _is_utf8(path):
        return "utf-8"
    return _guess(head)


def _is_utf8(path: Path) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        try:
            while piece := file.read(1 << 20):
                decoder.decode(piece)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


# What spreadsheets write where they do not write Unicode. Western first: short texts rarely prove anything else.
_LEGACY = ["cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "shift_jis", "gb18030", "big5", "euc_kr", "mac_roman"]


def _guess(head: bytes) -> str:
    strange = [line for line in head.splitlines() if not line.isascii()][:500]
    sample = b"\n".join(strange)
    matches = from_bytes(sample, cp_isolation=_LEGACY, threshold=0.4)
    best = matches.best()
    if best is None:
        return "cp1252"
    western = next((match for match in matches if "cp1252" in {match.encoding, *match.could_be_from_charset}), None)
    if western is not None and western.chaos <= best.chaos + 0.05 and western.coherence >= best.coherence - 0.1:
        return "cp1252"
    return best.encoding


def delimiter_of(text: str) -> str:
    """The delimiter that cuts a sample of text into the most even table; a comma where there is but one column."""
    if text[:4].lower() == "sep=" and len(text) > 5:
        return text[4]
    best, best_score = ",", 0.0
    for delimiter in DELIMITERS:
        try:
            widths = Counter(len(row) for row in islice(csv.reader(io.StringIO(text), delimiter=delimiter), 200) if row)
        except csv.Error:
            continue
        wide = {width: count for width, count in widths.items() if width > 1}
        if not wide:
            continue
        width, count = max(wide.items(), key=lambda pair: (pair[1], pair[0]))
        score = count / sum(widths.values()) + min(width, 50) / 1000  # evenness decides; then the finer cut
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _records(path: Path, delimiter: str, encoding: str) -> Iterator[Row]:
    csv.field_size_limit(LARGEST_CELL)
    with path.open(encoding=encoding, errors="replace", newline="") as file:
        lines = (line.replace("\0", "") if "\0" in line else line for line in file)
        reader = csv.reader(lines, delimiter=delimiter)
        number = 0
        try:
            for number, cells in enumerate(reader, 1):
                yield number, cells
        except csv.Error as error:
            raise Unreadable(
                f"{path.name} cannot be read after row {number}: {error}. "
                "Most often a quotation mark opens there and never closes; mend it in the file and try again."
            ) from None


def _text(path: Path, delimiter: str, encoding: str, header_row: int) -> Table:
    encoding = encoding or encoding_of(path)
    try:
        with path.open(encoding=encoding, errors="replace", newline="") as file:
            text = file.read(SAMPLE_BYTES)
    except LookupError:
        raise Unreadable(f"There is no encoding '{encoding}'. Use one such as utf-8, cp1252 or utf-16.") from None
    delimiter = delimiter or ("\t" if path.suffix.lower() in (".tsv", ".tab") else delimiter_of(text))
    head = list(islice(_records(path, delimiter, encoding), SAMPLE_ROWS))
    if header_row == 0:
        header_row = _header_row(head)
    columns = next((cells for number, cells in head if number == header_row), [])
    form = f"{DELIMITERS.get(delimiter, delimiter)}-separated, {_encoding_in_words(encoding)}"

    def read() -> Iterator[Row]:
        return (row for row in _records(path, delimiter, encoding) if row[0] > header_row)

    return Table(path, names(columns, path), header_row, form, read, encoding, delimiter)


def _encoding_in_words(encoding: str) -> str:
    return {"utf-8-sig": "UTF-8 with mark", "utf-8": "UTF-8", "cp1252": "Windows Western"}.get(
        encoding, encoding.upper()
    )


def _header_row(head: list[Row]) -> int:
    """The number of the row that names the columns: the first as wide as the table; notes above it are passed over."""
    widths = Counter(len([cell for cell in cells if cell.strip()] and cells) for _, cells in head)
    widths.pop(0, None)
    if not widths:
        raise Unreadable("There are only blank rows. Export the file again, with its header row.")
    usual = max(widths.items(), key=lambda pair: (pair[1], pair[0]))[0]
    for number, cells in head:
        if cells and cells[0].lower().startswith("sep=") and number == 1:
            continue
        filled = sum(1 for cell in cells if cell.strip())
        if len(cells) >= usual and filled * 2 >= usual:
            return number
    return next(number for number, cells in head if any(cells))


def names(cells: list[str], path: Path) -> list[str]:
    """Column names from a header row: trimmed, each once (a repeated name gets its count), none blank."""
    if not any(cell.strip() for cell in cells):
        raise Unreadable(f"{path.name} has no header row. Put the columns' names into its first row.")
    seen: Counter[str] = Counter()
    found = []
    for position, cell in enumerate(cells, 1):
        name = " ".join(cell.replace("﻿", "").split()) or f"Column {position}"
        seen[name] += 1
        found.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return found


# ── Spreadsheets ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _is_zip(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) == b"PK\x03\x04"


def _sheet(path: Path, header_row: int) -> Table:
    if _is_zip(path):
        try:
            with zipfile.ZipFile(path) as packed:
                if sum(part.file_size for part in packed.infolist()) > LARGEST_SHEET_BYTES:
                    raise Unreadable(f"{path.name} unpacks to more than 1 GB. Save it as CSV and import that.")
        except zipfile.BadZipFile:
            raise Unreadable(f"{path.name} is damaged. Save it again in the spreadsheet, or as CSV.") from None
    try:
        workbook = CalamineWorkbook.from_path(str(path))
        sheet = workbook.get_sheet_by_index(0)
    except (CalamineError, OSError, IndexError, ValueError) as error:
        raise Unreadable(
            f"{path.name} is no spreadsheet that can be read ({error}). Save it again, without a password, or as CSV."
        ) from None
    if sheet.total_height == 0:
        raise Unreadable(
            f"The first sheet of {path.name}, “{sheet.name}”, is empty. Move the table to the first sheet."
        )
    first = sheet.start[0] if sheet.start else 0  # blank rows above the table are not stored

    def read_all() -> Iterator[Row]:
        for number, cells in enumerate(sheet.iter_rows(), first + 1):
            yield number, [as_text(cell) for cell in cells]

    head = list(islice(read_all(), SAMPLE_ROWS))
    header = header_row or _header_row(head)
    columns = next((cells for number, cells in head if number == header), [])
    kind = path.suffix.lstrip(".").upper()
    return Table(
        path,
        names(columns, path),
        header,
        f"{kind}, sheet “{sheet.name}”",
        lambda: (row for row in read_all() if row[0] > header),
    )


def as_text(cell: Any) -> str:  # noqa: PLR0911  one line for each type that a cell can have
    """A typed cell as a person would have typed it: 5 for 5.0, ISO for dates, nothing for nothing."""
    if cell is None or cell == "":
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime | date | time):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        return str(cell)
    if isinstance(cell, list):
        return "; ".join(as_text(each) for each in cell)
    if isinstance(cell, dict):
        return json.dumps(cell, ensure_ascii=False)
    return str(cell)


# ── JSON lines ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _flat(record: dict[str, Any]) -> dict[str, str]:
    """One level of nesting becomes names with a dot: {"company": {"name": …}} is `company.name`."""
    flat: dict[str, str] = {}
    for name, value in record.items():
        if isinstance(value, dict):
            flat |= {f"{name}.{inner}": as_text(each).replace("\0", "") for inner, each in value.items()}
        else:
            flat[name] = as_text(value).replace("\0", "")
    return flat


def _objects(path: Path, encoding: str) -> Iterator[tuple[int, dict[str, str]]]:
    with path.open(encoding=encoding, errors="replace") as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                record = json.loads(line)
            except (json.JSONDecodeError, RecursionError) as error:
                raise Unreadable(
                    f"Line {number} of {path.name} is not JSON ({error}). The file must hold one JSON object a line."
                ) from None
            if not isinstance(record, dict):
                raise Unreadable(f"Line {number} of {path.name} is no JSON object. One object a line is expected.")
            yield number, _flat(record)


def _lines(path: Path, encoding: str) -> Table:
    encoding = encoding or encoding_of(path)
    keys: dict[str, None] = {}
    for _, record in islice(_objects(path, encoding), KEYS_FROM_LINES):
        keys |= dict.fromkeys(record)
    if not keys:
        raise Unreadable(f"{path.name} holds no JSON object. One object a line is expected.")
    columns = list(keys)

    def read() -> Iterator[Row]:
        return ((number, [record.get(name, "") for name in columns]) for number, record in _objects(path, encoding))

    return Table(path, columns, 0, f"JSON lines, {_encoding_in_words(encoding)}", read, encoding)
