"""Lists as PostgreSQL's arrays, written quickly: sets go to the database as arrays, which psycopg writes item by item.

Plain lists of one type are joined in one go; everything else is left to psycopg.
"""

import uuid
from datetime import datetime
from typing import Any

import psycopg
from psycopg.types.array import ListDumper


class QuickListDumper(ListDumper):
    """Writes lists of texts, whole numbers, ids, moments, yes and no as array literals; other lists as psycopg does."""

    def dump(self, obj: list[Any]) -> Any:
        """The literal of an array."""
        types = set(map(type, obj))
        has_none = type(None) in types
        types.discard(type(None))
        if len(types) != 1 or (write := WRITERS.get(types.pop())) is None:
            return super().dump(obj)
        if has_none:
            words = ["NULL" if each is None else write([each]) for each in obj]
            return ("{" + ",".join(words) + "}").encode()
        return ("{" + write(obj) + "}").encode()


def _texts(values: list[str]) -> str:
    joined = '","'.join(values)
    if "\x00" in joined:
        raise psycopg.DataError("PostgreSQL text fields cannot contain NUL (0x00) bytes")
    if "\\" in joined or joined.count('"') != 2 * (len(values) - 1):
        joined = '","'.join([value.replace("\\", "\\\\").replace('"', '\\"') for value in values])
    return f'"{joined}"'


def _moments(values: list[datetime]) -> str:
    if any(value.tzinfo is None for value in values):
        return ",".join([f'"{value}"' for value in values])
    return ",".join([value.isoformat() for value in values])


WRITERS: dict[type, Any] = {
    str: _texts,
    int: lambda values: ",".join(map(str, values)),
    bool: lambda values: ",".join(["t" if value else "f" for value in values]),
    uuid.UUID: lambda values: ",".join([value.hex for value in values]),
    datetime: _moments,
}


def register() -> None:
    """Have every connection of this process write lists so. Django copies the dumpers when it first connects."""
    psycopg.adapters.register_dumper(list, QuickListDumper)
