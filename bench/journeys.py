"""Enrollments that take an email step, their messages queued, and rest at the wait behind it.

The limit is a bare UPDATE of as many enrollments, in the same run: what moving the rows costs without the work.
"""

import resource
import time
from collections.abc import Iterator
from typing import Any

from bench.installation import fresh

PEOPLE = """
WITH people AS (
    INSERT INTO profile_contact (uid, email, email_key, first_name, last_name, title, phone, country, city, language,
        time_zone, buying_stage, first_channel, custom, origins)
    SELECT gen_random_uuid(), 'p' || n || '@firm' || n %% 500 || '.example', 'p' || n || '@firm.example', 'P' || n,
        'Okafor', '', '', '', '', '', '', '', '', '{}', '{}' FROM generate_series(1, %s) AS n RETURNING id, uid
), known AS (
    INSERT INTO profile_identity (subject_id, contact_id, kind, since, evidence)
    SELECT uid, id, 'self', now(), '' FROM people
)
INSERT INTO profile_consent (contact_id, purpose_id, state, at) SELECT id, 'letter', 'granted', now() FROM people
"""
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
            begun = time.perf_counter()
            journeys.advance()
            seconds = time.perf_counter() - begun
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
            "value": round(size / seconds),
            "unit": "steps/s",
            "limit_value": round(limit),
            "ratio_to_limit": round(size / seconds / limit, 3),
            "peak_rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        }


def _prepare(size: int) -> None:
    """A published journey (email, wait a week) with everyone at its first step."""
    from django.db import connection

    from leadwright.engage import emails
    from leadwright.kit import database, jobs
    from leadwright.nurture import enrollments, journeys
    from leadwright.nurture.models import Enrollment, Journey
    from leadwright.profile.models import Contact, Purpose
    from leadwright.workspace.models import Workspace

    if not Workspace.objects.exists():
        Workspace.objects.create(firm="Nordwind")
    purpose, _ = Purpose.objects.get_or_create(key="letter", defaults={"name": "Letter"})
    email = emails.write(name="Letter", subject="Letter", body=[("text", "<p>Hello</p>")], purpose=purpose).email
    journey = Journey.objects.create(name="Letter", live=False)
    content: Any = journey
    content.trigger = [{"type": "manual", "value": None}]
    content.steps = [
        {"type": "email", "value": {"email": str(email.pk)}},
        {"type": "wait", "value": {"amount": 7, "unit": "days"}},
    ]
    journey.save_revision().publish()
    with connection.cursor() as cursor:
        cursor.execute(PEOPLE, [size])
    with jobs.by_hand():
        journeys.activate(journey)
        ids = list(Contact.objects.order_by("pk").values_list("pk", flat=True))
        for start in range(0, size, 20_000):
            with database.atomic():
                enrollments.enroll(journey, ids[start : start + 20_000], cause="bench", why="bench")
    if Enrollment.objects.count() != size:
        raise RuntimeError("Not everyone entered; the benchmark is broken.")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
