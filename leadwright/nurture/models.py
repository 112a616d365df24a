"""Journeys, versions, steps, enrollments and the record of every step taken."""

from typing import ClassVar

from django.db import models

from leadwright.kit import clock
from leadwright.profile.models import Contact


class Journey(models.Model):
    """An automation with steps, edited as blocks; publishing freezes a version."""

    name = models.CharField(max_length=120)
    is_active = models.BooleanField(default=False)
    reenter_after_days = models.PositiveIntegerField(null=True, blank=True, help_text="Empty: once per contact.")
    created_at = models.DateTimeField(default=clock.now, editable=False)

    def __str__(self) -> str:
        return self.name


class JourneyVersion(models.Model):
    """A journey as it was when it was published; never changed."""

    journey = models.ForeignKey(Journey, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    trigger = models.JSONField()  # {"kind": "segment"|"form"|"activity"|"manual", …}
    is_current = models.BooleanField(default=True)
    published_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["journey", "number"], name="journey_version_once")]


class Step(models.Model):
    """One step of a version: its kind (a file in `nurture.steps`), its settings, and where it leads."""

    version = models.ForeignKey(JourneyVersion, on_delete=models.CASCADE, related_name="steps")
    number = models.PositiveIntegerField()  # in reading order, from 1
    kind = models.CharField(max_length=30)
    label = models.CharField(max_length=200)
    settings = models.JSONField(default=dict)
    next_step = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="+")
    other_step = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="+")  # a branch's "no"


class Enrollment(models.Model):
    """One contact's way through one version of a journey. `due_at` null: it has ended."""

    class State(models.TextChoices):
        ACTIVE = "active"
        DONE = "done"
        EXITED = "exited"
        SET_ASIDE = "set_aside", "set aside after failures"

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="enrollments")
    journey = models.ForeignKey(Journey, on_delete=models.CASCADE, related_name="enrollments")
    version = models.ForeignKey(JourneyVersion, on_delete=models.CASCADE)
    step = models.ForeignKey(Step, null=True, on_delete=models.SET_NULL)
    state = models.CharField(max_length=10, choices=State.choices, default=State.ACTIVE)
    cause = models.CharField(max_length=120)  # what made it enter; unique with journey, so that a retry enters once
    why = models.CharField(max_length=250, blank=True)
    entered_at = models.DateTimeField()
    step_since = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    failures = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["contact", "journey", "cause"], name="enrolled_once"),
            models.UniqueConstraint(
                fields=["contact", "journey"], condition=models.Q(state="active"), name="enrolled_one_at_a_time"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["step", "due_at"], condition=models.Q(state="active"), name="enrollment_due"),
        ]


class StepRecord(models.Model):
    """A step that an enrollment took: entered, left, outcome, why. Never changed."""

    enrollment = models.ForeignKey(Enrollment, on_delete=models.CASCADE, related_name="records")
    step = models.ForeignKey(Step, on_delete=models.CASCADE)
    entered_at = models.DateTimeField()
    left_at = models.DateTimeField()
    outcome = models.CharField(max_length=40)  # done, yes, no, held, failed
    why = models.CharField(max_length=250, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["step", "outcome"]), models.Index(fields=["enrollment", "id"])]
