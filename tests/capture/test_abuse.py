"""Whatever is sent to the collector: it answers in words, leads nowhere else, and judging takes or refuses it."""

import asyncio
import json
import uuid
from datetime import timedelta
from typing import Any

import httpx
import pytest
from django.db import connection

from leadwright.attract.models import Form, FormField
from leadwright.capture.models import Refusal
from leadwright.kit import clock, jobs, signing
from leadwright.workspace import keys
from tests.capture.conftest import rows

ODD: tuple[Any, ...] = (
    "", "²", "9" * 40, "a\x00b", "\ud7ff\U0010ffff\u202e", "x" * 9_000, "{{7*7}}{% raw %}", "\r\nBcc: x@evil.example",
    None, True, -1, 10**18, 1e300, [], {}, [[[["x"]]]], {"a": {"b": {"c": None}}}, [None, 1, "x"],
)  # fmt: skip
BODIES = (
    b"", b"null", b"NaN", b'{"a":NaN}', b"[" * 20_000, b'{"a":' * 5_000, b"\xff\xfe\x00", b'{"event":"\\ud800"}',
    b"1" * 5_000, b'{"event":"\xed\xa0\x80"}', b'{"userId":1e999}', b'{"batch":{}}', b'{"batch":[1,null,[]]}',
    b'{"batch":[{"type":[]}]}',
)  # fmt: skip
NAMES = (
    "event", "userId", "anonymousId", "messageId", "timestamp", "properties", "context", "traits", "groupId", "name",
    "previousId", "integrations", "sentAt",
)  # fmt: skip
UID = uuid.UUID("01890000-0000-7000-8000-000000000001")


@pytest.fixture
def key(committed: None) -> dict[str, str]:
    return {"authorization": f"Bearer {keys.create('write')[1]}"}


@pytest.fixture
def form(committed: None) -> Form:
    form = Form.objects.create(name="Paper", code="paper", consent_purpose="newsletter", consent_wording="Yes.")
    FormField.objects.create(form=form, label="E-mail", name="email", kind="email", maps_to="email")
    FormField.objects.create(form=form, label="Name", name="name", maps_to="first_name")
    FormField.objects.create(form=form, label="Firm", name="firm", maps_to="company")
    FormField.objects.create(form=form, label="Words", name="words", kind="long_text")
    return form


def failed() -> list[str]:
    try:
        jobs.settle()
        jobs.settle(everything=True)
        return list(Refusal.objects.filter(reason="failed").values_list("detail", flat=True))
    finally:
        connection.close()  # of this thread


async def test_odd_calls_are_answered_and_judged(client: httpx.AsyncClient, key: dict[str, str]) -> None:
    for call in ("track", "page", "identify", "alias", "group", "screen", "batch", "nothing"):
        for body in BODIES:
            answer = await client.post(f"/t/{call}", content=body, headers=key | {"content-type": "application/json"})
            assert answer.status_code < 500, (call, body[:40])
    plain = {"anonymousId": "browser-1", "event": "Seen", "userId": "u1", "type": "track"}
    calls = [
        plain | {"type": kind, name: odd}
        for kind in ("track", "page", "identify", "alias", "group")
        for name in NAMES
        for odd in ODD
    ]
    calls += [plain | {"context": {name: odd}} for name in ("page", "traits", "userAgent", "campaign") for odd in ODD]
    calls += [
        plain | {"type": "identify", "traits": {n: odd}} for n in ("email", "company", "phone", "name") for odd in ODD
    ]
    for at in range(0, len(calls), 200):
        batch = json.dumps({"batch": calls[at : at + 200]}).encode()
        assert (await client.post("/t/batch", content=batch, headers=key)).status_code in (200, 413)
    assert await asyncio.to_thread(failed) == []
    assert rows("SELECT count(*) FROM capture_activity")[0][0] > 300


async def test_odd_forms_are_answered_and_judged(client: httpx.AsyncClient, form: Form) -> None:
    for odd in ODD:
        told = {
            "email": "ada@example.com",
            "name": odd,
            "firm": odd,
            "words": odd,
            "lw_vid": odd,
            "lw_t": odd,
            "lw_page": odd,
        }
        for more in ({}, {"email": odd}, {"utm_source": odd, "utm_campaign": odd, "lw_offer": odd, "lw_consent": odd}):
            answer = await client.post("/t/f/paper", json=told | more)
            assert answer.status_code in (200, 303, 413, 422), (odd, answer.text)
            flat = {name: str(value) for name, value in (told | more).items()}
            answer = await client.post("/t/f/paper", data=flat)
            assert answer.status_code in (200, 303, 422, 413), (odd, answer.text)
    for body in BODIES:
        for kind in ("application/json", "multipart/form-data; boundary=x", "multipart/form-data", "text/plain", "x/²"):
            answer = await client.post("/t/f/paper", content=body, headers={"content-type": kind.encode("latin-1")})
            assert answer.status_code < 500, (body[:40], kind)
    for code in ("..%2f", "%00", "²", "x" * 5_000):
        assert (await client.post(f"/t/f/{code}", data={"email": "x"})).status_code in (404, 414)
    assert await asyncio.to_thread(failed) == []
    assert rows("SELECT count(*) FROM capture_activity WHERE kind = 'form_submitted'")[0][0] > 10


async def test_no_token_breaks_or_leads_elsewhere(client: httpx.AsyncClient, committed: None) -> None:
    signed = {area: signing.sign(purpose, payload) for area, purpose, payload in (
        ("c", "click", [UID.bytes, 1, "https://firm.example/"]), ("o", "open", [UID.bytes, 1]),
        ("u", "unsubscribe", [UID.bytes, 1, "letter"]), ("d", "confirm", [UID.bytes, 1, "letter"]),
    )}  # fmt: skip
    old = clock.now() - timedelta(days=1)
    purposes = {"c": "click", "o": "open", "u": "unsubscribe", "d": "confirm"}
    for area, purpose in purposes.items():
        tokens = [token for other, token in signed.items() if other != area]  # made for something else
        tokens += [signed[area][:-2], "A" + signed[area], signing.sign(purpose, [UID.bytes, 1, "x"], old)]
        tokens += [
            signing.sign(purpose, payload) for payload in (None, [], [1], ["x", 1, "y"], {"a": 1}, [UID.bytes, 1, 2, 3])
        ]
        tokens += ["", "x", "%00", "²", "..%2f..", "https:%2f%2fevil.example", "x" * 5_000]
        for token in tokens:
            for method in ("GET", "HEAD", "POST"):
                answer = await client.request(method, f"/t/{area}/{token}")
                assert answer.status_code < 500, (area, token)
                assert "location" not in answer.headers, (area, token)


async def test_a_click_leads_to_the_web_only(client: httpx.AsyncClient, committed: None) -> None:
    for target in (
        "javascript:alert(1)",
        "data:text/html,x",
        "//evil.example",
        "https://firm.example/\r\nSet-Cookie: a=b",
    ):
        answer = await client.get(f"/t/c/{signing.sign('click', [UID.bytes, 1, target])}")
        place = answer.headers.get("location", "")
        assert place in ("", "https://firm.example/Set-Cookie:a=b"), target
        assert "a" not in answer.cookies
