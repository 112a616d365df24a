"""The kinds of journey steps: one small file each, which registers itself in `kit.registries.JOURNEY_STEPS`.

To add a kind, copy a file, change it, and import it in an `apps.py`. `advance` takes all due enrollments of a step at
once, by set functions and single statements, inside the transaction that moves them on: whatever it writes is written
exactly once. So it must have no effect outside the database.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from wagtail.blocks import Block

from leadwright.nurture.models import Step


class Person(NamedTuple):
    """A contact who stands at a step."""

    enrollment_id: int
    contact_id: int


@dataclass(frozen=True)
class Batch:
    """All who take a step now."""

    step: Step
    people: list[Person]
    now: datetime

    @property
    def contact_ids(self) -> list[int]:
        """The contacts; each stands here once."""
        return [person.contact_id for person in self.people]

    @property
    def actor(self) -> str:
        """Who acts, for the records of other packages."""
        return f"journey {self.step.version.journey.name}"[:80]

    def cause(self, person: Person) -> str:
        """What makes an effect of this step on this person unique."""
        return f"enrollment:{person.enrollment_id}:step:{self.step.pk}"

    def causes(self) -> list[str]:
        """The causes of all, in the order of `people`."""
        return [self.cause(person) for person in self.people]


@dataclass(frozen=True)
class Outcome:
    """What a step did with somebody, why, and where he goes: `next`, `other` (a branch's no) or `end`."""

    name: str = "done"
    why: str = ""
    way: str = "next"


@dataclass(frozen=True)
class Outcomes:
    """One outcome for all, but for those who have another, by enrollment."""

    mostly: Outcome = field(default_factory=Outcome)
    but: Mapping[int, Outcome] = field(default_factory=dict)

    def of(self, enrollment_id: int) -> Outcome:
        """The outcome of one enrollment."""
        return self.but.get(enrollment_id, self.mostly)


class Kind(ABC):
    """A kind of step."""

    label: str
    icon: str
    branches = False  # has two ways; the block's values `yes` and `no` are streams
    waits = False  # people stay here for a time; see `due_at`

    @abstractmethod
    def block(self, depth: int) -> Block:
        """The editor's block; `depth` says how many branches may still nest inside."""

    @abstractmethod
    def freeze(self, value: Any) -> dict[str, Any]:
        """The block's value as plain settings, which a version keeps for ever."""

    @abstractmethod
    def say(self, settings: Mapping[str, Any]) -> str:
        """What the step does, in words, for the map."""

    @abstractmethod
    def advance(self, batch: Batch) -> Outcomes:
        """Do it for everyone in the batch, in sets."""

    def due_at(self, settings: Mapping[str, Any], now: datetime, where: ZoneInfo) -> datetime:
        """When somebody who arrives now, in this time zone, takes the step."""
        return now
