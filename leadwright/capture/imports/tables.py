"""Tables in files of whatever kind, recognised by what they hold and not by their names, read as a stream of rows.

Promise: what a person sees as a table is what we read; memory stays bounded; a file that cannot be read is refused with
a sentence that says how to mend it.
"""

import zipfile
from pathlib import Path
from typing import Any

from leadwright.capture.imports.files import cards, lines, sheets, text
from leadwright.capture.imports.files.shapes import NO_HEADER, Row, Table, Unreadable, as_text

__all__ = ["NO_HEADER", "SUFFIXES", "Row", "Table", "Unreadable", "as_text", "open_as", "open_table"]

SUFFIXES = (
    ".csv", ".tsv", ".txt", ".tab", ".xlsx", ".xlsm", ".xlsb", ".xls", ".ods", ".vcf", ".jsonl", ".ndjson", ".json",
)  # fmt: skip

_STRANGE = (
    (b"%PDF", "a PDF. Export the table itself, as CSV or XLSX"),
    (b"\x1f\x8b", "packed (gzip). Unpack it and import what is inside"),
    (b"7z\xbc\xaf", "packed (7z). Unpack it and import what is inside"),
    (b"Rar!", "packed (RAR). Unpack it and import what is inside"),
    (b"\x89PNG", "a picture. Export the table itself, as CSV or XLSX"),
    (b"\xff\xd8\xff", "a picture. Export the table itself, as CSV or XLSX"),
    (b"SQLite format", "a database. Export the table itself, as CSV"),
    (b"PAR1", "a Parquet file. Export it as CSV or JSON lines"),
)


def open_table(
    path: Path, *, delimiter: str = "", encoding: str = "", header_row: int = 0, sheet: str = "", quote: str = ""
) -> Table:
    """The table in a file; what is not given is found out. Raises Unreadable."""
    if not path.is_file():
        raise Unreadable(f"There is no file {path}. Check the name and the folder.")
    if path.stat().st_size == 0:
        raise Unreadable(f"{path.name} is empty. Export it again, with its header row.")
    with path.open("rb") as file:
        head = file.read(text.SAMPLE_BYTES)
    if kind := _spreadsheet(path, head):
        return sheets.open_sheet(path, kind=kind, header=header_row, sheet=sheet)
    for mark, say in _STRANGE:
        if head.startswith(mark):
            raise Unreadable(f"{path.name} is {say}.")
    is_told, encoding = bool(encoding), encoding or text.encoding_of(path)
    beginning = _beginning(path, head, encoding, is_told=is_told)
    low = beginning.lstrip("\ufeff \t\r\n")[:200].lower()
    if low.startswith("begin:vcard"):
        return cards.open_cards(path, encoding=encoding)
    if low.startswith(("<html", "<!doctype", "<table", "<?xml", "<meta")):
        raise Unreadable(f"{path.name} is a web page or XML. Open it in a spreadsheet and save it as XLSX or CSV.")
    if _is_json(path, low):
        return lines.open_lines(path, encoding=encoding, beginning=beginning)
    return text.open_text(path, delimiter=delimiter, encoding=encoding, header=header_row, quote=quote)


def open_as(path: Path, raw: dict[str, Any] | None = None) -> Table:
    """The table in a file, read as a mapping says (delimiter, encoding, header_row, sheet, quote) or as it looks."""
    raw = raw or {}
    row = str(raw.get("header_row") or 0)
    return open_table(
        path,
        delimiter=str(raw.get("delimiter") or ""),
        encoding=str(raw.get("encoding") or ""),
        header_row=int(row) if row.lstrip("-").isdigit() else 0,
        sheet=str(raw.get("sheet") or ""),
        quote=str(raw.get("quote") or ""),
    )


def _spreadsheet(path: Path, head: bytes) -> str:
    """Which kind of spreadsheet a file is, by what it holds; nothing where it is none."""
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return "XLS"
    if not head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        if path.suffix.lower() in (".xlsx", ".xlsm", ".xlsb", ".ods"):
            raise Unreadable(f"{path.name} is no spreadsheet that can be read. Save it again in one, or as CSV.")
        return ""
    try:
        with zipfile.ZipFile(path) as packed:
            parts = {part.filename.lower() for part in packed.infolist()}
            form = packed.read("mimetype")[:100] if "mimetype" in parts else b""
    except (zipfile.BadZipFile, OSError, KeyError, RuntimeError):
        raise Unreadable(f"{path.name} is damaged. Save it again in the spreadsheet, or as CSV.") from None
    if b"opendocument.spreadsheet" in form:
        return "ODS"
    if "xl/workbook.bin" in parts:
        return "XLSB"
    if "xl/workbook.xml" in parts:
        return "XLSX"
    raise Unreadable(f"{path.name} is a packed file, and no spreadsheet. Unpack it and import what is inside.")


def _beginning(path: Path, head: bytes, encoding: str, *, is_told: bool) -> str:
    """The file's first characters; raises Unreadable where they are no text and nobody said in which encoding."""
    try:
        found = head.decode(encoding, "replace")[: text.SAMPLE_BYTES // 4]
    except LookupError:
        raise Unreadable(f"There is no encoding '{encoding}'. Use one such as utf-8, cp1252 or utf-16.") from None
    strange = sum(1 for letter in found if (letter < " " and letter not in "\0\t\r\n\f\x1a\x1f") or letter == "\x7f")
    zeros = found.count("\0")
    if not is_told and (strange > len(found) / 20 or zeros > len(found) / 4):
        raise Unreadable(f"{path.name} cannot be read: it is no text. Use one of: {', '.join(SUFFIXES)}.")
    return found


def _is_json(path: Path, low: str) -> bool:
    if path.suffix.lower() in (".json", ".jsonl", ".ndjson"):
        return True
    if low.startswith("{"):
        return low[1:].lstrip().startswith(('"', "}"))
    return low.startswith("[") and low[1:].lstrip().startswith("{")
