"""Registers this package with Django and with the registries of earlier stages."""

from django.apps import AppConfig


class UiConfig(AppConfig):
    """The `ui` package."""

    name = "leadwright.ui"
    default_auto_field = "django.db.models.BigAutoField"
