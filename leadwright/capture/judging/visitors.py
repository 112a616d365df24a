"""Step: the browser that a hit came from, met again or for the first time; and browsers that change hands."""

import uuid
from collections.abc import Sequence
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
    names = sorted(first)
    found = database.rows(
        SQL["meet"],
        ids=ids.many(first[name] for name in names),
        names=names,
        firsts=[first[name] for name in names],
    )
    visitors = {row.id: Visitor(*row) for row in found}
    by_name = {visitor.anonymous_id: visitor.id for visitor in visitors.values()}
    hits = (
        msgspec.structs.replace(hit, visitor_id=by_name[hit.anonymous_id]) if hit.anonymous_id else hit
        for hit in batch.hits
    )
    return replace(batch, hits=tuple(hits), visitors=visitors)


def leave(visitors: Sequence[Visitor]) -> None:
    """Keep what a set has changed on its visitors."""
    database.execute(
        SQL["leave"],
        ids=[each.id for each in visitors],
        firsts=[each.first_seen_at for each in visitors],
        lasts=[each.last_seen_at for each in visitors],
        confirmed=[each.confirmed_at for each in visitors],
        first_channels=[each.first_channel for each in visitors],
        first_campaigns=[each.first_campaign_id for each in visitors],
        first_touches=[each.first_touch for each in visitors],
        sessions=[each.session_id for each in visitors],
        channels=[each.session_channel for each in visitors],
        campaigns=[each.session_campaign_id for each in visitors],
    )


@dataclass(frozen=True, slots=True)
class Turn:
    """Somebody else came to a browser: its anonymous id stands for a new visitor from now on."""

    anonymous_id: str
    old: uuid.UUID
    new: uuid.UUID
    at: datetime


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
        names=[turn.anonymous_id if last[turn.anonymous_id] == turn.new else f"was:{turn.new}" for turn in turns],
        ats=[turn.at for turn in turns],
    )
