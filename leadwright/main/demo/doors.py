"""Django, asked in the caller's own thread: for the past's desk, which waits for each answer anyway.

The public port hands each request to a thread and back, which costs more than many an answer. What comes in is the
same: an HTTP request, through every middleware.
"""

import io
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]


class Door:
    """An ASGI application that never waits: it answers by a WSGI application before anything else happens."""

    def __init__(self, application: Callable[..., Any]) -> None:
        self.application = application

    async def __call__(
        self,
        scope: Message,
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        """Answer one request."""
        said: dict[str, Any] = {}

        def start(status: str, headers: list[tuple[str, str]], _error: Any = None) -> None:
            said["status"] = int(status.split(" ", 1)[0])
            said["headers"] = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]

        body = (await receive())["body"]
        answer = self.application(_environ(scope, body), start)
        try:
            content = b"".join(answer)
        finally:
            if hasattr(answer, "close"):
                answer.close()
        await send({"type": "http.response.start", **said})
        await send({"type": "http.response.body", "body": content})


def _environ(scope: Message, body: bytes) -> dict[str, Any]:
    """The request as PEP 3333 has it."""
    host, port = scope["server"]
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": scope["path"].encode().decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": host,
        "SERVER_PORT": str(port),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": scope["client"][0],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": False,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in scope["headers"]:
        key = name.decode("latin-1").upper().replace("-", "_")
        environ[key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"] = value.decode("latin-1")
    return environ
