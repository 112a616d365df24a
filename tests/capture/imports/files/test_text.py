"""Text tables: what any program wrote is read back as it was."""

import csv
import io
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from leadwright.capture.imports import tables
from leadwright.capture.imports.files import text


def rows_of(path: Path, **how: str) -> list[list[str]]:
    return [row for _, row in tables.open_table(path, **how).rows()]  # type: ignore[arg-type]


LETTERS = some.text(
    some.characters(codec="utf-8", exclude_characters="\0", exclude_categories=("Cs",)), min_size=0, max_size=12
)
TABLE = some.integers(1, 5).flatmap(
    lambda width: some.lists(some.lists(LETTERS, min_size=width, max_size=width), min_size=1, max_size=6)
)


@settings(deadline=None)
@given(
    rows=TABLE,
    delimiter=some.sampled_from(",;\t|^~:"),
    quote=some.sampled_from("\"'"),
    quoting=some.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    ending=some.sampled_from(["\n", "\r\n", "\r"]),
    encoding=some.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]),
)
def test_any_table_that_python_writes_is_read_back_the_same(
    rows: list[list[str]], delimiter: str, quote: str, quoting: int, ending: str, encoding: str
) -> None:
    if quoting == csv.QUOTE_MINIMAL and ending != "\r\n":  # Python leaves the other kind of line break bare
        rows = [[cell.replace("\r", "").replace("\n", "") for cell in row] for row in rows]
    written = io.StringIO(newline="")
    header = [f"name {place}" for place in range(len(rows[0]))]
    csv.writer(
        written, delimiter=delimiter, quotechar=quote, quoting=quoting, lineterminator=ending  # type: ignore[arg-type]
    ).writerows([header, *rows])  # fmt: skip
    with tempfile.NamedTemporaryFile(suffix=".csv") as file:
        path = Path(file.name)
        path.write_bytes(written.getvalue().encode(encoding))
        table = tables.open_table(path, delimiter=delimiter, quote=quote, encoding=encoding, header_row=1)
        assert table.columns == header
        assert [row for _, row in table.rows()] == [row for row in rows if any(row)]


PEOPLE = "Name;Stadt;E-Mail\nZoë Müller;Köln;zoe@x.example\nJörg Weiß;Düsseldorf;j@x.example\n"
RUSSIAN = "Имя;Город;Почта\n" + "".join(
    f"{name};{city};a{n}@x.example\n"
    for n, (name, city) in enumerate([("Анна Иванова", "Москва"), ("Пётр Сидоров", "Казань"), ("Ольга", "Саратов")] * 5)
)
JAPANESE = "氏名,会社名,メール\n" + "".join(
    f"{name},{firm},a{n}@x.example\n"
    for n, (name, firm) in enumerate(
        [("山田太郎", "株式会社東京"), ("鈴木花子", "日本電気"), ("佐藤次郎", "ひまわり")] * 5
    )
)


@pytest.mark.parametrize(
    ("written", "encoding"),
    [
        (PEOPLE, "utf-8"), (PEOPLE, "utf-8-sig"), (PEOPLE, "utf-16"), (PEOPLE, "utf-16-le"), (PEOPLE, "utf-32"),
        (PEOPLE, "cp1252"), (PEOPLE, "latin-1"), (PEOPLE, "mac_roman"), (RUSSIAN, "cp1251"), (RUSSIAN, "koi8_r"),
        (JAPANESE, "shift_jis"), (JAPANESE, "euc_jp"),
    ],
)  # fmt: skip
def test_an_encoding_is_known_by_what_the_file_holds(tmp_path: Path, written: str, encoding: str) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(written.encode(encoding))
    found = tables.open_table(path)
    lines = list(csv.reader(io.StringIO(written), delimiter=found.delimiter))
    assert [found.columns, *(row for _, row in found.rows())] == lines


def test_two_encodings_in_one_file_are_both_read(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(b"Name;Ort\n" + "Zoë;Köln\n".encode() * 9 + "Jörg;Düren\n".encode("cp1252"))
    assert rows_of(path)[-1] == ["Jörg", "Düren"]
    assert rows_of(path)[0] == ["Zoë", "Köln"]


def test_a_wrong_encoding_that_somebody_chose_is_said_and_not_guessed_over(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(PEOPLE.encode("cp1252"))
    with pytest.raises(tables.Unreadable, match="not written in Shift-JIS"):
        rows_of(path, encoding="shift_jis")


@pytest.mark.parametrize("first", ["sep=;\n", "sep=|\r\n"])
def test_the_line_by_which_excel_names_the_delimiter_is_heard_and_is_no_row(tmp_path: Path, first: str) -> None:
    sign = first[4]
    path = tmp_path / "people.csv"
    path.write_text(f"{first}Name{sign}City\nAda, the first{sign}Bonn\n", newline="")
    table = tables.open_table(path)
    assert table.columns == ["Name", "City"]
    assert [row for _, row in table.rows()] == [["Ada, the first", "Bonn"]]


def test_zero_bytes_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(b"Name,City\nA\0da,Bonn\n" + b"Ben,Kiel\n" * 20)
    assert rows_of(path)[0] == ["Ada", "Bonn"]


def test_single_quotation_marks_are_known_where_all_cells_have_them(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("'Name','City'\n'O, Ada','Bonn'\n'Ben','Kiel'\n")
    assert rows_of(path) == [["O, Ada", "Bonn"], ["Ben", "Kiel"]]


def test_a_file_without_a_header_gets_numbered_columns_and_keeps_its_first_row(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("ada@x.example,Ada,Okafor\nben@x.example,Ben,Weber\n")
    table = tables.open_table(path)
    assert (table.columns, table.header_row) == (["Column 1", "Column 2", "Column 3"], tables.NO_HEADER)
    assert [row[1] for _, row in table.rows()] == ["Ada", "Ben"]


def test_a_cell_with_line_breaks_is_one_cell(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text('Name,Note\nAda,"one\ntwo, and ""three"""\nBen,\n')
    assert rows_of(path) == [["Ada", 'one\ntwo, and "three"'], ["Ben", ""]]


def test_a_sign_that_cannot_cut_cells_is_refused() -> None:
    with tempfile.NamedTemporaryFile(suffix=".csv") as file:
        Path(file.name).write_text("a,b\n1,2\n")
        with pytest.raises(tables.Unreadable, match="cannot be a delimiter"):
            text.open_text(Path(file.name), delimiter=";;")
