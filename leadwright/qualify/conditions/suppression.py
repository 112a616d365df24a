"""Whether the contact's address must not be used."""

from typing import ClassVar

from leadwright.kit.registries import CONDITIONS
from leadwright.qualify.conditions.base import Condition, Facts, Parameters, Setting, Settings

IS = (("yes", "is suppressed"), ("no", "is not suppressed"))


class Suppression(Condition):
    """A bounce, a complaint, or an entry by hand stands against the address."""

    key: ClassVar[str] = "suppression"
    label: ClassVar[str] = "Suppression"

    def form(self, settings: Settings) -> list[Setting]:
        """Suppressed or not."""
        return [Setting("is", "Address", "choice", IS)]

    def sql(self, settings: Settings, params: Parameters) -> str:
        """Carried by the unique index on profile_suppression (email_key)."""
        found = "EXISTS (SELECT FROM profile_suppression u WHERE u.email_key = ANY (profile_marks(c.email_key)))"
        return found if settings.get("is") != "no" else f"NOT {found}"

    def topics(self, settings: Settings) -> frozenset[str]:
        """The suppression, and the contact, whose address may change."""
        return frozenset({"suppression", "contact"})

    def holds(self, settings: Settings, facts: Facts) -> bool:
        """The same."""
        return facts.is_suppressed == (settings.get("is") != "no")

    def words(self, settings: Settings) -> str:
        """Such as: address is not suppressed."""
        return f"address {dict(IS).get(str(settings.get('is')), IS[0][1])}"

    def why(self, settings: Settings, facts: Facts) -> str:
        """What is so."""
        return f"The address {'is' if facts.is_suppressed else 'is not'} suppressed."


CONDITIONS.add(Suppression.key, Suppression(), order=50)
