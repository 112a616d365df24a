"""The screens of contacts and companies."""

import uuid
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from leadwright.kit import database, ids, numbers
from leadwright.kit.registries import COMPANY_PANELS, COMPANY_TABS, CONTACT_PANELS, CONTACT_TABS
from leadwright.profile import edits, facts, groups, logs, timelines
from leadwright.profile.fields import definitions
from leadwright.profile.forms import CompanyForm, ContactForm
from leadwright.profile.lists import COMPANIES, CONTACTS
from leadwright.profile.models import BuyingRole, Company, Consent, Contact, PastValue, Purpose, Suppression
from leadwright.ui.details import record, tabs
from leadwright.workspace import audit
from leadwright.workspace.access import allowed, refuse, user_of


def _contact(request: HttpRequest, contact_id: int, *, held: bool = False) -> Contact:
    visible = Contact.objects.visible_to(user_of(request)).select_related(
        "company", "owner", "persona", "first_campaign"
    )
    if held:
        definitions.hold_all("contact")
    return get_object_or_404(visible.select_for_update(of=("self",)) if held else visible, pk=contact_id)


def _company(request: HttpRequest, company_id: int, *, held: bool = False) -> Company:
    visible = Company.objects.visible_to(user_of(request)).select_related("owner")
    if held:
        definitions.hold_all("company")
    return get_object_or_404(visible.select_for_update(of=("self",)) if held else visible, pk=company_id)


@allowed("profile.view_contact")
def contacts(request: HttpRequest) -> HttpResponseBase:
    """All contacts that the user may see."""
    return CONTACTS.respond(request)


@allowed("profile.view_company")
def companies(request: HttpRequest) -> HttpResponseBase:
    """All companies."""
    return COMPANIES.respond(request)


def _consents(contact: Contact) -> list[dict[str, Any]]:
    held = {consent.purpose_id: consent for consent in Consent.objects.filter(contact=contact)}
    return [{"purpose": purpose, "consent": held.get(purpose.pk)} for purpose in Purpose.objects.filter(is_active=True)]


@allowed("profile.view_contact")
def contact(request: HttpRequest, contact_id: int) -> HttpResponse:
    """One contact: who, what happened, what next."""
    found = _contact(request, contact_id)
    audit.saw(request, "contact", found.pk)
    shown = tabs(request, CONTACT_TABS, found.pk)
    context: dict[str, Any] = {
        "contact": found,
        "groups": facts.groups(found, user_of(request)),
        "consents": _consents(found),
        "suppression": Suppression.objects.filter(email_key=found.email_key).first() if found.email_key else None,
        "offers_url": reverse("contact_timeline_offers", args=[found.pk]),
        "timeline_url": reverse("contact_timeline", args=[found.pk]),
        "log_query": f"contact={found.pk}",
        **record(request, CONTACT_PANELS, found.pk),
        **shown,
    }
    if not shown["tab"]:
        context |= _timeline(request, *timelines.of_contact(found))
    return render(request, "profile/contact.html", context)


def _timeline(request: HttpRequest, entries: list[timelines.Entry], following: str) -> dict[str, Any]:
    query = request.GET.copy()
    query["after"] = following
    return {"days": timelines.by_day(entries), "more_url": f"?{query.urlencode()}" if following else ""}


@allowed("profile.view_contact")
def contact_timeline(request: HttpRequest, contact_id: int) -> HttpResponse:
    """A page of a contact's timeline, by kind, maker, campaign, words and day."""
    found = _contact(request, contact_id)
    entries, following = timelines.of_contact(found, request.GET.get("after", ""), logs.asked(request))
    context = _timeline(request, entries, following) | {"timeline_url": request.path, "is_part": True}
    return render(request, "profile/_timeline.html", context)


@allowed("profile.view_contact")
def contact_timeline_offers(request: HttpRequest, contact_id: int) -> HttpResponse:
    """The kinds and campaigns that a contact's timeline can be narrowed to."""
    kinds, campaigns = timelines.offers(_contact(request, contact_id))
    return render(request, "profile/_timeline_offers.html", {"kinds": kinds, "campaigns": campaigns})


@allowed("profile.add_contact")
@database.atomic
def contact_new(request: HttpRequest) -> HttpResponse:
    """Write a contact by hand; sent twice, it is made once."""
    company = Company.objects.visible_to(user_of(request)).filter(pk=numbers.key(request.GET.get("company"))).first()
    user = user_of(request)
    uid = _given_uid(request)
    if made := Contact.objects.visible_to(user).filter(uid=uid).first():
        return redirect("contact", made.pk)
    if request.method == "POST":
        definitions.hold_all("contact")
    form = ContactForm(
        request.POST or None,
        initial={"company_name": company.name if company else ""},
        instance=Contact(uid=uid),
        user=user,
    )
    if request.method == "POST" and form.is_valid():
        made = _keep(request, form)
        messages.success(request, f"{made} is one of your contacts now.")
        return redirect("contact", made.pk)
    context = {"form": form, "title": "New contact", "back": reverse("contacts"), "uid": uid}
    return render(request, "profile/contact_form.html", context)


def _given_uid(request: HttpRequest) -> uuid.UUID:
    """The id under which a form that is sent makes its record, so that sending it twice makes it once."""
    try:
        return uuid.UUID(request.POST.get("uid", ""))
    except ValueError:
        return ids.uuid7()


@allowed("profile.change_contact")
@database.atomic
def contact_edit(request: HttpRequest, contact_id: int) -> HttpResponse:
    """Change a contact by hand; each changed value says from whom it came."""
    found = _contact(request, contact_id, held=request.method == "POST")
    form = ContactForm(request.POST or None, instance=found, user=user_of(request))
    back = reverse("contact", args=[found.pk])
    if request.method == "POST" and form.is_valid():
        kept = _keep(request, form)
        audit.note(request, "changed", "contact", kept.pk, fields=form.changed_fields)
        messages.success(request, f"{kept} is kept.")
        return redirect(back)
    return render(request, "profile/contact_form.html", {"form": form, "title": found.name, "back": back})


def _keep(request: HttpRequest, form: ContactForm) -> Contact:
    made: Contact = form.save(commit=False)
    if "company_name" in form.cleaned_data:
        made.company_id = edits.company_called(form.cleaned_data["company_name"])
    return edits.keep_contact(made, form.changed_fields, user_of(request))


# ---- One fact of a contact or a company ---------------------------------------------------------------------------


def _record(request: HttpRequest, of: str, record_id: int, *, held: bool = False) -> Contact | Company:
    """The contact or company, as far as the reader may see it; else 404."""
    return (_contact if of == "contact" else _company)(request, record_id, held=held)


def _may(request: HttpRequest, verb: str, of: str) -> HttpResponse | None:
    permission = f"profile.{verb}_{of}"
    return None if user_of(request).has_perm(permission) else refuse(request, permission)


@allowed()
@database.atomic
def fact(request: HttpRequest, of: str, record_id: int, field: str) -> HttpResponse:
    """One fact: as it is, as an input (`?edit=1`), or kept from one (POST)."""
    if refused := _may(request, "view" if request.method == "GET" and not request.GET.get("edit") else "change", of):
        return refused
    found = _record(request, of, record_id, held=request.method == "POST")
    shown = facts.one(found, field, user_of(request))
    if shown is None:
        raise Http404
    if not shown.may_change or (request.method == "GET" and not request.GET.get("edit")):
        return render(request, "profile/_fact.html", {"fact": shown})
    form_type = ContactForm if of == "contact" else CompanyForm
    form = form_type(request.POST or None, instance=found, user=user_of(request), only=field)
    if request.method == "POST" and form.is_valid():
        if form.changed_fields:
            kept: Any
            if isinstance(form, ContactForm):
                kept = _keep(request, form)
            else:
                kept = edits.keep_company(form.save(commit=False), form.changed_fields, user_of(request))
            audit.note(request, "changed", of, kept.pk, fields=form.changed_fields)
            found = _record(request, of, record_id)
        return render(request, "profile/_fact.html", {"fact": facts.one(found, field, user_of(request)), "kept": True})
    context = {"fact": shown, "form": form, "cancel_url": request.path}
    return render(request, "profile/_fact_form.html", context, status=422 if request.method == "POST" else 200)


@allowed()
@database.atomic
def fact_past(request: HttpRequest, of: str, record_id: int, field: str) -> HttpResponse:
    """What one fact said before and from where; POST puts an earlier value back."""
    if refused := _may(request, "change" if request.method == "POST" else "view", of):
        return refused
    found = _record(request, of, record_id, held=request.method == "POST")
    said = ""
    if request.method == "POST":
        said = _put_back(request, of, found, field)
        found = _record(request, of, record_id)
    shown = facts.one(found, field, user_of(request))
    if shown is None:
        raise Http404
    context = {"fact": shown, "past": facts.past(found, user_of(request), field), "said": said, "url": request.path}
    return render(request, "profile/_fact_past.html", context)


def _put_back(request: HttpRequest, of: str, found: Contact | Company, field: str) -> str:
    own = PastValue.objects.filter(**{of: found}, field=facts.stored_name(field))
    past = get_object_or_404(own, pk=numbers.key(request.POST.get("past")))
    shown = facts.one(found, field, user_of(request))
    if shown is None or not shown.may_change:
        raise Http404
    try:
        edits.put_back(found, past, user_of(request))
    except edits.NotPutBack as error:
        return str(error)
    audit.note(request, "put back", of, found.pk, fields=[field])
    return "Put back."


@allowed()
def history(request: HttpRequest, of: str, record_id: int) -> HttpResponse:
    """What all fields of a record said before, latest first: the tab “History”."""
    if refused := _may(request, "view", of):
        return refused
    found = _record(request, of, record_id)
    before = numbers.whole(request.GET.get("before"))
    past = facts.past(found, user_of(request), before=before)
    context = {
        "past": past,
        "of": of,
        "record": found,
        "is_part": before is not None,
        "more": past[-1].id if len(past) == facts.PAST_SHOWN else None,
    }
    return render(request, "profile/_history.html", context)


# ---- Companies ----------------------------------------------------------------------------------------------------


@allowed("profile.view_company")
def company(request: HttpRequest, company_id: int) -> HttpResponse:
    """One company: its buying group, and what its people did."""
    found = _company(request, company_id)
    audit.saw(request, "company", found.pk)
    shown = tabs(request, COMPANY_TABS, found.pk)
    group = groups.of_company(found, user_of(request))
    context: dict[str, Any] = {
        "company": found,
        "groups": facts.groups(found, user_of(request)),
        "timeline_url": reverse("company_timeline", args=[found.pk]),
        "log_query": f"company={found.pk}",
        **_group(request, group),
        **record(request, COMPANY_PANELS, found.pk),
        **shown,
    }
    if not shown["tab"]:
        context |= _timeline(request, *_of_company(request, found, [each.contact for each in group.members]))
    return render(request, "profile/company.html", context)


def _group(request: HttpRequest, group: groups.Group) -> dict[str, Any]:
    return {
        "group": group,
        "roles": BuyingRole.choices,
        "persona_choices": [persona for persona, _ in group.personas],
        "days": [],
        "lately": groups.DAYS,
        "may_change": user_of(request).has_perm("profile.change_contact"),
    }


def _of_company(
    request: HttpRequest, found: Company, people: list[Contact] | None = None
) -> tuple[list[timelines.Entry], str]:
    if people is None:
        people = [each.contact for each in groups.of_company(found, user_of(request)).members]
    names = {each.pk: each for each in people}
    entries, following = timelines.of_company(found.pk, list(names), request.GET.get("after", ""), logs.asked(request))
    return [replace(entry, contact=names.get(entry.contact_id or 0)) for entry in entries], following


@allowed("profile.view_company")
def company_timeline(request: HttpRequest, company_id: int) -> HttpResponse:
    """A page of a company's timeline."""
    found = _company(request, company_id)
    context = _timeline(request, *_of_company(request, found)) | {"timeline_url": request.path, "is_part": True}
    return render(request, "profile/_timeline.html", context)


@allowed("profile.view_company")
@database.atomic
def company_group(request: HttpRequest, company_id: int) -> HttpResponse:
    """The buying group; POST gives somebody of it a role or a persona."""
    found = _company(request, company_id)
    if request.method == "POST":
        if refused := _may(request, "change", "contact"):
            return refused
        person = _contact(request, numbers.key(request.POST.get("contact")), held=True)
        field = "persona" if "persona" in request.POST else "buying_role"
        form = ContactForm(request.POST, instance=person, user=user_of(request), only=field)
        if person.company_id != found.pk or not form.is_valid():
            raise Http404
        _keep(request, form)
        audit.note(request, "changed", "contact", person.pk, fields=form.changed_fields)
    context = {"company": found} | _group(request, groups.of_company(found, user_of(request)))
    return render(request, "profile/_group.html", context)


@allowed("profile.add_company")
def company_new(request: HttpRequest) -> HttpResponse:
    """Write a company by hand."""
    return _company_form(request, None, "New company", reverse("companies"))


@allowed("profile.change_company")
@database.atomic
def company_edit(request: HttpRequest, company_id: int) -> HttpResponse:
    """Change a company by hand."""
    found = _company(request, company_id, held=request.method == "POST")
    return _company_form(request, found, found.name, reverse("company", args=[found.pk]))


def _company_form(request: HttpRequest, found: Company | None, title: str, back: str) -> HttpResponse:
    form = CompanyForm(request.POST or None, instance=found, user=user_of(request))
    if request.method == "POST" and form.is_valid():
        kept = edits.keep_company(form.save(commit=False), form.changed_fields, user_of(request))
        audit.note(request, "changed" if found else "added", "company", kept.pk, fields=form.changed_fields)
        messages.success(request, f"{kept} is kept.")
        return redirect("company", kept.pk)
    return render(request, "profile/contact_form.html", {"form": form, "title": title, "back": back})
