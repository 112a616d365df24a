"""What the shell keeps: files that somebody asked for."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from leadwright.kit import clock
from leadwright.workspace.models import ApiKey


class Export(models.Model):
    """A file made of a list's rows in the background, for the one who asked, until it expires."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        RUNNING = "running", "Being written"
        DONE = "done", "Ready"
        FAILED = "failed", "Failed"
        GONE = "gone", "Removed"

    list_name = models.CharField(max_length=60)
    title = models.CharField(max_length=120)
    form = models.CharField(max_length=10)  # csv, xlsx, jsonl
    query = models.TextField(blank=True)  # the list's search, filters and order, as in its URL
    columns = models.JSONField(default=list)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    total = models.BigIntegerField(default=0)
    done = models.BigIntegerField(default=0)
    size = models.BigIntegerField(default=0)  # bytes
    path = models.CharField(max_length=500, blank=True)  # below the data folder
    error = models.TextField(blank=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="exports")
    key = models.ForeignKey(ApiKey, null=True, on_delete=models.SET_NULL)
    is_told = models.BooleanField(default=False)  # the one who asked has seen that it is ready
    created_at = models.DateTimeField(default=clock.now)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["user", "-id"])]

    def __str__(self) -> str:
        return f"{self.title} as {self.form.upper()}"
