"""Registers this package with Django and with the registries of earlier stages."""

from django.apps import AppConfig

from leadwright.kit import registries
from leadwright.kit.registries import FileKeeper, MenuEntry


class UiConfig(AppConfig):
    """The `ui` package."""

    name = "leadwright.ui"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """The menu's first lines, the sidebar that keeps them, and the files that lists are exported to."""
        from leadwright.ui import exports, jobs, sidebars  # noqa: F401

        sidebars.keep()
        registries.FILES.add("exports", FileKeeper("files of exports", exports.erase))
        registries.MENU.add("exports", MenuEntry("Your files", "exports", "download", group="Settings", order=45))
        registries.MENU.add("today", MenuEntry("Today", "wagtailadmin_home", "home", order=0))
