"""The arithmetic of fading sums, and the rules of moves."""

import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadwright.qualify import rules

MOMENTS = st.integers(0, 4000 * 86_400).map(lambda seconds: rules.EPOCH + timedelta(seconds=seconds))
POINTS = st.lists(st.tuples(st.integers(-30, 60), MOMENTS), max_size=30)
HALF_LIVES = st.sampled_from([1.0, 7.0, 30.0, 365.0])


@given(POINTS, HALF_LIVES, MOMENTS)
def test_the_level_tells_the_faded_sum_at_any_later_moment(
    points: list[tuple[int, datetime]], half_life: float, now: datetime
) -> None:
    then = max([now, *(at for _, at in points)])
    plain = math.fsum(value * 0.5 ** ((then - at) / timedelta(days=half_life)) for value, at in points)
    told = rules.now_worth(rules.level(points, half_life), then, half_life)
    assert told == pytest.approx(max(plain, 0.0), rel=1e-6, abs=1e-6)


@given(st.lists(st.tuples(st.integers(1, 60), MOMENTS), min_size=1, max_size=20), HALF_LIVES)
def test_adding_points_one_by_one_is_summing_them_at_once(points: list[tuple[int, datetime]], half_life: float) -> None:
    level = None
    for value, at in points:
        level = rules.add(level, value, at, half_life)
    assert level == pytest.approx(rules.level(points, half_life), abs=1e-6)


def test_a_score_halves_in_a_half_life_and_falls_below_its_threshold_when_told() -> None:
    at = datetime(2026, 3, 1, tzinfo=UTC)
    level = rules.add(None, 40, at, 30)
    assert rules.now_worth(level, at, 30) == pytest.approx(40)
    assert rules.now_worth(level, at + timedelta(days=30), 30) == pytest.approx(20)
    below = rules.below_at(level, 20, 30)
    assert below is not None
    assert abs(below - (at + timedelta(days=30))) < timedelta(seconds=2)
    assert rules.now_worth(level, below, 30) < 20


def test_more_negative_than_positive_points_count_as_nought_until_somebody_acts_again() -> None:
    at = datetime(2026, 3, 1, tzinfo=UTC)
    assert rules.level([(10, at), (-20, at)], 30) is None
    assert rules.now_worth(None, at, 30) == 0
    assert rules.now_worth(rules.level([(10, at), (-20, at), (15, at)], 30), at, 30) == pytest.approx(5)


@pytest.mark.parametrize(
    ("stage", "to", "may"),
    [
        ("new", "mql", True),
        ("new", "won", True),
        ("sql", "new", True),
        ("recycled", "mql", True),
        ("lost", "won", True),
        ("won", "opportunity", True),
        ("won", "lost", False),
        ("disqualified", "won", False),
        ("mql", "mql", False),
        ("new", "nirvana", False),
    ],
)
def test_which_moves_are_allowed(stage: str, to: str, *, may: bool) -> None:
    assert rules.may_move(stage, to) == may
    assert rules.say_refused(stage, to)


def test_no_stage_is_a_dead_end() -> None:
    assert all(rules.targets_of(stage) for stage in rules.STAGES)


@pytest.mark.parametrize(
    ("pattern", "name", "matches"),
    [("", "x", True), ("Pricing*", "pricing for teams", True), ("Pricing", "Pricing for", False), ("a", "A", True)],
)
def test_a_name_is_matched_whole_or_by_its_beginning(pattern: str, name: str, *, matches: bool) -> None:
    assert rules.name_matches(pattern, name) == matches


def test_a_grade_says_fit_and_engagement() -> None:
    assert [rules.grade(*pair, 20, 30) for pair in ((20, 30), (10, 15), (0, 0))] == ["A1", "B2", "C3"]
