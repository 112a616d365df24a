"""API calls that may be repeated: with the same Idempotency-Key they are done once and answered alike.

The work and the kept answer commit together, so a crash between them leaves neither. What fails is not kept.
"""

import hashlib
import json
from collections.abc import Callable
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

    @wraps(operation)
    def repeated(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        key = request.headers.get("Idempotency-Key", "")
        if not key:
            return operation(request, *args, **kwargs)
        if len(key) > 120:
            raise HttpError(400, "An Idempotency-Key has at most 120 characters.")
        caller = str(getattr(getattr(request, "auth", None), "pk", "") or "")
        said = hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode() + request.body).hexdigest()
        with database.atomic():
            database.value("SELECT pg_advisory_xact_lock(37, hashtext(%(lock)s))::text", lock=f"{caller}:{key}")
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
