"""Runs named SQL on Django's connection and answers plain rows."""

import uuid
from collections import namedtuple
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache
from typing import Any

import msgspec
from django.db import InterfaceError, OperationalError, connection, transaction

from leadwright.kit import arrays

arrays.register()
TookTooLong = OperationalError  # a statement or a lock that waited longer than it was given


@contextmanager
def _cursor(statement: str, parameters: dict[str, Any]) -> Iterator[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        yield cursor


def rows(statement: str, **parameters: Any) -> list[Any]:
    """All rows of a statement as named tuples."""
    with _cursor(statement, parameters) as cursor:
        row_type = _row_type(tuple(column.name for column in cursor.description))
        return [row_type._make(row) for row in cursor.fetchall()]


def stream(statement: str, size: int = 2_000, **parameters: Any) -> Iterator[Any]:
    """The rows of a statement as named tuples, by a cursor in the database: memory for `size` of them."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(statement, parameters)
        row_type: Any = None
        while found := cursor.fetchmany(size):
            row_type = row_type or _row_type(tuple(column.name for column in cursor.description))
            yield from map(row_type._make, found)


@lru_cache(maxsize=1000)
def _row_type(names: tuple[str, ...]) -> Any:
    return namedtuple("row", names, rename=True)  # noqa: PYI024


def row(statement: str, **parameters: Any) -> Any:
    """The first row of a statement as a named tuple, or None."""
    found = rows(statement, **parameters)
    return found[0] if found else None


def value(statement: str, **parameters: Any) -> Any:
    """The first column of the first row, or None."""
    with _cursor(statement, parameters) as cursor:
        found = cursor.fetchone()
    return found[0] if found else None


def execute(statement: str, **parameters: Any) -> int:
    """Run a statement and answer how many rows it touched."""
    with _cursor(statement, parameters) as cursor:
        return int(cursor.rowcount)


# The snapshot is taken before the activity of others is read. A transaction of this database that is below its xmax and
# still under way is therefore in that list; one that is not in the list has ended, and a later statement sees it.
# `backend_xid` has 32 bits: its distance to the xmax gives the other half.
HORIZON = """
SELECT pg_stat_clear_snapshot();
WITH edge AS MATERIALIZED (SELECT pg_snapshot_xmax(pg_current_snapshot())::text::numeric AS xmax)
SELECT (xmax - coalesce(
            (SELECT max(mod(mod(xmax, 4294967296) - backend_xid::text::numeric + 4294967296, 4294967296))
             FROM pg_stat_activity
             WHERE datname = current_database() AND backend_xid IS NOT NULL AND pid <> pg_backend_pid()
               AND mod(mod(xmax, 4294967296) - backend_xid::text::numeric + 4294967296, 4294967296) < 2147483648), 0)
       )::bigint
FROM edge
"""


def horizon() -> int:
    """The number of the oldest transaction of this database, other than our own, that may still write.

    Whatever a later statement finds of transactions below it is complete. Unlike a snapshot's xmin it is not held
    back by transactions in other databases of the same server.
    """
    with connection.cursor() as cursor:
        cursor.execute(HORIZON)
        cursor.nextset()
        found = cursor.fetchone()
    return int(found[0])


MANY = 50  # rows from which on it pays to switch foreign keys off and on


def is_lost(error: Exception) -> bool:
    """Whether an error says that the connection has gone, because the database has died or was stopped."""
    if not isinstance(error, OperationalError | InterfaceError):
        return False
    state = getattr(error.__cause__, "sqlstate", None)
    return state is None or str(state).startswith(("08", "57P"))


@contextmanager
def trusted(rows: int = MANY) -> Iterator[None]:
    """Within this block, and the caller's transaction, foreign keys and triggers are not asked once for every row.

    For bulk whose writer has held what its rows refer to, and whose tables have no triggers but those of foreign keys
    and such as fire always. Where the database's user may not switch that off (only its owner or an administrator
    may), they are asked; also where there are few `rows`, for which switching would cost more than they do.
    """
    may = rows >= MANY and bool(value("SELECT has_parameter_privilege('session_replication_role', 'SET')"))
    if may:
        execute("SET LOCAL session_replication_role = replica")
    yield
    if may:
        execute("SET LOCAL session_replication_role = origin")


def copy_in(target: str, records: Iterator[tuple[Any, ...]]) -> int:
    """COPY records into `table (columns)`; answers how many went in. For bulk only."""
    count = 0
    with connection.cursor() as cursor, cursor.copy(f"COPY {target} FROM STDIN") as copy:
        for record in records:
            copy.write_row(record)
            count += 1
    return count


def copy_lines(target: str, lines: Iterator[str]) -> None:
    """COPY lines of text, written as PostgreSQL's COPY has it, into `table (columns)`, in pieces of some 64 KB.

    The database takes in a piece while the next is written: two processors work at once.
    """
    with connection.cursor() as cursor, cursor.copy(f"COPY {target} FROM STDIN") as copy:
        piece, size = [], 0
        for line in lines:
            piece.append(line)
            size += len(line)
            if size > 65_536:
                copy.write("".join(piece))
                piece, size = [], 0
        copy.write("".join(piece))


def copied_all(values: Sequence[datetime | uuid.UUID | float | None]) -> list[str]:
    """Moments, ids or numbers, each as it stands in a line of COPY: a column at once, in a tenth of the time."""
    if not values:
        return []
    return _encode(values).decode()[1:-1].replace('"', "").replace("null", NULL).split(",")


NULL = r"\N"
_encode = msgspec.json.Encoder().encode


def copied(value: str) -> str:
    """A text as it stands in a line of COPY."""
    if "\\" in value or "\t" in value or "\n" in value or "\r" in value:
        return value.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")
    return value


atomic = transaction.atomic
on_commit = transaction.on_commit
