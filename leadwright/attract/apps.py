"""Registers this package with Django and with the registries of earlier stages."""

from django.apps import AppConfig


class AttractConfig(AppConfig):
    """The `attract` package."""

    name = "leadwright.attract"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Every installation has a public site with a first page."""
        from leadwright.attract import sites
        from leadwright.kit.registries import FOUNDATIONS, MENU, MenuEntry

        FOUNDATIONS.add("attract.site", sites.ensure, order=20)
        for order, (key, label, icon) in enumerate(
            (
                ("campaign", "Campaigns", "rotate"),
                ("form", "Forms", "form"),
                ("persona", "Personas", "group"),
            )
        ):
            url_name = f"wagtailsnippets_attract_{key}:list"
            MENU.add(f"attract.{key}", MenuEntry(label, url_name, icon, f"attract.view_{key}", "Attract", order * 10))
