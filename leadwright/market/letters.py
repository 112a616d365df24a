"""Reads a raw mail as a mail program does, and finds what can be followed in it. Pure."""

import re
from datetime import datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message
from html import unescape

from leadwright.market.lives import Letter

HREF = re.compile(r'href="([^"]+)"', re.IGNORECASE)
HIDDEN = re.compile(r"<a\s[^>]*display:\s*none[^>]*>", re.IGNORECASE)
SOURCE = re.compile(r'src="([^"]+/t/o/[^"]+)"', re.IGNORECASE)


def letter(raw: bytes, received_at: datetime) -> Letter:
    """The mail with its tracked links in order, its picture, its way out, and its confirmation link if it has one."""
    mail = message_from_bytes(raw)
    content = _content(mail)
    hidden = [unescape(url) for tag in HIDDEN.findall(content) for url in HREF.findall(tag)]
    found = [unescape(url) for url in HREF.findall(HIDDEN.sub("", content))]
    out = re.search(r"<(https?://[^>]+/t/u/[^>]+)>", str(mail.get("List-Unsubscribe", "")))
    return Letter(
        to=str(mail.get("To", "")).rpartition("<")[2].strip("<> \r\n").lower(),
        subject=str(make_header(decode_header(str(mail.get("Subject", ""))))),
        received_at=received_at,
        links=tuple(dict.fromkeys(url for url in found if "/t/c/" in url)),
        picture=next((unescape(url) for url in SOURCE.findall(content)), ""),
        unsubscribe=out.group(1) if out else "",
        confirm=next((url for url in found if "/t/d/" in url), ""),
        hidden=tuple(hidden),
    )


def _content(mail: Message) -> str:
    """The HTML of a mail, or else its text."""
    parts = {part.get_content_type(): part for part in mail.walk()}
    part = parts.get("text/html") or parts.get("text/plain")
    body = part.get_payload(decode=True) if part else b""
    charset = (part and part.get_content_charset()) or "utf-8"
    return body.decode(charset, "replace") if isinstance(body, bytes) else ""
