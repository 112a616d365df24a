import asyncio
import contextlib
from unittest.mock import ANY

import pytest
import uvicorn

from leadwright.main import serving
from leadwright.main.serving import is_short

seen: list[str] = []


async def echo(scope, receive, send):
    """Answers with the path and the body; says which way the request came by who made its scope."""
    if scope["type"] == "lifespan":
        while (await receive())["type"] == "lifespan.startup":
            await send({"type": "lifespan.startup.complete"})
        await send({"type": "lifespan.shutdown.complete"})
        return
    if scope["path"].endswith("/fails"):
        raise RuntimeError("on purpose")
    body = b""
    while True:
        event = await receive()
        if event["type"] == "http.disconnect":
            seen.append("gone")
            return
        body += event["body"]
        if not event["more_body"]:
            break
    if scope["path"].endswith("/waits"):
        seen.append("waiting")
        assert (await receive())["type"] == "http.disconnect"
        seen.append("gone while waiting")
        return
    way = b"short" if "state" not in scope else b"long"
    text = b"%s %s %s %d %s" % (
        way, scope["method"].encode(), scope["path"].encode(), len(body), body[:20]
    )  # fmt: skip
    # Uvicorn would send an answer without a length in chunks; the short way counts it.
    headers = [] if way == b"short" else [(b"content-length", b"%d" % len(text))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": text[:5], "more_body": True})
    await send({"type": "http.response.body", "body": text[5:]})


@contextlib.asynccontextmanager
async def served(app):
    """The port of a server with an application."""
    seen.clear()
    config = uvicorn.Config(
        app, port=0, http=serving.Connection, ws="none", lifespan="on", interface="asgi3", log_config=None,
        server_header=False, proxy_headers=False,
    )  # fmt: skip
    server = uvicorn.Server(config)
    task = asyncio.create_task(server._serve())
    await until(lambda: server.started)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    await asyncio.wait_for(task, 15)


@pytest.fixture
async def port():
    async with served(echo) as port:
        yield port


@contextlib.asynccontextmanager
async def connected(port):
    """A connection that is closed at the end, whatever happens."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield reader, writer
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


async def talk(port, *pieces):
    """The one answer to some bytes, sent piece by piece."""
    async with connected(port) as (reader, writer):
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0)
        return await answer(reader)


async def until(is_so):
    """Wait until something is so."""
    async with asyncio.timeout(10):
        while not is_so():  # noqa: ASYNC110 - the server tells nobody
            await asyncio.sleep(0.01)


async def noted(word):
    """Wait until the application has noted a word."""
    await until(lambda: word in seen)


async def answer(reader):
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
    lines = head.decode().split("\r\n")
    fields = dict(line.lower().split(": ", 1) for line in lines[1:] if line)
    body = await reader.readexactly(int(fields.get("content-length", 0)))
    return int(lines[0].split()[1]), fields, body


def post(path, body=b"", more=""):
    return f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n{more}\r\n".encode() + body


@pytest.mark.parametrize(
    ("data", "way"),
    [
        (b"POST /t/v1/track HTTP/1.1", True),
        (b"GET /t/t.js", True),
        (b"GET /app/", False),
        (b"GET /team HTTP/1.1", False),
        (b"GET /t HTTP/1.1", False),
        (b"GET http://x/t/t.js HTTP/1.1", False),
        (b"GE", None),
        (b"GET /t", None),
        (b"GET ", None),
        (b"", None),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03abcdefgh", False),
    ],
)
def test_the_beginning_of_a_request_says_its_way(data, way):
    assert is_short(data) is way


async def test_facts_go_the_short_way_and_pages_the_long_one(port):
    status, fields, body = await talk(port, post("/t/v1/track", b"{}"))
    assert (status, body) == (200, b"short POST /t/v1/track 2 {}")
    assert "date" in fields
    assert "server" not in fields
    _, _, body = await talk(port, b"GET /app/ HTTP/1.1\r\nHost: x\r\n\r\n")
    assert body == b"long GET /app/ 0 "


async def test_a_connection_is_kept_and_handed_over_when_it_asks_for_a_page(port):
    async with connected(port) as (reader, writer):
        for path, way in (
            ("/t/a", b"short"),
            ("/t/b", b"short"),
            ("/page", b"long"),
            ("/t/c", b"long"),
            ("/page", b"long"),
        ):
            writer.write(post(path, b"hello"))
            status, _, body = await answer(reader)
            assert (status, body.split()[0]) == (200, way)


async def test_a_request_may_come_byte_by_byte(port):
    data = post("/t/v1/page", b"some body", "X-More: of this\r\n")
    status, _, body = await talk(port, *(data[at : at + 1] for at in range(len(data))))
    assert (status, body) == (200, b"short POST /t/v1/page 9 some body")


async def test_a_body_in_chunks_is_put_together(port):
    head = b"POST /t/v1/page HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    _, _, body = await talk(port, head, b"3\r\nabc\r\n", b"4\r\ndefg\r\n0\r\n\r\n")
    assert body == b"short POST /t/v1/page 7 abcdefg"


async def test_a_large_body_comes_whole_although_it_is_paused(port):
    _, _, body = await talk(port, post("/t/v1/batch", b"x" * 3_000_000))
    assert body == b"short POST /t/v1/batch 3000000 " + b"x" * 20


async def test_a_percent_in_the_path_is_read_and_the_query_stays_apart(port):
    _, _, body = await talk(port, b"GET /t/c/a%20b?x=/t/ HTTP/1.1\r\nHost: x\r\n\r\n")
    assert body == b"short GET /t/c/a b 0 "


async def test_who_asks_first_whether_to_go_on_is_told_so(port):
    async with connected(port) as (reader, writer):
        writer.write(b"POST /t/x HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")
        assert (await answer(reader))[0] == 100
        writer.write(b"abc")
        assert (await answer(reader))[2] == b"short POST /t/x 3 abc"


async def test_head_is_answered_without_a_body(port):
    async with connected(port) as (reader, writer):
        writer.write(b"HEAD /t/x HTTP/1.1\r\nHost: x\r\n\r\n" + b"")
        head = await reader.readuntil(b"\r\n\r\n")
        assert b"content-length: 18" in head
        writer.write(post("/t/y"))
        assert (await answer(reader))[2].startswith(b"short POST /t/y")


@pytest.mark.parametrize("more", ["Connection: close\r\n", ""])
async def test_a_connection_is_closed_where_the_client_says_so(port, more):
    version = "1.1" if more else "1.0"
    async with connected(port) as (reader, writer):
        writer.write(f"GET /t/x HTTP/{version}\r\nHost: x\r\n{more}\r\n".encode())
        status, fields, _ = await answer(reader)
        assert (status, fields["connection"]) == (200, "close")
        assert await asyncio.wait_for(reader.read(), 10) == b""


async def test_a_request_sent_before_the_answer_is_not_mixed_up_with_it(port):
    async with connected(port) as (reader, writer):
        writer.write(post("/t/one", b"1") + post("/t/two", b"2"))
        _, fields, body = await answer(reader)
        assert body == b"short POST /t/one 1 1"
        assert fields["connection"] == "close"
        assert await asyncio.wait_for(reader.read(), 10) == b""


@pytest.mark.parametrize(
    "data",
    [
        b"NONSENSE /t/x HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST /t/x HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc",
        b"POST /t/x HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        b"POST /t/x HTTP/1.1\r\nHost : x\r\n\r\n",
        b"GET /t/x HTTP/9.9\r\nHost: x\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03abcdefgh",
    ],
)
async def test_what_is_no_clean_http_is_refused_and_closed(port, data):
    async with connected(port) as (reader, writer):
        writer.write(data)
        assert (await answer(reader))[0] == 400
        assert await asyncio.wait_for(reader.read(), 10) == b""


@pytest.mark.parametrize(("path", "status"), [("/t/x", 431), ("/page", 400)])
async def test_a_head_without_end_is_refused(port, path, status):
    async with connected(port) as (reader, writer):
        writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\n".encode() + b"X-Much: " + b"y" * 8000 + b"\r\n")
        for _ in range(10):
            writer.write(b"X-Much: " + b"y" * 8000 + b"\r\n")
        assert (await answer(reader))[0] == status


@pytest.mark.parametrize("path", ["/t/x", "/page"])
@pytest.mark.parametrize("rest", [b"", b"Content-Length: 9\r\n\r\nabc"])
async def test_a_client_that_is_too_slow_is_let_go(port, monkeypatch, path, rest):
    for name in ("HEAD_SECONDS", "BODY_SECONDS", "LOOK_SECONDS"):
        monkeypatch.setattr(serving, name, 0.1)
    async with connected(port) as (reader, writer):
        writer.write(f"POST {path} HTTP/1.1\r\nHost: x\r\n".encode() + rest)
        assert await asyncio.wait_for(reader.read(), 10) == b""
        if rest:
            await noted("gone")


async def test_an_idle_connection_is_let_go(port, monkeypatch):
    for name in ("IDLE_SECONDS", "LOOK_SECONDS"):
        monkeypatch.setattr(serving, name, 0.1)
    async with connected(port) as (reader, _):
        assert await asyncio.wait_for(reader.read(), 10) == b""


async def test_the_application_learns_that_the_client_has_gone(port):
    async with connected(port) as (_, writer):
        writer.write(post("/t/waits"))
        await noted("waiting")
    await noted("gone while waiting")


async def test_an_application_that_fails_is_a_500_and_the_connection_lives(port):
    async with connected(port) as (reader, writer):
        writer.write(post("/t/fails"))
        assert (await answer(reader))[0] == 500
        writer.write(post("/t/x"))
        assert (await answer(reader))[0] == 200


# Answers at once


class Prompt:
    """Answers some requests at once or soon, and leaves the others to `echo`."""

    async def __call__(self, scope, receive, send):
        await echo(scope, receive, send)

    def at_once(self, scope, body, respond):
        word = scope["path"].rpartition("/")[2]
        text = b"prompt %s %d" % (scope["path"].encode(), len(body))
        if word == "fails":
            raise RuntimeError("on purpose")
        if word == "soon":
            asyncio.get_running_loop().call_later(0.01, respond, 200, ((b"x-a", b"b"),), text)
        elif word == "never":
            seen.append("never")
            self.respond = respond
        elif word == "now":
            respond(200, [], text)
        else:
            return False
        return True


@pytest.fixture
def app():
    return Prompt()


@pytest.fixture
async def prompt(app):
    async with served(app) as port:
        yield port


@pytest.mark.parametrize("word", ["now", "soon"])
async def test_a_request_that_is_whole_may_be_answered_without_a_task(prompt, word):
    async with connected(prompt) as (reader, writer):
        for body in (b"", b"hello", b"x" * 32_000):
            writer.write(post(f"/t/{word}", body))
            assert await answer(reader) == (200, ANY, b"prompt /t/%s %d" % (word.encode(), len(body)))
        data = post(f"/t/{word}", b"some body")
        for at in range(len(data)):
            writer.write(data[at : at + 1])
            await writer.drain()
            await asyncio.sleep(0)
        _, fields, body = await answer(reader)
        assert body == b"prompt /t/%s 9" % word.encode()
        assert ("x-a" in fields) is (word == "soon")
        writer.write(post("/page"))
        assert (await answer(reader))[2].startswith(b"long POST /page")


@pytest.mark.parametrize(
    "data",
    [
        post("/t/other", b"hello"),
        post("/t/now", b"x" * 40_000),
        b"POST /t/now HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    ],
)
async def test_what_is_large_or_not_wanted_at_once_is_called_as_usual(prompt, data):
    async with connected(prompt) as (reader, writer):
        for _ in range(2):
            writer.write(data)
            assert (await answer(reader))[2].startswith(b"short POST /t/")


async def test_who_asks_first_is_told_to_go_on_also_where_answers_come_at_once(prompt):
    async with connected(prompt) as (reader, writer):
        writer.write(b"POST /t/now HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")
        assert (await answer(reader))[0] == 100
        writer.write(b"abc")
        assert (await answer(reader))[2] == b"short POST /t/now 3 abc"


async def test_requests_in_a_pipeline_get_one_answer_and_a_close_also_at_once(prompt):
    async with connected(prompt) as (reader, writer):
        writer.write(post("/t/now", b"1") + post("/t/now", b"2"))
        assert (await answer(reader))[1]["connection"] == "close"
        assert await asyncio.wait_for(reader.read(), 10) == b""


async def test_a_failure_at_once_is_a_500_and_the_connection_lives(prompt):
    async with connected(prompt) as (reader, writer):
        writer.write(post("/t/fails"))
        assert (await answer(reader))[0] == 500
        writer.write(post("/t/now"))
        assert (await answer(reader))[0] == 200


async def test_an_answer_to_a_client_that_has_gone_is_dropped(prompt, app):
    async with connected(prompt) as (_, writer):
        writer.write(post("/t/never"))
        await noted("never")
    async with connected(prompt) as (reader, writer):
        writer.write(post("/t/soon"))
        await answer(reader)
    app.respond(200, [], b"too late")
    assert (await talk(prompt, post("/t/now")))[0] == 200


async def test_a_head_that_is_too_long_in_one_piece_is_refused(prompt):
    head = b"X-Much: " + b"y" * 8000 + b"\r\n"
    async with connected(prompt) as (reader, writer):
        writer.write(b"POST /t/now HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n" + head * 9 + b"\r\n")
        assert (await answer(reader))[0] == 431
