"""Spreadsheets: XLSX, XLSM, XLSB, XLS and ODS.

Promise: a small file that unpacks to something huge is refused before it is unpacked; a large XLSX is read row by row
(only its shared texts are held); dates are ISO, whole numbers have no “.0”.
"""

import warnings
import zipfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

from leadwright.capture.imports.files.shapes import (
    NO_HEADER,
    SAMPLE_ROWS,
    Row,
    Table,
    Unreadable,
    as_text,
    columns_of,
    header_row,
)

LARGEST_BYTES = 2 * 1024 * 1024 * 1024  # unpacked
LARGEST_TEXTS_BYTES = 256 * 1024 * 1024  # of an XLSX's shared texts, unpacked
LARGEST_HELD_BYTES = (
    96 * 1024 * 1024
)  # up to this size unpacked, a sheet is held as a whole, which is ten times quicker
LARGEST_RATIO = 400


def refuse_bombs(path: Path) -> int:
    """How many bytes a packed file holds; raises Unreadable where it is damaged or made to fill the machine."""
    try:
        with zipfile.ZipFile(path) as packed:
            parts = packed.infolist()
    except (zipfile.BadZipFile, OSError, ValueError):
        raise Unreadable(f"{path.name} is damaged. Save it again in the spreadsheet, or as CSV.") from None
    size = sum(part.file_size for part in parts)
    if size > LARGEST_BYTES or len(parts) > 20_000:
        raise Unreadable(f"{path.name} unpacks to {size / 1e9:.1f} GB. Save it as CSV and import that.")
    if size > 100_000_000 and size > LARGEST_RATIO * path.stat().st_size:
        raise Unreadable(f"{path.name} unpacks to {size // path.stat().st_size} times its size. Save it as CSV.")
    texts = sum(part.file_size for part in parts if part.filename.lower() == "xl/sharedstrings.xml")
    if texts > LARGEST_TEXTS_BYTES:
        raise Unreadable(f"{path.name} has more text than can be held ({texts / 1e6:.0f} MB). Save it as CSV.")
    return size


def open_sheet(path: Path, *, kind: str, header: int = 0, sheet: str = "") -> Table:
    """The table in a sheet of a spreadsheet: the named one, else the first that is not empty."""
    size = 0 if kind == "XLS" else refuse_bombs(path)
    try:
        reader = _streamed if kind in ("XLSX", "XLSM") and size > LARGEST_HELD_BYTES else _held
        sheets, name, read_all = reader(path, sheet)
    except (CalamineError, OSError, IndexError, ValueError, KeyError, zipfile.BadZipFile) as error:
        if isinstance(error, Unreadable):
            raise
        raise Unreadable(
            f"{path.name} is no spreadsheet that can be read ({' '.join(str(error).split())[:120]}). "
            "Save it again, without a password, or as CSV."
        ) from None
    head = tuple(islice(read_all(), SAMPLE_ROWS))
    header = header or header_row(head)
    columns = columns_of(head, header, path)
    first = 0 if header == NO_HEADER else header
    return Table(
        path,
        columns,
        header,
        f"{kind}, sheet “{name}”",
        lambda: (row for row in read_all() if row[0] > first),
        sheet=name,
        sheets=tuple(sheets),
        head=head[:20],
    )


def _chosen(path: Path, sheets: list[str], sheet: str) -> str:
    if sheet and sheet not in sheets:
        raise Unreadable(f"{path.name} has no sheet “{sheet}”. It has: {', '.join(sheets)}.")
    return sheet


def _held(path: Path, sheet: str) -> tuple[list[str], str, Any]:
    workbook = CalamineWorkbook.from_path(str(path))
    sheets = list(workbook.sheet_names)
    names = [sheet] if _chosen(path, sheets, sheet) else sheets
    found = next((each for name in names if (each := workbook.get_sheet_by_name(name)).total_height), None)
    if found is None:
        raise Unreadable(f"{path.name} has no row in {'that sheet' if sheet else 'any of its sheets'}.")
    first = found.start[0] if found.start else 0  # blank rows above the table are not stored

    def read_all() -> Iterator[Row]:
        for number, cells in enumerate(found.iter_rows(), first + 1):
            yield number, [as_text(cell) for cell in cells]

    return sheets, found.name, read_all


def _streamed(path: Path, sheet: str) -> tuple[list[str], str, Any]:
    import openpyxl  # large, and only large files need it

    def workbook() -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of styles and checks that we do not look at
            return openpyxl.load_workbook(path, read_only=True, data_only=True)

    book = workbook()
    try:
        sheets = list(book.sheetnames)
        name = _chosen(path, sheets, sheet) or next(
            (each for each in sheets if next(book[each].iter_rows(values_only=True), None)), sheets[0]
        )
    finally:
        book.close()

    def read_all() -> Iterator[Row]:
        book = workbook()
        try:
            page = book[name]
            page.reset_dimensions()  # what a file says of its own size may be wrong
            for number, cells in enumerate(page.iter_rows(values_only=True), 1):
                yield number, [as_text(cell) for cell in cells]
        finally:
            book.close()

    return sheets, name, read_all
