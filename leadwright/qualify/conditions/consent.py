"""What the contact allowed."""

from typing import ClassVar

from leadwright.kit.registries import CONDITIONS
from leadwright.profile.models import Purpose
from leadwright.qualify.conditions.base import Condition, Facts, Parameters, Setting, Settings

STATES = (
    ("granted", "has granted"),
    ("pending", "was asked to confirm"),
    ("withdrawn", "has withdrawn"),
    ("none", "was never asked"),
)


class Consent(Condition):
    """The state of one purpose in the ledger."""

    key: ClassVar[str] = "consent"
    label: ClassVar[str] = "Consent"

    def form(self, settings: Settings) -> list[Setting]:
        """The state and the purpose."""
        purposes = tuple((str(key), name) for key, name in Purpose.objects.values_list("key", "name"))
        return [Setting("state", "State", "choice", STATES), Setting("purpose", "Purpose", "choice", purposes)]

    def sql(self, settings: Settings, params: Parameters) -> str:
        """What holds now. Carried by consent_once (contact_id, purpose_id)."""
        mine = (
            "SELECT FROM profile_consent k WHERE k.contact_id = c.id "
            f"AND k.purpose_id = {params.add(str(settings.get('purpose')))}::text"
        )
        if settings.get("state") == "none":
            return f"NOT EXISTS ({mine})"
        return f"EXISTS ({mine} AND k.state = {params.add(str(settings.get('state')))}::text)"

    def topics(self, settings: Settings) -> frozenset[str]:
        """Consent."""
        return frozenset({"consent"})

    def holds(self, settings: Settings, facts: Facts) -> bool:
        """The same over the states."""
        return facts.consents.get(str(settings.get("purpose")), "none") == settings.get("state")

    def words(self, settings: Settings) -> str:
        """Such as: has granted newsletter."""
        return f"{dict(STATES).get(str(settings.get('state')), '?')} consent to “{settings.get('purpose')}”"

    def why(self, settings: Settings, facts: Facts) -> str:
        """What the ledger says."""
        state = facts.consents.get(str(settings.get("purpose")), "none")
        return f"The contact {dict(STATES)[state]}."


CONDITIONS.add(Consent.key, Consent(), order=40)
