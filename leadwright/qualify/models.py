"""Segments, score rules, scores, leads and their moves."""

from typing import ClassVar, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from leadwright.kit import clock
from leadwright.profile.models import Contact
from leadwright.workspace.models import User, Workspace


class Segment(models.Model):
    """A stored question whose answer is a set of contacts.

    `conditions` is a tree: {"all"|"any"|"none": [node, …]} or {"kind": <key in CONDITIONS>, …its settings}.
    """

    name = models.CharField(max_length=120, unique=True)
    conditions = models.JSONField(default=dict)
    description = models.CharField(max_length=250, blank=True)
    is_active = models.BooleanField(default=True)
    is_stale = models.BooleanField(default=True, editable=False, help_text="The whole segment is to be asked anew.")
    size = models.PositiveIntegerField(default=0, editable=False)
    refreshed_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    def __str__(self) -> str:
        return self.name


class Member(models.Model):
    """A contact is in a segment since a moment."""

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="members")
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="memberships")
    since = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["segment", "contact"], name="member_once")]


class Turn(models.Model):
    """The next moment at which time alone may change whether a contact is in a segment, such as "within 30 days"."""

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="turns")
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="+")
    turns_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["segment", "contact"], name="turn_once")]
        indexes: ClassVar = [models.Index(fields=["turns_at"])]


class Change(models.Model):
    """Something about some contacts has changed that a reader of this package has not looked at yet.

    Written by triggers (migrations 0002 and 0007), in the transaction of the change itself, so that nobody needs to
    remember it and none is skipped; taken off by `segments` and `scores`.
    """

    reader = models.CharField(max_length=10)  # segments, scores
    # new, contact, seen, custom, custom:<key>, company, identity, consent, suppression, lead, score, segment; of nobody
    # yet, who is number 0: line:<a line of the suppression list that is a fingerprint or a domain>
    topic = models.CharField(max_length=260)
    contacts = ArrayField(models.BigIntegerField())  # up to 200
    import_id = models.BigIntegerField(null=True)  # what the change comes of; see capture.activities.caused_by

    class Meta:
        indexes: ClassVar = [models.Index(fields=["reader", "id"])]


class ScoreModel(models.Model):
    """How points become a judgement: half-life and thresholds. One row for now; one per product line later."""

    name = models.CharField(max_length=80, default="Standard")
    half_life_days = models.FloatField(default=30)
    fit_threshold = models.IntegerField(default=20)
    engagement_threshold = models.IntegerField(default=30)
    is_stale = models.BooleanField(default=True, editable=False, help_text="All scores are to be summed anew.")

    def __str__(self) -> str:
        return self.name

    @classmethod
    def standard(cls) -> "ScoreModel":
        """The one model there is; made where there is none."""
        return cls.objects.order_by("pk").first() or cls.objects.create()


class ScoreRule(models.Model):
    """Points for who somebody is (fit: a condition) or for what somebody did (engagement: a kind of activity)."""

    class Kind(models.TextChoices):
        FIT = "fit", "Fit: who they are"
        ENGAGEMENT = "engagement", "Engagement: what they did"

    model = models.ForeignKey(ScoreModel, on_delete=models.CASCADE, related_name="rules")
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    points = models.IntegerField()
    condition = models.JSONField(default=dict, blank=True, help_text="Fit: a condition as in segments.")
    activity_kind = models.CharField(max_length=40, blank=True)
    activity_name = models.CharField(max_length=200, blank=True, help_text="Empty: any. A trailing * matches a prefix.")
    cap = models.PositiveIntegerField(
        null=True, blank=True, help_text="At most so many times per contact within one half-life; empty: every time."
    )
    is_active = models.BooleanField(default=True)
    is_stale = models.BooleanField(default=True, editable=False, help_text="Its points are to be given anew.")

    def __str__(self) -> str:
        return self.name


class Point(models.Model):
    """Points that a contact got from one rule for one activity (engagement) or for as long as it fits (fit)."""

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="points")
    rule = models.ForeignKey(ScoreRule, on_delete=models.CASCADE)
    points = models.IntegerField()
    at = models.DateTimeField()
    activity_id = models.UUIDField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["contact", "rule", "activity_id"], name="point_once", nulls_distinct=False)
        ]


class Score(models.Model):
    """A contact's score. `engagement_level` is t/h + log2(points), in half-lives since 2020-01-01: it stays the same
    while time passes, so an index on it stays sorted. `below_at` is when the engagement of somebody hot falls below the
    threshold."""

    contact = models.OneToOneField(Contact, on_delete=models.CASCADE, primary_key=True, related_name="score")
    fit = models.IntegerField(default=0)
    engagement_level = models.FloatField(null=True)
    below_at = models.DateTimeField(null=True, db_index=True)
    is_hot = models.BooleanField(default=False)  # above both thresholds
    updated_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["-engagement_level"]), models.Index(fields=["-fit"])]


class Stage(models.TextChoices):
    """Where a lead stands."""

    NEW = "new", "New"
    MQL = "mql", "Marketing qualified"
    SAL = "sal", "Sales accepted"
    SQL = "sql", "Sales qualified"
    OPPORTUNITY = "opportunity", "Opportunity"
    WON = "won", "Won"
    LOST = "lost", "Lost"
    DISQUALIFIED = "disqualified", "Disqualified"
    RECYCLED = "recycled", "Recycled"


WAY: tuple[Stage, ...] = (Stage.NEW, Stage.MQL, Stage.SAL, Stage.SQL, Stage.OPPORTUNITY, Stage.WON)
OPEN: tuple[Stage, ...] = WAY[:-1]
NEEDS_REASON: tuple[Stage, ...] = (Stage.DISQUALIFIED, Stage.RECYCLED, Stage.LOST)


class Reason(models.Model):
    """Why a lead was lost, disqualified or recycled; from a list, so that it can be counted."""

    stage = models.CharField(max_length=16, choices=Stage.choices)
    label = models.CharField(max_length=80)
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["stage", "label"], name="reason_once")]

    def __str__(self) -> str:
        return self.label


class LeadQuerySet(models.QuerySet["Lead"]):
    """Sets of leads."""

    def visible_to(self, user: User) -> Self:
        """Those that a user may see: a rep sees the own ones and those that nobody has, unless reps see all."""
        if user.sees_everything or Workspace.objects.filter(reps_see_all=True).exists():
            return self
        return self.filter(models.Q(owner=user) | models.Q(owner=None))

    def open(self) -> Self:
        """Those that are still on their way."""
        return self.filter(stage__in=OPEN)


class Lead(models.Model):
    """One episode of interest of one contact, from raising a hand to won or lost."""

    # An index that begins with the contact, or the owner, serves for both.
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="leads", db_index=False)
    external_id = models.CharField(max_length=120, null=True, blank=True)
    stage = models.CharField(max_length=16, choices=Stage.choices, default=Stage.NEW)
    stage_since = models.DateTimeField(default=clock.now)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, db_index=False
    )
    interest = models.CharField(max_length=200, blank=True)
    source = models.CharField(max_length=120, blank=True)  # "form demo", "import 3", "console", raw origin of a file
    channel = models.CharField(max_length=40, blank=True)
    campaign = models.ForeignKey("attract.Campaign", null=True, blank=True, on_delete=models.SET_NULL)
    value = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    reason = models.ForeignKey(Reason, null=True, blank=True, on_delete=models.PROTECT)
    custom = models.JSONField(default=dict, blank=True)
    activity_id = models.UUIDField(null=True, unique=True)  # the raised hand, so that a repeat opens no second lead
    opened_at = models.DateTimeField(default=clock.now)  # the clock of the response starts here: at capture
    closed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=clock.now)
    updated_at = models.DateTimeField(default=clock.now)

    objects = LeadQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["stage", "-opened_at"]),
            models.Index(fields=["owner", "stage"]),
            models.Index(fields=["-opened_at", "-id"]),
            models.Index(fields=["contact", "-opened_at"]),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["external_id"], name="lead_external", condition=models.Q(external_id__isnull=False)
            )
        ]

    def __str__(self) -> str:
        return f"{self.contact} · {self.get_stage_display()}"


class Hand(models.Model):
    """A form that opens a lead was sent by somebody whom stitching has not named yet; gone once the lead is open."""

    activity_id = models.UUIDField(primary_key=True)
    subject_id = models.UUIDField(db_index=True)
    at = models.DateTimeField()
    form = models.ForeignKey("attract.Form", on_delete=models.CASCADE, related_name="+")
    channel = models.CharField(max_length=40, blank=True)
    campaign_id = models.BigIntegerField(null=True)


class StageMove(models.Model):
    """A lead moved from one stage to another: when, by whom, why. Never changed; time in stage derives from it."""

    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="moves", db_index=False)
    from_stage = models.CharField(max_length=16, choices=Stage.choices, blank=True)
    to_stage = models.CharField(max_length=16, choices=Stage.choices)
    at = models.DateTimeField()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL)
    actor = models.CharField(max_length=80)  # the user's name, "score", "journey Welcome", "import 3", "API key …"
    reason = models.CharField(max_length=250, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["lead", "at", "id"]), models.Index(fields=["to_stage", "at"])]
