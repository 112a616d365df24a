"""Somebody does something: any kind of activity."""

from contextlib import suppress
from typing import Any

from wagtail.blocks import Block, CharBlock, ChoiceBlock, StructBlock

from leadwright.kit.registries import ACTIVITY_KINDS, JOURNEY_TRIGGERS
from leadwright.nurture.triggers import Kind, Match


class DoesSomething(Kind):
    """Only what a person did counts, never what a machine did."""

    label = "Does something"
    icon = "history"

    def block(self) -> Block:
        """What."""
        return StructBlock(
            [
                ("activity", ChoiceBlock(choices=lambda: [(key, kind.label) for key, kind in ACTIVITY_KINDS.items()])),
                (
                    "name",
                    CharBlock(
                        required=False,
                        max_length=200,
                        help_text="Its name, such as “Pricing viewed” or /pricing*. Empty: any.",
                    ),
                ),
            ],
            label=self.label,
            icon=self.icon,
        )

    def freeze(self, value: Any) -> Match:
        """The activity by kind and name."""
        kind, name = value["activity"] or "", value["name"] or ""
        return Match(_say(kind, name), kind, name=name)


def _say(kind: str, name: str) -> str:
    """What somebody did, to stand behind “whoever”: the timeline's own words where the name is all that they need."""
    known = ACTIVITY_KINDS.get(kind) if kind in ACTIVITY_KINDS else None
    with suppress(KeyError, IndexError, AttributeError):
        if known and name:
            return known.sentence.format(name=name)
    label = known.label if known else kind
    return f"did “{label}: {name}”" if name else f"did “{label}”"


JOURNEY_TRIGGERS.add("activity", DoesSomething(), 30)
