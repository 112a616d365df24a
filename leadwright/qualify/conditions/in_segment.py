"""Whether the contact is in another segment."""

from typing import ClassVar

from leadwright.kit.registries import CONDITIONS
from leadwright.qualify.conditions.base import Condition, Facts, Parameters, Setting, Settings, whole_number
from leadwright.qualify.models import Segment

IS = (("in", "is in"), ("not_in", "is not in"))


class InSegment(Condition):
    """Another segment's stored members; that segment is brought in line first."""

    key: ClassVar[str] = "segment"
    label: ClassVar[str] = "Segment"

    def form(self, settings: Settings) -> list[Setting]:
        """In or not, and which."""
        return [Setting("is", "How", "choice", IS), Setting("segment", "Which segment", "choice", _options())]

    def sql(self, settings: Settings, params: Parameters) -> str:
        """Carried by member_once (segment_id, contact_id)."""
        segment = params.add(whole_number(settings.get("segment")))
        found = f"EXISTS (SELECT FROM qualify_member m WHERE m.segment_id = {segment} AND m.contact_id = c.id)"
        return found if settings.get("is") != "not_in" else f"NOT {found}"

    def topics(self, settings: Settings) -> frozenset[str]:
        """The other segment."""
        return frozenset({f"segment:{whole_number(settings.get('segment'))}"})

    def holds(self, settings: Settings, facts: Facts) -> bool:
        """The same over the memberships."""
        return (whole_number(settings.get("segment")) in facts.segments) == (settings.get("is") != "not_in")

    def words(self, settings: Settings) -> str:
        """Such as: is in “Pricing visitors”."""
        name = dict(_options()).get(str(settings.get("segment")), "a deleted segment")
        return f"{dict(IS).get(str(settings.get('is')), 'is in')} “{name}”"

    def why(self, settings: Settings, facts: Facts) -> str:
        """In or not."""
        return f"The contact is {'' if whole_number(settings.get('segment')) in facts.segments else 'not '}in it."


def _options() -> tuple[tuple[str, str], ...]:
    return tuple((str(key), name) for key, name in Segment.objects.order_by("name").values_list("pk", "name"))


CONDITIONS.add(InSegment.key, InSegment(), order=80)
