"""The screens of contacts and companies."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from leadwright.kit import numbers
from leadwright.kit.registries import COMPANY_PANELS, CONTACT_PANELS
from leadwright.profile import edits, timelines
from leadwright.profile.forms import CompanyForm, ContactForm
from leadwright.profile.lists import COMPANIES, CONTACTS
from leadwright.profile.models import Company, Consent, Contact, Purpose, Suppression
from leadwright.ui import words
from leadwright.ui.details import Fact, record
from leadwright.workspace import audit
from leadwright.workspace.access import allowed, user_of

PEOPLE_SHOWN = 50


def _contact(request: HttpRequest, contact_id: int) -> Contact:
    visible = Contact.objects.visible_to(user_of(request)).select_related(
        "company", "owner", "persona", "first_campaign"
    )
    return get_object_or_404(visible, pk=contact_id)


def _company(request: HttpRequest, company_id: int) -> Company:
    visible = Company.objects.visible_to(user_of(request)).select_related("owner")
    return get_object_or_404(visible, pk=company_id)


@allowed("profile.view_contact")
def contacts(request: HttpRequest) -> HttpResponseBase:
    """All contacts that the user may see."""
    return CONTACTS.respond(request)


@allowed("profile.view_company")
def companies(request: HttpRequest) -> HttpResponseBase:
    """All companies."""
    return COMPANIES.respond(request)


def _origin(found: Any) -> str:
    """Where a value came from, in words, in whatever form it was written down."""
    if isinstance(found, dict):
        source = str(found.get("from") or found.get("source") or "")
        at = found.get("at")
        try:
            when = words.moment(datetime.fromisoformat(at)) if at else ""
        except (TypeError, ValueError):
            when = ""
        return ", ".join(part for part in (source, when) if part)
    return str(found or "")


def _facts(contact: Contact) -> list[Fact]:
    def fact(label: str, field: str, value: Any = None, href: str = "") -> Fact:
        found = getattr(contact, field) if value is None else value
        return Fact(label, found, _origin(contact.origins.get(field)) if found else "", href)

    company_url = reverse("company", args=[contact.company_id]) if contact.company_id else ""
    return [
        fact("E-mail", "email", href=f"mailto:{contact.email}" if contact.email else ""),
        fact("Phone", "phone", href=f"tel:{contact.phone}" if contact.phone else ""),
        fact("Job title", "title"),
        fact("Company", "company", contact.company or "", company_url),
        fact("Place", "city", ", ".join(part for part in (contact.city, contact.country) if part)),
        fact("Persona", "persona", contact.persona or ""),
        fact("Buying stage", "buying_stage", contact.get_buying_stage_display()),
        fact("Owner", "owner", contact.owner or ""),
        fact("First came by", "first_channel"),
        fact("First campaign", "first_campaign", contact.first_campaign or ""),
        *(
            Fact(name.replace("_", " ").capitalize(), value, _origin(contact.origins.get(name)))
            for name, value in contact.custom.items()
        ),
    ]


def _consents(contact: Contact) -> list[dict[str, Any]]:
    held = {consent.purpose_id: consent for consent in Consent.objects.filter(contact=contact)}
    return [{"purpose": purpose, "consent": held.get(purpose.pk)} for purpose in Purpose.objects.filter(is_active=True)]


@allowed("profile.view_contact")
def contact(request: HttpRequest, contact_id: int) -> HttpResponse:
    """One contact: who, what happened, what next."""
    found = _contact(request, contact_id)
    audit.saw(request, "contact", found.pk)
    context = {
        "contact": found,
        "facts": _facts(found),
        "consents": _consents(found),
        "suppression": Suppression.objects.filter(email_key=found.email_key).first() if found.email_key else None,
        "kinds": timelines.kinds_of(found),
        "timeline_url": reverse("contact_timeline", args=[found.pk]),
        **record(request, CONTACT_PANELS, found.pk),
        **_timeline(request, *timelines.of_contact(found)),
    }
    return render(request, "profile/contact.html", context)


def _timeline(request: HttpRequest, entries: list[timelines.Entry], following: str) -> dict[str, Any]:
    query = request.GET.copy()
    query["after"] = following
    return {"days": timelines.by_day(entries), "more_url": f"?{query.urlencode()}" if following else ""}


@allowed("profile.view_contact")
def contact_timeline(request: HttpRequest, contact_id: int) -> HttpResponse:
    """A page of a contact's timeline, by kind and maker."""
    found = _contact(request, contact_id)
    entries, following = timelines.of_contact(
        found,
        request.GET.get("after", ""),
        [kind for kind in request.GET.getlist("kind") if kind],
        people=request.GET.get("people") == "1",
    )
    context = _timeline(request, entries, following) | {"timeline_url": request.path, "is_part": True}
    return render(request, "profile/_timeline.html", context)


@allowed("profile.add_contact")
def contact_new(request: HttpRequest) -> HttpResponse:
    """Write a contact by hand."""
    company = Company.objects.visible_to(user_of(request)).filter(pk=numbers.key(request.GET.get("company"))).first()
    user = user_of(request)
    form = ContactForm(request.POST or None, initial={"company_name": company.name if company else ""}, user=user)
    if request.method == "POST" and form.is_valid():
        made = _keep(request, form)
        messages.success(request, f"{made} is one of your contacts now.")
        return redirect("contact", made.pk)
    return render(
        request, "profile/contact_form.html", {"form": form, "title": "New contact", "back": reverse("contacts")}
    )


@allowed("profile.change_contact")
def contact_edit(request: HttpRequest, contact_id: int) -> HttpResponse:
    """Change a contact by hand; each changed value says from whom it came."""
    found = _contact(request, contact_id)
    form = ContactForm(request.POST or None, instance=found, user=user_of(request))
    back = reverse("contact", args=[found.pk])
    if request.method == "POST" and form.is_valid():
        kept = _keep(request, form)
        audit.note(request, "changed", "contact", kept.pk, fields=form.changed_fields)
        messages.success(request, f"{kept} is kept.")
        return redirect(back)
    return render(request, "profile/contact_form.html", {"form": form, "title": found.name, "back": back})


def _keep(request: HttpRequest, form: ContactForm) -> Contact:
    made = form.save(commit=False)
    made.company_id = edits.company_called(form.cleaned_data["company_name"])
    return edits.keep_contact(made, form.changed_fields, user_of(request))


@allowed("profile.view_company")
def company(request: HttpRequest, company_id: int) -> HttpResponse:
    """One company: its people, and what they did."""
    found = _company(request, company_id)
    audit.saw(request, "company", found.pk)
    people, entries, following = _of_company(request, found)
    context = {
        "company": found,
        "facts": [
            Fact("Domain", found.domain, href=f"https://{found.domain}" if found.domain else ""),
            Fact("Industry", found.industry),
            Fact("People who work there", found.size),
            Fact("Place", ", ".join(part for part in (found.city, found.country) if part)),
            Fact("Owner", found.owner or ""),
            *(Fact(name.replace("_", " ").capitalize(), value) for name, value in found.custom.items()),
        ],
        "people": people,
        "timeline_url": reverse("company_timeline", args=[found.pk]),
        **record(request, COMPANY_PANELS, found.pk),
        **_timeline(request, entries, following),
    }
    return render(request, "profile/company.html", context)


def _of_company(request: HttpRequest, found: Company) -> tuple[list[Contact], list[timelines.Entry], str]:
    visible = Contact.objects.visible_to(user_of(request)).filter(company=found)
    people = list(visible.select_related("persona").order_by("last_name", "first_name")[:PEOPLE_SHOWN])
    entries, following = timelines.of_company(
        found.pk,
        [each.pk for each in people],
        request.GET.get("after", ""),
        people=request.GET.get("people") == "1",
    )
    names = {each.pk: each for each in people}
    return people, [replace(entry, contact=names.get(entry.contact_id or 0)) for entry in entries], following


@allowed("profile.view_company")
def company_timeline(request: HttpRequest, company_id: int) -> HttpResponse:
    """A page of a company's timeline."""
    found = _company(request, company_id)
    _, entries, following = _of_company(request, found)
    context = _timeline(request, entries, following) | {"timeline_url": request.path, "is_part": True}
    return render(request, "profile/_timeline.html", context)


@allowed("profile.add_company")
def company_new(request: HttpRequest) -> HttpResponse:
    """Write a company by hand."""
    return _company_form(request, None, "New company", reverse("companies"))


@allowed("profile.change_company")
def company_edit(request: HttpRequest, company_id: int) -> HttpResponse:
    """Change a company by hand."""
    found = _company(request, company_id)
    return _company_form(request, found, found.name, reverse("company", args=[found.pk]))


def _company_form(request: HttpRequest, found: Company | None, title: str, back: str) -> HttpResponse:
    form = CompanyForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        kept = edits.keep_company(form.save(commit=False))
        audit.note(request, "changed" if found else "added", "company", kept.pk, fields=form.changed_data)
        messages.success(request, f"{kept} is kept.")
        return redirect("company", kept.pk)
    return render(request, "profile/contact_form.html", {"form": form, "title": title, "back": back})
