"""The kinds of triggers: one small file each, which registers itself in `kit.registries.JOURNEY_TRIGGERS`.

A trigger is frozen into what an activity must be to let its contact in; one statement then serves all journeys. Who is
let in by hand needs no trigger.
"""

from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass
from typing import Any

from wagtail.blocks import Block


@dataclass(frozen=True)
class Match:
    """An activity of this kind, on this object and with this name or path (empty: any; a trailing * means a prefix)."""

    say: str  # what happened, in words: “entered the segment Hot”
    activity: str = ""  # empty: nothing that happens lets anybody in
    object_kind: str = ""
    object_id: str = ""
    name: str = ""

    def frozen(self, kind: str) -> dict[str, str]:
        """As a version keeps it."""
        return {"kind": kind, **asdict(self)}


class Kind(ABC):
    """A kind of trigger."""

    label: str
    icon: str

    @abstractmethod
    def block(self) -> Block:
        """The editor's block."""

    @abstractmethod
    def freeze(self, value: Any) -> Match:
        """What must happen."""
