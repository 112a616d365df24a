"""Fit and engagement, as they stand at the moment."""

import math
from typing import ClassVar

from leadwright.kit.registries import CONDITIONS
from leadwright.qualify import rules
from leadwright.qualify.conditions.base import Condition, Facts, Parameters, Setting, Settings

WHICH = (("fit", "Fit"), ("engagement", "Engagement"), ("hot", "Both thresholds"))
HOW = (("at_least", "is at least"), ("below", "is below"))
REACHED = (("at_least", "are reached"), ("below", "are not reached"))
HALF_LIFE = "(SELECT half_life_days FROM qualify_scoremodel ORDER BY id LIMIT 1)"


class Score(Condition):
    """The points somebody has."""

    key: ClassVar[str] = "score"
    label: ClassVar[str] = "Score"

    def form(self, settings: Settings) -> list[Setting]:
        """Which score, and how much."""
        which = Setting("which", "Which", "choice", WHICH, redraws=True)
        if settings.get("which") == "hot":
            return [which, Setting("is", "How", "choice", REACHED)]
        return [which, Setting("is", "How", "choice", HOW), Setting("points", "Points", "number")]

    def sql(self, settings: Settings, params: Parameters) -> str:
        """Carried by the primary key of qualify_score, or by its index on the level where that is the rarer."""
        found = f"EXISTS (SELECT FROM qualify_score s WHERE s.contact_id = c.id AND {self._reached(settings, params)})"
        nought = settings.get("which") != "hot" and _points(settings) <= 0
        reached = (
            f"({found} OR NOT EXISTS (SELECT FROM qualify_score s WHERE s.contact_id = c.id))" if nought else found
        )
        return reached if settings.get("is") != "below" else f"NOT {reached}"

    def turns(self, settings: Settings, params: Parameters) -> str | None:
        """When the engagement has faded below the points (a second later, since equal is not below)."""
        if settings.get("which") != "engagement" or _points(settings) <= 0:
            return None
        faded = f"(s.engagement_level - {params.add(math.log2(_points(settings)))}::float8) * {HALF_LIFE}"
        return (
            f"(SELECT {params.add(rules.EPOCH)}::timestamptz + {faded} * interval '1 day' + interval '1 second' "
            "FROM qualify_score s WHERE s.contact_id = c.id)"
        )

    def topics(self, settings: Settings) -> frozenset[str]:
        """The score."""
        return frozenset({"score"})

    def holds(self, settings: Settings, facts: Facts) -> bool:
        """The same over the values."""
        if settings.get("which") == "hot":
            reached = facts.is_hot
        elif settings.get("which") == "fit":
            reached = facts.fit >= _points(settings)
        elif _points(settings) <= 0:
            reached = True
        else:
            now = rules.half_lives(facts.now, facts.half_life_days)
            level = facts.engagement_level
            reached = level is not None and level >= now + math.log2(_points(settings))
        return reached if settings.get("is") != "below" else not reached

    def words(self, settings: Settings) -> str:
        """Such as: engagement is at least 30."""
        if settings.get("which") == "hot":
            return f"both thresholds {dict(REACHED)[str(settings.get('is') or 'at_least')]}"
        how = dict(HOW)[str(settings.get("is") or "at_least")]
        return f"{settings.get('which')} {how} {_points(settings):g} points"

    def why(self, settings: Settings, facts: Facts) -> str:
        """The points now."""
        engagement = rules.now_worth(facts.engagement_level, facts.now, facts.half_life_days)
        return f"Fit is {facts.fit} and engagement {engagement:.0f} points at present."

    @staticmethod
    def _reached(settings: Settings, params: Parameters) -> str:
        if settings.get("which") == "hot":
            return "s.is_hot"
        if settings.get("which") == "fit":
            return f"s.fit >= {params.add(_points(settings))}::float8"
        if _points(settings) <= 0:
            return "TRUE"
        since = f"extract(epoch FROM {params.now_sql} - {params.add(rules.EPOCH)}::timestamptz)::float8"
        return (
            f"s.engagement_level >= {since} / 86400 / {HALF_LIFE} + {params.add(math.log2(_points(settings)))}::float8"
        )


def _points(settings: Settings) -> float:
    return float(settings.get("points") or 0)


CONDITIONS.add(Score.key, Score(), order=60)
