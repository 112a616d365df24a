"""How far a buyer has come; a word that pages, personas' messages and contacts share."""

from django.db import models


class BuyingStage(models.TextChoices):
    """How far a buyer has come, seen from behaviour."""

    AWARENESS = "awareness", "Awareness"
    CONSIDERATION = "consideration", "Consideration"
    DECISION = "decision", "Decision"
