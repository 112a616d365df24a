"""Assignments and tasks."""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models

from leadwright.kit import clock
from leadwright.profile.models import Contact
from leadwright.qualify.models import Lead
from leadwright.workspace.models import User, Workspace


class Assignment(models.Model):
    """A lead was given to a rep: when, by which rule, why, and until when an answer is promised."""

    class Answer(models.TextChoices):
        ACCEPTED = "accepted", "Accepted"
        REJECTED = "rejected", "Rejected"
        TOUCHED = "touched", "Tried to reach"
        PASSED_ON = "passed_on", "Given to somebody else"

    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="assignments")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    at = models.DateTimeField()
    rule = models.CharField(max_length=80)
    why = models.CharField(max_length=250)
    answer_by = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=16, choices=Answer.choices, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["user", "-at"]),
            models.Index(fields=["lead", "-at"]),
            models.Index(fields=["answer_by"], condition=models.Q(answered_at=None), name="assignment_open"),
        ]

    def __str__(self) -> str:
        return f"{self.lead} to {self.user}"


class Unrouted(models.Model):
    """A lead that is ready for a rep and has none yet; gone as soon as it is given to one."""

    lead = models.OneToOneField(Lead, primary_key=True, on_delete=models.CASCADE, related_name="+")
    since = models.DateTimeField()  # when it became ready
    why = models.CharField(max_length=200)


class TaskQuerySet(models.QuerySet["Task"]):
    """Sets of tasks."""

    def visible_to(self, user: User) -> Self:
        """Those that a user may see: a rep sees the own ones, and those nobody has of contacts that he may see."""
        if user.sees_everything or Workspace.objects.filter(reps_see_all=True).exists():
            return self
        return self.filter(models.Q(user=user) | models.Q(user=None, contact__in=Contact.objects.visible_to(user)))


class Task(models.Model):
    """Something a user must do by a time."""

    class Kind(models.TextChoices):
        CALL = "call", "Call"
        MAIL = "mail", "Write"
        MEETING = "meeting", "Meet"
        TODO = "todo", "Do"

    class Outcome(models.TextChoices):
        REACHED = "reached", "Talked"
        NO_ANSWER = "no_answer", "No answer"
        CALL_BACK = "call_back", "Call back later"
        MAILED = "mailed", "Wrote"
        MEETING = "meeting", "Meeting booked"
        NOT_INTERESTED = "not_interested", "Not interested"
        DONE = "done", "Done"

    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.CALL)
    title = models.CharField(max_length=200)
    why = models.CharField(max_length=250, blank=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="tasks")
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="tasks")
    lead = models.ForeignKey(Lead, null=True, blank=True, on_delete=models.CASCADE, related_name="tasks")
    cause = models.CharField(max_length=120, unique=True)  # "assignment:5", "enrollment:55:step:4", "user:3:…"
    due_at = models.DateTimeField()
    created_at = models.DateTimeField(default=clock.now)
    snoozed_until = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=16, choices=Outcome.choices, blank=True)
    note = models.TextField(blank=True)

    objects = TaskQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["user", "due_at"], condition=models.Q(done_at=None), name="task_open"),
            models.Index(fields=["contact", "-created_at"]),
        ]

    def __str__(self) -> str:
        return self.title
