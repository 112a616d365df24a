"""Stands before the console: what no view can use, a second factor where one is due, and the reader's time zone."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import structlog
from django.conf import settings as django_settings
from django.db import DataError
from django.db.models import ProtectedError, RestrictedError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone
from django.utils.datastructures import MultiValueDictKeyError

from leadwright.kit import domains
from leadwright.workspace import audit, settings, signin
from leadwright.workspace.models import User

log = structlog.get_logger()

CONSOLE = "/app/"
OPEN = ("/app/sign-in/", "/app/sprite/", "/app/jsi18n/")
API = "/api/"  # says what is wrong by itself, as a problem
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
Answering = Callable[[HttpRequest], HttpResponseBase]

# What PostgreSQL says (SQLSTATE) to a value that no column can keep. A fault of our own, such as a division by zero,
# is none of these, and stays an error.
UNSTORABLE = {
    None,  # psycopg itself: a NUL character
    "22001",  # a text too long
    "22003",  # a number too large
    "22007",  # no date
    "22008",  # a date too far away
    "22021",  # a character that UTF-8 does not have
    "22P02",  # no number, no uuid
    "22P05",  # a NUL character inside JSON
}


class Usable:
    """Answers 400 to requests that hold what no text of ours can hold, instead of failing over them somewhere.

    A NUL character in an address, a cookie or a form; a number that no key has; a form that lacks a part of itself.
    """

    def __init__(self, answer: Answering) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Look at address and cookies before anybody uses them."""
        if request.method not in ("GET", "HEAD", "OPTIONS"):
            domains.refresh()  # addresses may be about to be judged
        texts = (request.path_info, *request.COOKIES.values())
        if any("\x00" in text for text in texts) or (
            "%00" in request.META.get("QUERY_STRING", "") and _is_ours(request)
        ):
            return refused("The address holds a character that no text can hold; write it without.")
        return self.answer(request)

    def process_view(self, request: HttpRequest, *_: Any) -> HttpResponse | None:
        """Look at a form before its view does."""
        if request.method == "POST" and request.content_type in FORMS and _is_ours(request):
            for name, values in request.POST.lists():
                if any("\x00" in text for text in (name, *values)):
                    return refused("The form holds a character that no text can hold; write it without.")
        return None

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Say in words what the database or a form could not take."""
        if not _is_ours(request):
            return None
        match error:
            case DataError() if getattr(error.__cause__, "sqlstate", None) in UNSTORABLE:
                say = "A number is too large, a text too long, or a date is none; go back and mend it."
            case MultiValueDictKeyError():
                say = "The form was cut short on its way; load the page again and send it once more."
            case ProtectedError() | RestrictedError():
                say = "Others still use this, so it stays; go back, and see under “usage” who does."
            case _:
                return None
        log.warning("a request could not be used", path=request.path_info, error=type(error).__name__)
        return refused(say, 409 if isinstance(error, ProtectedError | RestrictedError) else 400)


def _is_ours(request: HttpRequest) -> bool:
    return not request.path_info.startswith(API)


def refused(say: str, status: int = 400) -> HttpResponse:
    """A sentence, and nothing of what was sent."""
    answer = HttpResponse(f"{say}\n", status=status, content_type="text/plain; charset=utf-8")
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


def console(answer: Answering) -> Answering:
    """Refuse the console to whoever has a second factor and has not given it; show times in the reader's zone."""

    def stand(request: HttpRequest) -> HttpResponseBase:
        path = request.path_info
        if not path.startswith(CONSOLE):
            return answer(request)
        given = _whole_page(request, _console(request, path, answer))
        if not path.startswith(("/app/sprite/", "/app/jsi18n/")) and not given.has_header("Cache-Control"):
            given["Cache-Control"] = "private, no-store"
        return given

    return stand


def _console(request: HttpRequest, path: str, answer: Answering) -> HttpResponseBase:
    user = request.user if not path.startswith(OPEN) else None
    if not isinstance(user, User) or not user.is_authenticated:
        return answer(request)
    if detour := signin.second_factor_wanted(request):
        return detour
    with timezone.override(_zone(user, request)):
        given = answer(request)
    _note(request, given)
    return given


# Posts that only ask something: what a condition finds, how a page would look.
ASKING = frozenset({"segment_builder", "segment_live"})


def _note(request: HttpRequest, given: HttpResponseBase) -> None:
    """Keep every deed in the trail, also where its view did not say so itself; Wagtail keeps a history of its own."""
    match = request.resolver_match
    if request.method != "POST" or given.status_code >= 400 or match is None or audit.was_noted(request):
        return
    if not str(match.func.__module__).startswith("leadwright") or match.url_name in ASKING:
        return
    named = next(((name.removesuffix("_id"), key) for name, key in match.kwargs.items()), ("", ""))
    audit.note(request, str(match.url_name).replace("_", " "), *named)


def _whole_page(request: HttpRequest, answer: HttpResponseBase) -> HttpResponseBase:
    """A piece of a page cannot hold the sign-in: for htmx, a way there becomes 401, and the whole page goes."""
    target = answer.get("Location", "")
    places = (django_settings.LOGIN_URL, "/app/login/", "/app/sign-in/2fa/")
    if request.headers.get("HX-Request") != "true" or answer.status_code != 302 or not target.startswith(places):
        return answer
    here = urlsplit(request.headers.get("HX-Current-URL", ""))
    back = here.path + (f"?{here.query}" if here.query else "")
    query = urlencode({"next": back}, safe="/") if back.startswith(CONSOLE) else ""
    place = urlsplit(target).path
    asked = HttpResponse("Your session has ended; sign in again.\n", status=401, content_type="text/plain")
    asked["HX-Redirect"] = f"{place}?{query}" if query else place
    return asked


def _zone(user: User, request: HttpRequest) -> ZoneInfo:
    try:
        return ZoneInfo(user.time_zone or settings.current(request).time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")
