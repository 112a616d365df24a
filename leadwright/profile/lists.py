"""The lists of contacts and of companies: what they show, ask and offer."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.db.models import BooleanField, Count, DecimalField, Q, TextField
from django.db.models.expressions import RawSQL
from django.db.models.fields.json import KeyTransform
from django.http import HttpRequest
from django.urls import reverse

from leadwright.attract.models import BuyingStage, Campaign, Channel, Persona
from leadwright.kit import clock, jobs, numbers
from leadwright.profile import edits
from leadwright.profile.fields import definitions, indexes, values
from leadwright.profile.fields.values import Definition
from leadwright.profile.forms import GiveForm, StageForm, active_users
from leadwright.profile.models import BuyingRole, Company, Contact
from leadwright.ui.lists import Action, Choice, Column, Empty, Filter, List, Query, Since, View, by_words
from leadwright.workspace.access import user_of


def owners(request: HttpRequest) -> list[tuple[str, str]]:
    """Whom a record can belong to, the reader first."""
    me = user_of(request)
    others = [(str(user.pk), str(user)) for user in active_users() if user.pk != me.pk]
    return [(str(me.pk), "me"), *others, ("-", "nobody")]


def _personas(_: HttpRequest) -> list[tuple[Any, str]]:
    return [(persona.pk, persona.name) for persona in Persona.objects.all()]


def _campaigns(_: HttpRequest) -> list[tuple[Any, str]]:
    return [(campaign.pk, campaign.name) for campaign in Campaign.objects.all()]


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


# ---- Custom fields ------------------------------------------------------------------------------------------------

LAST, NEXT = ("7", "30", "90"), ("7", "30", "90")


@dataclass(frozen=True)
class Own(Filter):
    """A custom field has one of its options, lies in the last or next days, or is known at all."""

    defined: Definition

    @property
    def many(self) -> bool:  # type: ignore[override]
        """Options can be combined; spans cannot."""
        return self.defined.shape in ("choice", "set", "flag")

    def options(self, request: HttpRequest) -> list[tuple[str, str]]:
        """The answers there are."""
        match self.defined.shape:
            case "choice" | "set":
                found = [(option.key, option.label) for option in self.defined.options][:MOST_OFFERED]
            case "flag":
                found = [("true", "yes"), ("false", "no")]
            case "day" | "moment":
                found = [(f"-{days}", f"in the last {days} days") for days in LAST]
                found += [(f"+{days}", f"in the next {days} days") for days in NEXT]
            case _:
                found = []
        return [*found, ("~", "is known"), ("-", "is not known")]

    def apply(self, rows: Query, values_: list[str]) -> Query:
        """The rows that one of the values keeps; the same expression as the field's index."""
        found = definitions.expression(self.defined, f"profile_{self.defined.of}")
        told = [value for value in values_ if value not in ("-", "~")]
        wanted = Q()
        if "-" in values_:
            wanted |= Q(Says(f"{found} IS NULL", []))
        if "~" in values_:
            wanted |= Q(Says(f"{found} IS NOT NULL", []))
        if told and self.defined.shape == "set":
            wanted |= Q(Says(f"{found} ?| %s", [told]))
        elif told and self.defined.shape in ("day", "moment"):
            low, high = self._span(told[0])
            wanted |= Q(Says(f"{found} >= %s AND {found} < %s", [low, high]))
        elif told:
            wanted |= Q(Says(f"{found} = ANY(%s)", [told]))
        return rows.filter(wanted)

    def _span(self, told: str) -> tuple[str, str]:
        days = timedelta(days=numbers.whole(told[1:], most=36_500) or 0)
        start = clock.now() if told.startswith("+") else clock.now() - days
        form = "%Y-%m-%d" if self.defined.shape == "day" else "%Y-%m-%dT%H:%M:%SZ"
        end = start + days + timedelta(days=1 if self.defined.shape == "day" else 0)
        return start.strftime(form), end.strftime(form)


MOST_OFFERED = 60


class Says(RawSQL):
    """A condition in SQL; its text is ours, its values are parameters."""

    conditional = True

    def __init__(self, text: str, values_: list[Any]) -> None:
        super().__init__(text, values_, BooleanField())


def own(of: str) -> Callable[[HttpRequest], tuple[list[Column], list[Filter]]]:
    """The columns of the custom fields, and filters of those that are shown or asked for."""

    def found(request: HttpRequest) -> tuple[list[Column], list[Filter]]:
        known = definitions.known(of)
        if not known:
            return [], []
        sees_all = user_of(request).has_perm("profile.view_personal_values")
        ready = indexes.ready(of)
        chosen = CHOSEN[of](request) | set(request.GET) | {request.GET.get("sort", "").removeprefix("-")}
        columns: list[Column] = []
        filters: list[Filter] = []
        for key, defined in known.items():
            if defined.is_retired or (defined.is_personal and not sees_all):
                continue
            name = f"own.{key}"
            columns.append(_own_column(request, name, defined, is_ready=key in ready))
            if name in chosen:
                filters.append(Own(name, defined.label, defined))
        return columns, filters

    return found


def _own_column(request: HttpRequest, name: str, defined: Definition, *, is_ready: bool) -> Column:
    attribute = name.replace(".", "_")
    may_sort = defined.shape != "set" and indexes.may_have(defined)
    is_sorted = request.GET.get("sort", "").removeprefix("-") == name
    if is_sorted and may_sort and not is_ready:
        indexes.ask(defined)
        messages.info(request, f"The order by “{defined.label}” is being prepared; load the page again in a moment.")
    sorts = is_sorted and may_sort and is_ready
    expression: Any = KeyTransform(defined.key, "custom")
    if sorts:
        text = definitions.expression(defined, f"profile_{defined.of}")
        expression = RawSQL(text, [], DecimalField() if defined.shape == "number" else TextField())  # noqa: S611  # nosec B611  a slug
    return Column(
        name,
        defined.label,
        _written(attribute, defined),
        sort=attribute if sorts else "",
        kind={"number": "number", "money": "money", "date": "day", "moment": "moment"}.get(defined.kind, "text"),
        shown=False,
        annotation=expression,
        may_sort=may_sort,
    )


def _written(attribute: str, defined: Definition) -> Callable[[Any], Any]:
    """Reads the annotation in the type that the column's kind writes."""

    def read(row: Any) -> Any:
        value = getattr(row, attribute, None)
        if value is None or defined.shape == "number":
            return value if not isinstance(value, str | bool | list) else values.words(defined, value)
        if defined.shape in ("day", "moment"):
            try:
                at = datetime.fromisoformat(str(value))
            except ValueError:
                return None
            return at.date() if defined.shape == "day" else at
        return values.words(defined, value)

    return read


# What an import could bring back and the screen shows in another form.
FOR_FILES = (
    Column("first_name", "First name"),
    Column("last_name", "Last name"),
    Column("external_id", "External id"),
    Column("domain", "Company's web address", "company.domain"),
    Column("city", "City"),
    Column("language", "Language"),
    Column("time_zone", "Time zone"),
)

CONTACTS = List(
    name="contacts",
    for_files=FOR_FILES,
    title="Contacts",
    lead="People that you know, and what they did.",
    rows=lambda request: (
        Contact.objects.visible_to(user_of(request))
        .select_related("company", "owner", "persona", "first_campaign")
        .defer("custom", "origins")
    ),
    columns=(
        Column("name", "Name", sort=("last_name", "first_name")),
        Column("email", "E-mail"),
        Column("company", "Company", "company.name"),
        Column("title", "Job title", shown=False),
        Column("persona", "Persona", "persona.name"),
        Column("buying_role", "Role in buying", "get_buying_role_display", shown=False),
        Column("buying_stage", "Buying stage", "get_buying_stage_display", template="profile/_stage.html"),
        Column("owner", "Owner", "owner.name"),
        Column("channel", "First channel", "first_channel", shown=False),
        Column("campaign", "First campaign", "first_campaign.name", shown=False),
        Column("source", "First source", "first_source", shown=False),
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
        Choice("role", "Role in buying", "buying_role", BuyingRole.choices),
        Choice("channel", "First channel", "first_channel", Channel.choices),
        Choice("campaign", "First campaign", "first_campaign", _campaigns),
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
    own=own("contact"),
)

COMPANIES = List(
    name="companies",
    title="Companies",
    lead="The firms that your contacts work for.",
    rows=lambda request: Company.objects.visible_to(user_of(request)).select_related("owner").defer("custom"),
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
    own=own("company"),
)
CHOSEN = {"contact": CONTACTS.chosen, "company": COMPANIES.chosen}
