"""What is given in exchange for an address: the signed ways from a form to its resource.

A form on a resource's page carries an offer token; the collector answers with a resource token, which opens the file
for seven days: sign("resource", [hit's message id, page id], expires_at). In a mail to somebody, the way to a resource
says whose it is instead of naming a hit: sign("resource", ["contact:<uid>", page id], expires_at).
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from leadwright.kit import clock, config, numbers, signing

VALID_FOR = timedelta(days=7)
PREFILLED_FOR = timedelta(days=30)
WHOSE = "contact:"


def offer(code: str, page_id: int) -> str:
    """The token in a form on a resource's page: whoever sends this form gets this resource."""
    return signing.sign("offer", [code, page_id])


@dataclass(frozen=True, slots=True)
class Timing:
    """How a form was drawn: when, in which variant, without which questions, and where (empty: on our own page)."""

    code: str
    drawn_at: float  # seconds
    variant: str = ""
    left_out: tuple[str, ...] = ()
    where: str = ""
    asked_work: bool = False  # with a riddle; pages that were drawn by an older version had none


def rendered(code: str, at: datetime, variant: str = "", left_out: Sequence[str] = (), where: str = "") -> str:
    """How a form was drawn: a machine answers faster than a person, and nobody invents a variant."""
    return signing.sign("form", [code, int(at.timestamp() * 1000), variant, list(left_out), where])


def timing(token: str) -> Timing | None:
    """What a form's token says; None where it is not one of ours."""
    try:
        code, drawn_ms, *more = signing.read("form", token)
        variant, left_out, where = more or ("", (), "")
        return Timing(str(code), drawn_ms / 1000, str(variant), tuple(map(str, left_out)), str(where), bool(more))
    except (signing.BadToken, TypeError, ValueError):
        return None


def resource_of(token: str) -> int | None:
    """The page of the resource that a token opens now, or None."""
    try:
        _message, page_id = signing.read("resource", token)
    except (signing.BadToken, ValueError, TypeError):
        return None
    return numbers.whole(page_id)


def address(uid: uuid.UUID, page_id: int, days: int = VALID_FOR.days) -> str:
    """The address of a resource in a mail to a contact: what is fetched by it, that contact has fetched."""
    until = clock.now() + timedelta(days=days)
    return f"{config.base_url()}/t/a/{signing.sign('resource', [f'{WHOSE}{uid}', page_id], until)}"


def fill_in(uid: uuid.UUID, at: datetime) -> str:
    """What to add to a page's address so that its forms are filled in with what is known of a contact: `lw=…`.

    For mails to that contact only: whoever has the address sees those values, for 30 days.
    """
    return f"lw={signing.sign('prefill', [uid.bytes], at + PREFILLED_FOR)}"


def prefilled_for(token: str) -> uuid.UUID | None:
    """The contact whom a signed link is for, or None."""
    try:
        [uid] = signing.read("prefill", token)
        return uuid.UUID(bytes=uid)
    except (signing.BadToken, TypeError, ValueError):
        return None


def contact_of(message: str) -> uuid.UUID | None:
    """The contact to whom a resource token was mailed, from the token's first part; None where a form gave it."""
    try:
        return uuid.UUID(message.removeprefix(WHOSE)) if message.startswith(WHOSE) else None
    except ValueError:
        return None


def open_until() -> datetime:
    """When a resource token made now expires."""
    return clock.now() + VALID_FOR
