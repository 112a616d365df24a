"""The REST API: every package's router under /api/v1/, keys as Bearer tokens, errors as RFC 9457 problems."""

import json
import re
from collections.abc import Callable
from functools import cache
from http import HTTPStatus
from typing import Any

from django.core.exceptions import ValidationError
from django.db import DataError, IntegrityError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError
from ninja.errors import ValidationError as BadRequest
from ninja.openapi.docs import Swagger
from ninja.parser import Parser
from ninja.security import HttpBearer

from leadwright import __version__
from leadwright.kit import rates
from leadwright.workspace import keys
from leadwright.workspace.models import ApiKey


class TooMany(HttpError):
    """A key is used more often than LEADWRIGHT_API_RATE says."""

    def __init__(self, wait: float) -> None:
        self.seconds = int(wait) + 1
        super().__init__(429, f"This key asks too often; please try again in {self.seconds} s.")


@cache
def allowance() -> rates.Buckets | None:
    """How often each key may ask, counted in this process."""
    return rates.of("LEADWRIGHT_API_RATE")


class Key(HttpBearer):
    """`Authorization: Bearer <key>`"""

    def authenticate(self, request: HttpRequest, token: str) -> ApiKey | None:
        """The key, where it is valid and may do more than collect; TooMany where it asks too often."""
        key = keys.find(token)
        if not key or key.scope == "collect":
            return None
        if (buckets := allowance()) and (wait := buckets.take(key.pk)):
            raise TooMany(wait)
        return key


class Body(Parser):
    """JSON by RFC 8259: UTF-8 without halves of characters, numbers that are numbers."""

    def parse_body(self, request: HttpRequest) -> Any:
        """The document; ValueError (400) where it is none."""
        text = request.body.decode()
        found = json.loads(text, parse_constant=_no_number)
        if HALF.search(text):
            json.dumps(found, ensure_ascii=False).encode()  # a lone half cannot be written, and is refused here
        return found


HALF = re.compile(r"\\u[dD][89a-fA-F]")


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no number in JSON.")


api = NinjaAPI(
    parser=Body(),
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


@api.exception_handler(TooMany)
def _too_often(request: HttpRequest, error: TooMany) -> HttpResponse:
    answer = problem(429, error.message)
    answer["Retry-After"] = str(error.seconds)
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


def nothing(request: HttpRequest, rest: str = "") -> HttpResponse:
    """No such operation."""
    return problem(404, "There is no such operation; /api/docs shows those there are.")


def plainly(answer: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Say also a wrong method as a problem."""

    def said(request: HttpRequest) -> HttpResponseBase:
        given = answer(request)
        if given.status_code != HTTPStatus.METHOD_NOT_ALLOWED or not request.path_info.startswith("/api/"):
            return given
        allowed = given.get("Allow", "")
        refused = problem(405, f"This address takes {allowed or 'other methods'}, not {request.method}.")
        refused["Allow"] = allowed
        return refused

    return said


@api.exception_handler(IntegrityError)
def _clashing(request: HttpRequest, error: IntegrityError) -> HttpResponse:
    if getattr(error.__cause__, "sqlstate", "") == "23502":
        return problem(422, "A field that must have a value is null; leave it out, or send what it should be.")
    return problem(409, "This clashes with what is there, perhaps made at the same moment; look again, then send anew.")


@api.exception_handler(Http404)
def _absent(request: HttpRequest, error: Http404) -> HttpResponse:
    return problem(404, str(error) or "There is no such record, or this key may not see it.")


# One line a router, in the order of the packages.
ROUTERS: tuple[tuple[str, str], ...] = (
    ("", "leadwright.ui.api.router"),
    ("", "leadwright.attract.api.router"),
    ("", "leadwright.capture.api.router"),
    ("", "leadwright.capture.imports.api.router"),
    ("", "leadwright.profile.api.router"),
    ("", "leadwright.profile.privacy.api.router"),
    ("", "leadwright.profile.fields.api.router"),
    ("", "leadwright.profile.duplicates.api.router"),
    ("", "leadwright.qualify.api.router"),
    ("", "leadwright.engage.api.router"),
    ("", "leadwright.nurture.api.router"),
    ("", "leadwright.handover.api.router"),
    ("", "leadwright.measure.api.router"),
)

for prefix, router in ROUTERS:
    api.add_router(prefix, router)
