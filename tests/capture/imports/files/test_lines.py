"""JSON as exports and interfaces write it."""

import json
from pathlib import Path

import pytest

from leadwright.capture.imports import tables
from leadwright.capture.imports.files import lines

ADA = {"email": "ada@x.example", "company": {"name": "X", "address": {"city": "Bonn"}}, "tags": ["a", "b"]}
BEN = {"email": "ben@x.example", "phones": [{"value": "1"}, {"value": "2"}], "vip": True, "age": None}


@pytest.mark.parametrize(
    "written",
    [
        json.dumps(ADA) + "\n\n" + json.dumps(BEN),
        json.dumps([ADA, BEN]),
        "\ufeff" + json.dumps([ADA, BEN], indent=2),
        json.dumps({"items": [ADA, BEN], "next": None}, indent=2),
        json.dumps([ADA, BEN]).replace("}, {", "},\n\n{"),
    ],
)
def test_lines_an_array_and_an_answer_that_wraps_one_read_the_same(tmp_path: Path, written: str) -> None:
    path = tmp_path / "people.txt"
    path.write_text(written, encoding="utf-8")
    table = tables.open_table(path)
    found = [dict(zip(table.columns, row, strict=True)) for _, row in table.rows()]
    assert [row["email"] for row in found] == ["ada@x.example", "ben@x.example"]
    assert (found[0]["company.address.city"], found[0]["tags"]) == ("Bonn", "a; b")
    assert (found[1]["phones.2.value"], found[1]["vip"], found[1]["age"]) == ("2", "true", "")


def test_a_long_array_is_read_piece_by_piece(tmp_path: Path) -> None:
    path = tmp_path / "people.json"
    people = [{"email": f"p{n}@x.example", "note": "x" * (n % 300)} for n in range(5_000)]
    path.write_text(json.dumps(people))
    assert tables.open_table(path).count() == 5_000


@pytest.mark.parametrize(
    ("written", "say"),
    [
        ('[{"a": 1}, {"a": ', "Object 2"),
        ('[{"a": 1}', "ends before"),
        ('[{"a": 1}, 5]', "Entry 2"),
        ('{"a": 1}\n7\n', "Line 2"),
        ('{"a": 1}\n{"a"\n', "Line 2"),
    ],
)
def test_what_is_no_json_is_named_with_its_place(tmp_path: Path, written: str, say: str) -> None:
    path = tmp_path / "people.json"
    path.write_text(written)
    with pytest.raises(tables.Unreadable, match=say):
        tables.open_table(path).count()


def test_depth_and_length_of_what_becomes_columns_are_bounded() -> None:
    deep: dict[str, object] = {"end": 1}
    for _ in range(50):
        deep = {"in": deep}
    assert len(lines.flat(deep)) == 1
    assert len(lines.flat({"many": [{"x": n} for n in range(1000)]})) == lines.MOST_OF_A_LIST
