"""Goals: the plan month by month, where it stands today, and why it falls short."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from django.core.exceptions import ValidationError

from leadwright.kit import database
from leadwright.measure import channels, metrics, questions, rules
from leadwright.measure.metrics import METRICS, Figure, Metric
from leadwright.measure.models import Goal
from leadwright.measure.questions import Question

WAY: tuple[str, ...] = ("leads", "mql", "sal", "sql", "opportunity", "won")
PLANNED: tuple[Metric, ...] = tuple(metric for metric in METRICS.values() if metric.may_be_planned)
KEYS: tuple[str, ...] = tuple(metric.key for metric in PLANNED)


@dataclass(frozen=True)
class Line:
    """One metric of a month: its plan, the part of it that is due by now, what is there, and the difference."""

    metric: Metric
    target: Figure
    due: Figure
    actual: Figure
    before: Figure = None  # the same part of the month before

    @property
    def gap(self) -> Figure:
        """Actual less what is due; None without a plan or a figure."""
        return None if self.due is None or self.actual is None else self.actual - self.due

    @property
    def change(self) -> float | None:
        """The gap as a part of the plan that is due, or the change against the month before where there is no plan."""
        base = self.due if self.due is not None else self.before
        return float(self.actual / base - 1) if base and self.actual is not None else None

    @property
    def against(self) -> str:
        """What `change` compares with."""
        return "plan" if self.due is not None else "month before"

    @property
    def is_good(self) -> bool | None:
        """Whether the change is for the better; None where there is none, or less than one in a hundred."""
        if self.change is None or abs(self.change) < 0.01:
            return None
        return (self.change > 0) != self.metric.less_is_better


@dataclass(frozen=True)
class Shortfall:
    """A gap taken apart: `parts` are (what it comes from, how much), and add up to `actual - expected` exactly."""

    metric: Metric
    against: str
    expected: Fraction
    actual: Fraction
    parts: tuple[tuple[str, Fraction], ...]
    rates: tuple[tuple[str, float | None, float | None], ...]  # (step, expected, actual) of each conversion
    channels: tuple[tuple[str, int, int], ...]  # (channel, month before, now), the largest loss first

    @property
    def gap(self) -> Fraction:
        """Actual less expected: below zero means short."""
        return self.actual - self.expected

    @property
    def volume(self) -> Fraction:
        """The part that comes from more or fewer entering."""
        return self.parts[0][1]

    @property
    def conversion(self) -> Fraction:
        """The part that comes from more or fewer going on."""
        return sum((part for _, part in self.parts[1:]), Fraction(0))


def plan(month: date) -> dict[str, Decimal]:
    """The targets of a month by metric."""
    return {goal.metric: goal.target for goal in Goal.objects.filter(month=month.replace(day=1))}


def save(month: date, targets: Mapping[str, Decimal | None]) -> dict[str, Decimal]:
    """Set targets of a month; None takes one away, what is not named stays. Answers the whole plan."""
    allowed = {metric.key for metric in PLANNED}
    faults = {
        key: f"There is no metric “{key}” to plan; plan {', '.join(sorted(allowed))}."
        for key in targets
        if key not in allowed
    }
    faults |= {key: "A target is zero or more." for key, value in targets.items() if value is not None and value < 0}
    if faults:
        raise ValidationError(faults)
    first = month.replace(day=1)
    with database.atomic():
        for key, target in targets.items():
            if target is None:
                Goal.objects.filter(metric=key, month=first).delete()
            else:
                Goal.objects.update_or_create(metric=key, month=first, defaults={"target": target})
    return plan(first)


def lines(question: Question, keys: tuple[str, ...] = KEYS) -> list[Line]:
    """Plan, actual and the month before, for a month."""
    targets = plan(question.first_day) if question.viewer is None else {}
    now, before = metrics.ask(question, keys), metrics.ask(questions.month_before(question), keys)
    return [
        Line(METRICS[key], targets.get(key), due(METRICS[key], targets.get(key), question), now[key], before[key])
        for key in keys
    ]


def due(metric: Metric, target: Figure, question: Question) -> Figure:
    """What of a target is due by now: its part by days; a cost per lead or sql is due whole on every day."""
    if target is None or metric.per:
        return target
    part = rules.to_date(Fraction(target), question.start, question.end, question.as_of)
    return Decimal(part.numerator) / Decimal(part.denominator)


def shortfall(question: Question, metric: str = "sql") -> Shortfall | None:
    """Why a month's metric differs from its plan (or, without one, the month before); None if neither exists."""
    steps = WAY[: WAY.index(metric) + 1]
    found = {line.metric.key: line for line in lines(question, steps)}
    if found[metric].due is not None:
        against, expected = "plan", {key: line.due for key, line in found.items() if line.due is not None}
    else:
        against, expected = (
            "the month before",
            {key: line.before for key, line in found.items() if line.before is not None},
        )
        if not any(expected.values()):
            return None
    used = [key for key in steps if key in expected]
    wanted = [Fraction(expected[key] or 0) for key in used]
    reached = [Fraction(found[key].actual or 0) for key in used]
    parts = rules.take_apart(wanted, reached)
    names = ["volume", *(f"{METRICS[a].name} → {METRICS[b].name}" for a, b in pairwise(used))]
    rates = tuple((name, _rate(wanted, place), _rate(reached, place)) for place, name in enumerate(names[1:], start=1))
    return Shortfall(
        METRICS[metric],
        against,
        wanted[-1],
        reached[-1],
        tuple(zip(names, parts, strict=True)),
        rates,
        tuple(channels.changes(question, questions.month_before(question), metric)),
    )


def _rate(counts: list[Fraction], place: int) -> float | None:
    return float(counts[place] / counts[place - 1]) if counts[place - 1] else None


def months(around: date, back: int = 1, ahead: int = 4) -> list[date]:
    """The months to plan: some before, this one, some ahead."""
    first = around.replace(day=1)
    for _ in range(back):
        first = (first - timedelta(days=1)).replace(day=1)
    found = [first]
    while len(found) < back + 1 + ahead:
        found.append(questions.next_month(found[-1]))
    return found


def explain(found: Shortfall) -> str:
    """A gap in words: how much, from what, where most of it is lost, and in which channel."""
    name = found.metric.name
    expected, actual = _count(found.expected), _count(found.actual)
    planned = found.against == "plan"
    if abs(found.gap) < Fraction(1, 2):
        return f"{actual} {name}: {'on plan' if planned else 'as many as in the month before'}."
    direction = "short of" if found.gap < 0 else "above"
    there = f"{'was' if expected == '1' else 'were'} {'due by now' if planned else 'there by this day'}"
    said = [f"{_count(abs(found.gap))} {name} {direction} {found.against}: {actual} where {expected} {there}."]
    lost = [(part, step) for step, part in found.parts if part < 0]
    if found.gap < 0 and lost and len(found.parts) > 1:
        said.append(_mostly(min(lost)[1], found))
    elif len(found.parts) == 1 and found.against == "plan":
        said.append("Plan leads, too, to learn whether volume or conversion makes the difference.")
    falls = [(channel, then, now) for channel, then, now in found.channels if now < then]
    if found.gap < 0 and falls:
        channel, then, now = falls[0]
        said.append(f"The channel that lost most against the month before is {channel}: {now} after {then}.")
    return " ".join(said)


def _mostly(step: str, found: Shortfall) -> str:
    if step == "volume":
        return "Mostly volume: fewer leads came in."
    _, expected, actual = next(rate for rate in found.rates if rate[0] == step)
    if expected is None or actual is None:
        return f"Mostly conversion, {step}."
    return f"Mostly conversion: {step} is {rules.percent(actual)} instead of {rules.percent(expected)}."


def _count(value: Fraction) -> str:
    rounded = round(float(value), 1)
    return f"{rounded:,.0f}" if rounded == int(rounded) or abs(rounded) >= 10 else f"{rounded:,.1f}"
