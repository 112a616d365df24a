"""The editor of a journey: Wagtail's, with its map beside it as the preview."""

from typing import Any, ClassVar

from wagtail.admin.panels import FieldPanel, FieldRowPanel
from wagtail.snippets.views.snippets import SnippetViewSet

from leadwright.nurture.models import Journey


class JourneyEditor(SnippetViewSet):
    """Journeys: who enters, and what happens then."""

    model = Journey
    icon = "redirect"
    menu_label = "Journeys"
    base_url_path = "journey-editor"
    admin_url_namespace = "journey_editor"
    list_display: ClassVar[list[Any]] = ["name", "is_active"]
    search_fields: ClassVar[list[str]] = ["name", "description"]
    copy_view_enabled = True
    panels: ClassVar[list[Any]] = [
        FieldPanel("name"),
        FieldRowPanel([FieldPanel("description"), FieldPanel("reenter_after_days")]),
        FieldPanel("trigger"),
        FieldPanel("steps"),
    ]
