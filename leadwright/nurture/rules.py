"""The pure rules of `nurture`: no database, no clock, no Django."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

FAILURES_ALLOWED = 5  # then an enrollment is set aside
UNITS: dict[str, str] = {"minutes": "minute", "hours": "hour", "days": "day", "weeks": "week"}
LONGEST_WAIT = timedelta(days=3 * 366)


@dataclass
class Node:
    """A step on its way from the editor into a version: what follows it, and what follows a branch's “no”."""

    kind: str
    value: Any
    number: int = 0
    next: "Node | None" = None
    other: "Node | None" = None
    shape: list[Any] = field(default_factory=list)  # [number] or [number, yes shapes, no shapes]


Blocks = Sequence[tuple[str, Any]]  # (kind, value) from top to bottom
Branches = Callable[[str, Any], tuple[Blocks, Blocks] | None]  # the yes and no streams of a branch, else None


def flatten(blocks: Blocks, branches: Branches) -> tuple[list[Node], list[Any]]:
    """All steps in reading order, numbered from 1, each linked to where it leads, and their shape.

    Both ways of a branch rejoin below it.
    """
    nodes: list[Node] = []
    return nodes, [node.shape for node in _flatten(blocks, None, branches, nodes)]


def _flatten(blocks: Blocks, after: Node | None, branches: Branches, into: list[Node]) -> list[Node]:
    """Append the steps of one stream that leads to `after`; answers the steps of this stream alone."""
    level = [Node(kind, value) for kind, value in blocks]
    for here, follower in zip(level, (*level[1:], after), strict=False):
        into.append(here)
        here.number = len(into)
        here.next, here.shape = follower, [here.number]
        streams = branches(here.kind, here.value)
        if streams is not None:
            yes = _flatten(streams[0], follower, branches, into)
            no = _flatten(streams[1], follower, branches, into)
            here.next = yes[0] if yes else follower
            here.other = no[0] if no else follower
            here.shape = [here.number, [node.shape for node in yes], [node.shape for node in no]]
    return level


@lru_cache(maxsize=1024)
def zone(name: str, fallback: str = "UTC") -> ZoneInfo:
    """A time zone by its IANA name; the fallback, and at last UTC, where there is none of this name."""
    for each in (name, fallback):
        try:
            return ZoneInfo(each)
        except (KeyError, ValueError, OSError):
            continue
    return ZoneInfo("UTC")


def wait_until(now: datetime, amount: int, unit: str, where: ZoneInfo) -> datetime:
    """When a wait is over. Days and weeks end at the same time of day in the contact's zone, whatever the clocks did.

    A local time that the spring skips becomes the moment as much later; of one that autumn repeats, the first counts.
    """
    if unit not in ("days", "weeks"):
        return now + timedelta(**{unit: amount})
    local = now.astimezone(where).replace(tzinfo=None) + timedelta(**{unit: amount})
    return local.replace(tzinfo=where).astimezone(UTC)


def say_wait(amount: int, unit: str) -> str:
    """A duration in words."""
    return f"{amount} {UNITS[unit]}" + ("s" if amount != 1 else "")


def retry_after(failures: int) -> timedelta:
    """How long a step rests after so many failures of the same enrollment."""
    return timedelta(minutes=min(2 ** (2 * failures - 2), 240))


def halves(ids: Sequence[int]) -> Iterable[list[int]]:
    """A set in two parts."""
    middle = len(ids) // 2
    return list(ids[:middle]), list(ids[middle:])
