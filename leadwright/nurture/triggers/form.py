"""Somebody sends a form."""

from typing import Any

from wagtail.blocks import Block, StructBlock

from leadwright.attract.models import Form
from leadwright.kit.registries import JOURNEY_TRIGGERS
from leadwright.nurture.blocks import RowBlock
from leadwright.nurture.triggers import Kind, Match


class SendsForm(Kind):
    """A form of the site, or any."""

    label = "Sends a form"
    icon = "form"

    def block(self) -> Block:
        """Which form."""
        return StructBlock(
            [
                (
                    "form",
                    RowBlock(
                        lambda: Form.objects.order_by("name").values_list("code", "name"),
                        required=False,
                        help_text="Empty: any form.",
                    ),
                )
            ],
            label=self.label,
            icon=self.icon,
        )

    def freeze(self, value: Any) -> Match:
        """The activity `form_submitted` on this form."""
        if not value["form"]:
            return Match("sent a form", "form_submitted", "form")
        name = Form.objects.filter(code=value["form"]).values_list("name", flat=True).first() or value["form"]
        return Match(f"sent the form “{name}”", "form_submitted", "form", value["form"])


JOURNEY_TRIGGERS.add("form", SendsForm(), 20)
