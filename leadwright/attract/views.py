"""The screens of campaigns, tracked links, spend, forms and resources."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.timezone import localdate
from django.views.decorators.http import require_safe

from leadwright.attract import campaigns as efforts
from leadwright.attract import links as tracked
from leadwright.attract import sites
from leadwright.attract.forms import MANNERS, CampaignForm, LinkForm, SpendForm
from leadwright.attract.lists import CAMPAIGNS, FORMS, LINKS, RESOURCES
from leadwright.attract.models import Campaign, Spend, TrackedLink
from leadwright.kit import clock
from leadwright.kit.registries import CAMPAIGN_PANELS
from leadwright.ui import words
from leadwright.ui.details import Fact, record
from leadwright.workspace import audit, settings
from leadwright.workspace.access import allowed

SPENDS_SHOWN = 60
PAGES_OFFERED = 100


@allowed("attract.view_campaign")
def campaigns(request: HttpRequest) -> HttpResponseBase:
    """All campaigns."""
    return CAMPAIGNS.respond(request)


@allowed("attract.view_trackedlink")
def links(request: HttpRequest) -> HttpResponseBase:
    """All tracked links."""
    return LINKS.respond(request)


@allowed("attract.view_form")
def forms(request: HttpRequest) -> HttpResponseBase:
    """All forms."""
    return FORMS.respond(request)


@allowed("attract.view_resourcepage")
def resources(request: HttpRequest) -> HttpResponseBase:
    """All resource pages."""
    return RESOURCES.respond(request)


def _facts(found: Campaign) -> list[Fact]:
    days = [words.day(day) for day in (found.starts_on, found.ends_on) if day]
    when = " – ".join(days)
    if found.starts_on and not found.ends_on:
        when = f"since {days[0]}" if found.starts_on <= localdate(clock.now()) else f"from {days[0]}"
    manner = next(name for value, name, _ in MANNERS if value == found.manner)
    return [
        Fact("What shall come of it", found.goal),
        Fact("Leads expected", words.number(found.goal_leads) if found.goal_leads else ""),
        Fact("Time", when if found.starts_on else f"until {when}" if when else ""),
        Fact("Channel", found.channel),
        Fact("Manner", manner),
        Fact("For whom", found.persona or ""),
        Fact("Code in its links", found.code),
    ]


@allowed("attract.view_campaign")
def campaign(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """One campaign: what is expected, what it cost, its links, and what came of it."""
    found = get_object_or_404(Campaign.objects.select_related("persona"), pk=campaign_id)
    spent = efforts.spent([found.pk]).get(found.pk, 0)
    context = {
        "campaign": found,
        "facts": _facts(found),
        "spent": spent,
        "left": found.budget - spent if found.budget is not None else None,
        "over": spent - found.budget if found.budget is not None else None,
        "share": spent / found.budget if found.budget else None,
        "spends": found.spends.order_by("-spent_on", "-pk")[:SPENDS_SHOWN],
        "spend_count": found.spends.count(),
        "links": [
            {"link": link, "address": tracked.address(link), "code": tracked.drawn(link)}
            for link in TrackedLink.objects.filter(campaign=found).order_by("pk")
        ],
        **record(request, CAMPAIGN_PANELS, found.pk),
    }
    return render(request, "attract/console/campaign.html", context)


@allowed("attract.add_campaign")
def campaign_new(request: HttpRequest) -> HttpResponse:
    """Plan a campaign."""
    return _campaign_form(request, None)


@allowed("attract.change_campaign")
def campaign_edit(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """Change a campaign's plan."""
    return _campaign_form(request, get_object_or_404(Campaign, pk=campaign_id))


def _campaign_form(request: HttpRequest, found: Campaign | None) -> HttpResponse:
    form = CampaignForm(request.POST or None, instance=found, currency=settings.current(request).currency)
    if request.method == "POST" and form.is_valid():
        kept = form.save()
        audit.note(request, "changed" if found else "added", "campaign", kept.pk, fields=form.changed_data)
        messages.success(request, f"{kept} is kept." if found else f"{kept} is planned. Give it a link next.")
        return redirect("campaign", kept.pk)
    if found:
        title, back = f"Change {Campaign.objects.get(pk=found.pk)}", reverse("campaign", args=[found.pk])
    else:
        title, back = "New campaign", reverse("campaigns")
    return _form(request, form, title, back)


def _form(request: HttpRequest, form: Any, title: str, back: str, **more: Any) -> HttpResponse:
    context = {"form": form, "title": title, "back": back} | more
    return render(request, "attract/console/form.html", context, status=422 if form.errors else 200)


@allowed("attract.add_trackedlink")
def link_new(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """Add a tracked link to a campaign."""
    return _link_form(request, TrackedLink(campaign=get_object_or_404(Campaign, pk=campaign_id)))


@allowed("attract.change_trackedlink")
def link_edit(request: HttpRequest, link_id: int) -> HttpResponse:
    """Change where a tracked link leads; its address stays."""
    return _link_form(request, get_object_or_404(TrackedLink.objects.select_related("campaign"), pk=link_id))


def _link_form(request: HttpRequest, link: TrackedLink) -> HttpResponse:
    is_new = link.pk is None
    form = LinkForm(request.POST or None, instance=link)
    back = reverse("campaign", args=[link.campaign_id])
    if request.method == "POST" and form.is_valid():
        kept = form.save()
        audit.note(request, "added" if is_new else "changed", "link", kept.pk, fields=form.changed_data)
        messages.success(request, f"{tracked.address(kept)} leads to {kept.target} now.")
        return redirect(back)
    title = f"New link for {link.campaign}" if is_new else f"Change {tracked.address(link)}"
    return _form(request, form, title, back, pages=_pages())


def _pages() -> list[tuple[str, str]]:
    """The public pages that a link can lead to, with their titles."""
    return [(page.address, page.title) for page in sites.public_pages(PAGES_OFFERED)]


@allowed("attract.delete_trackedlink")
def link_remove(request: HttpRequest, link_id: int) -> HttpResponse:
    """Remove a tracked link, once somebody has confirmed it."""
    link = get_object_or_404(TrackedLink.objects.select_related("campaign"), pk=link_id)
    says = f"Whoever follows {tracked.address(link)} from paper or an old post will find nothing any more."
    return _remove(request, link, "link", f"Remove the link {link.code}?", says)


@require_safe
@allowed("attract.view_trackedlink")
def link_qr(request: HttpRequest, link_id: int, kind: str) -> HttpResponse:
    """A link's QR code as a file."""
    link = get_object_or_404(TrackedLink, pk=link_id)
    makers = {"svg": (tracked.svg, "image/svg+xml"), "png": (tracked.png, "image/png")}
    if kind not in makers:
        raise Http404("A QR code comes as svg or png.")
    make, content_type = makers[kind]
    answer = HttpResponse(make(link), content_type=content_type)
    answer["Content-Disposition"] = f'attachment; filename="{link.code}.{kind}"'
    return answer


@allowed("attract.add_spend")
def spend_new(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """Enter what was spent on a campaign on one day."""
    found = get_object_or_404(Campaign, pk=campaign_id)
    return _spend_form(request, Spend(campaign=found, spent_on=localdate(clock.now())), f"Money spent on {found}")


@allowed("attract.change_spend")
def spend_edit(request: HttpRequest, spend_id: int) -> HttpResponse:
    """Mend an entry."""
    spend = get_object_or_404(Spend.objects.select_related("campaign"), pk=spend_id)
    return _spend_form(request, spend, f"Change what was spent on {spend.campaign}")


def _spend_form(request: HttpRequest, spend: Spend, title: str) -> HttpResponse:
    is_new = spend.pk is None
    form = SpendForm(request.POST or None, instance=spend, currency=settings.current(request).currency)
    back = reverse("campaign", args=[spend.campaign_id])
    if request.method == "POST" and form.is_valid():
        kept = form.save()
        audit.note(request, "added" if is_new else "changed", "spend", kept.pk, amount=str(kept.amount))
        amount = words.write(kept.amount, "money", request)
        messages.success(request, f"{amount} on {words.day(kept.spent_on)} is kept.")
        return redirect(back)
    return _form(request, form, title, back)


@allowed("attract.delete_spend")
def spend_remove(request: HttpRequest, spend_id: int) -> HttpResponse:
    """Remove an entry, once somebody has confirmed it."""
    spend = get_object_or_404(Spend.objects.select_related("campaign"), pk=spend_id)
    amount, day = words.write(spend.amount, "money", request), words.day(spend.spent_on)
    says = f"{amount} on {day} will no longer count in the cost of leads, in reports of the past neither."
    return _remove(request, spend, "spend", f"Remove {amount} of {spend.campaign}?", says)


def _remove(request: HttpRequest, thing: Spend | TrackedLink, kind: str, title: str, says: str) -> HttpResponse:
    back = reverse("campaign", args=[thing.campaign_id])
    if request.method == "POST":
        audit.note(request, "removed", kind, thing.pk, campaign=thing.campaign.code)
        thing.delete()
        messages.success(request, "It is removed.")
        return redirect(back)
    return render(request, "attract/console/remove.html", {"title": title, "says": says, "back": back})
