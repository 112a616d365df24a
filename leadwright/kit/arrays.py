"""Lists as PostgreSQL's arrays, written quickly: sets go to the database as arrays, which psycopg writes item by item.

Plain lists of one type are joined in one go; everything else is left to psycopg.
"""

import uuid
from datetime import datetime
from typing import Any

import msgspec
import psycopg
from psycopg.types.array import ListDumper

# What JSON and an array's literal write alike: [null,"2026-03-02T10:00:00Z"] and {null,"2026-03-02T10:00:00Z"}.
# Moments are written so in a twentieth of the time that `isoformat` takes.
AS_JSON = frozenset({int, bool, uuid.UUID, datetime})
_encode = msgspec.json.Encoder().encode


class QuickListDumper(ListDumper):
    """Writes lists of texts, whole numbers, ids, moments, yes and no as array literals; other lists as psycopg does."""

    def dump(self, obj: list[Any]) -> Any:
        """The literal of an array."""
        types = set(map(type, obj))
        has_none = type(None) in types
        types.discard(type(None))
        if len(types) != 1:
            return super().dump(obj)
        kind = types.pop()
        if kind in AS_JSON:
            return b"{" + _encode(obj)[1:-1] + b"}"
        if kind is not str:
            return super().dump(obj)
        if has_none:
            words = ["NULL" if each is None else _texts([each]) for each in obj]
            return ("{" + ",".join(words) + "}").encode()
        return ("{" + _texts(obj) + "}").encode()


def _texts(values: list[str]) -> str:
    joined = '","'.join(values)
    if "\x00" in joined:
        raise psycopg.DataError("PostgreSQL text fields cannot contain NUL (0x00) bytes")
    if "\\" in joined or joined.count('"') != 2 * (len(values) - 1):
        joined = '","'.join([value.replace("\\", "\\\\").replace('"', '\\"') for value in values])
    return f'"{joined}"'


def register() -> None:
    """Have every connection of this process write lists so. Django copies the dumpers when it first connects."""
    psycopg.adapters.register_dumper(list, QuickListDumper)
