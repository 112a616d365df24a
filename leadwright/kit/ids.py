"""Identifiers that sort by time (UUIDv7, RFC 9562 section 5.7)."""

import os
import uuid
from datetime import datetime

from leadwright.kit import clock


def uuid7(at: datetime | None = None) -> uuid.UUID:
    """A fresh UUIDv7 whose first 48 bits are the milliseconds of `at` (now, if not given)."""
    return uuid.UUID(int=_number(at))


def hex7() -> str:
    """The 32 hexadecimal digits of a fresh UUIDv7."""
    return f"{_number(None):032x}"


def _number(at: datetime | None) -> int:
    milliseconds = int((at or clock.now()).timestamp() * 1000)
    value = (milliseconds & ((1 << 48) - 1)) << 80 | int.from_bytes(os.urandom(10), "big")
    value = value & ~(0xF << 76) | 0x7 << 76
    return value & ~(0x3 << 62) | 0x2 << 62
