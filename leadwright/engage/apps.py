"""Registers this package with Django and with the registries of earlier stages."""

from django.apps import AppConfig


class EngageConfig(AppConfig):
    """The `engage` package."""

    name = "leadwright.engage"
    default_auto_field = "django.db.models.BigAutoField"
