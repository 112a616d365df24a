"""What is given in exchange for an address: the signed ways from a form to its resource.

A form on a resource's page carries an offer token; the collector answers with a resource token, which opens the file
for seven days: sign("resource", [hit's message id, page id], expires_at). In a mail to somebody, the way to a resource
says whose it is instead of naming a hit: sign("resource", ["contact:<uid>", page id], expires_at).
"""

import uuid
from datetime import datetime, timedelta

from leadwright.kit import clock, config, numbers, signing

VALID_FOR = timedelta(days=7)
WHOSE = "contact:"


def offer(code: str, page_id: int) -> str:
    """The token in a form on a resource's page: whoever sends this form gets this resource."""
    return signing.sign("offer", [code, page_id])


def rendered(code: str, at: datetime) -> str:
    """The token that says when a form was drawn, in milliseconds; a machine answers faster than a person."""
    return signing.sign("form", [code, int(at.timestamp() * 1000)])


def resource_of(token: str) -> int | None:
    """The page of the resource that a token opens now, or None."""
    try:
        _message, page_id = signing.read("resource", token)
    except (signing.BadToken, ValueError, TypeError):
        return None
    return numbers.whole(page_id)


def address(uid: uuid.UUID, page_id: int) -> str:
    """The address of a resource in a mail to a contact: what is fetched by it, that contact has fetched."""
    return f"{config.base_url()}/t/a/{signing.sign('resource', [f'{WHOSE}{uid}', page_id], open_until())}"


def contact_of(message: str) -> uuid.UUID | None:
    """The contact to whom a resource token was mailed, from the token's first part; None where a form gave it."""
    try:
        return uuid.UUID(message.removeprefix(WHOSE)) if message.startswith(WHOSE) else None
    except ValueError:
        return None


def open_until() -> datetime:
    """When a resource token made now expires."""
    return clock.now() + VALID_FOR
