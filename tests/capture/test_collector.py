import asyncio
import base64
import gzip
import json
import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import psycopg
import pytest
from django.db import connection

from leadwright.attract.models import Campaign, Form, FormField, TrackedLink
from leadwright.capture import buffers, collector, judging
from leadwright.kit import clock, signing
from leadwright.main.processes import free_port
from leadwright.profile.models import Contact
from leadwright.workspace import keys, settings
from leadwright.workspace.models import User
from tests.capture.conftest import ROOT, database_url, rows, until
from tests.conftest import NOON

UID = uuid.UUID("01890000-0000-7000-8000-000000000001")


def hits() -> list[tuple[Any, ...]]:
    return rows("SELECT kind, message_id, payload, key_id FROM capture_hit ORDER BY tx, id")


def basic(key: str) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(f"{key}:".encode()).decode()}


@pytest.fixture
def key(committed: None) -> str:
    return keys.create("collect")[1]


@pytest.fixture
def secret(committed: None) -> str:
    return keys.create("write")[1]


@pytest.fixture
def form(committed: None) -> Form:
    form = Form.objects.create(
        name="Paper", code="paper", consent_purpose="newsletter", consent_wording="Yes.", thanks="Thanks a lot."
    )
    FormField.objects.create(form=form, label="E-mail", name="email", kind="email", is_required=True, maps_to="email")
    FormField.objects.create(form=form, label="Size", name="size", kind="choice", options="small\nlarge", sort_order=1)
    FormField.objects.create(form=form, label="Phone", name="phone", kind="phone", sort_order=2)
    return form


TRACK = {"userId": "u1", "event": "Seen", "messageId": "m1"}


async def test_a_call_is_kept_before_it_is_answered(client: httpx.AsyncClient, key: str) -> None:
    answer = await client.post("/t/v1/track", json=TRACK, headers=basic(key))
    assert (answer.status_code, answer.json()) == (200, {"success": True})
    assert [(kind, message) for kind, message, *_ in hits()] == [("track", "m1")]
    assert rows("SELECT task_name FROM procrastinate_jobs") == [("capture.judge",)] or await woken()


async def woken() -> bool:
    asked = "SELECT 1 FROM procrastinate_jobs WHERE task_name = 'capture.judge'"
    return await asyncio.to_thread(until, lambda: bool(rows(asked)))


async def test_a_database_that_was_away_costs_no_hit(client: httpx.AsyncClient, key: str) -> None:
    assert (await client.post("/t/v1/track", json=TRACK | {"event": "One"}, headers=basic(key))).status_code == 200
    rows("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'COPY capture_hit%%'")
    assert (await client.post("/t/v1/track", json=TRACK | {"event": "Two"}, headers=basic(key))).status_code == 200
    assert [event for (event,) in rows("SELECT payload->>'event' FROM capture_hit ORDER BY id")] == ["One", "Two"]


@pytest.mark.parametrize("path", ["/t/v1/batch", "/t/batch"])
async def test_a_batch_may_be_packed_and_carry_its_key(client: httpx.AsyncClient, key: str, path: str) -> None:
    batch = {"writeKey": key, "batch": [TRACK | {"type": "track", "messageId": f"m{n}"} for n in range(30)]}
    packed = gzip.compress(json.dumps(batch).encode())
    answer = await client.post(path, content=packed, headers={"content-encoding": "gzip"})
    assert answer.status_code == 200
    assert len(hits()) == 30
    assert "writeKey" not in hits()[0][2]


async def test_what_cannot_be_taken_is_refused_and_changes_nothing(client: httpx.AsyncClient, key: str) -> None:
    async def status(content: bytes, path: str = "track", **headers: str) -> int:
        return (await client.post(f"/t/v1/{path}", content=content, headers=basic(key) | headers)).status_code

    good = json.dumps(TRACK).encode()
    assert await status(b"{") == 400
    assert await status(b"[1]") == 400
    assert await status(b'{"a":' * 20_000) == 413
    assert await status(b'{"a":' * 5_000 + b"1" + b"}" * 5_000) == 400
    assert await status(b'{"batch": 7}', "batch") == 400
    assert await status(good, "nonsense") == 404
    assert await status(b'{"a": "' + b"x" * 33_000 + b'"}') == 413
    assert await status(gzip.compress(b"x" * 40_000_000), **{"content-encoding": "gzip"}) == 413
    assert await status(b"not gzip", **{"content-encoding": "gzip"}) == 400
    assert await status(good, **basic("lw_wrong")) == 401
    assert (await client.post("/t/v1/track", content=good)).status_code == 401
    assert (await client.get("/t/v1/track", headers=basic(key))).status_code == 405
    assert hits() == []


async def test_one_odd_call_does_not_hurt_the_others(client: httpx.AsyncClient, key: str) -> None:
    odd = TRACK | {"event": "nul \x00 <b>&amp; \\ \t \n é 漢", "messageId": "odd\t\n\\"}
    assert (await client.post("/t/v1/track", json=odd, headers=basic(key))).status_code == 200
    assert hits()[0][2]["event"] == "nul  <b>&amp; \\ \t \n é 漢"


@pytest.fixture
def bound(committed: None) -> str:
    record, secret = keys.create("collect")
    record.allowed_origins = ["https://good.example", "*.good.example"]
    record.save()
    return secret


async def test_a_key_may_be_bound_to_its_sites(client: httpx.AsyncClient, bound: str) -> None:
    secret = bound
    for origin, status in (
        ("https://good.example", 200),
        ("https://shop.good.example", 200),
        ("https://bad.example", 403),
    ):
        headers = {"origin": origin, "access-control-request-method": "POST"}
        told = await client.options("/t/v1/track", headers=headers)
        answer = await client.post("/t/v1/track", json=TRACK, headers=basic(secret) | headers)
        assert answer.status_code == status
        for each in (told, answer):
            assert each.headers.get("access-control-allow-origin") == (origin if status == 200 else None)
            assert "origin" in each.headers["vary"]
    nowhere = await client.post("/t/v1/track", json=TRACK, headers=basic(secret))
    assert nowhere.status_code == 403
    assert "without a page's Origin" in nowhere.json()["error"]
    rows("UPDATE workspace_apikey SET revoked_at = '2026-01-01' RETURNING id")

    async def refused() -> bool:
        answer = await client.post(
            "/t/v1/track", json=TRACK, headers=basic(secret) | {"origin": "https://good.example"}
        )
        return answer.status_code == 401

    for _ in range(100):
        if await refused():
            break
    assert await refused()


async def test_the_sites_own_pages_need_no_key(client: httpx.AsyncClient, committed: None) -> None:
    page = {"anonymousId": "v1", "type": "page"}
    assert (await client.post("/t/v1/page", json=page, headers={"origin": "http://site.example"})).status_code == 200
    assert (await client.post("/t/v1/page", json=page, headers={"origin": "http://evil.example"})).status_code == 401


async def test_a_form_leads_on_to_its_thanks(client: httpx.AsyncClient, form: Form) -> None:
    told = {"email": "ada@nordwind.example", "size": "large", "lw_consent": "yes", "lw_id": "once"}
    back = {"referer": "http://site.example/paper?x=1"}
    answer = await client.post("/t/f/paper", data=told, headers=back)
    assert answer.status_code == 303
    target = urlsplit(answer.headers["location"])
    named = {name: values[0] for name, values in parse_qs(target.query).items()}
    assert (target.path, named["x"], named["sent"]) == ("/paper", "1", "paper")
    [(kind, message, payload, _)] = hits()
    assert signing.read("sent", named["s"]) == [message, "paper"]
    assert (kind, payload["fields"]) == ("form", {"email": "ada@nordwind.example", "size": "large"})
    assert payload["consent"] == {"purpose": "newsletter", "wording": "Yes.", "given": True}
    assert (await client.post("/t/f/paper", data=told)).text.count("Thanks a lot.") == 1
    assert len({message for _, message, *_ in hits()}) == 1
    several = await client.post("/t/f/paper", files={"email": (None, "ben@other.example"), "size": (None, "small")})
    assert several.status_code == 200
    assert hits()[-1][2]["fields"] == {"email": "ben@other.example", "size": "small"}


async def test_a_forms_faults_are_told_in_words(client: httpx.AsyncClient, form: Form) -> None:
    bad = {"email": "<script>alert(1)</script>", "size": "huge", "phone": "call me"}
    answer = await client.post("/t/f/paper", json=bad)
    assert answer.status_code == 422
    assert answer.json()["ok"] is False
    assert set(answer.json()["errors"]) == {"email", "size", "phone"}
    page = await client.post("/t/f/paper", data=bad)
    assert page.status_code == 422
    assert "<script>" not in page.text
    assert (await client.post("/t/f/paper", json={})).json()["errors"] == {"email": "E-mail: please fill this in."}
    assert (await client.post("/t/f/nowhere", json={})).status_code == 404
    assert hits() == []


async def test_a_trapped_form_is_taken_silently_and_a_quick_one_marked(client: httpx.AsyncClient, form: Form) -> None:
    told = {"email": "ada@nordwind.example"}
    at = int(clock.now().timestamp() * 1000)
    slow = signing.sign("form", ["paper", at - 60_000])
    cases = (
        (told | {"website_url_2": "spam", "lw_t": slow}, ["honeypot"]),
        (told | {"lw_t": signing.sign("form", ["paper", at])}, ["too_fast"]),
        (told | {"lw_t": slow}, []),
        (told | {"lw_t": "forged"}, ["no_timing"]),
    )
    for values, flags in cases:
        assert (await client.post("/t/f/paper", json=values)).json()["ok"]
        assert hits()[-1][2]["flags"] == flags


CLICK = "/t/c/" + signing.sign("click", [UID.bytes, 7, "https://site.example/ä?a=1&b=2"])
UNSUBSCRIBE = "/t/u/" + signing.sign("unsubscribe", [UID.bytes, 7, "newsletter"])
CONFIRM = "/t/d/" + signing.sign("confirm", [UID.bytes, 3, "newsletter"])
OPEN = "/t/o/" + signing.sign("open", [UID.bytes, 7]) + ".gif"


async def test_links_lead_on_and_are_noted(client: httpx.AsyncClient, committed: None) -> None:
    answer = await client.get(CLICK)
    assert (answer.status_code, answer.headers["location"]) == (302, "https://site.example/%C3%A4?a=1&b=2")
    assert "lw_vid=" in answer.headers["set-cookie"]
    assert (await client.get(OPEN)).headers["content-type"] == "image/gif"
    assert [kind for kind, *_ in hits()] == ["click", "open"]


async def test_the_hidden_link_looks_like_any_other_and_tells_on_who_follows_it(
    client: httpx.AsyncClient, committed: None
) -> None:
    answer = await client.get("/t/c/" + signing.sign("click", [UID.bytes, 7, "canary:"]))
    assert (answer.status_code, answer.headers["location"]) == (302, "http://127.0.0.1:8000")
    assert "set-cookie" not in answer.headers
    assert [kind for kind, *_ in hits()] == ["canary"]


async def test_looking_changes_nothing(client: httpx.AsyncClient, committed: None) -> None:
    for path in (OPEN, UNSUBSCRIBE, CONFIRM, "/t/t.js"):
        assert (await client.head(path)).status_code == 200
    for path in (UNSUBSCRIBE, CONFIRM):
        page = await client.get(path)
        assert page.status_code == 200
        assert '<form method="post">' in page.text
        assert "default-src 'none'" in page.headers["content-security-policy"]
    assert hits() == []


async def test_a_press_of_the_button_unsubscribes_and_so_does_one_click(
    client: httpx.AsyncClient, committed: None
) -> None:
    for body in ("from=purpose", "from=all", "List-Unsubscribe=One-Click"):
        headers = {"content-type": "application/x-www-form-urlencoded"}
        assert (await client.post(UNSUBSCRIBE, content=body, headers=headers)).status_code == 200
    told = [(payload["purpose"], payload["one_click"]) for _, _, payload, _ in hits()]
    assert told == [("newsletter", False), ("", False), ("newsletter", True)]
    assert (await client.post(CONFIRM)).status_code == 200
    assert hits()[-1][0] == "confirm"


@pytest.mark.parametrize("area", ["c", "u", "d"])
async def test_forged_and_expired_links_do_nothing(client: httpx.AsyncClient, committed: None, area: str) -> None:
    old = signing.sign("click", [UID.bytes, 7, "https://evil.example"], clock.now() - timedelta(days=1))
    other = signing.sign("open", [UID.bytes, 7, "https://evil.example"])
    short = signing.sign({"c": "click", "u": "unsubscribe", "d": "confirm"}[area], [UID.bytes])
    for token in ("", "x", "%00", old, other, short, old[:-3]):
        for method in ("GET", "POST"):
            answer = await client.request(method, f"/t/{area}/{token}")
            assert answer.status_code in (404, 405)
            assert "location" not in answer.headers
    assert hits() == []


@pytest.fixture
def fair(committed: None) -> None:
    campaign = Campaign.objects.create(name="Fair", code="fair-2026", channel="Event")
    TrackedLink.objects.create(
        campaign=campaign, code="fair", target="https://site.example/x?utm_source=kept", source="fair", medium="qr"
    )


async def test_a_tracked_link_tells_its_campaign(client: httpx.AsyncClient, fair: None) -> None:
    answer = await client.get("/t/l/fair")
    assert answer.status_code == 302
    assert parse_qs(urlsplit(answer.headers["location"]).query) == {
        "utm_source": ["kept"],
        "utm_medium": ["qr"],
        "utm_campaign": ["fair-2026"],
    }
    assert (await client.get("/t/l/nowhere")).status_code == 404


async def test_who_says_no_is_given_no_cookie(client: httpx.AsyncClient, committed: None) -> None:
    answer = await client.get(CLICK, headers={"sec-gpc": "1"})
    assert "set-cookie" not in answer.headers
    assert "anonymousId" not in hits()[0][2]


async def test_the_tracker_is_small(client: httpx.AsyncClient, committed: None) -> None:
    answer = await client.get("/t/t.js", headers={"accept-encoding": "gzip"})
    assert int(answer.headers["content-length"]) < 3_000
    assert "globalPrivacyControl" in answer.text
    again = await client.get("/t/t.js", headers={"if-none-match": answer.headers["etag"]})
    assert again.status_code == 304


@pytest.fixture
def spawned(committed: None) -> Iterator[tuple[str, "subprocess.Popen[bytes]"]]:
    """`leadwright collect` in a process of its own."""
    port = free_port()
    environment = {"DATABASE_URL": database_url(), "LEADWRIGHT_PORT": str(port), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "leadwright", "collect"]
    with subprocess.Popen(command, env=os.environ | environment, start_new_session=True) as process:
        address = f"http://127.0.0.1:{port}"

        def answers() -> bool:
            try:
                return httpx.get(f"{address}/t/t.js").status_code == 200
            except httpx.HTTPError:
                return False

        assert until(answers)
        yield address, process
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)


def test_what_was_answered_survives_a_kill(spawned: tuple[str, "subprocess.Popen[bytes]"], key: str) -> None:
    address, process = spawned
    answered: list[str] = []

    def send(number: int) -> None:
        message = f"k{number}"
        try:
            answer = httpx.post(f"{address}/t/v1/track", json=TRACK | {"messageId": message}, headers=basic(key))
        except httpx.HTTPError:
            return
        if answer.status_code == 200:
            answered.append(message)
        if len(answered) == 40:
            os.killpg(process.pid, signal.SIGKILL)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(send, range(120)))
    kept = {message for _, message, *_ in hits()}
    assert len(answered) >= 40
    assert set(answered) <= kept


async def test_a_key_that_was_made_just_now_is_known(client: httpx.AsyncClient, key: str) -> None:
    def another() -> str:
        try:
            return keys.create("write")[1]
        finally:
            connection.close()

    assert (await client.post("/t/v1/track", json=TRACK, headers=basic("unknown"))).status_code == 401  # looks
    fresh = await asyncio.to_thread(another)
    answers = await asyncio.gather(
        *(client.post("/t/v1/track", json=TRACK | {"messageId": str(n)}, headers=basic(fresh)) for n in range(5)),
        client.post("/t/v1/track", json=TRACK, headers=basic("still unknown")),
    )
    assert [each.status_code for each in answers] == [200] * 5 + [401]


@pytest.mark.parametrize("gzip", [True, False])
def test_segments_own_client_works_unchanged(
    spawned: tuple[str, "subprocess.Popen[bytes]"], secret: str, *, gzip: bool
) -> None:
    from segment.analytics.client import Client

    address, _ = spawned
    failed: list[Any] = []
    told = {"on_error": lambda error, calls: failed.append(error), "gzip": gzip, "sync_mode": False, "max_retries": 2}
    client = Client(secret, host=f"{address}/t", **told)
    before = clock.now() - timedelta(days=40)
    client.page(anonymous_id="v1", category="Docs", name="Start", properties={"url": "https://site.example/start"})
    client.alias("v1", "u1")
    client.identify("u1", {"email": "ada@nordwind.example", "name": "Ada Okafor"})
    client.track("u1", "Joined", timestamp=before)
    for _ in range(250):
        client.track("u1", "Pricing viewed", {"plan": "team", "words": "x" * 4_000})  # more than a batch may hold
    client.group("u1", "g1", {"name": "Nordwind AG", "website": "nordwind.example", "employees": 240})
    client.screen("u1", "App", "Home")
    client.flush()
    client.join()
    assert failed == []
    assert until(lambda: len(hits()) == 256)
    assert until(lambda: judging.take_set() == 256)
    ada = Contact.objects.get()
    assert (ada.external_id, ada.email, ada.company.name, ada.company.size) == (
        "u1", "ada@nordwind.example", "Nordwind AG", 240,
    )  # fmt: skip
    kinds = rows("SELECT a.kind, count(*) FROM capture_activity a JOIN profile_identity USING (subject_id) GROUP BY 1")
    assert dict(kinds) == {"page": 2, "identify": 2, "track": 251, "group": 1}
    assert rows("SELECT DISTINCT human FROM capture_activity") == [(None,)]
    [(joined,)] = rows("SELECT at FROM capture_activity WHERE name = 'Joined'")
    assert abs(joined - before) < timedelta(seconds=60)
    assert rows("SELECT count(*) FROM capture_refusal") == [(0,)]


@pytest.fixture
def stingy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rates that are soon used up."""
    monkeypatch.setenv("LEADWRIGHT_ADDRESS_RATE", "0.01/5")
    monkeypatch.setenv("LEADWRIGHT_KEY_RATE", "0.01/8")
    monkeypatch.setenv("LEADWRIGHT_FORM_RATE", "0.01/2")


async def test_an_address_that_sends_too_much_is_told_when_to_come_again(
    stingy: None, client: httpx.AsyncClient, key: str
) -> None:
    async def status(address: str, **headers: str) -> int:
        told = basic(key) | {"x-forwarded-for": address} | headers
        answer = await client.post("/t/v1/track", json=TRACK, headers=told)
        if answer.status_code == 429:
            assert 1 <= int(answer.headers["retry-after"]) <= 101
            assert "please try again in" in answer.json()["error"]
        return answer.status_code

    assert [await status("2001:db8:1:1::5") for _ in range(3)] == [200] * 3
    assert [await status("2001:db8:1:1:ffff::6") for _ in range(3)] == [200, 200, 429]  # the same line
    assert [await status("2001:db8:1:2::6") for _ in range(4)] == [200, 200, 200, 429]  # now the key has had enough
    assert len(hits()) == 8


async def test_a_batch_counts_as_many_as_it_has(stingy: None, client: httpx.AsyncClient, key: str) -> None:
    batch = {"writeKey": key, "batch": [TRACK | {"type": "track", "messageId": f"m{n}"} for n in range(4)]}
    told = {"x-forwarded-for": "198.51.100.7"}
    assert [(await client.post("/t/batch", json=batch, headers=told)).status_code for _ in range(2)] == [200, 429]
    assert len(hits()) == 4


async def test_a_server_with_a_secret_key_is_counted_by_its_key_only(
    stingy: None, client: httpx.AsyncClient, secret: str
) -> None:
    told = basic(secret) | {"x-forwarded-for": "198.51.100.7"}
    given = [(await client.post("/t/v1/track", json=TRACK, headers=told)).status_code for _ in range(9)]
    assert given == [200] * 8 + [429]


async def test_forms_have_a_rate_and_leaving_has_none(stingy: None, client: httpx.AsyncClient, form: Form) -> None:
    told = {"x-forwarded-for": "198.51.100.7"}
    sent = [
        (await client.post("/t/f/paper", json={"email": f"a{n}@x.example"}, headers=told)).status_code for n in range(3)
    ]
    assert sent == [200, 200, 429]
    for _ in range(12):
        assert (await client.post(UNSUBSCRIBE, content="from=purpose", headers=told)).status_code == 200
        assert (await client.get(CLICK, headers=told)).status_code == 302


async def test_this_very_machine_is_not_counted(stingy: None, client: httpx.AsyncClient, committed: None) -> None:
    page = {"anonymousId": "v1", "type": "page"}
    for _ in range(12):
        told = {"origin": "http://site.example"}
        assert (await client.post("/t/v1/page", json=page, headers=told)).status_code == 200


async def test_each_call_of_a_batch_has_its_size(client: httpx.AsyncClient, key: str) -> None:
    calls = [TRACK | {"type": "track", "messageId": "m1"}, TRACK | {"type": "track", "event": "x" * 40_000}]
    answer = await client.post("/t/v1/import", json={"batch": calls}, headers=basic(key))
    assert (answer.status_code, answer.json()["error"]) == (413, "Call 2 is too large; send at most 32 KB in each.")
    assert hits() == []
    assert (await client.post("/t/v1/import", json={"batch": calls[:1]}, headers=basic(key))).status_code == 200


async def test_a_stalled_database_is_said_and_a_retry_counts_once(
    client: httpx.AsyncClient, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(buffers, "STALL_SECONDS", 0.5)
    assert (await client.post("/t/v1/track", json=TRACK | {"messageId": "m0"}, headers=basic(key))).status_code == 200
    with psycopg.connect(database_url()) as other:
        other.execute("LOCK TABLE capture_hit IN ACCESS EXCLUSIVE MODE")
        sent = [client.post("/t/v1/track", json=TRACK | {"messageId": f"m{n}"}, headers=basic(key)) for n in range(9)]
        answers = await asyncio.gather(*sent)
        assert [answer.status_code for answer in answers] == [503] * 9
        assert all(int(answer.headers["retry-after"]) > 0 for answer in answers)
        assert "please try again" in answers[0].json()["error"]
        monkeypatch.setattr(buffers, "WAITING_ROWS", 0)
        at_once = await client.post("/t/v1/track", json=TRACK, headers=basic(key))
        assert at_once.status_code == 503
        monkeypatch.undo()
    for n in range(9):
        again = await client.post("/t/v1/track", json=TRACK | {"messageId": f"m{n}"}, headers=basic(key))
        assert again.status_code == 200
    await asyncio.to_thread(judge)
    assert rows("SELECT count(*) FROM capture_activity WHERE kind = 'track'") == [(9,)]


def judge() -> None:
    try:
        judging.judge()
    finally:
        connection.close()  # of this thread


@pytest.fixture
def of_cleo(committed: None) -> str:
    return keys.create("collect", user=User.objects.create_user("cleo@firm.example", name="Cleo"))[1]


async def test_a_key_ends_with_its_makers_access(client: httpx.AsyncClient, of_cleo: str) -> None:
    assert (await client.post("/t/v1/track", json=TRACK, headers=basic(of_cleo))).status_code == 200
    rows("UPDATE workspace_user SET is_active = false RETURNING id")
    await (await collector.running()).known.renew()
    assert (await client.post("/t/v1/track", json=TRACK, headers=basic(of_cleo))).status_code == 401


async def test_the_use_of_a_key_is_noted(client: httpx.AsyncClient, key: str) -> None:
    assert (await client.post("/t/v1/track", json=TRACK, headers=basic(key))).status_code == 200
    await (await collector.running()).known.renew()
    assert rows("SELECT last_used_at IS NOT NULL FROM workspace_apikey") == [(True,)]


async def test_a_day_without_cookies_has_a_salt_that_ends_with_it(client: httpx.AsyncClient, key: str) -> None:
    async def name(address: str = "198.51.100.7", site: str = "https://shop.example") -> str:
        told = basic(key) | {"x-forwarded-for": address, "origin": site, "cookie": "lw_vid=of-before"}
        await client.post("/t/v1/page", json={"cookieless": 1}, headers=told)
        kept = hits()[-1][2]
        assert "of-before" not in str(kept)
        return str(kept["anonymousId"])

    clock.set_to(NOON)
    first = await name()
    assert await name() == first
    assert len({first, await name("198.51.100.8"), await name(site="https://blog.example")}) == 3
    assert rows("SELECT day::text FROM capture_salt") == [("2026-03-02",)]
    clock.advance(timedelta(days=1))
    assert await name() != first
    await (await collector.running()).known.renew()
    assert rows("SELECT day::text FROM capture_salt") == [("2026-03-03",)]
    assert {address for (address,) in rows("SELECT host(address) FROM capture_hit")} == {"198.51.100.0"}


@pytest.fixture(params=["consent", "never"])
def cookies(request: pytest.FixtureRequest, committed: None) -> str:
    workspace = settings.current()
    workspace.cookies = request.param
    workspace.save()
    return str(request.param)


async def test_a_workspace_gives_no_cookies_unasked(client: httpx.AsyncClient, fair: None, cookies: str) -> None:
    await client.get("/t/l/nowhere")
    await (await collector.running()).known.renew()
    for path in ("/t/l/fair", CLICK):
        answer = await client.get(path)
        assert answer.status_code == 302
        assert "set-cookie" not in answer.headers
        assert hits()[-1][2]["anonymousId"].startswith("day-")
    assert f'"{cookies}"' in (await client.get("/t/t.js")).text
    await client.get("/t/l/fair", headers={"cookie": "lw_vid=agreed"})
    assert (hits()[-1][2]["anonymousId"] == "agreed") is (cookies == "consent")
