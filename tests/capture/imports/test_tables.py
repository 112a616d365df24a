"""Files as the world writes them."""

import codecs
from pathlib import Path

import pytest

from leadwright.capture.imports import tables
from leadwright.capture.imports.files import text

ROWS = [["Name", "City"], ["Zoë", "Köln"], ["Ben, the second", "São Paulo"]]


def read(path: Path) -> tuple[list[str], list[list[str]]]:
    table = tables.open_table(path)
    return table.columns, [row for _, row in table.rows()]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_any_delimiter_and_encoding_reads_the_same(tmp_path: Path, delimiter: str, encoding: str) -> None:
    path = tmp_path / "people.csv"
    quoted = [delimiter.join(f'"{cell}"' for cell in row) for row in ROWS]
    path.write_text("\r\n".join(quoted), encoding=encoding, newline="")
    assert read(path) == (ROWS[0], ROWS[1:])


def test_utf_16_without_a_mark_is_known_by_its_zero_bytes(tmp_path: Path) -> None:
    for name in ("utf-16-le", "utf-16-be"):
        path = tmp_path / "people.csv"
        path.write_bytes("Name,City\nAda,Bonn\n".encode(name))
        assert text.encoding_of(path) == name


def test_decimal_commas_do_not_make_a_comma_file(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("Name;Revenue\nAda;1,5\nBen;2,75\n")
    assert read(path) == (["Name", "Revenue"], [["Ada", "1,5"], ["Ben", "2,75"]])


def test_notes_above_the_header_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text(
        'Notes:\n"Some words, that go on"\n\nFirst Name,Email,Company\nAda,a@x.example,X\nBen,b@x.example,Y\n'
    )
    table = tables.open_table(path)
    assert (table.columns, table.header_row) == (["First Name", "Email", "Company"], 4)
    assert [number for number, _ in table.rows()] == [5, 6]


def test_blank_lines_are_no_rows_and_repeated_headers_stay_apart(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("Email,Email,\n\na@x.example,b@x.example,c\n,,\n")
    assert read(path) == (["Email", "Email (2)", "Column 3"], [["a@x.example", "b@x.example", "c"]])


def test_json_lines_are_flattened(tmp_path: Path) -> None:
    path = tmp_path / "people.jsonl"
    path.write_text('{"email": "a@x.example", "company": {"name": "X"}}\n{"email": "b@x.example", "age": 5}\n')
    assert read(path) == (["email", "company.name", "age"], [["a@x.example", "X", ""], ["b@x.example", "", "5"]])


@pytest.mark.parametrize(
    ("name", "content", "say"),
    [
        ("empty.csv", b"", "is empty"),
        ("blank.csv", b"\n\n  \n", "only blank rows"),
        ("bad.jsonl", b'{"a": 1}\n{oops\n', "Line 2"),
        ("bad.xlsx", b"PK\x03\x04 no", "damaged"),
        ("bad.ods", codecs.BOM_UTF8 + b"no", "no spreadsheet"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(tmp_path: Path, name: str, content: bytes, say: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(tables.Unreadable, match=say):
        tables.open_table(path).count()
