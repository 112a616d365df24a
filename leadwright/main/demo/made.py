"""What the example firm is made of: the plan as written down, and the list of what was made from it."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml
from django.db import models

from leadwright.workspace.models import Workspace

Plan = dict[str, Any]


@cache
def plan() -> Plan:
    """The example firm as written down."""
    text = (Path(__file__).parent / "firm.yaml").read_text(encoding="utf-8")
    found: Plan = yaml.safe_load(text)
    return found


class Made:
    """What was made, by model and key, kept with the workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.keys: dict[str, list[int | str]] = workspace.demo.setdefault("made", {})

    def note(self, record: models.Model) -> Any:
        """Remember a record as part of the example firm; answers it."""
        keys = self.keys.setdefault(record._meta.label, [])
        if record.pk not in keys:
            keys.append(record.pk)
        return record

    def save(self) -> None:
        """Keep the list."""
        self.workspace.demo["made"] = self.keys
        self.workspace.save(update_fields=["demo"])
