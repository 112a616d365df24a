"""The editors of personas and forms: Wagtail's, with the fields in the order that people think."""

from typing import Any, ClassVar

from django import forms
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.panels import (
    FieldPanel,
    FieldRowPanel,
    HelpPanel,
    InlinePanel,
    MultiFieldPanel,
    ObjectList,
    TabbedInterface,
)
from wagtail.snippets.views.snippets import SnippetViewSet

from leadwright.attract import questions
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


class FormEditorForm(WagtailAdminModelForm):
    """What a form's editor checks over all questions together."""

    def clean(self) -> dict[str, Any]:
        """A question may only depend on one above it; names stand once; a variant leaves out what there is."""
        found: dict[str, Any] = super().clean()
        rows = self._questions()
        plan = questions.Form("x", "x", tuple(question for _, question in rows))
        wrong = questions.misplaced(plan)
        names = [question.name for _, question in rows]
        for editor, question in rows:
            if question.name in wrong:
                editor.add_error("show_when", wrong[question.name])
            if names.count(question.name) > 1:
                editor.add_error("name", "Another question has this name already; give each its own.")
        for editor in self._rows("variants"):
            left = set((editor.cleaned_data.get("leaves_out") or "").split())
            if unknown := sorted(left - set(names)):
                editor.add_error("leaves_out", f"There is no question called {unknown[0]}.")
        return found

    def _rows(self, relation: str) -> list[Any]:
        formset = self.formsets.get(relation)
        formset.is_valid() if formset else None
        return [
            each
            for each in (formset.forms if formset else ())
            if getattr(each, "cleaned_data", None) and not each.cleaned_data.get("DELETE")
        ]

    def _questions(self) -> list[tuple[Any, questions.Question]]:
        editors = sorted(self._rows("fields"), key=lambda each: each.cleaned_data.get("ORDER") or 0)
        return [
            (each, questions.read({"code": "", "name": ""}, [each.instance.row()]).questions[0]) for each in editors
        ]


ABOUT = [
    FieldRowPanel([FieldPanel("label"), FieldPanel("name")]),
    FieldRowPanel(
        [FieldPanel("kind"), FieldPanel("maps_to", widget=forms.TextInput(attrs={"list": "lw-contact-fields"}))]
    ),
    FieldPanel("options"),
    FieldRowPanel([FieldPanel("purpose"), FieldPanel("wording", widget=forms.Textarea(attrs={"rows": 2}))]),
    FieldRowPanel([FieldPanel("is_required"), FieldPanel("half")]),
]
WORDS = MultiFieldPanel(
    [FieldPanel("help"), FieldRowPanel([FieldPanel("placeholder"), FieldPanel("default")]), FieldPanel("begins_step")],
    heading="Words and steps",
    classname="collapsed",
)
LIMITS = MultiFieldPanel(
    [
        FieldRowPanel([FieldPanel("minimum"), FieldPanel("maximum"), FieldPanel("increment")]),
        FieldRowPanel([FieldPanel("shortest"), FieldPanel("longest")]),
        FieldPanel("pattern"),
        FieldRowPanel([FieldPanel("file_types"), FieldPanel("most_megabytes")]),
        FieldPanel("complaint"),
    ],
    heading="What fits",
    classname="collapsed",
)
ASKED = MultiFieldPanel(
    [FieldPanel("asked"), FieldPanel("show_when"), FieldPanel("show_if_any")],
    heading="When it is asked",
    classname="collapsed",
)


class FormEditor(SnippetViewSet):
    """Forms: the questions, the consent asked for, what happens then, where they stand, and how they are guarded."""

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
                    HelpPanel(template="attract/editor/_fields.html"),
                    FieldRowPanel([FieldPanel("name"), FieldPanel("code")]),
                    InlinePanel(
                        "fields",
                        panels=[*ABOUT, WORDS, LIMITS, ASKED],
                        label="question",
                        heading="Questions",
                        min_num=1,
                    ),
                    FieldRowPanel([FieldPanel("button"), FieldPanel("most_unknown"), FieldPanel("country")]),
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
                    FieldRowPanel([FieldPanel("thanks_page"), FieldPanel("redirect_url")]),
                    FieldPanel("thanks"),
                    FieldPanel("resource"),
                    FieldRowPanel([FieldPanel("opens_lead"), FieldPanel("campaign")]),
                    FieldPanel("notify", widget=forms.CheckboxSelectMultiple),
                    FieldPanel("notify_addresses", widget=forms.Textarea(attrs={"rows": 2})),
                    HelpPanel(template="attract/editor/panels.html"),
                    FieldPanel("is_active"),
                ],
                heading="Afterwards",
            ),
            ObjectList(
                [
                    MultiFieldPanel(
                        [
                            FieldRowPanel([FieldPanel("free_mail"), FieldPanel("disposable_mail")]),
                            FieldPanel("mail_complaint"),
                            FieldPanel("checks_domain"),
                        ],
                        heading="Addresses",
                    ),
                    FieldPanel("guard"),
                ],
                heading="Guard",
            ),
            ObjectList(
                [
                    HelpPanel(content="Visitors see one of them by chance, each by its weight, and always the same."),
                    FieldPanel("own_weight"),
                    InlinePanel(
                        "variants",
                        panels=[
                            FieldRowPanel([FieldPanel("code"), FieldPanel("weight")]),
                            FieldRowPanel([FieldPanel("button"), FieldPanel("leaves_out")]),
                        ],
                        label="variant",
                        heading="Variants",
                    ),
                ],
                heading="Variants",
            ),
            ObjectList(
                [HelpPanel(template="attract/editor/embed.html"), FieldPanel("allowed_origins")], heading="Embed"
            ),
        ],
        base_form_class=FormEditorForm,
    )
