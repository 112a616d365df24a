"""Registers this package with Django and with the registries of earlier stages."""

from django.apps import AppConfig


class AttractConfig(AppConfig):
    """The `attract` package."""

    name = "leadwright.attract"
    default_auto_field = "django.db.models.BigAutoField"
