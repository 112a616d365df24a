"""The public port's server: Uvicorn for the pages, and a short way for the collector's many small requests.

A connection begins on the short way, and stays there as long as it asks for `/t/…`: HTTP is parsed by httptools in the
loop's own thread, and the ASGI application is called with nothing between. The first request for anything else hands
the connection over to Uvicorn for good, byte for byte as it came. Both ways refuse heads that are too long or too slow.

Measured with a request that waits for a group commit: 16 µs of server a request here, 44 in Uvicorn, 47 in Granian,
whose threads pass the interpreter's lock to and fro. See docs/decisions/0018-a-short-way-for-facts.md. An application
with a method `at_once` is asked first, with a plain call instead of a task, for each small request that has come whole;
see `AtOnce` and docs/decisions/0032-a-call-instead-of-a-task.md.
"""

import asyncio
import http
import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, Protocol
from urllib.parse import unquote

import httptools
import structlog
from uvicorn import Config, Server
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

log = structlog.get_logger()

HEAD_BYTES = 64 * 1024
WAITING_BYTES = 128 * 1024  # of a body that nobody has asked for yet; then the client has to wait
HEAD_SECONDS = 30.0  # from a request's first byte to the end of its head
BODY_SECONDS = 60.0  # without a byte of the body that is still to come
IDLE_SECONDS = 75.0  # between two requests; longer than the proxies that stand before us keep theirs
LOOK_SECONDS = 5.0  # how late these limits may be noticed
BACKLOG = 2048

STATUS = {status.value: b"HTTP/1.1 %d %s\r\n" % (status.value, status.phrase.encode()) for status in http.HTTPStatus}
NO_BODY = frozenset({204, 304})
TOO_LONG = b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
NOT_HTTP = b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
ASGI = {"version": "3.0", "spec_version": "2.3"}
GO_ON = b"HTTP/1.1 100 Continue\r\n\r\n"
METHOD_BYTES = 16  # no method that we know is longer, with its space
WHOLE_BYTES = 32 * 1024  # a body up to this size may be asked for at once, when it is whole

Headers = Sequence[tuple[bytes, bytes]]
Respond = Callable[[int, Headers, bytes], None]


class AtOnce(Protocol):
    """What an application can have beside its ASGI call: a plain call for a request that has come whole."""

    def at_once(self, scope: dict[str, Any], body: bytes, respond: Respond) -> bool:
        """Answer through `respond`, now or later, but once; False leaves the request to the ASGI call. Never waits."""
        ...


def serve(app: str, host: str, port: int) -> None:
    """Serve an ASGI application, named as "module:name", until SIGINT or SIGTERM."""
    Server(
        Config(
            app,
            host=host,
            port=port,
            loop="uvloop",
            http=Connection,
            ws="none",
            lifespan="on",
            interface="asgi3",
            backlog=BACKLOG,
            log_config=None,
            access_log=False,
            proxy_headers=False,  # who the caller is, and whom we believe it, is `kit.addresses`'
            server_header=False,
            timeout_keep_alive=int(IDLE_SECONDS),
            timeout_graceful_shutdown=10,
        )
    ).run()


class Slow:
    """A deadline for what a client has still to send, with one timer that looks again where there was life since."""

    def __init__(self, loop: asyncio.AbstractEventLoop, end: Callable[[], None]) -> None:
        self.loop, self.end = loop, end
        self.deadline = 0.0
        self.timer: asyncio.TimerHandle | None = None

    def within(self, seconds: float) -> None:
        """The client has so long from now."""
        self.deadline = self.loop.time() + seconds
        if self.timer is None:
            self._look()

    def rest(self) -> None:
        """It is not the client's turn."""
        self.deadline = math.inf

    def stop(self) -> None:
        """Look no more."""
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None

    def _look(self) -> None:
        now = self.loop.time()
        if self.deadline <= now:
            self.timer = None
            self.end()
        else:
            self.timer = self.loop.call_at(min(self.deadline, now + LOOK_SECONDS), self._look)


class Guarded(HttpToolsProtocol):
    """Uvicorn's protocol, which of its own limits neither a head's length nor the time that a request takes to come."""

    head_bytes = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        super().connection_made(transport)  # type: ignore[arg-type]
        self.slow = Slow(self.loop, transport.close)

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        self.slow.stop()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """A head begins."""
        super().on_message_begin()
        self.head_bytes = 0
        self.slow.within(HEAD_SECONDS)

    def on_url(self, url: bytes) -> None:
        """A piece of the request's target."""
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """One field of the head."""
        self._count(len(name) + len(value))
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head is whole."""
        self.slow.within(BODY_SECONDS)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A piece of the body."""
        self.slow.within(BODY_SECONDS)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is whole."""
        self.slow.rest()
        super().on_message_complete()

    def _count(self, size: int) -> None:
        self.head_bytes += size
        if self.head_bytes > HEAD_BYTES:
            raise ValueError("The head is too long.")  # the parser makes a 400 of it


class Connection(asyncio.Protocol):
    """One connection on the short way. Requests are answered one behind the other.

    A client that sends the next request before it has its answer (pipelining, RFC 9112 9.3.2) gets the answer and a
    close, and has to send the next one again; no browser and no library of ours does so.
    """

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        self.config = config
        self.state = server_state
        self.app_state = app_state
        self.loop = _loop or asyncio.get_running_loop()
        self.app: Any = config.loaded_app
        self.at_once: Callable[[dict[str, Any], bytes, Respond], bool] | None = getattr(self.app, "at_once", None)
        self.early = b""  # the beginning of a request, too short to say which way it goes
        self.parser: Any = None
        self.request: Exchange | None = None
        self.is_stopping = self.is_paused = False
        self.head_bytes = 0  # what came since the request began; of its head, while that is coming

    # What the loop tells

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to wait for a request."""
        self.transport: Any = transport
        peer = transport.get_extra_info("peername")
        self.client = (peer[0], peer[1]) if isinstance(peer, tuple) else None
        self.state.connections.add(self)  # type: ignore[arg-type]  # it is asked for `shutdown` only
        self.slow = Slow(self.loop, transport.close)
        self.slow.within(IDLE_SECONDS)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell whoever still works for this connection."""
        self._leave()
        if self.request is not None:
            self.request.disconnect()

    def data_received(self, data: bytes) -> None:
        """Take what came, on the way that it asks for."""
        if self.request is None:
            if self.early:
                data, self.early = self.early + data, b""
            way = is_short(data)
            if way is None:
                self.early = data
                self.slow.within(HEAD_SECONDS)
                return
            if not way:
                self._hand_over(data)
                return
            if self.parser is None:
                self.parser = httptools.HttpRequestParser(self)
        is_first = self.request is None
        if is_first:
            self.head_bytes = 0
        self.head_bytes += len(data)
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._end(NOT_HTTP)
        except httptools.HttpParserError:
            if not self.transport.is_closing():
                self._end(NOT_HTTP)
        self._go_on(is_first=is_first)

    def _go_on(self, *, is_first: bool) -> None:
        """Let a request begin that waited to be whole, or say how long the client has for the rest of it."""
        request = self.request
        if request is not None and request.is_whole:
            self.slow.rest()
            if request.is_held and not self.transport.is_closing():
                request.begin_whole()
        elif request is not None and request.has_head:
            self.slow.within(BODY_SECONDS)
        elif self.head_bytes > HEAD_BYTES:
            self._end(TOO_LONG)
        elif is_first:
            self.slow.within(HEAD_SECONDS)

    def eof_received(self) -> None:
        """Nothing more comes; what was asked for is still answered."""
        if self.request is not None and not self.request.is_whole:
            self.transport.close()

    def shutdown(self) -> None:
        """Close after the answer that is under way."""
        self.is_stopping = True
        if self.request is None:
            self.transport.close()

    def pause_writing(self) -> None:
        """Our answers are short: they fit into the transport's buffer."""

    def resume_writing(self) -> None:
        """See `pause_writing`."""

    # What the parser tells

    def on_message_begin(self) -> None:
        """A request begins."""
        if self.request is None:
            self.request = Exchange(self)
        else:
            self.request.is_followed = True

    def on_url(self, url: bytes) -> None:
        """A piece of the request's target."""
        if (request := self.request) and not request.is_followed:
            request.target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """One field of the head."""
        if (request := self.request) and not request.is_followed:
            request.headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        """The head is whole: the application may begin."""
        if (request := self.request) and not request.is_followed and not self.transport.is_closing():
            if self.head_bytes > HEAD_BYTES and request.measure() > HEAD_BYTES:  # of one piece with a body, perhaps
                self._end(TOO_LONG)
            else:
                request.read_head(self.parser)

    def on_body(self, body: bytes) -> None:
        """A piece of the body."""
        if (request := self.request) and not request.is_followed:
            request.feed(body)

    def on_message_complete(self) -> None:
        """The request is whole."""
        if (request := self.request) and not request.is_followed:
            request.complete()

    # Ways on

    def answered(self, request: "Exchange", *, keep: bool) -> None:
        """An answer was written: wait for the next request, or close."""
        self.state.total_requests += 1
        self.request = None
        if self.transport.is_closing():
            return
        if keep and request.is_whole and not request.is_followed and not self.is_stopping:
            self.slow.within(IDLE_SECONDS)
            self.read_on()
        else:
            self.transport.close()

    def read_on(self) -> None:
        """Take more from the client, where a pause was made."""
        if self.is_paused and not self.transport.is_closing():
            self.is_paused = False
            self.transport.resume_reading()

    def pause(self) -> None:
        """Take no more from the client for the moment."""
        if not self.is_paused and not self.transport.is_closing():
            self.is_paused = True
            self.transport.pause_reading()

    def _hand_over(self, data: bytes) -> None:
        self._leave()
        other = Guarded(self.config, self.state, self.app_state, self.loop)
        self.transport.set_protocol(other)
        other.connection_made(self.transport)
        if self.is_stopping:
            other.shutdown()
        else:
            other.data_received(data)

    def _leave(self) -> None:
        self.state.connections.discard(self)
        self.slow.stop()

    def _end(self, answer: bytes) -> None:
        if not self.transport.is_closing():
            self.transport.write(answer)
            self.transport.close()


class Exchange:
    """One request with its answer: the scope, `receive` and `send` of ASGI."""

    scope: dict[str, Any]
    target = body = b""
    some: asyncio.Future[None] | None = None
    has_head = is_held = is_whole = is_gone = is_followed = is_told = is_done = is_kept = False
    head: Headers = ()
    status = 0

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.headers: list[tuple[bytes, bytes]] = []
        self.parts: list[bytes] = []

    def measure(self) -> int:
        """The length of the head."""
        return len(self.target) + sum(len(name) + len(value) for name, value in self.headers)

    def read_head(self, parser: Any) -> None:
        """The head is whole: call the application, or hold a small request back until its body is there, too."""
        raw, _, query = self.target.partition(b"?")
        path = raw.decode("latin-1")
        self.has_head = True
        self.is_kept = parser.should_keep_alive()
        self.scope = {
            "type": "http",
            "asgi": ASGI,
            "http_version": parser.get_http_version(),
            "method": parser.get_method().decode("latin-1"),
            "scheme": "http",
            "path": unquote(path) if "%" in path else path,
            "raw_path": raw,
            "query_string": query,
            "root_path": "",
            "headers": self.headers,
            "client": self.connection.client,
        }
        told = dict(self.headers)
        if waits_for_word := told.get(b"expect", b"").lower() == b"100-continue":
            self.connection.transport.write(GO_ON)
        self.is_held = (
            self.connection.at_once is not None
            and int(told.get(b"content-length", 0)) <= WHOLE_BYTES  # a number: the parser has made sure
            and b"transfer-encoding" not in told
            and not waits_for_word
        )
        if not self.is_held:
            self.begin()

    def begin_whole(self) -> None:
        """The request is whole: ask the application for an answer at once, or call it as usual."""
        self.is_held = False
        take = self.connection.at_once
        try:
            is_taken = take is not None and take(self.scope, self.body, self.respond)
        except Exception:
            log.exception("a request was not answered", path=self.scope["path"])
            self._wrong()
            return
        if not is_taken:
            self.begin()

    def begin(self) -> None:
        """Call the application."""
        task = self.connection.loop.create_task(self.run())
        tasks = self.connection.state.tasks
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    async def run(self) -> None:
        """Let the application answer; 500 where it does not."""
        try:
            await self.connection.app(self.scope, self.receive, self.send)
        except Exception:
            log.exception("a request was not answered", path=self.scope["path"])
        self._wrong()

    def respond(self, status: int, headers: Headers, body: bytes) -> None:
        """Take the whole answer of `at_once`."""
        self._answer(status, headers, [body] if body else [])

    def _wrong(self) -> None:
        """Say that there is no answer, where there was none."""
        self._answer(500, [(b"content-type", b"text/plain; charset=utf-8")], [b"Something went wrong here."])

    # The client's side

    def feed(self, body: bytes) -> None:
        """A piece of the body came."""
        self.body = self.body + body if self.body else body
        if len(self.body) > WAITING_BYTES:
            self.connection.pause()
        self._wake()

    def complete(self) -> None:
        """The body is whole."""
        self.is_whole = True
        self._wake()

    def disconnect(self) -> None:
        """The client has gone."""
        self.is_gone = True
        self._wake()

    def _wake(self) -> None:
        if self.some is not None and not self.some.done():
            self.some.set_result(None)

    # The application's side

    async def receive(self) -> dict[str, Any]:
        """The next piece of the body, or word that the client has gone."""
        while not (self.body or self.is_gone or (self.is_whole and not self.is_told)):
            self.some = self.connection.loop.create_future()
            await self.some
        if self.is_gone:
            return {"type": "http.disconnect"}
        body, self.body = self.body, b""
        self.is_told = self.is_whole
        if not self.is_whole:
            self.connection.read_on()
        return {"type": "http.request", "body": body, "more_body": not self.is_whole}

    async def send(self, event: dict[str, Any]) -> None:
        """Take the answer; it goes out in one piece when it is whole."""
        if event["type"] == "http.response.start":
            self.status, self.head = event["status"], event["headers"]
            return
        if body := event.get("body", b""):
            self.parts.append(body)
        if not event.get("more_body"):
            self._answer(self.status, self.head, self.parts)

    def _answer(self, status: int, headers: Headers, parts: list[bytes]) -> None:
        if self.is_done:
            return
        self.is_done = True
        connection = self.connection
        keep = self.is_kept and self.is_whole and not self.is_followed and not connection.is_stopping
        body = parts[0] if len(parts) == 1 else b"".join(parts)
        fields = _fields(headers, status, len(body)) if type(headers) is tuple else _drawn(headers, status, len(body))
        end = b"\r\n" if keep else b"connection: close\r\n\r\n"
        if self.scope["method"] == "HEAD":
            body = b""
        if not self.is_gone:
            connection.transport.write(STATUS[status] + _usual(connection.state) + fields + end + body)
        self.connection.answered(self, keep=keep)


def _drawn(headers: Headers, status: int, length: int) -> bytes:
    """Fields of an answer as they are sent, with a length where the application names none."""
    lines: list[bytes] = []
    has_length = status in NO_BODY
    for name, value in headers:
        if name == b"content-length":
            if has_length:
                continue
            has_length = True
        lines += (name, b": ", value, b"\r\n")
    if not has_length:
        lines.append(b"content-length: %d\r\n" % length)
    return b"".join(lines)


def _usual(state: ServerState) -> bytes:
    """What Uvicorn puts before every answer's fields: the date; it makes a new list each second."""
    global _told
    if _told[0] is not state.default_headers:
        _told = (state.default_headers, b"".join(b"%b: %b\r\n" % each for each in state.default_headers))
    return _told[1]


_told: tuple[list[tuple[bytes, bytes]], bytes] = ([], b"")
_fields = lru_cache(256)(_drawn)  # of answers whose fields are a tuple: those come again and again


def is_short(data: bytes) -> bool | None:
    """Whether a request that begins so asks for `/t/…`; None while too little of it is there to say."""
    space = data.find(b" ", 0, METHOD_BYTES)
    if space < 0:
        return None if len(data) < METHOD_BYTES and b"\r\n" not in data.lstrip(b"\r\n") else False
    target = data[space + 1 : space + 4]
    return target == b"/t/" if len(target) == 3 else (None if b"/t/".startswith(target) else False)
