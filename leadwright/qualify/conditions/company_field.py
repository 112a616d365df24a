"""A field of the contact's company."""

from typing import Any, ClassVar

from leadwright.kit.registries import CONDITIONS
from leadwright.qualify.conditions import fields
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
        names = tuple((name, field.label) for name, field in FIELDS.items())
        return [Setting("field", "Field", "choice", names, redraws=True), *fields.inputs(_field(settings), settings)]

    def check(self, settings: Settings) -> None:
        """As always; and the field must be one of ours."""
        if settings.get("field") not in FIELDS:
            raise BadCondition(f"There is no company field “{settings.get('field')}”; choose another.")
        super().check(settings)

    def sql(self, settings: Settings, params: Parameters) -> str:
        """A comparison on the company's row; who has no company has empty fields. Carried by its primary key."""
        positive, negated = fields.sql(_field(settings), settings, params)
        found = f"EXISTS (SELECT FROM profile_company o WHERE o.id = c.company_id AND {positive})"
        return f"NOT {found}" if negated else found

    def topics(self, settings: Settings) -> frozenset[str]:
        """The company, and the contact, who may change firms."""
        return frozenset({"contact", "company"})

    def holds(self, settings: Settings, facts: Facts) -> bool:
        """The same over the values."""
        return fields.holds(_field(settings), settings, _value(settings, facts), facts)

    def words(self, settings: Settings) -> str:
        """Such as: Company size is at least “50”."""
        return fields.words(_field(settings), settings)

    def why(self, settings: Settings, facts: Facts) -> str:
        """Such as: Company size is “120”."""
        return fields.why(_field(settings), _value(settings, facts)) if facts.company else "No company is known."


def _field(settings: Settings) -> fields.Field:
    return FIELDS.get(str(settings.get("field")), FIELDS["name"])


def _value(settings: Settings, facts: Facts) -> Any:
    return facts.company.get(_field(settings).name) if facts.company else None


CONDITIONS.add(CompanyField.key, CompanyField(), order=20)
