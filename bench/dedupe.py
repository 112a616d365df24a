"""Records of people with every kind of error: found by the command, with precision and recall; and in the background.

The limit beside the command is the same records put together by exact equality only.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SIZE = 50_000
CONTACTS = 100_000


def run(size: int | None) -> Iterator[dict[str, Any]]:
    """The command at a tenth and at the whole size, then the look at contacts in the database, each in a process of
    its own so that its memory is its own."""
    size = size or SIZE
    first: dict[str, Any] = {}
    for what, count in (("file", size // 10), ("file", size), ("contacts", 2 * size)):
        command = [sys.executable, "-m", "bench.dedupe", what, str(count)]
        done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=Path(__file__).parent.parent)
        figure = json.loads(done.stdout.splitlines()[-1])
        if what == "file" and first:
            figure["growth"] = growth(first, figure)
        first = first or figure
        yield figure


def growth(small: dict[str, Any], large: dict[str, Any]) -> float:
    """The exponent by which processor time grows with size."""
    import math

    times = [each["cpu_us"]["own"] * each["size"] for each in (small, large)]
    return round(math.log(times[1] / times[0]) / math.log(large["size"] / small["size"]), 2)


def in_file(size: int) -> dict[str, Any]:
    """Records a second through `leadwright dedupe`, with precision and recall over all pairs."""
    from bench import doubles, meter
    from leadwright.profile.duplicates import files

    rows = doubles.people(size, 1)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "people.csv"
        doubles.write(path, rows)
        began = time.perf_counter()
        exact: dict[tuple[str, ...], int] = {}
        for at, (_, record) in enumerate(rows):
            exact.setdefault(tuple(value.casefold() for value in record.values()), at)
        limit = size / (time.perf_counter() - began)
        spent = meter.Meter({})
        found = list(files.dedupe(path))
        spent.stop()
    precision, recall = doubles.judge(rows, [row.cluster for row in found])
    return {
        "bench": "dedupe",
        "what": "file",
        "size": size,
        "value": round(size / spent.seconds),
        "unit": "records/s",
        "seconds": round(spent.seconds, 1),
        "precision": round(precision, 4),
        "recall": round(recall, 4),
        "limit_value": round(limit),
        "ratio_to_limit": round(size / spent.seconds / limit, 5),
        "peak_rss_mb": meter.peak_mb(),
        **spent.figure(size),
    }


def in_database(size: int) -> dict[str, Any]:
    """Contacts a second through the first look at all of them."""
    from bench import doubles, meter
    from bench.installation import fresh

    with fresh():
        from leadwright.kit import jobs
        from leadwright.profile import contacts
        from leadwright.profile.contacts import Incoming
        from leadwright.profile.duplicates import proposals
        from leadwright.profile.models import Duplicate

        rows = doubles.business(size, 1)
        with jobs.by_hand():
            for at in range(0, size, 5_000):
                contacts.upsert(
                    [
                        Incoming(
                            {"name": record["name"], "phone": record["phone"], "company": record["company"]},
                            "bench",
                            external_id=f"{at + n}",
                        )
                        for n, (_, record) in enumerate(rows[at : at + 5_000])
                    ]
                )
        began = time.perf_counter()
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM (SELECT first_name, last_name FROM profile_contact GROUP BY 1, 2) AS n"
            )
            cursor.fetchall()
        limit = size / (time.perf_counter() - began)
        spent = meter.start()
        proposals.look("contact", at_once=True)
        spent.stop()
        found = Duplicate.objects.filter(kind="contact").count()
    return {
        "bench": "dedupe",
        "what": "contacts",
        "size": size,
        "value": round(size / spent.seconds),
        "unit": "contacts/s",
        "seconds": round(spent.seconds, 1),
        "proposed": found,
        "limit_value": round(limit),
        "ratio_to_limit": round(size / spent.seconds / limit, 5),
        "peak_rss_mb": meter.peak_mb(),
        **spent.figure(size),
    }


if __name__ == "__main__":
    print(json.dumps((in_file if sys.argv[1] == "file" else in_database)(int(sys.argv[2]))))
