"""The pieces a page is built from: each is one class here and one fragment in templates/attract/blocks/."""

from typing import Any

from django.core.exceptions import ValidationError
from wagtail import blocks
from wagtail.documents.blocks import DocumentChooserBlock
from wagtail.images.blocks import ImageBlock
from wagtail.snippets.blocks import SnippetChooserBlock

from leadwright.attract import questions

WORDS = ["bold", "italic", "link", "document-link", "ol", "ul", "h3", "h4", "hr"]


class Heading(blocks.StructBlock):
    """A heading with a short line above it, and an anchor to link to."""

    text = blocks.CharBlock(max_length=160)
    above = blocks.CharBlock(max_length=60, required=False, help_text="A few words above the heading, such as a theme.")
    anchor = blocks.RegexBlock(
        r"^[a-z][a-z0-9-]*$",
        required=False,
        help_text="So that #anchor in a link leads here.",
        error_messages={"invalid": "Use small letters, digits and hyphens, and begin with a letter."},
    )

    class Meta:
        icon = "title"
        template = "attract/blocks/heading.html"
        label_format = "{text}"


class Picture(blocks.StructBlock):
    """An image with its alternative text and a caption."""

    image = ImageBlock()
    caption = blocks.CharBlock(max_length=250, required=False)
    width = blocks.ChoiceBlock(
        choices=[("text", "As wide as the text"), ("wide", "Wider than the text")], default="text"
    )

    class Meta:
        icon = "image"
        template = "attract/blocks/picture.html"


class Quote(blocks.StructBlock):
    """What a customer says: proof in somebody's own words."""

    text = blocks.TextBlock(rows=3)
    person = blocks.CharBlock(max_length=120)
    role = blocks.CharBlock(max_length=160, required=False, help_text="Job title and firm.")

    class Meta:
        icon = "openquote"
        label = "Quote"
        template = "attract/blocks/quote.html"


class Figure(blocks.StructBlock):
    """One number and what it says."""

    number = blocks.CharBlock(max_length=20)
    says = blocks.CharBlock(max_length=120)


class Proof(blocks.StructBlock):
    """Numbers that prove it, with their source."""

    figures = blocks.ListBlock(Figure(), min_num=1, max_num=4)
    source = blocks.CharBlock(max_length=200, required=False, help_text="Where the numbers come from.")

    class Meta:
        icon = "order"
        template = "attract/blocks/proof.html"


class Firms(blocks.StructBlock):
    """Names of customers in one line."""

    intro = blocks.CharBlock(max_length=120, required=False)
    names = blocks.ListBlock(blocks.CharBlock(max_length=60), min_num=2, max_num=8)

    class Meta:
        icon = "group"
        label = "Customers"
        template = "attract/blocks/firms.html"


class Card(blocks.StructBlock):
    """One point among others."""

    title = blocks.CharBlock(max_length=100)
    text = blocks.TextBlock(rows=3)
    page = blocks.PageChooserBlock(required=False)


class Cards(blocks.StructBlock):
    """Two to six points side by side."""

    cards = blocks.ListBlock(Card(), min_num=2, max_num=6)
    numbered = blocks.BooleanBlock(required=False, help_text="They are steps, one after another.")

    class Meta:
        icon = "grip"
        label = "Cards or steps"
        template = "attract/blocks/cards.html"


class ButtonValue(blocks.StructValue):
    """A button's values, with its target."""

    @property
    def target(self) -> str:
        """Where the button leads."""
        page = self.get("page")
        return str(page.url) if page else self.get("url") or ""


class Button(blocks.StructBlock):
    """A call to action: one step that the reader can take now."""

    label = blocks.CharBlock(max_length=60)
    page = blocks.PageChooserBlock(required=False)
    url = blocks.CharBlock(
        required=False,
        max_length=500,
        label="or address",
        help_text="https://… , mailto:… , tel:… or #anchor, where it is not one of your pages.",
    )
    says = blocks.CharBlock(max_length=160, required=False, help_text="A sentence beside the button.")
    strong = blocks.BooleanBlock(required=False, default=True, help_text="The one action that matters here.")

    class Meta:
        icon = "link"
        label = "Call to action"
        template = "attract/blocks/button.html"
        value_class = ButtonValue
        label_format = "{label}"

    def clean(self, value: Any) -> Any:
        """A button leads to a page or to a safe address, never to a script."""
        cleaned = super().clean(value)
        url = cleaned.get("url") or ""
        if not cleaned.get("page") and not url:
            raise blocks.StructBlockValidationError({"page": ValidationError("Choose a page, or give an address.")})
        if url and not url.startswith(("https://", "http://", "mailto:", "tel:", "#", "/")):
            raise blocks.StructBlockValidationError(
                {"url": ValidationError("An address begins with https://, mailto:, tel:, / or #.")}
            )
        return cleaned


class FormBlock(blocks.StructBlock):
    """One of the forms, with the words above it."""

    form = SnippetChooserBlock("attract.Form")
    title = blocks.CharBlock(max_length=120, required=False)
    text = blocks.CharBlock(max_length=300, required=False)

    class Meta:
        icon = "form"
        label = "Form"
        template = "attract/blocks/form.html"


class ConditionBlock(blocks.StructBlock):
    """Another question's answer, on which a question depends."""

    question = blocks.RegexBlock(
        r"^[a-z][a-z0-9_]*$", label="Question", help_text="The name of a question above this one."
    )
    relation = blocks.ChoiceBlock(choices=list(questions.RELATIONS.items()), default="is")
    value = blocks.CharBlock(max_length=250, required=False, help_text="Not needed for “is filled in” and “is empty”.")

    class Meta:
        icon = "view"
        label = "Condition"
        form_classname = "struct-block lw-when"
        label_format = "{question} {relation} {value}"


BLANK = ("condition", {"question": "", "relation": "is", "value": ""})  # a new group begins with one condition
JOINED = (("all", "All of these hold"), ("any", "One of these is enough"))


class InnerGroupBlock(blocks.StructBlock):
    """Conditions that belong together."""

    joined = blocks.ChoiceBlock(choices=JOINED, default="any", label="Together")
    parts = blocks.StreamBlock([("condition", ConditionBlock())], min_num=1, label="Conditions", default=[BLANK])

    class Meta:
        icon = "list-ul"
        label = "Group"
        label_format = "{joined}"


class GroupBlock(InnerGroupBlock):
    """Conditions and groups of conditions that belong together."""

    parts = blocks.StreamBlock(
        [("condition", ConditionBlock()), ("group", InnerGroupBlock())],
        min_num=1,
        label="Conditions",
        default=[BLANK],
    )

    class Meta:
        icon = "list-ul"
        label = "Group of conditions"
        label_format = "{joined}"


class Answer(blocks.StructBlock):
    """A question and its answer."""

    question = blocks.CharBlock(max_length=160)
    answer = blocks.RichTextBlock(features=WORDS)


class Questions(blocks.StructBlock):
    """Questions that buyers ask, folded."""

    answers = blocks.ListBlock(Answer(), min_num=1)

    class Meta:
        icon = "help"
        template = "attract/blocks/questions.html"


class Text(blocks.RichTextBlock):
    """Running text."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**({"features": WORDS} | options))

    class Meta:
        icon = "pilcrow"
        template = "attract/blocks/text.html"


class Narrow(blocks.StreamBlock):
    """What may stand in a column."""

    heading = Heading()
    text = Text()
    picture = Picture()
    quote = Quote()
    proof = Proof()
    button = Button()
    form = FormBlock()

    class Meta:
        required = False


class Columns(blocks.StructBlock):
    """Two columns that become one on a phone."""

    left = Narrow()
    right = Narrow()
    share = blocks.ChoiceBlock(
        choices=[("half", "Halves"), ("left", "Left wider"), ("right", "Right wider")], default="half"
    )
    ground = blocks.BooleanBlock(required=False, help_text="On a tinted ground.")

    class Meta:
        icon = "table"
        template = "attract/blocks/columns.html"


class Download(blocks.StructBlock):
    """A document that anybody may have, without a form."""

    document = DocumentChooserBlock()
    label = blocks.CharBlock(max_length=80, required=False)

    class Meta:
        icon = "doc-full"
        template = "attract/blocks/download.html"


class Body(Narrow):
    """All that may stand on a page."""

    proof = Proof()
    firms = Firms()
    cards = Cards()
    questions = Questions()
    columns = Columns()
    download = Download()
