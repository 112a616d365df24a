"""Step: the browser that a hit came from, met again or for the first time; and browsers that change hands."""

import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import msgspec

from leadwright.capture.judging.hits import Batch, Visitor
from leadwright.kit import database, ids, sql

SQL = sql.load("visitors")


def find_visitor(batch: Batch) -> Batch:
    """The browser of each hit, in one statement; a new one where nobody has seen it."""
    first: dict[str, datetime] = {}
    for hit in batch.hits:
        if hit.anonymous_id and (hit.anonymous_id not in first or hit.at < first[hit.anonymous_id]):
            first[hit.anonymous_id] = hit.at
    if not first:
        return batch
    found = [Visitor(*row) for row in database.rows(SQL["meet"], names=sorted(first))]
    by_name = {visitor.anonymous_id: visitor for visitor in found}
    new = [name for name in first if name not in by_name]
    for name, key in zip(new, ids.many(first[name] for name in new), strict=True):
        by_name[name] = Visitor(key, name, first[name], first[name], is_new=True)
    hits = (
        msgspec.structs.replace(hit, visitor_id=by_name[hit.anonymous_id].id) if hit.anonymous_id else hit
        for hit in batch.hits
    )
    return replace(batch, hits=tuple(hits), visitors={visitor.id: visitor for visitor in by_name.values()})


def leave(visitors: Iterable[Visitor]) -> None:
    """Keep what a set has learnt of its visitors: those that are new, and what it has changed on the others."""
    new, changed = [], []
    for each in visitors:
        if each.is_new:
            new.append(each)
        elif each.is_changed:
            changed.append(each)
    if new:
        database.copy_lines(f"capture_visitor ({COLUMNS})", _lines(new))
    if changed:
        database.execute(
            SQL["leave"],
            ids=[each.id for each in changed],
            firsts=[each.first_seen_at for each in changed],
            lasts=[each.last_seen_at for each in changed],
            confirmed=[each.confirmed_at for each in changed],
            first_channels=[each.first_channel for each in changed],
            first_campaigns=[each.first_campaign_id for each in changed],
            first_touches=[each.first_touch for each in changed],
            sessions=[each.session_id for each in changed],
            channels=[each.session_channel for each in changed],
            campaigns=[each.session_campaign_id for each in changed],
        )


COLUMNS = (
    "id, anonymous_id, first_seen_at, last_seen_at, confirmed_at, first_channel, first_campaign_id, first_touch, "
    "session_id, session_channel, session_campaign_id"
)


def _lines(new: Sequence[Visitor]) -> Iterator[str]:
    """New visitors as lines of COPY."""
    for each, key, first_at, last_at, confirmed_at, first_campaign, session, campaign in zip(
        new,
        database.copied_all([each.id for each in new]),
        database.copied_all([each.first_seen_at for each in new]),
        database.copied_all([each.last_seen_at for each in new]),
        database.copied_all([each.confirmed_at for each in new]),
        database.copied_all([each.first_campaign_id for each in new]),
        database.copied_all([each.session_id for each in new]),
        database.copied_all([each.session_campaign_id for each in new]),
        strict=True,
    ):
        yield (
            f"{key}\t{_copied(each.anonymous_id)}\t{first_at}\t{last_at}\t{confirmed_at}\t"
            f"{_copied(each.first_channel)}\t{first_campaign}\t{_copied(each.first_touch or '{}')}\t{session}\t"
            f"{_copied(each.session_channel)}\t{campaign}\n"
        )


_copied = database.copied


@dataclass(frozen=True, slots=True)
class Turn:
    """Somebody else came to a browser: its anonymous id stands for a new visitor from now on."""

    anonymous_id: str
    old: uuid.UUID
    new: uuid.UUID
    at: datetime


def freed(visitor_id: uuid.UUID) -> str:
    """The name under which a visitor is kept whose browser somebody else uses now; no browser sends it."""
    return f"was:{visitor_id}"


def rotate(turns: Sequence[Turn]) -> None:
    """Give browsers to new visitors. The old ones keep their activities and identities, under names that no browser
    sends. Several turns at one browser are taken in order; the last new visitor has it."""
    if not turns:
        return
    last = {turn.anonymous_id: turn.new for turn in turns}
    database.execute(SQL["free"], ids=[turn.old for turn in turns])
    database.execute(
        SQL["settle"],
        ids=[turn.new for turn in turns],
        names=[turn.anonymous_id if last[turn.anonymous_id] == turn.new else freed(turn.new) for turn in turns],
        ats=[turn.at for turn in turns],
    )
