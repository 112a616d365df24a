"""Hits to activities: repeats, privacy, machine or human, channel, visit, identity and consent included.

The mix is that of a site that also mails: half of the hits are pages of some visitors each, the rest events, movement,
opens, clicks, campaign links, forms and identifies. The limit is a bare COPY of as many activities into the log.
"""

import json
import random
import sys
import time
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

SIZE = 100_000
AGENTS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.{}.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.{} Safari/605",
    "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.{}",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html) {}",
)
REFERRERS = (
    "https://www.google.com/",
    "https://www.linkedin.com/feed/",
    "https://chatgpt.com/",
    "https://blog.partner.example/post",
    "",
    "",
)
QUERIES = (
    "",
    "",
    "",
    "?utm_source=google&utm_medium=cpc&utm_campaign=spring",
    "?gclid=abc",
    "?utm_source=letter&utm_medium=email",
)
MIX = {"page": 52, "track": 12, "$human": 6, "open": 10, "click": 8, "link": 5, "identify": 3, "form": 2, "repeat": 2}


def run(size: int | None = None) -> Iterator[dict[str, Any]]:
    """Hits a second at one size, and how the time grows to ten times as many where no size is named."""
    import subprocess

    sizes = (size,) if size else (SIZE, 10 * SIZE)
    seconds = []
    for each in sizes:
        command = [sys.executable, "-m", "bench.judge", str(each)]
        done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=Path(__file__).parent.parent)
        figure = json.loads(done.stdout.splitlines()[-1])
        seconds.append(figure.pop("seconds"))
        yield figure
    if len(sizes) > 1:
        import math

        growth = math.log(seconds[1] / seconds[0]) / math.log(sizes[1] / sizes[0])
        yield {"bench": "judge", "what": "growth", "value": round(growth, 2), "unit": "exponent", "goal": 1.1}


def measure(size: int, profile: str = "") -> dict[str, Any]:
    """The figures, on a fresh installation."""
    from bench import meter
    from bench.installation import fresh

    with fresh():
        from leadwright.kit import database, jobs

        contacts = _prepare(size)
        database.execute("ANALYZE")
        from leadwright.capture import judging

        with jobs.by_hand():
            spent = meter.start()
            if profile:
                import cProfile

                cProfile.runctx("judging.judge()", {"judging": judging}, {}, profile)
            else:
                judging.judge()
            spent.stop()
        made = database.value("SELECT count(*) FROM capture_activity WHERE kind <> 'email_sent'")
        refused = {
            row.reason: row.n for row in database.rows("SELECT reason, count(*) n FROM capture_refusal GROUP BY 1")
        }
        if made < 0.8 * size or set(refused) - {"repeated", "privacy"}:
            raise RuntimeError(f"Of {size} hits {made} became activities, and {refused} were refused: it is broken.")
        limit = _bare()
        return {
            "bench": "judge",
            "size": size,
            "value": round(size / spent.seconds),
            "unit": "hits/s",
            "limit_value": round(limit),
            "ratio_to_limit": round(size / spent.seconds / limit, 3),
            "peak_rss_mb": meter.peak_mb(),
            "seconds": spent.seconds,
            "contacts": len(contacts),
            **spent.figure(size),
        }


def _prepare(size: int) -> list[uuid.UUID]:
    """People who were mailed yesterday, and the hits in the log."""
    from bench import people
    from leadwright.attract.models import Campaign, Form, FormField, TrackedLink
    from leadwright.capture import activities
    from leadwright.kit import clock, database, ids, jobs
    from leadwright.profile.models import Contact

    people.gather(max(1_000, size // 20))
    uids = list(Contact.objects.order_by("pk").values_list("uid", flat=True))
    spring = Campaign.objects.create(name="Spring", code="spring", channel="Paid Search")
    TrackedLink.objects.create(campaign=spring, code="fair", target="https://nordwind.example/fair")
    form = Form.objects.create(name="Paper", code="paper")
    FormField.objects.create(form=form, label="E-mail", name="email", kind="email", is_required=True, maps_to="email")
    sent = clock.now() - timedelta(days=1)
    with jobs.by_hand():
        for start in range(0, len(uids), 20_000):
            with database.atomic():
                activities.record(
                    activities.Fact(
                        at=sent, subject_id=uid, kind="email_sent", name="Guide", object_kind="message",
                        object_id=str(start + n + 1), channel="Email", campaign_id=spring.pk,
                    )
                    for n, uid in enumerate(uids[start : start + 20_000])
                )  # fmt: skip
    with database.atomic():
        for start in range(0, size, 50_000):  # in the order of the log, as the collector writes them
            count = min(50_000, size - start)
            database.copy_in(
                "capture_hit (received_at, kind, message_id, key_id, address, user_agent, payload)",
                _hits(start, count, uids, clock.now() - timedelta(hours=2), ids.hex7),
            )
    return uids


def _hits(start: int, count: int, uids: list[uuid.UUID], since: datetime, name: Any) -> Iterator[tuple[Any, ...]]:
    chance = random.Random(start)
    kinds, weights = zip(*MIX.items(), strict=True)
    last = ""
    for number in range(start, start + count):
        at = since + timedelta(milliseconds=number)
        kind = chance.choices(kinds, weights)[0]
        person = chance.randrange(len(uids))
        browser = chance.randrange(8_000)
        visitor = f"visitor-{number // 40_000}-{browser}"
        if kind in ("click", "identify"):  # each browser has one person, who is either mailed or known to the site
            visitor = f"{kind}-{number // 40_000}-{browser}"
            person = browser % len(uids)
        agent = AGENTS[0 if (draw := chance.random()) < 0.6 else 1 if draw < 0.85 else 2 if draw < 0.96 else 3]
        agent = agent.format(chance.randrange(200))
        address = f"198.51.{chance.randrange(256)}.{chance.randrange(256)}"
        lw = {"method": "POST", "language": "de,en;q=0.7", "fetch": "same-origin", "origin": "https://nordwind.example"}
        message_id = last if kind == "repeat" and last else name()
        kind = "page" if kind == "repeat" else kind
        path = f"/page-{chance.randrange(300)}"
        page = {
            "url": f"https://nordwind.example{path}{chance.choice(QUERIES)}",
            "path": path,
            "title": f"Page {path}",
            "referrer": chance.choice(REFERRERS),
        }
        payload: dict[str, Any]
        if kind in ("page", "track", "$human", "identify"):
            payload = {"anonymousId": visitor, "context": {"page": page}, "timestamp": at.isoformat()}
            if kind == "page":
                payload["properties"] = {"title": page["title"]}
            elif kind == "identify":
                payload |= {"userId": f"user-{browser}", "traits": {"email": f"user{browser}@site.example"}}
            else:
                payload["event"] = "$human" if kind == "$human" else "Pricing viewed"
                kind = "track"
        elif kind in ("click", "open"):
            payload = {"contact": str(uids[person]), "message": person + 1}
            if kind == "click":
                payload |= {"url": f"https://nordwind.example/guide/{chance.randrange(3)}", "anonymousId": visitor}
        elif kind == "link":
            payload = {
                "link": "fair",
                "url": "https://nordwind.example/fair?utm_source=fair&utm_medium=event",
                "anonymousId": visitor,
            }
        else:
            payload = {
                "form": "paper",
                "fields": {"email": f"reader{number}@firm{number % 300}.example"},
                "flags": [],
                "anonymousId": f"fresh-{number}",
            }
        payload["lw"] = lw
        last = message_id
        yield at, kind, message_id, None, address, agent, json.dumps(payload)


def _bare() -> float:
    """Activities a second by COPY into a table like the log, with its indexes."""
    from leadwright.kit import database

    rows = database.rows("SELECT * FROM capture_activity WHERE kind <> 'email_sent' LIMIT 50000")
    database.execute("CREATE TABLE bare (LIKE capture_activity INCLUDING ALL)")
    kept = [tuple(json.dumps(each) if isinstance(each, list | dict) else each for each in row) for row in rows]
    begun = time.perf_counter()
    with database.atomic():
        database.copy_in("bare", iter(kept))
    return len(kept) / (time.perf_counter() - begun)


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]), *sys.argv[2:3])))
