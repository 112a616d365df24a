"""Registers this package with Django and with the registries of earlier stages."""

from django.apps import AppConfig


class QualifyConfig(AppConfig):
    """The `qualify` package."""

    name = "leadwright.qualify"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register background work and the kinds of conditions."""
        from leadwright.qualify import conditions, jobs  # noqa: F401
