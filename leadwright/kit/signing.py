"""Short signed tokens for links in mails and pages: unforgeable, optionally expiring, bound to a purpose.

A token is base64url(payload + 12 bytes of HMAC-SHA-256). The payload is MessagePack, so a click link stays short.
The key is derived per purpose from the installation's secret, so that a token for one purpose never serves another.
"""

import base64
import binascii
import hashlib
import hmac
from datetime import datetime
from functools import lru_cache
from typing import Any

import msgspec

from leadwright.kit import clock, config

_MAC_BYTES = 12


class BadToken(ValueError):
    """The token is forged, cut short, for another purpose, or has expired."""


@lru_cache(maxsize=100)
def _key(purpose: str, secret: str) -> bytes:
    return hashlib.sha256(f"leadwright:{purpose}:{secret}".encode()).digest()


def _mac(purpose: str, body: bytes) -> bytes:
    return hmac.digest(_key(purpose, config.secret_key()), body, "sha256")[:_MAC_BYTES]


def sign(purpose: str, payload: Any, expires_at: datetime | None = None) -> str:
    """A token that carries a payload of plain values (numbers, strings, bytes, lists, maps)."""
    body = msgspec.msgpack.encode([payload, int(expires_at.timestamp()) if expires_at else 0])
    return base64.urlsafe_b64encode(body + _mac(purpose, body)).rstrip(b"=").decode()


def read(purpose: str, token: str, *, even_expired: bool = False) -> Any:
    """The payload of a token made by `sign` for the same purpose; raises BadToken otherwise.

    `even_expired`: also of one that has run out, to offer its owner a new one; it opens nothing any more.
    """
    try:
        raw = base64.urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4))
    except (UnicodeEncodeError, binascii.Error, ValueError):
        raise BadToken("This link is not one of ours; ask for a new one.") from None
    body, mac = raw[:-_MAC_BYTES], raw[-_MAC_BYTES:]
    if len(raw) <= _MAC_BYTES or not hmac.compare_digest(mac, _mac(purpose, body)):
        raise BadToken("This link is not one of ours, or it was cut short; ask for a new one.")
    payload, expires = msgspec.msgpack.decode(body)
    if expires and not even_expired and clock.now().timestamp() > expires:
        raise BadToken("This link has expired; ask for a new one.")
    return payload
