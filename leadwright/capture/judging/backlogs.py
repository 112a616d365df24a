"""The hits that wait: read in the order of the log, the next ones while those before them are judged.

Reading ahead saves time and promises nothing. Whoever judges holds the reader's position and takes what was read ahead
only from right there on, and only where every hit of it still stands; else it reads anew. See docs/decisions/0034.
"""

import sys
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import msgspec
from django.db import Error, connection

from leadwright.capture import activities
from leadwright.capture.judging import channels, facts
from leadwright.capture.judging.hits import Hit, read
from leadwright.kit import database, sql

SQL = sql.load("backlogs")
READER = "capture.judge"

Place = tuple[int, int]  # (tx, id) of a hit in the log
TURN_SECONDS = 0.0005  # how long the thread that reads may hold the interpreter while the database's answer has come


class Backlog:
    """The hits behind the judge's position, as far as they have been read; `open_backlog` makes one."""

    def __init__(self, size: int, thread: ThreadPoolExecutor | None = None) -> None:
        self.size = size  # how many are read ahead at once
        self.thread = thread
        self.hits: list[Hit] = []  # all there are behind the first place of `reach`, up to and with the second
        self.reach: tuple[Place, Place] = (0, 0), (0, 0)
        self.ahead: Future[list[Hit]] | None = None  # those behind that
        self.has_read_ahead = False

    def take(self, limit: int) -> Sequence[Hit]:
        """The next hits behind the judge's position, which is held until the caller's transaction ends."""
        place = hold_position()
        self._begin(place)
        if len(self.hits) < limit:
            self._read_on()
        if self.hits and not _all_stand(place, self.hits[:limit]):
            self._forget(place)
        if len(self.hits) < limit:
            self._add(_read(self.reach[1], limit - len(self.hits)))
        if self.thread and not self.ahead and len(self.hits) >= limit:
            self.ahead = self.thread.submit(_read, self.reach[1], self.size)
            self.has_read_ahead = True
        return self.hits[:limit]

    def count_to(self, hit: Hit) -> int:
        """How many hits of those that were taken last come up to and with this one."""
        return next(number for number, each in enumerate(self.hits, 1) if each.id == hit.id)

    def _begin(self, place: Place) -> None:
        """Forget what was judged; all of it where the position is not where we are."""
        if self.reach[0] <= place <= self.reach[1]:
            self.hits = self.hits[bisect_right(self.hits, place, key=_place) :]
            self.reach = place, self.reach[1]
        else:
            self._forget(place)

    def _forget(self, place: Place) -> None:
        self.hits, self.reach, self.ahead = [], (place, place), None

    def _read_on(self) -> None:
        """Add what was read ahead."""
        ahead, self.ahead = self.ahead, None
        try:
            self._add(ahead.result() if ahead else [])
        except (Error, *POISON):
            return  # whatever it was, it shows again where these hits are read by the judge

    def _add(self, hits: list[Hit]) -> None:
        self.hits += hits
        if hits:
            self.reach = self.reach[0], _place(hits[-1])


# What a single odd hit can raise where it is read or judged.
POISON = (ValueError, TypeError, LookupError, AttributeError, AssertionError)


@contextmanager
def open_backlog(size: int) -> Iterator[Backlog]:
    """A backlog of which up to `size` hits are read ahead, by a thread and a connection of its own.

    Within somebody's transaction nothing is read ahead: another connection does not see what it has written.
    """
    if connection.in_atomic_block:
        yield Backlog(size)
        return
    turn = sys.getswitchinterval()
    with ThreadPoolExecutor(1, "backlog") as thread:
        backlog = Backlog(size, thread)
        try:
            sys.setswitchinterval(TURN_SECONDS)
            yield backlog
        finally:
            sys.setswitchinterval(turn)
            if backlog.has_read_ahead:
                thread.submit(_close).result()


def _close() -> None:
    connection.close()  # the one of the thread that calls this


def _place(hit: Hit) -> Place:
    return hit.tx, hit.id


def hold_position() -> Place:
    """The judge's position, held until the transaction ends: one judges at a time."""
    position = database.row(activities.SQL["claim"], reader=READER)
    return position.tx, position.seq


def rows(place: Place, limit: int) -> list[Any]:
    """The next hits behind a place, as the log has them."""
    return database.rows(SQL["next"], tx=place[0], id=place[1], limit=limit, horizon=database.horizon())


def _read(place: Place, limit: int) -> list[Hit]:
    """The next hits behind a place, with all that each of them says by itself."""
    found = rows(place, limit)
    if not found:
        return []
    home = channels.home()
    hits = map(read, found)
    return [msgspec.structs.replace(hit, touch=channels.touch_of(hit, home), said=facts.said(hit)) for hit in hits]


def _all_stand(place: Place, hits: Sequence[Hit]) -> bool:
    """Whether nobody has removed one of these hits, which are all behind a place, since they were read."""
    last = hits[-1]
    return bool(database.value(SQL["count"], tx=place[0], id=place[1], to_tx=last.tx, to_id=last.id) == len(hits))
