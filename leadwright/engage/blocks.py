"""What an email is built of: each kind of block says how it reads as MJML and as plain text.

A `Sheet` collects both while the blocks are walked. Liquid is lifted out before anything is escaped or parsed as MJML,
and put back at the end, so that it survives untouched; links are lifted out the same way, so that each can be tracked.
"""

import html
import re
import secrets
from html.parser import HTMLParser
from typing import Any

import nh3
from django.utils.html import strip_tags
from wagtail import blocks
from wagtail.images.blocks import ImageChooserBlock
from wagtail.rich_text import expand_db_html

from leadwright.attract.models import Persona
from leadwright.attract.stages import BuyingStage
from leadwright.qualify.models import Segment

LIQUID = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_HREF = re.compile(r'(<a\b[^>]*?\bhref=")([^"]*)(")')
_VOID = re.compile(r"<(br|hr)\s*/?>")
_TAGS = {
    "p",
    "b",
    "strong",
    "i",
    "em",
    "a",
    "br",
    "ul",
    "ol",
    "li",
    "h2",
    "h3",
    "h4",
    "blockquote",
    "code",
    "sup",
    "sub",
}
RICH = ["bold", "italic", "link", "ol", "ul", "blockquote"]


BRACES = re.compile(r"\{[{%]")


class Sheet:
    """An email while it is being set: MJML sections, lines of plain text, links, and what was lifted out."""

    def __init__(self) -> None:
        self.sections: list[str] = []
        self.parts: list[str] = []
        self.links: list[str] = []
        self._column: list[str] = []
        self._kept: list[str] = []
        # Letters and digits only, since MJML's parser may escape others; unguessable, so that no text contains one.
        self._nonce = f"kept{secrets.token_hex(6)}"
        self._mark = re.compile(f"{self._nonce}n(\\d+)n")

    def keep(self, piece: str) -> str:
        """A mark that stands for a piece until `put_back`."""
        self._kept.append(piece)
        return f"{self._nonce}n{len(self._kept) - 1}n"

    def link(self, url: str) -> str:
        """The mark of a link's address; the same address is one link. Addresses for mail and phone stay as they are."""
        target = html.unescape(self.put_back(url)).strip()
        if target.startswith(("mailto:", "tel:", "#")):
            return self.keep(html.escape(target))
        if target not in self.links:
            self.links.append(target)
        return self.keep(f"{{{{ link_{self.links.index(target)} }}}}")

    def escaped(self, text: str) -> str:
        """Plain text as HTML, Liquid kept."""
        return html.escape(LIQUID.sub(lambda found: self.keep(found.group()), text))

    def literal(self, text: str) -> str:
        """Plain text as HTML in which nothing is Liquid: a name from the settings is only a name."""
        return html.escape(BRACES.sub(lambda found: self.keep(f"{{{{ '{found.group()}' }}}}"), text))

    def rich(self, source: str) -> str:
        """An editor's HTML, cleaned, with Liquid and links kept."""
        kept = LIQUID.sub(lambda found: self.keep(html.unescape(found.group())), expand_db_html(source))
        clean = nh3.clean(kept, tags=_TAGS, attributes={"a": {"href"}}, link_rel=None)
        clean = _HREF.sub(lambda found: found[1] + self.link(found[2]) + found[3], clean)
        return _VOID.sub(r"<\1 />", clean)

    def put_back(self, text: str) -> str:
        """The text with all that was kept back in its place."""
        while self._mark.search(text):
            text = self._mark.sub(lambda found: self._kept[int(found[1])], text)
        return text

    def element(self, mjml: str) -> None:
        """Add an element to the running column."""
        self._column.append(mjml)

    def section(self, mjml: str) -> None:
        """Close the running column and add a section of its own."""
        self.close()
        self.sections.append(mjml)

    def column(self, stream: Any) -> str:
        """Set blocks in a column of their own, which is not part of the running one."""
        self.close()
        lay(self, stream)
        elements, self._column = "".join(self._column), []
        return f"<mj-column>{elements}</mj-column>"

    def close(self) -> None:
        """End the running column."""
        if self._column:
            self.sections.append(
                f'<mj-section css-class="card"><mj-column>{"".join(self._column)}</mj-column></mj-section>'
            )
            self._column = []

    def say(self, text: str) -> None:
        """Add a paragraph of plain text."""
        if text.strip():
            self.parts.append(text.strip("\n"))

    @property
    def text(self) -> str:
        """The plain-text part."""
        return "\n\n".join(self.parts)


class _Plain(HTMLParser):
    """Cleaned HTML as plain text: paragraphs, lists, and links with their address behind them."""

    def __init__(self) -> None:
        super().__init__()
        self.out: list[str] = []
        self.href = ""
        self.numbers: list[int | None] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.href = dict(attrs).get("href") or ""
        elif tag == "br":
            self.out.append("\n")
        elif tag in ("ul", "ol"):
            self.numbers.append(0 if tag == "ol" else None)
        elif tag == "li" and self.numbers:
            number = self.numbers[-1]
            if number is None:
                self.out.append("- ")
            else:
                self.numbers[-1] = number + 1
                self.out.append(f"{number + 1}. ")
        elif tag == "blockquote":
            self.out.append("> ")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self.href:
            self.out.append(f" ({self.href})")
            self.href = ""
        elif tag in ("p", "h2", "h3", "h4", "blockquote"):
            self.out.append("\n\n")
        elif tag == "li":
            self.out.append("\n")
        elif tag in ("ul", "ol"):
            self.numbers.pop()
            self.out.append("\n")

    def handle_data(self, data: str) -> None:
        self.out.append(re.sub(r"\s+", " ", data))


def plain(clean_html: str) -> str:
    """Cleaned HTML as plain text."""
    parser = _Plain()
    parser.feed(clean_html)
    return re.sub(r"\n{3,}", "\n\n", "".join(parser.out)).strip()


class Piece(blocks.StructBlock):
    """A kind of block that can set itself on a sheet."""

    def lay(self, sheet: Sheet, value: Any) -> None:
        """Add this block to the sheet, both as MJML and as plain text."""
        raise NotImplementedError


class Heading(Piece):
    """A line that says what follows."""

    text = blocks.CharBlock(max_length=200)

    class Meta:
        icon = "title"

    def lay(self, sheet: Sheet, value: Any) -> None:
        """As `h1`-sized text."""
        words = sheet.escaped(value["text"])
        sheet.element(
            f'<mj-text mj-class="heading" css-class="ink"><h2 style="margin:0;font:inherit">{words}</h2></mj-text>'
        )
        sheet.say(f"{html.unescape(words)}\n{'=' * min(60, max(3, len(strip_tags(value['text']))))}")


class Text(Piece):
    """Paragraphs and lists."""

    text = blocks.RichTextBlock(features=RICH)

    class Meta:
        icon = "pilcrow"

    def lay(self, sheet: Sheet, value: Any) -> None:
        """As one text element; the margins of its paragraphs come from the sheet's style."""
        source = value["text"]
        clean = sheet.rich(getattr(source, "source", None) or str(source))
        sheet.element(f'<mj-text css-class="ink copy">{clean}</mj-text>')
        sheet.say(plain(clean))


class Image(Piece):
    """A picture with its alternative text."""

    image = ImageChooserBlock()
    alt = blocks.CharBlock(required=False, max_length=200, help_text="What it shows, for whoever does not see it.")
    url = blocks.CharBlock(required=False, max_length=1000, label="Leads to")

    class Meta:
        icon = "image"

    def lay(self, sheet: Sheet, value: Any) -> None:
        """At most 1,120 pixels wide, so that it stays sharp on dense screens."""
        if value["image"] is None:
            return
        address = value["image"].get_rendition("max-1120x1400").url
        source = sheet.keep("{{ base_url }}" + address if address.startswith("/") else html.escape(address))
        alt = sheet.escaped(value["alt"])
        link = f' href="{sheet.link(value["url"])}"' if value["url"] else ""
        sheet.element(f'<mj-image src="{source}" alt="{alt}"{link} />')
        if value["alt"]:
            sheet.say(f"[{html.unescape(alt)}]" + (f" {sheet.link(value['url'])}" if value["url"] else ""))


class Button(Piece):
    """The one action of an email."""

    text = blocks.CharBlock(max_length=60)
    url = blocks.CharBlock(max_length=1000, help_text="An address, or a page of the site such as /guide/.")

    class Meta:
        icon = "link"

    def lay(self, sheet: Sheet, value: Any) -> None:
        """As a filled button; in plain text as the words and the address."""
        words, address = sheet.escaped(value["text"]), sheet.link(value["url"])
        sheet.element(f'<mj-button css-class="button" href="{address}">{words}</mj-button>')
        sheet.say(f"{html.unescape(words)}:\n{address}")


class Divider(blocks.StaticBlock):
    """A fine line."""

    class Meta:
        icon = "horizontalrule"
        admin_text = "A fine line."

    def lay(self, sheet: Sheet, value: Any) -> None:
        """As a rule."""
        sheet.element('<mj-divider css-class="rule" />')
        sheet.say("-" * 30)


SIMPLE: tuple[tuple[str, blocks.Block], ...] = (
    ("heading", Heading()),
    ("text", Text()),
    ("image", Image()),
    ("button", Button()),
    ("divider", Divider()),
)


class Columns(Piece):
    """Two columns that stand one below the other on a phone."""

    left = blocks.StreamBlock(SIMPLE)
    right = blocks.StreamBlock(SIMPLE)

    class Meta:
        icon = "table"

    def lay(self, sheet: Sheet, value: Any) -> None:
        """Each side is set on its own and then put into one section."""
        sheet.close()
        columns = "".join(sheet.column(value[side]) for side in ("left", "right"))
        sheet.section(f'<mj-section css-class="card">{columns}</mj-section>')


def personas() -> list[tuple[str, str]]:
    """The personas to choose from."""
    return [(str(pk), name) for pk, name in Persona.objects.values_list("pk", "name")]


def segments() -> list[tuple[str, str]]:
    """The segments to choose from."""
    return [(str(pk), name) for pk, name in Segment.objects.order_by("name").values_list("pk", "name")]


class OnlyFor(Piece):
    """Blocks that only some get: all that is chosen must hold."""

    persona = blocks.ChoiceBlock(choices=personas, required=False)
    buying_stage = blocks.ChoiceBlock(choices=BuyingStage.choices, required=False)
    segment = blocks.ChoiceBlock(choices=segments, required=False)
    body = blocks.StreamBlock([*SIMPLE, ("columns", Columns())])

    class Meta:
        icon = "user"
        label = "Only for …"

    def lay(self, sheet: Sheet, value: Any) -> None:
        """As Liquid around sections, so that one frozen version serves everyone."""
        conditions = [
            *([f"contact.persona_id == {int(value['persona'])}"] if value["persona"] else []),
            *([f'contact.buying_stage == "{value["buying_stage"]}"'] if value["buying_stage"] else []),
            *([f"contact.segment_ids contains {int(value['segment'])}"] if value["segment"] else []),
        ]
        opening = sheet.keep("{% if " + " and ".join(conditions or ["true"]) + " %}")
        closing = sheet.keep("{% endif %}")
        sheet.section(f"<mj-raw>{opening}</mj-raw>")
        first = len(sheet.parts)
        lay(sheet, value["body"])
        sheet.section(f"<mj-raw>{closing}</mj-raw>")
        inner = "\n\n".join(sheet.parts[first:])
        sheet.parts[first:] = [f"{opening}{inner}{closing}"]


BODY: tuple[tuple[str, blocks.Block], ...] = (
    *SIMPLE,
    ("columns", Columns()),
    ("only_for", OnlyFor(icon="user", label="Only for …")),
)


def lay(sheet: Sheet, stream: Any) -> None:
    """Set all blocks of a stream on a sheet."""
    for child in stream:
        child.block.lay(sheet, child.value)
