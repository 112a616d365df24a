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
        for order, (key, label, url_name, icon, permission) in enumerate(
            (
                ("campaign", "Campaigns", "campaigns", "rotate", "view_campaign"),
                ("form", "Forms", "forms", "form", "view_form"),
                ("resource", "Resources", "resources", "download", "view_resourcepage"),
                ("persona", "Personas", "wagtailsnippets_attract_persona:list", "group", "view_persona"),
                ("link", "Links", "links", "link", "view_trackedlink"),
            )
        ):
            MENU.add(f"attract.{key}", MenuEntry(label, url_name, icon, f"attract.{permission}", "Attract", order * 10))
