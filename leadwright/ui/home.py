"""The first screen: what matters today, by role, from the panels that the stages bring."""

from dataclasses import dataclass

from allauth.mfa.utils import is_mfa_enabled
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from leadwright.kit import clock, registries
from leadwright.ui import details
from leadwright.workspace import settings
from leadwright.workspace.access import allowed, user_of
from leadwright.workspace.models import Role, User


@dataclass(frozen=True)
class Line:
    """A line of the setup checklist."""

    label: str
    is_done: bool
    say: str
    url: str


def _url(name: str) -> str:
    try:
        return reverse(name) if name else ""
    except NoReverseMatch:
        return ""


def _own(user: User) -> list[Line]:
    """What everyone does for his own sign-in."""
    has_factor, has_password = is_mfa_enabled(user), user.has_usable_password()
    return [
        Line(
            "Password",
            has_password,
            "Choose one, so that you can come back without a link.",
            _url("account_set_password"),
        ),
        Line(
            "Second factor",
            has_factor,
            "Set up an authenticator app: a stolen password then opens nothing.",
            _url("mfa_activate_totp"),
        ),
    ]


def checklist(user: User) -> list[Line]:
    """What is left to set up: one's own sign-in, and for administrators the installation."""
    lines = _own(user)
    if user.role == Role.ADMINISTRATOR:
        for check in registries.CHECKS:
            if check.setup:
                is_done, say = check.look()
                lines.append(Line(check.label, is_done, say, _url(check.url_name)))
    return lines


@allowed()
def today(request: HttpRequest) -> HttpResponse:
    """The first screen of the user's role."""
    user = user_of(request)
    workspace = settings.current(request)
    found = details.panels(request, registries.HOME_PANELS)
    lines = [] if request.session.get("checklist_hidden") else checklist(user)
    done = sum(line.is_done for line in lines)
    context = {
        "wide_panels": [panel for panel in found if panel.column == "middle"],
        "left_panels": [panel for panel in found if panel.column == "left"],
        "right_panels": [panel for panel in found if panel.column == "right"],
        "has_panels": bool(found),
        "checklist": lines if done < len(lines) else [],
        "done": done,
        "workspace": workspace,
        "today": timezone.localtime(clock.now()),
    }
    return render(request, "ui/today.html", context)


@allowed()
def example_firm(request: HttpRequest) -> HttpResponse:
    """The line about the example firm, again: it says how far its past is lived."""
    demo = settings.current(request).demo
    return render(request, "ui/_example_firm.html", {"demo": demo, "past": demo.get("past", {})})


@allowed()
def hide_checklist(request: HttpRequest) -> HttpResponse:
    """Put the checklist away for this session."""
    if request.method == "POST":
        request.session["checklist_hidden"] = True
    return HttpResponse("")
