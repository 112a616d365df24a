"""Between two times: while the past is being lived, whoever writes at today's clock waits for a moment's end.

The past moves in ticks of a fraction of a second, each at its own clock, and nothing of today may come in between. So
it holds the gate, brings its work to rest whenever somebody waits there, lets them through, and does their work at
today's clock before it goes on. The gate is one advisory lock of PostgreSQL, which serves those who wait in their order
and lets go where a process dies: the past holds it alone, the web process holds it together with all who write. See
docs/decisions/0015-the-demo-s-past.md.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import psycopg
import structlog
from django.db import connection

from leadwright.kit import config

log = structlog.get_logger()

PLACE = (31, 1)
READING = ("GET", "HEAD", "OPTIONS")
# Taking the gate tells in the same breath whether it is still needed.
ENTER = """
SELECT pg_advisory_lock_shared(%s, %s),
       coalesce((SELECT (demo->'past'->>'done')::boolean
                        OR (demo->'made' IS NULL AND EXISTS (SELECT FROM profile_contact))
                 FROM workspace_workspace ORDER BY id LIMIT 1), false)
"""

Application = Callable[
    [dict[str, Any], Callable[[], Awaitable[dict[str, Any]]], Callable[[dict[str, Any]], Awaitable[None]]],
    Coroutine[Any, Any, None],
]


WAITING = """
SELECT EXISTS (SELECT FROM pg_locks
               WHERE locktype = 'advisory' AND classid = %s AND objid = %s AND NOT granted
                 AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))
"""


@contextmanager
def closed() -> Iterator[None]:
    """Within, nobody of today writes, except in `let_through`."""
    _run("SELECT pg_advisory_lock(%s, %s)")
    try:
        yield
    finally:
        _run("SELECT pg_advisory_unlock(%s, %s)")


def is_wanted() -> bool:
    """Whether somebody waits at the closed gate."""
    return bool(_run(WAITING))


def let_through() -> None:
    """Open the gate for all who wait at it, and close it behind them when they have done what they came for."""
    _run("SELECT pg_advisory_unlock(%s, %s)")
    _run("SELECT pg_advisory_lock(%s, %s)")


def _run(statement: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(statement, PLACE)
        found = cursor.fetchone()
    return found and found[0]


class Gate:
    """The web process's side: the first who writes takes the gate, the last gives it back. Open for ever once the
    past is lived, or where there will be none."""

    def __init__(self) -> None:
        self.inside = 0
        self.is_open = False
        self.lock = asyncio.Lock()
        self.line: psycopg.AsyncConnection[Any] | None = None

    @asynccontextmanager
    async def passed(self) -> AsyncIterator[None]:
        """Within, one may write."""
        async with self.lock:
            if self.inside == 0:
                await self._take()
            self.inside += 1
        try:
            yield
        finally:
            async with self.lock:
                self.inside -= 1
                if self.inside == 0:
                    await self._give_back()

    async def _take(self) -> None:
        try:
            if self.line is None:
                self.line = await psycopg.AsyncConnection.connect(config.database_url(), autocommit=True)
            found = await (await self.line.execute(ENTER, PLACE)).fetchone()
            self.is_open = bool(found and found[1])
        except psycopg.Error as error:  # nobody is refused for this
            log.warning("the gate to the past could not be taken", error=str(error))
            self.line = None

    async def _give_back(self) -> None:
        if self.line is None:
            return
        try:
            await self.line.execute("SELECT pg_advisory_unlock_shared(%s, %s)", PLACE)
            if self.is_open:
                await self.close()
        except psycopg.Error as error:
            log.warning("the gate to the past could not be given back", error=str(error))
            self.line = None

    async def close(self) -> None:
        """Hang up; whoever writes next calls again."""
        if self.line is not None:
            await self.line.close()
            self.line = None


def gated(application: Application, gate: Gate | None = None) -> Application:
    """The same application, whose writing requests pass the gate for as long as a past is being lived."""
    gate = gate or Gate()

    async def app(
        scope: dict[str, Any],
        receive: Callable[[], Awaitable[dict[str, Any]]],
        send: Callable[[dict[str, Any]], Awaitable[None]],
    ) -> None:
        writes = scope["type"] == "http" and (scope["method"] not in READING or scope.get("path", "").startswith("/t/"))
        if gate.is_open or not writes:
            await application(scope, receive, send)
            if scope["type"] == "lifespan":  # it ends with the process
                await gate.close()
            return
        async with gate.passed():
            await application(scope, receive, send)

    return app
