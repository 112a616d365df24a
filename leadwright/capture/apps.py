"""Registers this package with Django and with the registries of earlier stages."""

from django.apps import AppConfig


class CaptureConfig(AppConfig):
    """The `capture` package."""

    name = "leadwright.capture"
    default_auto_field = "django.db.models.BigAutoField"
