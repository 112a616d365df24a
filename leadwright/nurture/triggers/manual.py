"""Nobody enters by himself: users and the API let people in."""

from typing import Any

from wagtail.blocks import Block, StaticBlock

from leadwright.kit.registries import JOURNEY_TRIGGERS
from leadwright.nurture.triggers import Kind, Match


class ByHand(Kind):
    """Only by hand or through the API."""

    label = "Only by hand"
    icon = "user"

    def block(self) -> Block:
        """Nothing to choose."""
        return StaticBlock(
            label=self.label, icon=self.icon, admin_text="People enter only when a user or the API lets them in."
        )

    def freeze(self, value: Any) -> Match:
        """Nothing that happens."""
        return Match("let in by hand")


JOURNEY_TRIGGERS.add("manual", ByHand(), 40)
