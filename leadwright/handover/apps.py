"""Registers this package with Django and with the registries of earlier stages."""

from django.apps import AppConfig


class HandoverConfig(AppConfig):
    """The `handover` package."""

    name = "leadwright.handover"
    default_auto_field = "django.db.models.BigAutoField"
