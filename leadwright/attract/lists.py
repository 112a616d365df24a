"""The lists of campaigns, tracked links, forms and resources."""

from typing import Any

from django.db.models import Count, Q
from django.http import HttpRequest
from django.urls import reverse

from leadwright.attract import campaigns, links
from leadwright.attract.models import Campaign, Channel, Form, Persona, TrackedLink
from leadwright.attract.pages import ResourcePage
from leadwright.kit import clock, config
from leadwright.ui.lists import Choice, Column, Empty, List, Query, View, Where

MANNERS = ((Campaign.Manner.BROADCAST, "Broadcast"), (Campaign.Manner.CONCENTRATION, "Concentration"))


def _holding(*fields: str) -> Any:
    """A search over short texts; these tables hold hundreds of rows, so a scan is the right plan."""

    def search(rows: Query, wanted: str) -> Query:
        for word in wanted.split()[:5]:
            condition = Q()
            for field in fields:
                condition |= Q(**{f"{field}__icontains": word})
            rows = rows.filter(condition)
        return rows

    return search


def _personas(_: HttpRequest) -> list[tuple[Any, str]]:
    return [(persona.pk, persona.name) for persona in Persona.objects.all()]


def _sum_up(_: HttpRequest, rows: list[Any]) -> None:
    """What each campaign of a page has cost and how many links it has, in two queries.

    Its leads belong to a later stage: one piece of HTML from there fills the column, asked for by the first row.
    """
    keys = [row.pk for row in rows]
    spent = campaigns.spent(keys)
    counted = dict(
        TrackedLink.objects.filter(campaign__in=keys).order_by().values_list("campaign").annotate(Count("pk"))
    )
    for number, row in enumerate(rows):
        row.spent, row.link_count = spent.get(row.pk), counted.get(row.pk, 0)
        row.asks_for = ",".join(map(str, keys)) if number == 0 else ""


def _now() -> dict[str, tuple[str, Any]]:
    return {
        "running": (
            "running now",
            lambda rows: rows.filter(
                Q(starts_on=None) | Q(starts_on__lte=clock.now().date()),
                Q(ends_on=None) | Q(ends_on__gte=clock.now().date()),
            ),
        ),
        "planned": ("not begun yet", lambda rows: rows.filter(starts_on__gt=clock.now().date())),
        "over": ("over", lambda rows: rows.filter(ends_on__lt=clock.now().date())),
    }


CAMPAIGNS = List(
    name="campaigns",
    title="Campaigns",
    lead="Each effort with what it shall bring, what it cost and what came of it.",
    rows=lambda _: Campaign.objects.select_related("persona"),
    columns=(
        Column("name", "Name", sort="name"),
        Column("channel", "Channel", sort="channel"),
        Column("manner", "Manner", lambda row: dict(MANNERS)[row.manner]),
        Column("budget", "Budget", kind="money", sort="budget"),
        Column("spent", "Spent", kind="money"),
        Column("leads", "Leads", lambda _: None, kind="number", template="attract/console/_leads.html", export=False),
        Column("links", "Links", "link_count", kind="number", shown=False),
        Column("persona", "For whom", "persona.name", shown=False),
        Column("code", "Code", shown=False),
        Column("started", "From", "starts_on", kind="day", sort="starts_on"),
        Column("ended", "Until", "ends_on", kind="day"),
    ),
    link=lambda row: reverse("campaign", args=[row.pk]),
    search=_holding("name", "code", "goal"),
    search_hint="Search name, code, goal",
    filters=(
        Where("time", "Time", _now()),
        Choice("channel", "Channel", "channel", Channel.choices),
        Choice("manner", "Manner", "manner", MANNERS),
        Choice("persona", "For whom", "persona", _personas),
    ),
    views=(View("All"), View("Running now", "time=running"), View("Planned", "time=planned")),
    buttons=(("New campaign", "campaign_new", "attract.add_campaign"),),
    enrich=_sum_up,
    empty=Empty(
        "No campaigns yet",
        "A campaign is one effort on one channel: a mailing, an advert, a fair. Give it a goal and a budget; its "
        "tracked links then tell which visitors and leads it brought.",
        "Plan the first campaign",
        "campaign_new",
    ),
    sort="-started",
)

LINKS = List(
    name="links",
    title="Links",
    lead="Addresses that lead to a page and tell their campaign apart. Each has a QR code for paper.",
    rows=lambda _: TrackedLink.objects.select_related("campaign"),
    columns=(
        Column("code", "Address", links.address, sort="code", template="attract/console/_link.html"),
        Column("campaign", "Campaign", "campaign.name", template="attract/console/_of_campaign.html"),
        Column("target", "Leads to", template="attract/console/_target.html"),
        Column("source", "Source"),
        Column("medium", "Medium"),
        Column("content", "Content", shown=False),
        Column("term", "Term", shown=False),
        Column("qr", "QR code", lambda _: None, template="attract/console/_qr.html", export=False),
    ),
    search=_holding("code", "target", "source", "content", "campaign__name"),
    search_hint="Search code, target, source, campaign",
    filters=(Choice("campaign", "Campaign", "campaign", lambda _: Campaign.objects.values_list("pk", "name")),),
    empty=Empty(
        "No links yet",
        "A tracked link tells which poster, post or advert somebody came from. Add one on a campaign's page.",
        "See the campaigns",
        "campaigns",
    ),
    sort="code",
)

FORMS = List(
    name="forms",
    title="Forms",
    lead="The questions you ask visitors, and what happens with the answers.",
    rows=lambda _: Form.objects.select_related("campaign").annotate(questions=Count("fields")),
    columns=(
        Column("name", "Name", template="attract/console/_form_name.html"),
        Column("address", "Address", lambda row: f"{config.base_url()}/t/f/{row.code}"),
        Column("questions", "Questions", kind="number"),
        Column("campaign", "Campaign", "campaign.name"),
        Column("opens_lead", "Opens a lead", kind="flag"),
        Column("consent", "Asks consent for", "consent_purpose"),
        Column("state", "State", lambda row: "active" if row.is_active else "off", template="attract/console/_on.html"),
    ),
    search=_holding("name", "code"),
    search_hint="Search name or code",
    filters=(
        Where("state", "State", {"on": ("active", Q(is_active=True)), "off": ("switched off", Q(is_active=False))}),
    ),
    views=(View("All"), View("Active", "state=on")),
    buttons=(("New form", "wagtailsnippets_attract_form:add", "attract.add_form"),),
    empty=Empty(
        "No forms yet",
        "A form asks a visitor a few questions in exchange for an offer. Whoever sends it becomes a contact.",
        "Make the first form",
        "wagtailsnippets_attract_form:add",
    ),
)

RESOURCES = List(
    name="resources",
    title="Resources",
    lead="Papers and tools that visitors get in exchange for an address.",
    rows=lambda _: ResourcePage.objects.select_related("document", "form"),
    columns=(
        Column("title", "Title", sort="title", template="attract/console/_page_name.html"),
        Column("kind", "What it is"),
        Column("form", "Form", "form.name"),
        Column("file", "File", "document.title"),
        Column("live", "State", lambda row: "active" if row.live else "draft", template="attract/console/_on.html"),
        Column("published", "Published", "last_published_at", sort="last_published_at", kind="day"),
    ),
    search=_holding("title", "intro"),
    search_hint="Search title or introduction",
    filters=(Where("state", "State", {"live": ("published", Q(live=True)), "draft": ("a draft", Q(live=False))}),),
    views=(View("All"), View("Published", "state=live")),
    empty=Empty(
        "No resources yet",
        "A guide, a checklist or a calculator is worth an address to a buyer. Add a resource page below your first "
        "page, give it a file and a form.",
        "Go to the pages",
        "wagtailadmin_explore_root",
    ),
    sort="-published",
)
