"""What we know of a contact or a company, field by field: the value, from where it came, and what it said before.

Promise: every value says from whom or what it came, and when; every change can be put back; a personal value is shown
only to those who may see it. Reads records and `PastValue`; writes through `edits`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from django.db.models import Model, QuerySet
from django.template.defaultfilters import linebreaks_filter
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from leadwright.attract.models import Persona
from leadwright.profile.fields import definitions, values
from leadwright.profile.fields.values import Definition
from leadwright.profile.models import Company, Contact, PastValue
from leadwright.ui import words
from leadwright.workspace.models import User

Record = Contact | Company
HIDDEN = "•••••"
PAST_SHOWN = 50

# Field, label, group; what stands here is shown also while it is blank.
CONTACT_FACTS: tuple[tuple[str, str, str], ...] = (
    ("email", "E-mail", "Reach"),
    ("phone", "Phone", "Reach"),
    ("first_name", "First name", "Reach"),
    ("last_name", "Last name", "Reach"),
    ("title", "Job title", "Work"),
    ("company", "Company", "Work"),
    ("persona", "Persona", "Work"),
    ("buying_role", "Role in buying", "Work"),
    ("buying_stage", "Buying stage", "Work"),
    ("city", "City", "Place"),
    ("country", "Country", "Place"),
    ("language", "Language", "Place"),
    ("time_zone", "Time zone", "Place"),
    ("owner", "Owner", "With us"),
    ("first_channel", "First came by", "With us"),
    ("first_campaign", "First campaign", "With us"),
    ("first_source", "First source", "With us"),
    ("external_id", "External id", "With us"),
)
COMPANY_FACTS: tuple[tuple[str, str, str], ...] = (
    ("name", "Name", "The firm"),
    ("domain", "Domain", "The firm"),
    ("industry", "Industry", "The firm"),
    ("size", "People who work there", "The firm"),
    ("city", "City", "The firm"),
    ("country", "Country", "The firm"),
    ("owner", "Owner", "The firm"),
)
FIXED = frozenset(("first_channel", "first_campaign", "first_source", "external_id"))
UNDESCRIBED = "Not described"
PLACE = "0field0"

# How a fact is drawn.
FACT = """<div class="lw-fact" id="fact-{slug}">
  <dt>{label}{tags}</dt>
  <dd>{said}{kept}
  <span class="lw-fact__tools">{tools}</span></dd>
  <div class="lw-fact__past" id="past-{slug}" aria-live="polite"></div>
</div>
"""
PAST = (
    '<button class="lw-fact__tool" type="button" hx-get="{url}past/" hx-target="#past-{slug}" '
    'aria-label="From where {label} comes, and what it said before"{title}>from where</button>'
)
CHANGE = (
    '<button class="lw-fact__tool" type="button" hx-get="{url}?edit=1" hx-target="closest .lw-fact" '
    'hx-swap="outerHTML" aria-label="Change {label}">change</button>'
)
QUIET = '<span class="lw-quiet" title="Personal data; your role may not see it.">{}</span>'
PERSONAL = format_html(' <span class="lw-tag" title="Personal data">{}</span>', "personal")
RETIRED = format_html(' <span class="lw-tag">{}</span>', "retired")
BLANK = format_html('<span class="lw-nothing">{}</span>', "–")
KEPT = format_html('<span class="w-sr-only" role="status">{}</span>', "Kept.")


@dataclass(frozen=True)
class Origin:
    """From where a value came, and when."""

    source: str
    at: datetime | None

    @property
    def say(self) -> str:
        """In words."""
        return ", ".join(part for part in (self.source, words.moment(self.at) if self.at else "") if part)


@dataclass(frozen=True)
class Fact:
    """A field of a record as the page shows it."""

    field: str  # title, company, custom.budget
    label: str
    group: str
    html: SafeString | str
    origin: Origin | None
    url: str  # where it is changed
    is_blank: bool
    may_change: bool
    is_hidden: bool = False
    is_personal: bool = False
    is_retired: bool = False
    help: str = ""

    @property
    def slug(self) -> str:
        """Its id on the page."""
        return self.field.replace(".", "-")

    def draw(self, *, kept: bool = False) -> SafeString:
        """The fact as the page shows it; in Python, since there may be hundreds on one."""
        return format_html(
            FACT, slug=self.slug, label=self.label, tags=self._tags(), said=self._said(), kept=KEPT if kept else "",
            tools=self._tools(),
        )  # fmt: skip

    def _tags(self) -> SafeString | str:
        if not (self.is_personal or self.is_retired):
            return ""
        return format_html("{}{}", PERSONAL if self.is_personal else "", RETIRED if self.is_retired else "")

    def _said(self) -> SafeString | str:
        if self.is_blank:
            return BLANK
        return format_html(QUIET, self.html) if self.is_hidden else self.html

    def _tools(self) -> SafeString:
        says = not self.is_blank and not self.is_hidden
        title = format_html(' title="{}"', self.origin.say) if says and self.origin else ""
        past = format_html(PAST, url=self.url, slug=self.slug, label=self.label, title=title) if says else ""
        change = format_html(CHANGE, url=self.url, label=self.label) if self.may_change else ""
        return format_html("{}{}", past, change)

    def draw_kept(self) -> SafeString:
        """The same right after it was changed, which is said to those who do not see it."""
        return self.draw(kept=True)


@dataclass(frozen=True)
class Group:
    """Facts that belong together."""

    title: str
    facts: Sequence[Fact]

    @property
    def filled(self) -> list[Fact]:
        """Those that say something."""
        return [fact for fact in self.facts if not fact.is_blank]

    @property
    def blank(self) -> list[Fact]:
        """Those that say nothing yet."""
        return [fact for fact in self.facts if fact.is_blank]


@dataclass(frozen=True)
class Past:
    """What a field said before."""

    id: int
    field: str
    label: str
    html: SafeString | str
    origin: Origin | None
    until: datetime
    may_put_back: bool


def of(record: Record) -> str:
    """What kind of record it is."""
    return "contact" if isinstance(record, Contact) else "company"


def groups(record: Record, user: User) -> list[Group]:
    """All facts of a record in their groups: its own, the custom ones, and what nobody has described."""
    found = list(_all(record, user))
    return [Group(title, list(each)) for title, each in groupby(found, key=lambda fact: fact.group)]


def one(record: Record, field: str, user: User) -> Fact | None:
    """One fact; None where there is no such field."""
    return next((fact for fact in _all(record, user) if fact.field == field), None)


def _all(record: Record, user: User) -> Iterator[Fact]:
    kind = of(record)
    may_change = user.has_perm(f"profile.change_{kind}")
    sees_all = user.has_perm("profile.view_personal_values")
    where = _urls(record)
    for field, label, group in CONTACT_FACTS if kind == "contact" else COMPANY_FACTS:
        html = _own(record, field)
        yield Fact(
            field,
            label,
            group,
            html,
            _origin(record, field) if html else None,
            where.replace(PLACE, field),
            is_blank=not html,
            may_change=may_change and field not in FIXED,
        )
    known = definitions.known(kind)
    for group, defined in _grouped(known):
        value = record.custom.get(defined.key)
        if defined.is_retired and value is None:
            continue
        is_hidden = defined.is_personal and not sees_all
        yield Fact(
            f"custom.{defined.key}",
            defined.label,
            group,
            HIDDEN if is_hidden and value is not None else write(defined, value),
            _origin(record, f"custom.{defined.key}") if value is not None else None,
            where.replace(PLACE, f"custom.{defined.key}"),
            is_blank=value is None,
            may_change=may_change and not is_hidden and not defined.is_retired,
            is_hidden=is_hidden,
            is_personal=defined.is_personal,
            is_retired=defined.is_retired,
            help=defined.help,
        )
    for key, value in record.custom.items():
        if key not in known:
            label = key.replace("_", " ").capitalize()
            origin = _origin(record, f"custom.{key}")
            yield Fact(
                f"custom.{key}",
                label,
                UNDESCRIBED,
                write(None, value),
                origin,
                where.replace(PLACE, f"custom.{key}"),
                False,
                False,
            )


def _grouped(known: Mapping[str, Definition]) -> list[tuple[str, Definition]]:
    """Custom fields group by group, in the order in which the groups first come."""
    first: dict[str, int] = {}
    for place, each in enumerate(known.values()):
        first.setdefault(each.group or "More", place)
    ordered = sorted(known.values(), key=lambda each: first[each.group or "More"])
    return [(each.group or "More", each) for each in ordered]


def _urls(record: Record) -> str:
    """Where facts of a record are changed, with a place for the field; found once, since there may be hundreds."""
    return reverse(f"{of(record)}_fact", args=[record.pk, PLACE])


def _origin(record: Record, field: str) -> Origin | None:
    """Where a value came from, in whatever form it was written down."""
    found = record.origins.get(field) or (record.origins.get("custom") if field.startswith("custom.") else None)
    return read_origin(found)


def read_origin(found: Any) -> Origin | None:
    """Where a value came from, in words."""
    if not found:
        return None
    if not isinstance(found, dict):
        return Origin(str(found), None)
    source = str(found.get("from") or found.get("source") or "")
    try:
        at = datetime.fromisoformat(str(found.get("at")))
    except ValueError:
        at = None
    return Origin(source, at if at and at.tzinfo else None)


# ---- How values are written ---------------------------------------------------------------------------------------


def _own(record: Record, field: str) -> SafeString | str:  # noqa: PLR0911  one line a kind
    value = getattr(record, field)
    if value is None or value == "":
        return ""
    match field:
        case "email":
            name, at, domain = str(value).rpartition("@")
            return format_html('<a href="mailto:{}">{}{}<wbr>{}</a>', value, name, at, domain)
        case "phone":
            return format_html('<a href="tel:{0}">{0}</a>', value)
        case "domain":
            return format_html('<a href="https://{0}" rel="noopener noreferrer" target="_blank">{0}</a>', value)
        case "company":
            return format_html('<a href="{}">{}</a>', reverse("company", args=[value.pk]), value)
        case "buying_stage" | "buying_role":
            return str(getattr(record, f"get_{field}_display")())
        case "size":
            return words.number(value)
    return str(value)


def write(defined: Definition | None, value: Any) -> SafeString | str:  # noqa: C901, PLR0911  one line a kind
    """A custom value as a screen shows it; blank where there is none."""
    if value is None:
        return ""
    if defined is None:
        return values.words(None, value)
    match defined.kind:
        case "number" if isinstance(value, int | float):
            return words.number(value, None if value == int(value) else 2)
        case "money" if isinstance(value, int | float):
            return words.write(value, "money")
        case "date" | "moment":
            return _when(defined, value)
        case "url":
            shown = str(value).removeprefix("https://").removeprefix("http://").rstrip("/")
            return format_html('<a href="{}" rel="noopener noreferrer" target="_blank">{}</a>', value, shown[:60])
        case "email":
            return format_html('<a href="mailto:{0}">{0}</a>', value)
        case "phone":
            return format_html('<a href="tel:{0}">{0}</a>', value)
        case "long_text":
            return linebreaks_filter(str(value), autoescape=True)
        case "choices" if isinstance(value, list):
            return format_html_join(
                " ", '<span class="lw-tag">{}</span>', ((defined.label_of(each),) for each in value)
            )
    return values.words(defined, value)


def _when(defined: Definition, value: Any) -> SafeString | str:
    try:
        at = datetime.fromisoformat(str(value))
    except ValueError:
        return str(value)
    return words.day(at.date()) if defined.kind == "date" or not at.tzinfo else words.write(at, "moment")


# ---- What was before ----------------------------------------------------------------------------------------------


def past(record: Record, user: User, field: str = "", before: int | None = None) -> list[Past]:
    """What a field (or any field) said before, latest first."""
    kind = of(record)
    found = PastValue.objects.filter(**{kind: record})
    if field:
        found = found.filter(field=stored_name(field))
    if before:
        found = found.filter(pk__lt=before)
    rows = list(found.order_by("-pk")[:PAST_SHOWN])
    labels = {name: label for name, label, _ in (CONTACT_FACTS if kind == "contact" else COMPANY_FACTS)}
    known = definitions.known(kind)
    names = _names(rows)
    sees_all = user.has_perm("profile.view_personal_values")
    may_change = user.has_perm(f"profile.change_{kind}")
    done = []
    for row in rows:
        defined = known.get(row.field.removeprefix("custom.")) if row.field.startswith("custom.") else None
        name = shown_name(row.field)
        label = (
            defined.label if defined else labels.get(name, name.removeprefix("custom.").replace("_", " ").capitalize())
        )
        is_hidden = bool(defined and defined.is_personal and not sees_all)
        html = HIDDEN if is_hidden else _past_words(row, defined, names)
        free = defined is not None and not defined.is_retired and not is_hidden
        may = may_change and (free or (name in labels and name not in FIXED))
        done.append(Past(row.pk, name, label, html, read_origin(row.origin), row.until, may))
    return done


def stored_name(field: str) -> str:
    """How the table of past values calls a field: by its column."""
    return f"{field}_id" if field in ("company", "owner", "persona") else field


def shown_name(stored: str) -> str:
    """How a page calls a column."""
    return stored.removesuffix("_id") if stored in ("company_id", "owner_id", "persona_id") else stored


MODELS: Mapping[str, type[Model]] = {"company_id": Company, "owner_id": User, "persona_id": Persona}


def _names(rows: Sequence[PastValue]) -> dict[tuple[str, Any], str]:
    """What the companies, users and personas are called that past values name; a query a kind."""
    found: dict[tuple[str, Any], str] = {}
    for field, model in MODELS.items():
        keys = {row.value for row in rows if row.field == field}
        if keys:
            rows_found: QuerySet[Any] = QuerySet(model).filter(pk__in=keys)
            found |= {(field, each.pk): str(each) for each in rows_found}
    return found


def _past_words(row: PastValue, defined: Definition | None, names: Mapping[tuple[str, Any], str]) -> SafeString | str:
    if row.field in MODELS:
        return names.get((row.field, row.value), "no longer there")
    if row.field.startswith("custom."):
        return write(defined, row.value)
    return (
        str(row.value).replace("_", " ").capitalize()
        if row.field in ("buying_role", "buying_stage")
        else str(row.value)
    )
