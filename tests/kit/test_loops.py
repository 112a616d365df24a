import asyncio

from leadwright.kit import loops


async def test_a_task_that_misses_a_cancellation_is_told_again() -> None:
    missed = 0

    async def stubborn() -> None:
        nonlocal missed
        while missed < 2:
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                missed += 1
        await asyncio.sleep(3600)

    async def broken() -> None:
        raise OSError

    running = [asyncio.create_task(stubborn()), asyncio.create_task(broken())]
    await asyncio.sleep(0)
    await loops.end(running)
    assert missed == 2
    assert all(task.done() for task in running)
