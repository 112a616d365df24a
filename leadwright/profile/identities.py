"""Who is who: a visitor becomes a contact on a strong identifier; two people at one browser never become one.

Strong are: the address in a form, the site's own word (identify, a known user id), and a link that we signed for one
person. The link counts only at a browser that nobody is known at, and only while the message was clicked in one
browser: a forwarded mail tells nothing.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from leadwright.capture import judging
from leadwright.capture.judging import Claim, Found
from leadwright.capture.verdicts import JudgedClick
from leadwright.kit import clock, database, ids, sql
from leadwright.profile import contacts, employers, rules
from leadwright.profile.contacts import Incoming

SQL = sql.load("identities")
LINK = "link in message "
# Somebody who gives another address so soon after the click of a mail has most likely got the mail forwarded.
FORWARDED_WITHIN = timedelta(minutes=30)


@dataclass
class _Browsers:
    """Who sits where, while a set is gone through in order."""

    owners: dict[uuid.UUID, int]  # visitor -> contact
    links: dict[uuid.UUID, datetime] = field(
        default_factory=dict
    )  # visitors known by a link in a mail only, since when
    doubted: list[uuid.UUID] = field(default_factory=list)  # those of them at which somebody else turned up
    confirmed: list[tuple[uuid.UUID, str, str]] = field(default_factory=list)  # those that more than a link tells
    now: dict[str, uuid.UUID] = field(default_factory=dict)  # anonymous id -> visitor since somebody else came
    turns: list[judging.Turn] = field(default_factory=list)
    attached: list[tuple[uuid.UUID, int, datetime, str, str]] = field(default_factory=list)

    def visitor(self, claim: Claim) -> uuid.UUID | None:
        """The visitor that a claim's browser stands for at this moment."""
        return self.now.get(claim.anonymous_id, claim.visitor_id)

    def attach(self, visitor: uuid.UUID, who: "_Who", claim: Claim) -> None:
        """A visitor turns out to be a contact; all its earlier visits are the contact's now."""
        self.owners[visitor] = who.id
        if claim.kind == "click":
            self.links[visitor] = claim.at
        self.attached.append((visitor, who.id, claim.at, claim.source[:120], who.told_by[:254]))

    def sit_down(self, visitor: uuid.UUID, who: "_Who", claim: Claim) -> uuid.UUID:
        """A contact is at a browser for certain: attach it, or begin a new visitor where somebody else sat."""
        owner = self.owners.get(visitor)
        if owner is None:
            self.attach(visitor, who, claim)
            return visitor
        if owner == who.id:
            if self.links.pop(visitor, None):
                self.confirmed.append((visitor, claim.source[:120], who.told_by[:254]))
            return visitor
        if claim.kind == "form" and (linked := self.links.get(visitor)) and claim.at - linked < FORWARDED_WITHIN:
            self.doubted.append(visitor)
        new = ids.uuid7(claim.at)
        self.turns.append(judging.Turn(claim.anonymous_id, visitor, new, claim.at))
        self.now[claim.anonymous_id] = new
        self.attach(new, who, claim)
        return new


def identify(claims: Sequence[Claim]) -> Mapping[int, Found]:
    """Who each claim of a set stands for; makes and fills contacts, attaches visitors. In the caller's transaction."""
    names = _Names(claims)
    told = _tell(claims)
    visitors = sorted({claim.visitor_id for claim in claims if claim.visitor_id})
    owned = database.rows(SQL["owners"], subjects=visitors)
    browsers = _Browsers(
        {row.subject_id: row.contact_id for row in owned},
        {row.subject_id: row.since for row in owned if row.evidence.startswith(LINK)},
    )
    clicks = _Clicks(claims)
    firms: list[employers.Told] = []
    found: dict[int, Found] = {}
    for claim in claims:
        who = told.get(claim.hit_id)
        if who:
            names.learn(claim, who)
        else:
            who = names.find(claim)
        found[claim.hit_id] = _find(claim, who, browsers, clicks)
        clicks.remember(claim, found[claim.hit_id])
        visitor = found[claim.hit_id].visitor_id
        contact = who.id if who else browsers.owners.get(visitor) if visitor else None
        if claim.company and contact:
            firms.append(employers.Told(contact, claim.at, claim.company))
    employers.belong(firms)
    judging.rotate(browsers.turns)
    _attach(browsers, {who.id for who in told.values()})
    if browsers.confirmed:
        subjects, evidence, told_by = zip(*browsers.confirmed, strict=True)
        database.execute(SQL["confirm"], subjects=list(subjects), evidence=list(evidence), told_by=list(told_by))
    if browsers.doubted:
        database.execute(SQL["doubt"], subjects=browsers.doubted)
    return found


def _attach(browsers: _Browsers, held: set[int]) -> None:
    """Keep which visitors turned out to be contacts; those contacts are held, so that none goes meanwhile."""
    others = sorted({owner for _, owner, *_ in browsers.attached} - held)
    there = held.union(row.id for row in database.rows(SQL["hold"], contacts=others)) if others else held
    attached = [each for each in browsers.attached if each[1] in there]
    if not attached:
        return
    with database.trusted(len(attached)):
        subjects, owners, sinces, evidence, told_by = zip(*attached, strict=True)
        database.execute(
            SQL["attach"],
            subjects=list(subjects),
            contacts=list(owners),
            sinces=list(sinces),
            evidence=list(evidence),
            told_by=list(told_by),
        )


def _find(claim: Claim, who: "_Who | None", browsers: _Browsers, clicks: "_Clicks") -> Found:
    visitor = browsers.visitor(claim)
    if who is None or visitor is None:
        uid = who.uid if who else None
        return Found(visitor, uid, subject_id=uid)
    if claim.kind in ("click", "confirm"):
        owner = browsers.owners.get(visitor)
        if owner is not None and owner != who.id:
            # Somebody else's browser: the act is hers, not that of the person whom the mail was for.
            return Found(visitor, who.uid, subject_id=visitor if claim.kind == "click" else who.uid)
        if owner is None and claim.is_human and clicks.is_first(claim, visitor):
            browsers.attach(visitor, who, claim)
        return Found(visitor, who.uid)
    if claim.kind in ("open", "unsubscribe"):
        return Found(visitor, who.uid)
    if claim.kind == "alias" and browsers.owners.get(visitor, who.id) != who.id:
        # The browser is somebody else's by a strong word; that two names are one person, an alias cannot know.
        return Found(visitor, who.uid, subject_id=who.uid)
    return Found(browsers.sit_down(visitor, who, claim), who.uid)


@dataclass(frozen=True, slots=True)
class _Who:
    id: int
    uid: uuid.UUID  # whose act it is: the contact's, or that of one merged into it
    told_by: str = ""  # the address, user id or uid by which it is known


class _Names:
    """By which links, user ids and addresses people are known, as the claims of a set come one after the other.

    What a claim tells is known to those after it only, so that nothing depends on how hits are cut into sets.
    """

    def __init__(self, claims: Sequence[Claim]) -> None:
        uids = sorted({claim.contact_uid for claim in claims if claim.contact_uid})
        externals = sorted({claim.external_id for claim in claims if claim.kind == "seen"})
        self.keys = {name: key for name in externals if (key := _key(name))}
        self.by_uid: dict[uuid.UUID, _Who] = {}
        self.by_name: dict[str, _Who] = {}
        for row in database.rows(SQL["find"], uids=uids, externals=externals, keys=sorted(self.keys.values())):
            if row.name:
                self.by_name[row.name] = _Who(row.id, row.uid, row.name)
            else:
                self.by_uid[row.uid] = _Who(row.id, row.uid, str(row.uid))

    def find(self, claim: Claim) -> _Who | None:
        """Whom a link or a user id stands for, at this claim."""
        if claim.contact_uid:
            return self.by_uid.get(claim.contact_uid)
        if claim.kind != "seen":
            return None
        return self.by_name.get(claim.external_id) or self.by_name.get(self.keys.get(claim.external_id, ""))

    def learn(self, claim: Claim, who: _Who) -> None:
        """Somebody has been told by a form or an identify: by this user id and address from here on."""
        for name in (claim.external_id, who.told_by):
            if name and (name != claim.external_id or not _key(name)):
                self.by_name[name] = who


def _key(text: str) -> str:
    """The address's key, where a user id is an address."""
    if "@" not in text:
        return ""
    try:
        return rules.normalise_email(text).key
    except rules.BadAddress:
        return ""


def _tell(claims: Sequence[Claim]) -> dict[int, _Who]:
    """Make and fill the contacts of forms and identifies."""
    telling: list[tuple[Claim, Incoming]] = []
    for claim in claims:
        if claim.kind not in ("form", "identify", "alias"):
            continue
        fields, external = dict(claim.fields), claim.external_id
        if external and _key(external) and not fields.get("email"):
            fields["email"], external = external, ""
        telling.append(
            (
                claim,
                Incoming(
                    fields=fields,
                    source=claim.source,
                    external_id=external,
                    overwrite=claim.overwrites,
                    splits=True,
                    at=claim.at,
                    seen_at=claim.at if claim.is_seen else None,
                    first_channel=claim.first_channel or claim.channel,
                    first_campaign_id=claim.first_campaign_id or claim.campaign_id,
                ),
            )
        )
    outcomes = contacts.upsert([incoming for _, incoming in telling])
    found = {}
    for (claim, _), outcome in zip(telling, outcomes, strict=True):
        if outcome.contact_id is not None and outcome.uid is not None:
            found[claim.hit_id] = _Who(outcome.contact_id, outcome.subject_id or outcome.uid, outcome.told_by)
    return found


class _Clicks:
    """In which browsers the messages of a set were clicked before."""

    def __init__(self, claims: Sequence[Claim]) -> None:
        clicks = [claim for claim in claims if claim.kind == "click" and claim.is_human]
        self.browsers: dict[tuple[uuid.UUID | None, str], set[str]] = {}
        if clicks:
            asked = sorted({(str(claim.contact_uid), str(claim.message)) for claim in clicks})
            uids = [uuid.UUID(uid) for uid, _ in asked]
            for row in database.rows(SQL["clicked"], uids=uids, messages=[message for _, message in asked]):
                self.browsers.setdefault((row.subject_id, row.object_id), set()).add(row.visitor)

    def is_first(self, claim: Claim, visitor: uuid.UUID) -> bool:
        """Whether no other browser has clicked in this message."""
        if claim.kind != "click":
            return True
        seen = self.browsers.get((claim.contact_uid, str(claim.message)), set())
        return not seen - {str(visitor), ""}

    def remember(self, claim: Claim, found: Found) -> None:
        """A click that counts as the person's own, as the log will say; one at somebody else's browser does not."""
        if claim.kind == "click" and claim.is_human and found.subject_id is None:
            self.browsers.setdefault((claim.contact_uid, str(claim.message)), set()).add(str(found.visitor_id or ""))


def judge_again(clicks: Sequence[JudgedClick]) -> None:
    """Let go of browsers that only a machine's click gave to a contact, and take in those of a person's after all: her
    own click, or the next in the same message, which was none of the first as long as the machine's stood before it."""
    machines = [each for each in clicks if not each.is_human]
    people = [each for each in clicks if each.is_human]
    if machines:
        visitors = [each.visitor_id for each in machines]
        database.execute(SQL["detach"], subjects=visitors, evidence=[_proof(each.message) for each in machines])
        told = sorted({(each.contact_uid, each.message) for each in machines})
        database.execute(
            SQL["attach_next"],
            uids=[uid for uid, _ in told],
            messages=[str(message) for _, message in told],
            evidence=[_proof(message) for _, message in told],
        )
    if people:
        database.execute(
            SQL["attach_first"],
            subjects=[each.visitor_id for each in people],
            uids=[each.contact_uid for each in people],
            sinces=[each.at for each in people],
            evidence=[_proof(each.message) for each in people],
        )


def _proof(message: int) -> str:
    return f"{LINK}{message}"


def link(subject: uuid.UUID, contact_id: int, evidence: str) -> None:
    """Give a subject that nobody owns to a contact."""
    database.execute(
        SQL["attach"],
        subjects=[subject],
        contacts=[contact_id],
        sinces=[clock.now()],
        evidence=[evidence[:120]],
        told_by=[""],
    )
