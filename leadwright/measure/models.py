"""Goals: what was expected, month by month."""

from typing import ClassVar

from django.db import models


class Goal(models.Model):
    """A plan line: how much of a metric is expected in a month (`month` is its first day)."""

    metric = models.CharField(max_length=40)  # key in measure.metrics
    month = models.DateField()
    target = models.DecimalField(max_digits=14, decimal_places=2)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["metric", "month"], name="goal_once")]
        permissions: ClassVar = [("view_report", "Can view reports")]
