"""The trail: who saw, exported or changed what, and when."""

from typing import Any

from django.http import HttpRequest

from leadwright.kit import clock
from leadwright.workspace.models import ApiKey, AuditEntry, User


def _who(by: HttpRequest | User | ApiKey | str) -> tuple[User | None, str]:
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
    user, actor = _who(by)
    return AuditEntry.objects.create(
        at=clock.now(),
        user=user,
        actor=actor[:80],
        action=action[:60],
        object_kind=object_kind[:40],
        object_id=str(object_id)[:60],
        detail=detail,
    )
