"""One HTTP request as the collector sees it, and the answer it gives. Bare ASGI, no Django."""

import base64
import binascii
import re
import zlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import msgspec

from leadwright.kit import addresses, numbers

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Respond = Callable[[int, Sequence[tuple[bytes, bytes]], bytes], None]

VISITOR_COOKIE = "lw_vid"
# Names under which browsers of today, Safari, and Firefox of old say that nobody has asked for this yet.
AHEAD = (b"sec-purpose", b"purpose", b"x-purpose", b"x-moz")
LOOKS_AHEAD = re.compile("prefetch|prerender|preview", re.IGNORECASE)
ONE_YEAR = 365 * 24 * 3600
SAFE = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"strict-origin-when-cross-origin"),
)


class Refused(Exception):
    """The request cannot be taken; status and a sentence that says how to mend it."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


class TooMany(Refused):
    """Too much comes from one address or with one key; 429, and after how many seconds to try again."""

    def __init__(self, sentence: str, wait: float) -> None:
        super().__init__(429, sentence)
        self.wait = wait


class Request:
    """Method, path (decoded), headers, and the page's origin (nothing where a server asks); the body is read on demand.

    `is_welcome` says that a page of this origin may read the answer. What every request is asked for is read once, for
    it shows in the rate.
    """

    __slots__ = ("_address", "headers", "is_welcome", "method", "origin", "path", "receive", "scope")

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self.scope, self.receive = scope, receive
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.headers: dict[bytes, bytes] = dict(scope["headers"])
        self.is_welcome = False
        origin = self.headers.get(b"origin", b"")
        self.origin = "" if origin in (b"", b"null") else origin.decode("utf-8", "replace")
        self._address: str | None = ""

    def header(self, name: bytes) -> str:
        """A header's text, or nothing."""
        return self.headers.get(name, b"").decode("utf-8", "replace")

    @property
    def query(self) -> dict[str, str]:
        """The query string's names and last values."""
        return dict(parse_qsl(self.scope.get("query_string", b"").decode("latin-1"), max_num_fields=100))

    @property
    def visitor(self) -> str:
        """The anonymous id in the first-party cookie, or nothing."""
        raw = self.header(b"cookie")
        if VISITOR_COOKIE not in raw:
            return ""
        try:
            morsel = SimpleCookie(raw).get(VISITOR_COOKIE)
        except CookieError:
            return ""
        return morsel.value[:100] if morsel else ""

    @property
    def address(self) -> str | None:
        """The caller's address; behind a proxy on this machine, the one that the proxy adds."""
        if self._address == "":
            client, forwarded = self.scope.get("client"), self.headers.get(b"x-forwarded-for", b"")
            self._address = addresses.caller(client[0] if client else "", forwarded.decode("latin-1"))
        return self._address

    @property
    def is_same_origin(self) -> bool:
        """Whether a page of this very host sends this."""
        origin, host = self.origin, self.header(b"host")
        if origin:
            return urlsplit(origin).netloc == host
        if self.header(b"sec-fetch-site") == "same-origin":
            return True
        referer = self.header(b"referer")
        return bool(referer) and urlsplit(referer).netloc == host

    @property
    def says_no(self) -> bool:
        """Whether the browser sends Global Privacy Control."""
        return self.headers.get(b"sec-gpc") == b"1"

    def marks(self) -> dict[str, Any]:
        """What the request shows of its browser, kept with the hit for judging."""
        marks: dict[str, Any] = {"method": self.method}
        headers = self.headers
        if self.says_no:
            marks["gpc"] = True
        if b"origin" in headers and (origin := self.header(b"origin")):
            marks["origin"] = origin[:250]
        if b"accept-language" in headers and (language := self.header(b"accept-language")):
            marks["language"] = language[:100]
        if b"sec-fetch-site" in headers and (site := self.header(b"sec-fetch-site")):
            marks["fetch"] = site[:20]
        if b"cookie" in headers and (visitor := self.visitor):
            marks["visitor"] = visitor
        if self.method != "POST":  # a link that is followed: nothing else is weighed by these
            self._mark_browser(marks)
        return marks

    def _mark_browser(self, marks: dict[str, Any]) -> None:
        """What a browser says of itself by its client hints, and whether it only looks ahead."""
        headers = self.headers
        if b"sec-ch-ua" in headers:
            marks["hints"] = self.header(b"sec-ch-ua")[:200]
            marks["platform"] = self.header(b"sec-ch-ua-platform")[:40]
            marks["mobile"] = self.header(b"sec-ch-ua-mobile")[:5]
        for name in AHEAD:
            if name in headers and (found := LOOKS_AHEAD.search(self.header(name)[:200])):
                marks["purpose"] = found[0].lower()
                return

    def user_and_token(self) -> tuple[str, str]:
        """The Basic user name and the Bearer token, each empty where absent."""
        return _user_and_token(self.headers.get(b"authorization", b""))

    async def body(self, limit: int) -> bytes:
        """The whole body, unpacked; raises Refused 413 where it is larger than `limit` bytes."""
        declared = self.headers.get(b"content-length", b"0")
        if len(declared) > 3 and (numbers.whole(declared.decode("latin-1")) or 0) > limit:
            raise Refused(413, f"This is too large; send at most {limit // 1024} KB at a time.")
        raw, goes_on = b"", True
        parts: list[bytes] = []
        size = 0
        while goes_on:
            event = await self.receive()
            if event["type"] == "http.disconnect":
                raise Refused(400, "The connection was closed before all had come.")
            raw, goes_on = event.get("body", b""), event.get("more_body", False)
            size += len(raw)
            if size > limit:
                raise Refused(413, f"This is too large; send at most {limit // 1024} KB at a time.")
            if goes_on or parts:
                parts.append(raw)
        if parts:
            raw = b"".join(parts)
        if b"content-encoding" not in self.headers:
            return raw
        match self.header(b"content-encoding").lower():
            case "" | "identity":
                return raw
            case "gzip":
                return _unzip(raw, limit)
            case other:
                raise Refused(415, f"The content encoding '{other[:20]}' is not known here; use gzip or none.")


@lru_cache(maxsize=256)
def _user_and_token(header: bytes) -> tuple[str, str]:
    scheme, _, rest = header.decode("utf-8", "replace").partition(" ")
    if scheme.lower() == "bearer":
        return "", rest.strip()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(rest).decode("utf-8", "replace").partition(":")[0], ""
        except (binascii.Error, ValueError):
            raise Refused(401, "The Authorization header is not Basic as RFC 7617 has it.") from None
    return "", ""


def _unzip(raw: bytes, limit: int) -> bytes:
    unpacker = zlib.decompressobj(wbits=31)
    try:
        plain = unpacker.decompress(raw, limit + 1)
    except zlib.error:
        raise Refused(400, "The body says it is gzip, but it is not.") from None
    if len(plain) > limit:
        raise Refused(413, f"This is too large; send at most {limit // 1024} KB at a time, unpacked.")
    if not unpacker.eof:
        raise Refused(400, "The gzip body was cut short.")
    return plain


def document(body: bytes) -> Any:
    """A JSON document that PostgreSQL takes; raises Refused 400 otherwise."""
    try:
        found = msgspec.json.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Refused(400, f"This is not JSON: {str(error)[:120]}.") from None
    return without_nul(found) if b"\\u0000" in body else found


def without_nul(found: Any) -> Any:
    """The same without U+0000, which PostgreSQL cannot keep."""
    if isinstance(found, str):
        return found.replace("\x00", "")
    if isinstance(found, list):
        return [without_nul(each) for each in found]
    if isinstance(found, dict):
        return {str(name).replace("\x00", ""): without_nul(each) for name, each in found.items()}
    return found


def form_values(body: bytes, content_type: str) -> dict[str, str]:
    """The fields of an urlencoded, multipart or JSON body; of a name that stands twice, the last."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "application/json":
        found = document(body)
        if not isinstance(found, dict):
            raise Refused(400, "Send a JSON object: the names of the questions with the answers.")
        inner = found.get("fields")
        flat: dict[str, Any] = inner if isinstance(inner, dict) else {}
        return {name: _text(value) for name, value in (found | flat).items() if name != "fields"}
    if kind == "multipart/form-data":
        return _multipart(body, content_type)
    try:
        pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=300)
    except ValueError:
        raise Refused(400, "The form has too many fields.") from None
    return {name: value.replace("\x00", "") for name, value in pairs}


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else ""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) else ""


def _multipart(body: bytes, content_type: str) -> dict[str, str]:
    boundary = next(
        (
            part.partition("=")[2].strip().strip('"')
            for part in content_type.split(";")[1:]
            if part.strip().lower().startswith("boundary=")
        ),
        "",
    )
    if not boundary:
        raise Refused(400, "The multipart body names no boundary.")
    values: dict[str, str] = {}
    for part in body.split(b"--" + boundary.encode("latin-1", "replace"))[1:]:
        head, gap, rest = part.partition(b"\r\n\r\n")
        if not gap or part.startswith(b"--"):
            continue
        named = {
            piece.partition("=")[0].strip().lower(): piece.partition("=")[2].strip().strip('"')
            for line in head.decode("utf-8", "replace").split("\r\n")
            if line.lower().startswith("content-disposition:")
            for piece in line.split(";")[1:]
        }
        if named.get("name") and "filename" not in named:
            values[named["name"]] = rest.removesuffix(b"\r\n").decode("utf-8", "replace").replace("\x00", "")
    return values


@dataclass
class Answer:
    """Status, headers and body of an answer."""

    status: int
    body: bytes = b""
    content_type: str = "text/plain; charset=utf-8"
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)

    def parts(self) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
        """Status, all headers, and body."""
        headers = [
            (b"content-type", self.content_type.encode()),
            (b"content-length", b"%d" % len(self.body)),
            *SAFE,
            *self.headers,
        ]
        return self.status, headers, self.body

    async def send(self, send: Send, *, head: bool = False) -> None:
        """Give the answer."""
        status, headers, body = self.parts()
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if head else body})


def json_answer(status: int, content: Any) -> Answer:
    """A JSON document."""
    return Answer(status, msgspec.json.encode(content), "application/json")


def redirect(status: int, url: str) -> Answer:
    """Lead on to an address; it can neither break the header nor be kept by a cache."""
    if not url.isascii() or not url.isprintable() or " " in url:
        url = "".join(letter for letter in url if letter > " " and letter != "\x7f")
        url = "".join(chr(byte) if byte < 128 else f"%{byte:02X}" for byte in url.encode())
    return Answer(status, headers=[(b"location", url.encode()), (b"cache-control", b"no-store")])


def with_query(url: str, more: dict[str, str], *, keep: bool = False) -> str:
    """An address with further query names; those that are there already win where `keep`, else they are replaced."""
    parts = urlsplit(url)
    pairs = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True)]
    names = {name for name, _ in pairs}
    if keep:
        pairs += [(name, value) for name, value in more.items() if name not in names]
    else:
        pairs = [(name, value) for name, value in pairs if name not in more] + list(more.items())
    return urlunsplit(parts._replace(query=urlencode(pairs)))


def set_cookie(answer: Answer, visitor: str, *, secure: bool) -> Answer:
    """Remember a browser under its anonymous id, readable by the tracker of the same site."""
    cookie = f"{VISITOR_COOKIE}={visitor}; Path=/; Max-Age={ONE_YEAR}; SameSite=Lax" + ("; Secure" if secure else "")
    answer.headers.append((b"set-cookie", cookie.encode("latin-1", "replace")))
    return answer
