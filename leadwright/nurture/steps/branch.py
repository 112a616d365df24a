"""Go one of two ways, by any condition that a segment can have."""

from collections.abc import Mapping
from typing import Any

from wagtail.blocks import Block, CharBlock, ChoiceBlock, IntegerBlock, StreamBlock, StructBlock

from leadwright.kit import database, sql
from leadwright.kit.registries import ACTIVITY_KINDS, JOURNEY_STEPS
from leadwright.nurture.blocks import RowBlock, steps_block
from leadwright.nurture.steps import Batch, Kind, Outcome, Outcomes
from leadwright.qualify import segments
from leadwright.qualify.models import Segment, Stage

SQL = sql.load("branches")


def _conditions() -> StreamBlock:
    """The conditions that journeys ask most; whatever else a segment can ask is asked by “is in a segment”."""
    in_segment = StructBlock(
        [
            ("is", ChoiceBlock(choices=[("in", "is in"), ("not_in", "is not in")], default="in", label="How")),
            ("segment", RowBlock(lambda: Segment.objects.order_by("name").values_list("pk", "name"))),
        ],
        label="Is in a segment",
        icon="group",
    )
    activity = StructBlock(
        [
            ("did", ChoiceBlock(choices=[("yes", "did"), ("no", "did not")], default="yes", label="Did or not")),
            (
                "activity",
                ChoiceBlock(
                    choices=lambda: [(key, kind.label) for key, kind in ACTIVITY_KINDS.items()],
                    label="What",
                ),
            ),
            (
                "name",
                CharBlock(required=False, max_length=200, help_text="Its name, such as a mail's subject; empty: any."),
            ),
            ("days", IntegerBlock(required=False, min_value=1, label="Within days", help_text="Empty: ever.")),
        ],
        label="Did something",
        icon="history",
    )
    score = StructBlock(
        [
            (
                "which",
                ChoiceBlock(
                    choices=[("hot", "both thresholds"), ("fit", "fit"), ("engagement", "engagement")], default="hot"
                ),
            ),
            ("points", IntegerBlock(required=False, min_value=0, label="At least (points)")),
        ],
        label="Has a score",
        icon="pick",
    )
    stage = StructBlock(
        [("stages", ChoiceBlock(choices=Stage.choices, label="Stage"))], label="Has a lead in a stage", icon="order"
    )
    kinds = [("segment", in_segment), ("activity", activity), ("score", score), ("lead_stage", stage)]
    return StreamBlock(kinds, min_num=1, label="If all of these hold", icon="question")


# How each of these blocks reads as a condition of `qualify`.
AS_CONDITION: dict[str, Any] = {
    "segment": lambda value: {"is": value["is"], "segment": int(value["segment"] or 0)},
    "activity": lambda value: {name: value[name] for name in ("did", "activity", "name", "days") if value[name]},
    "score": lambda value: {"which": value["which"], "is": "at_least", "points": value["points"] or 0},
    "lead_stage": lambda value: {"has": "yes", "stages": [value["stages"]]},
}


class Branch(Kind):
    """Who fits goes the one way, everyone else the other; below, both ways go on together."""

    label = "Branch"
    icon = "list-ul"
    branches = True

    def block(self, depth: int) -> Block:
        """Conditions, and a stream of steps for each way."""
        return StructBlock(
            [
                ("conditions", _conditions()),
                ("yes", steps_block(depth - 1, label="Yes: then")),
                ("no", steps_block(depth - 1, label="No: then")),
            ],
            label=self.label,
            icon="list-ul",
        )

    def freeze(self, value: Any) -> dict[str, Any]:
        """The tree of conditions, and how it reads today."""
        asked = [{"kind": each.block_type, **AS_CONDITION[each.block_type](each.value)} for each in value["conditions"]]
        tree = {"all": asked}
        return {"conditions": tree, "say": segments.words(tree)}

    def say(self, settings: Mapping[str, Any]) -> str:
        """The condition in words."""
        return f"If {settings['say']}"

    def advance(self, batch: Batch) -> Outcomes:
        """One query says who fits."""
        settings = batch.step.settings
        asked = segments.where(settings["conditions"])
        statement = SQL["fitting"].format(where=asked.sql)
        found = database.rows(statement, contacts=batch.contact_ids, **asked.parameters)
        fitting = {row.id for row in found}
        yes, no = Outcome("yes", settings["say"]), Outcome("no", f"not: {settings['say']}", way="other")
        mostly, rarely = (yes, no) if len(fitting) * 2 >= len(batch.people) else (no, yes)
        return Outcomes(
            mostly,
            {each.enrollment_id: rarely for each in batch.people if (each.contact_id in fitting) != (mostly is yes)},
        )


JOURNEY_STEPS.add("branch", Branch(), 30)
