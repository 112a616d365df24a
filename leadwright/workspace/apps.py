"""Registers this package with Django and with the registries of earlier stages."""

from django.apps import AppConfig


class WorkspaceConfig(AppConfig):
    """The `workspace` package."""

    name = "leadwright.workspace"
    default_auto_field = "django.db.models.BigAutoField"
