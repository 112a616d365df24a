"""Enrollments that take an email step, their messages queued, and rest at the wait behind it.

The limit is a bare UPDATE of as many enrollments, in the same run: what moving the rows costs without the work.
"""

import time
from collections.abc import Iterator
from typing import Any

from bench import meter, people
from bench.installation import fresh

BARE = (
    "UPDATE nurture_enrollment SET step_since = step_since + interval '1 second', due_at = due_at + interval '1 second'"
)


def run(size: int | None = None) -> Iterator[dict[str, Any]]:
    """One figure: steps a second that queue a message, with the limit beside it."""
    size = size or 200_000
    with fresh():
        _prepare(size)
        from django.db import connection

        from leadwright.engage.models import Message
        from leadwright.kit import jobs
        from leadwright.nurture import journeys

        with jobs.by_hand():
            spent = meter.start()
            journeys.advance()
            spent.stop()
        queued = Message.objects.filter(state="queued").count()
        if queued != size:
            raise RuntimeError(f"{queued} messages were queued for {size} people; the benchmark is broken.")
        with connection.cursor() as cursor:
            begun = time.perf_counter()
            cursor.execute(BARE)
            limit = size / (time.perf_counter() - begun)
        yield {
            "bench": "journeys",
            "size": size,
            "value": round(size / spent.seconds),
            "unit": "steps/s",
            "limit_value": round(limit),
            "ratio_to_limit": round(size / spent.seconds / limit, 3),
            "peak_rss_mb": meter.peak_mb(),
            **spent.figure(size),
        }


def _prepare(size: int) -> None:
    """A published journey (email, wait a week) with everyone at its first step."""
    from leadwright.kit import database, jobs
    from leadwright.nurture import enrollments, journeys
    from leadwright.nurture.models import Enrollment, Journey

    version, ids = people.letter(), people.gather(size)
    journey = Journey.objects.create(name="Letter", live=False)
    content: Any = journey
    content.trigger = [{"type": "manual", "value": None}]
    content.steps = [
        {"type": "email", "value": {"email": str(version.email_id)}},
        {"type": "wait", "value": {"amount": 7, "unit": "days"}},
    ]
    journey.save_revision().publish()
    with jobs.by_hand():
        journeys.activate(journey)
        for start in range(0, size, 20_000):
            with database.atomic():
                enrollments.enroll(journey, ids[start : start + 20_000], cause="bench", why="bench")
    if Enrollment.objects.count() != size:
        raise RuntimeError("Not everyone entered; the benchmark is broken.")
    database.execute("ANALYZE")
