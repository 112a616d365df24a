"""Hits on their way into the database: gathered, written with COPY, and acknowledged after the commit.

While one group commits the next gathers, so groups grow with the load and a lone hit waits for nobody.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import msgspec
import psycopg
import structlog
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from leadwright.kit import loops, wakeups

log = structlog.get_logger()

COPY = "COPY capture_hit (received_at, kind, message_id, key_id, address, user_agent, payload) FROM STDIN"
WAITING_ROWS = 20_000  # more than this waiting means that the database cannot keep up: answer 503
WAITING_BYTES = 64 * 1024 * 1024
GROUP_ROWS = 5_000
WRITERS = 2
STALL_SECONDS = 10.0  # a database that has not committed for so long will not do so soon: say 503
WAKE_SECONDS = 0.05

_encode = msgspec.json.Encoder().encode
_PLAIN = str.maketrans({"\\": "\\\\", "\t": " ", "\n": " ", "\r": " ", "\x00": None})


@lru_cache(maxsize=4096)
def _cell(text: str) -> str:
    """A text as it may stand in a line of COPY. Browsers' names come again and again."""
    return text.translate(_PLAIN)


class Overloaded(RuntimeError):
    """Hits come in faster than they can be written; the caller should try again in some seconds."""


class Unwritable(ValueError):
    """PostgreSQL does not take these hits as they are."""


@dataclass(slots=True)
class Hit:
    """One thing that came in."""

    received_at: datetime
    kind: str
    message_id: str
    payload: dict[str, Any]
    key_id: int | None = None
    address: str | None = None
    user_agent: str = ""

    def line(self) -> bytes:
        """The hit as a line of COPY's text format."""
        head = "\t".join(
            (
                self.received_at.isoformat(),
                self.kind,
                self.message_id if self.message_id.isalnum() else self.message_id.translate(_PLAIN),
                r"\N" if self.key_id is None else str(self.key_id),
                self.address or r"\N",
                _cell(self.user_agent),
            )
        )
        return head.encode("utf-8", "replace") + b"\t" + _encode(self.payload).replace(b"\\", b"\\\\") + b"\n"


@dataclass(slots=True)
class _Group:
    lines: list[bytes]
    size: int
    written: asyncio.Future[None]
    since: float


class Buffer:
    """Writes hits through a pool of connections and wakes judging."""

    def __init__(self, pool: AsyncConnectionPool) -> None:
        self._pool = pool
        self._groups: list[_Group] = []
        self._begun: dict[int, list[_Group]] = {}
        self._rows = 0
        self._bytes = 0
        self._some = asyncio.Event()
        self._fresh = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to write."""
        self._tasks = [asyncio.create_task(self._write()) for _ in range(WRITERS)]
        self._tasks += [asyncio.create_task(self._wake()), asyncio.create_task(self._watch())]

    async def stop(self) -> None:
        """Write what waits, then end."""
        await asyncio.gather(*(group.written for group in self._groups), return_exceptions=True)
        await loops.end(self._tasks)

    async def put(self, lines: list[bytes]) -> None:
        """Answer when these lines of hits are committed; raises Overloaded or Unwritable, and then none of them counts,
        except that what the database takes up again after a stall may count after all: a retry has the same message id.
        """
        size = sum(map(len, lines))
        if self._rows + len(lines) > WAITING_ROWS or self._bytes + size > WAITING_BYTES:
            raise Overloaded
        loop = asyncio.get_running_loop()
        written: asyncio.Future[None] = loop.create_future()
        self._groups.append(_Group(lines, size, written, loop.time()))
        self._rows += len(lines)
        self._bytes += size
        self._some.set()
        await written

    def _take(self) -> list[_Group]:
        rows = 0
        for number, group in enumerate(self._groups):
            rows += len(group.lines)
            if rows >= GROUP_ROWS:
                taken, self._groups = self._groups[: number + 1], self._groups[number + 1 :]
                break
        else:
            taken, self._groups = self._groups, []
        if not self._groups:
            self._some.clear()
        return taken

    async def _write(self) -> None:
        lane = _Lane(self._pool)
        try:
            while True:
                await self._write_next(lane)
        finally:
            await lane.close()

    async def _write_next(self, lane: "_Lane") -> None:
        await self._some.wait()
        groups = self._take()
        if not groups:
            return
        self._begun[id(groups)] = groups
        try:
            await self._commit(lane, groups)
        finally:
            del self._begun[id(groups)]
            self._rows -= sum(len(group.lines) for group in groups)
            self._bytes -= sum(group.size for group in groups)
            for group in groups:
                if not group.written.done():
                    group.written.set_exception(Overloaded())

    async def _commit(self, lane: "_Lane", groups: list[_Group]) -> None:
        try:
            await lane.append(b"".join([line for group in groups for line in group.lines]))
        except (psycopg.OperationalError, PoolTimeout) as error:
            if isinstance(error, psycopg.Error) and error.sqlstate == "54001":  # a row is nested too deep
                await self._one_by_one(lane, groups, error)
            else:
                log.warning("hits could not be written", error=str(error))
        except psycopg.Error as error:
            await self._one_by_one(lane, groups, error)
        else:
            self._fresh.set()
            for group in groups:
                if not group.written.done():
                    group.written.set_result(None)

    async def _one_by_one(self, lane: "_Lane", groups: list[_Group], error: psycopg.Error) -> None:
        """Find the call that PostgreSQL does not take; the others must not suffer for it."""
        if len(groups) == 1:
            if not groups[0].written.done():
                groups[0].written.set_exception(Unwritable(str(error)))
            return
        for group in groups:
            await self._commit(lane, [group])

    async def _watch(self) -> None:
        """Give up what has waited too long: what was not begun is not written any more; what was may still count."""
        while True:
            await asyncio.sleep(STALL_SECONDS / 10)
            long_ago = asyncio.get_running_loop().time() - STALL_SECONDS
            stale = [group for group in self._groups if group.since < long_ago]
            self._groups = [group for group in self._groups if group.since >= long_ago]
            self._rows -= sum(len(group.lines) for group in stale)
            self._bytes -= sum(group.size for group in stale)
            stale += [group for groups in self._begun.values() for group in groups if group.since < long_ago]
            for group in stale:
                if not group.written.done():
                    group.written.set_exception(Overloaded())

    async def _wake(self) -> None:
        """Queue judging after commits, at most every WAKE_SECONDS; a lost wake-up is made good by the sweep."""
        while True:
            await self._fresh.wait()
            self._fresh.clear()
            try:
                async with self._pool.connection(timeout=5) as connection:
                    await connection.execute(wakeups.QUEUE, [wakeups.jobs(["capture.judge"])])
            except (psycopg.Error, PoolTimeout) as error:
                log.warning("judging could not be woken", error=str(error))
            await asyncio.sleep(WAKE_SECONDS)


class _Lane:
    """A connection that a writer keeps: taking one from the pool for each group costs a third more."""

    def __init__(self, pool: AsyncConnectionPool) -> None:
        self._pool = pool
        self._kept: AsyncConnection[Any] | None = None

    async def append(self, lines: bytes) -> None:
        """Append lines of COPY's text format, durably. A connection that broke meanwhile is replaced unseen."""
        is_kept, is_begun = self._kept is not None, False
        if self._kept is None:
            self._kept = await self._pool.getconn(timeout=5)
        try:
            async with self._kept.cursor() as cursor, cursor.copy(COPY) as copy:
                is_begun = True
                await copy.write(lines)
        except psycopg.OperationalError:
            await self.close()
            if is_begun or not is_kept:
                raise
            await self.append(lines)

    async def close(self) -> None:
        """Give the connection back; the pool replaces a broken one."""
        kept, self._kept = self._kept, None
        if kept is not None:
            await self._pool.putconn(kept)


async def open_pool(url: str) -> AsyncConnectionPool:
    """A small pool of connections in autocommit: each COPY is its own transaction."""
    pool = AsyncConnectionPool(
        url, min_size=1, max_size=WRITERS + 3, open=False, kwargs={"autocommit": True}, name="collector"
    )
    await pool.open()
    return pool
