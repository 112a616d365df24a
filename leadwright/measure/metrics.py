"""Every metric, defined once: its name, its sentence, its figure and the records behind it.

Screens, API and command line all ask here, so that the same question gives the same number everywhere.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from leadwright.kit import database, sql
from leadwright.measure import records
from leadwright.measure.questions import Question
from leadwright.measure.records import Set

SQL = sql.load("metrics")

Figure = Decimal | None


@dataclass(frozen=True)
class Metric:
    """One thing that is counted. `records` is the set whose size it is; `per` makes it spend per another metric."""

    key: str
    name: str
    unit: str  # leads, money
    definition: str
    records: Set | None = None
    per: str = ""
    less_is_better: bool = False
    is_now: bool = False  # a state of this moment: the period does not matter
    may_be_planned: bool = True

    @property
    def title(self) -> str:
        """Its name at the head of a row; a stage's code stays as it is."""
        return self.name if self.name in ("mql", "sal", "sql") else self.name[:1].upper() + self.name[1:]


METRICS: Mapping[str, Metric] = {
    metric.key: metric
    for metric in (
        Metric(
            "leads",
            "leads",
            "leads",
            "Leads opened in the period: somebody raised a hand, or an import or a user opened one.",
            Set("opened"),
        ),
        Metric(
            "mql",
            "mql",
            "leads",
            "Leads that became marketing qualified, or went past it, for the first time in the period.",
            Set("reached", "mql"),
        ),
        Metric(
            "sal",
            "sal",
            "leads",
            "Leads that sales accepted, or that went past it, for the first time in the period.",
            Set("reached", "sal"),
        ),
        Metric(
            "sql",
            "sql",
            "leads",
            "Leads that became sales qualified, or went past it, for the first time in the period.",
            Set("reached", "sql"),
        ),
        Metric(
            "opportunity",
            "opportunities",
            "leads",
            "Leads that became an opportunity, or went past it, for the first time in the period.",
            Set("reached", "opportunity"),
        ),
        Metric("won", "won", "leads", "Leads that were won for the first time in the period.", Set("reached", "won")),
        Metric(
            "value_won",
            "value won",
            "money",
            "The summed value of the leads won in the period; a lead without a value adds nothing.",
            Set("reached", "won"),
        ),
        Metric(
            "spend",
            "spend",
            "money",
            "Money spent on campaigns, by the day on which it was spent.",
            less_is_better=True,
        ),
        Metric(
            "cost_per_lead",
            "cost per lead",
            "money",
            "Spend of the period divided by the leads opened in it, whatever brought them.",
            Set("opened"),
            per="leads",
            less_is_better=True,
        ),
        Metric(
            "cost_per_sql",
            "cost per sql",
            "money",
            "Spend of the period divided by the sql reached in it, whatever brought them.",
            Set("reached", "sql"),
            per="sql",
            less_is_better=True,
        ),
        Metric(
            "unanswered",
            "unanswered",
            "leads",
            "Open leads that were given to a rep and whose promised time has passed without an answer, as of now.",
            Set("unanswered"),
            less_is_better=True,
            is_now=True,
            may_be_planned=False,
        ),
    )
}

# What the funnel and the reports say of the leads opened in a period, until now; defined here, once, as well.
SENTENCES: Mapping[str, str] = {
    "reached": "Leads opened in the period that have come at least as far as this stage until now, however late.",
    "share": "Of all leads opened in the period, the share that has come at least as far as this stage.",
    "conversion": "Of the leads that came as far as the stage before, the share that came as far as this one.",
    "days_between": "Median days from the recorded move into the stage before to the recorded move into this stage. "
    "Leads that skipped either are left out.",
    "days_since_opened": "Median days from opening to the moment of reaching this stage.",
    "won_within": "Of the leads opened in the month, the share won within so many days. Shown only when all of the "
    "month's leads are that old.",
    "days_to_win": "Median days from opening to won, of the leads that were won; those won before they were opened are "
    "left out.",
    "to_sql": "Of the leads opened in the period, the share that has reached sql until now, with its 95 % interval.",
    "cost_interval": "Where the cost per sql would lie in 95 of 100 repetitions, seen that so few sql vary by chance.",
}


@dataclass(frozen=True)
class Answer:
    """Figures by metric, and the moment for which they hold. None: the question has no such figure."""

    as_of: datetime
    figures: Mapping[str, Figure]

    def __getitem__(self, key: str) -> Figure:
        return self.figures[key]


def ask(question: Question, keys: Iterable[str] = tuple(METRICS)) -> Answer:
    """The figures of some metrics for a question."""
    wanted = list(keys)
    needed = {METRICS[key].per or key for key in wanted} | set(wanted)
    figures = _sizes(question, [key for key in METRICS if key in needed and _is_counted(METRICS[key])])
    if "value_won" in needed:
        won = METRICS["value_won"].records or Set("reached", "won")
        statement = SQL["value_won"].replace("/*won*/", records.statement(won.kind, question))
        figures["value_won"] = Decimal(database.value(statement, **question.parameters, **won.parameters))
    if any(key == "spend" or METRICS[key].unit == "money" for key in wanted):
        figures["spend"] = spend(question)
        for key in (key for key in wanted if METRICS[key].per):
            figures[key] = divide(figures["spend"], figures[METRICS[key].per])
    return Answer(question.as_of, {key: figures[key] for key in wanted})


def _is_counted(metric: Metric) -> bool:
    return metric.unit == "leads" and metric.records is not None


def _sizes(question: Question, keys: Sequence[str]) -> dict[str, Figure]:
    """The sizes of the metrics' sets, in one statement."""
    parts, parameters = [], dict(question.parameters)
    for key in keys:
        which = METRICS[key].records or Set("opened")
        statement = records.statement(which.kind, question).replace("%(stages)s", f"%(stages_{key})s")
        parts.append(f"(SELECT count(*) FROM ({statement}) AS s_{key}) AS {key}")
        parameters[f"stages_{key}"] = which.parameters["stages"]
    if not parts:
        return {}
    row = database.row("SELECT " + ", ".join(parts), **parameters)
    return {key: Decimal(value) for key, value in row._asdict().items()}


def spend(question: Question) -> Figure:
    """Money spent in the period; None where the question filters by something that spend does not know."""
    if not question.is_about_spend:
        return None
    last_day = min(question.end - timedelta(microseconds=1), question.as_of).astimezone(question.zone).date()
    return Decimal(
        database.value(
            SQL["spend"],
            first_day=question.first_day,
            last_day=last_day,
            channel=question.channel,
            by_campaign=question.campaign is not None,
            campaign=question.campaign or None,
        )
    )


def divide(amount: Figure, count: Figure) -> Figure:
    """Amount per one; None where either is missing or nothing."""
    return (amount / count).quantize(Decimal("0.01")) if amount and count else None
