"""Move the contact's open lead to a stage."""

from collections.abc import Mapping
from typing import Any

from wagtail.blocks import Block, ChoiceBlock, StructBlock

from leadwright.kit import database, sql
from leadwright.kit.registries import JOURNEY_STEPS
from leadwright.nurture.steps import Batch, Kind, Outcome, Outcomes
from leadwright.qualify import leads
from leadwright.qualify.models import Stage
from leadwright.qualify.rules import NEEDS_REASON

SQL = sql.load("stages")
# Won is told by a person; asides that need a reason from the list are, too, but for recycling.
CHOICES = [(stage.value, stage.label) for stage in Stage if stage not in (Stage.NEW, Stage.WON, *NEEDS_REASON)]


class SetStage(Kind):
    """Only forward: a journey never lowers a stage."""

    label = "Move the lead"
    icon = "order"

    def block(self, depth: int) -> Block:
        """To which stage."""
        return StructBlock(
            [
                (
                    "stage",
                    ChoiceBlock(choices=CHOICES, help_text="A lead that is there or further already stays."),
                )
            ],
            label=self.label,
            icon=self.icon,
        )

    def freeze(self, value: Any) -> dict[str, Any]:
        """The stage."""
        return {"stage": value["stage"] or Stage.MQL.value}

    def say(self, settings: Mapping[str, Any]) -> str:
        """Move the lead to Marketing qualified."""
        return f"Move the lead to {Stage(settings['stage']).label}"

    def advance(self, batch: Batch) -> Outcomes:
        """All leads in one statement, by the package that owns them."""
        stage = batch.step.settings["stage"]
        earlier = [value for value, _ in Stage.choices][: Stage.values.index(stage)]
        found = database.rows(SQL["earlier"], contacts=batch.contact_ids, stages=earlier)
        if found:
            leads.move([row.id for row in found], stage, actor=batch.actor, reason=f"step {batch.step.number}")
        moved = {row.contact_id for row in found}
        stayed = Outcome("done", "no open lead before this stage")
        return Outcomes(
            Outcome("done", f"moved to {stage}"),
            {person.enrollment_id: stayed for person in batch.people if person.contact_id not in moved},
        )


JOURNEY_STEPS.add("stage", SetStage(), 40)
