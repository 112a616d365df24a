"""Personal 8 KB mails with three tracked links, from queued to durably sent, to an SMTP sink in another process.

The limit is the same sink fed with letters that are written already, by the bare pipelining client, in the same run.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psutil
import uvloop

from bench import meter, people
from bench.installation import fresh
from bench.sinks import sink
from leadwright.kit import database


def run(size: int | None = None) -> Iterator[dict[str, Any]]:
    """One figure: messages a second from queued to sent, with the limit beside it."""
    size = size or 40_000
    with fresh(), sink() as (port, sinking):
        os.environ |= {"LEADWRIGHT_SMTP_URL": f"smtp://127.0.0.1:{port}", "LEADWRIGHT_SMTP_RATE": "1000000"}
        with _sender() as sender:
            spent = _measure(size, sender=sender, sink=sinking)
            peak = meter.peak_mb(sender)
        limit = uvloop.run(_limit(min(size, 20_000), port))
        yield {
            "bench": "send",
            "size": size,
            "value": round(size / spent.seconds),
            "unit": "messages/s",
            "limit_value": round(limit),
            "ratio_to_limit": round(size / spent.seconds / limit, 3),
            "peak_rss_mb": peak,
            **spent.figure(size),
        }


@contextmanager
def _sender() -> Iterator[psutil.Process]:
    """The product's own sender, up and waiting for something to send."""
    with subprocess.Popen([sys.executable, "-m", "leadwright", "send"]) as process:
        try:
            while not database.value("SELECT EXISTS (SELECT FROM pg_stat_activity WHERE query ~* '^listen')"):
                time.sleep(0.1)
            yield psutil.Process(process.pid)
        finally:
            process.terminate()


def _measure(size: int, **processes: psutil.Process) -> meter.Meter:
    from leadwright.engage import messages
    from leadwright.engage.models import Message

    version, ids = people.letter(), people.gather(size)
    with database.atomic():
        for first in range(0, size, 5_000):
            messages.queue(version, [(pk, "bench:1") for pk in ids[first : first + 5_000]])
    spent = meter.start(**processes)
    while database.value("SELECT EXISTS (SELECT FROM engage_message WHERE state IN ('queued', 'sending'))"):
        time.sleep(0.1)
    spent.stop()
    sent = Message.objects.filter(state="sent").count()
    if sent != size:
        raise RuntimeError(f"Only {sent} of {size} messages were sent; the figure would be wrong.")
    return spent


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
