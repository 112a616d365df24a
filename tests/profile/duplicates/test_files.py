"""Duplicates in a file: found in spite of errors, and never at the price of strangers made one."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from bench import doubles
from leadwright.main.cli import cli
from leadwright.profile.duplicates import files


def dedupe(path: Path, *options: str) -> tuple[int, list[dict[str, Any]], str]:
    result = CliRunner().invoke(cli, ["dedupe", str(path), "--json", *options])
    return result.exit_code, [json.loads(line) for line in result.stdout.splitlines() if line], result.stderr


def write(path: Path, rows: list[dict[str, str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.mark.parametrize(
    ("model", "seed", "errors", "recall"),
    [
        ("people", 1, doubles.USUAL, 0.96),
        ("people", 2, doubles.HEAVY, 0.88),
        ("sparse", 3, doubles.USUAL, 0.88),
        ("business", 4, doubles.USUAL, 0.90),
    ],
)
def test_it_finds_nearly_all_doubles_and_hardly_a_stranger(
    tmp_path: Path, model: str, seed: int, errors: doubles.Errors, recall: float
) -> None:
    rows = doubles.MODELS[model](1500, seed, errors)
    doubles.write(tmp_path / "records.csv", rows)
    found = list(files.dedupe(tmp_path / "records.csv"))
    assert [row.id for row in found] == [f"r{at}" for at in range(1500)]
    precision, reached = doubles.judge(rows, [row.cluster for row in found])
    assert precision >= 0.99
    assert reached >= recall


HOME = {"street_number": "7", "address_1": "linden road", "suburb": "kiel", "postcode": "24103", "state": "sh"}


def person(given: str, surname: str, born: str, number: str = "", **more: str) -> dict[str, str]:
    return {"given_name": given, "surname": surname, **HOME, "date_of_birth": born, "soc_sec_id": number} | more


def clusters(tmp_path: Path, rows: list[dict[str, str]]) -> list[int]:
    strangers = [row for _, row in doubles.people(300, 9, homes=False)]
    told = [{name: row.get(name, "") for name in strangers[0]} for row in rows]
    code, found, _ = dedupe(write(tmp_path / "few.csv", told + strangers))
    assert code == 0
    return [row["cluster"] for row in found[: len(rows)]]


def test_a_home_is_not_a_person(tmp_path: Path) -> None:
    couple = clusters(tmp_path, [person("ada", "okafor", "19800412"), person("jonas", "okafor", "19790930")])
    twins = clusters(tmp_path, [person("ada", "okafor", "19800412"), person("bela", "okafor", "19800412")])
    father_and_son = clusters(tmp_path, [person("emil", "okafor", "19550412"), person("emil", "okafor", "19830930")])
    assert [len(set(each)) for each in (couple, twins, father_and_son)] == [2, 2, 2]


def test_what_people_mistype_is_the_same_person(tmp_path: Path) -> None:
    found = clusters(
        tmp_path,
        [
            person("robert", "okafor", "19800412", "5160205"),
            person("okafor", "robert", "19800412", "5160205"),  # names changed places
            person("bob", "okafor", "19801204", "5160250"),  # a nickname, day and month, two digits
            person("robrt", "okaforr", "19800412", "", address_1="lindn rd"),
        ],
    )
    assert len(set(found)) == 1


def test_columns_that_know_the_answer_or_nothing_are_not_compared() -> None:
    columns = ["unique_id", "cluster", "person", "source", "first_name", "surname", "dob", "country"]
    sample = [
        [str(n), str(n // 2), f"P{n // 2}", "a", f"Name{'abcdef'[n % 6]}", "Okafor" * (n % 3 + 1), "1980-04-12", "DE"]
        for n in range(60)
    ]
    reading = files.read(columns, sample)
    assert reading.id_column == 0
    assert set(reading.labels) == {"given", "surname"}


def test_a_file_of_firms_is_compared_by_the_firms_names(tmp_path: Path) -> None:
    rows = [
        {"id": "1", "company": "Nordwind GmbH", "city": "Kiel", "phone": "+49 431 120045"},
        {"id": "2", "company": "NORDWIND G.m.b.H.", "city": "Kiel", "phone": "0431 120045"},
        {"id": "3", "company": "Südwind AG", "city": "Kiel", "phone": "+49 431 998877"},
    ]
    code, found, said = dedupe(write(tmp_path / "firms.csv", rows))
    assert code == 0
    assert "3 firms" in said
    assert [row["cluster"] for row in found] == [1, 1, 2]


@pytest.mark.parametrize(
    ("text", "options", "says"),
    [
        ("", [], "is empty"),
        ("name,email\n", [], "no rows"),
        ("amount,flag\n1,2\n3,4\n", [], "can be compared"),
        ("name,email\nAda,a@b.example\n", ["--id", "nr"], "There is no column “nr”"),
        ("nr,name\n1,Ada Okafor\n1,Ben Kay\n", ["--id", "nr"], "more than once"),
    ],
)
def test_wrong_use_ends_with_two_and_a_sentence(tmp_path: Path, text: str, options: list[str], says: str) -> None:
    (tmp_path / "bad.csv").write_text(text)
    code, found, said = dedupe(tmp_path / "bad.csv", *options)
    assert (code, found) == (2, [])
    assert says in said


def test_a_file_that_is_not_there_ends_with_two(tmp_path: Path) -> None:
    assert dedupe(tmp_path / "none.csv")[0] == 2
