"""What kit keeps: answers to calls that may be repeated."""

from django.db import models


class KeptAnswer(models.Model):
    """The answer to a call with an Idempotency-Key, so that a repeated call is answered and not done again."""

    caller = models.CharField(max_length=60)
    key = models.CharField(max_length=120)
    request = models.CharField(max_length=64)  # SHA-256 of method, path and body
    status = models.PositiveSmallIntegerField()
    body = models.TextField()
    at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["caller", "key"], name="answer_once"),)
