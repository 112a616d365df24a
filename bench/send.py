"""Personal 8 KB mails with three tracked links, from queued to durably sent, to an SMTP sink in another process.

The limit is the same sink fed with letters that are written already, by the bare pipelining client, in the same run.
"""

import asyncio
import os
import resource
import time
from collections.abc import Iterator
from typing import Any

import uvloop

from bench.installation import fresh
from bench.sinks import sink

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


def run(size: int | None = None) -> Iterator[dict[str, Any]]:
    """One figure: messages a second from queued to sent, with the limit beside it."""
    size = size or 40_000
    with fresh(), sink() as port:
        os.environ |= {"LEADWRIGHT_SMTP_URL": f"smtp://127.0.0.1:{port}", "LEADWRIGHT_SMTP_RATE": "1000000"}
        seconds = _measure(size)
        limit = uvloop.run(_limit(min(size, 20_000), port))
        yield {
            "bench": "send",
            "size": size,
            "value": round(size / seconds),
            "unit": "messages/s",
            "limit_value": round(limit),
            "ratio_to_limit": round(size / seconds / limit, 3),
            "peak_rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        }


def _queue(size: int) -> None:
    from django.db import connection

    from leadwright.engage import emails, messages
    from leadwright.profile.models import Contact, Purpose
    from leadwright.workspace.models import Workspace

    firm = Workspace.objects.first() or Workspace()
    firm.firm, firm.sender_address = "Nordwind", "nora@nordwind.example"
    firm.save()
    purpose, _ = Purpose.objects.get_or_create(key="letter", defaults={"name": "Letter"})
    links = "".join(f'<p>Read <a href="https://nordwind.example/guide/{n}">part {n}</a>.</p>' for n in (1, 2))
    text = f"<p>Hello {{{{ contact.first_name | default: 'there' }}}},</p>{links}<p>{'A word. ' * 20}</p>"
    version = emails.write(
        name="Guide",
        subject="A guide for {{ contact.first_name | default: 'you' }}",
        purpose=purpose,
        body=[("text", text), ("button", {"text": "Read it", "url": "https://nordwind.example/guide"})],
    )
    with connection.cursor() as cursor:
        cursor.execute(PEOPLE, [size])
        cursor.execute("ANALYZE")
    ids = list(Contact.objects.order_by("pk").values_list("pk", flat=True))
    for first in range(0, size, 5_000):
        messages.queue(version, [(pk, "bench:1") for pk in ids[first : first + 5_000]])


def _measure(size: int) -> float:
    from leadwright.engage import sending
    from leadwright.engage.models import Message

    _queue(size)

    async def send() -> float:
        stop = asyncio.Event()
        began = time.perf_counter()
        work = asyncio.create_task(sending.run(until=stop))
        while await asyncio.to_thread(_waiting):  # noqa: ASYNC110  it asks a database
            await asyncio.sleep(0.2)
        seconds = time.perf_counter() - began
        stop.set()
        await work
        return seconds

    seconds = uvloop.run(send())
    sent = Message.objects.filter(state="sent").count()
    if sent != size:
        raise RuntimeError(f"Only {sent} of {size} messages were sent; the figure would be wrong.")
    return seconds


def _waiting() -> bool:
    from leadwright.kit import database

    return bool(database.value("SELECT EXISTS (SELECT FROM engage_message WHERE state IN ('queued', 'sending'))"))


async def _limit(count: int, port: int) -> float:
    """The bare client with letters that are written already."""
    from leadwright.engage.letters import Letter
    from leadwright.engage.relays import Address, Pool

    raw = (b"Subject: x\r\n\r\n" + b"x" * 76 + b"\r\n") + (b"y" * 76 + b"\r\n") * 103
    letters = [Letter(n, "a@nordwind.example", f"p{n}@firm.example", raw) for n in range(count)]
    pool = Pool(Address("127.0.0.1", port))
    began = time.perf_counter()
    for first in range(0, count, 400):
        await pool.send(letters[first : first + 400])
    seconds = time.perf_counter() - began
    await pool.close()
    return count / seconds
