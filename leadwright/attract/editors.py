"""The editors of personas and forms: Wagtail's, with the fields in the order that people think."""

from typing import ClassVar

from wagtail.admin.panels import FieldPanel, FieldRowPanel, InlinePanel, MultiFieldPanel, ObjectList, TabbedInterface
from wagtail.snippets.views.snippets import SnippetViewSet

from leadwright.attract.models import Form, Persona


class PersonaEditor(SnippetViewSet):
    """Personas: who buys, what they want, what hurts, what convinces them."""

    model = Persona
    icon = "group"
    menu_label = "Personas"
    base_url_path = "personas"
    list_display: ClassVar = ["name", "role", "preferred_format"]
    search_fields: ClassVar = ["name", "role", "goals", "pains"]
    inspect_view_enabled = True
    copy_view_enabled = True
    panels: ClassVar = [
        FieldRowPanel([FieldPanel("name"), FieldPanel("role")]),
        MultiFieldPanel([FieldPanel("goals"), FieldPanel("pains")], heading="What moves them"),
        MultiFieldPanel([FieldPanel("proof"), FieldPanel("preferred_format")], heading="What convinces them"),
    ]


class FormEditor(SnippetViewSet):
    """Forms: the questions, the consent asked for, and what happens then."""

    model = Form
    icon = "form"
    menu_label = "Forms"
    base_url_path = "form-editor"
    list_display: ClassVar = ["name", "code", "opens_lead", "is_active"]
    search_fields: ClassVar = ["name", "code"]
    copy_view_enabled = True
    edit_handler = TabbedInterface(
        [
            ObjectList(
                [
                    FieldRowPanel([FieldPanel("name"), FieldPanel("code")]),
                    InlinePanel(
                        "fields",
                        panels=[
                            FieldRowPanel([FieldPanel("label"), FieldPanel("name")]),
                            FieldRowPanel([FieldPanel("kind"), FieldPanel("maps_to")]),
                            FieldPanel("options"),
                            FieldRowPanel([FieldPanel("placeholder"), FieldPanel("is_required"), FieldPanel("half")]),
                        ],
                        label="question",
                        heading="Questions",
                        min_num=1,
                    ),
                    FieldPanel("button"),
                ],
                heading="Questions",
            ),
            ObjectList(
                [
                    FieldPanel("consent_purpose"),
                    FieldPanel("consent_wording"),
                    FieldPanel("consent_required"),
                ],
                heading="Consent",
            ),
            ObjectList(
                [
                    FieldPanel("thanks_page"),
                    FieldPanel("thanks"),
                    FieldRowPanel([FieldPanel("opens_lead"), FieldPanel("campaign")]),
                    FieldPanel("is_active"),
                ],
                heading="Afterwards",
            ),
        ]
    )
