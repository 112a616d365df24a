"""Chunks: the same whoever makes them, and exact about what stands twice however many rows there are."""

from pathlib import Path

import pytest

from leadwright.capture.imports import chunks, tables
from leadwright.capture.imports.chunks import Order, Seen
from leadwright.capture.imports.kinds import CannotImport, kind_of
from tests.capture.conftest import database_url

COLUMNS = {"Email": "email", "Name": "name", "Phone": "phone"}


def people(path: Path, count: int) -> Path:
    rows = (f"p{n % (count - 1)}@firm{n % 7}.example,First{n} Last{n},+4930{1_000_000 + n}\n" for n in range(count))
    path.write_text("Email,Name,Phone\n" + "bad,No One,12\n" + "".join(rows))
    return path


def chunks_of(path: Path, **told: int) -> list[chunks.Chunk]:
    kind, raw = kind_of("contacts"), {"match": "email", "columns": COLUMNS}
    table = tables.open_table(path)
    order = Order(path, "contacts", raw, rows=50, **told)
    return list(chunks.ahead(kind, chunks.read_mapping(kind, raw, table), table, order))


@pytest.mark.django_db
def test_a_process_of_its_own_makes_the_same_chunks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = people(tmp_path / "people.csv", 120)
    here = chunks_of(path)
    monkeypatch.setenv("DATABASE_URL", database_url())  # it reads what the firm has said of fields and domains
    monkeypatch.setattr(chunks, "APART_BYTES", 0)
    assert chunks_of(path) == here
    assert [chunk.count for chunk in here] == [50, 50, 21]
    assert "is not an e-mail address" in here[0].refused[2]
    assert here[0].cells_of({2}) == {2: ["bad", "No One", "12"]}


@pytest.mark.django_db
def test_rows_that_were_taken_before_are_read_for_their_keys_only(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("Email,Name,Phone\nada@x.example,Ada,\nben@x.example,Ben,\nADA@x.example,Ada again,\n")
    [chunk] = chunks_of(path, done=2)
    assert chunk.count == 1
    assert chunk.refused[4] == "Duplicate in the file: row 2 has the same e-mail, and that one is taken."


@pytest.mark.django_db
def test_a_process_that_dies_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = people(tmp_path / "people.csv", 10)
    monkeypatch.setattr(chunks, "APART_BYTES", 0)
    monkeypatch.setattr(chunks.sys, "executable", "/bin/true")
    for _ in range(20):  # before it is told what to read, or after
        with pytest.raises(CannotImport, match="has ended early"):
            chunks_of(path)


def test_keys_beyond_those_with_numbers_are_still_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunks, "NUMBERED_KEYS", 2)
    seen = Seen()
    assert [seen.first(key, number) for number, key in enumerate("abcdacdb", 1)] == [
        None, None, None, None, 1, 0, 0, 2,
    ]  # fmt: skip
