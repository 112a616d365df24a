"""The trail: who saw, exported or changed what, and when.

A view notes what it does in its own words. What it leaves unsaid, the console's middleware and the scope of an API
operation note for it, so that no deed goes without a line.
"""

from datetime import timedelta
from typing import Any

from django.http import HttpRequest

from leadwright.kit import clock
from leadwright.workspace.models import ApiKey, AuditEntry, User


def who(by: HttpRequest | User | ApiKey | str) -> tuple[User | None, str]:
    """The user behind a deed, if any, and the name under which the trail knows whoever did it."""
    if isinstance(by, str):
        return None, by
    if isinstance(by, HttpRequest):
        by = getattr(by, "auth", None) or by.user  # type: ignore[assignment]
    if isinstance(by, ApiKey):
        return None, f"API key {by.name}"
    return (by, str(by)) if isinstance(by, User) else (None, "nobody")


def note(
    by: HttpRequest | User | ApiKey | str, action: str, object_kind: str = "", object_id: object = "", **detail: Any
) -> AuditEntry:
    """Keep that somebody (a request's user or key, a user, a key, or a process by name) did something to a thing."""
    if isinstance(by, HttpRequest):
        by.noted = True  # type: ignore[attr-defined]
    user, actor = who(by)
    return AuditEntry.objects.create(
        at=clock.now(),
        user=user,
        actor=actor[:80],
        action=action[:60],
        object_kind=object_kind[:40],
        object_id=str(object_id)[:60],
        detail=detail,
    )


# Who looks at a record again within this time has seen it once.
SEEN_FOR = timedelta(hours=1)


def saw(by: HttpRequest, object_kind: str, object_id: object = "") -> None:
    """Keep that somebody looked at a record of a person, once an hour. Carried by the index on `at`."""
    now = clock.now()
    user, actor = who(by)
    lately = AuditEntry.objects.filter(
        at__gt=now - SEEN_FOR,
        user=user,
        actor=actor[:80],
        action="saw",
        object_kind=object_kind,
        object_id=str(object_id),
    )
    if not lately.exists():
        note(by, "saw", object_kind, object_id)


def was_noted(by: HttpRequest) -> bool:
    """Whether a line of the trail tells already what this request did."""
    return getattr(by, "noted", False)
