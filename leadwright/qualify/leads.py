"""Opening leads and moving them: each move is noted with time, actor and reason, and no stage is set any other way.

`qualify_lead` and `qualify_stagemove` have no other writer of stages than this module.
"""

import json
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from leadwright.capture import activities
from leadwright.kit import clock, database, jobs, sql
from leadwright.qualify import rules
from leadwright.qualify.models import Lead, Reason
from leadwright.workspace.models import User

SQL = sql.load("leads")

# A form without an address belongs to nobody; after this time nobody will come for it.
HANDS_KEPT = timedelta(days=30)


class NeedsReason(ValueError):
    """The move asks for a reason from the list; the message names the list."""


@dataclass(frozen=True)
class NewLead:
    """A lead that is to be opened."""

    contact_id: int
    source: str
    opened_at: datetime = field(default_factory=clock.now)
    interest: str = ""
    channel: str = ""
    campaign_id: int | None = None
    owner_id: int | None = None
    value: Decimal | None = None
    external_id: str | None = None
    activity_id: uuid.UUID | None = None
    custom: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Opened:
    """What opening did: the leads that are new, and the open ones to which an interest was added."""

    new: tuple[int, ...] = ()
    added: tuple[int, ...] = ()


@dataclass(frozen=True)
class Moved:
    """What a move did: the leads that moved, their moves (for taking back), and why the others stayed."""

    leads: tuple[int, ...] = ()
    moves: tuple[int, ...] = ()
    stayed: tuple[tuple[int, str], ...] = ()


def open(rows: Iterable[NewLead], *, actor: str, user: User | None = None, add: bool = False) -> Opened:  # noqa: A001
    """Open leads; with `add`, a contact with an open lead gets the interest added to it instead. See `open_from`."""
    given = list(rows)
    return open_from(
        SQL["rows"],
        actor=actor,
        user=user,
        add=add,
        contacts=[row.contact_id for row in given],
        opened=[row.opened_at for row in given],
        sources=[row.source for row in given],
        interests=[row.interest for row in given],
        channels=[row.channel for row in given],
        campaigns=[row.campaign_id for row in given],
        owners=[row.owner_id for row in given],
        amounts=[row.value for row in given],
        external_ids=[row.external_id for row in given],
        activities=[row.activity_id for row in given],
        customs=[json.dumps(row.custom) for row in given],
    )


def open_from(query: str, *, actor: str, user: User | None = None, add: bool = False, **parameters: Any) -> Opened:
    """Open a lead in stage `new` for each row of a SELECT, in one statement, in the current transaction or its own.

    The query answers, under these names and in any order: contact_id, opened_at, source, interest, channel,
    campaign_id, owner_id, value, external_id, activity_id, custom. The clock of the response starts at `opened_at`.
    A row whose activity or external id has a lead already opens none, nor does one whose contact is gone. The
    query may use %(now)s; percent signs in it are doubled.
    """
    parameters = {"now": clock.now(), **parameters}
    with database.atomic():
        held = database.row(SQL["lock_contacts"].format(query=query), **parameters)
        if not held.contacts:
            return Opened()
        with database.trusted(len(held.contacts) if _hold(held, user) else 0):
            opened = database.row(
                SQL["open"].format(query=query),
                held=held.contacts,
                add=add,
                open_stages=list(rules.OPEN),
                actor=actor,
                user=user.pk if user else None,
                **parameters,
            )
        if opened.new:
            activities.record_from(SQL["opened_facts"], moments=opened.months, leads=opened.new)
            jobs.wake("leads")
    return Opened(tuple(opened.new), tuple(opened.added))


def _hold(held: Any, user: User | None) -> bool:
    """Hold what new leads refer to besides their contacts; whether all of it is there."""
    users = {*held.owners, *([user.pk] if user else [])}
    return all(
        len(database.rows(SQL[statement], ids=sorted(wanted))) == len(wanted)
        for statement, wanted in (("hold_campaigns", held.campaigns), ("hold_users", users))
        if wanted
    )


def give(leads: Sequence[int], owner: User | None, *, actor: str) -> int:
    """Name the owner of leads; answers how many had another. Later stages follow it: a rep gets a task and a clock."""
    with database.atomic():
        rows = database.rows(SQL["give"], leads=list(leads), owner=owner.pk if owner else None, now=clock.now())
        if rows and owner:
            activities.record_from(SQL["given_facts"], leads=[row.id for row in rows], actor=actor[:80])
        jobs.wake("leads")
    return len(rows)


def move(  # noqa: PLR0913  who, when and why belong to every move
    leads: Sequence[int],
    to: str,
    *,
    actor: str,
    user: User | None = None,
    reason: str = "",
    reason_id: int | None = None,
    at: datetime | None = None,
    value: Decimal | None = None,
) -> Moved:
    """Move leads to a stage, where the stage of each allows it; those that stay are answered with the reason why.

    Lost, disqualified and recycled need a reason from the list: as `reason_id`, or `reason` as one of the labels;
    raises NeedsReason otherwise. `at` is when it happened (now, if not given); `value` is kept where it is given.
    """
    if to not in rules.STAGES:
        raise ValueError(f"There is no stage '{to}'; choose one of {', '.join(rules.STAGES)}.")
    chosen, words = _reason(to, reason, reason_id)
    with database.atomic():
        database.rows(SQL["lock"], leads=list(leads))
        rows = database.rows(
            SQL["move"],
            leads=list(leads),
            to=to,
            sources=rules.sources_of(to),
            closed_stages=list(rules.CLOSED),
            reason_id=chosen,
            reason=words[:250],
            value=value,
            at=at or clock.now(),
            actor=actor[:80],
            user=user.pk if user else None,
            now=clock.now(),
        )
        moved = [row for row in rows if row.move_id is not None]
        if moved:
            moves = [row.move_id for row in moved]
            activities.record_from(SQL["moved_facts"], moments=_months(moved), moves=moves)
            jobs.wake("leads")
    return Moved(
        tuple(row.id for row in moved),
        tuple(row.move_id for row in moved),
        tuple((row.id, rules.say_refused(row.stage, to)) for row in rows if row.move_id is None),
    )


def take_back(moves: Sequence[int], *, actor: str, user: User | None = None) -> Moved:
    """Move leads back to where some moves took them from, as moves of their own; a lead moved since then stays."""
    back: dict[tuple[str, int | None], list[int]] = {}
    for row in database.rows(SQL["last_moves"], moves=list(moves)):
        back.setdefault((row.from_stage, row.reason_id), []).append(row.lead_id)
    done = Moved()
    with database.atomic():
        for (stage, reason_id), leads in back.items():
            part = move(leads, stage, actor=actor, user=user, reason="taken back", reason_id=reason_id)
            done = Moved(done.leads + part.leads, done.moves + part.moves, done.stayed + part.stayed)
    return done


def take_hands() -> int:
    """Open a lead for every raised hand of a person that we know by now; answers how many hands were taken."""
    total = 0
    while True:
        with database.atomic():
            hands = database.rows(SQL["take_hands"])
            if hands:
                columns = list(zip(*hands, strict=True))
                names = ("hands", "subjects", "ats", "forms", "channels", "campaigns")
                sets: dict[str, Any] = {name: list(column) for name, column in zip(names, columns, strict=True)}
                open_from(SQL["hands"], actor="form", add=True, **sets)
        total += len(hands)
        if len(hands) < 5000:
            return total


def follow_hands(span: activities.Span) -> None:
    """Open a lead for each raised hand of a span of activities; those of strangers are kept for `take_hands`."""
    given = {"within": activities.WITHIN, "live": activities.LIVE}
    database.execute(SQL["note_hands"].format(**given), **span.parameters)
    parameters: dict[str, Any] = {**span.parameters}
    open_from(SQL["raised"].format(**given), actor="form", add=True, **parameters)


def forget_hands() -> int:
    """Drop raised hands that nobody could be found for; answers how many."""
    return database.execute(SQL["forget_hands"], before=clock.now() - HANDS_KEPT)


def ensure_reasons() -> None:
    """Fill an empty list of reasons with those that every firm needs."""
    if not Reason.objects.exists():
        Reason.objects.bulk_create(
            (Reason(stage=stage, label=label) for stage, labels in rules.REASONS.items() for label in labels),
            ignore_conflicts=True,
        )


def reasons(stage: str) -> list[Reason]:
    """The reasons to choose from for a stage."""
    ensure_reasons()
    return list(Reason.objects.filter(stage=stage, is_active=True).order_by("label"))


def _reason(to: str, words: str, reason_id: int | None) -> tuple[int | None, str]:
    if to not in rules.NEEDS_REASON:
        return None, words
    found = [each for each in reasons(to) if each.pk == reason_id or (reason_id is None and _same(each.label, words))]
    if not found:
        labels = "; ".join(each.label for each in reasons(to))
        raise NeedsReason(f"A lead becomes {to} for a reason from the list. Choose one of: {labels}.")
    label = found[0].label
    return found[0].pk, label if not words or _same(label, words) else f"{label}: {words}"


def _same(one: str, other: str) -> bool:
    return one.strip().lower() == other.strip().lower()


def _months(rows: Iterable[Any]) -> list[datetime]:
    """One moment for each month that the rows fall in."""
    return list({(row.at.year, row.at.month): row.at for row in rows}.values())


def of_contact(contact_id: int) -> list[Lead]:
    """The leads of a contact, latest first."""
    return list(Lead.objects.filter(contact_id=contact_id).select_related("owner", "reason").order_by("-opened_at"))
