"""What every kind of condition gives, and the plain facts it can be read against.

A kind is one file in this folder (or in a later stage's): a subclass of Condition, registered in
`kit.registries.CONDITIONS`. The same question is answered twice: as SQL over a set of contacts, and in plain Python
over the facts of one contact. A property test holds the two together, and "why?" is told from the second.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from leadwright.kit import clock

# What a condition stores: its kind and settings, as they stand in the tree.
Settings = Mapping[str, Any]


class BadCondition(ValueError):
    """A condition cannot be used as it stands; the message is a sentence that says how to mend it."""


@dataclass(frozen=True)
class Setting:
    """One input of a condition's form. `kind` is choice, choices, text, words, number, or date."""

    name: str
    label: str
    kind: str = "text"
    options: tuple[tuple[str, str], ...] = ()
    placeholder: str = ""
    is_required: bool = True
    redraws: bool = False  # choosing it changes which other inputs there are


@dataclass
class Parameters:
    """Collects the values of a statement; SQL gets only their names.

    `whole` says that the statement runs over all contacts, so that a set is better asked once than once per contact.
    """

    prefix: str = "c"
    whole: bool = False
    now: datetime = field(default_factory=clock.now)
    values: dict[str, Any] = field(default_factory=dict)

    def add(self, value: Any) -> str:
        """The placeholder of a value."""
        name = f"{self.prefix}_{len(self.values)}"
        self.values[name] = value
        return f"%({name})s"

    @property
    def now_sql(self) -> str:
        """The placeholder of the moment at which the question is asked."""
        self.values[f"{self.prefix}_now"] = self.now
        return f"%({self.prefix}_now)s::timestamptz"


@dataclass(frozen=True)
class Act:
    """An activity of a contact, as far as conditions look at it."""

    kind: str
    at: datetime
    name: str = ""
    object_id: str = ""
    human: float | None = None
    path: str = ""

    @property
    def counts(self) -> bool:
        """Whether a person did it, as far as we know."""
        return self.human is None or self.human >= 0.5


@dataclass(frozen=True)
class Facts:
    """All that conditions may know about one contact at one moment."""

    now: datetime
    contact: Mapping[str, Any]
    company: Mapping[str, Any] | None = None
    acts: Sequence[Act] = ()
    consents: Mapping[str, str] = field(default_factory=dict)
    is_suppressed: bool = False
    fit: int = 0
    engagement_level: float | None = None
    is_hot: bool = False
    half_life_days: float = 30.0
    stages: Sequence[str] = ()
    segments: frozenset[int] = frozenset()


class Condition(ABC):
    """A kind of condition."""

    key: ClassVar[str]
    label: ClassVar[str]
    for_fit: ClassVar[bool] = False  # says who somebody is, so that a fit rule may ask it

    @abstractmethod
    def form(self, settings: Settings) -> list[Setting]:
        """The inputs, given what is chosen so far."""

    @abstractmethod
    def sql(self, settings: Settings, params: Parameters) -> str:
        """A boolean expression over the contact `c` that is never NULL."""

    @abstractmethod
    def holds(self, settings: Settings, facts: Facts) -> bool:
        """The same question in plain Python."""

    @abstractmethod
    def words(self, settings: Settings) -> str:
        """The condition as it is read, such as “title contains “head””."""

    @abstractmethod
    def why(self, settings: Settings, facts: Facts) -> str:
        """What is so for this contact, as a sentence."""

    @abstractmethod
    def topics(self, settings: Settings) -> frozenset[str]:
        """Which changes can change the answer: contact, seen, company, consent, suppression, lead, score, segment:<id>,
        activity:<kind>."""

    def check(self, settings: Settings) -> None:
        """Raise BadCondition where an input is missing or cannot be used."""
        for each in self.form(settings):
            value = settings.get(each.name)
            if each.is_required and value in (None, "", []):
                raise BadCondition(f"“{self.label}”: fill in {each.label.lower()}.")
            if value in (None, "", []):
                continue
            if each.kind == "number" and (not is_number(value) or float(value) < 0):
                raise BadCondition(f"“{self.label}”: {each.label.lower()} must be a number from 0 on, not “{value}”.")
            if each.kind == "date" and not is_date(value):
                raise BadCondition(f"“{self.label}”: {each.label.lower()} must be a date such as 2026-03-31.")
            if each.kind == "choice" and each.options and str(value) not in dict(each.options):
                raise BadCondition(f"“{self.label}”: “{value}” is not among the choices for {each.label.lower()}.")
            if each.kind in {"words", "choices"} and not isinstance(value, list):
                raise BadCondition(f"“{self.label}”: {each.label.lower()} must be a list.")

    def turns(self, settings: Settings, params: Parameters) -> str | None:
        """The moments (by commas) at which time alone changes the answer, as SQL over `c` or NULL; None: it cannot."""
        return None


def is_number(value: Any) -> bool:
    """Whether a value reads as a finite number."""
    try:
        return abs(float(value)) < 1e15
    except (TypeError, ValueError):
        return False


def is_date(value: Any) -> bool:
    """Whether a value reads as a day or a moment."""
    try:
        moment_of(str(value))
    except ValueError:
        return False
    return True


def moment_of(value: str) -> datetime:
    """A day (its first moment in UTC) or a moment, from ISO 8601."""
    read = datetime.fromisoformat(value)
    return read if read.tzinfo else read.replace(tzinfo=clock.now().tzinfo)


def whole_number(value: Any, default: int = 0) -> int:
    """A stored number; the default where none is given."""
    return default if value in (None, "") else int(float(value))


def day(at: datetime) -> str:
    """A moment as a day that people read."""
    return f"{at.day} {at:%b %Y}"
