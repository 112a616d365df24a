"""Hits on their way into the database: gathered, written with COPY, and acknowledged after the commit.

While one group commits the next gathers, so groups grow with the load and a lone hit waits for nobody. A second group
sets out beside the first when it is as large: each costs PostgreSQL a commit, and the loop should not wait for one.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import msgspec
import psycopg
import structlog
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from leadwright.capture.lanes import Lane
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
NULL = r"\N"
_PLAIN = str.maketrans({"\\": "\\\\", "\t": " ", "\n": " ", "\r": " ", "\x00": None})


def _plain(text: str) -> str:
    """A text as it may stand in a line of COPY."""
    return text if text.isprintable() and "\\" not in text else text.translate(_PLAIN)


_cell = lru_cache(maxsize=4096)(_plain)  # browsers' names come again and again


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
        key = NULL if self.key_id is None else self.key_id
        head = (
            f"{self.received_at.isoformat()}\t{self.kind}\t{_plain(self.message_id)}\t{key}\t"
            f"{self.address or NULL}\t{_cell(self.user_agent)}\t"
        )
        return head.encode("utf-8", "replace") + _encode(self.payload).replace(b"\\", b"\\\\") + b"\n"


Then = Callable[[Exception | None], None]


@dataclass(slots=True)
class _Group:
    """What came together and is answered together."""

    lines: list[bytes]
    size: int
    since: float
    then: Then | None

    def end(self, error: Exception | None = None) -> None:
        """Tell whoever waits, once, that the lines are committed, or why not."""
        then, self.then = self.then, None
        if then is not None:
            try:
                then(error)
            except Exception:
                log.exception("an answer failed")


class Buffer:
    """Writes hits through a pool of connections and wakes judging."""

    def __init__(self, pool: AsyncConnectionPool) -> None:
        self._pool = pool
        self._groups: list[_Group] = []
        self._begun: dict[int, list[_Group]] = {}
        self._rows = 0  # that wait or are being written
        self._bytes = 0
        self._underway = 0  # rows that are being written
        self._some = asyncio.Event()
        self._fresh = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to write."""
        self._loop = asyncio.get_running_loop()
        self._tasks = [asyncio.create_task(self._write()) for _ in range(WRITERS)]
        self._tasks += [asyncio.create_task(self._wake()), asyncio.create_task(self._watch())]

    async def stop(self) -> None:
        """Write what waits, then end."""
        while any(group.then for groups in (self._groups, *self._begun.values()) for group in groups):  # noqa: ASYNC110
            await asyncio.sleep(WAKE_SECONDS / 10)  # an event would be one more thing to do for each group, all day
        await loops.end(self._tasks)

    async def put(self, lines: list[bytes]) -> None:
        """Answer when these lines of hits are committed; raises Overloaded or Unwritable, and then none of them counts,
        except that what the database takes up again after a stall may count after all: a retry has the same message id.
        """
        written: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def then(error: Exception | None) -> None:
            if written.done():
                return
            if error is None:
                written.set_result(None)
            else:
                written.set_exception(error)

        self.put_then(lines, then)
        await written

    def put_then(self, lines: list[bytes], then: Then) -> None:
        """The same without waiting: `then` is called once, with None or the error; raises Overloaded at once."""
        rows, size = len(lines), sum(map(len, lines))
        if self._rows + rows > WAITING_ROWS or self._bytes + size > WAITING_BYTES:
            raise Overloaded
        self._groups.append(_Group(lines, size, self._loop.time(), then))
        self._rows += rows
        self._bytes += size
        if self._rows >= 2 * self._underway:
            self._some.set()

    def _take(self) -> list[_Group]:
        rows = 0
        for number, group in enumerate(self._groups):
            rows += len(group.lines)
            if rows >= GROUP_ROWS:
                taken, self._groups = self._groups[: number + 1], self._groups[number + 1 :]
                break
        else:
            taken, self._groups = self._groups, []
        self._some.clear()
        return taken

    async def _write(self) -> None:
        lane = Lane(self._pool, COPY)
        try:
            while True:
                await self._write_next(lane)
        finally:
            await lane.close()

    async def _write_next(self, lane: Lane) -> None:
        await self._some.wait()
        groups = self._take()
        if not groups:
            return
        self._begun[id(groups)] = groups
        rows = sum(len(group.lines) for group in groups)
        self._underway += rows
        try:
            await self._commit(lane, groups)
        finally:
            del self._begun[id(groups)]
            self._underway -= rows
            self._rows -= rows
            self._bytes -= sum(group.size for group in groups)
            if self._groups:
                self._some.set()
            for group in groups:
                group.end(Overloaded())  # whoever has no answer yet

    async def _commit(self, lane: Lane, groups: list[_Group]) -> None:
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
                group.end()

    async def _one_by_one(self, lane: Lane, groups: list[_Group], error: psycopg.Error) -> None:
        """Find the call that PostgreSQL does not take; the others must not suffer for it."""
        if len(groups) == 1:
            groups[0].end(Unwritable(str(error)))
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
                group.end(Overloaded())

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


async def open_pool(url: str) -> AsyncConnectionPool:
    """A small pool of connections in autocommit: each COPY is its own transaction."""
    pool = AsyncConnectionPool(
        url, min_size=1, max_size=WRITERS + 3, open=False, kwargs={"autocommit": True}, name="collector"
    )
    await pool.open()
    return pool
