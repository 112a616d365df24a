"""Contacts from a CSV file: validated, matched, with the undo log, until searches find them, and taken back again;
beside a bare COPY of the same rows."""

import csv
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SIZE = 100_000
COLUMNS = ("Email", "First Name", "Last Name", "Job Title", "Company", "Phone", "Country", "City", "Seats")
FIELDS = ("email", "first_name", "last_name", "title", "company", "phone", "country", "city")


def run(size: int | None) -> Iterator[dict[str, Any]]:
    """Rows a second through the whole import, in a process of its own so that its memory is its own."""
    command = [sys.executable, "-m", "bench.imports", str(size or SIZE)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=Path(__file__).parent.parent)
    yield from map(json.loads, done.stdout.splitlines()[-3:])


def people(path: Path, size: int) -> None:
    """A file of so many different people in a fifth as many firms."""
    chance = random.Random(1)
    firms = max(1, size // 5)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for n in range(size):
            firm = chance.randrange(firms)
            address = f"Person.{n}@firm{firm}.example"
            names = (f"First{n % 4999}", f"Last{n % 20011}")
            phone = f"+4930{1_000_000 + n}"
            writer.writerow([address, *names, "Head of Operations", f"Firm {firm}", phone, "DE", "Berlin", n % 300])


def measure(size: int) -> Iterator[dict[str, Any]]:
    """The figures, on a fresh installation: the import, what follows it for searches, and its undo."""
    from bench import meter
    from bench.installation import fresh

    with tempfile.TemporaryDirectory() as folder, fresh():
        path = Path(folder) / "people.csv"
        people(path, size)
        limit = _bare_copy(path, size)
        from leadwright.capture.imports import runs
        from leadwright.profile import searches
        from leadwright.profile.models import Contact

        def figure(name: str, spent: meter.Meter) -> dict[str, Any]:
            rate = size / spent.seconds
            told = {"bench": name, "size": size, "value": round(rate), "unit": "rows/s", "limit_value": round(limit)}
            rest = {"ratio_to_limit": round(rate / limit, 4), "peak_rss_mb": meter.peak_mb(), **spent.figure(size)}
            return told | rest

        seats = {"to": "custom.seats", "type": "number"}
        columns: dict[str, Any] = dict(zip(COLUMNS, (*FIELDS, seats), strict=True))
        spent = meter.start()
        done = runs.import_file(runs.kind_of("contacts"), path, {"match": "email", "columns": columns})
        spent.stop()
        if (done.state, done.created) != ("done", size):
            raise RuntimeError(f"The import took {done.created} of {size} rows: {done.state} {done.error}")
        yield figure("import", spent)
        spent = meter.start()
        searches.catch_up()
        yield figure("import, search", spent.stop())
        spent = meter.start()
        done = runs.undo_here(done)
        spent.stop()
        if done.state != "undone" or Contact.objects.exists():
            raise RuntimeError(f"The undo left {Contact.objects.count()} contacts: {done.state} {done.error}")
        yield figure("import, undo", spent)


def _bare_copy(path: Path, size: int) -> float:
    """Rows a second that PostgreSQL takes in with nothing but COPY, into a table without an index."""
    from django.db import connection

    began = time.perf_counter()
    with connection.cursor() as cursor, path.open("rb") as file:
        cursor.execute(f"CREATE TABLE scratch ({', '.join(f'c{n} text' for n in range(len(COLUMNS)))})")
        with cursor.copy("COPY scratch FROM STDIN (FORMAT csv, HEADER)") as copy:
            while piece := file.read(1 << 16):
                copy.write(piece)
        took = time.perf_counter() - began
        cursor.execute("DROP TABLE scratch")
    return size / took


if __name__ == "__main__":
    for each in measure(int(sys.argv[1])):
        print(json.dumps(each), flush=True)
