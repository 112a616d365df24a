"""A single call is judged the same whether the server asks at once or by ASGI."""

import asyncio
import gzip
import json
from typing import Any

import httpx
import pytest

from leadwright.capture import buffers, collector
from leadwright.workspace import keys
from tests.capture.conftest import rows
from tests.capture.test_collector import TRACK, basic

BOUND = ["https://good.example"]


@pytest.fixture
def words(committed: None) -> dict[str, str]:
    """Keys by name; one is bound to a site."""
    record, bound = keys.create("collect")
    record.allowed_origins = BOUND
    record.save()
    return {"collect": keys.create("collect")[1], "write": keys.create("write")[1], "bound": bound}


async def at_once(path: str, body: bytes, headers: dict[str, str], method: str = "POST") -> tuple[int, Any, bytes]:
    """Ask as the server does; the answer, or -1 where the call leaves it to the other way."""
    answered: asyncio.Future[tuple[int, Any, bytes]] = asyncio.get_running_loop().create_future()
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": b"",
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers.items()],
        "client": ("127.0.0.1", 123),
    }
    if not collector.app.at_once(scope, body, lambda *answer: answered.set_result(answer)):
        return -1, [], b""
    return await asyncio.wait_for(answered, 20)


def kept() -> list[tuple[Any, ...]]:
    """What was kept, without what differs from time to time."""
    return rows("SELECT kind, message_id, payload, key_id, host(address), user_agent FROM capture_hit ORDER BY tx, id")


def call(**more: Any) -> bytes:
    return json.dumps(TRACK | more).encode()


@pytest.mark.parametrize(
    ("path", "body", "key", "headers", "status"),
    [
        ("/t/v1/track", call(), "collect", {}, 200),
        ("/t/page", call(sentAt="2026-03-02T10:00:00Z"), "write", {"accept-language": "en", "sec-gpc": "1"}, 200),
        ("/t/v1/identify", call(messageId="é\t\\ 漢" * 9), "collect", {"user-agent": "odd \\ agent"}, 200),
        ("/t/v1/track", call(event="a \x00 and \\u0000"), "collect", {}, 200),
        ("/t/v1/track", call(messageId="x" * 300), "collect", {"cookie": "lw_vid=ada"}, 200),
        ("/t/v1/track", call(), "bound", {"origin": "https://good.example"}, 200),
        ("/t/v1/track", call(), "bound", {"origin": "https://bad.example"}, 403),
        ("/t/v1/track", call(), "bound", {}, 403),
        ("/t/v1/track", call(), "", {"origin": "http://site.example"}, 200),
        ("/t/v1/track", call(), "", {}, 401),
        ("/t/v1/track", b"{", "collect", {"accept": "text/html"}, 400),
        ("/t/v1/track", b"[1]", "collect", {}, 400),
        ("/t/v1/track", call(event="x" * 32_700), "collect", {"accept-language": "y" * 500}, 200),
        ("/t/v1/track", b'{"a":[' + b"1e9," * 7_000 + b"1]}", "collect", {}, 413),  # larger when it is kept
        ("/t/v1/track", b'{"a":' * 5_000 + b"1" + b"}" * 5_000, "collect", {}, 400),
        ("/t/v1/track", call(deep=json.loads('{"a":' * 900 + "1" + "}" * 900)), "collect", {}, 200),
    ],
)
async def test_both_ways_answer_and_keep_the_same(
    client: httpx.AsyncClient,
    words: dict[str, str],
    path: str,
    body: bytes,
    key: str,
    headers: dict[str, str],
    status: int,
) -> None:
    told = {"host": "site.example", "user-agent": "x", **(basic(words[key]) if key else {}), **headers}
    for name in ("accept", "accept-language", "user-agent"):  # a client library adds its own otherwise
        told.setdefault(name, "*/*" if name == "accept" else "")
    usual = await client.post(path, content=body, headers=told)
    by_asgi = kept()
    rows("DELETE FROM capture_hit RETURNING 1")
    found, fields, text = await at_once(path, body, told)
    assert (found, text) == (usual.status_code, usual.content) == (status, text)
    assert sorted(fields) == sorted((name.lower(), value) for name, value in usual.headers.raw)
    assert kept() == by_asgi
    assert len(by_asgi) == (status == 200)


async def test_what_must_wait_is_left_to_the_other_way(client: httpx.AsyncClient, words: dict[str, str]) -> None:
    key = basic(words["collect"])
    assert (await client.post("/t/v1/track", json=TRACK, headers=key)).status_code == 200  # starts it
    assert (await at_once("/t/v1/track", call(), basic("a key made a moment ago")))[0] == -1
    assert (await at_once("/t/v1/track", call(cookieless=True), key))[0] == -1
    assert (await at_once("/t/v1/track", gzip.compress(call()), key | {"content-encoding": "gzip"}))[0] == -1
    assert (await at_once("/t/v1/track", b"", key, "OPTIONS"))[0] == -1
    assert (await at_once("/t/v1/track", call(event="x" * 33_000), key))[0] == -1
    assert (await at_once("/t/v1/batch", b"{}", key))[0] == -1
    assert (await at_once("/app/", b"", key, "GET"))[0] == -1
    assert len(kept()) == 1


async def test_at_once_is_not_before_the_commit(
    client: httpx.AsyncClient, words: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    key = basic(words["collect"])
    assert (await client.post("/t/v1/track", json=TRACK, headers=key)).status_code == 200
    answers = await asyncio.gather(*(at_once("/t/v1/track", call(messageId=f"m{n}"), key) for n in range(300)))
    assert [status for status, *_ in answers] == [200] * 300
    assert len(kept()) == 301
    monkeypatch.setattr(buffers, "WAITING_ROWS", 0)
    status, fields, _ = await at_once("/t/v1/track", call(), key)
    assert (status, dict(fields)[b"retry-after"]) == (503, b"2")


async def test_one_call_that_the_database_refuses_does_not_hurt_those_beside_it(
    client: httpx.AsyncClient, words: dict[str, str]
) -> None:
    key = basic(words["collect"])
    assert (await client.post("/t/v1/track", json=TRACK, headers=key)).status_code == 200
    deep = b'{"a":' * 4_000 + b"1" + b"}" * 4_000
    bodies = [call(messageId="m2"), deep, call(messageId="m3")]
    answers = await asyncio.gather(*(at_once("/t/v1/track", body, key) for body in bodies))
    assert [status for status, *_ in answers] == [200, 400, 200]
    assert [message for _, message, *_ in kept()[1:]] == ["m2", "m3"]


async def test_a_connection_that_ended_between_two_calls_costs_none(
    client: httpx.AsyncClient, words: dict[str, str]
) -> None:
    key = basic(words["collect"])
    for number in range(3):
        assert (await at_once("/t/v1/track", call(messageId=f"m{number}"), key))[0] in (200, -1)
        assert (await client.post("/t/v1/track", json=TRACK, headers=key)).status_code == 200
        rows("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'COPY capture_hit%%'")
    assert (await at_once("/t/v1/track", call(messageId="last"), key))[0] == 200
    assert kept()[-1][1] == "last"
