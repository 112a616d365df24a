"""Batch upserts over the API, at growing numbers of contacts, through the product's own server; beside a bare COPY.

Each call tells of 1,000 contacts: half are new, half are known and change a value; one in five has a firm of its own.
Two callers at once. The rate must not fall with the contacts that are there already.
"""

import http.client
import json
import os
import random
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import psutil

SIZE = 100_000  # the most contacts that are there; `--size 1000000` for the whole way
CALLS, BATCH, CALLERS = 20, 1_000, 2
HOST = "127.0.0.1"
FILL = """
WITH told AS (
    SELECT n, 'p' || n || '@firm' || n %% 5000 || '.example' AS address FROM generate_series(%s, %s) AS n
), people AS (
    INSERT INTO profile_contact (uid, email, email_key, external_id, first_name, last_name, title, phone, country, city,
        language, time_zone, buying_stage, first_channel, custom, origins)
    SELECT gen_random_uuid(), address, address, 'x' || n, 'P' || n, 'Okafor', 'Head', '', 'DE', 'Berlin', '', '', '',
        '', '{"seats": 3}', '{}'
    FROM told RETURNING id, uid
)
INSERT INTO profile_identity (subject_id, contact_id, kind, since, evidence)
SELECT uid, id, 'self', now(), '' FROM people
"""


def run(size: int | None) -> Iterator[dict[str, Any]]:
    """Contacts a second at each number of contacts that are there, and how the cost grows."""
    from bench import meter
    from bench.installation import fresh

    with fresh():
        from leadwright.profile.fields import definitions
        from leadwright.workspace import keys

        definitions.make("contact", "Seats", "number")
        secret = keys.create("write", "bench")[1]
        there, seen = 0, []
        limit = _bare_copy()
        with _server() as (port, server):
            for base in [n for n in (10_000, 100_000, 1_000_000) if n <= (size or SIZE)]:
                _fill(there + 1, base)
                there = base
                bodies = _bodies(base)
                spent = meter.start(server=server)
                _call(port, secret, bodies)
                spent.stop()
                count = len(bodies) * BATCH
                seen.append((base, spent.seconds / count))
                yield {
                    "bench": "api",
                    "size": base,
                    "value": round(count / spent.seconds),
                    "unit": "contacts/s",
                    "limit_value": round(limit),
                    "ratio_to_limit": round(count / spent.seconds / limit, 4),
                    "peak_rss_mb": round(server.memory_info().rss / 1e6),
                    **spent.figure(count),
                }


def _fill(first: int, last: int) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        for start in range(first, last + 1, 50_000):
            cursor.execute(FILL, [start, min(start + 49_999, last)])
        cursor.execute("DELETE FROM qualify_change")
        cursor.execute("VACUUM ANALYZE")


def _bodies(base: int) -> list[bytes]:
    chance, calls = random.Random(base), []
    for call in range(CALLS):
        told = []
        for n in range(BATCH):
            number = chance.randint(1, base) if n % 2 else 10_000_000 + base * 10 + call * BATCH + n
            told.append(
                {
                    "email": f"p{number}@firm{number % 5000}.example",
                    "external_id": f"x{number}",
                    "first_name": f"P{number}",
                    "last_name": "Okafor",
                    "title": f"Head {call}",
                    "country": "DE",
                    "city": "Berlin",
                    "custom": {"seats": n, "plan": "pro"},
                }
            )
        calls.append(json.dumps({"contacts": told}).encode())
    return calls


def _call(port: int, secret: str, bodies: list[bytes]) -> None:
    waiting, wrong = list(bodies), []

    def work() -> None:
        connection = http.client.HTTPConnection(HOST, port, timeout=300)
        headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}
        while waiting:
            try:
                body = waiting.pop()
            except IndexError:
                break
            connection.request("POST", "/api/v1/contacts/batch", body, headers)
            answer = connection.getresponse()
            told = json.loads(answer.read())
            if answer.status != 200 or told["refused"]:
                wrong.append(str(told)[:300])

    threads = [threading.Thread(target=work) for _ in range(CALLERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if wrong:
        raise RuntimeError(f"A call was not taken: {wrong[0]}")


def _bare_copy() -> float:
    """Rows a second that PostgreSQL takes in with nothing but COPY, into a table without an index."""
    from django.db import connection

    rows = CALLS * BATCH
    began = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE scratch (email text, external_id text, names text, custom text)")
        with cursor.copy("COPY scratch FROM STDIN") as copy:
            for n in range(rows):
                copy.write_row((f"p{n}@firm.example", f"x{n}", "P Okafor Head DE Berlin", '{"seats": 3}'))
        took = time.perf_counter() - began
        cursor.execute("DROP TABLE scratch")
    return rows / took


@contextmanager
def _server() -> Iterator[tuple[int, psutil.Process]]:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port = probe.getsockname()[1]
    code = "import sys; from leadwright.main.serving import serve; serve(*sys.argv[1:3], int(sys.argv[3]))"
    command = [sys.executable, "-c", code, "leadwright.main.asgi:app", HOST, str(port)]
    with subprocess.Popen(command, env=os.environ | {"PYTHONPATH": str(Path.cwd())}) as process:
        try:
            for _ in range(300):
                try:
                    with urlopen(f"http://{HOST}:{port}/t/t.js", timeout=2):
                        break
                except OSError:
                    time.sleep(0.1)
            yield port, psutil.Process(process.pid)
        finally:
            process.terminate()
