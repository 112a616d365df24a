"""Registers this package with Django and with the registries of earlier stages."""

from django.apps import AppConfig

from leadwright.kit import registries
from leadwright.kit.registries import MenuEntry


class UiConfig(AppConfig):
    """The `ui` package."""

    name = "leadwright.ui"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """The first line of the menu."""
        registries.MENU.add("today", MenuEntry("Today", "wagtailadmin_home", "home", order=0))
