"""Pieces: a part of a version cut at its personal fields once, so that a letter only puts its own values between.

Most emails are constant text with plain fields, such as `{{ contact.first_name | default: 'there' }}`, and tracked
links. Such a part is cut and encoded when it is compiled. Everything else, and every value that Liquid treats in a way
of its own, goes through Liquid itself; the text is the same on both ways.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from liquid import BoundTemplate
from liquid.builtin.content import ContentNode
from liquid.builtin.expressions import FilteredExpression, Path
from liquid.builtin.expressions.primitive import StringLiteral
from liquid.builtin.output import OutputNode
from liquid.context import RenderContext
from liquid.stringify import to_liquid_string

from leadwright.engage import liquid, rules

LARGEST = 200_000  # letters; more goes through Liquid, which knows the limits
OWN_WORDS = ("size", "first", "last")  # what Liquid itself answers for, besides the keys of a map
OWN_NAMES = ("now", "today")
_TO_ESCAPE = re.compile(r"[&<>'\"]")
SOFT = b"=\r\n"


class Rare(Exception):
    """A value that only Liquid knows how to write."""


@dataclass(frozen=True, slots=True)
class Field:
    """A personal field: where its value is found, and what stands there where there is none."""

    path: tuple[str, ...]
    fallback: str
    has_default: bool
    is_html: bool

    def text(self, known: Mapping[str, Any]) -> str:
        """The value as Liquid writes it; raises Rare where it is not a plain one."""
        value: Any = known
        for name in self.path:
            if type(value) is not dict:
                raise Rare
            value = value.get(name)
            if value is None:
                if name in OWN_WORDS:
                    raise Rare
                return self.fallback
        if type(value) is int:
            return str(value)
        if type(value) is not str or "\r" in value or len(value) > LARGEST:
            raise Rare
        if self.has_default and not value.strip():
            if value:
                raise Rare
            return self.fallback
        return rules.escaped(value) if self.is_html and _TO_ESCAPE.search(value) else value


@dataclass(frozen=True)
class Part:
    """A subject, a body or a link, compiled. `fields` stand between `texts`; without texts, Liquid fills it in."""

    template: BoundTemplate
    texts: tuple[str, ...] = ()
    fields: tuple[Field, ...] = ()
    quoted_texts: tuple[bytes, ...] = ()

    def fill(self, known: Mapping[str, Any]) -> str:
        """The part filled in; raises BadLiquid as `liquid.render` does."""
        if self.texts:
            try:
                values = [field.text(known) for field in self.fields]
            except Rare:
                return liquid.render(self.template, known)
            return "".join([word for pair in zip(self.texts, values, strict=False) for word in pair]) + self.texts[-1]
        return liquid.render(self.template, known)

    def quoted(self, known: Mapping[str, Any]) -> bytes:
        """The part filled in, as quoted-printable; a soft line break stands on each side of a value."""
        if self.texts:
            pieces = [self.quoted_texts[0]]
            try:
                for field, text in zip(self.fields, self.quoted_texts[1:], strict=True):
                    pieces.append(rules.quoted_piece(field.text(known)))
                    pieces.append(text)
            except Rare:
                return rules.quoted_printable(self.fill(known))
            return b"".join(pieces)
        return rules.quoted_printable(self.fill(known))


def part(source: str, *, is_html: bool) -> Part:
    """Compile a source; raises BadLiquid with the place of the fault."""
    template = liquid.compile(source, is_html=is_html)
    if len(source) > LARGEST or "\r" in source:
        return Part(template)
    texts, fields = [""], []
    for node in template.nodes:
        if type(node) is ContentNode:
            texts[-1] += node.text
        elif type(node) is OutputNode and (field := _field(template, node, is_html=is_html)):
            fields.append(field)
            texts.append("")
        else:
            return Part(template)
    quoted = [rules.quoted_piece(text) for text in texts[:-1]] + [rules.quoted_printable(texts[-1])]
    return Part(template, tuple(texts), tuple(fields), tuple(quoted))


def _field(template: BoundTemplate, node: OutputNode, *, is_html: bool) -> Field | None:
    """The field of an output, or None where it is more than a path with at most a default text."""
    said = node.expression
    if type(said) is not FilteredExpression or type(said.left) is not Path:
        return None
    path, filters = said.left.path, said.filters or []
    names = tuple(name for name in path if isinstance(name, str))
    if len(names) != len(path) or names[0] in OWN_NAMES:
        return None
    for each in filters:
        values = [argument.value for argument in each.args]
        if each.name != "default" or len(values) != 1 or type(values[0]) is not StringLiteral:
            return None
    if len(filters) > 1:
        return None
    fallback = to_liquid_string(said.evaluate(RenderContext(template)), is_html)
    return Field(names, fallback, bool(filters), is_html)
