"""The rules of qualifying, free of Django: which moves a lead may make, and the arithmetic of fading scores.

**Fading sums.** A point given at moment t is worth `points × 2^(-(now - t) / h)` now, with the half-life h. Measure
time in half-lives since EPOCH, and the sum of all points is `2^(-now) × Σ points × 2^t`. The sum on the right does not
change while time passes; its binary logarithm is the *level*. So the engagement now is `2^(level - now)`, an index on
the level stays sorted for ever, and a score falls below a threshold E exactly at `level - log2(E)`. All terms fade
alike, so a sum that is negative stays negative until somebody acts again: it has no level, and counts as nought. The
points stay written down one by one, so that a level can always be summed anew.
"""

import math
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

EPOCH = datetime(2020, 1, 1, tzinfo=UTC)

# ---- Stages -------------------------------------------------------------------------------------------------------

WAY: tuple[str, ...] = ("new", "mql", "sal", "sql", "opportunity", "won")
OPEN: tuple[str, ...] = WAY[:-1]
ASIDE: tuple[str, ...] = ("lost", "disqualified", "recycled")
STAGES: tuple[str, ...] = WAY + ASIDE
NEEDS_REASON: tuple[str, ...] = ("disqualified", "recycled", "lost")
CLOSED: tuple[str, ...] = ("won", "lost", "disqualified")

# Why a lead ends; counted in reports, so chosen from a list. Ensured on the first start, edited by users later.
REASONS: dict[str, tuple[str, ...]] = {
    "recycled": ("Not now", "No answer", "No budget yet", "Needs more information"),
    "disqualified": ("Not a buyer", "Wrong data", "Competitor", "Student or private person", "Duplicate", "Spam"),
    "lost": ("Chose a competitor", "No budget", "No decision", "Missing feature", "Price"),
}


def may_move(stage: str, to: str) -> bool:
    """Whether a lead in `stage` may be moved to `to`.

    Forward in steps or leaps, back, aside, and back from aside into work. A won lead is first moved back to an open
    stage before it can be anything else; a disqualified one is first taken up again before it can be won.
    """
    if stage == to or stage not in STAGES or to not in STAGES:
        return False
    if stage == "won":
        return to in OPEN
    return not (stage == "disqualified" and to == "won")


def sources_of(to: str) -> list[str]:
    """The stages from which a lead may be moved to `to`."""
    return [stage for stage in STAGES if may_move(stage, to)]


def targets_of(stage: str) -> list[str]:
    """The stages to which a lead in `stage` may be moved, in the order of the way."""
    return [to for to in STAGES if may_move(stage, to)]


def say_refused(stage: str, to: str) -> str:
    """Why a lead in `stage` was not moved to `to`, and what to do."""
    if stage == to:
        return f"It is in stage {to} already."
    if to not in STAGES:
        return f"There is no stage '{to}'; choose one of {', '.join(STAGES)}."
    if stage == "won":
        return f"A won lead cannot become {to} at once; move it back to an open stage first."
    return f"A lead that is {stage} cannot become {to} at once; take it up again first."


# ---- Scores -------------------------------------------------------------------------------------------------------


def half_lives(at: datetime, half_life_days: float) -> float:
    """A moment as half-lives since EPOCH."""
    return (at - EPOCH).total_seconds() / 86_400 / half_life_days


def moment(half_lives_since: float, half_life_days: float) -> datetime:
    """The moment that lies so many half-lives after EPOCH."""
    return EPOCH + timedelta(days=half_lives_since * half_life_days)


def level(points: Iterable[tuple[float, datetime]], half_life_days: float) -> float | None:
    """The level of a set of (points, given at); None where they sum up to nought or less.

    Summed relative to the latest moment, so that no power overflows.
    """
    given = [(value, half_lives(at, half_life_days)) for value, at in points]
    if not given:
        return None
    latest = max(t for _, t in given)
    total = math.fsum(value * 2.0 ** (t - latest) for value, t in given)
    return latest + math.log2(total) if total > 0 else None


def add(before: float | None, points: float, at: datetime, half_life_days: float) -> float | None:
    """The level after points given at a moment; None where nothing is left. A level of None counts as nought."""
    t = half_lives(at, half_life_days)
    if before is None:
        return t + math.log2(points) if points > 0 else None
    latest = max(before, t)
    total = 2.0 ** (before - latest) + points * 2.0 ** (t - latest)
    return latest + math.log2(total) if total > 0 else None


def now_worth(level_then: float | None, now: datetime, half_life_days: float) -> float:
    """The engagement in points at a moment."""
    return 0.0 if level_then is None else 2.0 ** (level_then - half_lives(now, half_life_days))


def faded(points: float, at: datetime, now: datetime, half_life_days: float) -> float:
    """What points given at a moment are worth now; points from the future count in full."""
    worth: float = points * 2.0 ** min(0.0, half_lives(at, half_life_days) - half_lives(now, half_life_days))
    return worth


def below_at(level_now: float | None, threshold: float, half_life_days: float) -> datetime | None:
    """When the engagement falls below a threshold above nought; None where there is no engagement.

    A second after it equals the threshold, since equal is not below.
    """
    if level_now is None:
        return None
    return moment(level_now - math.log2(threshold), half_life_days) + timedelta(seconds=1)


def is_hot(fit: float, engagement: float, fit_threshold: float, engagement_threshold: float) -> bool:
    """Whether both thresholds are reached."""
    return fit >= fit_threshold and engagement >= engagement_threshold


def when_hot(stage: str | None) -> str:
    """What becomes of somebody’s lead (its stage, or None) on reaching both thresholds: mql, open a new one, leave."""
    if stage in {"new", "recycled"}:
        return "mql"
    if stage in {None, "won", "lost"}:
        return "open"
    return "leave"


def grade(fit: float, engagement: float, fit_threshold: float, engagement_threshold: float) -> str:
    """A letter for fit (A reached, B half-way, C below) and a figure for engagement (1, 2, 3 alike), such as A1."""

    def step(value: float, threshold: float) -> int:
        share = value / threshold + 1e-9  # half a half-life's rounding must not cost a letter
        return 0 if share >= 1 else 1 if share >= 0.5 else 2

    return "ABC"[step(fit, fit_threshold)] + "123"[step(engagement, engagement_threshold)]


def name_matches(pattern: str, name: str) -> bool:
    """Whether an activity's name is what a rule asks for: empty for any, a trailing * for a prefix; case is ignored."""
    if pattern.endswith("*"):
        return name.lower().startswith(pattern[:-1].lower())
    return not pattern or name.lower() == pattern.lower()
