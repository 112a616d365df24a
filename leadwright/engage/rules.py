"""The pure rules of `engage`: no database, no clock, no Django."""

import binascii
import re
from dataclasses import dataclass
from datetime import timedelta
from email.charset import QP, Charset
from email.header import Header
from email.utils import formataddr
from functools import lru_cache

import idna
from markupsafe import escape

_LINE_BREAKS = re.compile(r"[\r\n\x00-\x08\x0b-\x1f\x7f]+")
_OUTPUT = re.compile(r"\{\{-?\s*([a-z_]+(?:\.[\w.]+))\s*(.*?)-?\}\}", re.DOTALL)
_PLAIN_MAILBOX = re.compile(r"[A-Za-z0-9]+(?: [A-Za-z0-9]+)* <[!-;=?-~]+>")
# The standard library lets a line with a quoted blank at its end grow to 77 letters.
_TOO_LONG = re.compile(rb"^([^\n]{74,})(=[0-9A-F]{2})$", re.MULTILINE)
_UTF8 = Charset("utf-8")
_UTF8.header_encoding = QP

# Waits after the first, second, … refusal for the time being; after the last the message has failed. About two days.
WAITS: tuple[timedelta, ...] = tuple(timedelta(minutes=m) for m in (1, 5, 15, 60, 180, 360, 720, 1440))


def wait_after(attempts: int) -> timedelta | None:
    """How long a message waits after so many attempts, or None where it has failed for good."""
    return WAITS[attempts - 1] if 1 <= attempts <= len(WAITS) else None


@dataclass(frozen=True)
class Cap:
    """At most so many mails, service mail not counted, in so many days."""

    mails: int
    days: int


def cap(setting: str) -> Cap:
    """The frequency cap of a setting such as '3/7'; '0' or nothing means none."""
    found = re.fullmatch(r"\s*(\d+)\s*/\s*(\d+)\s*", setting)
    if found:
        return Cap(int(found[1]), int(found[2]))
    if setting.strip() in ("", "0"):
        return Cap(0, 0)
    raise ValueError(f"LEADWRIGHT_MAIL_CAP must look like 3/7 (mails/days) or be 0; it is '{setting}'.")


def one_line(text: str) -> str:
    """Text without line breaks and control characters, so that it cannot become a second header."""
    return _LINE_BREAKS.sub(" ", text).strip()


@lru_cache(maxsize=256)
def header(name: str, text: str) -> str:
    """A header's value by RFC 2047, folded (RFC 5322)."""
    text = one_line(text)
    if text.isascii() and len(text) < 70:
        return text
    charset = "us-ascii" if text.isascii() else _UTF8
    return Header(text, charset, header_name=name).encode(linesep="\r\n")


def mailbox(name: str, address: str) -> str:
    """A name and an address as they stand in From and To."""
    if _PLAIN_MAILBOX.fullmatch(f"{name} <{address}>"):
        return f"{name} <{address}>"
    if address.isascii():
        return formataddr((one_line(name), one_line(address)), charset=_UTF8)
    # RFC 6532: such a mail goes only over relays that carry its address.
    words = _UTF8.header_encode(one_line(name)) if name else ""
    return f"{words} <{one_line(address)}>".strip()


@lru_cache(maxsize=1024)
def mailable(address: str) -> str:
    """An address with its domain as mail servers know it (RFC 5891); the part before the @ stays."""
    local, _, domain = address.rpartition("@")
    return address if domain.isascii() else f"{local}@{idna.encode(domain, uts46=True).decode()}"


def quoted_printable(text: str) -> bytes:
    """A text part's body by RFC 2045, lines ended by CRLF."""
    plain = text.replace("\r\n", "\n").encode()
    return _TOO_LONG.sub(rb"\1=\n\2", binascii.b2a_qp(plain, istext=True)).replace(b"\n", b"\r\n")


# What stands for itself in quoted-printable, wherever it stands in a line.
_PLAIN = bytes(code for code in range(33, 127) if code != 61)
_PLAIN_LINE = 75


def quoted_piece(text: str) -> bytes:
    """A piece of a text part in quoted-printable, closed by a soft line break so that any other may follow it."""
    raw = text.encode()
    if not raw.translate(None, _PLAIN):
        if len(raw) <= _PLAIN_LINE:
            return raw + b"=\r\n" if raw else b""
        return b"".join([raw[at : at + _PLAIN_LINE] + b"=\r\n" for at in range(0, len(raw), _PLAIN_LINE)])
    quoted = quoted_printable(text)
    if quoted.endswith(b"\r\n"):
        return quoted
    if len(quoted) - quoted.rfind(b"\n") - 1 > _PLAIN_LINE:
        at = len(quoted) - (3 if quoted[-3:-2] == b"=" else 1)
        quoted = quoted[:at] + b"=\r\n" + quoted[at:]
    return quoted + b"=\r\n"


def escaped(text: str) -> str:
    """Text as HTML, as Liquid writes it."""
    return str(escape(text))


def dot_stuffed(raw: bytes) -> bytes:
    """A mail as DATA carries it (RFC 5321, 4.5.2), the closing dot included."""
    body = raw.replace(b"\r\n.", b"\r\n..")
    if body.startswith(b"."):
        body = b"." + body
    return body + (b".\r\n" if body.endswith(b"\r\n") else b"\r\n.\r\n")


def without_fallback(template: str) -> list[str]:
    """The personal fields of a Liquid template that would leave a hole where they are unknown."""
    return [
        path
        for path, filters in _OUTPUT.findall(template)
        if path.split(".")[0] in ("contact", "company") and not re.search(r"\|\s*default\s*:", filters)
    ]


def has_scheme(url: str) -> bool:
    """Whether a link says how to get there, or is a page of our own site, or is filled in by Liquid."""
    return bool(re.match(r"(https?://[^\s/]|mailto:|tel:|/|#|\{\{)", url.strip()))


def safe_target(url: str) -> str:
    """A link's target once Liquid has filled it in; anything but http, https and our own paths leads nowhere."""
    url = url.strip()
    return url if re.match(r"(https?://[^\s/]|/(?!/))", url) else ""
