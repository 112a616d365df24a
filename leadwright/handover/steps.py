"""The journey step that this package brings: make a task for a user."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from wagtail.blocks import Block, CharBlock, ChoiceBlock, IntegerBlock, StructBlock

from leadwright.handover import tasks
from leadwright.handover.models import Task
from leadwright.kit import database, sql
from leadwright.kit.registries import JOURNEY_STEPS
from leadwright.nurture.blocks import RowBlock
from leadwright.nurture.steps import Batch, Kind, Outcome, Outcomes
from leadwright.workspace.models import User

SQL = sql.load("steps")


class MakeTask(Kind):
    """A task for the contact's rep, or for a user named here."""

    label = "Make a task"
    icon = "tasks"

    def block(self, depth: int) -> Block:
        """What, for whom, until when."""
        users = RowBlock(
            lambda: User.objects.filter(is_active=True).order_by("name").values_list("pk", "name"),
            required=False,
            label="For whom",
            help_text="Empty: the owner of the contact; where there is none, whoever takes it.",
        )
        return StructBlock(
            [
                ("kind", ChoiceBlock(choices=Task.Kind.choices, default=Task.Kind.CALL)),
                ("title", CharBlock(max_length=150, help_text="What to do; {name} becomes the contact's name.")),
                ("user", users),
                ("hours", IntegerBlock(min_value=0, max_value=2000, default=24, label="Due within (hours)")),
            ],
            label=self.label,
            icon=self.icon,
        )

    def freeze(self, value: Any) -> dict[str, Any]:
        """Kind, title, user and hours."""
        user = int(value["user"]) if value["user"] else None
        hours = 24 if value["hours"] is None else int(value["hours"])
        return {"kind": value["kind"] or "call", "title": value["title"] or "", "user": user, "hours": hours}

    def say(self, settings: Mapping[str, Any]) -> str:
        """Task: Call {name}, within 24 hours."""
        return f"Task: {settings['title']}, within {settings['hours']} hours"

    def advance(self, batch: Batch) -> Outcomes:
        """One task each, in one statement."""
        wanted = batch.step.settings
        people = {row.contact_id: row for row in database.rows(SQL["people"], contacts=batch.contact_ids)}
        tasks.create(
            tasks.NewTask(
                title=wanted["title"].replace("{name}", people[person.contact_id].name or "this contact"),
                contact_id=person.contact_id,
                cause=batch.cause(person),
                due_at=batch.now + timedelta(hours=wanted["hours"]),
                kind=wanted["kind"],
                user_id=wanted["user"] or people[person.contact_id].owner_id,
                lead_id=people[person.contact_id].lead_id,
                why=f"Step of the journey “{batch.step.version.journey.name}”.",
            )
            for person in batch.people
        )
        return Outcomes(Outcome("done", "a task was made"))


JOURNEY_STEPS.add("task", MakeTask(), 50)
