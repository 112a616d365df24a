"""Registers this package with Django and with the registries of earlier stages."""

from django.apps import AppConfig


class ImproveConfig(AppConfig):
    """The `improve` package."""

    name = "leadwright.improve"
    default_auto_field = "django.db.models.BigAutoField"
