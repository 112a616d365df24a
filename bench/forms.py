"""Form posts that are durable before they are answered, and what they become: a contact with consent and a lead.

The two halves run at once in an installation and one after the other here, so that each shows its own cost. The second
is the product's own worker, from its first job to the moment at which no job is left; its limit is a bare copy of the
activities, that of the first the same server with an empty answer.
"""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import psutil

from bench import meter
from bench.collect import COLLECTOR, EMPTY, load, serving
from bench.installation import fresh

REQUESTS = 15_000
CONNECTIONS = 64


def run(size: int | None = None) -> Iterator[dict[str, Any]]:
    """Posts a second, then contacts with a lead a second."""
    size = size or REQUESTS
    with fresh():
        way = _form()
        with serving(EMPTY) as (port, process):
            limit = load(port, CONNECTIONS, size, "form", way, process)
        with serving(COLLECTOR) as (port, process):
            found = load(port, CONNECTIONS, size, "form", way, process)
            peak = meter.peak_mb(process)
        yield {
            "bench": "forms, posted",
            "size": size,
            "value": round(found.rate),
            "unit": "forms/s",
            "limit_value": round(limit.rate),
            "ratio_to_limit": round(found.rate / limit.rate, 3),
            "peak_rss_mb": peak,
            **found.spent.figure(size),
        }
        yield _become(size)


def _form() -> str:
    """A form that asks for an address, a name, a text and a consent; its path, and the token of a page drawn before."""
    from leadwright.attract import offers
    from leadwright.attract.models import Form, FormField
    from leadwright.kit import clock
    from leadwright.workspace import settings

    settings.current()
    form = Form.objects.create(
        name="Ask for a demo", code="demo", consent_purpose="newsletter", consent_wording="News, once a month."
    )
    for order, (name, kind) in enumerate(
        (("email", "email"), ("first_name", "text"), ("last_name", "text"), ("about", "long_text"))
    ):
        maps_to = "" if name == "about" else name
        FormField.objects.create(form=form, label=name, name=name, kind=kind, maps_to=maps_to, sort_order=order)
    return f"/t/f/demo {offers.rendered('demo', clock.now() - timedelta(minutes=1))}"


def _become(size: int) -> dict[str, Any]:
    from django.db import connection

    from leadwright.kit import jobs
    from leadwright.profile.models import Contact
    from leadwright.qualify.models import Lead

    with _worker() as worker:
        with jobs.held():  # the worker has begun, and no drain has
            _until(lambda: _holds("SELECT EXISTS (SELECT FROM procrastinate_jobs WHERE status = 'doing')"))
            spent = meter.start(worker=worker)
        jobs.queue(["capture.judge"])
        _until(lambda: _holds(AT_REST))
        spent.stop()
        peak = meter.peak_mb(worker)
    made = Contact.objects.count(), Lead.objects.count()
    if made != (size, size):
        raise RuntimeError(f"{size} forms became {made[0]} contacts with {made[1]} leads; the benchmark is broken.")
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE bare (LIKE capture_activity INCLUDING DEFAULTS)")
        begun = time.perf_counter()
        cursor.execute("INSERT INTO bare SELECT * FROM capture_activity WHERE kind = 'form_submitted'")
        limit = size / (time.perf_counter() - begun)
    return {
        "bench": "forms, to contacts with leads",
        "size": size,
        "value": round(size / spent.seconds),
        "unit": "leads/s",
        "limit_value": round(limit),
        "ratio_to_limit": round(size / spent.seconds / limit, 3),
        "peak_rss_mb": peak,
        **spent.figure(size),
    }


# Nothing runs, nothing waits for its turn, and no hit and no activity is before anybody.
AT_REST = """
SELECT CASE WHEN EXISTS (SELECT FROM procrastinate_jobs
                         WHERE status = 'doing' OR (status = 'todo' AND coalesce(scheduled_at <= now(), true)))
            THEN false
            ELSE (SELECT count(*) FROM qualify_lead) >= (SELECT count(*) FROM capture_hit) END
"""


@contextmanager
def _worker() -> Iterator[psutil.Process]:
    """The product's process for background jobs."""
    with subprocess.Popen([sys.executable, "-m", "leadwright", "work"]) as process:
        try:
            yield psutil.Process(process.pid)
        finally:
            process.terminate()


def _holds(question: str) -> bool:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(question)
        return bool(cursor.fetchone()[0])


def _until(holds: Callable[[], bool], within: float = 600.0) -> None:
    end = time.monotonic() + within
    while not holds():
        if time.monotonic() > end:
            raise RuntimeError(f"The worker did not come to rest within {within} s; the benchmark is broken.")
        time.sleep(0.05)
