"""Registers this package with Django and with the registries of earlier stages."""

from django.apps import AppConfig


class MeasureConfig(AppConfig):
    """The `measure` package."""

    name = "leadwright.measure"
    default_auto_field = "django.db.models.BigAutoField"
