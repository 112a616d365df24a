"""Forms of campaigns, tracked links and spend."""

from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.html import format_html

from leadwright.attract import campaigns, links
from leadwright.attract.models import Campaign, Spend, TrackedLink

MANNERS = (
    (
        Campaign.Manner.BROADCAST,
        "Broadcast",
        (
            "One message to many people. Expect a share of them to answer: plan the reach, the likely response and the "
            "leads that follow. Mailings, adverts, search and articles are broadcasts."
        ),
    ),
    (
        Campaign.Manner.CONCENTRATION,
        "Concentration",
        (
            "One situation for named people: a stand at a fair, a seminar, a call. Plan who shall be there and when; "
            "each answer counts, percentages say little."
        ),
    ),
)


class Day(forms.DateInput):
    """A day, chosen by the browser."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class CampaignForm(forms.ModelForm[Campaign]):
    """An effort: where, in which manner, what is expected of it."""

    class Meta:
        model = Campaign
        fields = (
            "name",
            "channel",
            "manner",
            "goal",
            "goal_leads",
            "budget",
            "starts_on",
            "ends_on",
            "persona",
            "code",
        )
        widgets: ClassVar = {"manner": forms.RadioSelect, "starts_on": Day(), "ends_on": Day()}
        labels: ClassVar = {
            "goal": "What shall come of it",
            "goal_leads": "Leads expected",
            "starts_on": "From",
            "ends_on": "Until",
            "persona": "For whom",
        }
        help_texts: ClassVar = {
            "goal": "One sentence that tells later whether it worked.",
            "code": "utm_campaign in its links. Leave it empty and it is made from the name.",
            "channel": "How people come; links of this campaign count for it.",
        }

    def __init__(self, *args: Any, currency: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["manner"].choices = [  # type: ignore[attr-defined]
            (value.value, format_html("<strong>{}</strong> <span>{}</span>", name, says))
            for value, name, says in MANNERS
        ]
        self.fields["code"].required = False
        self.fields["budget"].label = f"Budget in {currency}" if currency else "Budget"
        self.fields["budget"].widget.attrs |= {"min": "0", "step": "0.01", "inputmode": "decimal"}

    def clean_code(self) -> str:
        """Made from the name where nobody chose one; a campaign keeps its own, since links carry it."""
        given: str = self.cleaned_data["code"]
        return given or self.instance.code or campaigns.free_code(self.cleaned_data.get("name") or "campaign")

    def clean(self) -> dict[str, Any]:
        """Days in order, and a budget that can be spent."""
        found = super().clean() or {}
        check_plan(found)
        return found


def check_plan(plan: dict[str, Any]) -> None:
    """Refuse a plan that ends before it begins, or whose budget is negative."""
    starts, ends, budget = plan.get("starts_on"), plan.get("ends_on"), plan.get("budget")
    wrong: dict[str, str] = {}
    if starts and ends and ends < starts:
        wrong["ends_on"] = "The campaign ends before it begins; choose a later day."
    if budget is not None and budget < 0:
        wrong["budget"] = "A budget is zero or more; leave it empty where there is none."
    if wrong:
        raise ValidationError(wrong)


class LinkForm(forms.ModelForm[TrackedLink]):
    """An address that leads to a page and tells the campaign apart."""

    target = forms.URLField(
        label="Where it leads",
        max_length=1000,
        assume_scheme="https",
        help_text="A page of your site, or any address that begins with https://.",
    )

    class Meta:
        model = TrackedLink
        fields = ("target", "source", "medium", "content", "term", "code")
        help_texts: ClassVar = {
            "source": "utm_source: who shows it, such as linkedin or fair-hannover.",
            "medium": "utm_medium: how it is shown, such as cpc, email, social or qr.",
            "content": "utm_content: tells two links apart, such as poster or flyer.",
            "term": "utm_term: the word that was paid for.",
            "code": "The last part of the address, /t/l/…; leave it empty for a short one.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].required = False
        self.fields["target"].widget.attrs |= {"list": "lw-pages", "placeholder": "https://"}
        if not self.instance.pk:
            self.fields["medium"].initial = campaigns.MEDIUMS.get(self.instance.campaign.channel, "")
        else:
            del self.fields["code"]  # it is printed and posted already

    def clean_code(self) -> str:
        """A short one where nobody chose."""
        given: str = self.cleaned_data["code"]
        return given or links.free_code(self.instance.campaign)


class SpendForm(forms.ModelForm[Spend]):
    """Money spent on one day."""

    class Meta:
        model = Spend
        fields = ("spent_on", "amount", "note")
        widgets: ClassVar = {"spent_on": Day()}
        labels: ClassVar = {"spent_on": "Day"}
        help_texts: ClassVar = {"note": "Who was paid, or for what."}

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["amount"].label = f"Amount in {currency}"
        self.fields["amount"].widget.attrs |= {"min": "0", "step": "0.01", "inputmode": "decimal"}

    def clean(self) -> dict[str, Any]:
        """Not below zero, and one entry a day and note."""
        found = super().clean() or {}
        if "amount" in found:
            campaigns.check_amount(found["amount"])
        if not found.get("spent_on"):
            return found
        same = Spend.objects.filter(
            campaign=self.instance.campaign, spent_on=found["spent_on"], note=found.get("note", "")
        ).exclude(pk=self.instance.pk)
        if same.exists():
            raise ValidationError("There is an entry for this day and note already; change that one, or add a note.")
        return found
