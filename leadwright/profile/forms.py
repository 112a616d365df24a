"""Forms of contacts and companies: own and custom fields, and care for whoever wrote at the same time."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.forms.models import model_to_dict
from django.utils import timezone

from leadwright.attract.models import BuyingStage
from leadwright.kit import countries
from leadwright.profile import rules
from leadwright.profile.fields import definitions, values
from leadwright.profile.fields.values import BadValue, Definition
from leadwright.profile.models import Company, CompanyDomain, Contact
from leadwright.workspace.models import User

CUSTOM = "custom__"


def active_users() -> Any:
    """Whoever may own a record."""
    return User.objects.filter(is_active=True).order_by("name")


TAKEN = "Somebody else in the workspace has this address already; ask an administrator to give the contact to you."


class ValueField(forms.Field):
    """A custom field in a form: drawn by its kind, read as everywhere."""

    def __init__(self, defined: Definition, before: Any = None) -> None:
        super().__init__(
            required=defined.is_required, label=defined.label, help_text=defined.help, widget=_widget(defined, before)
        )
        self.defined = defined

    def to_python(self, value: Any) -> Any:
        """The value as it is stored; None where it is blank."""
        try:
            return values.read(self.defined, value)
        except BadValue as error:
            raise ValidationError(str(error)) from None

    def clean(self, value: Any) -> Any:
        """Moments are told in the reader's zone."""
        return super().clean(_in_utc(value) if self.defined.kind == "moment" else value)

    def prepare_value(self, value: Any) -> Any:
        """A stored value as the input shows it."""
        if self.defined.kind == "yes_no" and isinstance(value, bool):
            return "yes" if value else "no"
        if self.defined.kind == "moment" and isinstance(value, str) and value.endswith("Z"):
            return f"{timezone.localtime(datetime.fromisoformat(value)):%Y-%m-%dT%H:%M}"
        return value

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether what was typed is another value."""
        try:
            return bool(self.to_python(initial) != self.clean(data))
        except ValidationError:
            return True


def _in_utc(value: Any) -> Any:
    try:
        return timezone.make_aware(datetime.fromisoformat(value)) if isinstance(value, str) and value else value
    except ValueError:
        return value


def _widget(defined: Definition, before: Any) -> forms.Widget:  # noqa: PLR0911  one line a kind
    kept = before if isinstance(before, list) else [before]
    offered = [(o.key, o.label) for o in defined.options if not o.is_retired or o.key in kept]
    match defined.kind:
        case "long_text":
            return forms.Textarea(attrs={"rows": 4})
        case "choice" | "user":
            return forms.Select(choices=[("", "–"), *offered])
        case "choices":
            return forms.CheckboxSelectMultiple(choices=offered)
        case "yes_no":
            return forms.Select(choices=[("", "–"), ("yes", "yes"), ("no", "no")])
        case "number" | "money":
            return forms.TextInput(attrs={"inputmode": "decimal"})
        case "date":
            return forms.DateInput(attrs={"type": "date"})
        case "moment":
            return forms.DateTimeInput(attrs={"type": "datetime-local"})
    kinds = {"url": "url", "email": "email", "phone": "tel"}
    return forms.TextInput(attrs={"type": kinds[defined.kind]} if defined.kind in kinds else {})


class Careful(forms.ModelForm[Any]):
    """A record's form that loses nothing where two people write at once.

    It carries what each field said when it was drawn. A field that the reader did not touch keeps what the record says
    now; one that both changed is shown again with what the other wrote, and is written over only if kept once more.
    `only` leaves one field, for changing it in place. Custom fields that the reader may not see are left out.
    """

    of: ClassVar[str] = "contact"
    was = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, user: User, only: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.overtaken: dict[str, str] = {}
        self._add_custom()
        self._prepare()
        if only:
            self.fields = {name: each for name, each in self.fields.items() if name in (field_name(only), "was")}
        present = {name: self._plain(name) for name in self.fields if name != "was"}
        self._then: Mapping[str, Any] = present
        if self.is_bound and (told := self.data.get("was")):
            try:
                self._then = present | json.loads(told)
            except (ValueError, TypeError):
                self._then = present
        self._now = present
        self.initial["was"] = json.dumps(present)

    def _prepare(self) -> None:
        """What a kind of record adds."""

    def _add_custom(self) -> None:
        sees_all = self.user.has_perm("profile.view_personal_values")
        for key, defined in definitions.known(self.of).items():
            if defined.is_retired or (defined.is_personal and not sees_all):
                continue
            before = (self.instance.custom or {}).get(key)
            self.fields[f"{CUSTOM}{key}"] = ValueField(defined, before)
            self.initial[f"{CUSTOM}{key}"] = before

    def _plain(self, name: str) -> Any:
        """What a field says now, as JSON takes it."""
        value = self.get_initial_for_field(self.fields[name], name)
        value = getattr(value, "pk", value)
        return value if value is None or isinstance(value, bool | int | float | str | list) else str(value)

    def _touched(self) -> list[str]:
        """The fields in which the reader wrote something else than was there when the form was drawn."""
        return [
            name
            for name, each in self.fields.items()
            if name != "was"
            and each.has_changed(self._then.get(name), each.widget.value_from_datadict(self.data, self.files, name))
        ]

    def clean(self) -> dict[str, Any]:
        """Leave alone what the reader did not touch, and ask where somebody else was faster."""
        found = super().clean() or {}
        touched = self._touched()
        for name in [name for name in self.fields if name not in touched]:
            found.pop(name, None)
            self.errors.pop(name, None)  # somebody else's mistake, or an old one: not of this edit
        for name in touched:
            if name in found and self._then.get(name) != self._now[name] and not self._same(name, found[name]):
                self.overtaken[name] = self._words(name)
        if self.overtaken:
            labels = " and ".join(f"“{self.fields[name].label}”" for name in self.overtaken)
            for name, said in self.overtaken.items():
                self.add_error(
                    name, f"Meanwhile it was changed to “{said or 'nothing'}”. Keep again to write yours over it."
                )
            told: Any = self.data
            told = told.copy()
            told["was"] = json.dumps(dict(self._then) | {name: self._now[name] for name in self.overtaken})
            self.data = told
            raise ValidationError(f"While you wrote, somebody else changed {labels}. Nothing of yours is lost.")
        self._check_unique(touched, found)
        return found

    def _same(self, name: str, value: Any) -> bool:
        return bool(getattr(value, "pk", value) == self._now[name])

    def _words(self, name: str) -> str:
        each = self.fields[name]
        if isinstance(each, ValueField):
            return values.words(each.defined, self._now[name])
        choices = dict(getattr(each, "choices", ()) or ())
        return str(choices.get(self._now[name], self._now[name] or ""))

    def _check_unique(self, touched: Iterable[str], found: Mapping[str, Any]) -> None:
        for name in touched:
            each = self.fields[name]
            if not isinstance(each, ValueField) or not each.defined.is_unique or found.get(name) is None:
                continue
            if definitions.taken(each.defined, found[name], self.instance.pk):
                self.add_error(name, f"Another record has this {each.label} already; it must be unique.")

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        own = dict(self.instance.custom or {})
        for name, value in self.cleaned_data.items():
            if name.startswith(CUSTOM):
                own[name.removeprefix(CUSTOM)] = value
        self.instance.custom = {key: value for key, value in own.items() if value is not None}

    @property
    def changed_fields(self) -> list[str]:
        """The record's fields that this form changes: title, company, custom.budget."""
        if not self.is_bound:
            return []
        return [
            "company" if name == "company_name" else name.replace(CUSTOM, "custom.")
            for name in self._touched()
            if name in self.cleaned_data
        ]


def field_name(field: str) -> str:
    """What a record's field is called in its form."""
    return {"company": "company_name"}.get(field, field.replace("custom.", CUSTOM))


def country_code(text: str) -> str:
    """Two capital letters, from them or from a name."""
    code = countries.code_of(text)
    if text.strip() and not code:
        raise ValidationError("Give the country as two letters, such as DE or US.")
    return code


class ContactForm(Careful):
    """A person, by hand."""

    company_name = forms.CharField(label="Company", required=False, max_length=200, help_text="A new one is made.")

    class Meta:
        model = Contact
        fields = (
            "first_name",
            "last_name",
            "email",
            "phone",
            "title",
            "company_name",
            "city",
            "country",
            "persona",
            "buying_role",
            "buying_stage",
            "owner",
            "language",
            "time_zone",
        )
        labels: ClassVar = {"email": "E-mail address", "title": "Job title", "buying_role": "Role in buying"}
        help_texts: ClassVar = {
            "title": "",
            "country": "Two letters, such as DE.",
            "phone": "With the country's code, such as +49.",
        }

    def _prepare(self) -> None:
        self.fields["owner"].queryset = active_users()  # type: ignore[attr-defined]
        if self.instance.pk and self.instance.company:
            self.initial["company_name"] = self.instance.company.name

    def clean_country(self) -> str:
        """Two capital letters."""
        return country_code(self.cleaned_data["country"])

    def clean_email(self) -> str:
        """An address belongs to one contact; whose it is, is said only to those who may see that contact."""
        if not self.cleaned_data["email"]:
            return ""
        try:
            address = rules.normalise_email(self.cleaned_data["email"])
        except rules.BadAddress as error:
            raise ValidationError(str(error)) from None
        other = Contact.objects.filter(email_key=address.key).exclude(pk=self.instance.pk).first()
        if other and not Contact.objects.visible_to(self.user).filter(pk=other.pk).exists():
            raise ValidationError(TAKEN)
        if other:
            raise ValidationError(f"{other} has this address already. Open that contact, or merge the two.")
        return address.email

    def clean_phone(self) -> str:
        """In E.164, where the number says its country."""
        return rules.e164(self.cleaned_data["phone"])

    def clean(self) -> dict[str, Any]:
        """Something must tell who it is."""
        found = super().clean()
        known = model_to_dict(self.instance) | found
        if not any(known.get(name) for name in ("first_name", "last_name", "email", "phone")) and not self.errors:
            raise ValidationError("Give at least a name, an address or a phone number.")
        return found


class CompanyForm(Careful):
    """A company, by hand."""

    of: ClassVar[str] = "company"

    class Meta:
        model = Company
        fields = ("name", "domain", "industry", "size", "city", "country", "owner")
        labels: ClassVar = {"size": "People who work there"}
        help_texts: ClassVar = {
            "size": "",
            "domain": "Such as nordwind.example; mails from it belong to this company.",
            "country": "Two letters.",
        }

    def _prepare(self) -> None:
        self.fields["owner"].queryset = active_users()  # type: ignore[attr-defined]

    def clean_domain(self) -> str | None:
        """Without protocol, www and path; empty is none."""
        domain = (self.cleaned_data["domain"] or "").strip().lower()
        for start in ("https://", "http://", "www."):
            domain = domain.removeprefix(start)
        found = domain.split("/")[0] or None
        other = CompanyDomain.objects.filter(domain=found).exclude(company=self.instance.pk).first() if found else None
        if other:
            raise ValidationError(f"{found} belongs to {other.company}; merge the two companies instead.")
        return found

    def clean_country(self) -> str:
        """Two capital letters."""
        return country_code(self.cleaned_data["country"])

    def clean_name(self) -> str:
        """A second firm of the same name and without a domain of its own is more likely the same one, sent twice."""
        name: str = " ".join(self.cleaned_data["name"].split())
        if not self.instance.pk and not self.data.get("domain"):
            same = Company.objects.filter(name__iexact=name).first()
            if same:
                raise ValidationError(
                    f"There is a company “{same}” already. Give this one its domain to tell them apart."
                )
        return name


class GiveForm(forms.Form):
    """To whom a set of contacts goes."""

    owner: forms.ModelChoiceField[User] = forms.ModelChoiceField(
        queryset=None, required=False, empty_label="nobody", label="To"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = active_users()  # type: ignore[attr-defined]


class StageForm(forms.Form):
    """Which buying stage a set of contacts has."""

    buying_stage = forms.ChoiceField(choices=[("", "unknown"), *BuyingStage.choices], required=False)
