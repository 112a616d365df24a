"""The funnel: the leads opened in a period on their way, where they stand aside, and why."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from leadwright.kit import database, sql
from leadwright.measure import cohorts, records, rules
from leadwright.measure.questions import Question
from leadwright.measure.records import Set
from leadwright.qualify.models import WAY, Stage

SQL = sql.load("funnels")

ASIDE: tuple[Stage, ...] = (Stage.RECYCLED, Stage.DISQUALIFIED, Stage.LOST)


@dataclass(frozen=True)
class Step:
    """One stage of the funnel."""

    stage: str
    label: str
    leads: int
    share: rules.Share  # of all opened
    conversion: rules.Share | None  # from the stage before
    days_between: float | None
    days_since_opened: float | None
    stopped: int | None  # how many have a recorded move into this very stage
    records: Set


@dataclass(frozen=True)
class Aside:
    """Leads that left the way, for one reason."""

    stage: str
    label: str
    reason: str
    leads: int
    records: Set


@dataclass(frozen=True)
class Funnel:
    """The answer to a question about a period's leads."""

    question: Question
    as_of: datetime
    steps: tuple[Step, ...]
    asides: tuple[Aside, ...]
    warnings: tuple[rules.Warning, ...]

    @property
    def opened(self) -> int:
        """How many leads the period opened."""
        return self.steps[0].leads

    @property
    def skipped(self) -> tuple[Step, ...]:
        """Stages that most leads went past without a recorded move into them."""
        return tuple(step for step in self.steps if step.stopped is not None and step.leads > 2 * step.stopped)


def _parameters(question: Question) -> dict[str, Any]:
    stages = {f"from_{stage}": records.from_stage(stage) for stage in WAY[1:]}
    return question.parameters | stages | {"asides": [str(stage) for stage in ASIDE]}


def funnel(question: Question) -> Funnel:
    """The funnel of the leads opened in the question's period, with everything that it says and warns of."""
    way = SQL["way"].replace(records.FILTERS, question.where)
    row = database.row(SQL["stages"].replace("/*way*/", way), **_parameters(question))._asdict()
    steps = tuple(_step(row, place) for place in range(len(WAY)))
    return Funnel(question, question.as_of, steps, asides(question), _warnings(question, steps))


def counts(question: Question) -> tuple[Step, ...]:
    """The funnel's counts and conversions alone: the same numbers, quicker."""
    found = database.row(SQL["counts"].replace(records.FILTERS, question.where), **_parameters(question))
    return tuple(_step(found._asdict(), place) for place in range(len(WAY)))


def asides(question: Question) -> tuple[Aside, ...]:
    """Where the period's leads left the way, and why."""
    rows = database.rows(SQL["asides"].replace(records.FILTERS, question.where), **_parameters(question))
    found = [
        Aside(row.stage, Stage(row.stage).label, row.reason, row.leads, Set("standing", row.stage, reason=row.reason))
        for row in rows
    ]
    return tuple(sorted(found, key=lambda aside: (ASIDE.index(Stage(aside.stage)), -aside.leads)))


def _step(row: dict[str, Any], place: int) -> Step:
    stage = WAY[place]
    leads = row[stage]
    return Step(
        stage=str(stage),
        label=str(stage.label),
        leads=leads,
        share=rules.Share(leads, row[WAY[0]]),
        conversion=rules.Share(leads, row[WAY[place - 1]]) if place else None,
        days_between=_days(row.get(f"between_{stage}")),
        days_since_opened=_days(row.get(f"since_{stage}")),
        stopped=row.get(f"in_{stage}"),
        records=Set("cohort", str(stage)) if place else Set("opened"),
    )


def _days(length: timedelta | None) -> float | None:
    return None if length is None else length.total_seconds() / 86400


def _warnings(question: Question, steps: tuple[Step, ...]) -> tuple[rules.Warning, ...]:
    if not steps[0].leads:
        return ()
    few = {step.label: step.conversion for step in steps[1:] if step.conversion}
    found = [*cohorts.warnings(question, steps[-1].days_since_opened), rules.small_numbers("Conversions to", few)]
    return tuple(warning for warning in found if warning)
