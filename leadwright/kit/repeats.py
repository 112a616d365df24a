"""API calls that may be repeated: with the same Idempotency-Key they are done once and answered alike.

The work and the kept answer commit together, so a crash between them leaves neither, but for work that commits on its
way. What fails is not kept.
"""

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from functools import wraps
from typing import Any, TypeVar, cast

from django.http import HttpRequest, HttpResponse
from ninja import Status
from ninja.errors import HttpError
from ninja.responses import NinjaJSONEncoder

from leadwright.kit import clock, database
from leadwright.kit.models import KeptAnswer

KEEP = timedelta(days=1)
Operation = TypeVar("Operation", bound=Callable[..., Any])


def once(operation: Operation) -> Operation:
    """Let an API operation that changes something be repeated safely; it answers a document, or a Status with one."""

    @contextmanager
    def alone(lock: str) -> Iterator[None]:
        with database.atomic():
            database.value("SELECT pg_advisory_xact_lock(37, hashtext(%(lock)s))::text", lock=lock)
            yield

    return _repeatable(operation, alone)


def once_in_steps(operation: Operation) -> Operation:
    """The same for an operation that commits on its way, since files go with it that no transaction brings back.

    Its answer is kept when it is through. Where a crash has left none, a repeat does what is still to be done.
    """

    @contextmanager
    def alone(lock: str) -> Iterator[None]:
        database.value("SELECT pg_advisory_lock(37, hashtext(%(lock)s))::text", lock=lock)
        try:
            yield
        finally:
            database.value("SELECT pg_advisory_unlock(37, hashtext(%(lock)s))::text", lock=lock)

    return _repeatable(operation, alone)


def _repeatable(operation: Operation, alone: Callable[[str], AbstractContextManager[None]]) -> Operation:
    @wraps(operation)
    def repeated(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        key = request.headers.get("Idempotency-Key", "")
        if not key:
            return operation(request, *args, **kwargs)
        if len(key) > 120:
            raise HttpError(400, "An Idempotency-Key has at most 120 characters.")
        caller = str(getattr(getattr(request, "auth", None), "pk", "") or "")
        said = hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode() + request.body).hexdigest()
        with alone(f"{caller}:{key}"):
            kept = KeptAnswer.objects.filter(caller=caller, key=key, at__gt=clock.now() - KEEP).first()
            if kept:
                return _again(kept, said)
            answer = operation(request, *args, **kwargs)
            status, document = (answer.status_code, answer.value) if isinstance(answer, Status) else (200, answer)
            body = json.dumps(document, cls=NinjaJSONEncoder)
            KeptAnswer.objects.update_or_create(
                caller=caller, key=key, defaults={"request": said, "status": status, "body": body, "at": clock.now()}
            )
        return answer

    return cast(Operation, repeated)


def _again(kept: KeptAnswer, said: str) -> HttpResponse:
    if kept.request != said:
        raise HttpError(422, "This Idempotency-Key was used for another call; use a new one for a new call.")
    answer = HttpResponse(kept.body, status=kept.status, content_type="application/json; charset=utf-8")
    answer["Idempotent-Replayed"] = "true"
    return answer


def forget() -> int:
    """Remove answers that are no longer kept."""
    return KeptAnswer.objects.filter(at__lte=clock.now() - KEEP).delete()[0]
