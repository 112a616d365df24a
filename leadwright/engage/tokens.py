"""The signed addresses that stand in a mail. Free of Django; the collector reads what is made here.

Payloads: click [contact uid, message id, url]; open [uid, message id]; unsubscribe [uid, message id, purpose key];
preferences [uid]; confirm [uid, consent record id, purpose key]. Uids are 16 bytes.
"""

import base64
import hashlib
import hmac
from uuid import UUID

from leadwright.kit import config
from leadwright.kit.signing import sign


def click(uid: UUID, message_id: int, url: str) -> str:
    """The address that counts a click and leads on to a URL."""
    return f"{config.base_url()}/t/c/{sign('click', [uid.bytes, message_id, url])}"


def opened(uid: UUID, message_id: int) -> str:
    """The address of the picture that says a mail was opened, perhaps by a machine."""
    return f"{config.base_url()}/t/o/{sign('open', [uid.bytes, message_id])}.gif"


def unsubscribe(uid: UUID, message_id: int, purpose: str) -> str:
    """The address that withdraws consent to a purpose by POST (RFC 8058), and asks by GET."""
    return f"{config.base_url()}/t/u/{sign('unsubscribe', [uid.bytes, message_id, purpose])}"


def preferences(uid: UUID) -> str:
    """The address of a contact's own choices."""
    return f"{config.base_url()}/t/p/{sign('preferences', [uid.bytes])}"


def confirm(uid: UUID, record_id: int, purpose: str) -> str:
    """The address that confirms a consent by POST, and asks by GET."""
    return f"{config.base_url()}/t/d/{sign('confirm', [uid.bytes, record_id, purpose])}"


def mark(message_id: int) -> str:
    """A message's id with a check that nobody outside can make, short enough for the local part of an address."""
    key = f"leadwright:return:{config.secret_key()}".encode()
    mac = hmac.new(key, str(message_id).encode(), hashlib.sha256).digest()[:5]
    return f"{message_id}-{base64.b32encode(mac).decode().lower()}"


def read_mark(text: str) -> int | None:
    """The message id of a mark, or None where it is not one of ours."""
    number, _, _ = text.partition("-")
    if number.isascii() and number.isdigit() and hmac.compare_digest(mark(int(number)), text.lower()):
        return int(number)
    return None


def return_path(message_id: int, domain: str) -> str:
    """The envelope sender of one message (VERP), so that a bounce names it."""
    return f"bounces+{mark(message_id)}@{domain}"
