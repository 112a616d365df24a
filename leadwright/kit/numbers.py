"""Whole numbers out of what somebody has sent: an id in an address, a count in a form.

`str.isdigit` is true of "²", which `int` refuses, and of digits that no key of ours has; a key has at most 63 bits.
"""

from collections.abc import Iterable

MOST = 2**63 - 1


def whole(text: object, most: int = MOST) -> int | None:
    """The whole number, not below zero, that a text writes in plain digits; None where it writes none up to `most`."""
    digits = str(text if text is not None else "").strip()
    if not (digits.isascii() and digits.isdigit()) or len(digits) > len(str(most)):
        return None
    number = int(digits)
    return number if number <= most else None


def key(text: object) -> int:
    """The primary key that a text writes; 0, which no record has, where it writes none."""
    return whole(text) or 0


def keys(texts: Iterable[object]) -> list[int]:
    """The primary keys that some texts write; those that write none are left out."""
    return [found for each in texts if (found := whole(each))]
