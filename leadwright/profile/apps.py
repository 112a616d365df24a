"""Registers this package with Django and with the registries of earlier stages."""

from django.apps import AppConfig


class ProfileConfig(AppConfig):
    """The `profile` package."""

    name = "leadwright.profile"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register what files can be imported as."""
        from leadwright.kit.registries import IMPORT_KINDS
        from leadwright.profile.imports import CONTACTS

        IMPORT_KINDS.add("contacts", CONTACTS, order=10)
