"""Registers this package with Django and with the registries of earlier stages."""

from django.apps import AppConfig

from leadwright.kit.registries import ACTIVITY_KINDS, ERASERS, HOME_PANELS, MENU, ActivityKind, Eraser, MenuEntry, Panel


class CaptureConfig(AppConfig):
    """The `capture` package."""

    name = "leadwright.capture"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Announce the kinds of facts, the erasers and the background work."""
        from leadwright.capture import jobs  # noqa: F401
        from leadwright.capture.imports import runs

        kinds = {
            "page": ActivityKind("Page seen", "looked at “{name}”", "view", human_matters=True),
            "track": ActivityKind("Event", "did “{name}”", "pick", human_matters=True),
            "identify": ActivityKind("Identified", "was named by the site", "user"),
            "group": ActivityKind("Group", "belongs to “{name}”", "group"),
            "form_submitted": ActivityKind("Form sent", "sent the form “{name}”", "form", human_matters=True),
            "resource_downloaded": ActivityKind("Download", "downloaded “{name}”", "download", human_matters=True),
            "resource_requested": ActivityKind("New link asked", "asked for a new link to “{name}”", "download"),
            "link_followed": ActivityKind("Campaign link", "came by the link “{name}”", "link", human_matters=True),
            "email_opened": ActivityKind("Mail opened", "opened “{name}”", "mail", human_matters=True),
            "email_clicked": ActivityKind("Mail clicked", "clicked in “{name}”", "link-external", human_matters=True),
            "unsubscribed": ActivityKind("Unsubscribed", "unsubscribed in “{name}”", "cross"),
        }
        kinds["judged_again"] = ActivityKind("Judged again", "was judged again: {name}", "view")
        for key, kind in kinds.items():
            if key not in ACTIVITY_KINDS:
                ACTIVITY_KINDS.add(key, kind)
        held = MenuEntry(
            "Quarantine", "held_submissions", "warning", "capture.view_heldsubmission", "Attract", order=15
        )
        MENU.add("held", held)
        waiting = Panel(
            "Kept aside", "held_panel", "right", "capture.view_heldsubmission", ("marketer", "administrator")
        )
        HOME_PANELS.add("held", waiting, 60)
        MENU.add("imports", MenuEntry("Imports", "imports", "upload", "capture.view_import", "Settings", order=40))
        MENU.add("makers", MenuEntry("Machine or human", "makers", "view", "capture.view_verdict", "Measure", order=60))
        MENU.add("refusals", MenuEntry("Refused", "refusals", "cross", "capture.view_refusal", "Settings", order=45))
        ERASERS.add("imports", Eraser(("capture_importchange", "capture_importmade"), runs.erase))
