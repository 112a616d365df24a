"""A field of the contact, also the firm's own fields: is, contains, one of, empty, before, within."""

from functools import partial
from typing import Any, ClassVar

from leadwright.attract.models import Persona
from leadwright.attract.stages import BuyingStage
from leadwright.kit.registries import CONDITIONS
from leadwright.profile.models import BuyingRole
from leadwright.qualify.conditions import fields, own_fields
from leadwright.qualify.conditions.base import BadCondition, Condition, Facts, Parameters, Setting, Settings
from leadwright.workspace.models import User

TEXTS = {
    "email": "E-mail address",
    "first_name": "First name",
    "last_name": "Last name",
    "title": "Job title",
    "phone": "Phone",
    "country": "Country",
    "city": "City",
    "language": "Language",
    "external_id": "External id",
}
MOMENTS = {"created_at": "Known since", "last_seen_at": "Last seen"}
CHOICES = {"buying_stage": "Buying stage", "buying_role": "Role in buying", "persona": "Persona", "owner": "Owner"}
OWN = "custom"


class ContactField(Condition):
    """Who the contact is."""

    key: ClassVar[str] = "contact"
    label: ClassVar[str] = "Contact field"
    for_fit: ClassVar[bool] = True

    def form(self, settings: Settings) -> list[Setting]:
        """The field, for a name that nobody has described that name, the operator and the value."""
        names = tuple((TEXTS | CHOICES | MOMENTS | own_fields.names("contact") | {OWN: "Another name …"}).items())
        found = [Setting("field", "Field", "choice", names, redraws=True)]
        if defined := own_fields.find("contact", str(settings.get("field"))):
            return found + own_fields.inputs(defined, settings)
        if settings.get("field") == OWN:
            found.append(Setting("own", "Name of the own field", placeholder="budget"))
        return found + fields.inputs(self._field(settings), settings)

    def check(self, settings: Settings) -> None:
        """As always; and the field must be one of ours."""
        if not settings.get("field"):
            raise BadCondition("Choose a field of the contact, and what it should say.")
        defined = own_fields.find("contact", str(settings.get("field")))
        if defined:
            own_fields.check(defined, settings)
        elif settings.get("field") not in {*TEXTS, *CHOICES, *MOMENTS, OWN}:
            raise BadCondition(f"There is no contact field “{settings.get('field')}”; choose another.")
        super().check(settings)

    def sql(self, settings: Settings, params: Parameters) -> str:
        """A comparison on the contact's own row; on a custom field by its kind, carried by the field's index."""
        if question := _own(settings):
            return f"{'NOT ' if question.is_negated else ''}{own_fields.sql(question, 'c', params)}"
        field = self._field(settings, params)
        positive, negated = fields.sql(field, settings, params)
        return f"{'NOT ' if negated else ''}COALESCE({positive}, FALSE)"

    def turns(self, settings: Settings, params: Parameters) -> str | None:
        """For "within the last … days" and "more than … days ago"."""
        if question := _own(settings):
            return ", ".join(own_fields.turns(question, "c", params)) or None
        return fields.turns(self._field(settings, params), settings, params)

    def topics(self, settings: Settings) -> frozenset[str]:
        """The contact itself; of custom fields only the one that is asked."""
        name = str(settings.get("field"))
        own = str(settings.get("own")) if name == OWN else name.removeprefix(own_fields.PREFIX)
        if name == OWN or name.startswith(own_fields.PREFIX):
            return frozenset({"custom", f"custom:{own}"})
        return frozenset({"seen"}) if name == "last_seen_at" else frozenset({"contact"})

    def holds(self, settings: Settings, facts: Facts) -> bool:
        """The same over the values."""
        if question := _own(settings):
            return own_fields.holds(question, (facts.contact.get("custom") or {}).get(question.defined.key), facts)
        return fields.holds(self._field(settings), settings, self._value(settings, facts), facts)

    def words(self, settings: Settings) -> str:
        """Such as: Job title contains “head”."""
        if question := _own(settings):
            return own_fields.words(question)
        return fields.words(self._field(settings), settings)

    def why(self, settings: Settings, facts: Facts) -> str:
        """Such as: Job title is “Head of Operations”."""
        if question := _own(settings):
            return own_fields.why(question.defined, (facts.contact.get("custom") or {}).get(question.defined.key))
        return fields.why(self._field(settings), self._value(settings, facts))

    @staticmethod
    def _value(settings: Settings, facts: Facts) -> Any:
        name = str(settings.get("field"))
        if name == OWN:
            return own_text((facts.contact.get("custom") or {}).get(str(settings.get("own"))))
        return facts.contact.get(name)

    @staticmethod
    def _field(settings: Settings, params: Parameters | None = None) -> fields.Field:
        name = str(settings.get("field") or "email")
        if name in MOMENTS:
            return fields.Field(name, MOMENTS[name], "moment", f"c.{name}")
        if name in CHOICES:
            texts = {"buying_stage": "NULLIF(c.buying_stage, '')", "buying_role": "NULLIF(c.buying_role, '')"}
            column = texts.get(name, f"c.{name}_id")
            return fields.Field(name, CHOICES[name], "choice", column, partial(_options, name))
        if name == OWN:
            own = str(settings.get("own") or "")
            column = f"COALESCE(c.custom ->> {params.add(own)}::text, '')" if params else ""
            return fields.Field(name, own or "Own field", "text", column)
        return fields.Field(name, TEXTS.get(name, name), "text", f"COALESCE(c.{name}, '')" if name in TEXTS else "''")


def _own(settings: Settings) -> own_fields.Asked | None:
    """The question about a custom field; None where it is about another."""
    defined = own_fields.find("contact", str(settings.get("field")))
    return own_fields.asked(defined, settings) if defined else None


def own_text(value: Any) -> str:
    """An own field's value as PostgreSQL's ->> tells it."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _options(name: str) -> tuple[tuple[str, str], ...]:
    if name == "persona":
        return tuple((str(key), label) for key, label in Persona.objects.values_list("pk", "name"))
    if name == "owner":
        return tuple((str(user.pk), str(user)) for user in User.objects.filter(is_active=True))
    return tuple(
        (str(key), str(label)) for key, label in (BuyingRole if name == "buying_role" else BuyingStage).choices
    )


CONDITIONS.add(ContactField.key, ContactField(), order=10)
