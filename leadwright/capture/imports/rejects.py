"""Rejects: the rows that an import refused, each with its reason, in the form of the file they came in."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import IO

from leadwright.capture.models import Import, ImportReject
from leadwright.kit import config, sheets

SHEET_ROWS = 1_048_575  # below the header, as many as a sheet takes
LONGEST_CELL = 32_767


def folder_of(import_id: int) -> Path:
    """Where an import keeps its file and its rejects."""
    return config.data_folder() / "imports" / str(import_id)


def keep(imported: Import, said: Mapping[int, str], rows: Mapping[int, list[str]], *, warnings: bool) -> None:
    """Keep what was said of rows, with their cells."""
    ImportReject.objects.bulk_create(
        (
            ImportReject(
                imported=imported,
                row_number=number,
                reason=sentence[:250],
                cells=[cell.replace("\0", "") for cell in rows.get(number, ())],
                is_warning=warnings,
            )
            for number, sentence in said.items()
        ),
        batch_size=2_000,
    )


def as_csv(imported: Import, *, warnings: bool = False) -> Iterator[str]:
    """The refused rows (or those taken with a warning) as lines: row, reason, and the file's own columns.

    A text file gets them in its own delimiter, so that what was mended can be imported as the file was.
    """
    columns = [str(name) for name in imported.preview.get("columns", [])]
    delimiter = str(imported.preview.get("delimiter") or ",")
    yield _line(["Row", "Reason", *columns], delimiter)
    found = ImportReject.objects.filter(imported=imported, is_warning=warnings).order_by("row_number")
    for number, reason, row in found.values_list("row_number", "reason", "cells").iterator(2_000):
        yield _line([str(number), reason, *row], delimiter)


def ending(imported: Import) -> str:
    """What the rejects of an import come as: a workbook's as a workbook, those of every other file as CSV."""
    return "xlsx" if ", sheet “" in str(imported.preview.get("form", "")) else "csv"


def write_workbook(file: Path | IO[bytes], imported: Import, *, warnings: bool = False) -> None:
    """The same rows as a workbook, written row by row; every cell is a text, so that none is a formula or a link."""
    import xlsxwriter

    texts = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    target = str(file) if isinstance(file, Path) else file
    book = xlsxwriter.Workbook(target, {"constant_memory": True, **texts})
    with closing(book):
        page = book.add_worksheet("Rows with notes" if warnings else "Refused rows")
        page.freeze_panes(1, 0)
        for place, row in enumerate(_rows(imported, warnings=warnings)):
            for at, cell in enumerate(row):
                page.write_string(place, at, cell[:LONGEST_CELL])


def _rows(imported: Import, *, warnings: bool) -> Iterator[list[str]]:
    yield ["Row", "Reason", *map(str, imported.preview.get("columns", []))]
    found = ImportReject.objects.filter(imported=imported, is_warning=warnings).order_by("row_number")[:SHEET_ROWS]
    for number, reason, row in found.values_list("row_number", "reason", "cells").iterator(2_000):
        yield [str(number), reason, *row]


def _line(row: Sequence[str], delimiter: str = ",") -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerow([sheets.harmless(cell) for cell in row])
    return text.getvalue()


def write(imported: Import) -> Path | None:
    """The rejects file of an import on disk, or None where no row was refused."""
    if not imported.rejected:
        return None
    path = folder_of(imported.pk) / f"rejects.{ending(imported)}"
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if path.suffix == ".xlsx":
        write_workbook(path, imported)
        return path
    with path.open("w", encoding="utf-8", newline="") as file:
        file.writelines(as_csv(imported))
    return path
