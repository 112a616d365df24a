"""Personas, campaigns, tracked links, forms. The site's pages live in `attract.pages`."""

import re
from typing import Any, ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.http import HttpRequest
from modelcluster.fields import ParentalKey, ParentalManyToManyField
from modelcluster.models import ClusterableModel
from wagtail.fields import StreamField
from wagtail.models import Orderable, PreviewableMixin

from leadwright.attract import questions, stages
from leadwright.attract.blocks import ConditionBlock, GroupBlock
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
    WORD_OF_MOUTH = "Word of Mouth"
    PARTNER = "Partner"
    UNASSIGNED = "Unassigned"


HONEYPOT = questions.HONEYPOT
MOST_TOLD = 10  # addresses of one form, besides colleagues
ORIGIN = re.compile(r"https?://[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?")


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

    class Rule(models.TextChoices):
        ALLOW = "allow", "Take it"
        WARN = "warn", "Ask once whether it is meant"
        REFUSE = "refuse", "Ask for another address"

    class Guard(models.TextChoices):
        OFF = "off", "Keep nothing aside but filled traps"
        NORMAL = "normal", "Keep aside what several signs speak against"
        STRICT = "strict", "Keep aside whatever no browser has vouched for"

    name = models.CharField(max_length=120)
    code = models.CharField(max_length=60, unique=True, validators=[slug], help_text="Its address: /t/f/<code>.")
    button = models.CharField(max_length=40, default="Send")
    thanks = models.CharField(max_length=250, default="Thank you. We have received your message.")
    thanks_page = models.ForeignKey(
        "wagtailcore.Page", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    redirect_url = models.URLField(
        "or lead to", max_length=1000, blank=True, help_text="An address elsewhere, where there is no thanks page."
    )
    resource = models.ForeignKey(
        "attract.ResourcePage",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name="gives",
        help_text="Whoever sends it gets this file, wherever the form stands.",
    )
    opens_lead = models.BooleanField(default=True, help_text="Whoever sends it becomes a lead.")
    campaign = models.ForeignKey(Campaign, null=True, blank=True, on_delete=models.SET_NULL)
    notify = ParentalManyToManyField(
        settings.AUTH_USER_MODEL,
        blank=True,
        related_name="+",
        verbose_name="tell",
        help_text="Who gets a mail about each submission, besides whoever the lead is given to.",
    )
    notify_addresses = models.TextField(
        "and these addresses",
        blank=True,
        max_length=2_600,
        help_text="Such as a team's mailbox, one a line. Whoever reads it sees every answer.",
    )
    consent_purpose = models.CharField(max_length=40, blank=True, help_text="Key of the purpose asked for, or empty.")
    consent_wording = models.TextField(blank=True, help_text="The exact words beside the tick box.")
    consent_required = models.BooleanField(default=False)
    free_mail = models.CharField(
        "private addresses",
        max_length=10,
        choices=Rule.choices,
        default=Rule.ALLOW,
        help_text="Such as name@gmail.com, which tells no company.",
    )
    disposable_mail = models.CharField(
        "throw-away addresses",
        max_length=10,
        choices=Rule.choices,
        default=Rule.ALLOW,
        help_text="From services that give an address for ten minutes.",
    )
    mail_complaint = models.CharField(
        "what to say then", max_length=200, blank=True, help_text="Empty: “Please use your address at work.”"
    )
    checks_domain = models.BooleanField(
        "ask the address's domain", default=False, help_text="Refuse addresses whose domain takes no mail (asks DNS)."
    )
    country = models.CharField(
        "country of phone numbers", max_length=2, blank=True, help_text="Two letters; for numbers without +49."
    )
    most_unknown = models.PositiveSmallIntegerField(
        "at most",
        null=True,
        blank=True,
        help_text="So many of the questions that are left out once they are answered, at a time; empty: all.",
    )
    guard = models.CharField("against spam", max_length=10, choices=Guard.choices, default=Guard.NORMAL)
    allowed_origins = models.TextField(
        "sites that show it",
        blank=True,
        help_text="Such as https://www.firm.example, one a line. Your own site always may.",
    )
    own_weight = models.PositiveSmallIntegerField(
        "weight of the form as it stands", default=1, help_text="Beside the weights of its variants."
    )
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

    @property
    def origins(self) -> tuple[str, ...]:
        """The sites that may show the form, besides our own."""
        return tuple(line.strip().rstrip("/").lower() for line in self.allowed_origins.splitlines() if line.strip())

    def plan(self) -> questions.Form:
        """The form as data, also before it is saved."""
        rows = [each.row() for each in self.fields.all()]
        return questions.read(vars(self), rows, [vars(each) for each in self.variants.all()])

    def clean(self) -> None:
        """Consent is asked with its words; a site is named as a browser names it."""
        wrong: dict[str, str] = {}
        if bool(self.consent_purpose) != bool(self.consent_wording.strip()):
            field = "consent_wording" if self.consent_purpose else "consent_purpose"
            wrong[field] = "Consent needs both: its purpose and the exact words beside the tick box."
        self.allowed_origins = "\n".join(self.origins)
        if bad := [each for each in self.origins if not ORIGIN.fullmatch(each)]:
            wrong["allowed_origins"] = f"{bad[0]} is no site; write it like https://www.firm.example, without a path."
        try:
            told = questions.mailboxes(self.notify_addresses)
        except ValueError as error:
            wrong["notify_addresses"] = str(error)
        else:
            self.notify_addresses = "\n".join(told)
            if len(told) > MOST_TOLD:
                wrong["notify_addresses"] = f"At most {MOST_TOLD} addresses; make one mailbox for more people."
        self.country = self.country.upper()
        if self.country and not (len(self.country) == 2 and self.country.isalpha()):
            wrong["country"] = "Give the country as two letters, such as DE or US."
        if self.redirect_url and not self.redirect_url.startswith(("https://", "http://")):
            wrong["redirect_url"] = "Give a full web address that begins with https:// or http://."
        if wrong:
            raise ValidationError(wrong)


class FormVariant(Orderable):
    """Another way to show a form to a share of its visitors, to learn which brings more."""

    form = ParentalKey(Form, on_delete=models.CASCADE, related_name="variants")
    code = models.CharField("name", max_length=20, validators=[slug], help_text="Short, such as short or no-phone.")
    weight = models.PositiveSmallIntegerField(default=1, help_text="Its share beside the other weights; 0 rests.")
    button = models.CharField(max_length=40, blank=True, help_text="Empty: as in the form.")
    leaves_out = models.CharField(
        max_length=250, blank=True, help_text="Names of questions that it does not ask, with spaces between."
    )

    class Meta(Orderable.Meta):
        constraints: ClassVar = [models.UniqueConstraint(fields=["form", "code"], name="form_variant_code_once")]

    def __str__(self) -> str:
        return self.code


class FormField(Orderable):
    """One question of a form."""

    class Kind(models.TextChoices):
        TEXT = "text", "One line"
        LONG_TEXT = "long_text", "Several lines"
        EMAIL = "email", "E-mail address"
        PHONE = "phone", "Phone number"
        NUMBER = "number", "Number"
        DATE = "date", "Day"
        TIME = "time", "Time of day"
        URL = "url", "Web address"
        CHOICE = "choice", "Choice from a list that opens"
        RADIO = "radio", "Choice, all in sight"
        CHOICES = "choices", "Several choices"
        COUNTRY = "country", "Country"
        RATING = "rating", "Rating on a scale"
        CHECKBOX = "checkbox", "Tick box"
        CONSENT = "consent", "Consent"
        FILE = "file", "File"
        HIDDEN = "hidden", "Hidden, with a fixed value"

    class Asked(models.TextChoices):
        ALWAYS = "always", "Always"
        UNKNOWN = "unknown", "Until it is answered"

    form = ParentalKey(Form, on_delete=models.CASCADE, related_name="fields")
    label = models.CharField(max_length=120)
    name = models.CharField(max_length=60, validators=[RegexValidator(r"^[a-z][a-z0-9_]*$")])
    kind = models.CharField(max_length=20, choices=Kind.choices, default=Kind.TEXT)
    is_required = models.BooleanField(default=False)
    options = models.TextField(
        blank=True, help_text="One choice a line. Of a rating: the words at its low and at its high end."
    )
    maps_to = models.CharField(max_length=60, blank=True, help_text="Field of the contact, such as first_name.")
    placeholder = models.CharField(
        "example or value",
        max_length=120,
        blank=True,
        help_text="An example of an answer; of a hidden field its value.",
    )
    half = models.BooleanField("half as wide", default=False, help_text="Two such questions stand side by side.")
    help = models.CharField("help", max_length=250, blank=True, help_text="A sentence below the question.")
    default = models.CharField(
        "filled in with", max_length=250, blank=True, help_text="What stands there before somebody writes."
    )
    minimum = models.CharField(
        "from", max_length=40, blank=True, help_text="Smallest number, first day (2026-01-31) or lowest rating."
    )
    maximum = models.CharField("to", max_length=40, blank=True, help_text="Largest number, last day, highest rating.")
    increment = models.CharField("in steps of", max_length=40, blank=True, help_text="Of numbers; empty: any.")
    shortest = models.PositiveIntegerField("at least so many characters", null=True, blank=True)
    longest = models.PositiveIntegerField("at most so many characters", null=True, blank=True)
    pattern = models.CharField(max_length=200, blank=True, help_text="A regular expression for the whole answer.")
    complaint = models.CharField(
        "what to say if it does not fit", max_length=200, blank=True, help_text="Empty: a sentence of ours."
    )
    asked = models.CharField(
        max_length=10,
        choices=Asked.choices,
        default=Asked.ALWAYS,
        help_text="“Until it is answered” leaves it out for whoever has told it already. The address is always asked.",
    )
    begins_step = models.CharField(
        "begins the step", max_length=60, blank=True, help_text="Title of a new step of the form that begins here."
    )
    show_when = StreamField(
        [("condition", ConditionBlock()), ("group", GroupBlock())],
        blank=True,
        help_text="Asked only where this holds; empty: always. Of a group of conditions all, or one, must hold.",
    )
    show_if_any = models.BooleanField("one of these is enough", default=False)
    file_types = models.CharField(
        max_length=120, blank=True, help_text="Such as pdf docx png; empty: usual documents and pictures."
    )
    most_megabytes = models.PositiveSmallIntegerField("at most so many MB", default=5)
    purpose = models.CharField(max_length=40, blank=True, help_text="Of a consent: the key of its purpose.")
    wording = models.TextField(blank=True, help_text="Of a consent: the exact words beside the tick box.")

    class Meta(Orderable.Meta):
        constraints: ClassVar = [models.UniqueConstraint(fields=["form", "name"], name="form_field_name_once")]

    def __str__(self) -> str:
        return self.label

    @property
    def choices(self) -> list[str]:
        """The options, one a line."""
        return [line.strip() for line in self.options.splitlines() if line.strip()]

    @property
    def when(self) -> questions.When:
        """When it is asked."""
        return questions.read({"code": "", "name": ""}, [self.row()]).questions[0].when

    def row(self) -> dict[str, Any]:
        """Its columns, as the database would give them."""
        return vars(self) | {"show_when": self.show_when.get_prep_value() if self.show_when else []}

    def clean(self) -> None:
        """What the kind needs is there, and a limit is one."""
        wrong: dict[str, str] = {}
        if self.name.startswith("lw_") or self.name == HONEYPOT:
            wrong["name"] = "Names that begin with lw_ are the form's own; choose another."
        if self.kind in (self.Kind.CHOICE, self.Kind.RADIO, self.Kind.CHOICES) and not self.choices:
            wrong["options"] = "Write at least one choice, one a line."
        if self.kind == self.Kind.CONSENT and not (self.purpose and self.wording.strip()):
            wrong["wording"] = "Consent needs both: its purpose and the exact words beside the tick box."
        wrong |= questions.faults(self.kind, self.minimum, self.maximum, self.increment, self.pattern, self.file_types)
        if wrong:
            raise ValidationError(wrong)
