"""Patterns that people write are matched in bounded time, and mean what they mean in Python."""

import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadwright.attract.questions import Form, Question, check
from leadwright.kit import patterns

EVIL = ["(a|aa)+c", "((ab|a|b)+)+c", r"(\w|\d)+\s", "(?:a?){100}a{100}b", "(.*a){12}c", "([a-z]{1,100}){1,10}c"]


@contextmanager
def seconds(most: float) -> Iterator[None]:
    """Break off after so many seconds of processor time."""

    def stop(*_: Any) -> None:
        raise AssertionError(f"This took more than {most} s of processor time.")

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, most)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


@pytest.mark.parametrize("pattern", EVIL)
def test_a_pattern_that_tries_for_ever_is_answered_at_once(pattern: str) -> None:
    with seconds(3):
        assert not patterns.fits(pattern, "a" * 2_000)
        asked = Form("x", "X", (Question("a", "A", "long_text", pattern=pattern),))
        assert check(asked, {"a": ["a" * 2_000]}).errors


PIECES = st.sampled_from(
    [*"aB1-é", r"\w", r"\W", r"\d", r"\s", r"\S", ".", "[a-c]", r"[\w-]", r"[^\d]", "[]x]", "[^]x]", r"[\s.]", r"\."]
)  # fmt: skip
PATTERNS = st.lists(st.tuples(PIECES, st.sampled_from(["", "", "?", "*", "+", "{2}"])), min_size=1, max_size=5)


@given(PATTERNS, st.text(st.sampled_from("aAbBc1٣é_ -.]x\u00a0\n字"), max_size=6))
def test_it_means_what_it_means_in_python(pieces: list[tuple[str, str]], text: str) -> None:
    pattern = "".join(piece + often for piece, often in pieces)
    assert patterns.fits(pattern, text) == bool(re.fullmatch(pattern, text)), pattern


@pytest.mark.parametrize(
    ("pattern", "part"),
    [
        ("[", "cannot be read"),
        ("(?=a)b", "Looking ahead"),
        (r"(a)\1", "repeating what a group"),
        ("a{9999}", "cannot be read"),
        ("((((a{9}){9}){9}){9}){9}", "cannot be read"),
    ],
)
def test_what_cannot_be_matched_so_is_refused_in_a_sentence(pattern: str, part: str) -> None:
    with pytest.raises(patterns.BadPattern, match=re.escape(part)):
        patterns.check(pattern)
    assert patterns.fits(pattern, "anything")  # one that was kept long ago bars nobody


def test_a_pattern_has_a_length() -> None:
    with pytest.raises(patterns.BadPattern, match="200 characters"):
        patterns.check("a" * 201)
