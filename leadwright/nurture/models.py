"""Journeys, versions, steps, enrollments and the record of every step taken."""

from typing import Any, ClassVar

from django.conf import settings
from django.contrib.contenttypes.fields import GenericRelation
from django.core.validators import MinValueValidator
from django.db import models, transaction
from wagtail.models import DraftStateMixin, PreviewableMixin, RevisionMixin

from leadwright.kit import clock
from leadwright.nurture.blocks import StepsField, TriggerField
from leadwright.profile.models import Contact
from leadwright.qualify.models import Segment


class Journey(PreviewableMixin, DraftStateMixin, RevisionMixin, models.Model):
    """An automation with steps, edited as blocks; publishing freezes a version."""

    name = models.CharField(max_length=120)
    description = models.CharField(max_length=250, blank=True, help_text="What it is for, in a sentence.")
    trigger = TriggerField(default=list, help_text="What lets people in.")
    steps = StepsField(default=list, help_text="What happens to them, from top to bottom.")
    reenter_after_days = models.PositiveIntegerField(
        "re-entry after (days)",
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text="Empty: each contact goes through this journey once.",
    )
    is_active = models.BooleanField(default=False, editable=False)
    active_since = models.DateTimeField(null=True, editable=False)  # what happened before lets nobody in
    is_demo = models.BooleanField(default=False, editable=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    _revisions = GenericRelation("wagtailcore.Revision", related_query_name="journey")

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    @property
    def revisions(self) -> Any:
        """All drafts, newest last."""
        return self._revisions

    def publish(self, revision: Any, *arguments: Any, **options: Any) -> Any:
        """Make a draft the one that holds, and freeze it as a version, both or neither."""
        from leadwright.nurture import versions  # which stands on these models

        with transaction.atomic():
            answer = super().publish(revision, *arguments, **options)
            published = Journey.objects.get(pk=self.pk)
            if published.live and published.live_revision_id == revision.pk:
                versions.freeze(published)
        return answer

    def get_preview_template(self, request: Any, mode_name: str) -> str:
        """The map."""
        return "nurture/preview.html"

    def get_preview_context(self, request: Any, mode_name: str) -> dict[str, Any]:
        """The map of the draft as it is on screen, without people."""
        from leadwright.nurture import maps

        return {"journey": self, "map": maps.of_draft(self), "request": request}


class JourneyVersion(models.Model):
    """A journey as it was when it was published; never changed."""

    journey = models.ForeignKey(Journey, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    trigger = models.JSONField()  # {"kind": …, "say": …, "activity": …, "object_kind": …, "object_id": …, "name": …}
    shape = models.JSONField(default=list)  # the steps' numbers as they nest: [1, [2, [3], [4]], 5]
    is_current = models.BooleanField(default=True)
    published_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["journey", "number"], name="journey_version_once"),
            models.UniqueConstraint(
                fields=["journey"], condition=models.Q(is_current=True), name="journey_version_current"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.journey}, version {self.number}"


class Step(models.Model):
    """One step of a version: its kind (a file in `nurture.steps`), its settings, and where it leads."""

    version = models.ForeignKey(JourneyVersion, on_delete=models.CASCADE, related_name="steps")
    number = models.PositiveIntegerField()  # in reading order, from 1
    kind = models.CharField(max_length=30)
    label = models.CharField(max_length=200)
    settings = models.JSONField(default=dict)
    next_step = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="+")
    other_step = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="+")  # a branch's "no"

    class Meta:
        ordering = ("version", "number")

    def __str__(self) -> str:
        return self.label


class Enrollment(models.Model):
    """One contact's way through one version of a journey. `due_at` null: it has ended.

    Indexes are few on purpose: each step that is taken writes all of them anew.
    """

    class State(models.TextChoices):
        ACTIVE = "active", "on the way"
        DONE = "done", "done"
        EXITED = "exited", "left early"
        SET_ASIDE = "set_aside", "set aside after failures"

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="enrollments", db_index=False)
    journey = models.ForeignKey(Journey, on_delete=models.CASCADE, related_name="enrollments", db_index=False)
    version = models.ForeignKey(JourneyVersion, on_delete=models.CASCADE, db_index=False)
    # The steps of a version go only with the whole journey; that each move is checked again would cost a fifth of it.
    step = models.ForeignKey(Step, null=True, on_delete=models.SET_NULL, db_index=False, db_constraint=False)
    state = models.CharField(max_length=10, choices=State.choices, default=State.ACTIVE)
    cause = models.CharField(max_length=120)  # what made it enter; unique with journey, so that a retry enters once
    why = models.CharField(max_length=250, blank=True)
    entered_at = models.DateTimeField()
    step_since = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    failures = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=250, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["contact", "journey", "cause"], name="enrolled_once"),
            models.UniqueConstraint(
                fields=["contact", "journey"], condition=models.Q(state="active"), name="enrolled_one_at_a_time"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["step", "due_at"], condition=models.Q(state="active"), name="enrollment_due"),
            models.Index(fields=["version", "state"], name="enrollment_count"),
        ]


class StepRecord(models.Model):
    """A step that an enrollment took: entered, left, outcome, why. Never changed."""

    enrollment = models.ForeignKey(Enrollment, on_delete=models.CASCADE, related_name="records", db_index=False)
    step = models.ForeignKey(Step, on_delete=models.CASCADE, db_index=False, db_constraint=False)
    entered_at = models.DateTimeField()
    left_at = models.DateTimeField()
    outcome = models.CharField(max_length=40)  # done, yes, no, held, failed
    why = models.CharField(max_length=250, blank=True)

    class Meta:
        constraints: ClassVar = [
            # Steps lead downwards only, so each is taken once on a way; this also carries an enrollment's history.
            models.UniqueConstraint(fields=["enrollment", "step"], name="step_taken_once")
        ]
        indexes: ClassVar = [models.Index(fields=["step", "outcome"])]


class Admission(models.Model):
    """A user asked that everyone in a segment enters a journey; done in chunks by `nurture.enroll`."""

    token = models.CharField(max_length=60, unique=True)  # of the form that asked, so that a double click asks once
    journey = models.ForeignKey(Journey, on_delete=models.CASCADE, related_name="admissions")
    segment = models.ForeignKey(Segment, on_delete=models.CASCADE)
    actor = models.CharField(max_length=80)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL)
    asked_at = models.DateTimeField(default=clock.now)
    last_contact_id = models.BigIntegerField(default=0)  # checkpoint: members up to here are in
    enrolled = models.PositiveIntegerField(default=0)
    done_at = models.DateTimeField(null=True)


class Knock(models.Model):
    """A visitor whom nobody knows yet did what lets somebody in; kept for a while, until we know who it was."""

    subject_id = models.UUIDField()
    journey = models.ForeignKey(Journey, on_delete=models.CASCADE, related_name="+")
    activity_id = models.UUIDField()
    at = models.DateTimeField(db_index=True)
    why = models.CharField(max_length=250)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["subject_id", "journey"], name="knock_once")]
