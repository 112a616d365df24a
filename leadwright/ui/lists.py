"""The list pattern, built once: search, filters, saved views, column choice, bulk actions, export, keyset paging.

A stage declares a List and answers it from a view; everything else is here. The whole of a screen:

    contacts = List(
        name="contacts",
        title="Contacts",
        rows=lambda request: Contact.objects.visible_to(request.user).select_related("company"),
        columns=(
            Column("name", "Name", sort=("last_name", "first_name")),
            Column("company", "Company", "company.name"),
            Column("created", "Since", "created_at", sort="created_at", kind="moment"),
        ),
        link=lambda contact: reverse("contact", args=[contact.pk]),
        search=by_words,
        filters=(
            Choice("stage", "Buying stage", "buying_stage", BuyingStage.choices),
            Since("created", "Created", "created_at"),
        ),
        views=(View("Everyone"), View("New this week", "created=7")),
        actions=(Action("give", "Give to …", give, form=GiveForm, permission="profile.change_contact"),),
        empty=Empty("No contacts yet", "Whoever fills a form appears here.", "Import contacts", "contacts_import"),
        sort="-created",
    )

    @allowed("profile.view_contact")
    def index(request):
        return contacts.respond(request)

Promise: a page is a handful of queries whatever the table's size. Paging is by key, never by offset; the count is
exact up to COUNT_LIMIT and the planner's estimate above; an action on "all that match" gets the query, not a set of
ids. Columns that sort need an index over (field, primary key). The state of a list is its URL.
"""

import base64
import binascii
import csv
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.contrib.postgres.search import SearchQuery
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.core.paginator import Paginator
from django.db.models import BooleanField, ExpressionWrapper, F, Func, Model, OuterRef, Q, QuerySet, Subquery
from django.db.models.sql.compiler import SQLCompiler
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    QueryDict,
    StreamingHttpResponse,
)
from django.shortcuts import render
from django.template import Context
from django.template.context import make_context
from django.template.loader import get_template
from django.urls import NoReverseMatch, reverse
from django.utils.functional import cached_property
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString

from leadwright.kit import clock, numbers, sheets
from leadwright.ui import words
from leadwright.workspace import access, audit
from leadwright.workspace.models import SavedView

_WORDS = re.compile(r"[\W_]+")
PAGE_SIZE = 50
COUNT_LIMIT = 10_000
NAMED_LIMIT = 10_000  # so many rows that words have found are named one by one
EXPORT_CHUNK = 2_000
# What belongs to the list itself; every other name in the query is a filter.
CHECKED = SafeString(" checked")
OWN = "own_"  # how the attributes of custom fields begin
OWN_NAMES = {"q", "sort", "columns", "after", "before", "export", "part"}

Query = QuerySet[Any]
Row = Any  # whatever a column can read
Draw = Callable[[dict[str, Any]], SafeString]


def _draw_in(context: Context, template: Any, told: dict[str, Any]) -> SafeString:
    """A small template within a context that is bound already."""
    with context.push(told):
        return cast(SafeString, template.render(context))


@dataclass(frozen=True)
class Column:
    """One column. `value` is a dotted path or a function of the row; empty: the key itself.

    `kind` says how the value is written: text, number, money, moment (with its time), ago, day, flag.
    `sort` names the field or fields an index carries together with the primary key; empty: not sortable.
    `template` draws the cell with `row`, `value` and `request`; `shown` False leaves it to the column choice.
    `export` False keeps it out of files (for columns that are there to be clicked). `annotation` is an expression that
    rows are annotated with, by the column's key with its dot as a line, while the column is shown; `may_sort` offers an
    order that is still being prepared.
    """

    key: str
    label: str
    value: str | Callable[[Any], Any] = ""
    sort: str | tuple[str, ...] = ""
    kind: str = "text"
    template: str = ""
    shown: bool = True
    export: bool = True
    annotation: Any = None
    may_sort: bool = False

    @property
    def attribute(self) -> str:
        """What rows are annotated with."""
        return self.key.replace(".", "_")

    def read(self, row: Any) -> Any:
        """The bare value in a row."""
        if callable(self.value):
            return self.value(row)
        found = row
        for step in (self.value or self.key).split("."):
            found = getattr(found, step, None)
            if found is None:
                return None
        return found() if callable(found) else found

    @property
    def sort_fields(self) -> tuple[str, ...]:
        """The fields that order by this column."""
        return (self.sort,) if isinstance(self.sort, str) else self.sort


@dataclass(frozen=True)
class Filter:
    """A question with a choice of answers; a subclass says which rows each answer keeps."""

    key: str
    label: str

    many = True

    def options(self, request: HttpRequest) -> Sequence[tuple[str, str]]:
        """The answers there are: value and words."""
        raise NotImplementedError

    def apply(self, rows: Query, values: list[str]) -> Query:
        """The rows that one of the values keeps."""
        raise NotImplementedError

    def sentence(self, request: HttpRequest, values: list[str]) -> str:
        """What the chip says, such as "Owner is Ada or Ben"."""
        names = {str(value): str(label) for value, label in self.options(request)}
        return f"{self.label} is {' or '.join(names.get(value, value) for value in values)}"


Options = Sequence[tuple[Any, Any]] | Callable[[HttpRequest], Iterable[tuple[Any, Any]]]


@dataclass(frozen=True)
class Choice(Filter):
    """A field has one of some values; the value "-" stands for none."""

    field: str
    choices: Options

    def options(self, request: HttpRequest) -> Sequence[tuple[str, str]]:
        """The choices as given, or as asked for."""
        found = self.choices(request) if callable(self.choices) else self.choices
        return [(str(value), str(label)) for value, label in found]

    def apply(self, rows: Query, values: list[str]) -> Query:
        """One of the values; "-" alone means that there is none."""
        wanted = Q(**{f"{self.field}__in": [value for value in values if value != "-"]})
        return rows.filter(wanted | Q(**{f"{self.field}__isnull": True}) if "-" in values else wanted)


@dataclass(frozen=True)
class Since(Filter):
    """A moment lies within the last so many days."""

    field: str
    days: tuple[int, ...] = (1, 7, 30, 90, 365)

    many = False

    def options(self, request: HttpRequest) -> Sequence[tuple[str, str]]:
        """The spans offered."""
        return [(str(n), "in the last day" if n == 1 else f"in the last {n} days") for n in self.days]

    def apply(self, rows: Query, values: list[str]) -> Query:
        """At or after the beginning of the span."""
        return rows.filter(
            **{f"{self.field}__gte": clock.now() - timedelta(days=numbers.whole(values[0], most=36_500) or 0)}
        )

    def sentence(self, request: HttpRequest, values: list[str]) -> str:
        """Such as "Created in the last 7 days"."""
        return f"{self.label} {dict(self.options(request)).get(values[0], values[0])}"


@dataclass(frozen=True)
class Where(Filter):
    """Named answers, each with the condition (a Q, or a function of the rows) that it stands for.

    Where(“task”, “Next step”, {"none": ("nothing planned", Q(tasks=None)), …}); one answer at a time.
    """

    answers: Mapping[str, tuple[str, Any]]

    many = False

    def options(self, request: HttpRequest) -> Sequence[tuple[str, str]]:
        """The answers' words."""
        return [(key, words_) for key, (words_, _) in self.answers.items()]

    def apply(self, rows: Query, values: list[str]) -> Query:
        """The rows of the one answer; an unknown answer keeps all."""
        if values[0] not in self.answers:
            return rows
        condition = self.answers[values[0]][1]
        return cast(Query, condition(rows)) if callable(condition) else rows.filter(condition)


@dataclass(frozen=True)
class View:
    """A tab: a name for a state of the list, as the query of its URL."""

    name: str
    query: str = ""


@dataclass(frozen=True)
class Action:
    """Something that can be done to a set of rows.

    `run(request, rows, answers)` gets the query itself (also for "all 12,408 that match") and answers a sentence.
    With a `form`, it asks first; with `confirm` (a sentence with {count}), it names the count first.
    """

    key: str
    label: str
    run: Callable[[HttpRequest, Query, dict[str, Any]], str]
    permission: str = ""
    form: type[forms.Form] | None = None
    confirm: str = ""
    danger: bool = False

    @property
    def asks(self) -> bool:
        """Whether a page stands between the button and the deed."""
        return bool(self.form or self.confirm or self.danger)


@dataclass(frozen=True)
class Empty:
    """What stands where nothing is yet: what will be here, why it helps, and one button."""

    title: str
    say: str = ""
    button: str = ""
    url_name: str = ""


@dataclass(frozen=True)
class Cell:
    """A drawn cell."""

    column: Column
    html: SafeString | str
    href: str = ""

    @property
    def drawn(self) -> SafeString:
        """What stands in it, as a link where it leads somewhere."""
        if self.href:
            return format_html('<a class="lw-first" href="{}">{}</a>', self.href, self.html)
        return conditional_escape(self.html)


@dataclass(frozen=True)
class Line:
    """A drawn row."""

    key: Any
    cells: list[Cell]
    href: str

    def draw(self) -> SafeString:
        """The cells as they stand in the row; in Python, since a page has hundreds."""
        cell = '<td class="lw-col--{}" data-label="{}">{}</td>'
        return format_html_join("", cell, ((each.column.kind, each.column.label, each.drawn) for each in self.cells))


@dataclass(frozen=True)
class Page:
    """One page of rows, with the keys of its neighbours."""

    rows: list[Any]
    after: str = ""
    before: str = ""


class Beyond(Func):
    """(a, b, id) > (x, y, z) as one row comparison, which an index over (a, b, id) answers."""

    output_field = BooleanField()

    def __init__(self, fields: Sequence[str], values: Sequence[Any], *, less: bool) -> None:
        super().__init__(*(F(name) for name in fields))
        self.values, self.less = list(values), less

    def as_sql(self, compiler: SQLCompiler, connection: Any, **_: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        """The comparison."""
        names: list[str] = []
        parameters: list[Any] = []
        for each in self.get_source_expressions():
            sql, found = compiler.compile(each)
            names.append(sql)
            parameters.extend(found)
        marks = ", ".join(["%s"] * len(self.values))
        return f"({', '.join(names)}) {'<' if self.less else '>'} ({marks})", [*parameters, *self.values]


def by_words(rows: Query, wanted: str, field: str = "sought_by__words") -> Query:
    """The rows whose search vector has a word beginning with each of those wanted; see `found_by`."""
    starts = [word for word in _WORDS.split(wanted.lower()) if word][:8]
    if not starts:
        return rows.none()
    query = SearchQuery(" & ".join(f"{word}:*" for word in starts), search_type="raw", config="simple")
    return found_by(rows, query, field)


def found_by(rows: Query, query: SearchQuery, field: str = "sought_by__words") -> Query:
    """The rows whose words, in a table beside them, fit a query. Asks the index for them first.

    PostgreSQL guesses badly how many rows a beginning of a word finds: it walked a million contacts for the one that
    has a rare word, and sorted a million that have a common one. So few rows are named one by one; where there are
    many, the list is walked in its own order, and each row asked, until the page is full.
    """
    model, key = rows.model, "pk"
    *way, words = field.split("__")
    for step in way[:-1]:
        model, key = model._meta.get_field(step).related_model, f"{step}_id"
    beside: Any = model._meta.get_field(way[-1]).related_model
    found: Query = QuerySet(beside).filter(**{words: query})
    keys = list(found.values_list("pk", flat=True)[: NAMED_LIMIT + 1])
    if len(keys) <= NAMED_LIMIT:
        return rows.filter(**{f"{key}__in": keys})
    own: Query = QuerySet(beside).filter(pk=OuterRef(key))
    return rows.filter(Subquery(own.values_list(ExpressionWrapper(Q(**{words: query}), BooleanField()))))


def _token(values: Sequence[Any]) -> str:
    raw = json.dumps([v.isoformat() if isinstance(v, datetime) else v for v in values], default=str)
    return base64.urlsafe_b64encode(raw.encode()).rstrip(b"=").decode()


def _values(token: str, count: int) -> list[Any] | None:
    """The values of a token, or None where it is not one of ours."""
    try:
        found = json.loads(base64.urlsafe_b64decode(token.encode() + b"=" * (-len(token) % 4)))
    except (ValueError, binascii.Error):
        return None
    ok = (
        isinstance(found, list)
        and len(found) == count
        and all(v is None or isinstance(v, int | float) or (isinstance(v, str) and "\x00" not in v) for v in found)
    )
    return found if ok else None


def _place(model: type[Model], fields: tuple[str, ...], token: str) -> list[Any] | None:
    """Where a page begins: the token's values, each as its column keeps it; None where one of them fits no column."""
    found = _values(token, len(fields) + 1)
    try:
        return found and [_kept(model, name, value) for name, value in zip((*fields, "pk"), found, strict=True)]
    except (ValidationError, ValueError, TypeError, OverflowError):
        return None


def _kept(model: type[Model], path: str, value: Any) -> Any:
    for step in path.split("__")[:-1]:
        model = cast(type[Model], model._meta.get_field(step).related_model)
    name = path.rpartition("__")[2]
    try:
        column = model._meta.pk if name == "pk" else model._meta.get_field(name)
    except FieldDoesNotExist:
        return value  # an annotation
    kept = None if value is None else cast(Any, column).to_python(value)
    if isinstance(kept, int) and abs(kept) > numbers.MOST:
        raise OverflowError
    return kept


def _read(row: Any, path: str) -> Any:
    for step in path.split("__"):
        row = getattr(row, step, None)
    return row


def page(
    rows: Query, fields: tuple[str, ...], *, descending: bool, after: str = "", before: str = "", size: int = PAGE_SIZE
) -> Page:
    """One page in the order of fields and primary key; rows without a value come last, in either direction.

    Each part (with a value, without) is one index range; a page at the seam costs two queries.
    """
    fields = tuple(name for name in fields if name)
    backwards = bool(before)
    start = _place(rows.model, fields, before or after)
    less = descending ^ backwards
    nullable = len(fields) == 1 and _is_nullable(rows.model, fields[0])
    parts = [True, False] if nullable else [True]
    if backwards:
        parts.reverse()
    if start and nullable and (start[0] is None) is parts[0]:
        parts = parts[1:]
    found: list[Any] = []
    for index, known in enumerate(parts):
        keys = (*fields, "pk") if known else ("pk",)
        part = rows.filter(**{f"{fields[0]}__isnull": not known}) if nullable else rows
        if start and index == 0:
            part = part.filter(Beyond(keys, start if known else start[-1:], less=less))
        found += part.order_by(*(f"-{key}" if less else key for key in keys))[: size + 1 - len(found)]
        if len(found) > size:
            break
    more, found = len(found) > size, found[:size]
    if backwards:
        found.reverse()
    if not found:
        return Page([])
    first, last = ([*(_read(row, name) for name in fields), row.pk] for row in (found[0], found[-1]))
    return Page(
        found,
        after=_token(last) if (more or backwards) else "",
        before=_token(first) if ((start and not backwards) or (backwards and more)) else "",
    )


def _is_nullable(model: type[Model], name: str) -> bool:
    try:
        return bool(model._meta.get_field(name).null)
    except FieldDoesNotExist:
        # A field across a relation may be missing, and so may a custom one; other annotations are there.
        return "__" in name or name.startswith(OWN)


@dataclass(frozen=True)
class Count:
    """How many: exact, or the planner's estimate."""

    number: int
    is_exact: bool

    def __str__(self) -> str:
        return f"{self.number:,}" if self.is_exact else f"about {words.rounded(self.number):,}"


def count(rows: Query) -> Count:
    """How many rows there are: exact up to COUNT_LIMIT, estimated by the planner above."""
    bare = rows.order_by()
    exact = bare.values("pk")[: COUNT_LIMIT + 1].count()
    if exact <= COUNT_LIMIT:
        return Count(exact, is_exact=True)
    plan = json.loads(bare.values("pk").explain(format="json"))
    return Count(max(int(plan[0]["Plan"]["Plan Rows"]), exact), is_exact=False)


def up_to(rows: Query, most: int) -> tuple[int, str]:
    """How many rows there are, and in words: exact up to `most`, then "1,000+". Reads no more rows than that."""
    found = rows.order_by().values("pk")[: most + 1].count()
    return found, f"{words.number(min(found, most))}{'+' if found > most else ''}"


class Pages(Paginator[Any]):
    """Pages of rows by their number, for short lists that may be long: it never counts further than `count` does."""

    @cached_property
    def count(self) -> int:
        """How many rows, exact up to COUNT_LIMIT."""
        return count(cast(Query, self.object_list)).number


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, line: str) -> str:
        return line


LISTS: dict[str, "List"] = {}  # all lists by name, as their modules declare them; exports ask for them by it


@dataclass(frozen=True, kw_only=True)
class List:
    """A list of things to look through and act on; see the module."""

    name: str
    title: str
    rows: Callable[[HttpRequest], Query]
    columns: tuple[Column, ...]
    link: Callable[[Any], str] | None = None
    search: Callable[[Query, str], Query] | None = None
    search_hint: str = "Search"
    filters: tuple[Filter, ...] = ()
    views: tuple[View, ...] = ()
    actions: tuple[Action, ...] = ()
    buttons: tuple[tuple[str, str, str], ...] = ()  # label, url name, permission; the first is the one that matters
    empty: Empty = field(default_factory=lambda: Empty("Nothing here yet"))
    sort: str = ""
    enrich: Callable[[HttpRequest, list[Any]], None] | None = None  # attach more to a page's rows, in one query a thing
    export_permission: str = ""
    noun: str = ""  # singular, for sentences; empty: the title without its s
    lead: str = ""  # one sentence below the title
    own: Callable[[HttpRequest], tuple[Sequence[Column], Sequence[Filter]]] | None = None  # what users have defined
    for_files: tuple[Column, ...] = ()  # what a file has besides the screen's columns
    check: Callable[[HttpRequest], str] | None = None  # what is wrong with a file's query, as a sentence; or nothing

    def __post_init__(self) -> None:
        LISTS[self.name] = self

    # -- what there is, with what users have defined

    def _own(self, request: HttpRequest) -> tuple[Sequence[Column], Sequence[Filter]]:
        if self.own is None:
            return (), ()
        kept: dict[str, Any] = request.__dict__.setdefault("_lw_own", {})
        if self.name not in kept:
            kept[self.name] = self.own(request)
        found: tuple[Sequence[Column], Sequence[Filter]] = kept[self.name]
        return found

    def columns_of(self, request: HttpRequest) -> tuple[Column, ...]:
        """All columns, those of custom fields included."""
        return (*self.columns, *self._own(request)[0])

    def filters_of(self, request: HttpRequest) -> tuple[Filter, ...]:
        """All filters, those of custom fields included."""
        return (*self.filters, *self._own(request)[1])

    def chosen(self, request: HttpRequest) -> set[str]:
        """The keys of the columns that the URL, else the user's own choice, names; empty: the usual ones."""
        wanted = request.GET.get("columns") or request.session.get(f"columns:{self.name}", "")
        return set(wanted.split(",")) if wanted else set()

    # -- what the URL says

    def _sorting(self, request: HttpRequest) -> tuple[tuple[str, ...], bool, str]:
        """Fields, whether descending, and the name of the column that sorts."""
        by_key = {column.key: column for column in self.columns_of(request) if column.sort}
        for wanted in (request.GET.get("sort", ""), self.sort):
            key = wanted.removeprefix("-")
            if key in by_key:
                return by_key[key].sort_fields, wanted.startswith("-"), key
        return (), True, ""

    def _shown(self, request: HttpRequest) -> list[Column]:
        keys = self.chosen(request) or {column.key for column in self.columns if column.shown}
        keys.add(self.columns[0].key)
        return [column for column in self.columns_of(request) if column.key in keys]

    def _annotated(self, request: HttpRequest, rows: Query, sorted_by: str) -> Query:
        """The rows with what the shown columns read that stands in no field of its own."""
        needed = [c for c in self.columns_of(request) if c.annotation is not None]
        shown = {column.key for column in self._shown(request)} | {sorted_by}
        annotated: Query = rows.annotate(**{c.attribute: c.annotation for c in needed if c.key in shown})
        return annotated

    def matching(self, request: HttpRequest) -> Query:
        """All rows that the URL's search and filters keep, of those that this user may see."""
        rows = self.rows(request)
        for each in self.filters_of(request):
            if values := [value for value in request.GET.getlist(each.key) if value]:
                try:
                    rows = each.apply(rows, values)
                except (ValueError, TypeError):
                    continue  # a hand-written URL; the chip still shows what was asked
        wanted = request.GET.get("q", "").strip()
        return self.search(rows, wanted) if self.search and wanted else rows

    def selected(self, request: HttpRequest) -> Query:
        """The rows that a posted selection means: all that match, or those ticked, always within what matches."""
        rows = self.matching(request)
        if request.POST.get("all") == "1":
            return rows
        return rows.filter(pk__in=numbers.keys(request.POST.getlist("ids"))[: PAGE_SIZE * 10])

    # -- answers

    def respond(self, request: HttpRequest, **context: Any) -> HttpResponseBase:
        """The list's answer to a request of whatever kind."""
        if request.method == "POST":
            return self._post(request)
        if request.GET.get("export"):
            return self.export(request)
        if request.GET.get("part") == "count":
            return render(request, "ui/_list_count.html", {"count": count(self.matching(request))})
        drawn = self._context(request) | context
        is_part = request.headers.get("HX-Target") == "lw-results"
        return render(request, "ui/_list.html" if is_part else "ui/list.html", drawn)

    def _context(self, request: HttpRequest) -> dict[str, Any]:
        fields, descending, sorted_by = self._sorting(request)
        found = page(
            self._annotated(request, self.matching(request), sorted_by),
            fields,
            descending=descending,
            after=request.GET.get("after", ""),
            before=request.GET.get("before", ""),
        )
        if self.enrich and found.rows:
            self.enrich(request, found.rows)
        shown = self._shown(request)
        query = self._state(request.GET)
        return {
            "list": self,
            "shown": shown,
            "headings": [self._heading(column, query, sorted_by, descending) for column in shown],
            "lines": self._lines(request, found.rows, shown),
            "page": found,
            "next_url": self._url(query, after=found.after) if found.after else "",
            "previous_url": self._url(query, before=found.before) if found.before else "",
            "count_url": self._url(query, part="count"),
            "csv_url": self._url(query, export="csv"),
            "json_url": self._url(query, export="jsonl"),
            "may_export": not self.export_permission or request.user.has_perm(self.export_permission),
            "may_search": self.search is not None,
            "q": request.GET.get("q", ""),
            "sort": request.GET.get("sort", ""),
            "state": query.urlencode(),
            "chips": self._chips(request, query),
            "groups": [self._group(request, each) for each in self.filters_of(request)],
            "tabs": self._tabs(request, query),
            "actions": [a for a in self.actions if not a.permission or request.user.has_perm(a.permission)],
            "top_buttons": self._buttons(request),
            "is_narrowed": bool(set(query) - {"sort", "columns"}),
            "empty_url": _reverse(self.empty.url_name),
            "choices": self._choices(request, shown),
            "thing": self.noun or self.title.lower().removesuffix("s"),
        }

    def _choices(self, request: HttpRequest, shown: list[Column]) -> SafeString:
        """The ticks of the column choice; drawn here, since there may be hundreds."""
        keys = {column.key for column in shown}
        tick = '<label class="lw-check"><input type="checkbox" name="column" value="{}"{}> {}</label>'
        return format_html_join(
            "\n",
            tick,
            (
                (column.key, CHECKED if column.key in keys else "", column.label)
                for column in self.columns_of(request)[1:]
            ),
        )

    @staticmethod
    def _state(query: QueryDict) -> QueryDict:
        """What makes the list what it is, without where in it we are."""
        kept = query.copy()
        for name in ("after", "before", "export", "part"):
            kept.pop(name, None)
        for name in [name for name in kept if not any(kept.getlist(name))]:
            kept.pop(name)
        return kept

    @staticmethod
    def _url(query: QueryDict, **more: str) -> str:
        changed = query.copy()
        for name, value in more.items():
            changed[name] = value
        return f"?{changed.urlencode()}" if changed else "?"

    def _heading(self, column: Column, query: QueryDict, sorted_by: str, descending: bool) -> dict[str, Any]:
        is_sorted = column.key == sorted_by
        other_way = column.key if is_sorted and descending else f"-{column.key}"
        if not is_sorted:
            other_way = column.key if column.kind == "text" else f"-{column.key}"
        direction = ("descending" if descending else "ascending") if is_sorted else ""
        return {
            "column": column,
            "url": self._url(query, sort=other_way) if column.sort or column.may_sort else "",
            "direction": direction,
        }

    def _lines(self, request: HttpRequest, rows: Sequence[Any], shown: list[Column]) -> list[Line]:
        """The rows as they are drawn; templates of cells share one context, so that its processors run once."""
        templates = {column.key: get_template(column.template) for column in shown if column.template}
        if not templates:
            return [self._line(request, row, shown, {}) for row in rows]
        context = make_context({}, request)
        first = cast(Any, next(iter(templates.values()))).template
        with context.bind_template(first):
            drawn = {key: partial(_draw_in, context, cast(Any, each).template) for key, each in templates.items()}
            return [self._line(request, row, shown, drawn) for row in rows]

    def _line(self, request: HttpRequest, row: Any, shown: list[Column], drawn: Mapping[str, Draw]) -> Line:
        href = self.link(row) if self.link else ""
        cells = [
            Cell(column, self._draw(request, column, row, drawn), href if index == 0 else "")
            for index, column in enumerate(shown)
        ]
        return Line(row.pk, cells, href)

    @staticmethod
    def _draw(request: HttpRequest, column: Column, row: Any, drawn: Mapping[str, Draw]) -> SafeString | str:
        value = column.read(row)
        if column.key in drawn:
            return drawn[column.key]({"row": row, "value": value, "column": column})
        return words.write(value, column.kind, request)

    def _chips(self, request: HttpRequest, query: QueryDict) -> list[dict[str, str]]:
        chips = []
        for each in self.filters_of(request):
            if values := query.getlist(each.key):
                without = query.copy()
                without.pop(each.key)
                chips.append({"say": each.sentence(request, values), "without": self._url(without)})
        return chips

    @staticmethod
    def _group(request: HttpRequest, each: Filter) -> dict[str, Any]:
        chosen = set(request.GET.getlist(each.key))
        options = [(value, label, value in chosen) for value, label in each.options(request)]
        return {
            "filter": each,
            "options": options,
            "kind": "checkbox" if each.many else "radio",
            "is_open": bool(chosen),
        }

    def _tabs(self, request: HttpRequest, query: QueryDict) -> list[dict[str, Any]]:
        here = sorted(query.lists())
        user = access.user_of(request)
        own = SavedView.objects.filter(Q(user=user) | Q(is_shared=True), list_name=self.name).order_by("name")
        tabs: list[dict[str, Any]] = [
            {"name": view.name, "query": view.query, "id": None, "is_shared": False}
            for view in self.views or (View("All"),)
        ]
        tabs += [
            {
                "name": view.name,
                "query": view.query,
                "id": view.pk if view.user_id == user.pk else None,
                "is_shared": view.is_shared,
            }
            for view in own
        ]
        for tab in tabs:
            tab["is_here"] = sorted(QueryDict(tab["query"]).lists()) == here
        return tabs

    def _buttons(self, request: HttpRequest) -> list[dict[str, str]]:
        return [
            {"label": label, "url": url}
            for label, url_name, permission in self.buttons
            if (not permission or request.user.has_perm(permission)) and (url := _reverse(url_name))
        ]

    # -- deeds

    def _post(self, request: HttpRequest) -> HttpResponseBase:
        deed = request.POST.get("deed", "")
        if deed == "save-view":
            return self._save_view(request)
        if deed == "drop-view":
            SavedView.objects.filter(pk=numbers.key(request.POST.get("view")), user=access.user_of(request)).delete()
            return HttpResponseRedirect(request.path)
        if deed == "columns":
            chosen = request.POST.getlist("column")
            keys = [column.key for column in self.columns_of(request) if column.key in chosen]
            request.session[f"columns:{self.name}"] = ",".join([self.columns[0].key, *keys])
            query = request.GET.copy()
            query.pop("columns", None)  # a view's own choice of columns gives way to this one
            return HttpResponseRedirect(f"{request.path}{self._url(query)}")
        if deed.startswith("export-"):
            return self._ask_for_file(request, deed.removeprefix("export-"))
        for action in self.actions:
            if action.key == deed:
                return self._act(request, action)
        messages.error(request, "There is no such action on this list; reload the page and choose again.")
        return HttpResponseRedirect(request.get_full_path())

    def _save_view(self, request: HttpRequest) -> HttpResponse:
        state, name = self._state(request.GET), request.POST.get("name", "").strip()[:60]
        if chosen := request.session.get(f"columns:{self.name}"):
            state.setdefault("columns", chosen)
        query = state.urlencode()
        if not name or len(query) > 2000:
            messages.error(request, "Give the view a name, and fewer filters if there are very many.")
            return HttpResponseRedirect(request.get_full_path())
        SavedView.objects.update_or_create(
            list_name=self.name,
            name=name,
            user=access.user_of(request),
            defaults={"query": query, "is_shared": request.POST.get("shared") == "on"},
        )
        messages.success(request, f"The view “{name}” is kept as a tab.")
        return HttpResponseRedirect(f"{request.path}?{query}")

    def _act(self, request: HttpRequest, action: Action) -> HttpResponseBase:
        if action.permission and not request.user.has_perm(action.permission):
            return access.refuse(request, action.permission)
        rows = self.selected(request)
        is_answered = request.POST.get("sure") == "1"
        form = action.form(request.POST if is_answered else None) if action.form else None
        if action.asks and (not is_answered or (form and not form.is_valid())):
            number = rows.order_by().values("pk").count()
            context = {
                "list": self,
                "action": action,
                "form": form,
                "count": number,
                "confirm": action.confirm.format(count=f"{number:,}"),
                "ids": request.POST.getlist("ids"),
                "all": request.POST.get("all", ""),
                "back": request.get_full_path(),
            }
            return render(request, "ui/action.html", context)
        said = action.run(request, rows, form.cleaned_data if form else {})
        audit.note(request, action.key, self.name, "", query=self._state(request.GET).urlencode(), said=said)
        messages.success(request, said)
        return HttpResponseRedirect(request.get_full_path())

    # -- files

    def may_export(self, request: HttpRequest) -> bool:
        """Whether the user may see what the list holds, and take it away."""
        model = self.rows(request).model._meta
        return request.user.has_perm(f"{model.app_label}.view_{model.model_name}") and (
            not self.export_permission or request.user.has_perm(self.export_permission)
        )

    def wrong(self, request: HttpRequest) -> str:
        """What is wrong with a query for a file, as a sentence; empty where it can be answered."""
        return self.check(request) if self.check else ""

    def file_size(self, request: HttpRequest) -> int:
        """About how many rows a file will have."""
        return count(self.matching(request)).number

    def file_columns(self, request: HttpRequest) -> list[Column]:
        """All columns that a file can have: those of the screen, and those for files only; each key once."""
        every = [*(column for column in self.columns_of(request) if column.export), *self.for_files]
        return list({column.key: column for column in every}.values())

    def file_rows(self, request: HttpRequest, columns: Sequence[Column]) -> Iterator[Any]:
        """All rows that the URL keeps, in its order, with what the columns read, by a cursor in the database."""
        request.session[f"columns:{self.name}"] = ",".join(column.key for column in columns)
        return self._stream(request)

    def _ask_for_file(self, request: HttpRequest, form: str) -> HttpResponseBase:
        """Let a file be written in the background; the one who asked is told when it is ready."""
        from leadwright.ui import exports  # which asks for lists

        keys = [column.key for column in self._shown(request) if column.export]
        columns = [] if request.POST.get("every") == "on" else keys
        user = access.user_of(request)
        try:
            exports.ask(request, user, self.name, form, query=self._state(request.GET).urlencode(), columns=columns)
        except exports.CannotExport as error:
            messages.error(request, str(error))
            return HttpResponseRedirect(request.get_full_path())
        request.session["exports_waiting"] = True
        return HttpResponseRedirect(request.get_full_path())

    def export(self, request: HttpRequest) -> HttpResponseBase:
        """All matching rows as a CSV file or JSON lines, streamed, and noted in the trail."""
        if self.export_permission and not request.user.has_perm(self.export_permission):
            return access.refuse(request, self.export_permission)
        is_csv = request.GET["export"] != "jsonl"
        audit.note(request, "exported", self.name, "", query=self._state(request.GET).urlencode())
        columns = [column for column in self._shown(request) if column.export]
        lines = self._csv(request, columns) if is_csv else self._json_lines(request, columns)
        kind, ending = ("text/csv; charset=utf-8", "csv") if is_csv else ("application/x-ndjson", "jsonl")
        answer = StreamingHttpResponse(lines, content_type=kind)
        name = f"{self.name}-{clock.now():%Y-%m-%d}.{ending}"
        answer["Content-Disposition"] = f'attachment; filename="{name}"'
        return answer

    def _stream(self, request: HttpRequest) -> Iterator[Any]:
        fields, descending, sorted_by = self._sorting(request)
        order = [_last(name, descending=descending) for name in (*(f for f in fields if f), "pk")]
        batch: list[Any] = []
        for row in (
            self._annotated(request, self.matching(request), sorted_by)
            .order_by(*order)
            .iterator(chunk_size=EXPORT_CHUNK)
        ):
            batch.append(row)
            if len(batch) == EXPORT_CHUNK:
                yield from self._enriched(request, batch)
                batch = []
        yield from self._enriched(request, batch)

    def _enriched(self, request: HttpRequest, batch: list[Any]) -> list[Any]:
        if self.enrich and batch:
            self.enrich(request, batch)
        return batch

    def _csv(self, request: HttpRequest, columns: list[Column]) -> Iterator[str]:
        writer = csv.writer(cast(Any, _Echo()))
        yield "\ufeff" + writer.writerow([column.label for column in columns])
        for row in self._stream(request):
            yield writer.writerow([sheets.harmless(words.plain(column.read(row))) for column in columns])

    def _json_lines(self, request: HttpRequest, columns: list[Column]) -> Iterator[str]:
        for row in self._stream(request):
            document = {column.key: words.bare(column.read(row)) for column in columns}
            yield json.dumps({"id": row.pk} | document, ensure_ascii=False, default=str) + "\n"


def _last(name: str, *, descending: bool) -> Any:
    """An order in which rows without a value come last, as on the pages."""
    if not name.startswith(OWN):
        return f"-{name}" if descending else name
    return F(name).desc(nulls_last=True) if descending else F(name).asc(nulls_last=True)


def _reverse(name: str) -> str:
    """The URL of a name, or empty where the package that serves it is absent."""
    try:
        return reverse(name) if name else ""
    except NoReverseMatch:
        return ""
