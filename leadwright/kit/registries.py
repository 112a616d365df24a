"""Where later stages announce themselves to earlier ones: the only way besides activities and HTML.

Each registry is filled once, when the apps start: from a package's `apps.py`, or from a folder of kinds whose files
register themselves. Reading a registry never imports anything.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

Item = TypeVar("Item")


class Registry(Generic[Item]):
    """Items by key, kept in the order they are given (`order` first, then time of registration)."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._items: dict[str, tuple[int, Item]] = {}

    def add(self, key: str, item: Item, order: int = 100) -> Item:
        """Register an item under a key that nobody else has; answers the item."""
        if key in self._items:
            raise ValueError(f"{self.name} already has '{key}'; choose another key.")
        self._items[key] = (order, item)
        return item

    def get(self, key: str) -> Item:
        """The item of a key; KeyError names the keys there are."""
        try:
            return self._items[key][1]
        except KeyError:
            raise KeyError(f"{self.name} has no '{key}'; it has {', '.join(sorted(self._items))}.") from None

    def __contains__(self, key: object) -> bool:
        return key in self._items

    def __iter__(self) -> Iterator[Item]:
        return iter(item for _, item in self.items())

    def items(self) -> list[tuple[str, Item]]:
        """Keys and items in order."""
        return [(key, item) for key, (_, item) in sorted(self._items.items(), key=lambda pair: pair[1][0])]

    def keys(self) -> list[str]:
        """The keys in order."""
        return [key for key, _ in self.items()]


@dataclass(frozen=True)
class MenuEntry:
    """A line of the console's menu. `group` is the submenu's label, or empty for the top level."""

    label: str
    url_name: str
    icon: str
    permission: str = ""  # "app.codename"; empty: everyone who is signed in
    group: str = ""
    order: int = 100


@dataclass(frozen=True)
class Panel:
    """A piece of a screen that a stage draws on its own URL; the screen loads it with htmx.

    `url_name` is reversed with the record's primary key (contact, company, lead or campaign panels) or without (home).
    `roles` limits a home panel to those roles; empty: all. `column`: "left", "middle" or "right"; "top" stands above
    all of a record's page and is seen only where it answers something, such as a likely duplicate.
    """

    title: str
    url_name: str
    column: str = "right"
    permission: str = ""
    roles: tuple[str, ...] = ()


@dataclass(frozen=True)
class Eraser:
    """Removes what a package keeps about contacts, as a set. `tables` are the tables it answers for."""

    tables: tuple[str, ...]
    erase: Callable[[Sequence[int]], int]  # contact ids -> rows removed or blanked


@dataclass(frozen=True)
class Exporter:
    """Tells a person what a package knows of her: sections of rows. `tables` are the tables it answers for."""

    tables: tuple[str, ...]
    export: Callable[[int], dict[str, list[dict[str, Any]]]]  # contact id -> section -> rows


@dataclass(frozen=True)
class FileKeeper:
    """Answers for files outside the database in which people stand, such as uploads.

    `erase` removes or rewrites those in which any of some contacts stands, and answers how many. It runs before the
    tables forget them, and may run again after a kill. `export` names those in which a contact stands.
    """

    say: str  # what these files are, for the receipt: "files of imports"
    erase: Callable[[Sequence[int]], int]
    export: Callable[[int], list[dict[str, Any]]] | None = None


@dataclass(frozen=True)
class Holdings:
    """How much of one kind of data is older than a moment: rows, the people they are about (if any), bytes."""

    rows: int
    people: int = 0
    size_bytes: int = 0


@dataclass(frozen=True)
class Retention:
    """One kind of data that is kept for a time. Both functions are given the moment before which it is too old.

    `count` changes nothing; `remove` takes up to so many away and answers how many, so that a night's work is done in
    chunks and can be killed. Neither may touch a contact under a legal hold, or what the ledger of consent must keep.
    """

    label: str
    sentence: str  # what it is good for, and what is lost without it
    days: int | None  # proposed; None: for ever
    count: Callable[[datetime], Holdings]
    remove: Callable[[datetime, int], int]
    least_days: int = 1


@dataclass(frozen=True)
class Once:
    """Columns of which a table holds each combination once per record; `where`: only in some rows (SQL over `t`)."""

    columns: tuple[str, ...] = ()
    where: str = "true"


@dataclass(frozen=True)
class Follow:
    """A table whose rows follow a record that is merged into another: they get the survivor's id in `column`.

    A row that the survivor has already (see `once`) goes into the merge's log, from where undo brings it back; or it
    is changed so that both can stay: `clash` says how, as SQL by column, over `t`, %(merge)s and %(now)s.
    """

    table: str
    column: str = "contact_id"
    key: str = "id"
    key_type: str = "bigint"
    once: tuple[Once, ...] = ()
    clash: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Merger:
    """How what a package keeps about a contact or company follows when that is merged into another, and comes back.

    `merge` and `undo` do what moving rows cannot, with the merge as profile's `merges` describes it; `tables` are those
    that they answer for.
    """

    kind: str  # contact, company
    follows: tuple[Follow, ...] = ()
    tables: tuple[str, ...] = ()
    merge: Callable[[Any], None] | None = None
    undo: Callable[[Any], None] | None = None


@dataclass(frozen=True)
class Check:
    """A line of the setup checklist and of `leadwright doctor`."""

    label: str
    look: Callable[[], tuple[bool, str]]  # fine?, and a sentence that says what is so or how to mend it
    url_name: str = ""  # where to mend it in the console
    setup: bool = False  # shown in the setup checklist of the first screen


@dataclass(frozen=True)
class ActivityKind:
    """How one kind of activity reads on a timeline.

    `sentence` is a format string over the activity's name, object and properties, such as "opened “{name}”".
    `human_matters` says that a machine can make it, so that screens show how sure we are that a person did.
    """

    label: str
    sentence: str
    icon: str = "history"
    human_matters: bool = False


@dataclass(frozen=True)
class RecordField:
    """A field of a contact or a company, as far as earlier stages need to know: forms ask for it, imports fill it.

    `key` is what a form or a mapping names: "first_name", "custom.budget". `kind` is one of text, long_text, number,
    money, date, moment, yes_no, choice, choices, url, email, phone, country, user. `read` brings a value into the form
    in which it is stored (None where it is blank) and raises ValueError with a sentence where it cannot be one.
    """

    key: str
    label: str
    kind: str
    options: tuple[tuple[str, str], ...] = ()  # of a choice: value and words, in order, without retired ones
    help: str = ""
    group: str = ""
    is_custom: bool = False
    is_personal: bool = False
    is_required: bool = False
    read: Callable[[Any], Any] = field(default=lambda value: value, compare=False)


@dataclass(frozen=True)
class Tab:
    """A tab of a record's page that a stage draws on its own URL (reversed with the record's primary key)."""

    title: str
    url_name: str
    permission: str = ""


@dataclass(frozen=True)
class Recogniser:
    """What is known of whoever fills in a form, by the names of the contact's fields.

    `known` says of a browser (its anonymous id) which fields are known, never what stands in them: somebody else may
    sit there. `told` gives the values themselves, of the contact for whom a link was signed.
    """

    known: Callable[[str], frozenset[str]]
    told: Callable[[UUID], Mapping[str, str]]


ACTIVITY_KINDS: Registry[ActivityKind] = Registry("The activity kinds")
MENU: Registry[MenuEntry] = Registry("The menu")
CONTACT_PANELS: Registry[Panel] = Registry("The contact page")
CONTACT_TABS: Registry[Tab] = Registry("The tabs of a contact")
COMPANY_TABS: Registry[Tab] = Registry("The tabs of a company")
COMPANY_PANELS: Registry[Panel] = Registry("The company page")
LEAD_PANELS: Registry[Panel] = Registry("The lead page")
CAMPAIGN_PANELS: Registry[Panel] = Registry("The campaign page")
FORM_PANELS: Registry[Panel] = Registry("The page of a form")
HOME_PANELS: Registry[Panel] = Registry("The first screen")
ERASERS: Registry[Eraser] = Registry("The erasers")
EXPORTERS: Registry[Exporter] = Registry("The exporters")
MERGERS: Registry[Merger] = Registry("The mergers")
FILES: Registry[FileKeeper] = Registry("The files")
RETENTIONS: Registry[Retention] = Registry("What is kept for a time")
CHECKS: Registry[Check] = Registry("The checks")

# What every installation needs besides its tables, such as the default purposes. Each is laid by a function that
# leaves alone what is there already; in the order of the packages (10 workspace, 20 attract, 30 capture, …).
FOUNDATIONS: Registry[Callable[[], object]] = Registry("The foundations")

# What later stages put at the end of each page of the public site: a function of the request answers HTML, or nothing.
SITE_PIECES: Registry[Callable[[Any], str]] = Registry("The pieces of the public site")

# Kinds whose items are defined by the package that runs them: segment conditions (qualify), journey steps and
# triggers (nurture), import kinds (capture), identifiers that judging asks who somebody is (capture).
CONDITIONS: Registry[Any] = Registry("Segment conditions")
JOURNEY_STEPS: Registry[Any] = Registry("Journey steps")
JOURNEY_TRIGGERS: Registry[Any] = Registry("Journey triggers")
IDENTIFIERS: Registry[Any] = Registry("Identifiers")
IMPORT_KINDS: Registry[Any] = Registry("Import kinds")

# The fields that contacts and companies have now, custom ones included: each provider is asked anew, since people
# define fields while the product runs. Filled by `profile`; `attract` (forms) and `capture` (imports) read them with
# `fields_of`.
CONTACT_FIELDS: Registry[Callable[[], Sequence[RecordField]]] = Registry("The fields of a contact")
COMPANY_FIELDS: Registry[Callable[[], Sequence[RecordField]]] = Registry("The fields of a company")

# Who fills in a form, as far as it is known; asked by `attract`, answered by `profile`.
RECOGNISERS: Registry[Recogniser] = Registry("The recognisers")

# Which custom fields later stages ask many records for, as (“contact” or “company”, key): those get an index.
FIELD_NEEDS: Registry[Callable[[], Iterable[tuple[str, str]]]] = Registry("The needs of fields")


def fields_of(registry: Registry[Callable[[], Sequence[RecordField]]]) -> dict[str, RecordField]:
    """All fields of a registry as they are now, by key, in order."""
    return {found.key: found for provide in registry for found in provide()}
