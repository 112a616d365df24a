"""Registers this package with Django and with the registries of earlier stages."""

from django.apps import AppConfig


class KitConfig(AppConfig):
    """The `kit` package."""

    name = "leadwright.kit"
    default_auto_field = "django.db.models.BigAutoField"
