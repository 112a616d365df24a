"""Personas, campaigns, tracked links, forms. The site's pages live in `attract.pages`."""

from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.http import HttpRequest
from modelcluster.fields import ParentalKey
from modelcluster.models import ClusterableModel
from wagtail.models import Orderable, PreviewableMixin

from leadwright.attract import stages
from leadwright.attract.pages import (  # noqa: F401  Django finds models through this module
    Appearance,
    ArticleIndexPage,
    ArticlePage,
    HomePage,
    LandingPage,
    PlainPage,
    ResourcePage,
    ThanksPage,
)

BuyingStage = stages.BuyingStage

slug = RegexValidator(r"^[a-z0-9]+(?:-[a-z0-9]+)*$", "Use small letters, digits and single hyphens.")


class Channel(models.TextChoices):
    """How people came: GA4's default channel groups, then the offline ones."""

    DIRECT = "Direct"
    CROSS_NETWORK = "Cross-network"
    PAID_SHOPPING = "Paid Shopping"
    PAID_SEARCH = "Paid Search"
    PAID_SOCIAL = "Paid Social"
    PAID_VIDEO = "Paid Video"
    DISPLAY = "Display"
    PAID_OTHER = "Paid Other"
    ORGANIC_SHOPPING = "Organic Shopping"
    ORGANIC_SOCIAL = "Organic Social"
    ORGANIC_VIDEO = "Organic Video"
    ORGANIC_SEARCH = "Organic Search"
    REFERRAL = "Referral"
    EMAIL = "Email"
    AFFILIATES = "Affiliates"
    AUDIO = "Audio"
    SMS = "SMS"
    MOBILE_PUSH = "Mobile Push Notifications"
    AI_ASSISTANT = "AI Assistant"
    EVENT = "Event"
    DIRECT_MAIL = "Direct Mail"
    TELEMARKETING = "Telemarketing"
    BROADCAST_ADVERTISING = "Broadcast Advertising"
    PUBLICITY = "Publicity"
    PRODUCT_LITERATURE = "Product Literature"
    UNASSIGNED = "Unassigned"


HONEYPOT = "website_url_2"

# The contact's fields that an answer may fill, and what the browser calls them.
AUTOCOMPLETE: dict[str, str] = {
    "email": "email",
    "first_name": "given-name",
    "last_name": "family-name",
    "name": "name",
    "title": "organization-title",
    "phone": "tel",
    "company": "organization",
    "company.name": "organization",
    "country": "country-name",
    "city": "address-level2",
    "language": "language",
}


class Persona(models.Model):
    """A kind of buyer: role, goals, pains, proof, preferred format."""

    name = models.CharField(max_length=80, unique=True)
    role = models.CharField(max_length=120, help_text="What stands on the business card, such as Head of Operations.")
    goals = models.TextField(blank=True)
    pains = models.TextField(blank=True)
    proof = models.TextField(blank=True, help_text="Where we have solved this before.")
    preferred_format = models.CharField(max_length=80, blank=True)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class Campaign(ClusterableModel):
    """One effort on one channel, with goal, budget, spend and tracked links."""

    class Manner(models.TextChoices):
        BROADCAST = "broadcast", "Broadcast: many people, a statistical response"
        CONCENTRATION = "concentration", "Concentration: named people, one moment"

    name = models.CharField(max_length=120)
    code = models.CharField(max_length=60, unique=True, validators=[slug], help_text="utm_campaign in its links.")
    channel = models.CharField(max_length=40, choices=Channel.choices)
    manner = models.CharField(max_length=20, choices=Manner.choices, default=Manner.BROADCAST)
    goal = models.CharField(max_length=250, blank=True)
    goal_leads = models.PositiveIntegerField(null=True, blank=True)
    budget = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    starts_on = models.DateField(null=True, blank=True)
    ends_on = models.DateField(null=True, blank=True)
    persona = models.ForeignKey(Persona, null=True, blank=True, on_delete=models.SET_NULL)

    class Meta:
        ordering = ("-starts_on", "name")

    def __str__(self) -> str:
        return self.name


class Spend(models.Model):
    """Money spent on a campaign on one day, in the workspace's currency."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="spends")
    spent_on = models.DateField()
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    note = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["campaign", "spent_on", "note"], name="spend_once_per_day")
        ]


class TrackedLink(models.Model):
    """An address that leads to a page and tells the campaign apart: `/t/l/<code>`."""

    campaign = ParentalKey(Campaign, on_delete=models.CASCADE, related_name="links")
    code = models.CharField(max_length=40, unique=True, validators=[slug])
    target = models.URLField(max_length=1000)
    source = models.CharField(max_length=80, help_text="utm_source")
    medium = models.CharField(max_length=80, help_text="utm_medium")
    content = models.CharField(max_length=80, blank=True, help_text="utm_content")
    term = models.CharField(max_length=80, blank=True, help_text="utm_term")

    def __str__(self) -> str:
        return self.code

    def clean(self) -> None:
        """A link leads to the web, not to a script or a file."""
        if not self.target.startswith(("https://", "http://")):
            raise ValidationError({"target": "Give a full web address that begins with https:// or http://."})


class Form(PreviewableMixin, ClusterableModel):
    """Questions to a visitor in exchange for an offer, with the consent asked for."""

    name = models.CharField(max_length=120)
    code = models.CharField(max_length=60, unique=True, validators=[slug], help_text="Its address: /t/f/<code>.")
    button = models.CharField(max_length=40, default="Send")
    thanks = models.CharField(max_length=250, default="Thank you. We have received your message.")
    thanks_page = models.ForeignKey(
        "wagtailcore.Page", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    opens_lead = models.BooleanField(default=True, help_text="Whoever sends it becomes a lead.")
    campaign = models.ForeignKey(Campaign, null=True, blank=True, on_delete=models.SET_NULL)
    consent_purpose = models.CharField(max_length=40, blank=True, help_text="Key of the purpose asked for, or empty.")
    consent_wording = models.TextField(blank=True, help_text="The exact words beside the tick box.")
    consent_required = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    def get_preview_template(self, request: HttpRequest, mode_name: str) -> str:
        """The form as visitors see it, on an empty page."""
        return "attract/form_preview.html"

    def get_preview_context(self, request: HttpRequest, mode_name: str) -> dict[str, Any]:
        """The form, also before it is saved."""
        return {"form": self, "request": request}

    def clean(self) -> None:
        """Consent is asked with its words; a purpose without words, or words without a purpose, is a mistake."""
        if bool(self.consent_purpose) != bool(self.consent_wording.strip()):
            field = "consent_wording" if self.consent_purpose else "consent_purpose"
            raise ValidationError({field: "Consent needs both: its purpose and the exact words beside the tick box."})


class FormField(Orderable):
    """One question of a form."""

    class Kind(models.TextChoices):
        TEXT = "text", "One line"
        LONG_TEXT = "long_text", "Several lines"
        EMAIL = "email", "E-mail address"
        PHONE = "phone", "Phone number"
        NUMBER = "number", "Number"
        CHOICE = "choice", "Choice"
        CHECKBOX = "checkbox", "Tick box"
        HIDDEN = "hidden", "Hidden, with a fixed value"

    form = ParentalKey(Form, on_delete=models.CASCADE, related_name="fields")
    label = models.CharField(max_length=120)
    name = models.CharField(max_length=60, validators=[RegexValidator(r"^[a-z][a-z0-9_]*$")])
    kind = models.CharField(max_length=20, choices=Kind.choices, default=Kind.TEXT)
    is_required = models.BooleanField(default=False)
    options = models.TextField(blank=True, help_text="One choice a line.")
    maps_to = models.CharField(max_length=60, blank=True, help_text="Field of the contact, such as first_name.")
    placeholder = models.CharField(
        "example or value",
        max_length=120,
        blank=True,
        help_text="An example of an answer; of a hidden field its value.",
    )
    half = models.BooleanField("half as wide", default=False, help_text="Two such questions stand side by side.")

    class Meta(Orderable.Meta):
        constraints: ClassVar = [models.UniqueConstraint(fields=["form", "name"], name="form_field_name_once")]

    def __str__(self) -> str:
        return self.label

    @property
    def choices(self) -> list[str]:
        """The options, one a line."""
        return [line.strip() for line in self.options.splitlines() if line.strip()]

    @property
    def autocomplete(self) -> str:
        """What a browser may fill in here (WCAG 1.3.5)."""
        return AUTOCOMPLETE.get(self.maps_to, "off" if self.kind == self.Kind.HIDDEN else "on")

    @property
    def input_type(self) -> str:
        """The type of the HTML input."""
        return {"email": "email", "phone": "tel", "number": "number"}.get(self.kind, "text")

    def clean(self) -> None:
        """A name may not collide with the form's own fields; a choice needs something to choose from."""
        if self.name.startswith("lw_") or self.name == HONEYPOT:
            raise ValidationError({"name": "Names that begin with lw_ are the form's own; choose another."})
        if self.kind == self.Kind.CHOICE and not self.choices:
            raise ValidationError({"options": "Write at least one choice, one a line."})
