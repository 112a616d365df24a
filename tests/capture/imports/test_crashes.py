"""An import takes each row once, and its undo brings everything back, whatever dies in the middle of either."""

import csv
import json
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.product import Product, eventually

pytestmark = [pytest.mark.story, pytest.mark.slow]

ROWS = 50_000
COUNTS = """
from leadwright.capture.models import Import
from leadwright.profile.models import Company, CompanyWords, Contact, ContactWords, Identity, WordsDue
import json
known = Contact.objects.filter(email_key="person.7@firm7.example").values("title", "first_name", "origins").first()
done = Import.objects.values("created", "updated", "rejected", "done_rows").first()
print(json.dumps({
    "contacts": Contact.objects.count(), "addresses": Contact.objects.values("email_key").distinct().count(),
    "selves": Identity.objects.filter(kind="self").count(), "companies": Company.objects.count(),
    "words": ContactWords.objects.count(), "firms": CompanyWords.objects.count(), "due": WordsDue.objects.count(),
    "seven": known, "import": done,
}))
"""


def file_of_people(path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["Email", "First name", "Job title", "Company"])
        writer.writerows(
            [f"person.{n}@firm{n % 5000}.example", f"First{n}", "Rower", f"Firm {n % 5000}"] for n in range(ROWS)
        )


def told(product: Product) -> Any:
    return json.loads(product.run(COUNTS))


def readers(product: Product) -> list[psutil.Process]:
    """The processes that parse a file for a worker."""
    return [
        each
        for worker in product.children("work")
        for each in worker.children()
        if "chunks" in " ".join(each.cmdline())
    ]


def test_an_import_and_its_undo_outlive_the_worker_and_the_database(alone: Product, tmp_path: Path) -> None:
    people = tmp_path / "people.csv"
    file_of_people(people)
    alone.api("POST", "/contacts", json={"email": "person.7@firm7.example", "first_name": "Seven", "title": "Pilot"})
    before = told(alone)

    alone.run(
        f"""
        from pathlib import Path
        from leadwright.capture.imports import kinds, runs
        kind = kinds.kind_of("contacts")
        imported = runs.keep(kind, "people.csv", Path({str(people)!r}))
        columns = {{"Email": "email", "First name": "first_name", "Job title": "title", "Company": "company"}}
        runs.start(imported, {{"match": "email", "columns": columns}})
        """
    )
    number = alone.api("GET", "/imports")["items"][0]["id"]

    def so_far() -> Any:
        return alone.api("GET", f"/imports/{number}")

    eventually(lambda: 10_000 <= so_far()["done_rows"] < ROWS, within=120, every=0.02)
    left = readers(alone)
    for worker in alone.children("work"):
        worker.kill()  # not its reader, which has to notice by itself
    eventually(lambda: not any(each.is_running() for each in left), within=30)
    at_death = so_far()["done_rows"]
    assert at_death < ROWS, "it was killed too late"

    eventually(lambda: at_death < so_far()["done_rows"] < ROWS, within=120, every=0.02)
    alone.kill_database()
    eventually(alone.is_ready, within=120)
    eventually(lambda: so_far()["state"] == "done", within=180)

    found = told(alone)
    assert (found["contacts"], found["addresses"], found["selves"]) == (ROWS, ROWS, ROWS)
    assert found["companies"] == 5000
    assert found["seven"]["title"] == "Rower"
    done = found["import"]
    assert (done["created"], done["updated"], done["rejected"], done["done_rows"]) == (ROWS - 1, 1, 0, ROWS)
    eventually(
        lambda: (now := told(alone))["due"] == 0 and now["words"] == ROWS and now["firms"] == 5000, within=120, every=1
    )

    alone.run(
        """
        from leadwright.capture.imports import runs
        from leadwright.capture.models import Import
        runs.start_undo(Import.objects.get())
        """
    )
    eventually(lambda: (so_far()["undone"] or {}).get("deleted"), within=120, every=0.02)
    alone.kill("work")
    eventually(lambda: so_far()["state"] == "undone", within=240)
    assert {**told(alone), "import": None} == before
