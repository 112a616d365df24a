"""Messages: a row before anything else, once per contact, version and cause, queued or held back with its reason.

`engage_message` has no other writer that inserts than `queue`.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from django.db.models import QuerySet

from leadwright.capture import activities
from leadwright.engage import liquid, rules
from leadwright.engage.models import Email, EmailVersion, Message
from leadwright.kit import clock, config, database, jobs, sql
from leadwright.kit.registries import Holdings

SQL = sql.load("messages")

# A message without an answer for so long is shown for a decision: its sender died between hand-over and answer.
UNSURE_AFTER = timedelta(minutes=10)

# Names our advisory locks among all of the database's: "mail" in ASCII.
TURNS = 0x6D61696C

REASONS: dict[str, str] = {
    "no_address": "there is no address to send it to",
    "suppressed": "the address must not be used",
    "no_consent": "there is no consent to this purpose",
    "duplicate": "the same email was sent within a day",
    "frequency_cap": "it would be too many mails in too few days",
    "paused": "she has asked for a pause",
    "own_cap": "she wants fewer mails than that",
    "stopped": "the broadcast was stopped",
}


@dataclass(frozen=True)
class Counts:
    """What became of a set of recipients. `absent` are contacts that do not exist any more."""

    queued: int = 0
    held: dict[str, int] = field(default_factory=dict)
    repeated: int = 0


def cap() -> rules.Cap:
    """The frequency cap that holds now."""
    return rules.cap(config.get("LEADWRIGHT_MAIL_CAP"))


def queue(
    version: EmailVersion,
    recipients: Sequence[tuple[int, str]],
    *,
    due_at: datetime | None = None,
    campaign_id: int | None = None,
    extra: Mapping[str, Any] | None = None,
    each: Mapping[str, Mapping[str, Any]] | None = None,
) -> Counts:
    """Queue a version for contacts, each with its cause, or hold it back with the reason; in one statement.

    Of two that queue for the same contact at once, the second waits for the first one's transaction and counts its
    mails, so that both together keep to the frequency cap. A contact, version and cause that was queued or held before
    is left as it is and counted as repeated, so the call may be repeated after a crash. `extra` is what Liquid knows
    besides contact and company; `each` adds to it by cause.
    """
    if not recipients:
        return Counts()
    now, allowed = clock.now(), cap()
    common = dict(extra or {})
    if each:
        extras = [json.dumps(common | dict(each.get(cause, {}))) for _, cause in recipients]
    else:
        extras = [json.dumps(common)] * len(recipients)
    contacts = [contact_id for contact_id, _ in recipients]
    with database.atomic():
        if version.purpose_id is not None:
            database.rows(SQL["take_turns"], space=TURNS, contacts=contacts)
        found = database.rows(
            SQL["queue"],
            contacts=contacts,
            causes=[cause for _, cause in recipients],
            extras=extras,
            version=version.pk,
            email=version.email_id,
            purpose=version.purpose_id,
            campaign=campaign_id,
            due_at=due_at or now,
            now=now,
            cap_mails=allowed.mails,
            cap_days=allowed.days,
        )
    made = {row.held_reason: row.count for row in found}
    queued = made.pop("", 0)
    if queued:
        wake()
    return Counts(queued, made, len(recipients) - queued - sum(made.values()))


def hold_ups(email: Email, segment_id: int, at: datetime | None = None) -> Counts:
    """What `queue` would say of a segment's members now, without queueing anything."""
    now, allowed = clock.now(), cap()
    found = database.rows(
        SQL["hold_ups"],
        segment=segment_id,
        email=email.pk,
        purpose=email.purpose_id,
        due_at=at or now,
        cap_mails=allowed.mails,
        cap_days=allowed.days,
    )
    made = {row.reason: row.count for row in found}
    return Counts(made.pop("", 0), made, 0)


def wake() -> None:
    """Let senders and listeners know that there may be something to send, once this transaction has committed."""
    database.rows(SQL["notify"])
    jobs.wake("messages")


def unsure() -> QuerySet[Message]:
    """Messages that were handed over and never answered; a person decides what becomes of them."""
    return Message.objects.filter(state=Message.State.SENDING, sending_at__lte=clock.now() - UNSURE_AFTER)


def decide(message_ids: Sequence[int], what: Literal["again", "sent", "failed"], by: str) -> int:
    """Send unsure messages again, or write them down as sent or as failed; answers how many still were unsure."""
    state = {"again": "queued", "sent": "sent", "failed": "failed"}[what]
    now = clock.now()
    with database.atomic():
        taken = list(unsure().filter(pk__in=message_ids).select_for_update().values_list("pk", flat=True))
        count = database.execute(
            SQL["decide"],
            ids=taken,
            state=state,
            now=now,
            before=now - UNSURE_AFTER,
            answer=f"{by} decided: {what}"[:250],
        )
        if what == "sent" and taken:
            note_sent(taken)
        if what == "again" and count:
            wake()
    return count


def note_sent(message_ids: Sequence[int]) -> None:
    """Record that messages were sent; each is named as its subject reads to somebody of whom nothing is known."""
    ids = list(message_ids)
    versions = database.rows(SQL["versions"], ids=ids)
    activities.record_from(
        SQL["sent_facts"],
        ids=ids,
        versions=[version.id for version in versions],
        emails=[version.email_id for version in versions],
        names=[liquid.bare(version.subject)[:250] for version in versions],
    )


def erase(contact_ids: Sequence[int]) -> int:
    """Remove all messages to these contacts, and their copies in the built-in mailbox."""
    copies = database.execute(SQL["erase_mailbox"], contacts=list(contact_ids))
    return copies + database.execute(SQL["erase"], contacts=list(contact_ids))


def export(contact_id: int) -> dict[str, list[dict[str, Any]]]:
    """What is known here about one contact."""
    found = Message.objects.filter(contact_id=contact_id).select_related("version").order_by("queued_at")
    return {
        "messages": [
            {
                "id": message.pk,
                "subject": message.version.subject,
                "address": message.address,
                "state": message.state,
                "held_reason": REASONS.get(message.held_reason, message.held_reason),
                "queued_at": message.queued_at,
                "sent_at": message.sent_at,
                "answer": message.answer,
                "extra": message.extra,
            }
            for message in found
        ],
        "mailbox": [row._asdict() for row in database.rows(SQL["in_mailbox"], contact=contact_id)],
    }


def count_words(before: datetime) -> Holdings:
    """How many mails of before a moment still say something of a person."""
    found = database.row(SQL["count_words"], before=before)
    return Holdings(found.rows, found.people, found.size_bytes)


def forget_words(before: datetime, limit: int) -> int:
    """Blank the personal words of some mails that were due before a moment; that they were sent stays."""
    return database.execute(SQL["forget_words"], before=before, limit=limit)
