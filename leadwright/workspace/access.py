"""Who may see which screen: sign-in, permission, and a page that says how to get it."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render

from leadwright.workspace import roles
from leadwright.workspace.models import Role, User

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]

# What a permission lets somebody do, in words, by the verb that its codename begins with.
VERBS = {"view": "see", "add": "add", "change": "change", "delete": "remove"}


def in_words(permission: str) -> str:
    """What a permission allows: `profile.view_contact` is "see contacts"."""
    verb, _, noun = permission.partition(".")[2].partition("_")
    noun = noun.replace("_", " ") or permission
    plural = noun[:-1] + "ies" if noun.endswith("y") else noun + "s"
    return f"{VERBS.get(verb, verb)} {plural}"


def refuse(request: HttpRequest, permission: str) -> HttpResponse:
    """The answer to somebody who lacks a permission: what is missing, and who can give it."""
    admins = User.objects.filter(role=Role.ADMINISTRATOR, is_active=True).order_by("name")[:3]
    context = {
        "what": in_words(permission),
        "roles": [role.label for role in roles.roles_with(permission) if role != Role.ADMINISTRATOR],
        "administrators": admins,
    }
    template = "workspace/_refused.html" if request.headers.get("HX-Request") else "workspace/refused.html"
    return render(request, template, context, status=403)


def allowed(permission: str = "") -> Callable[[View[P]], View[P]]:
    """Let a view be seen by signed-in users who have a permission ("app.codename"; empty: by all who are signed in)."""

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path(), settings.LOGIN_URL)
            if permission and not request.user.has_perm(permission):
                return refuse(request, permission)
            return view(request, *args, **kwargs)

        return cast("View[P]", guarded)

    return decorate


def user_of(request: HttpRequest) -> User:
    """The signed-in user behind a guarded request."""
    assert isinstance(request.user, User), "Only a guarded view has a user; decorate it with @allowed."  # noqa: S101
    return request.user
