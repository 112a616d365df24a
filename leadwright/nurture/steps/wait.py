"""Wait for a time."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from wagtail.blocks import Block, ChoiceBlock, IntegerBlock, StructBlock

from leadwright.kit.registries import JOURNEY_STEPS
from leadwright.nurture import rules
from leadwright.nurture.steps import Batch, Kind, Outcome, Outcomes


class Wait(Kind):
    """People rest here; it costs nothing until the time is over."""

    label = "Wait"
    icon = "time"
    waits = True

    def block(self, depth: int) -> Block:
        """How long."""
        return StructBlock(
            [
                ("amount", IntegerBlock(min_value=1, max_value=1000, default=2, label="How long")),
                (
                    "unit",
                    ChoiceBlock(
                        choices=[(unit, unit) for unit in rules.UNITS],
                        default="days",
                        label="Unit",
                        help_text="Days and weeks end at the same time of day, in the contact's own time zone.",
                    ),
                ),
            ],
            label=self.label,
            icon=self.icon,
        )

    def freeze(self, value: Any) -> dict[str, Any]:
        """Amount and unit."""
        return {"amount": int(value["amount"] or 1), "unit": value["unit"] or "days"}

    def say(self, settings: Mapping[str, Any]) -> str:
        """Wait 2 days."""
        return f"Wait {rules.say_wait(settings['amount'], settings['unit'])}"

    def due_at(self, settings: Mapping[str, Any], now: datetime, where: ZoneInfo) -> datetime:
        """When the wait is over."""
        return rules.wait_until(now, settings["amount"], settings["unit"], where)

    def advance(self, batch: Batch) -> Outcomes:
        """The time is over: go on."""
        return Outcomes(Outcome("done", f"waited {self.say(batch.step.settings)[5:]}"))


JOURNEY_STEPS.add("wait", Wait(), 20)
