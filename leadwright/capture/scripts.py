"""A script of our own made small for the wire: comments and blanks go, the names it declares become short. Pure.

It knows just enough of JavaScript for `tracker.js`: no template strings, each name means one thing in the whole file,
and an object names its properties in full (`{name: name}`). A browser test runs what comes out.
"""

import itertools
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

TOKEN = re.compile(
    r"(?P<blank>\s+|/\*.*?\*/|//[^\n]*)"
    r"|(?P<text>\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*')"
    r"|(?P<name>[A-Za-z_$][\w$]*)"
    r"|(?P<number>\d[\w.]*)"
    r"|(?P<sign>=>|\.\.\.|===?|!==?|[<>]=?|&&|\|\||\+\+|--|\*\*|[-+*]=|.)",
    re.DOTALL,
)
REGEX = re.compile(r"/(?:[^/\\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/[a-z]*")
KEYWORDS = frozenset(
    re.findall(
        r"\w+",
        """
    as async await break case catch const continue do else false finally for function if in instanceof let new null of
    return switch this throw true try typeof undefined var void while arguments
""",
    )
)
LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_$"


class Token(NamedTuple):
    """A piece of a script."""

    kind: str  # text, name, number, sign or regex
    text: str


def squeeze(script: str) -> str:
    """The same script in fewer letters."""
    tokens = list(_tokens(script))
    used = Counter(each.text for at, each in enumerate(tokens) if each.kind == "name" and not _is_property(tokens, at))
    declared = _declared(tokens) - KEYWORDS
    free = (name for name in _names() if name not in KEYWORDS and (name in declared or name not in used))
    short = dict(zip(sorted(declared, key=lambda name: (-used[name], name)), free, strict=False)) | {"const": "let"}
    said: list[str] = []
    for at, each in enumerate(tokens):
        is_own = each.kind == "name" and not _is_property(tokens, at)
        text = short.get(each.text, each.text) if is_own else each.text
        if text == "}" and said[-1] == ";":
            said.pop()
        if said and _would_join(said[-1][-1], text[0]):
            said.append(" ")
        said.append(text)
    return "".join(said)


def _tokens(script: str) -> Iterator[Token]:
    at, last = 0, Token("sign", "(")
    while at < len(script):
        found = TOKEN.match(script, at)
        kind = found.lastgroup if found else None
        if kind == "sign" and script[at] == "/" and (last.text == "return" or _awaits_value(last)):
            found, kind = REGEX.match(script, at), "regex"
        if not found or not kind:
            raise ValueError(f"This is not the JavaScript that can be made small: {script[at : at + 40]!r}.")
        at = found.end()
        if kind != "blank":
            last = Token(kind, found[0])
            yield last


def _awaits_value(last: Token) -> bool:
    return last.kind == "sign" and last.text not in (")", "]", "}")


def _is_property(tokens: Sequence[Token], at: int) -> bool:
    before = tokens[at - 1].text if at else ""
    after = tokens[at + 1].text if at + 1 < len(tokens) else ""
    return before == "." or (after == ":" and before in ("{", ","))


def _declared(tokens: Sequence[Token]) -> set[str]:
    """Names that the script declares itself: by const and let, as functions, and as what functions and catch take."""
    names: set[str] = set()
    for at, each in enumerate(tokens):
        match each.text:
            case "const" | "let":
                names |= _of_declaration(tokens, at + 1)
            case "function":
                names.add(tokens[at + 1].text if tokens[at + 1].kind == "name" else "")
                names |= _in_brackets(tokens, at + 1 + (tokens[at + 1].kind == "name"))
            case "=>" if tokens[at - 1].kind == "name":
                names.add(tokens[at - 1].text)
            case "=>":
                begin = max(n for n in range(at) if tokens[n].text == "(")
                names |= _in_brackets(tokens, begin)
            case "catch" if tokens[at - 1].text == "}":
                names |= _in_brackets(tokens, at + 1)
    return names - {""}


def _in_brackets(tokens: Sequence[Token], at: int) -> set[str]:
    inside = itertools.takewhile(lambda each: each.text != ")", tokens[at + 1 :])
    return {each.text for each in inside if each.kind == "name"}


def _of_declaration(tokens: Sequence[Token], at: int) -> set[str]:
    names, depth, begins = set(), 0, True
    for kind, text in tokens[at:]:
        if depth < 0 or (not depth and text == ";"):
            break
        if begins and kind == "name":
            names.add(text)
        begins = not depth and text == ","
        depth += (text in ("(", "[", "{")) - (text in (")", "]", "}"))
    return names


def _names() -> Iterator[str]:
    return itertools.chain(LETTERS, map("".join, itertools.product(LETTERS, LETTERS)))


def _would_join(before: str, after: str) -> bool:
    """Whether two pieces, written without a blank, would be read as one."""
    is_word = all(letter.isalnum() or letter in "_$" for letter in (before, after))
    return is_word or (before == after and before in "+-")
