"""A field of the contact's company."""

from collections.abc import Mapping
from typing import Any, ClassVar

from leadwright.kit.registries import CONDITIONS
from leadwright.qualify.conditions import fields, own_fields
from leadwright.qualify.conditions.base import BadCondition, Condition, Facts, Parameters, Setting, Settings

TEXTS = {"name": "Company name", "domain": "Company domain", "industry": "Industry", "country": "Company country"}
FIELDS = {
    **{name: fields.Field(name, label, "text", f"COALESCE(o.{name}, '')") for name, label in TEXTS.items()},
    "size": fields.Field("size", "Company size", "number", "o.size"),
}


class CompanyField(Condition):
    """Where the contact works."""

    key: ClassVar[str] = "company"
    label: ClassVar[str] = "Company field"
    for_fit: ClassVar[bool] = True

    def form(self, settings: Settings) -> list[Setting]:
        """The field, the operator and the value."""
        names = tuple(({name: field.label for name, field in FIELDS.items()} | own_fields.names("company")).items())
        defined = own_fields.find("company", str(settings.get("field")))
        more = own_fields.inputs(defined, settings) if defined else fields.inputs(_field(settings), settings)
        return [Setting("field", "Field", "choice", names, redraws=True), *more]

    def check(self, settings: Settings) -> None:
        """As always; and the field must be one of ours."""
        if defined := own_fields.find("company", str(settings.get("field"))):
            own_fields.check(defined, settings)
        elif settings.get("field") not in FIELDS:
            raise BadCondition(f"There is no company field “{settings.get('field')}”; choose another.")
        super().check(settings)

    def sql(self, settings: Settings, params: Parameters) -> str:
        """A comparison on the company's row; who has no company has empty fields. Carried by its primary key."""
        if question := _own(settings):
            positive, negated = own_fields.sql(question, "o", params), question.is_negated
        else:
            positive, negated = fields.sql(_field(settings), settings, params)
        found = f"EXISTS (SELECT FROM profile_company o WHERE o.id = c.company_id AND {positive})"
        return f"NOT {found}" if negated else found

    def topics(self, settings: Settings) -> frozenset[str]:
        """The company, and the contact, who may change firms."""
        return frozenset({"contact", "company"})

    def turns(self, settings: Settings, params: Parameters) -> str | None:
        """For questions about the last or the next days; one look at the company each."""
        question = _own(settings)
        found = own_fields.turns(question, "o", params) if question else []
        looked = (f"(SELECT {turn} FROM profile_company o WHERE o.id = c.company_id)" for turn in found)
        return ", ".join(looked) or None

    def holds(self, settings: Settings, facts: Facts) -> bool:
        """The same over the values."""
        if question := _own(settings):
            return own_fields.holds(question, _custom(facts).get(question.defined.key), facts)
        return fields.holds(_field(settings), settings, _value(settings, facts), facts)

    def words(self, settings: Settings) -> str:
        """Such as: Company size is at least “50”."""
        if question := _own(settings):
            return own_fields.words(question)
        return fields.words(_field(settings), settings)

    def why(self, settings: Settings, facts: Facts) -> str:
        """Such as: Company size is “120”."""
        if (question := _own(settings)) and facts.company:
            return own_fields.why(question.defined, _custom(facts).get(question.defined.key))
        return fields.why(_field(settings), _value(settings, facts)) if facts.company else "No company is known."


def _own(settings: Settings) -> own_fields.Asked | None:
    """The question about a custom field; None where it is about another."""
    defined = own_fields.find("company", str(settings.get("field")))
    return own_fields.asked(defined, settings) if defined else None


def _custom(facts: Facts) -> Mapping[str, Any]:
    return (facts.company or {}).get("custom") or {}


def _field(settings: Settings) -> fields.Field:
    return FIELDS.get(str(settings.get("field")), FIELDS["name"])


def _value(settings: Settings, facts: Facts) -> Any:
    return facts.company.get(_field(settings).name) if facts.company else None


CONDITIONS.add(CompanyField.key, CompanyField(), order=20)
