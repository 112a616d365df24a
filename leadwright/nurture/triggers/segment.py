"""Somebody enters a segment."""

from typing import Any

from wagtail.blocks import Block, StructBlock

from leadwright.kit.registries import JOURNEY_TRIGGERS
from leadwright.nurture.blocks import RowBlock
from leadwright.nurture.triggers import Kind, Match
from leadwright.qualify.models import Segment


class EntersSegment(Kind):
    """Those who are in the segment already can be let in by hand."""

    label = "Enters a segment"
    icon = "group"

    def block(self) -> Block:
        """Which segment."""
        return StructBlock(
            [("segment", RowBlock(lambda: Segment.objects.order_by("name").values_list("pk", "name")))],
            label=self.label,
            icon=self.icon,
        )

    def freeze(self, value: Any) -> Match:
        """The activity `segment_entered` on this segment."""
        name = Segment.objects.filter(pk=value["segment"] or 0).values_list("name", flat=True).first() or "(gone)"
        return Match(f"entered the segment “{name}”", "segment_entered", "segment", str(value["segment"]))


JOURNEY_TRIGGERS.add("segment", EntersSegment(), 10)
