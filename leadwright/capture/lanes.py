"""A connection kept for COPY, spoken to with libpq's own calls: the lines of a group in two trips, durable at the end.

psycopg's cursor does the same in some ten steps of the loop, which at small groups was a fifth of what an event costs.
"""

import asyncio
from typing import Any

import psycopg
from psycopg import AsyncConnection, pq
from psycopg.errors import error_from_result
from psycopg_pool import AsyncConnectionPool


class Lane:
    """One of a buffer's ways into the database. One caller at a time."""

    def __init__(self, pool: AsyncConnectionPool, statement: str) -> None:
        self._pool = pool
        self._statement = statement.encode()
        self._kept: AsyncConnection[Any] | None = None
        self._socket = -1
        self._waiter: asyncio.Future[None] | None = None

    async def append(self, lines: bytes) -> None:
        """Append lines of COPY's text format, durably. A connection that broke meanwhile is replaced unseen."""
        is_kept = self._kept is not None
        connection = self._kept or await self._open()
        began = [False]
        try:
            await self._copy(connection.pgconn, lines, began)
        except psycopg.OperationalError:
            await self.close()
            if began[0] or not is_kept:
                raise
            await self.append(lines)

    async def close(self) -> None:
        """Give the connection back; the pool replaces one that is broken or amid something."""
        kept, self._kept = self._kept, None
        if kept is not None:
            self._loop.remove_reader(self._socket)
            await self._pool.putconn(kept)

    async def _open(self) -> AsyncConnection[Any]:
        connection = await self._pool.getconn(timeout=5)
        self._loop = asyncio.get_running_loop()
        self._kept, self._socket = connection, connection.pgconn.socket
        self._loop.add_reader(self._socket, self._wake)
        return connection

    async def _copy(self, libpq: pq.abc.PGconn, lines: bytes, began: list[bool]) -> None:
        libpq.send_query(self._statement)
        await self._expect(libpq, pq.ExecStatus.COPY_IN)
        began[0] = True
        libpq.put_copy_data(lines)
        libpq.put_copy_end()
        await self._expect(libpq, pq.ExecStatus.COMMAND_OK)
        while await self._result(libpq) is not None:
            pass

    async def _expect(self, libpq: pq.abc.PGconn, status: pq.ExecStatus) -> None:
        """The next result, which must be of this status; raises psycopg's error where PostgreSQL says no."""
        await self._flush(libpq)
        found = await self._result(libpq)
        if found is not None and found.status == status:
            return
        if found is None or found.status != pq.ExecStatus.FATAL_ERROR:
            raise psycopg.OperationalError("The connection is not where it should be.")
        error = error_from_result(found)
        while await self._result(libpq) is not None:
            pass
        raise error

    async def _flush(self, libpq: pq.abc.PGconn) -> None:
        """Send all there is to send; take what comes meanwhile, so that neither side waits for the other."""
        while libpq.flush():
            self._loop.add_writer(self._socket, self._wake)
            try:
                await self._wait()
            finally:
                self._loop.remove_writer(self._socket)
            libpq.consume_input()

    async def _result(self, libpq: pq.abc.PGconn) -> pq.abc.PGresult | None:
        while libpq.is_busy():
            await self._wait()
            libpq.consume_input()
        return libpq.get_result()

    async def _wait(self) -> None:
        self._waiter = self._loop.create_future()
        await self._waiter

    def _wake(self) -> None:
        """Something came, or there is room again. Where nobody waits it is a notice or the connection's end."""
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
        elif self._kept is not None:
            try:
                self._kept.pgconn.consume_input()
            except psycopg.Error:  # the next group will notice, and take another connection
                self._loop.remove_reader(self._socket)
