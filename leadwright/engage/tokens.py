"""The signed addresses that stand in a mail. Free of Django; the collector reads what is made here.

`base` is the public base URL, for those who make many at a time and know it already.

Payloads: click [contact uid, message id, url]; open [uid, message id]; unsubscribe [uid, message id, purpose key];
preferences [uid]; confirm [uid, consent record id, purpose key]. Uids are 16 bytes.
"""

import hmac
from datetime import datetime
from functools import lru_cache
from uuid import UUID

from leadwright.kit import config, numbers
from leadwright.kit.signing import sign

CANARY = "canary:"  # the target of the hidden link; the collector knows it by this word


def click(uid: UUID, message_id: int, url: str, base: str = "") -> str:
    """The address that counts a click and leads on to a URL."""
    return f"{base or config.base_url()}/t/c/{sign('click', [uid.bytes, message_id, url])}"


def canary(uid: UUID, message_id: int, base: str = "") -> str:
    """The address of the hidden link that only a machine follows: to look at, one like all others."""
    return f"{base or config.base_url()}/t/c/{sign('click', [uid.bytes, message_id, CANARY])}"


def opened(uid: UUID, message_id: int, base: str = "") -> str:
    """The address of the picture that says a mail was opened, perhaps by a machine."""
    return f"{base or config.base_url()}/t/o/{sign('open', [uid.bytes, message_id])}.gif"


def unsubscribe(uid: UUID, message_id: int, purpose: str, base: str = "") -> str:
    """The address that withdraws consent to a purpose by POST (RFC 8058), and asks by GET."""
    return f"{base or config.base_url()}/t/u/{sign('unsubscribe', [uid.bytes, message_id, purpose])}"


def preferences(uid: UUID, base: str = "") -> str:
    """The address of a contact's own choices."""
    return f"{base or config.base_url()}/t/p/{sign('preferences', [uid.bytes])}"


def confirm(uid: UUID, record_id: int, purpose: str, base: str = "", until: datetime | None = None) -> str:
    """The address that confirms a consent by POST, and asks by GET; until some moment, if any."""
    return f"{base or config.base_url()}/t/d/{sign('confirm', [uid.bytes, record_id, purpose], until)}"


# Two letters of base32 (RFC 4648) for each ten bits.
_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"
_PAIRS = [first + second for first in _LETTERS for second in _LETTERS]


@lru_cache(maxsize=1)
def _return_key(secret: str) -> bytes:
    return f"leadwright:return:{secret}".encode()


def mark(message_id: int) -> str:
    """A message's id with a check that nobody outside can make, short enough for the local part of an address."""
    mac = hmac.digest(_return_key(config.secret_key()), str(message_id).encode(), "sha256")
    bits = int.from_bytes(mac[:5], "big")
    check = _PAIRS[bits >> 30] + _PAIRS[bits >> 20 & 1023] + _PAIRS[bits >> 10 & 1023] + _PAIRS[bits & 1023]
    return f"{message_id}-{check}"


def read_mark(text: str) -> int | None:
    """The message id of a mark, or None where it is not one of ours."""
    number = numbers.whole(text.partition("-")[0])
    if number is not None and text.isascii() and hmac.compare_digest(mark(number), text.lower()):
        return number
    return None


def return_path(mark: str, domain: str) -> str:
    """The envelope sender of one message (VERP), by its mark, so that a bounce names it."""
    return f"bounces+{mark}@{domain}"
