"""A line to a product that runs in this very process: HTTP as its server would speak it, without a socket between.

Has of an HTTP client what the market uses: `get`, `post`, and answers with status, headers, text and JSON.
"""

import json
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

Message = MutableMapping[str, Any]
Application = Callable[
    [Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]
]


class Refused(RuntimeError):
    """The product answered with an error where none may be."""


@dataclass(frozen=True)
class Answer:
    """What came back."""

    asked: str  # method and path
    status_code: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.content.decode("utf-8", "replace")

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.content)

    def raise_for_status(self) -> None:
        """Raise Refused for an error."""
        if self.status_code >= 400:
            raise Refused(f"{self.asked}: {self.status_code} {self.text[:120]}")


@dataclass
class _Call:
    """One request under way."""

    body: bytes
    status_code: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    parts: list[bytes] = field(default_factory=list)
    is_told: bool = False

    async def receive(self) -> Message:
        if self.is_told:
            return {"type": "http.disconnect"}
        self.is_told = True
        return {"type": "http.request", "body": self.body, "more_body": False}

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status_code = message["status"]
            self.headers = {name.decode().lower(): value.decode("latin-1") for name, value in message["headers"]}
        elif message["type"] == "http.response.body":
            self.parts.append(message.get("body", b""))


class Line:
    """Speaks to an ASGI application under the address it believes to have."""

    def __init__(self, base: str, application: Application) -> None:
        parts = urlsplit(base)
        self.application = application
        self.scheme, self.host = parts.scheme, parts.netloc
        self.server = (parts.hostname or "", parts.port or 80)

    async def get(
        self, url: str, *, params: Mapping[str, Any] | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Fetch a page."""
        return await self._ask("GET", url + (f"?{urlencode(params)}" if params else ""), headers or {}, b"")

    async def post(
        self,
        url: str,
        *,
        data: Mapping[str, str] | None = None,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send a form (data) or a document (json)."""
        body, kind = (_document(json), "application/json") if data is None else (urlencode(data).encode(), _FORM)
        return await self._ask("POST", url, {"content-type": kind, **(headers or {})}, body)

    async def aclose(self) -> None:
        """Hang up; there is nothing to close."""

    async def _ask(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        parts = urlsplit(url)
        lines = {"host": self.host, "accept": "*/*", "content-length": str(len(body)), **headers}
        call = _Call(body)
        scope: Message = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": self.scheme,
            "path": parts.path,
            "raw_path": quote(parts.path, safe="/%").encode(),
            "query_string": parts.query.encode(),
            "root_path": "",
            "headers": [(name.encode(), value.encode()) for name, value in lines.items()],
            "client": ("127.0.0.1", 123),
            "server": self.server,
        }
        await self.application(scope, call.receive, call.send)
        return Answer(f"{method} {parts.path}", call.status_code, call.headers, b"".join(call.parts))


_FORM = "application/x-www-form-urlencoded"


def _document(value: Any) -> bytes:
    return json.dumps(value).encode()
