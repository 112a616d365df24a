import pytest
from hypothesis import given
from hypothesis import strategies as some

from leadwright.kit import sheets


@pytest.mark.parametrize(
    "cell", ["=1+1", "+cmd|' /C calc'!A0", "-2+3+cmd", "@SUM(1)", "\t=1", "\r=1", "\n=1", " =1", "＝1", "＠x"]
)
def test_what_begins_like_a_formula_is_only_text(cell: str) -> None:
    assert sheets.harmless(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["", "Ada", "-5.2", "+49 40 123-456", "a=b", "3@home", "2026-01-01"])
def test_whatever_else_stays_as_it_is(cell: str) -> None:
    assert sheets.harmless(cell) == cell


@given(some.text(alphabet="'=+-@ \t\rA1＝", max_size=6))
def test_what_was_made_harmless_can_be_told_from_what_was_so_already(cell: str) -> None:
    assert sheets.as_it_was(sheets.harmless(cell)) == cell
