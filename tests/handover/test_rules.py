"""The pure rules of handing over."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from leadwright.handover import rules

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def test_the_clock_starts_at_capture() -> None:
    ready = NOON + timedelta(minutes=20)
    assert rules.answer_by(NOON, ready, 30) == NOON + timedelta(minutes=30)


def test_the_clock_of_a_lead_that_was_nurtured_starts_when_it_became_ready() -> None:
    ready = NOON + timedelta(days=40)
    assert rules.answer_by(NOON, ready, 30) == ready + timedelta(minutes=30)


@given(st.sampled_from(["reached", "meeting", "no_answer", "call_back", "done"]), st.sampled_from(rules.WAY))
def test_an_outcome_never_moves_a_lead_back(outcome: str, stage: str) -> None:
    target = rules.stage_after(outcome, stage)
    assert not target or rules.WAY.index(target) > rules.WAY.index(stage)


def test_attempts_come_to_an_end() -> None:
    assert rules.next_attempt(NOON, 1) == NOON + timedelta(hours=3)
    assert rules.next_attempt(NOON, 5) is None


def test_the_clock_is_said_in_words() -> None:
    assert rules.say_clock(NOON + timedelta(minutes=12), NOON) == "12 min left"
    assert rules.say_clock(NOON - timedelta(hours=5), NOON) == "5 h late"
