"""What people allowed: a ledger that is only written to, and what holds now, kept in the same transaction.

Promise: every consent has its wording, time, address and proof; double opt-in where the purpose asks for it; a
withdrawal holds at once, for every automation. What holds is a reading of the ledger in the order of its moments
(`rules.standing`), so that it does not matter in which order acts arrive. Sending asks with `suppressions.BLOCKED` and
profile_consent in the statement that makes the message, and again at hand-over.
"""

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec

from leadwright.capture import activities
from leadwright.capture.activities import Fact
from leadwright.capture.judging import Taken
from leadwright.kit import addresses, clock, database, jobs, sql
from leadwright.profile import rules
from leadwright.profile.models import ConsentRecord, Purpose
from leadwright.profile.privacy import suppressions, wordings
from leadwright.workspace import settings

SQL = sql.load("consents")
State = ConsentRecord.State
_encode = msgspec.json.Encoder().encode

CONFIRM_WITHIN = rules.CONFIRM_WITHIN
# What was never confirmed lapses a day after its link, for a mail may wait before it leaves.
LAPSES_AFTER = CONFIRM_WITHIN + timedelta(days=1)
LAPSED_AT_ONCE = 5_000

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
    page: str = ""  # the address of the page on which it was done
    actor: str = ""  # who wrote it down; empty: herself
    note: str = ""

    @property
    def refers(self) -> int | None:
        """The entry that this one confirms, lets lapse or takes back."""
        found = self.proof.get("confirms") or self.proof.get("lapses") or self.proof.get("undoes")
        return int(found) if found else None


def lay_purposes() -> None:
    """The purposes that every installation begins with; one that was renamed or retired stays as it is."""
    for position, (key, name, description) in enumerate(DEFAULTS, 1):
        given = {"name": name, "description": description, "position": position * 10}
        Purpose.objects.get_or_create(key=key, defaults=given)


def record(entries: Iterable[Entry]) -> list[int]:
    """Write acts to the ledger, in order, and bring what holds up to date; answers the ids of the new entries.

    An act that changes nothing (a second withdrawal, a confirmation of what was taken back since) leaves no entry.
    """
    wanted = list(entries)
    if not wanted:
        return []
    with database.atomic():
        return _record(wanted)


Ledgers = dict[int, dict[str, list[rules.Act]]]


def _record(wanted: list[Entry]) -> list[int]:
    _know_purposes({entry.purpose for entry in wanted if entry.purpose})
    people = {row.id: row for row in database.rows(SQL["hold"], contacts=sorted({e.contact_id for e in wanted}))}
    ledgers = read_ledgers(people)
    written: list[Entry] = []
    for entry in wanted:
        if entry.contact_id in people:
            written += _effect(entry, ledgers.setdefault(entry.contact_id, {}), len(written))
    everything = [e for e in wanted if not e.purpose and e.state == State.WITHDRAWN and e.contact_id in people]
    for entry in everything:
        if key := people[entry.contact_id].email_key:
            suppressions.add([key], suppressions.Reason.UNSUBSCRIBED, entry.source, actor=entry.actor)
    if not written:
        return []
    keys = _write(written, ledgers)
    back = {
        e.contact_id
        for e in written
        if e.state == State.GRANTED and rules.standing(ledgers[e.contact_id][e.purpose]).state == State.GRANTED
    }
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


def read_ledgers(contacts: Iterable[int]) -> Ledgers:
    """All entries about some contacts, by purpose. What holds without an entry counts as one from before all others."""
    found: Ledgers = {}
    given = {"contacts": sorted(contacts)}
    for row in database.rows(SQL["ledger"], **given):
        acts = found.setdefault(row.contact_id, {}).setdefault(row.purpose_id, [])
        acts.append(rules.Act(row.at, row.id, row.state, row.refers, row.is_told))
    for row in database.rows(SQL["states"], **given):
        found.setdefault(row.contact_id, {}).setdefault(row.purpose_id, [rules.Act(row.at, 0, row.state)])
    return found


# An entry has its number only once it is written; until then it stands behind all that are.
NOT_YET = 2**62


def _effect(entry: Entry, ledger: dict[str, list[rules.Act]], count: int) -> list[Entry]:
    """The entries that an act means, judged by what stood in the ledger at its moment; adds them to the ledger."""
    purposes = [entry.purpose] if entry.purpose else sorted(ledger)
    made: list[Entry] = []
    for purpose in purposes:
        acts = ledger.setdefault(purpose, [])
        before = [act for act in acts if act.at <= entry.at]
        if (state := rules.written(before, str(entry.state), entry.refers)) is None:
            continue
        act = rules.Act(entry.at, NOT_YET + count + len(made), state, entry.refers)
        acts.append(act)
        made.append(replace(entry, purpose=purpose, state=State(state)))
    return made


def _know_purposes(keys: set[str]) -> None:
    """A form may ask for a purpose that nobody has described yet."""
    if keys:
        names = [key.replace("-", " ").replace("_", " ").capitalize() for key in sorted(keys)]
        database.execute(SQL["purposes"], keys=sorted(keys), names=names)


def _write(entries: Sequence[Entry], ledgers: Ledgers) -> list[int]:
    keys = [row.id for row in database.rows(SQL["keys"], count=len(entries))]
    versions = wordings.versions({(entry.purpose, entry.wording) for entry in entries if entry.wording})
    shorten = settings.current().shorten_addresses
    purposes = sorted({entry.purpose for entry in entries})
    held = len(database.rows(SQL["hold_purposes"], keys=purposes)) == len(purposes)
    with database.trusted(len(entries) if held else 0):  # their contacts are held since `_record`
        database.execute(
            SQL["record"],
            ids=keys,
            contacts=[entry.contact_id for entry in entries],
            purposes=[entry.purpose for entry in entries],
            states=[str(entry.state) for entry in entries],
            wordings=[entry.wording for entry in entries],
            versions=[versions.get((entry.purpose, entry.wording)) for entry in entries],
            ats=[entry.at for entry in entries],
            sources=[entry.source[:120] for entry in entries],
            pages=[entry.page[:500] for entry in entries],
            addresses=[addresses.shortened(e.address) if shorten and e.address else e.address for e in entries],
            actors=[entry.actor[:120] for entry in entries],
            notes=[entry.note[:500] for entry in entries],
            proofs=[_encode(dict(entry.proof)).decode() for entry in entries],
        )
        _hold({(entry.contact_id, entry.purpose) for entry in entries}, ledgers)
    return keys


def _hold(pairs: Iterable[tuple[int, str]], ledgers: Ledgers) -> None:
    """Keep what holds now, as the ledger reads."""
    read = [(contact, purpose, rules.standing(ledgers[contact][purpose])) for contact, purpose in sorted(pairs)]
    held = [each for each in read if each[2].state]
    if nothing := [each for each in read if not each[2].state]:
        gone = {"contacts": [contact for contact, _, _ in nothing], "purposes": [purpose for _, purpose, _ in nothing]}
        database.execute(SQL["notice"], **gone)
        database.execute(SQL["hold_nothing"], **gone)
    if not held:
        return
    database.execute(
        SQL["hold_now"],
        contacts=[contact for contact, _, _ in held],
        purposes=[purpose for _, purpose, _ in held],
        states=[found.state for _, _, found in held],
        ats=[found.at for _, _, found in held],
    )


@contextmanager
def opened(door: Literal["erasure", "merge"]) -> Iterator[None]:
    """Within, in a transaction: the database lets entries go with a forgotten person, or change their contact."""
    database.value(SQL["open"], door=door)
    yield
    database.value(SQL["open"], door="")


def gather(contact_ids: Sequence[int], into: int) -> list[int]:
    """For a merge: the entries of some contacts are another's from now on, who holds what all of them read together.

    Answers the entries that were moved, for `give_back`. Runs in the caller's transaction.
    """
    with opened("merge"):
        moved = [row.id for row in database.rows(SQL["gather"], contacts=list(contact_ids), into=into)]
    recount([into, *contact_ids])
    return moved


def give_back(records: Sequence[int], to: int, since: int) -> None:
    """For the undo of a merge: these entries are a contact's again; `since` held them meanwhile."""
    with opened("merge"):
        database.execute(SQL["give_back"], records=list(records), to=to)
    recount([to, since])


def recount(contact_ids: Sequence[int]) -> None:
    """Read the ledger anew for some contacts, and keep what holds."""
    found: Ledgers = {}
    for row in database.rows(SQL["ledger"], contacts=sorted(set(contact_ids))):
        acts = found.setdefault(row.contact_id, {}).setdefault(row.purpose_id, [])
        acts.append(rules.Act(row.at, row.id, row.state, row.refers, row.is_told))
    database.execute(SQL["let_go"], contacts=list(contact_ids))
    _hold(((contact, purpose) for contact, ledger in found.items() for purpose in ledger), found)
    jobs.wake("consent")


def take_back(records: Sequence[int], source: str, actor: str = "") -> int:
    """Take back what an import told: each entry gets one that says so, and counts as never written from then on.

    What the people did themselves, before and since, stands as if the file had never come. Answers how many entries;
    one that was taken back before, or went with its contact, is passed over. Runs in the caller's transaction.
    """
    found = database.rows(SQL["told"], records=list(records))
    if not found:
        return 0
    database.rows(SQL["hold"], contacts=sorted({row.contact_id for row in found}))
    database.execute(SQL["take_back"], records=[row.id for row in found], now=clock.now(), source=source, actor=actor)
    database.execute(SQL["forget_told"], records=[row.id for row in found])
    recount(sorted({row.contact_id for row in found}))
    return len(found)


def own(contact_id: int) -> dict[str, str]:
    """What holds for one contact by what she did herself, without what files told; by purpose."""
    ledger = read_ledgers([contact_id]).get(contact_id, {})
    read = {purpose: rules.standing(act for act in acts if not act.is_told) for purpose, acts in ledger.items()}
    return {purpose: found.state for purpose, found in read.items() if found.state}


def lapse() -> int:
    """Let what was asked for and never confirmed lapse, after its time; answers how many."""
    total = 0
    while True:
        now = clock.now()
        waiting = database.rows(SQL["unconfirmed"], before=now - LAPSES_AFTER, limit=LAPSED_AT_ONCE)
        entries = [
            Entry(
                row.contact_id,
                row.purpose_id,
                State.LAPSED,
                now,
                f"not confirmed within {CONFIRM_WITHIN.days} days",
                actor="Leadwright",
                proof={"lapses": row.record_id},
            )
            for row in waiting
        ]
        done = len(record(entries))
        total += done
        if not done or len(waiting) < LAPSED_AT_ONCE:
            return total


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
        if contact is not None:
            entries += [entry for said in _each(each) if (entry := _entry(said, contact, single))]
    record(entries)


def _each(taken: Taken) -> list[Taken]:
    """What was taken, once for each consent that a form asked for: those after the first stand under `also`."""
    consent = taken.claim.consent
    further = [{"page": consent.get("page"), **also} for also in consent.get("also") or ()]
    return [
        taken,
        *(msgspec.structs.replace(taken, claim=msgspec.structs.replace(taken.claim, consent=also)) for also in further),
    ]


def _entry(taken: Taken, contact: int, single: set[str]) -> Entry | None:
    claim = taken.claim
    purpose = str(claim.consent.get("purpose") or "")
    proof = {"hit": claim.hit_id, "activity": str(taken.activity_id or "")}
    page = str(claim.consent.get("page") or "")
    common: dict[str, Any] = {"at": claim.at, "source": claim.source, "address": claim.address, "page": page}
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
    wanted, now, by_herself = set(purposes), standing(row.id), own(row.id)
    entries = []
    for purpose in Purpose.objects.filter(is_active=True):
        is_wanted = purpose.key in wanted
        if all(is_wanted == (held.get(purpose.key) == State.GRANTED) for held in (now, by_herself)):
            continue
        state = State.GRANTED if is_wanted else State.WITHDRAWN
        if state == State.WITHDRAWN and purpose.key not in now and purpose.key not in by_herself:
            continue
        proof = {"by": "preference page"}
        entries.append(Entry(row.id, purpose.key, state, clock.now(), source, wordings.of(purpose), address, proof))
    return record(entries)
