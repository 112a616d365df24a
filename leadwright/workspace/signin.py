"""How people sign in: by address and password with a second factor, or once by a signed link.

A link is bound to the user's last sign-in and password, so that using it, or signing in otherwise, ends it. Opening it
only shows a button: mail scanners follow links, but do not press buttons.
"""

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records, perform_login, record_authentication
from allauth.account.models import Login
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from leadwright.kit import addresses, clock, config, numbers, signing
from leadwright.workspace import audit, settings
from leadwright.workspace.models import User

VALID_FOR = timedelta(hours=24)
PURPOSE = "sign-in"
NOT_OURS = "This link is not one of ours; ask for a new one."
SECOND_FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]


class Adapter(DefaultAccountAdapter):
    """Nobody signs up by himself; administrators invite. Mails go through engage, so none are sent from here."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Closed."""
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, object]) -> None:
        """Nothing: the console says on the spot what it has to say."""

    def send_notification_mail(self, *args: object, **kwargs: object) -> None:
        """Nothing, for the same reason."""


def _bond(user: User) -> str:
    state = f"{user.last_login.isoformat() if user.last_login else 'never'}:{user.password}"
    return hashlib.sha256(state.encode()).hexdigest()[:16]


def link(user: User) -> str:
    """A URL that signs a user in once, within 24 hours."""
    token = signing.sign(PURPOSE, [user.pk, _bond(user)], clock.now() + VALID_FOR)
    return f"{config.base_url()}{reverse('sign_in_by_link', args=[token])}"


def user_of(token: str) -> User:
    """The user whom a link's token signs in; raises signing.BadToken with a sentence that says why it does not."""
    try:
        user_id, bond = signing.read(PURPOSE, token)
    except (TypeError, ValueError) as error:
        raise error if isinstance(error, signing.BadToken) else signing.BadToken(NOT_OURS) from None
    user = User.objects.filter(pk=numbers.key(user_id), is_active=True).first()
    if user is None or _bond(user) != bond:
        raise signing.BadToken("This link has been used already; ask for a new one.")
    return user


def by_link(request: HttpRequest, token: str) -> HttpResponseBase:
    """Show a button; pressing it signs in (with the second factor, where the user has one)."""
    try:
        user = user_of(token)
    except signing.BadToken as error:
        return render(request, "workspace/link_refused.html", {"say": str(error)}, status=410)
    if request.method != "POST":
        return render(request, "workspace/link.html", {"invited": user})
    logout(request)
    audit.note(user, "signed in by link", "user", user.pk)
    record_authentication(request, user, method="link")
    signed_in: HttpResponseBase = perform_login(request, Login(user=user, email_verification="none"))
    return signed_in


def address_of(request: HttpRequest) -> str:
    """From where somebody tries to sign in: what the lock-out counts by, together with the name."""
    return addresses.caller(request.META.get("REMOTE_ADDR", ""), request.headers.get("X-Forwarded-For", "")) or ""


def name_of(request: HttpRequest, credentials: Mapping[str, Any] | None = None) -> str:
    """As whom somebody tries to sign in."""
    told = credentials or {}
    name = told.get("username") or told.get("email") or request.POST.get("login", "")
    return str(name).strip().lower()[:255]


def lacks_second_factor(request: HttpRequest) -> bool:
    """Whether the session belongs to a user with a second factor who has not given it in this session."""
    if not is_mfa_enabled(request.user, SECOND_FACTORS):
        return False
    return not any(record["method"] == "mfa" for record in get_authentication_records(request, request.user))


def to_wagtails_place(request: HttpRequest) -> HttpResponse:
    """Wagtail's own sign-in knows no second factor; ours stands in its place."""
    target = reverse("account_login")
    query = request.META.get("QUERY_STRING", "")
    return HttpResponseRedirect(f"{target}?{query}" if query else target)


def second_factor_wanted(request: HttpRequest) -> HttpResponse | None:
    """Where a signed-in user must go before the console opens, or None."""
    if lacks_second_factor(request):
        logout(request)
        messages.info(request, "Sign in again with the code of your authenticator app.")
        return HttpResponseRedirect(reverse("account_login"))
    if settings.current(request).second_factor_required and not is_mfa_enabled(request.user, SECOND_FACTORS):
        messages.info(request, "Your firm asks for a second factor: set up an authenticator app, then go on.")
        return HttpResponseRedirect(reverse("mfa_activate_totp"))
    return None
