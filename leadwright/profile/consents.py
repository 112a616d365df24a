"""What people allowed: a ledger that is only written to, and what holds now, kept in the same transaction.

Promise: every consent has its wording, time, address and proof; double opt-in where the purpose asks for it; a
withdrawal holds at once, for every automation. Sending asks with ALLOWED in the statement that makes the message.
"""

import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from leadwright.capture import activities
from leadwright.capture.activities import Fact
from leadwright.capture.judging import Taken
from leadwright.kit import clock, database, jobs, sql
from leadwright.profile import suppressions
from leadwright.profile.models import ConsentRecord, Purpose

SQL = sql.load("consents")
State = ConsentRecord.State

# May the contact of the alias `c` get mail for %(purpose)s? Service mail (no purpose) needs only an address that is not
# suppressed. Carried by consent_once (contact_id, purpose_id) and the unique email_key of suppressions.
ALLOWED = """(c.email_key IS NOT NULL
    AND NOT EXISTS (SELECT FROM profile_suppression s
                    WHERE s.email_key IN (
                        c.email_key, 'sha256:' || encode(sha256(convert_to(c.email_key, 'UTF8')), 'hex')))
    AND (%(purpose)s::text IS NULL OR EXISTS (
        SELECT FROM profile_consent k
        WHERE k.contact_id = c.id AND k.purpose_id = %(purpose)s::text AND k.state = 'granted')))"""

DEFAULTS = (
    ("newsletter", "Newsletter", "News, articles and guides, some times a month."),
    ("events", "Events", "Invitations to webinars, seminars and trade shows."),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One act of allowing or taking back. `purpose` empty: everything (withdrawal only)."""

    contact_id: int
    purpose: str
    state: State
    at: datetime
    source: str  # "form white-paper", "message 17", "import 3", "console"
    wording: str = ""
    address: str | None = None
    proof: Mapping[str, Any] = field(default_factory=dict)


def lay_purposes() -> None:
    """The purposes that every installation begins with; one that was renamed or closed stays as it is."""
    for key, name, description in DEFAULTS:
        Purpose.objects.get_or_create(key=key, defaults={"name": name, "description": description})


def record(entries: Iterable[Entry]) -> list[int]:
    """Write acts to the ledger, in order, and bring what holds up to date; answers the ids of the new entries.

    An act that changes nothing (a second withdrawal, a confirmation of what was taken back since) leaves no entry.
    """
    wanted = list(entries)
    if not wanted:
        return []
    with database.atomic():
        return _record(wanted)


def _record(wanted: list[Entry]) -> list[int]:
    _know_purposes({entry.purpose for entry in wanted if entry.purpose})
    people = {row.id: row for row in database.rows(SQL["hold"], contacts=sorted({e.contact_id for e in wanted}))}
    states: dict[int, dict[str, str]] = {}
    for row in database.rows(SQL["states"], contacts=sorted(people)):
        states.setdefault(row.contact_id, {})[row.purpose_id] = row.state
    written: list[Entry] = []
    for entry in wanted:
        if entry.contact_id in people:
            written += _effect(entry, states.setdefault(entry.contact_id, {}))
    everything = [e for e in wanted if not e.purpose and e.state == State.WITHDRAWN and e.contact_id in people]
    for entry in everything:
        if key := people[entry.contact_id].email_key:
            suppressions.add([key], suppressions.Reason.UNSUBSCRIBED, entry.source)
    if not written:
        return []
    keys = _write(written)
    back = {e.contact_id for e in written if e.state == State.GRANTED}
    suppressions.lift([people[contact].email_key for contact in back if people[contact].email_key])
    activities.record(
        Fact(
            at=entry.at,
            subject_id=people[entry.contact_id].uid,
            kind=f"consent_{entry.state}",
            name=entry.purpose,
            object_kind="consent",
            object_id=str(key),
            properties={"record": key, "source": entry.source, "wording": entry.wording},
        )
        for key, entry in zip(keys, written, strict=True)
    )
    jobs.wake("consent")
    return keys


def _effect(entry: Entry, now: dict[str, str]) -> list[Entry]:
    """What an act means for somebody whose consents stand as they do; moves them along."""
    if entry.state == State.WITHDRAWN:
        named = [entry.purpose] if entry.purpose else sorted(now)
        live = [purpose for purpose in named if now.get(purpose) != State.WITHDRAWN]
        now |= dict.fromkeys(live, State.WITHDRAWN)
        return [_about(entry, purpose) for purpose in live]
    if entry.proof.get("confirms"):  # the link of a double opt-in counts only while it is waited for
        if now.get(entry.purpose) != State.PENDING:
            return []
    elif entry.state == State.PENDING and now.get(entry.purpose) == State.GRANTED:
        entry = _about(entry, entry.purpose, State.GRANTED)  # she has confirmed before; new wording, same permission
    now[entry.purpose] = entry.state
    return [entry]


def _about(entry: Entry, purpose: str, state: State | None = None) -> Entry:
    return Entry(
        entry.contact_id,
        purpose,
        state or entry.state,
        entry.at,
        entry.source,
        entry.wording,
        entry.address,
        entry.proof,
    )


def _know_purposes(keys: set[str]) -> None:
    """A form may ask for a purpose that nobody has described yet."""
    if keys:
        names = [key.replace("-", " ").replace("_", " ").capitalize() for key in sorted(keys)]
        database.execute(SQL["purposes"], keys=sorted(keys), names=names)


def _write(entries: Sequence[Entry]) -> list[int]:
    keys = [row.id for row in database.rows(SQL["keys"], count=len(entries))]
    database.execute(
        SQL["record"],
        ids=keys,
        contacts=[entry.contact_id for entry in entries],
        purposes=[entry.purpose for entry in entries],
        states=[str(entry.state) for entry in entries],
        wordings=[entry.wording for entry in entries],
        ats=[entry.at for entry in entries],
        sources=[entry.source[:120] for entry in entries],
        addresses=[entry.address for entry in entries],
        proofs=[json.dumps(dict(entry.proof)) for entry in entries],
    )
    last = {(entry.contact_id, entry.purpose): entry for entry in entries}
    database.execute(
        SQL["hold_now"],
        contacts=[contact for contact, _ in last],
        purposes=[purpose for _, purpose in last],
        states=[str(entry.state) for entry in last.values()],
        ats=[entry.at for entry in last.values()],
    )
    return keys


def take(taken: Sequence[Taken]) -> None:
    """What forms, confirmation links and unsubscribe links say of consent; in the transaction that judges them."""
    asking = [
        each for each in taken if each.found.contact_uid and each.claim.kind in ("form", "confirm", "unsubscribe")
    ]
    if not asking:
        return
    uids = sorted({each.found.contact_uid for each in asking if each.found.contact_uid})
    contact_ids = {row.uid: row.id for row in database.rows(SQL["by_uid"], uids=uids)}
    single = set(Purpose.objects.filter(double_opt_in=False).values_list("key", flat=True))
    entries = []
    for each in asking:
        contact = contact_ids.get(each.found.contact_uid)
        if contact is not None and (entry := _entry(each, contact, single)):
            entries.append(entry)
    record(entries)


def _entry(taken: Taken, contact: int, single: set[str]) -> Entry | None:
    claim = taken.claim
    purpose = str(claim.consent.get("purpose") or "")
    proof = {"hit": claim.hit_id, "activity": str(taken.activity_id or "")}
    common: dict[str, Any] = {"at": claim.at, "source": claim.source, "address": claim.address}
    match claim.kind:
        case "form":
            if not (purpose and claim.consent.get("given")):
                return None
            state = State.GRANTED if purpose in single else State.PENDING
            wording = str(claim.consent.get("wording") or "")
            return Entry(contact, purpose, state, wording=wording, proof=proof, **common)
        case "confirm":
            proof |= {"confirms": claim.consent.get("record")}
            return Entry(contact, purpose, State.GRANTED, proof=proof, wording=_wording(claim.consent), **common)
    proof |= {"one_click": bool(claim.consent.get("one_click"))}
    return Entry(contact, purpose, State.WITHDRAWN, proof=proof, **common)


def _wording(consent: Mapping[str, Any]) -> str:
    """The words that a confirmation confirms."""
    record = consent.get("record") or 0
    found = ConsentRecord.objects.filter(pk=record).values_list("wording", flat=True).first()
    return found or ""


def standing(contact_id: int) -> dict[str, str]:
    """What holds now for one contact, by purpose."""
    return {row.purpose_id: row.state for row in database.rows(SQL["states"], contacts=[contact_id])}


def choose(contact_uid: uuid.UUID, purposes: Iterable[str], *, source: str, address: str | None) -> list[int]:
    """What somebody ticked on the preference page holds from now on: the link was in her own mail, so it is proof."""
    row = next(iter(database.rows(SQL["by_uid"], uids=[contact_uid])), None)
    if row is None:
        return []
    wanted, now = set(purposes), standing(row.id)
    active = list(Purpose.objects.filter(is_active=True))
    entries = []
    for purpose in active:
        is_granted = now.get(purpose.key) == State.GRANTED
        if (purpose.key in wanted) == is_granted:
            continue
        state = State.GRANTED if purpose.key in wanted else State.WITHDRAWN
        if state == State.WITHDRAWN and purpose.key not in now:
            continue
        wording = f"{purpose.name}: {purpose.description}".strip(": ")
        entries.append(
            Entry(row.id, purpose.key, state, clock.now(), source, wording, address, {"by": "preference page"})
        )
    return record(entries)
