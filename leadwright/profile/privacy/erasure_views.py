"""The screens of what people may ask of their data: what we know, forget, receipts, legal holds, and the requests."""

from typing import Any

from django.contrib import messages as notices
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from leadwright.kit import clock, numbers
from leadwright.profile.models import Contact, Erasure, LegalHold, PrivacyRequest
from leadwright.profile.privacy import erasures, exports, requests
from leadwright.profile.privacy.consent_views import contact_of
from leadwright.workspace import audit, settings
from leadwright.workspace.access import allowed, user_of

PAGE = 100
SURE = "forget"


@require_safe
@never_cache
@allowed("profile.view_consentrecord")
def everything(request: HttpRequest, contact_id: int) -> HttpResponse:
    """Everything about a person, to read and print, or as JSON; the trail says who took it."""
    contact = contact_of(request, contact_id)
    as_json = request.GET.get("format") == "json"
    audit.note(request, "exported a person", "contact", contact.pk, form="json" if as_json else "page")
    return answer(request, contact, as_json=as_json, back=reverse("contact", args=[contact.pk]) + "?tab=consent")


def answer(request: HttpRequest, contact: Contact, *, as_json: bool, back: str = "") -> HttpResponse:
    """The page or the document."""
    if as_json:
        given = JsonResponse(exports.document(contact), json_dumps_params={"ensure_ascii": False, "indent": 1})
        given["Content-Disposition"] = f'attachment; filename="contact-{contact.pk}.json"'
        return given
    context = {
        "contact": contact,
        "firm": settings.current(request).firm,
        "sections": exports.sections(contact),
        "now": clock.now(),
        "back": back,
    }
    return render(request, "profile/everything.html", context)


@allowed("profile.delete_contact")
def forget(request: HttpRequest, contact_id: int) -> HttpResponse:
    """Forget a person, after saying what goes."""
    contact = contact_of(request, contact_id)
    context: dict[str, Any] = {"contact": contact, "hold": LegalHold.objects.filter(contact=contact).first()}
    if request.method == "POST":
        if request.POST.get("sure", "").strip().lower() != SURE:
            context["fault"] = f"Type “{SURE}”; nothing was removed."
        else:
            try:
                receipt = erasures.erase([contact.pk], request, request.POST.get("why", "").strip() or "console")
            except erasures.Held as error:
                notices.error(request, str(error))
                return redirect("contact", contact.pk)
            notices.success(request, f"Forgotten. Receipt {receipt.pk if receipt else '–'} says what went.")
            return redirect("receipts")
    context["goes"] = [
        (exports.plainly(name), len(rows)) for name, rows in exports.known(contact.pk).items() if rows and name != "who"
    ]
    return render(request, "profile/forget.html", context, status=422 if "fault" in context else 200)


@require_safe
@allowed("profile.view_erasure")
def receipts(request: HttpRequest) -> HttpResponse:
    """The receipts, newest first; with an address, those that tell of it."""
    asked = request.GET.get("address", "").strip()
    found = erasures.receipts_of(asked) if asked else _page(request)
    older = found[PAGE - 1].pk if len(found) > PAGE else None
    for each in found:
        each.rows = sum(each.tables.values())  # type: ignore[attr-defined]
    return render(request, "profile/receipts.html", {"receipts": found[:PAGE], "asked": asked, "older": older})


def _page(request: HttpRequest) -> list[Erasure]:
    found = Erasure.objects.order_by("-pk")
    if (before := numbers.whole(request.GET.get("before", ""))) is not None:
        found = found.filter(pk__lt=before)
    return list(found[: PAGE + 1])


@require_safe
@allowed("profile.view_legalhold")
def holds(request: HttpRequest) -> HttpResponse:
    """Who is under a legal hold, as far as the user may see them."""
    seen = Contact.objects.visible_to(user_of(request))
    found = LegalHold.objects.filter(contact__in=seen).select_related("contact").order_by("-since")
    return render(request, "profile/holds.html", {"holds": found})


@require_safe
@allowed("profile.change_privacyrequest")
def privacy_requests(request: HttpRequest) -> HttpResponse:
    """What people ask of their data: what waits for a decision first, with the day by which the law wants an answer."""
    context = {"waiting": requests.waiting(), "others": requests.others()[:PAGE], "now": clock.now()}
    return render(request, "profile/privacy_requests.html", context)


@require_POST
@allowed("profile.change_privacyrequest")
def decide(request: HttpRequest, request_id: int) -> HttpResponse:
    """Do what somebody asked, or refuse it with a reason."""
    asked = get_object_or_404(PrivacyRequest, pk=request_id)
    try:
        said = requests.decide(asked, request.POST.get("do", ""), request.POST.get("note", ""), request)
    except (requests.Undecided, erasures.Held) as error:
        notices.error(request, str(error))
    else:
        notices.success(request, said)
    return redirect("privacy_requests")
