import pytest

from leadwright.kit import numbers


@pytest.mark.parametrize(
    ("text", "number"), [("0", 0), ("7", 7), (" 12 ", 12), ("007", 7), (7, 7), (str(2**63 - 1), 2**63 - 1)]
)
def test_plain_digits_are_a_number(text: object, number: int) -> None:
    assert numbers.whole(text) == number


@pytest.mark.parametrize(
    "text", ["", None, "-1", "1.5", "1e3", "²", "٣", "abc", "1\x00", str(2**63), "9" * 5000, "0x1", "1_0"]
)
def test_whatever_else_is_none(text: object) -> None:
    assert numbers.whole(text) is None
    assert numbers.key(text) == 0


def test_keys_leave_out_what_is_none() -> None:
    assert numbers.keys(["1", "²", "", "0", "x", "3"]) == [1, 3]
