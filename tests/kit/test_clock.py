from datetime import UTC, datetime, timedelta

import pytest

from leadwright.kit import clock

NOON = datetime(2026, 3, 29, 12, tzinfo=UTC)


def test_it_stands_still_within_a_block_and_runs_on_afterwards():
    with clock.frozen(NOON):
        assert clock.now() == NOON
        assert clock.advance(timedelta(hours=2)) == NOON + timedelta(hours=2)
    assert not clock.is_frozen()


def test_it_wants_a_moment_with_a_zone():
    with pytest.raises(ValueError, match="time zone"):
        clock.set_to(datetime(2026, 3, 29))  # noqa: DTZ001
    with pytest.raises(RuntimeError, match="frozen"):
        clock.advance(timedelta(hours=1))
