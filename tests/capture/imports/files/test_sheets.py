"""Spreadsheets as people make them, and as attackers do."""

import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from leadwright.capture.imports import tables
from leadwright.capture.imports.files import sheets


def book(path: Path, **pages: list[list[Any]]) -> Path:
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.active)  # type: ignore[arg-type]
    for name, rows in pages.items():
        page = workbook.create_sheet(name)
        for row in rows:
            page.append(row)
    workbook.save(path)
    return path


ROWS: list[list[Any]] = [
    ["Name", "Phone", "Born", "Seen", "Seats", "Pro"],
    ["Zoë", 4930123456.0, date(1990, 1, 31), datetime(2026, 1, 31, 15, 30), 5.5, True],  # noqa: DTZ001
    ["Ben", None, None, None, 7, False],
]
READ = [
    ["Zoë", "4930123456", "1990-01-31", "2026-01-31T15:30:00", "5.5", "true"],
    ["Ben", "", "", "", "7", "false"],
]


@pytest.mark.parametrize("held", [sheets.LARGEST_HELD_BYTES, 0])
def test_held_or_read_row_by_row_a_sheet_says_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, held: int
) -> None:
    monkeypatch.setattr(sheets, "LARGEST_HELD_BYTES", held)
    table = tables.open_table(book(tmp_path / "people.xlsx", Leer=[], People=ROWS, Other=[["A"], ["b"]]))
    assert (table.columns, table.sheet) == (ROWS[0], "People")
    assert table.sheets == ("Leer", "People", "Other")
    assert [row for _, row in table.rows()] == READ


def test_another_sheet_can_be_chosen_and_one_that_is_not_there_is_said(tmp_path: Path) -> None:
    path = book(tmp_path / "people.xlsx", One=ROWS, Two=[["Email"], ["a@x.example"]])
    assert tables.open_table(path, sheet="Two").columns == ["Email"]
    with pytest.raises(tables.Unreadable, match=r"has no sheet “Three”\. It has: One, Two"):
        tables.open_table(path, sheet="Three")


def test_headings_over_several_columns_are_passed_over_for_the_names_below(tmp_path: Path) -> None:
    path = book(
        tmp_path / "people.xlsx",
        People=[
            ["Our customers", None, None, None],
            ["Person", None, "Place", None],
            ["First name", "Last name", "City", "Country"],
            ["Ada", "Okafor", "Bonn", "DE"],
            ["Ben", "Weber", "Kiel", "DE"],
        ],
    )
    table = tables.open_table(path)
    assert table.columns == ["First name", "Last name", "City", "Country"]
    assert [number for number, _ in table.rows()] == [4, 5]


def test_the_name_of_a_file_does_not_matter(tmp_path: Path) -> None:
    path = book(tmp_path / "people.xlsx", People=ROWS)
    other = path.rename(tmp_path / "people.csv")
    assert tables.open_table(other).columns == ROWS[0]


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "people.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/workbook.xml", "<x/>")
        with packed.open("xl/worksheets/sheet1.xml", "w") as part:
            for _ in range(200):
                part.write(b"0" * (1 << 20))
    with pytest.raises(tables.Unreadable, match="times its size"):
        tables.open_table(path)


def test_a_packed_file_that_is_no_spreadsheet_says_so(tmp_path: Path) -> None:
    path = tmp_path / "people.zip"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("people.csv", "Name\nAda\n")
    with pytest.raises(tables.Unreadable, match="Unpack it"):
        tables.open_table(path)
