"""Leave the journey."""

from collections.abc import Mapping
from typing import Any

from wagtail.blocks import Block, CharBlock, StructBlock

from leadwright.kit.registries import JOURNEY_STEPS
from leadwright.nurture.steps import Batch, Kind, Outcome, Outcomes


class Exit(Kind):
    """The way ends here, whatever stands below."""

    label = "Leave the journey"
    icon = "crosshairs"

    def block(self, depth: int) -> Block:
        """Why, for the record."""
        return StructBlock(
            [("why", CharBlock(required=False, max_length=120, help_text="Why, such as “became a customer”."))],
            label=self.label,
            icon=self.icon,
        )

    def freeze(self, value: Any) -> dict[str, Any]:
        """The reason."""
        return {"why": value["why"] or ""}

    def say(self, settings: Mapping[str, Any]) -> str:
        """Leave the journey: became a customer."""
        return "Leave the journey" + (f": {settings['why']}" if settings["why"] else "")

    def advance(self, batch: Batch) -> Outcomes:
        """Everyone leaves."""
        return Outcomes(Outcome("left", batch.step.settings["why"], way="end"))


JOURNEY_STEPS.add("exit", Exit(), 90)
