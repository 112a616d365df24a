"""Write a value into one of the contact's fields."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from wagtail.blocks import Block, CharBlock, ChoiceBlock, StructBlock
from wagtail.blocks.struct_block import StructBlockValidationError

from leadwright.kit.registries import JOURNEY_STEPS
from leadwright.nurture.blocks import RowBlock
from leadwright.nurture.steps import Batch, Kind, Outcome, Outcomes
from leadwright.profile.fields import fillings
from leadwright.profile.fields.values import BadValue


class FieldBlock(StructBlock):
    """A field and its value; a value that the field does not take is refused while the journey is edited."""

    def clean(self, value: Any) -> Any:
        """Read the value as the field would."""
        found = super().clean(value)
        try:
            fillings.read(found["field"], found["value"])
        except BadValue as error:
            raise StructBlockValidationError({"value": ValidationError(str(error))}) from None
        return found


class SetField(Kind):
    """What it said before stays in the contact's history, with the journey as the origin of what it says now."""

    label = "Set a field"
    icon = "edit"

    def block(self, depth: int) -> Block:
        """Which field, what it says, and whether that may be written over something."""
        hows = [("always", "whatever it says"), ("blank", "only where it says nothing yet")]
        return FieldBlock(
            [
                ("field", RowBlock(fillings.offered, label="Field")),
                ("value", CharBlock(required=False, max_length=500, help_text="Empty: takes the value away.")),
                ("how", ChoiceBlock(choices=hows, default="always", label="Write it")),
            ],
            label=self.label,
            icon=self.icon,
        )

    def freeze(self, value: Any) -> dict[str, Any]:
        """The field's key, the value as it was typed, and how."""
        return {"field": value["field"] or "", "value": value["value"] or "", "how": value["how"] or "always"}

    def say(self, settings: Mapping[str, Any]) -> str:
        """Set Region to “North”."""
        label = dict(fillings.offered()).get(settings["field"], "a field that is gone")
        where = " where it is blank" if settings["how"] == "blank" else ""
        return f"Set {label} to “{settings['value']}”{where}" if settings["value"] else f"Empty {label}"

    def advance(self, batch: Batch) -> Outcomes:
        """All contacts in one statement, by the package that owns them."""
        settings = batch.step.settings
        try:
            changed = fillings.fill(
                batch.contact_ids,
                settings["field"],
                settings["value"],
                source=batch.actor,
                only_blank=settings["how"] == "blank",
                now=batch.now,
            )
        except BadValue as error:
            return Outcomes(Outcome("held", str(error)))
        stayed = Outcome("done", "it stays as it was")
        return Outcomes(
            Outcome("done", self.say(settings)),
            {person.enrollment_id: stayed for person in batch.people if person.contact_id not in changed},
        )


JOURNEY_STEPS.add("field", SetField(), 45)
