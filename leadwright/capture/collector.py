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
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import structlog
from psycopg_pool import AsyncConnectionPool

from leadwright.capture import answers, submissions
from leadwright.capture.buffers import Buffer, Hit, Overloaded, Unwritable, open_pool
from leadwright.capture.requests import (
    Answer,
    Receive,
    Refused,
    Request,
    Scope,
    Send,
    document,
    form_values,
    json_answer,
    redirect,
    set_cookie,
    with_query,
)
from leadwright.capture.snapshots import Key, Renewing
from leadwright.kit import clock, config, ids, signing

log = structlog.get_logger()

CALL_BYTES = 32 * 1024
BATCH_BYTES = 500 * 1024
BATCH_CALLS = 5_000
RETRY_SECONDS = 2
CALLS = ("track", "page", "screen", "identify", "group", "alias")
PIXEL = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
TRACKER = (Path(__file__).parent / "tracker.js").read_bytes()
TRACKER_PACKED = gzip.compress(TRACKER, mtime=0)
TRACKER_TAG = f'"{hashlib.sha256(TRACKER).hexdigest()[:16]}"'.encode()
TAKEN = b'{"success":true}'


class Collector:
    """The collector of one process: its pool, its buffer and its snapshot."""

    def __init__(self, pool: AsyncConnectionPool, url: str) -> None:
        self.pool = pool
        self.buffer = Buffer(pool)
        self.known = Renewing(pool, url)
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
        if area in ("v1", *CALLS, "batch"):
            name = rest if area == "v1" else area
            return await self._cross_origin(request, lambda: self.call(request, name))
        if area == "f":
            return await self._cross_origin(request, lambda: submissions.take(self, request, rest))
        if area not in self.pages:
            raise Refused(404, "There is nothing here.")
        methods, page = self.pages[area]
        if request.method not in methods:
            raise Refused(405, f"Use {' or '.join(methods)}.")
        return await page(request, rest)

    # Keeping

    async def keep(self, request: Request, kind: str, payload: dict[str, Any], **more: Any) -> str:
        """Keep one hit; answers its message id once it is committed."""
        message_id = more.pop("message_id", "") or ids.hex7()
        payload["lw"] = request.marks()
        await self.buffer.put([self._hit(request, kind, message_id, payload, **more)])
        return str(message_id)

    def _hit(
        self, request: Request, kind: str, message_id: str, payload: dict[str, Any], key: Key | None = None
    ) -> Hit:
        return Hit(
            received_at=clock.now(),
            kind=kind,
            message_id=message_id,
            payload=payload,
            key_id=key.id if key else None,
            address=request.address,
            user_agent=request.header(b"user-agent")[:500],
        )

    # Segment's HTTP tracking API

    async def call(self, request: Request, name: str) -> Answer:
        """One call or a batch, as Segment's libraries send it."""
        if name not in (*CALLS, "batch"):
            raise Refused(404, f"There is no call '{name[:40]}'; there are batch, {', '.join(CALLS)}.")
        if request.method != "POST":
            raise Refused(405, "Use POST.")
        found = document(await request.body(BATCH_BYTES if name == "batch" else CALL_BYTES))
        if not isinstance(found, dict):
            raise Refused(400, "Send a JSON object.")
        key = await self._key(request, found)
        if name != "batch":
            found["type"] = name
        messages = self._batch(found) if name == "batch" else [found]
        marks = request.marks()
        if "sentAt" in found:
            marks["sent_at"] = str(found["sentAt"])[:40]
        if key:
            marks["scope"] = key.scope
        hits = []
        for message in messages:
            kind = message.get("type")
            message_id = _message_id(message.get("messageId"))
            message.pop("writeKey", None)
            message["lw"] = marks
            hits.append(self._hit(request, kind if kind in CALLS else "unknown", message_id, message, key))
        if hits:
            await self.buffer.put(hits)
        return Answer(200, TAKEN, "application/json")

    def _batch(self, found: dict[str, Any]) -> list[dict[str, Any]]:
        batch = found.get("batch")
        if not isinstance(batch, list) or not all(isinstance(each, dict) for each in batch):
            raise Refused(400, "A batch is an object with a list of calls under 'batch'.")
        if len(batch) > BATCH_CALLS:
            raise Refused(413, f"Send at most {BATCH_CALLS:,} calls in a batch.")
        context = found.get("context")
        if isinstance(context, dict):
            return [
                each | {"context": context | (each["context"] if isinstance(each.get("context"), dict) else {})}
                for each in batch
            ]
        return batch

    async def _key(self, request: Request, found: dict[str, Any]) -> Key | None:
        user, token = request.user_and_token()
        secret = user or token or str(found.get("writeKey") or "")
        if not secret:
            if request.is_same_origin:
                return None
            raise Refused(401, "Send a key, as Basic user name or as 'writeKey'. `leadwright key create` makes one.")
        key = await self.known.key(secret)
        if key is None:
            raise Refused(401, "This key is not known, was revoked, or may not send facts.")
        if not key.allows(request.origin):
            raise Refused(403, f"This key may not be used on {request.origin}; add it to the key's allowed origins.")
        return key

    # Links in mails and campaigns

    async def click(self, request: Request, token: str) -> Answer:
        """Note that a link in a mail was followed, and lead on."""
        uid, message, url = _token("click", token, 3)
        if not _leads_somewhere(url):
            raise Refused(404, "This link leads nowhere; ask for a new one.")
        if request.method == "HEAD":
            return redirect(302, url)
        visitor, is_new = self._visitor(request)
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
        visitor, is_new = self._visitor(request)
        payload: dict[str, Any] = {"link": code, "url": target, "referrer": request.header(b"referer")[:2000]}
        if visitor:
            payload["anonymousId"] = visitor
        await self.keep(request, "link", payload)
        return self._remember(redirect(302, target), visitor, is_new=is_new)

    def _visitor(self, request: Request) -> tuple[str, bool]:
        """The browser's anonymous id, and whether it was made just now; none where the browser says no."""
        if request.says_no:
            return "", False
        if request.visitor:
            return request.visitor, False
        return str(ids.uuid7()), True

    def _remember(self, answer: Answer, visitor: str, *, is_new: bool) -> Answer:
        return set_cookie(answer, visitor, secure=self.is_https) if visitor and is_new else answer

    # Consent

    async def unsubscribe(self, request: Request, token: str) -> Answer:
        """GET asks; POST, by the button or by RFC 8058, does it."""
        uid, message, purpose = _token("unsubscribe", token, 3)
        preferences = f"/t/p/{signing.sign('preferences', [uid.bytes])}"
        firm = self.known.now.firm
        if request.method in ("GET", "HEAD"):
            return Answer(200, answers.unsubscribe(firm, purpose, preferences), answers.HTML, list(answers.PRIVATE))
        values = form_values(await request.body(CALL_BYTES), request.header(b"content-type"))
        everything = values.get("from") == "all"
        one_click = "List-Unsubscribe" in values
        payload = {
            "contact": str(uid),
            "message": message,
            "purpose": "" if everything else purpose,
            "one_click": one_click,
        }
        await self.keep(request, "unsubscribe", payload)
        page = answers.unsubscribed(firm, payload["purpose"], preferences)
        return Answer(200, page, answers.HTML, list(answers.PRIVATE))

    async def confirm(self, request: Request, token: str) -> Answer:
        """GET asks; POST confirms a consent that waits for it (double opt-in)."""
        uid, record, purpose = _token("confirm", token, 3)
        firm = self.known.now.firm
        if request.method in ("GET", "HEAD"):
            return Answer(200, answers.confirm(firm, purpose), answers.HTML, list(answers.PRIVATE))
        await request.body(CALL_BYTES)
        payload: dict[str, Any] = {"contact": str(uid), "record": record, "purpose": purpose}
        if request.visitor and not request.says_no:
            payload["anonymousId"] = request.visitor
        await self.keep(request, "confirm", payload)
        return Answer(200, answers.confirmed(firm, purpose), answers.HTML, list(answers.PRIVATE))

    # The rest

    async def tracker(self, request: Request, _rest: str) -> Answer:
        """The tracker's script."""
        headers = [
            (b"cache-control", b"public, max-age=3600"),
            (b"etag", TRACKER_TAG),
            (b"access-control-allow-origin", b"*"),
            (b"cross-origin-resource-policy", b"cross-origin"),
        ]
        if request.headers.get(b"if-none-match") == TRACKER_TAG:
            return Answer(304, headers=headers)
        if "gzip" in request.header(b"accept-encoding"):
            headers += [(b"content-encoding", b"gzip"), (b"vary", b"accept-encoding")]
            return Answer(200, TRACKER_PACKED, "text/javascript; charset=utf-8", headers)
        return Answer(200, TRACKER, "text/javascript; charset=utf-8", headers)

    async def _cross_origin(self, request: Request, work: Callable[[], Awaitable[Answer]]) -> Answer:
        """Let pages of other sites read the answer; keys and their allowed origins decide who may send."""
        if request.method == "OPTIONS":
            answer = Answer(204, headers=[(b"access-control-max-age", b"86400")])
        else:
            try:
                answer = await work()
            except (Refused, Overloaded, Unwritable) as error:
                answer = self.refusal(request, error)
        if origin := request.origin:
            answer.headers += [
                (b"access-control-allow-origin", origin.encode("latin-1", "replace")),
                (b"access-control-allow-methods", b"POST, OPTIONS"),
                (b"access-control-allow-headers", b"content-type, authorization"),
                (b"vary", b"origin"),
            ]
        return answer

    def refusal(self, request: Request, error: Exception) -> Answer:
        """The answer to what cannot be taken: JSON for calls, a page for people."""
        headers: list[tuple[bytes, bytes]] = []
        match error:
            case Refused():
                status, sentence = error.status, str(error)
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


def _message_id(given: Any) -> str:
    if not given or not isinstance(given, str | int):
        return ids.hex7()
    text = str(given)
    return text if len(text) <= 100 else hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


_running: dict[asyncio.AbstractEventLoop, Collector] = {}
_starting: dict[asyncio.AbstractEventLoop, asyncio.Lock] = {}


async def running() -> Collector:
    """The collector of the running loop, started on first use."""
    loop = asyncio.get_running_loop()
    if loop not in _running:
        async with _starting.setdefault(loop, asyncio.Lock()):
            if loop not in _running:
                _running[loop] = await Collector.start(database_url())
    return _running[loop]


async def stop() -> None:
    """Stop the collector of the running loop, if it was started."""
    loop = asyncio.get_running_loop()
    _starting.pop(loop, None)
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


async def app(scope: Scope, receive: Receive, send: Send) -> None:
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
