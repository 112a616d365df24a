"""The REST API: every package's router under /api/v1/, keys as Bearer tokens, errors as RFC 9457 problems."""

import json
from http import HTTPStatus
from typing import Any

from django.core.exceptions import ValidationError
from django.db import DataError
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError
from ninja.errors import ValidationError as BadRequest
from ninja.openapi.docs import Swagger
from ninja.security import HttpBearer

from leadwright import __version__
from leadwright.workspace import keys
from leadwright.workspace.models import ApiKey


class Key(HttpBearer):
    """`Authorization: Bearer <key>`"""

    def authenticate(self, request: HttpRequest, token: str) -> ApiKey | None:
        """The key, where it is valid and may do more than collect."""
        key = keys.find(token)
        return key if key and key.scope != "collect" else None


api = NinjaAPI(
    title="Leadwright",
    version=__version__,
    auth=Key(),
    docs_url=None,
    openapi_url="/openapi.json",
    urls_namespace="api",
)


def page(request: HttpRequest) -> HttpResponse:
    """The API's own page, from what ninja ships; nothing is loaded from elsewhere."""
    return Swagger(settings={"persistAuthorization": True}).render_page(request, api)


def problem(status: int, detail: str, **more: Any) -> HttpResponse:
    """An RFC 9457 problem document."""
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail} | more
    return HttpResponse(json.dumps(body), status=status, content_type="application/problem+json")


@api.exception_handler(AuthenticationError)
def _unknown(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    answer = problem(401, "Send a valid key as 'Authorization: Bearer …'. `leadwright key create` makes one.")
    answer["WWW-Authenticate"] = "Bearer"
    return answer


@api.exception_handler(HttpError)
def _refused(request: HttpRequest, error: HttpError) -> HttpResponse:
    return problem(error.status_code, error.message)


@api.exception_handler(BadRequest)
def _malformed(request: HttpRequest, error: BadRequest) -> HttpResponse:
    faults = [{"field": ".".join(str(part) for part in e["loc"][1:]), "say": e["msg"]} for e in error.errors]
    return problem(422, "Some fields cannot be used as they are; see errors.", errors=faults)


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    faults = (
        [{"field": name, "say": " ".join(says)} for name, says in error.message_dict.items()]
        if hasattr(error, "error_dict")
        else [{"field": "", "say": say} for say in error.messages]
    )
    return problem(422, "Some fields cannot be used as they are; see errors.", errors=faults)


@api.exception_handler(DataError)
@api.exception_handler(OverflowError)
def _unstorable(request: HttpRequest, error: Exception) -> HttpResponse:
    return problem(422, "A number is too large, a text too long, or it holds a NUL character; send what fits.")


@api.exception_handler(Http404)
def _absent(request: HttpRequest, error: Http404) -> HttpResponse:
    return problem(404, str(error) or "There is no such record, or this key may not see it.")


# One line a router, in the order of the packages.
ROUTERS: tuple[tuple[str, str], ...] = (
    ("", "leadwright.attract.api.router"),
    ("", "leadwright.capture.api.router"),
    ("", "leadwright.capture.import_api.router"),
    ("", "leadwright.profile.api.router"),
    ("", "leadwright.qualify.api.router"),
    ("", "leadwright.engage.api.router"),
    ("", "leadwright.nurture.api.router"),
    ("", "leadwright.handover.api.router"),
    ("", "leadwright.measure.api.router"),
)

for prefix, router in ROUTERS:
    api.add_router(prefix, router)
