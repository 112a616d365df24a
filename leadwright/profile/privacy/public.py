"""The preference page, reached from every mail by a signed link: what somebody wants to get, and what not.

Works without JavaScript. GET and HEAD change nothing; each button is a POST of its own.
"""

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from leadwright.kit import addresses, clock, numbers, signing
from leadwright.profile import contacts, rules
from leadwright.profile.models import Contact, Preference, PrivacyRequest, Purpose
from leadwright.profile.privacy import consents, cookies, erasure_views, requests
from leadwright.profile.privacy import preferences as wishes
from leadwright.profile.privacy.consents import Entry, State
from leadwright.workspace import settings

ASKING = ("GET", "HEAD", "POST")


@csrf_exempt  # the signed link is what proves that the reader may choose; mail programs keep no cookies
@never_cache
@require_http_methods(ASKING)
def preferences(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows what holds; only POST changes it."""
    contact = _contact(token)
    context: dict[str, Any] = {"firm": settings.current(request).firm}
    if contact is None:
        return _private(render(request, "profile/preferences_gone.html", context, status=404))
    status = 200
    if request.method == "POST":
        try:
            context["said"] = _do(request, contact)
        except (requests.TooOften, rules.BadAddress) as error:
            context["fault"], status = str(error), 422
        contact.refresh_from_db()
    context |= _standing(contact)
    return _private(render(request, "profile/preferences.html", context, status=status))


def _contact(token: str) -> Contact | None:
    try:
        [raw] = signing.read("preferences", token)
        uid = uuid.UUID(bytes=bytes(raw))
    except (signing.BadToken, ValueError, TypeError):
        return None
    return contacts.of_uid(uid)


def _standing(contact: Contact) -> dict[str, Any]:
    now = consents.standing(contact.pk)
    wish = Preference.objects.filter(contact=contact).first()
    paused_until = wish.paused_until if wish and wish.paused_until and wish.paused_until > clock.now() else None
    return {
        "email": _veiled(contact.email),
        "purposes": [
            {"key": each.key, "name": each.name, "description": each.description, "state": now.get(each.key, "")}
            for each in Purpose.objects.filter(is_active=True)
        ],
        "gets_something": State.GRANTED in now.values() or State.PENDING in now.values(),
        "paused_until": paused_until,
        "every_days": wish.every_days if wish else None,
        "often": wishes.OFTEN,
        "language": contact.language,
        "languages": wishes.LANGUAGES,
        "pauses": wishes.PAUSES,
    }


ON_THE_WAY = {
    "copy": (
        PrivacyRequest.Kind.EXPORT,
        "A mail with a link is on its way to the address that we know. It works for seven days.",
    ),
    "forget": (
        PrivacyRequest.Kind.FORGET,
        "A mail is on its way to the address that we know. Please confirm in it that it was you.",
    ),
    "move": (
        PrivacyRequest.Kind.ADDRESS,
        "A mail is on its way to the new address. It holds as soon as you confirm it there.",
    ),
}
KEPT = "Saved. This holds from now on."


def _do(request: HttpRequest, contact: Contact) -> str:
    """Do what the pressed button says; answers a sentence."""
    address, what = caller(request), request.POST.get("do", "save")
    if what in ON_THE_WAY:
        kind, said = ON_THE_WAY[what]
        requests.ask(contact, kind, address=address, new_email=request.POST.get("new_email", ""))
        return said
    if what == "nothing":
        consents.record([Entry(contact.pk, "", State.WITHDRAWN, clock.now(), "preference page", "", address)])
        return "You will get no more mail from us, of any kind."
    if what == "pause":
        days = numbers.whole(request.POST.get("days", ""), most=max(wishes.PAUSES)) or 0
        until = wishes.pause(contact.pk, days)
        return f"You hear nothing from us until {until:%-d %B %Y}." if until else "The pause is over."
    if what == "how":
        wishes.keep(contact, request.POST.get("every", ""), request.POST.get("language", ""))
    else:
        wanted = request.POST.getlist("purpose")
        consents.choose(contact.uid, wanted, source="preference page", address=address)
    return KEPT


def caller(request: HttpRequest) -> str | None:
    """From which network address somebody asks."""
    return addresses.caller(request.META.get("REMOTE_ADDR", ""), request.headers.get("X-Forwarded-For", ""))


@csrf_exempt  # as above: the link was in a mail to her
@never_cache
@require_http_methods(ASKING)
def request_link(request: HttpRequest, token: str) -> HttpResponse:
    """The link of a mail about her data: GET says what it does, its button does it."""
    context: dict[str, Any] = {"firm": settings.current(request).firm}
    try:
        asked = requests.read(token)
    except signing.BadToken:
        asked = None
    if asked is None or asked.contact is None:
        return _private(render(request, "profile/preferences_gone.html", context, status=404))
    if request.method == "POST":
        asked = requests.confirm(asked, address=caller(request))
        if asked.kind == PrivacyRequest.Kind.EXPORT and asked.contact:
            as_json = request.POST.get("form") == "json"
            return _private(erasure_views.answer(request, asked.contact, as_json=as_json))
    context |= {"asked": asked, "is_done": request.method == "POST" or asked.state != PrivacyRequest.State.ASKED}
    return _private(render(request, "profile/privacy_link.html", context))


@csrf_exempt  # whoever answers for somebody else's browser gains nothing, and no cookie is needed to ask
@never_cache
@require_http_methods(ASKING)
def cookie_page(request: HttpRequest) -> HttpResponse:
    """Which cookies the site sets and what this browser has answered; POST answers the banner, or anew."""
    workspace = settings.current(request)
    back = request.POST.get("back", "") or request.GET.get("back", "")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}):
        back = "/"
    if request.method == "POST" and request.POST.get("choice") in ("yes", "no"):
        return cookies.answer(request, request.POST["choice"] == "yes", back, caller(request))
    context = {
        "firm": workspace.firm,
        "mode": workspace.cookies,
        "choice": cookies.choice_of(request),
        "says_no": cookies.says_no(request),
        "wording": cookies.WORDING,
        "back": back,
    }
    return _private(render(request, "profile/cookies.html", context))


def _veiled(email: str) -> str:
    """An address that its owner recognises, and nobody else: a forwarded mail must not give it away."""
    local, _, domain = email.partition("@")
    return f"{local[:1]}…@{domain}" if domain else ""


def _private(answer: HttpResponse) -> HttpResponse:
    answer["Referrer-Policy"] = "no-referrer"
    answer["X-Robots-Tag"] = "noindex"
    answer["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    )
    return answer
