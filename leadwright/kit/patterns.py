"""Patterns that people write, such as of a customer's number: matched in time that grows with the text alone.

Python's own expressions try every way to match, and some patterns have more ways than there are atoms. RE2 reads each
character once, whatever the pattern; what cannot be matched like that (looking ahead or behind, repeating what a group
has found) it does not take, and the editor says so. Letters, digits and blanks are those of every language, as Python
has them.
"""

from functools import lru_cache
from typing import Any

import re2

LONGEST = 200  # characters of a pattern
LONGEST_TEXT = 2_000
MOST_BYTES = 2 << 20  # of a pattern made ready; (x{9}){9}… grows quickly
CLASSES = {"w": r"\p{L}\p{N}\p{M}_", "d": r"\p{Nd}", "s": r"\s\p{Z}\v"}


class BadPattern(ValueError):
    """A pattern cannot be used; the message says why."""


def check(pattern: str) -> None:
    """Raise BadPattern where a pattern cannot be used."""
    if len(pattern) > LONGEST:
        raise BadPattern(f"A pattern may have {LONGEST} characters; write it shorter.")
    try:
        _ready(pattern)
    except re2.error as error:
        said = error.args[0] if error.args else error
        say = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
        if "(?=" in pattern or "(?!" in pattern or "(?<" in pattern or "invalid escape sequence" in say:
            raise BadPattern(
                f"This pattern cannot be read: {say}. Looking ahead or behind, and repeating what a group has found "
                "(\\1), are not to be had; write it without."
            ) from None
        raise BadPattern(f"This pattern cannot be read: {say}.") from None


def fits(pattern: str, text: str) -> bool:
    """Whether the whole of a text fits a pattern; any text fits one that cannot be used."""
    try:
        return _ready(pattern).fullmatch(text[:LONGEST_TEXT]) is not None
    except re2.error:
        return True


@lru_cache(maxsize=256)
def _ready(pattern: str) -> Any:
    options = re2.Options()
    options.log_errors = False
    options.max_mem = MOST_BYTES
    return re2.compile(_of_all_languages(pattern), options=options)


def _of_all_languages(pattern: str) -> str:
    r"""A pattern whose \w, \d and \s mean those of every language, also within brackets and negated beside them."""
    made: list[str] = []
    inside, at = False, 0
    while at < len(pattern):
        letter = pattern[at]
        if letter == "\\" and at + 1 < len(pattern):
            made.append(_escaped(pattern[at + 1], inside=inside))
            at += 2
            continue
        if letter == "[" and not inside:
            inside = True
            if pattern[at + 1 : at + 2] == "^":
                made.append("[")
                at, letter = at + 1, "^"
            if pattern[at + 1 : at + 2] == "]":  # a bracket that comes first stands for itself
                made.append(letter)
                at, letter = at + 1, "\\]"
        elif letter == "]":
            inside = False
        made.append(letter)
        at += 1
    return "".join(made)


def _escaped(letter: str, *, inside: bool) -> str:
    found = CLASSES.get(letter.lower())
    if found is None or (inside and letter.isupper()):
        return "\\" + letter
    if inside:
        return found
    return f"[^{found}]" if letter.isupper() else f"[{found}]"
