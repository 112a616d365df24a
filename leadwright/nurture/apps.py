"""Registers this package with Django and with the registries of earlier stages."""

from django.apps import AppConfig


class NurtureConfig(AppConfig):
    """The `nurture` package."""

    name = "leadwright.nurture"
    default_auto_field = "django.db.models.BigAutoField"
