"""Stands before the console: a second factor where one is due, and the reader's time zone."""

from collections.abc import Callable
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

from leadwright.workspace import settings, signin
from leadwright.workspace.models import User

CONSOLE = "/app/"
OPEN = ("/app/sign-in/", "/app/sprite/", "/app/jsi18n/")


def console(answer: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Refuse the console to whoever has a second factor and has not given it; show times in the reader's zone."""

    def stand(request: HttpRequest) -> HttpResponseBase:
        path = request.path_info
        user = request.user if path.startswith(CONSOLE) and not path.startswith(OPEN) else None
        if not isinstance(user, User) or not user.is_authenticated:
            return answer(request)
        if detour := signin.second_factor_wanted(request):
            return detour
        with timezone.override(_zone(user, request)):
            return answer(request)

    return stand


def _zone(user: User, request: HttpRequest) -> ZoneInfo:
    try:
        return ZoneInfo(user.time_zone or settings.current(request).time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")
