"""By which channel or campaign the contact came first."""

from typing import ClassVar

from leadwright.attract.models import Campaign, Channel
from leadwright.kit.registries import CONDITIONS
from leadwright.qualify.conditions.base import Condition, Facts, Parameters, Setting, Settings

WHAT = (("channel", "First channel"), ("campaign", "First campaign"))
IS = (("is", "is"), ("is_not", "is not"))


class FirstTouch(Condition):
    """What brought somebody here."""

    key: ClassVar[str] = "came_by"
    label: ClassVar[str] = "Channel or campaign"
    for_fit: ClassVar[bool] = True

    def form(self, settings: Settings) -> list[Setting]:
        """Channel or campaign, and which."""
        return [
            Setting("what", "What", "choice", WHAT, redraws=True),
            Setting("is", "How", "choice", IS),
            Setting("value", "Which", "choice", _options(settings)),
        ]

    def sql(self, settings: Settings, params: Parameters) -> str:
        """On the contact's own row."""
        column = "c.first_campaign_id" if settings.get("what") == "campaign" else "c.first_channel"
        same = f"COALESCE({column}::text = {params.add(str(settings.get('value')))}::text, FALSE)"
        return same if settings.get("is") != "is_not" else f"NOT {same}"

    def topics(self, settings: Settings) -> frozenset[str]:
        """The contact."""
        return frozenset({"contact"})

    def holds(self, settings: Settings, facts: Facts) -> bool:
        """The same over the values."""
        name = "first_campaign" if settings.get("what") == "campaign" else "first_channel"
        value = facts.contact.get(name)
        same = value is not None and str(value) == str(settings.get("value"))
        return same if settings.get("is") != "is_not" else not same

    def words(self, settings: Settings) -> str:
        """Such as: first channel is Paid Search."""
        label = dict(_options(settings)).get(str(settings.get("value")), settings.get("value"))
        return f"first {settings.get('what') or 'channel'} {dict(IS).get(str(settings.get('is')), 'is')} “{label}”"

    def why(self, settings: Settings, facts: Facts) -> str:
        """What is known."""
        what = str(settings.get("what") or "channel")
        value = facts.contact.get(f"first_{what}")
        label = dict(_options(settings)).get(str(value), value)
        return f"The first {what} is “{label}”." if value else f"No first {what} is known."


def _options(settings: Settings) -> tuple[tuple[str, str], ...]:
    if settings.get("what") == "campaign":
        return tuple((str(key), name) for key, name in Campaign.objects.order_by("name").values_list("pk", "name"))
    return tuple((str(key), str(label)) for key, label in Channel.choices)


CONDITIONS.add(FirstTouch.key, FirstTouch(), order=25)
