"""API keys: made once, shown once, kept as a hash, checked by scope."""

import hashlib
import re
import secrets
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

from django.http import HttpRequest
from ninja.errors import HttpError

from leadwright.kit import addresses, clock, config
from leadwright.workspace import audit, signin
from leadwright.workspace.models import ApiKey, Role, User

# What a scope includes besides itself.
INCLUDES: dict[str, frozenset[str]] = {
    "collect": frozenset({"collect"}),
    "read": frozenset({"read"}),
    "write": frozenset({"read", "write", "collect"}),
    "admin": frozenset({"read", "write", "collect", "admin"}),
}

Operation = TypeVar("Operation", bound=Callable[..., Any])


def fingerprint(secret: str) -> str:
    """What is kept of a key. A key has 256 random bits, so a plain SHA-256 cannot be searched."""
    return hashlib.sha256(secret.encode()).hexdigest()


def create(
    scope: str, name: str = "", user: User | None = None, allowed_origins: Iterable[str] = ()
) -> tuple[ApiKey, str]:
    """Make a key; answers it with its secret, which nobody can read again. ValueError for an odd scope or site."""
    bound = origins(allowed_origins)
    if scope not in INCLUDES:
        raise ValueError(f"There is no scope '{scope}'; choose one of {', '.join(INCLUDES)}.")
    secret = f"lw_{secrets.token_urlsafe(32)}"
    key = ApiKey.objects.create(
        name=name or f"{scope} key",
        scope=scope,
        prefix=secret[:12],
        hash=fingerprint(secret),
        created_by=user,
        allowed_origins=bound,
    )
    return key, secret


HOST = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")


def origins(given: Iterable[str]) -> list[str]:
    """The sites whose pages may use a key, as the collector compares them; ValueError names the one that is none.

    `https://www.firm.example:8443` is that origin only, `www.firm.example` that host, `*.firm.example` all hosts below.
    """
    found = []
    for text in filter(None, (each.strip().lower().rstrip("/") for each in given)):
        scheme, _, place = text.rpartition("://")
        host, _, port = place.partition(":")
        bare = host if scheme or port else host.removeprefix("*.")
        try:
            bare = bare.encode("idna").decode() if not bare.isascii() else bare
        except UnicodeError:
            bare = ""
        is_port = not port or (port.isascii() and port.isdecimal() and bool(scheme))
        if scheme not in ("", "http", "https") or not HOST.fullmatch(bare) or not is_port:
            raise ValueError(f"'{text}' is no site; write it as https://www.firm.example or *.firm.example.")
        star = "*." if host.startswith("*.") and not scheme else ""
        found.append(f"{scheme}://{bare}{':' + port if port else ''}" if scheme else star + bare)
    return list(dict.fromkeys(found))


def find(secret: str) -> ApiKey | None:
    """The valid key with this secret, or None; a key ends with its maker's access.

    Its last use is noted, at most once a minute.
    """
    key = ApiKey.objects.select_related("created_by").filter(hash=fingerprint(secret), revoked_at=None).first()
    if key and key.created_by and not key.created_by.is_active:
        return None
    if key and (key.last_used_at is None or (clock.now() - key.last_used_at).total_seconds() > 60):
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=clock.now())
    return key


def seen_by(request: HttpRequest, rows: Any) -> Any:
    """Of some records those that a key may see: what its maker may; a key of the command line sees everything."""
    user = request.auth.created_by  # type: ignore[attr-defined]
    return rows.visible_to(user) if user else rows


def may_look_inside(request: HttpRequest) -> bool:
    """Whether somebody may read what the machine itself shows (mailbox, metrics): anyone at this very machine while the
    product is for this machine only, otherwise signed-in administrators and keys that may read."""
    if is_local() and _is_from_here(request):
        return True
    kind, _, secret = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() == "bearer" and (key := find(secret)):
        return "read" in INCLUDES[key.scope] and may_see_everything(key)
    user = request.user
    is_administrator = isinstance(user, User) and user.is_active and user.role == Role.ADMINISTRATOR
    return is_administrator and not signin.lacks_second_factor(request)


def is_local() -> bool:
    """Whether the product is for its own machine only: it listens on loopback, and is published under no other name."""
    hosts = (config.get("LEADWRIGHT_HOST"), urlsplit(config.base_url()).hostname or "")
    return all(addresses.is_loopback(host) for host in hosts)


# What a proxy adds: whoever comes by one may come from anywhere, although its own address is of this machine.
BY_PROXY = ("X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "Forwarded", "Via")


def _is_from_here(request: HttpRequest) -> bool:
    """Whether the visitor is at this very machine. By which name he asks, ALLOWED_HOSTS has seen to."""
    by_proxy = any(name in request.headers for name in BY_PROXY)
    return not by_proxy and addresses.is_loopback(request.META.get("REMOTE_ADDR") or "127.0.0.1")


def may_see_everything(key: ApiKey) -> bool:
    """Whether a key was made by an administrator, or by the installation itself."""
    return key.created_by is None or key.created_by.role == Role.ADMINISTRATOR


def maker(request: HttpRequest) -> User | None:
    """On whose behalf an API call is made; None for a key of the installation itself, which sees everything."""
    user: User | None = request.auth.created_by  # type: ignore[attr-defined]
    return user


def actor(request: HttpRequest, user_id: int | None) -> User | None:
    """In whose name a call acts: its key's maker; a key of an administrator or of the installation may name another.

    None where neither is named; HttpError 403 where the key may not speak for that user, 422 where there is none.
    """
    made_by = maker(request)
    if not user_id:
        return made_by
    if made_by and made_by.pk != user_id and not may_see_everything(request.auth):  # type: ignore[attr-defined]
        raise HttpError(403, f"{made_by} made this key, which acts in no other name; leave `user` out.")
    named = User.objects.filter(pk=user_id, is_active=True).first()
    if named is None:
        raise HttpError(422, "There is no active user with the id given as `user`.")
    return named


def revoke(key: ApiKey) -> None:
    """Make a key useless from now on."""
    ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=clock.now())


def scope(needed: str, permission: str = "") -> Callable[[Operation], Operation]:
    """Let an API operation be called only with a key whose scope includes the one needed (403 otherwise).

    A key made by a user may do, besides, only what the permission lets that user do.
    """

    def decorate(operation: Operation) -> Operation:
        @wraps(operation)
        def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            key = cast(ApiKey, request.auth)  # type: ignore[attr-defined]
            if needed not in INCLUDES[key.scope]:
                raise HttpError(403, f"This key may only {key.scope}; the call needs a key with scope {needed}.")
            if permission and key.created_by and not key.created_by.has_perm(permission):
                raise HttpError(403, f"{key.created_by}, who made this key, may not do this; ask an administrator.")
            answer = operation(request, *args, **kwargs)
            if needed != "read" and not audit.was_noted(request):
                ids = [(name.removesuffix("_id"), at) for name, at in kwargs.items() if name.endswith("_id")]
                named = ids[0] if ids else ()
                audit.note(request, operation.__name__.replace("_", " "), *named)
            return answer

        return cast(Operation, checked)

    return decorate
