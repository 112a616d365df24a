"""Whether the contact has a lead, and in which stage."""

from typing import ClassVar

from leadwright.kit.registries import CONDITIONS
from leadwright.qualify.conditions.base import BadCondition, Condition, Facts, Parameters, Setting, Settings
from leadwright.qualify.models import Stage

HAS = (("yes", "has a lead in stage"), ("no", "has no lead in stage"))


class LeadStage(Condition):
    """A lead of the contact stands in one of some stages; no stage chosen means any."""

    key: ClassVar[str] = "lead"
    label: ClassVar[str] = "Lead"

    def form(self, settings: Settings) -> list[Setting]:
        """Has or has not, and the stages."""
        stages = tuple((str(key), str(label)) for key, label in Stage.choices)
        return [
            Setting("has", "Has or not", "choice", HAS),
            Setting("stages", "Stages (none: any)", "choices", stages, is_required=False),
        ]

    def check(self, settings: Settings) -> None:
        """As always; and each stage must be one of ours."""
        super().check(settings)
        for stage in settings.get("stages") or ():
            if stage not in Stage.values:
                raise BadCondition(f"There is no stage “{stage}”; choose among {', '.join(Stage.values)}.")

    def sql(self, settings: Settings, params: Parameters) -> str:
        """Carried by qualify_lead (contact_id, opened_at DESC)."""
        stages = list(settings.get("stages") or ())
        limit = f" AND l.stage = ANY({params.add(stages)}::text[])" if stages else ""
        found = f"EXISTS (SELECT FROM qualify_lead l WHERE l.contact_id = c.id{limit})"
        return found if settings.get("has") != "no" else f"NOT {found}"

    def topics(self, settings: Settings) -> frozenset[str]:
        """The contact's leads."""
        return frozenset({"lead"})

    def holds(self, settings: Settings, facts: Facts) -> bool:
        """The same over the stages."""
        stages = set(settings.get("stages") or Stage.values)
        return bool(stages & set(facts.stages)) == (settings.get("has") != "no")

    def words(self, settings: Settings) -> str:
        """Such as: has a lead in stage mql or sal."""
        stages = " or ".join(str(Stage(each).label) for each in settings.get("stages") or ()) or "any"
        return f"{dict(HAS).get(str(settings.get('has')), HAS[0][1])} {stages}"

    def why(self, settings: Settings, facts: Facts) -> str:
        """The stages there are."""
        if not facts.stages:
            return "The contact has no lead."
        return f"The contact's leads stand in {', '.join(str(Stage(each).label) for each in facts.stages)}."


CONDITIONS.add(LeadStage.key, LeadStage(), order=70)
