"""Ending what runs in an event loop."""

import asyncio
from collections.abc import Iterable
from typing import Any


async def end(running: Iterable["asyncio.Task[Any]"]) -> None:
    """Cancel tasks and wait until each has ended; what they raise is not told.

    A task can miss a cancellation that comes just when what it waits for is done (`asyncio.wait_for` before Python 3.12
    does, and a database driver's clean-up may). It is told again, until it ends.
    """
    left = set(running)
    while left:
        for task in left:
            task.cancel()
        done, left = await asyncio.wait(left, timeout=0.5)
        for task in done:
            if not task.cancelled():
                task.exception()
