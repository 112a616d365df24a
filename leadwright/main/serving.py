"""The public port's server: Uvicorn for the pages, and a short way for the collector's many small requests.

A connection begins on the short way, and stays there as long as it asks for `/t/…`: HTTP is parsed by httptools in the
loop's own thread, and the ASGI application is called with nothing between. The first request for anything else hands
the connection over to Uvicorn for good, byte for byte as it came. Both ways refuse heads that are too long or too slow.

Measured with a request that waits for a group commit: 16 µs of server a request here, 44 in Uvicorn, 47 in Granian,
whose threads pass the interpreter's lock to and fro. See docs/decisions/0018-a-short-way-for-facts.md.
"""

import asyncio
import http
import math
from collections.abc import Callable
from typing import Any
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
GO_ON = b"HTTP/1.1 100 Continue\r\n\r\n"
METHOD_BYTES = 16  # no method that we know is longer, with its space


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
        self.early = b""  # the beginning of a request, too short to say which way it goes
        self.parser: Any = None
        self.request: Exchange | None = None
        self.is_stopping = False

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
            self.slow.within(HEAD_SECONDS)
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._end(NOT_HTTP)
        except httptools.HttpParserError:
            if not self.transport.is_closing():
                self._end(NOT_HTTP)

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
            self._count(request, len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        """One field of the head."""
        if (request := self.request) and not request.is_followed:
            request.headers.append((name.lower(), value))
            self._count(request, len(name) + len(value))

    def on_headers_complete(self) -> None:
        """The head is whole: the application may begin."""
        if (request := self.request) and not request.is_followed and not self.transport.is_closing():
            self.slow.within(BODY_SECONDS)
            request.begin(self.parser)

    def on_body(self, body: bytes) -> None:
        """A piece of the body."""
        if (request := self.request) and not request.is_followed:
            self.slow.within(BODY_SECONDS)
            request.feed(body)

    def on_message_complete(self) -> None:
        """The request is whole."""
        if (request := self.request) and not request.is_followed:
            self.slow.rest()
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
        if not self.transport.is_closing():
            self.transport.resume_reading()

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

    def _count(self, request: "Exchange", size: int) -> None:
        request.head_bytes += size
        if request.head_bytes > HEAD_BYTES:
            self._end(TOO_LONG)

    def _end(self, answer: bytes) -> None:
        if not self.transport.is_closing():
            self.transport.write(answer)
            self.transport.close()


class Exchange:
    """One request with its answer: the scope, `receive` and `send` of ASGI."""

    __slots__ = (
        "body", "connection", "has_begun", "head", "head_bytes", "headers", "is_done", "is_followed", "is_gone",
        "is_kept", "is_told", "is_whole", "parts", "scope", "some", "status", "target",
    )  # fmt: skip

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.target = b""
        self.headers: list[tuple[bytes, bytes]] = []
        self.head_bytes = 0
        self.scope: dict[str, Any] = {}
        self.body = b""
        self.some: asyncio.Future[None] | None = None
        self.is_whole = self.is_gone = self.is_followed = self.is_told = False
        self.is_done = self.has_begun = self.is_kept = False
        self.head: list[bytes] = []
        self.parts: list[bytes] = []
        self.status = 0

    def begin(self, parser: Any) -> None:
        """Call the application."""
        raw, _, query = self.target.partition(b"?")
        path = raw.decode("latin-1")
        self.is_kept = parser.should_keep_alive()
        self.scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
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
        if any(name == b"expect" and value.lower() == b"100-continue" for name, value in self.headers):
            self.connection.transport.write(GO_ON)
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
        if not self.is_done:
            self._answer(500, [(b"content-type", b"text/plain; charset=utf-8")], [b"Something went wrong here."])

    # The client's side

    def feed(self, body: bytes) -> None:
        """A piece of the body came."""
        self.body = self.body + body if self.body else body
        if len(self.body) > WAITING_BYTES:
            self.connection.transport.pause_reading()
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

    def _answer(self, status: int, headers: Any, parts: list[bytes]) -> None:
        if self.is_done:
            return
        self.is_done = True
        keep = self.is_kept and self.is_whole and not self.is_followed and not self.connection.is_stopping
        lines = [STATUS[status]]
        has_length = status in NO_BODY
        for name, value in (*self.connection.state.default_headers, *headers):
            if name == b"content-length":
                if has_length:
                    continue
                has_length = True
            lines += (name, b": ", value, b"\r\n")
        if not has_length:
            lines.append(b"content-length: %d\r\n" % sum(map(len, parts)))
        lines.append(b"\r\n" if keep else b"connection: close\r\n\r\n")
        if self.scope["method"] != "HEAD":
            lines += parts
        if not self.is_gone:
            self.connection.transport.write(b"".join(lines))
        self.connection.answered(self, keep=keep)


def is_short(data: bytes) -> bool | None:
    """Whether a request that begins so asks for `/t/…`; None while too little of it is there to say."""
    space = data.find(b" ", 0, METHOD_BYTES)
    if space < 0:
        return None if len(data) < METHOD_BYTES and b"\r\n" not in data.lstrip(b"\r\n") else False
    target = data[space + 1 : space + 4]
    return target == b"/t/" if len(target) == 3 else (None if b"/t/".startswith(target) else False)
