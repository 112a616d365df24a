"""Letters: one message filled in for one contact, as it goes over the wire.

The frozen version is compiled once and kept; a letter costs its own values (see `pieces`) and one signature a link.
"""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from leadwright.attract import offers
from leadwright.engage import pieces, rules, tokens
from leadwright.engage.pieces import Part
from leadwright.kit import config
from leadwright.profile.rules import CONFIRM_WITHIN


@dataclass(frozen=True)
class Frozen:
    """A version ready to be filled in."""

    subject: Part
    html: Part
    text: Part
    links: tuple[str | Part, ...]
    sender: str
    domain: str
    purpose: str
    list_id: str


@dataclass(frozen=True)
class Letter:
    """A mail ready for the envelope."""

    message_id: int
    return_path: str
    recipient: str
    raw: bytes


def frozen(fields: Mapping[str, Any]) -> Frozen:
    """Compile a version's fields (as the columns of engage_emailversion, and `firm`)."""
    domain = fields["sender_address"].rpartition("@")[2] or "localhost"
    purpose = fields["purpose_id"] or ""
    return Frozen(
        subject=pieces.part(fields["subject"], is_html=False),
        html=pieces.part(fields["html"], is_html=True),
        text=pieces.part(fields["text"], is_html=False),
        links=tuple(
            pieces.part(link, is_html=False) if "{{" in link or "{%" in link else link for link in fields["links"]
        ),
        sender=rules.mailbox(fields["sender_name"], fields["sender_address"]),
        domain=domain,
        purpose=purpose,
        list_id=f"<{purpose}.{domain}>" if purpose else "",
    )


@dataclass(frozen=True)
class Filled:
    """A version filled in for one contact: what a person reads."""

    subject: str
    html: str
    text: str


def fill(version: Frozen, known: dict[str, Any], track: Callable[[str], str] | None = None) -> Filled:
    """Fill in a version. `track` turns a link's target into its tracked address; without it, links lead straight on."""
    _lead(version, known, track, config.base_url())
    return Filled(rules.one_line(version.subject.fill(known)), version.html.fill(known), version.text.fill(known))


def _lead(version: Frozen, known: dict[str, Any], track: Callable[[str], str] | None, base: str) -> None:
    """Make the addresses of all links known."""
    known["base_url"] = base
    for index, link in enumerate(version.links):
        target = rules.safe_target(link if isinstance(link, str) else link.fill(known))
        if target.startswith("/"):
            target = base + target
        own = target.startswith((base + "/t/d/", base + "/t/u/", base + "/t/p/"))
        known[f"link_{index}"] = target if own or track is None or not target else track(target)


def compose(
    version: Frozen,
    *,
    message_id: int,
    uid: UUID,
    known: dict[str, Any],
    at: datetime,
    base: str = "",
) -> Letter:
    """The whole mail to `known`'s contact: headers by RFC 5322, 2369, 2919, 3834 and 8058, then text and HTML."""
    base = base or config.base_url()
    known["open_url"] = tokens.opened(uid, message_id, base)
    known["canary_url"] = tokens.canary(uid, message_id, base)
    unsubscribe = ""
    if version.purpose:
        unsubscribe = known["unsubscribe_url"] = tokens.unsubscribe(uid, message_id, version.purpose, base)
        known["preferences_url"] = tokens.preferences(uid, base)
    if "consent_id" in known:
        record, purpose = int(known["consent_id"]), str(known["purpose_key"])
        known["confirm_url"] = tokens.confirm(uid, record, purpose, base, at + CONFIRM_WITHIN)
    if not all(isinstance(link, str) for link in version.links):  # only where a link is made for the reader
        known["fill_in"] = offers.fill_in(uid, at)
    _lead(version, known, lambda url: tokens.click(uid, message_id, url, base), base)
    mark, name, recipient = tokens.mark(message_id), known["contact"]["name"], known["contact"]["email"]
    if not recipient.isascii():
        recipient = rules.mailable(recipient)
    headers = [
        f"Date: {_date(at)}",
        f"From: {version.sender}",
        f"To: {rules.mailbox(name, recipient)}",
        f"Subject: {rules.header('Subject', version.subject.fill(known))}",
        f"Message-ID: <{mark}@{version.domain}>",
    ]
    if unsubscribe:
        headers += [
            f"List-Id: {version.list_id}",
            f"List-Unsubscribe: <{unsubscribe}>",
            "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
        ]
    else:
        headers.append("Auto-Submitted: auto-generated")
    raw = _assemble(headers, version.text.quoted(known), version.html.quoted(known), mark)
    return Letter(message_id, tokens.return_path(mark, version.domain), recipient, raw)


@lru_cache(maxsize=4)
def _date(at: datetime) -> str:
    return format_datetime(at)


def plain(filled: Filled, name: str, sender: str, recipient: str, at: datetime) -> Letter:
    """A mail outside the queue, such as a test: no tokens, no counting."""
    told = Filled(f"[Test] {filled.subject}", filled.html, filled.text)
    return internal(told, name, sender, recipient, at, f"test-{secrets.token_hex(8)}")


def internal(
    filled: Filled, name: str, sender: str, recipient: str, at: datetime, mark: str, number: int = 0
) -> Letter:
    """A mail to a colleague: no tokens, no counting. The same mark makes the same Message-ID."""
    domain = sender.rpartition("@")[2]
    headers = [
        f"Date: {format_datetime(at)}",
        f"From: {rules.mailbox(name, sender)}",
        f"To: {rules.mailbox('', recipient)}",
        f"Subject: {rules.header('Subject', filled.subject)}",
        f"Message-ID: <{mark}@{domain}>",
        "Auto-Submitted: auto-generated",
    ]
    text, page = rules.quoted_printable(filled.text), rules.quoted_printable(filled.html)
    return Letter(number, sender, recipient, _assemble(headers, text, page, mark))


PART = "--{}\r\nContent-Type: text/{}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"


def _assemble(headers: list[str], text: bytes, page: bytes, mark: str) -> bytes:
    """Headers and both parts, in quoted-printable, as they go over the wire."""
    boundary = f"=_lw_{mark}"
    kind = f'Content-Type: multipart/alternative; boundary="{boundary}"'
    return b"".join(
        (
            "\r\n".join([*headers, "MIME-Version: 1.0", kind, "", ""]).encode(),
            PART.format(boundary, "plain").encode(),
            text,
            b"\r\n",
            PART.format(boundary, "html").encode(),
            page,
            f"\r\n--{boundary}--\r\n".encode(),
        )
    )
