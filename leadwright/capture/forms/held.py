"""Submissions that were kept aside: looked at by somebody, and released or removed.

Promise: a released submission becomes a contact, a lead and mails exactly as if it had come normally, at the moment it
came, and exactly once, however often the button is pressed. What nobody looks at goes after 30 days.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.db.models import QuerySet

from leadwright.capture.forms import uploads
from leadwright.capture.models import HeldSubmission, Upload
from leadwright.kit import clock, database, ids, jobs, sql

SQL = sql.load("held")
KEPT_FOR = timedelta(days=30)

# Each reason in words, as the screen says it.
REASONS: Mapping[str, str] = {
    "honeypot": "filled in the field that people cannot see",
    "replayed": "sent the same proof of work again and again",
    "links": "wrote several web addresses into its text",
    "markup": "wrote HTML or link codes into its text",
    "bad_work": "sent a wrong proof of work",
    "reused_work": "sent a proof of work a second time",
    "no_work": "sent no proof of work",
    "too_fast": "took less than two seconds",
    "no_timing": "did not use the form that we drew",
    "odd_answers": "answered questions that were not asked",
    "disposable": "gave a throw-away address",
    "crawler": "is a known crawler",
    "script": "is a program by its name",
    "headless": "is a browser without a window",
    "no_user_agent": "did not say what it is",
}


def count() -> int:
    """How many submissions wait for somebody's decision."""
    return int(database.value(SQL["count"]))


def release(keys: Sequence[int]) -> int:
    """Let submissions in, as if they had come normally at their own time; answers how many did so now."""
    with database.atomic():
        rows = database.rows(SQL["take"], ids=sorted(keys))
        if not rows:
            return 0
        database.execute(
            SQL["let_in"],
            ats=[row.received_at for row in rows],
            messages=[f"released-{ids.hex7()}" for _ in rows],
            addresses=[row.address for row in rows],
            agents=[row.user_agent for row in rows],
            payloads=[json.dumps(_released(json.loads(row.payload), row.message_id)) for row in rows],
        )
        jobs.wake("hits")
    return len(rows)


def _released(payload: dict[str, Any], message_id: str) -> dict[str, Any]:
    """The hit as it goes in: what spoke against it has been looked at; its files and its browser stay its own."""
    return {"was": message_id} | payload | {"flags": [], "released": True}


def files(submission: HeldSubmission) -> QuerySet[Upload]:
    """The files that came with a submission, by the name that it had when it came."""
    return Upload.objects.filter(message_id=submission.payload.get("was") or submission.message_id)


def remove(keys: Sequence[int]) -> int:
    """Forget submissions with their files; answers how many."""
    with database.atomic():
        rows = database.rows(SQL["take"], ids=sorted(keys))
        names = [json.loads(row.payload).get("was") or row.message_id for row in rows]
        gone = database.rows(SQL["drop_files"], messages=names)
        database.on_commit(lambda: uploads.remove_all([each.id for each in gone]))
    return len(rows)


def forget() -> int:
    """Forget what nobody has looked at for 30 days."""
    old = database.rows(SQL["old"], before=clock.now() - KEPT_FOR, limit=1_000)
    return remove([row.id for row in old])
