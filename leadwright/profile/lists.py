"""The lists of contacts and of companies: what they show, ask and offer."""

from typing import Any

from django.db.models import Count
from django.http import HttpRequest
from django.urls import reverse

from leadwright.attract.models import BuyingStage, Channel, Persona
from leadwright.kit import clock, jobs
from leadwright.profile import edits
from leadwright.profile.forms import GiveForm, StageForm, active_users
from leadwright.profile.models import Company, Contact
from leadwright.ui.lists import Action, Choice, Column, Empty, List, Query, Since, View, by_words
from leadwright.workspace.access import user_of


def owners(request: HttpRequest) -> list[tuple[str, str]]:
    """Whom a record can belong to, the reader first."""
    me = user_of(request)
    others = [(str(user.pk), str(user)) for user in active_users() if user.pk != me.pk]
    return [(str(me.pk), "me"), *others, ("-", "nobody")]


def _personas(_: HttpRequest) -> list[tuple[Any, str]]:
    return [(persona.pk, persona.name) for persona in Persona.objects.all()]


def _give(request: HttpRequest, rows: Query, answers: dict[str, Any]) -> str:
    count = edits.give(rows, answers["owner"])
    return f"{count:,} contacts belong to {answers['owner'] or 'nobody'} now."


def _stage(request: HttpRequest, rows: Query, answers: dict[str, Any]) -> str:
    count = rows.order_by().update(buying_stage=answers["buying_stage"], updated_at=clock.now())
    jobs.wake("contacts")
    return f"The buying stage of {count:,} contacts is changed."


def _count_contacts(request: HttpRequest, rows: list[Any]) -> None:
    """How many contacts each company of a page has that the reader may see, in one query."""
    visible = Contact.objects.visible_to(user_of(request)).filter(company__in=[row.pk for row in rows])
    found = dict(visible.order_by().values_list("company").annotate(Count("pk")))
    for row in rows:
        row.contact_count = found.get(row.pk, 0)


CONTACTS = List(
    name="contacts",
    title="Contacts",
    lead="People that you know, and what they did.",
    rows=lambda request: (
        Contact.objects.visible_to(user_of(request))
        .select_related("company", "owner", "persona")
        .defer("search", "custom", "origins")
    ),
    columns=(
        Column("name", "Name", sort=("last_name", "first_name"), template="profile/_name.html"),
        Column("email", "E-mail"),
        Column("company", "Company", "company.name"),
        Column("title", "Job title", shown=False),
        Column("persona", "Persona", "persona.name"),
        Column("buying_stage", "Buying stage", "get_buying_stage_display", template="profile/_stage.html"),
        Column("owner", "Owner", "owner.name"),
        Column("channel", "First channel", "first_channel", shown=False),
        Column("phone", "Phone", shown=False),
        Column("country", "Country", shown=False),
        Column("updated", "Changed", "updated_at", sort="updated_at", kind="ago", shown=False),
        Column("seen", "Last seen", "last_seen_at", kind="ago"),
        Column("created", "Since", "created_at", sort="created_at", kind="day"),
    ),
    link=lambda contact: reverse("contact", args=[contact.pk]),
    search=by_words,
    search_hint="Search name, address, company number",
    filters=(
        Choice("owner", "Owner", "owner", owners),
        Choice("stage", "Buying stage", "buying_stage", BuyingStage.choices),
        Choice("persona", "Persona", "persona", _personas),
        Choice("channel", "First channel", "first_channel", Channel.choices),
        Since("created", "Came", "created_at"),
        Since("seen", "Was seen", "last_seen_at"),
    ),
    views=(View("Everyone"), View("New this week", "created=7"), View("Seen this week", "seen=7")),
    actions=(
        Action("give", "Give to …", _give, permission="profile.change_contact", form=GiveForm),
        Action("stage", "Set buying stage …", _stage, permission="profile.change_contact", form=StageForm),
    ),
    buttons=(
        ("New contact", "contact_new", "profile.add_contact"),
        ("Import", "contacts_import", "capture.add_import"),
    ),
    empty=Empty(
        "No contacts yet",
        "Whoever fills a form on your site, or comes in with an import, stands here with all that happened.",
        "Write the first contact",
        "contact_new",
    ),
    sort="-created",
)

COMPANIES = List(
    name="companies",
    title="Companies",
    lead="The firms that your contacts work for.",
    rows=lambda request: Company.objects.visible_to(user_of(request)).select_related("owner").defer("search", "custom"),
    columns=(
        Column("name", "Name", sort="name"),
        Column("domain", "Domain"),
        Column("industry", "Industry"),
        Column("size", "People", kind="number"),
        Column("city", "City"),
        Column("country", "Country", shown=False),
        Column("contacts", "Contacts", "contact_count", kind="number"),
        Column("owner", "Owner", "owner.name"),
        Column("created", "Since", "created_at", sort="created_at", kind="day"),
    ),
    link=lambda company: reverse("company", args=[company.pk]),
    search=by_words,
    search_hint="Search name, domain, city",
    filters=(Choice("owner", "Owner", "owner", owners), Since("created", "Came", "created_at")),
    views=(View("All"), View("New this week", "created=7")),
    buttons=(("New company", "company_new", "profile.add_company"),),
    enrich=_count_contacts,
    empty=Empty(
        "No companies yet",
        "A company appears with the first contact who writes from its domain.",
        "Write the first company",
        "company_new",
    ),
    sort="name",
    noun="company",
)
