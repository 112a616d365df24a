"""Forms of contacts and companies."""

from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError

from leadwright.attract.models import BuyingStage
from leadwright.profile import rules
from leadwright.profile.models import Company, Contact
from leadwright.workspace.models import User


def active_users() -> Any:
    """Whoever may own a record."""
    return User.objects.filter(is_active=True).order_by("name")


TAKEN = "Somebody else in the workspace has this address already; ask an administrator to give the contact to you."


class ContactForm(forms.ModelForm[Contact]):
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
            "buying_stage",
            "owner",
            "language",
        )
        labels: ClassVar = {"email": "E-mail address", "title": "Job title"}
        help_texts: ClassVar = {
            "title": "",
            "country": "Two letters, such as DE.",
            "phone": "With the country's code, such as +49.",
        }

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.fields["owner"].queryset = active_users()  # type: ignore[attr-defined]
        if self.instance.pk and self.instance.company:
            self.fields["company_name"].initial = self.instance.company.name

    def clean_country(self) -> str:
        """Two capital letters."""
        country: str = self.cleaned_data["country"].upper()
        if country and not (len(country) == 2 and country.isalpha()):
            raise ValidationError("Give the country as two letters, such as DE or US.")
        return country

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
        found = super().clean() or {}
        if not any(found.get(name) for name in ("first_name", "last_name", "email", "phone")) and not self.errors:
            raise ValidationError("Give at least a name, an address or a phone number.")
        return found

    @property
    def changed_fields(self) -> list[str]:
        """The contact's fields that this form changes."""
        return ["company" if name == "company_name" else name for name in self.changed_data]


class CompanyForm(forms.ModelForm[Company]):
    """A company, by hand."""

    class Meta:
        model = Company
        fields = ("name", "domain", "industry", "size", "city", "country", "owner")
        labels: ClassVar = {"size": "People who work there"}
        help_texts: ClassVar = {
            "size": "",
            "domain": "Such as nordwind.example; mails from it belong to this company.",
            "country": "Two letters.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = active_users()  # type: ignore[attr-defined]

    def clean_domain(self) -> str | None:
        """Without protocol, www and path; empty is none."""
        domain = (self.cleaned_data["domain"] or "").strip().lower()
        for start in ("https://", "http://", "www."):
            domain = domain.removeprefix(start)
        return domain.split("/")[0] or None

    def clean_country(self) -> str:
        """Two capital letters."""
        return str(self.cleaned_data["country"].upper())


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
