"""The editor of emails: Wagtail's, with what preflight says on top and the preview beside."""

from typing import ClassVar

from wagtail.admin.panels import FieldPanel, FieldRowPanel, HelpPanel, MultiFieldPanel
from wagtail.admin.ui.tables import UpdatedAtColumn
from wagtail.snippets.views.snippets import SnippetViewSet

from leadwright.engage.models import Email


class Preflight(HelpPanel):
    """What is wrong with the email as it was last saved, and the way to its preview."""

    class BoundPanel(HelpPanel.BoundPanel):
        """Bound to one email."""

        def get_context_data(self, parent_context: dict[str, object] | None = None) -> dict[str, object]:
            """The findings, for an email that is there already."""
            from leadwright.engage import emails

            saved = self.instance if self.instance.pk else None
            findings = emails.preflight(self.instance) if saved else []
            return {**super().get_context_data(parent_context), "email": saved, "findings": findings}


class EmailEditor(SnippetViewSet):
    """Emails: what they say, to whom, and for which purpose."""

    model = Email
    icon = "mail"
    menu_label = "Emails"
    base_url_path = "emails"
    admin_url_namespace = "emails"
    list_display: ClassVar = ["name", "subject", "purpose", "persona", "buying_stage", UpdatedAtColumn()]
    list_filter: ClassVar = ["purpose", "persona", "buying_stage"]
    search_fields: ClassVar = ["name", "subject"]
    copy_view_enabled = True
    panels: ClassVar = [
        Preflight(template="engage/_preflight_panel.html", heading="Before it goes out"),
        FieldPanel("name"),
        MultiFieldPanel(
            [FieldPanel("subject"), FieldPanel("preheader")],
            heading="In the mailbox",
            help_text="Personal words are written like {{ contact.first_name | default: 'there' }}.",
        ),
        FieldPanel("body"),
        MultiFieldPanel(
            [FieldPanel("purpose"), FieldRowPanel([FieldPanel("persona"), FieldPanel("buying_stage")])],
            heading="For whom",
        ),
    ]
