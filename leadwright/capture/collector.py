"""The collector: bare ASGI under `/t/…`, durable before it answers, and without Django.

It judges only what cannot wait (size, syntax, key, origin, form), appends the raw hit with COPY, and answers after the
commit. Overload is said (503 with Retry-After); nothing is dropped in silence. HEAD and GET change nothing, except that
a link that was followed and a picture that was loaded are noted.
"""

import asyncio
import base64
import gc
import gzip
import hashlib
import uuid
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from pathlib import Path
from threading import get_ident
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import structlog
from psycopg_pool import AsyncConnectionPool

from leadwright.capture import answers, calls, crossings, scripts
from leadwright.capture.buffers import Buffer, Hit, Overloaded, Unwritable, open_pool
from leadwright.capture.calls import BATCHES, CALL_BYTES, CALLS, Limits
from leadwright.capture.forms import submissions
from leadwright.capture.requests import (
    Answer,
    Receive,
    Refused,
    Request,
    Respond,
    Scope,
    Send,
    TooMany,
    form_values,
    json_answer,
    redirect,
    set_cookie,
    with_query,
)
from leadwright.capture.snapshots import Key, Renewing
from leadwright.kit import clock, config, ids, signing

log = structlog.get_logger()

CANARY = "canary:"  # the target of the hidden link in a mail (engage.tokens)
RETRY_SECONDS = 2
CALL_PATHS = {f"/t/{below}{name}": name for name in CALLS for below in ("", "v1/")}
PIXEL = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")


class Script(NamedTuple):
    """The tracker as it is served: plain, packed, and its tag."""

    plain: bytes
    packed: bytes
    tag: bytes


def _script(cookies: str) -> Script:
    source = (Path(__file__).parent / "tracker.js").read_text(encoding="utf-8")
    plain = scripts.squeeze(source.replace('mode = "always"', f'mode = "{cookies}"')).encode()
    tag = f'"{hashlib.sha256(plain).hexdigest()[:16]}"'.encode()
    return Script(plain, gzip.compress(plain, mtime=0), tag)


TRACKERS = {cookies: _script(cookies) for cookies in ("always", "consent", "never")}


class Collector:
    """The collector of one process: its pool, its buffer and its snapshot."""

    def __init__(self, pool: AsyncConnectionPool, url: str) -> None:
        self.pool = pool
        self.buffer = Buffer(pool)
        self.known = Renewing(pool, url)
        self.limits = Limits()
        self.is_https = config.base_url().startswith("https:")
        reading, asking = ("GET", "HEAD"), ("GET", "HEAD", "POST")
        self.pages: dict[str, tuple[tuple[str, ...], Callable[[Request, str], Awaitable[Answer]]]] = {
            "t.js": (reading, self.tracker),
            "c": (reading, self.click),
            "o": (reading, self.opened),
            "l": (reading, self.link),
            "u": (asking, self.unsubscribe),
            "d": (asking, self.confirm),
        }

    @classmethod
    async def start(cls, url: str) -> "Collector":
        """Open the database and learn forms, keys and links."""
        pool = await open_pool(url)
        collector = cls(pool, url)
        await collector.known.renew()
        collector.known.start()
        collector.buffer.start()
        return collector

    async def stop(self) -> None:
        """Write what waits, then close."""
        await self.buffer.stop()
        await self.known.stop()
        await self.pool.close()

    async def answer(self, request: Request) -> Answer:
        """Answer one request below `/t/`."""
        area, _, rest = request.path.removeprefix("/t/").partition("/")
        if area == "v1" or area in CALLS or area in BATCHES:
            name = rest if area == "v1" else area
            return await self._cross_origin(request, self._called(request, name))
        if area == "f":
            request.is_welcome = True  # a form may stand on any site
            return await self._cross_origin(request, self._submitted(request, rest))
        if area not in self.pages:
            raise Refused(404, "There is nothing here.")
        methods, page = self.pages[area]
        if request.method not in methods:
            raise Refused(405, f"Use {' or '.join(methods)}.")
        return await page(request, rest)

    def take_at_once(self, request: Request, body: bytes, respond: Respond) -> bool:
        """Answer a single call that has come whole, without a task of its own: its group's commit answers it. False
        for anything else, and where something must be waited for before it can be judged."""
        name = CALL_PATHS.get(request.path)
        if name is None or request.method != "POST":
            return False

        def answer(error: Exception | None = None) -> None:
            if error is None and not request.origin:
                respond(200, calls.TAKEN_HEADERS, calls.TAKEN)
                return
            found = self.refusal(request, error) if error else calls.taken()
            respond(*self._welcome(request, found).parts())

        try:
            hits = calls.take_at_once(self, request, name, body)
            if hits is None:
                return False
            self.buffer.put_then(self._lines(hits, calls.MOST_BYTES), answer)
        except (Refused, Overloaded) as error:
            answer(error)
        return True

    async def _called(self, request: Request, name: str) -> Answer:
        return await (crossings.take(self, request) if name == "cross" else calls.take(self, request, name))

    async def _submitted(self, request: Request, code: str) -> Answer:
        if request.method == "POST":
            self.limits.check_form(request)
        return await submissions.take(self, request, code)

    # Keeping

    async def put(self, hits: Sequence[Hit], longest: int = 0) -> None:
        """Answer once the hits are committed; raises Refused 413 where one is longer than `longest` bytes."""
        await self.buffer.put(self._lines(hits, longest))

    def _lines(self, hits: Sequence[Hit], longest: int) -> list[bytes]:
        lines = [hit.line() for hit in hits]
        for number, line in enumerate(lines if longest else ()):
            if len(line) > longest:
                raise Refused(413, f"Call {number + 1} is too large; send at most {CALL_BYTES // 1024} KB in each.")
        return lines

    async def keep(self, request: Request, kind: str, payload: dict[str, Any], **more: Any) -> str:
        """Keep one hit; answers its message id once it is committed."""
        message_id = more.pop("message_id", "") or ids.hex7()
        payload["lw"] = request.marks()
        await self.put([self.hit(request, kind, message_id, payload, **more)])
        return str(message_id)

    def hit(self, request: Request, kind: str, message_id: str, payload: dict[str, Any], key: Key | None = None) -> Hit:
        """A hit of a request."""
        agent = request.header(b"user-agent")[:500]
        return Hit(clock.now(), kind, message_id, payload, key.id if key else None, request.address, agent)

    # Links in mails and campaigns

    async def click(self, request: Request, token: str) -> Answer:
        """Note that a link in a mail was followed, and lead on."""
        uid, message, url = _token("click", token, 3)
        if url == CANARY:
            await self.keep(request, "canary", {"contact": str(uid), "message": message} | _known_as(request))
            return redirect(302, config.base_url())
        if not _leads_somewhere(url):
            raise Refused(404, "This link leads nowhere; ask for a new one.")
        if request.method == "HEAD":  # no reader's, and so no browser's: kept, because it tells on who asks
            await self.keep(request, "click", {"contact": str(uid), "message": message, "url": url})
            return redirect(302, url)
        visitor, is_new = await self._visitor(request)
        payload = {"contact": str(uid), "message": message, "url": url, "fresh": is_new}
        if visitor:
            payload["anonymousId"] = visitor
        await self.keep(request, "click", payload)
        return self._remember(redirect(302, url), visitor, is_new=is_new)

    async def opened(self, request: Request, name: str) -> Answer:
        """Note that a mail's picture was loaded; the picture comes in any case."""
        picture = Answer(200, PIXEL, "image/gif", [(b"cache-control", b"no-store, private")])
        try:
            uid, message = _token("open", name.removesuffix(".gif"), 2)
        except Refused:
            return picture
        if request.method == "GET":
            await self.keep(request, "open", {"contact": str(uid), "message": message})
        return picture

    async def link(self, request: Request, code: str) -> Answer:
        """Note that a campaign's link was followed, and lead on with its utm_ names."""
        link = await self.known.link(code)
        if link is None:
            raise Refused(404, "There is no such link.")
        target = with_query(link.target, link.utm, keep=True)
        if request.method == "HEAD":
            return redirect(302, target)
        visitor, is_new = await self._visitor(request)
        payload: dict[str, Any] = {"link": code, "url": target, "referrer": request.header(b"referer")[:2000]}
        if visitor:
            payload["anonymousId"] = visitor
        await self.keep(request, "link", payload)
        return self._remember(redirect(302, target), visitor, is_new=is_new)

    async def _visitor(self, request: Request) -> tuple[str, bool]:
        """The browser's anonymous id, and whether it was made just now and is to be remembered; none where the browser
        says no. Where the workspace gives no cookies unasked, it is the day's."""
        if request.says_no:
            return "", False
        cookies = self.known.now.cookies
        if request.visitor and cookies != "never":
            return request.visitor, False
        return (ids.hex7(), True) if cookies == "always" else (await self.known.daily(request), False)

    def _remember(self, answer: Answer, visitor: str, *, is_new: bool) -> Answer:
        return set_cookie(answer, visitor, secure=self.is_https) if visitor and is_new else answer

    # Consent

    async def unsubscribe(self, request: Request, token: str) -> Answer:
        """GET asks; POST, by the button or by RFC 8058, does it."""
        uid, message, purpose = _token("unsubscribe", token, 3)
        preferences = f"/t/p/{signing.sign('preferences', [uid.bytes])}"
        firm, name = self.known.now.firm, self._purpose(purpose)
        if request.method in ("GET", "HEAD"):
            return Answer(200, answers.unsubscribe(firm, name, preferences), answers.HTML, list(answers.PRIVATE))
        values = form_values(await request.body(CALL_BYTES), request.header(b"content-type"))
        everything = values.get("from") == "all" or not purpose
        one_click = "List-Unsubscribe" in values
        payload = {
            "contact": str(uid),
            "message": message,
            "purpose": "" if everything else purpose,
            "one_click": one_click,
        }
        await self.keep(request, "unsubscribe", payload)
        page = answers.unsubscribed(firm, "" if everything else name, preferences)
        return Answer(200, page, answers.HTML, list(answers.PRIVATE))

    async def confirm(self, request: Request, token: str) -> Answer:
        """GET asks; POST confirms a consent that waits for it (double opt-in)."""
        uid, record, purpose = _token("confirm", token, 3)
        firm, name = self.known.now.firm, self._purpose(purpose)
        if request.method in ("GET", "HEAD"):
            return Answer(200, answers.confirm(firm, name), answers.HTML, list(answers.PRIVATE))
        await request.body(CALL_BYTES)
        payload: dict[str, Any] = {"contact": str(uid), "record": record, "purpose": purpose}
        if request.visitor and not request.says_no:
            payload["anonymousId"] = request.visitor
        await self.keep(request, "confirm", payload)
        return Answer(200, answers.confirmed(firm, name), answers.HTML, list(answers.PRIVATE))

    def _purpose(self, key: str) -> str:
        """How people know a purpose; its key in words where nobody has described it."""
        return self.known.now.purposes.get(key) or key.replace("-", " ").replace("_", " ").capitalize()

    # The rest

    async def tracker(self, request: Request, _rest: str) -> Answer:
        """The tracker's script, which does what the workspace says of cookies."""
        script = TRACKERS[self.known.now.cookies]
        headers = [
            (b"cache-control", b"public, max-age=3600"),
            (b"etag", script.tag),
            (b"access-control-allow-origin", b"*"),
            (b"cross-origin-resource-policy", b"cross-origin"),
        ]
        if request.headers.get(b"if-none-match") == script.tag:
            return Answer(304, headers=headers)
        if "gzip" in request.header(b"accept-encoding"):
            headers += [(b"content-encoding", b"gzip"), (b"vary", b"accept-encoding")]
            return Answer(200, script.packed, "text/javascript; charset=utf-8", headers)
        return Answer(200, script.plain, "text/javascript; charset=utf-8", headers)

    async def _cross_origin(self, request: Request, work: Coroutine[Any, Any, Answer]) -> Answer:
        """Let pages of other sites read the answer where they may send: keys and their allowed origins decide."""
        if request.method == "OPTIONS":
            work.close()
            request.is_welcome = request.is_welcome or self.known.now.welcomes(request.origin)
            answer = Answer(204, headers=[(b"access-control-max-age", b"7200")])
        else:
            try:
                answer = await work
            except (Refused, Overloaded, Unwritable) as error:
                answer = self.refusal(request, error)
        return self._welcome(request, answer)

    def _welcome(self, request: Request, answer: Answer) -> Answer:
        """Say to a page of another site that it may read the answer, where it may."""
        if origin := request.origin:
            answer.headers.append((b"vary", b"origin"))
            if request.is_welcome:
                answer.headers += [
                    (b"access-control-allow-origin", origin.encode("latin-1", "replace")),
                    (b"access-control-allow-methods", b"POST, OPTIONS"),
                    (b"access-control-allow-headers", b"content-type, content-encoding, authorization"),
                    (b"access-control-expose-headers", b"retry-after"),
                ]
        return answer

    def refusal(self, request: Request, error: Exception) -> Answer:
        """The answer to what cannot be taken: JSON for calls, a page for people."""
        headers: list[tuple[bytes, bytes]] = []
        match error:
            case Refused():
                status, sentence = error.status, str(error)
                if isinstance(error, TooMany):
                    headers = [(b"retry-after", str(int(error.wait) + 1).encode())]
            case Overloaded():
                status, sentence = 503, "Too much comes in at once, or the database is away; please try again."
                headers = [(b"retry-after", str(RETRY_SECONDS).encode())]
            case Unwritable():
                status, sentence = 400, "The database does not take this as it is; it may be nested too deep."
            case _:
                raise error
        if status == 401:
            headers.append((b"www-authenticate", b'Basic realm="Leadwright"'))
        if "text/html" in request.header(b"accept"):
            return Answer(
                status, answers.wrong(self.known.now.firm, sentence), answers.HTML, [*answers.PRIVATE, *headers]
            )
        answer = json_answer(status, {"success": False, "error": sentence})
        answer.headers += headers
        return answer


def _known_as(request: Request) -> dict[str, str]:
    """The browser's own name, where it has one and says nothing against it."""
    return {"anonymousId": request.visitor} if request.visitor and not request.says_no else {}


def _token(purpose: str, token: str, length: int) -> list[Any]:
    """What a mail's link carries, the contact's uid first; raises Refused 404 for any other text."""
    try:
        uid, *rest = signing.read(purpose, token)
        if len(rest) != length - 1:
            raise signing.BadToken("This link is not one of ours; ask for a new one.")
        return [uuid.UUID(bytes=bytes(uid)), *rest]
    except signing.BadToken as error:
        raise Refused(404, str(error)) from None
    except (ValueError, TypeError):
        raise Refused(404, "This link is not one of ours; ask for a new one.") from None


def _leads_somewhere(url: Any) -> bool:
    """Whether a link may be followed: we have signed it, but what it was made of came from an editor."""
    if not isinstance(url, str):
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return bool(parts.netloc) if parts.scheme in ("http", "https") else parts.scheme in ("mailto", "tel")


_running: dict[asyncio.AbstractEventLoop, Collector] = {}
_here: dict[int, Collector] = {}  # by thread, of which each runs one loop; asking for the loop asks the kernel
_starting: dict[asyncio.AbstractEventLoop, asyncio.Lock] = {}


async def running() -> Collector:
    """The collector of the running loop, started on first use."""
    loop = asyncio.get_running_loop()
    if loop not in _running:
        async with _starting.setdefault(loop, asyncio.Lock()):
            if loop not in _running:
                _running[loop] = _here[get_ident()] = await Collector.start(database_url())
    return _running[loop]


async def stop() -> None:
    """Stop the collector of the running loop, if it was started."""
    loop = asyncio.get_running_loop()
    _starting.pop(loop, None)
    _here.pop(get_ident(), None)
    if collector := _running.pop(loop, None):
        await collector.stop()


def database_url() -> str:
    """The database's address as libpq takes it, without what only Django's settings know."""
    url = config.database_url()
    parts = urlsplit(url)
    pairs = [(name, value) for name, value in parse_qsl(parts.query) if name != "test_template"]
    return urlunsplit(parts._replace(query=urlencode(pairs, safe="/")))


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        event = await receive()
        if event["type"] == "lifespan.startup":
            # What is loaded stays; a request leaves no garbage in circles. Looking for it took 5 % of each.
            gc.freeze()
            gc.set_threshold(50_000, 20, 100)
            await send({"type": "lifespan.startup.complete"})
        else:
            await stop()
            await send({"type": "lifespan.shutdown.complete"})
            return


class Application:
    """The collector for a server: by ASGI, and at once for single calls, where the server can do that."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request below `/t/`."""
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
            return
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        try:
            collector = await running()
        except Exception:
            log.exception("the collector could not start")
            retry = [(b"retry-after", str(RETRY_SECONDS).encode())]
            await Answer(503, b"The database is away; please try again.", headers=retry).send(send)
            return
        try:
            answer = await collector.answer(request)
        except (Refused, Overloaded, Unwritable) as error:
            answer = collector.refusal(request, error)
        await answer.send(send, head=request.method == "HEAD")

    def at_once(self, scope: Scope, body: bytes, respond: Respond) -> bool:
        """Take a single call that has come whole (`main.serving.AtOnce`); False leaves the request to the ASGI call."""
        collector = _here.get(get_ident())
        return collector is not None and collector.take_at_once(Request(scope, _nothing), body, respond)


async def _nothing() -> dict[str, Any]:
    return {"type": "http.disconnect"}


app = Application()
