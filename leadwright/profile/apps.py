"""Registers this package with Django and with the registries of earlier stages."""

from django.apps import AppConfig


class ProfileConfig(AppConfig):
    """The `profile` package."""

    name = "leadwright.profile"
    default_auto_field = "django.db.models.BigAutoField"
