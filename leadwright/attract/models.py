"""Personas, campaigns, tracked links, forms. The site's pages live in `attract.pages`."""

from typing import ClassVar

from django.core.validators import RegexValidator
from django.db import models
from modelcluster.fields import ParentalKey
from modelcluster.models import ClusterableModel
from wagtail.models import Orderable

from leadwright.attract.pages import (  # noqa: F401  Django finds models through this module
    ArticleIndexPage,
    ArticlePage,
    HomePage,
    LandingPage,
    ResourcePage,
    ThanksPage,
)

slug = RegexValidator(r"^[a-z0-9]+(?:-[a-z0-9]+)*$", "Use small letters, digits and single hyphens.")


class BuyingStage(models.TextChoices):
    """How far a buyer has come, seen from behaviour."""

    AWARENESS = "awareness", "Awareness"
    CONSIDERATION = "consideration", "Consideration"
    DECISION = "decision", "Decision"


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


class Campaign(models.Model):
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

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="links")
    code = models.CharField(max_length=40, unique=True, validators=[slug])
    target = models.URLField(max_length=1000)
    source = models.CharField(max_length=80, help_text="utm_source")
    medium = models.CharField(max_length=80, help_text="utm_medium")
    content = models.CharField(max_length=80, blank=True, help_text="utm_content")
    term = models.CharField(max_length=80, blank=True, help_text="utm_term")

    def __str__(self) -> str:
        return self.code


class Form(ClusterableModel):
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

    form = ParentalKey(Form, on_delete=models.CASCADE, related_name="fields")
    label = models.CharField(max_length=120)
    name = models.CharField(max_length=60, validators=[RegexValidator(r"^[a-z][a-z0-9_]*$")])
    kind = models.CharField(max_length=20, choices=Kind.choices, default=Kind.TEXT)
    is_required = models.BooleanField(default=False)
    options = models.TextField(blank=True, help_text="One choice a line.")
    maps_to = models.CharField(max_length=60, blank=True, help_text="Field of the contact, such as first_name.")
    placeholder = models.CharField(max_length=120, blank=True)

    def __str__(self) -> str:
        return self.label
