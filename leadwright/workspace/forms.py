"""Forms of the settings screens."""

import re
from collections.abc import Iterable
from typing import Any, ClassVar
from zoneinfo import available_timezones

from django import forms

from leadwright.workspace import keys, mail_domains
from leadwright.workspace.keys import INCLUDES
from leadwright.workspace.models import ApiKey, MailDomain, Role, User, Workspace

CURRENCIES = ("EUR", "USD", "GBP", "CHF", "SEK", "NOK", "DKK", "PLN", "CZK", "CAD", "AUD", "NZD", "JPY", "INR", "BRL")


def _zones() -> Iterable[tuple[str, str]]:
    names = sorted(name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "posix/")))
    return [("UTC", "UTC"), *((name, name.replace("_", " ")) for name in names)]


class Domains(forms.CharField):
    """A list of domains, one a line."""

    def __init__(self, **more: Any) -> None:
        super().__init__(widget=forms.Textarea(attrs={"rows": 3}), required=False, **more)

    def prepare_value(self, value: Any) -> Any:
        """The list as lines."""
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        """The lines as a list, without protocol, path or doubles."""
        lines = (
            line.strip().lower().removeprefix("https://").removeprefix("http://") for line in (value or "").split("\n")
        )
        return list(dict.fromkeys(line.split("/")[0] for line in lines if line))


class WorkspaceForm(forms.ModelForm[Workspace]):
    """What holds for the whole firm."""

    time_zone = forms.ChoiceField(choices=_zones, help_text="In which days and hours are shown and counted.")
    currency = forms.ChoiceField(choices=[(code, code) for code in CURRENCIES])
    own_domains = Domains(
        label="Your own domains", help_text="One a line. Visits that come from these are not counted as referrals."
    )
    passing_domains = Domains(
        label="Sites that visitors only pass",
        help_text="One a line: where they pay or sign in and come back. The usual ones are known already.",
    )

    class Meta:
        model = Workspace
        fields = (
            "firm",
            "time_zone",
            "currency",
            "sender_name",
            "sender_address",
            "postal_address",
            "response_minutes",
            "own_domains",
            "passing_domains",
            "cookies",
            "shorten_addresses",
            "reps_see_all",
            "second_factor_required",
        )
        labels: ClassVar = {
            "firm": "Name of the firm",
            "sender_name": "Mails come from (name)",
            "sender_address": "Mails come from (address)",
            "cookies": "Cookies on your site",
            "shorten_addresses": "Shorten network addresses",
            "response_minutes": "A new lead is answered within (minutes)",
            "reps_see_all": "Reps see each other's records",
            "second_factor_required": "Everyone needs a second factor",
        }


class InviteForm(forms.ModelForm[User]):
    """Somebody new."""

    class Meta:
        model = User
        fields = ("name", "email", "role")
        labels: ClassVar = {"email": "E-mail address"}

    def clean_email(self) -> str:
        """Addresses are told apart without regard to case."""
        email: str = self.cleaned_data["email"].lower()
        if User.objects.filter(email=email).exists():
            raise forms.ValidationError("There is a user with this address; look in the list, perhaps deactivated.")
        return email


class UserForm(forms.ModelForm[User]):
    """Somebody who is here."""

    time_zone = forms.ChoiceField(choices=lambda: [("", "the firm's"), *_zones()], required=False)

    class Meta:
        model = User
        fields = ("name", "role", "time_zone", "takes_leads", "is_active")
        labels: ClassVar = {"takes_leads": "Routing may give leads to this user", "is_active": "May sign in"}
        help_texts: ClassVar = {"takes_leads": ""}

    def clean(self) -> dict[str, Any]:
        """Somebody must stay who can let people in."""
        found = super().clean() or {}
        from leadwright.workspace import users

        stays = found.get("role") == Role.ADMINISTRATOR and found.get("is_active")
        before = User.objects.get(pk=self.instance.pk)
        if not stays and users.is_last_administrator(before):
            raise forms.ValidationError("This is the last administrator. Make somebody else one first.")
        return found


class Origins(forms.CharField):
    """The sites whose pages may use a key, one a line: an origin, a host, or a host with all below it."""

    def __init__(self, **more: Any) -> None:
        super().__init__(widget=forms.Textarea(attrs={"rows": 3}), required=False, **more)

    def prepare_value(self, value: Any) -> Any:
        """The list as lines."""
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        """The lines as a list, each as the collector compares it."""
        try:
            return keys.origins(re.split(r"[\s,]+", value or ""))
        except ValueError as error:
            raise forms.ValidationError(str(error)) from None


class KeyForm(forms.ModelForm[ApiKey]):
    """What a key is for, and where it may be used."""

    allowed_origins = Origins(
        label="Only on these sites",
        help_text="One a line: https://www.firm.example, or *.firm.example. Empty: anywhere, also from servers.",
    )

    class Meta:
        model = ApiKey
        fields = ("name", "allowed_origins")
        help_texts: ClassVar = {"name": "What it is for, so that you know which one to revoke."}


class NewKeyForm(KeyForm):
    """A new key; its scope stays as it is made."""

    field_order = ("name", "scope", "allowed_origins")
    scope = forms.ChoiceField(choices=[(scope.value, scope.label) for scope in ApiKey.Scope if scope.value in INCLUDES])


class MailDomainForm(forms.Form):
    """What somebody says of a mail domain."""

    domain = forms.CharField(max_length=253, label="Domain", help_text="Such as gmail.com; an address will do.")
    kind = forms.ChoiceField(choices=MailDomain.Kind.choices, label="It is")
    note = forms.CharField(max_length=200, required=False, label="Why", help_text="For whoever looks here next.")

    def clean_domain(self) -> str:
        """The bare domain."""
        try:
            return mail_domains.read(self.cleaned_data["domain"])
        except mail_domains.NoDomain as error:
            raise forms.ValidationError(str(error)) from None
