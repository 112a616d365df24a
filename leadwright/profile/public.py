"""The preference page, reached from every mail by a signed link: what somebody wants to get, and what not."""

import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from leadwright.kit import addresses, clock, signing
from leadwright.profile import consents
from leadwright.profile.consents import Entry, State
from leadwright.profile.models import Contact, Purpose
from leadwright.workspace.models import Workspace


@csrf_exempt  # the signed link is what proves that the reader may choose; mail programs keep no cookies
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows what holds; only POST changes it."""
    try:
        [raw] = signing.read("preferences", token)
        contact = Contact.objects.filter(identities__subject_id=uuid.UUID(bytes=bytes(raw))).first()
    except (signing.BadToken, ValueError, TypeError):
        contact = None
    workspace = Workspace.objects.first()
    context: dict[str, object] = {"firm": workspace.firm if workspace else "Leadwright"}
    if contact is None:
        return _private(render(request, "profile/preferences_gone.html", context, status=404))
    if request.method == "POST":
        _choose(request, contact)
    now = consents.standing(contact.pk)
    context |= {
        "email": _veiled(contact.email),
        "saved": request.method == "POST",
        "purposes": [
            {"key": each.key, "name": each.name, "description": each.description, "state": now.get(each.key, "")}
            for each in Purpose.objects.filter(is_active=True).order_by("name")
        ],
    }
    return _private(render(request, "profile/preferences.html", context))


def _choose(request: HttpRequest, contact: Contact) -> None:
    address = addresses.caller(request.META.get("REMOTE_ADDR", ""), request.headers.get("X-Forwarded-For", ""))
    if "nothing" in request.POST:
        entry = Entry(contact.pk, "", State.WITHDRAWN, clock.now(), "preference page", "", address)
        consents.record([entry])
    else:
        consents.choose(contact.uid, request.POST.getlist("purpose"), source="preference page", address=address)


def _veiled(email: str) -> str:
    """An address that its owner recognises, and nobody else: a forwarded mail must not give it away."""
    local, _, domain = email.partition("@")
    return f"{local[:1]}…@{domain}" if domain else ""


def _private(answer: HttpResponse) -> HttpResponse:
    answer["Referrer-Policy"] = "no-referrer"
    answer["X-Robots-Tag"] = "noindex"
    return answer
