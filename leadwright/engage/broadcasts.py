"""Broadcasts: one email to one segment, once; queued in chunks with a checkpoint, so that a kill resumes exactly."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from leadwright.engage import emails, messages
from leadwright.engage.models import Broadcast, Message
from leadwright.kit import clock, database, jobs, sql

SQL = sql.load("broadcasts")
CHUNK = 5_000


class NotReady(ValueError):
    """A broadcast cannot start; the message says what is missing."""


def cause(broadcast: Broadcast) -> str:
    """What its messages name as their cause."""
    return f"broadcast:{broadcast.pk}"


def start(broadcast: Broadcast, at: datetime | None = None) -> None:
    """Send a draft now or at a moment, with the email's current version; raises NotReady."""
    version = emails.current(broadcast.email)
    if version is None:
        raise NotReady(f"The email “{broadcast.email}” was never published. Publish it first.")
    if version.purpose_id is None:
        raise NotReady(f"The email “{broadcast.email}” has no purpose. Only mail that people said yes to is broadcast.")
    now = clock.now()
    changed = Broadcast.objects.filter(pk=broadcast.pk, state=Broadcast.State.DRAFT).update(
        state=Broadcast.State.SCHEDULED, version=version, send_at=max(at or now, now)
    )
    if not changed:
        raise NotReady(f"The broadcast “{broadcast}” was started before; a broadcast is sent once.")
    broadcast.refresh_from_db()
    jobs.wake("broadcasts")


def advance() -> datetime | None:
    """Queue what due broadcasts still have to queue; answers when the next one is due."""
    now = clock.now()
    due = Broadcast.objects.filter(state__in=["scheduled", "sending"], send_at__range=(clock.since(), now)).order_by(
        "send_at"
    )
    for broadcast_id in due.values_list("pk", flat=True):
        while queue_chunk(broadcast_id):
            pass
        finish(broadcast_id)
    return Broadcast.objects.filter(state="scheduled", send_at__gt=now).order_by("send_at").values_list(
        "send_at", flat=True
    ).first()  # fmt: skip


def queue_chunk(broadcast_id: int) -> bool:
    """Queue the next contacts behind the checkpoint and move it, in one transaction; False: none are left."""
    with database.atomic():
        broadcast = Broadcast.objects.select_for_update(of=("self",)).get(pk=broadcast_id)
        if broadcast.state not in ("scheduled", "sending") or broadcast.version is None:
            return False
        rows = database.rows(SQL["members"], segment=broadcast.segment_id, after=broadcast.last_contact_id, limit=CHUNK)
        if rows:
            recipients = [(row.contact_id, cause(broadcast)) for row in rows]
            messages.queue(broadcast.version, recipients, campaign_id=broadcast.campaign_id)
            broadcast.last_contact_id = rows[-1].contact_id
        broadcast.state = Broadcast.State.SENDING
        broadcast.save(update_fields=["last_contact_id", "state"])
    return len(rows) == CHUNK


def finish(broadcast_id: int) -> None:
    """Call a broadcast sent once none of its messages waits any more."""
    now = clock.now()
    waits = database.value(
        SQL["is_under_way"], cause=f"broadcast:{broadcast_id}", unsure_before=now - messages.UNSURE_AFTER
    )
    if not waits:
        Broadcast.objects.filter(pk=broadcast_id, state="sending").update(state="sent", finished_at=now)


def stop(broadcast: Broadcast) -> int:
    """Hold back what has not left yet; answers how many messages that were."""
    with database.atomic():
        Broadcast.objects.filter(pk=broadcast.pk, state__in=["draft", "scheduled", "sending"]).update(
            state=Broadcast.State.STOPPED, finished_at=clock.now()
        )
        return database.execute(SQL["stop"], cause=cause(broadcast))


@dataclass(frozen=True)
class Echo:
    """How many messages got an answer of one kind: from people, and from people and machines together."""

    people: int = 0
    everything: int = 0


@dataclass(frozen=True)
class Report:
    """Where a broadcast stands."""

    states: Mapping[str, int]
    held: Mapping[str, int]
    opened: Echo = field(default_factory=Echo)
    clicked: Echo = field(default_factory=Echo)
    unsubscribed: Echo = field(default_factory=Echo)
    unsure: int = 0

    @property
    def sent(self) -> int:
        """How many left the building."""
        return sum(self.states.get(state, 0) for state in ("sent", "delivered", "bounced"))

    @property
    def waiting(self) -> int:
        """How many still are to leave."""
        return self.states.get("queued", 0) + self.states.get("sending", 0)

    @property
    def leaving(self) -> int:
        """How many have left or still are to leave."""
        return self.sent + self.waiting

    @property
    def total(self) -> int:
        """All messages, those held back included."""
        return sum(self.states.values())


def report(broadcast: Broadcast) -> Report:
    """Counts by state, reasons for what was held back, and what came back."""
    states: dict[str, int] = {}
    held: dict[str, int] = {}
    for row in database.rows(SQL["standing"], cause=cause(broadcast)):
        states[row.state] = states.get(row.state, 0) + row.count
        if row.state == "held":
            held[row.held_reason] = row.count
    back = {row.kind: Echo(row.people, row.everything) for row in database.rows(SQL["echo"], cause=cause(broadcast))}
    nothing = Echo()
    return Report(
        states,
        held,
        back.get("email_opened", nothing),
        back.get("email_clicked", nothing),
        back.get("unsubscribed", nothing),
        messages.unsure().filter(cause=cause(broadcast), state=Message.State.SENDING).count(),
    )
