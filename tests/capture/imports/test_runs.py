"""Imports survive a kill, and undo restores every row exactly."""

from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from hypothesis.extra.django import TestCase

from leadwright.capture.imports import chunks, runs
from leadwright.capture.models import Import, ImportMade
from leadwright.kit import database, jobs
from leadwright.profile.models import Company, Contact, Identity


class Killed(BaseException):
    """What a kill looks like from inside: no handler runs."""


def people(path: Path, count: int) -> Path:
    rows = (f"p{n}@firm{n % 7}.example,First{n},Last{n}\n" for n in range(count))
    path.write_text("Email,First Name,Last Name\n" + "".join(rows))
    return path


@pytest.mark.django_db(transaction=True)
def test_a_worker_leaves_an_import_to_the_command_that_does_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[bool] = []

    def wake(*topics: str) -> None:
        """A worker wakes at once, and tries to take what was started."""
        with psycopg.connect(**connection.get_connection_params()) as other:
            started = Import.objects.get()
            kept.append(not other.execute("SELECT pg_try_advisory_lock(37, %s)", [started.pk]).fetchone()[0])

    monkeypatch.setattr(jobs, "wake", wake)
    imported = runs.import_file(runs.kind_of("contacts"), people(tmp_path / "people.csv", 3), None)
    assert imported.state == Import.State.DONE
    assert runs.undo_here(imported).state == Import.State.UNDONE
    assert len(kept) >= 2
    assert all(kept)
    held = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = 37"
    here = "database = (SELECT oid FROM pg_database WHERE datname = current_database())"  # others have tests running
    assert database.value(f"{held} AND {here}") == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("moment", ["before the chunk", "in the middle of the chunk", "after the chunk"])
def test_a_killed_import_goes_on_and_takes_each_row_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    monkeypatch.setattr(chunks, "CHUNK_ROWS", 10)
    kind = runs.kind_of("contacts")
    write, take, calls = runs._write, runs._take, []

    def killed_write(*arguments: Any) -> None:
        calls.append(1)
        if moment == "before the chunk" and len(calls) == 3:
            raise Killed
        write(*arguments)
        if moment == "in the middle of the chunk" and len(calls) == 3:
            raise Killed

    def killed_take(*arguments: Any) -> None:
        take(*arguments)
        if moment == "after the chunk" and len(calls) == 3:
            raise Killed

    monkeypatch.setattr(runs, "_write", killed_write)
    monkeypatch.setattr(runs, "_take", killed_take)
    with pytest.raises(Killed):
        runs.import_file(kind, people(tmp_path / "people.csv", 47), None)
    monkeypatch.setattr(runs, "_write", write)
    monkeypatch.setattr(runs, "_take", take)
    half = Import.objects.get()
    assert half.state == Import.State.RUNNING
    assert half.done_rows == Contact.objects.count() == (30 if moment == "after the chunk" else 20)
    jobs.settle(everything=True)
    done = Import.objects.get()
    assert (done.state, done.done_rows, done.created, done.rejected) == ("done", 47, 47, 0)
    assert Contact.objects.count() == Identity.objects.count() == 47
    made = ImportMade.objects.filter(table="profile_contact")
    assert sum(len(each.records) for each in made) == 47


CELL = some.sampled_from(["", "Ada", "Ben", "O'Neil", "Zoë", "x,y", 'say "no"'])
ROW = some.tuples(some.integers(0, 5), CELL, CELL, some.sampled_from(["", "Nordwind", "Südwind"]), CELL)
FILE = some.lists(ROW, min_size=1, max_size=8)


class Undo(TestCase):
    """Whatever a file changes, its undo changes back."""

    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(before=FILE, after=FILE, update=some.sampled_from(["overwrite", "fill", "never"]))
    def test_import_then_undo_restores_every_row_exactly(
        self, before: list[Any], after: list[Any], update: str
    ) -> None:
        self.take(before, "overwrite")
        was = self.everything()
        done = self.take(after, update)
        runs.start_undo(done)
        undone = runs.undo(done.pk)
        assert (undone.state, undone.error, undone.report["conflicts"]) == ("undone", "", 0)
        assert undone.report["deleted"] + undone.report["restored"] == done.created + done.updated
        assert self.everything() == was

    def take(self, rows: list[Any], update: str) -> Import:
        import csv
        import tempfile

        columns = {"id": "external_id", "first": "first_name", "last": "last_name", "firm": "company"}
        with tempfile.NamedTemporaryFile("w", suffix=".csv", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow([*columns, "own"])
            writer.writerows(rows)
            file.flush()
            raw = {"columns": {**columns, "own": "custom.own"}, "update": update}
            done = runs.import_file(runs.kind_of("contacts"), Path(file.name), raw)
        assert done.state == Import.State.DONE, done.error
        return done

    def everything(self) -> list[Any]:
        contacts = [{**row, "updated_at": None, "search": None} for row in Contact.objects.order_by("id").values()]
        companies = list(Company.objects.order_by("id").values_list("name", "domain"))
        return [contacts, companies, sorted(Identity.objects.values_list("subject_id", "contact_id"))]
