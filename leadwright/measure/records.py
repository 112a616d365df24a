"""The records behind every figure: each figure is the size of one of these sets, and the list behind it its members."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from leadwright.kit import database, sql
from leadwright.measure.questions import Question
from leadwright.qualify.models import WAY, Stage

SQL = sql.load("records")
FILTERS = "/*filters*/"

# Kind of set -> what its members are, in words; {stage} and {days} are filled in.
KINDS: Mapping[str, str] = {
    "opened": "Leads opened",
    "reached": "Leads that reached {stage} in the period",
    "cohort": "Leads opened in the period that have reached {stage}",
    "within": "Leads opened in the period and won within {days} days",
    "disordered": "Leads won before they were opened",
    "standing": "Leads opened in the period that stand in {stage} now",
    "unanswered": "Leads whose promised answer is overdue",
}


def from_stage(stage: str) -> list[str]:
    """A stage and all that come after it on the way to won: whoever is in one of these has reached it."""
    return [str(each) for each in WAY[WAY.index(Stage(stage)) :]]


def statement(kind: str, question: Question) -> str:
    """A set as a SELECT of (lead_id, at) with the question's filters in it."""
    return SQL[kind].replace(FILTERS, question.where)


@dataclass(frozen=True)
class Set:
    """Which leads: the kind, and the stage, days or reason that the kind asks for."""

    kind: str
    stage: str = ""
    days: int = 0
    reason: str | None = None

    @property
    def parameters(self) -> dict[str, Any]:
        """What the kind's SQL takes besides the question."""
        stages = [self.stage] if self.kind == "standing" else from_stage(self.stage) if self.stage else []
        return {"stages": stages, "days": self.days, "reason": self.reason}

    def words(self) -> str:
        """What the members are, in words."""
        said = KINDS[self.kind].format(stage=Stage(self.stage).label.lower() if self.stage else "", days=self.days)
        return f"{said}: {self.reason or 'no reason given'}" if self.reason is not None else said


@dataclass(frozen=True)
class Record:
    """One lead of a set, as its list shows it; `at` is the moment that puts it into the set."""

    lead_id: int
    at: datetime
    stage: str
    channel: str
    source: str
    value: Any
    opened_at: datetime
    campaign: str | None
    owner: str | None
    contact: str

    @property
    def stage_label(self) -> str:
        """The stage in words."""
        return str(Stage(self.stage).label)


def size(which: Set, question: Question) -> int:
    """How many leads are in a set."""
    counted = f"SELECT count(*) FROM ({statement(which.kind, question)}) AS s"
    return int(database.value(counted, **question.parameters, **which.parameters))


def page(
    which: Set, question: Question, *, after: tuple[datetime, int] | None = None, limit: int = 100
) -> Sequence[Record]:
    """Members of a set, latest first, from after a (moment, lead) on."""
    rows = database.rows(
        SQL["page"].replace("/*set*/", statement(which.kind, question)),
        **question.parameters,
        **which.parameters,
        after_at=after[0] if after else None,
        after_id=after[1] if after else None,
        limit=limit,
    )
    return [Record(**row._asdict()) for row in rows]
