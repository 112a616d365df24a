"""Registers this package with Django and with the registries of earlier stages."""

from django.apps import AppConfig


class MeasureConfig(AppConfig):
    """The `measure` package."""

    name = "leadwright.measure"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register menu entries and the first screen's panels."""
        from leadwright.kit.registries import CAMPAIGN_PANELS, HOME_PANELS, MENU, MenuEntry, Panel

        seen = "measure.view_report"
        for order, (key, label, url_name, icon) in enumerate(
            (
                ("funnel", "Funnel", "funnel_report", "order-down"),
                ("cohorts", "Cohorts", "cohort_report", "calendar-alt"),
                ("channels", "Channels", "channel_report", "crosshairs"),
                ("goals", "Goals", "goals", "thumbtack"),
            ),
            start=1,
        ):
            MENU.add(key, MenuEntry(label, url_name, icon, seen, "Measure", order * 10))
        leaders = ("marketer", "head", "administrator")  # whoever installs it sees the funnel move, too
        for order, (key, title, url_name, column) in enumerate(
            (
                ("month", "This month", "month_panel", "middle"),
                ("shortfall", "Where you fall short", "shortfall_panel", "left"),
                ("funnel", "Funnel", "funnel_panel", "left"),
                ("channels", "Channels", "channel_panel", "right"),
            ),
            start=1,
        ):
            HOME_PANELS.add(key, Panel(title, url_name, column, seen, leaders), order)
        CAMPAIGN_PANELS.add("brought", Panel("What it brought", "campaign_panel", "right", seen))
        HOME_PANELS.add("health", Panel("System health", "health_panel", "left", "", ("administrator",)), 5)
