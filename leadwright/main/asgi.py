"""The one public port: `/t/…` goes to the collector in this very loop, the rest to Django in threads."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadwright.main.settings")

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from a2wsgi import WSGIMiddleware
from django.core.wsgi import get_wsgi_application

from leadwright.capture import collector
from leadwright.kit import config, log

log.set_up("web")
django = WSGIMiddleware(get_wsgi_application(), workers=config.get_int("LEADWRIGHT_WEB_THREADS"))

# Pages below /t/ that need the console's database models; everything else there is the collector's.
FOR_DJANGO = ("/t/p/", "/t/a/", "/t/e/", "/t/embed.")


Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class Route:
    """The collector's share to the collector, the rest to Django."""

    at_once = collector.app.at_once  # what it does not take comes to the call below

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Route one request."""
        path: str = scope.get("path", "")
        if scope["type"] == "lifespan" or (path.startswith("/t/") and not path.startswith(FOR_DJANGO)):
            await collector.app(scope, receive, send)
        else:

            async def received() -> dict[str, Any]:
                # The threads read a body with `run_coroutine_threadsafe`, which takes no other awaitable than a
                # coroutine.
                return await receive()

            await django(scope, received, send)


route = Route()
app: Callable[..., Coroutine[Any, Any, None]] = route
if os.environ.get("LEADWRIGHT_BESIDE_PAST"):  # said by `up --demo` to its web process
    from leadwright.main.demo import gates

    app = gates.gated(route)
