"""The log of facts: recording activities, and following them without skipping one.

`capture_activity` has no other writer than this module.
"""

import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from itertools import chain
from typing import Any

import msgspec

from leadwright.kit import clock, database, ids, jobs, sql

SQL = sql.load("activities")


class Fact(msgspec.Struct, frozen=True, gc=False):
    """An activity that is to be recorded. `human` is a probability, or None where the question makes no sense."""

    at: datetime
    subject_id: uuid.UUID
    kind: str
    name: str = ""
    object_kind: str = ""
    object_id: str = ""
    channel: str = ""
    campaign_id: int | None = None
    session_id: uuid.UUID | None = None
    human: float | None = None
    reasons: tuple[str, ...] = ()
    properties: dict[str, Any] = {}
    hit_id: int | None = None
    id: uuid.UUID | None = None


@dataclass(frozen=True)
class Span:
    """The rows that a reader takes in one go: behind (from_tx, from_seq), up to and with (to_tx, to_seq).

    In SQL: `(a.tx, a.seq) > (%(from_tx)s::text::xid8, %(from_seq)s) AND (a.tx, a.seq) <= (%(to_tx)s::text::xid8,
    %(to_seq)s)`, which WITHIN says for the alias `a`.
    """

    from_tx: int
    from_seq: int
    to_tx: int
    to_seq: int

    @property
    def parameters(self) -> dict[str, int]:
        """The span as parameters of a statement that contains WITHIN."""
        return {"from_tx": self.from_tx, "from_seq": self.from_seq, "to_tx": self.to_tx, "to_seq": self.to_seq}


WITHIN = """(a.tx, a.seq) > (%(from_tx)s::text::xid8, %(from_seq)s)
    AND (a.tx, a.seq) <= (%(to_tx)s::text::xid8, %(to_seq)s)"""

# For those who start something (a lead, a journey, a routing, a score): of the activities `a`, those that happen now. A
# fact that an import brought carries {"import": id} among its properties: it counts in reports and timelines, and
# starts nothing.
LIVE = "NOT jsonb_exists(a.properties, 'import')"


@contextmanager
def caused_by(import_id: int | None) -> Iterator[None]:
    """Within, in a transaction: all that is written comes of an import, and so starts nothing.

    Facts that are recorded carry {"import": id}, and so do the notes of changes from which later stages draw their
    conclusions (docs/decisions/0009). None says that somebody did it.
    """
    before = database.value(SQL["cause"])
    if import_id is None and not before:
        yield
        return
    database.value(SQL["set_cause"], cause="" if import_id is None else str(import_id))
    yield
    database.value(SQL["set_cause"], cause=before or "")


def record(facts: Iterable[Fact]) -> list[uuid.UUID]:
    """Record activities in the current transaction and wake whoever follows them; answers their ids."""
    batch = list(facts)
    if not batch:
        return []
    keys = ids.many(fact.at for fact in batch)
    if any(fact.id for fact in batch):
        keys = [fact.id or key for fact, key in zip(batch, keys, strict=True)]
    make_room([fact.at for fact in batch])
    cause = database.value(SQL["cause"])
    now = clock.now().isoformat()
    lines = chain.from_iterable(
        _lines(keys[start : start + PIECE], batch[start : start + PIECE], now, cause)
        for start in range(0, len(batch), PIECE)
    )
    database.copy_lines(f"capture_activity ({COLUMNS})", lines)
    jobs.wake("activities")
    return keys


COLUMNS = (
    "id, at, recorded_at, subject_id, kind, name, object_kind, object_id, channel, campaign_id, session_id, human, "
    "reasons, properties, hit_id"
)
_encode = msgspec.json.Encoder().encode
_copied = database.copied


PIECE = 1_000  # facts that are written while the database takes in those before
WORDS = 5  # texts of an activity, which stand side by side in a line


def _lines(keys: Sequence[uuid.UUID], facts: Sequence[Fact], now: str, cause: str | None) -> Iterator[str]:
    """Activities as lines of COPY; the cause marks those that come of an import."""
    for key, at, subject, words, campaign, session, human, reasons, properties, hit in zip(
        database.copied_all(keys),
        database.copied_all([fact.at for fact in facts]),
        database.copied_all([fact.subject_id for fact in facts]),
        [_words(fact) for fact in facts],
        database.copied_all([fact.campaign_id for fact in facts]),
        database.copied_all([fact.session_id for fact in facts]),
        database.copied_all([fact.human for fact in facts]),
        [_reasons(fact.reasons) for fact in facts],
        [_properties(fact.properties, cause) for fact in facts],
        database.copied_all([fact.hit_id for fact in facts]),
        strict=True,
    ):
        yield (
            f"{key}\t{at}\t{now}\t{subject}\t{words}\t{campaign}\t{session}\t{human}\t{reasons}\t{properties}\t{hit}\n"
        )


def _words(fact: Fact) -> str:
    words = f"{fact.kind}\t{fact.name}\t{fact.object_kind}\t{fact.object_id}\t{fact.channel}"
    if "\\" in words or "\n" in words or "\r" in words or words.count("\t") != WORDS - 1:
        return "\t".join(map(_copied, (fact.kind, fact.name, fact.object_kind, fact.object_id, fact.channel)))
    return words


def _properties(properties: dict[str, Any], cause: str | None) -> str:
    if cause:
        properties = {**properties, "import": int(cause)}
    return _encode(properties).decode().replace("\\", "\\\\") if properties else "{}"


@lru_cache(maxsize=1000)
def _reasons(reasons: tuple[str, ...]) -> str:
    return _copied(_encode(reasons).decode())


_months: set[tuple[int, int]] = set()  # that the log has for certain, as a transaction of ours has found and committed


def make_room(moments: Iterable[datetime]) -> None:
    """See to it that the log has the months that some moments fall in.

    To make a month locks the log until the transaction ends; `capture.months` therefore makes them before they come.
    """
    first = {(at.year, at.month): at for at in (moment.astimezone(UTC) for moment in moments)}
    missing = first.keys() - _months
    if missing:
        database.rows(SQL["partitions"], moments=[first[month] for month in missing])
        database.on_commit(lambda: _months.update(missing))


def record_from(query: str, *, moments: Iterable[datetime] = (), **parameters: Any) -> int:
    """Record what a SELECT answers, in one statement; see `record_from` in the SQL for its columns. Answers the count.

    `moments` says for which months besides that of `clock.now()` the query has facts.
    """
    make_room([clock.now(), *moments])
    count = database.execute(SQL["record_from"].format(query=query), now=clock.now(), **parameters)
    if count:
        jobs.wake("activities")
    return count


Place = tuple[int, int]  # (tx, seq) of an activity in the log


def end() -> Place:
    """The place behind which all stands that is still to come."""
    found = database.row(SQL["end"], horizon=database.horizon())
    return found.tx, found.seq


def follow(
    reader: str, take: Callable[[Span], None], limit: int = 20_000, *, begin: Callable[[], Place] | None = None
) -> int:
    """Hand all new activities to `take`, a span at a time; each span's effects commit with the reader's position.

    So every activity is taken exactly once, in the order of the log, also if the process is killed. Answers how many.
    A new reader begins at the log's beginning, or where `begin` says, which is asked within the first transaction.
    """
    total = 0
    if begin and database.value(SQL["position"], reader=reader) is None:
        with database.atomic():
            tx, seq = begin()
            database.execute(SQL["begin"], reader=reader, tx=tx, seq=seq)
    if not database.value(SQL["has_new"], reader=reader):
        return 0
    while True:
        with database.atomic():
            position = database.row(SQL["hold"], reader=reader) or database.row(SQL["claim"], reader=reader)
            reach = database.row(
                SQL["reach"], tx=position.tx, seq=position.seq, limit=limit, horizon=database.horizon()
            )
            if reach is None:
                return total
            take(Span(position.tx, position.seq, reach.tx, reach.seq))
            database.execute(SQL["move"], reader=reader, tx=reach.tx, seq=reach.seq, now=clock.now())
        total += int(reach.found)
        if reach.found < limit:
            return total
