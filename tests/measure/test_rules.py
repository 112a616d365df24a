"""Each warning on planted facts, each beside a case that must not warn; the sums that must come out."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadwright.measure import rules
from leadwright.measure.rules import Outcomes, Share, UnitCost, Values

JUNE = date(2026, 6, 1)
counts = st.integers(0, 5000).map(Fraction)


@given(st.lists(st.tuples(counts, counts), min_size=1, max_size=6))
def test_the_parts_of_a_shortfall_add_up_to_it_exactly(pairs):
    planned, actual = [a for a, _ in pairs], [b for _, b in pairs]
    parts = rules.take_apart(planned, actual)
    assert len(parts) == len(pairs)
    assert sum(parts) == actual[-1] - planned[-1]


def test_fewer_leads_at_the_same_conversion_is_all_volume():
    parts = rules.take_apart([Fraction(100), Fraction(30), Fraction(10)], [Fraction(50), Fraction(15), Fraction(5)])
    assert parts == (-5, 0, 0)


def test_as_many_leads_that_go_on_less_is_all_conversion():
    parts = rules.take_apart([Fraction(100), Fraction(30), Fraction(10)], [Fraction(100), Fraction(15), Fraction(5)])
    assert parts == (0, -5, 0)


@given(st.integers(0, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_an_interval_holds_its_share_and_stays_between_nothing_and_all(case):
    hits, trials = case
    low, high = rules.wilson(hits, trials)
    assert 0 <= low <= high <= 1
    if trials:
        assert low <= hits / trials + 1e-12
        assert hits / trials - 1e-12 <= high


def test_intervals_are_those_of_the_books():
    # Wilson: 10 of 100 as in Brown, Cai, DasGupta; Poisson: exact limits for ten events are 4.795 and 18.391
    assert rules.wilson(10, 100) == pytest.approx((0.05523, 0.17437), abs=1e-4)
    assert rules.poisson(10) == pytest.approx((4.795, 18.391), rel=0.01)
    assert rules.poisson(0)[1] == pytest.approx(3.689, rel=0.02)


@pytest.mark.parametrize(
    ("hits", "trials", "few"), [(1, 3, True), (9, 19, True), (0, 20, False), (10, 25, True), (400, 1000, False)]
)
def test_a_share_of_few_is_not_shown(hits, trials, few):
    assert Share(hits, trials).is_too_few is few


def test_a_cost_of_few_events_is_not_shown():
    assert UnitCost(500, 4).is_too_few
    assert not UnitCost(500, 5).is_too_few
    assert UnitCost(500, 0).value is None


def outcomes(days, per_day, every, delay, recorded_from=None, until=None):
    """So many leads a day, every n-th won after a delay; wins before a day are lost, those after `until` unborn."""
    opened, wins = {}, Counter()
    for n in range(days):
        day = JUNE + timedelta(days=n)
        opened[day] = per_day
        won_on = day + timedelta(days=delay)
        won = per_day // every
        if (recorded_from is None or won_on >= recorded_from) and (until is None or won_on <= until):
            wins[day, won_on, delay] += won
    return Outcomes(opened, [(*key, n) for key, n in wins.items()])


def test_left_truncation_is_noticed_where_wins_should_be_and_are_not():
    end = JUNE + timedelta(days=300)
    cut = JUNE + timedelta(days=90)
    found = rules.left_truncation(outcomes(300, 8, 8, 10, recorded_from=cut, until=end), end)
    assert found is not None
    assert found[0] == cut
    assert found[1].evidence["leads_before"] == 8 * 90


@pytest.mark.parametrize("delay", [0, 10, 120])
def test_a_first_win_that_comes_as_late_as_all_others_is_no_truncation(delay):
    end = JUNE + timedelta(days=400)
    assert rules.left_truncation(outcomes(300, 8, 8, delay, until=end), end) is None


def test_one_stray_early_win_does_not_hide_the_truncation():
    end, cut = JUNE + timedelta(days=300), JUNE + timedelta(days=90)
    facts = outcomes(300, 8, 8, 10, recorded_from=cut, until=end)
    stray = (JUNE, JUNE + timedelta(days=3), 3, 1)
    found = rules.left_truncation(Outcomes(facts.opened, [stray, *facts.wins]), end)
    assert found is not None
    assert found[0] == cut
    assert "only 1 win is recorded before" in found[1].sentence


def test_few_wins_tell_nothing_about_truncation():
    assert rules.left_truncation(outcomes(20, 1, 1, 60), JUNE + timedelta(days=100)) is None


def test_right_censoring_names_the_cohorts_that_are_too_young():
    month = {JUNE: date(2026, 6, 30), date(2026, 7, 1): date(2026, 7, 31)}
    said = rules.right_censoring(month, [7, 30], date(2026, 8, 10), date(2026, 8, 10))
    assert said is not None
    assert said.evidence["too_young"] == {30: [date(2026, 7, 1)]}
    assert rules.right_censoring(month, [7, 30], date(2026, 9, 10), date(2026, 9, 10)) is None


def test_records_that_ended_long_ago_end_what_is_known():
    now = datetime(2026, 11, 20, tzinfo=UTC)
    last = now - timedelta(days=400)
    assert rules.observed_until(last, now) == last
    assert rules.observed_until(now - timedelta(days=20), now) == now
    assert rules.observed_until(None, now) == now


def test_a_funnel_of_young_leads_says_so_and_one_of_old_leads_does_not():
    opened = {JUNE + timedelta(days=n): 2 for n in range(100)}
    end = JUNE + timedelta(days=100)
    assert rules.young_leads(opened, 30.0, end, end) is not None
    assert rules.young_leads(opened, 3.0, end, end) is None
    assert rules.young_leads(opened, None, end, end) is None


def test_small_numbers_are_named_and_large_ones_are_not():
    said = rules.small_numbers("Share won", {"Event": Share(1, 4), "Search": Share(100, 900), "None": Share(0, 0)})
    assert said is not None
    assert "Event (1 of 4)" in said.sentence
    assert "Search" not in said.sentence
    assert rules.small_numbers("Share won", {"Search": Share(100, 900)}) is None


def test_an_impossible_order_is_named_and_its_absence_is_not():
    said = rules.impossible_order(1, [(7, "Ada", 1.2)])
    assert said is not None
    assert "Ada (1.2 days before)" in said.sentence
    assert rules.impossible_order(0, []) is None


def test_one_amount_that_carries_the_sum_is_named():
    said = rules.outlier(Values(50, 61_784_006, 30_000, 50_000_000, "Ada", 7))
    assert said is not None
    assert "Ada alone is 81 % of the value won" in said.sentence
    assert said.evidence["median"] == 30_000


@pytest.mark.parametrize(
    "values",
    [
        Values(100, 100_000, 1_000, 3_000),  # the largest is three in a hundred
        Values(3, 3_000, 1_000, 1_200),  # of three, each must be about a third
        Values(0, 0, 0, 0),
    ],
)
def test_amounts_of_a_like_size_are_no_outliers(values):
    assert rules.outlier(values) is None


def test_unknown_sources_are_counted_and_known_ones_are_not():
    said = rules.unknown_source({"": 60, "unknown": 1099, "ads": 6841})
    assert said is not None
    assert (said.evidence["blank"], said.evidence["unknown"]) == (60, 1099)
    assert "14.5 %" in said.sentence
    assert rules.unknown_source({"ads": 995, "": 5}) is None


def test_a_plan_is_due_by_the_day():
    start, end = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)
    assert rules.to_date(Fraction(30), start, end, datetime(2026, 11, 11, tzinfo=UTC)) == 10
    assert rules.to_date(Fraction(30), start, end, datetime(2026, 10, 1, tzinfo=UTC)) == 0
    assert rules.to_date(Fraction(30), start, end, datetime(2027, 1, 1, tzinfo=UTC)) == 30
