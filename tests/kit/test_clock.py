import asyncio
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


def test_a_task_may_stand_at_a_moment_of_its_own():
    seen = {}

    async def stand(name, at):
        clock.stand(at)
        await asyncio.sleep(0)
        seen[name] = clock.now()

    async def both():
        await asyncio.gather(stand("ada", NOON), stand("ben", NOON + timedelta(hours=1)))

    with clock.frozen(NOON - timedelta(hours=1)):
        asyncio.run(both())
        assert clock.now() == NOON - timedelta(hours=1)
    assert seen == {"ada": NOON, "ben": NOON + timedelta(hours=1)}


def test_what_was_due_before_can_be_left_to_others():
    with clock.leaving(NOON):
        assert clock.since() == NOON
    assert clock.since() == clock.EVER
