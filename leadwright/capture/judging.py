"""From hits to activities: each hit becomes a fact, or is refused with a reason. A list of named steps over a set.

The contract with later stages: whoever registers an Identifier in kit.registries.IDENTIFIERS is asked, once a set, who
the claims of its hits stand for, and is told in the same transaction what was taken. So facts, contacts and consents
commit together, and a kill at any line leaves either all of a set or nothing.
"""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import msgspec
import structlog
from django.db import DataError, IntegrityError

from leadwright.capture import activities, machines, rules
from leadwright.kit import clock, config, database, ids, sql
from leadwright.kit.registries import IDENTIFIERS

log = structlog.get_logger()

SQL = sql.load("judging")
READER = "capture.judge"
SET_SIZE = 5_000
SESSION = timedelta(minutes=30)
TOO_SOON = timedelta(seconds=2)  # nobody reads a mail and clicks in it within this time of its sending
HUMAN = 0.5

_decode = msgspec.json.Decoder().decode


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """One hit on its way through the steps; each step answers a new record."""

    id: int
    received_at: datetime
    kind: str
    message_id: str
    key_id: int | None
    address: str | None
    user_agent: str
    payload: dict[str, Any]
    at: datetime
    anonymous_id: str = ""
    human: float | None = None
    reasons: tuple[str, ...] = ()
    sent: Any = None  # of a click or open: the email_sent activity (at, name, channel, campaign_id)
    visitor_id: uuid.UUID | None = None
    session_id: uuid.UUID | None = None
    touch: rules.Touch | None = None
    channel: str = ""
    campaign_id: int | None = None
    subject_id: uuid.UUID | None = None
    contact_uid: uuid.UUID | None = None

    @property
    def marks(self) -> dict[str, Any]:
        """What the collector noted of the request."""
        return mapping(self.payload.get("lw"))

    @property
    def context(self) -> dict[str, Any]:
        """The call's context, as Segment has it."""
        return mapping(self.payload.get("context"))

    @property
    def page(self) -> dict[str, Any]:
        """The page that a call names."""
        return mapping(self.context.get("page"))

    @property
    def user_id(self) -> str:
        """The site's own id of the person, or nothing."""
        return text(self.payload.get("userId"), 120)

    @property
    def is_evidence(self) -> bool:
        """Whether this only tells that a person was seen to scroll, point or type."""
        return self.kind == "track" and self.payload.get("event") == "$human"


@dataclass(frozen=True, slots=True)
class Claim:
    """What a hit says of who somebody is."""

    hit_id: int
    at: datetime
    kind: str  # form, identify, seen (a call that names a known user), click, confirm, unsubscribe
    source: str  # "form white-paper", "identify", "link in message 17"
    address: str | None = None
    anonymous_id: str = ""
    visitor_id: uuid.UUID | None = None
    contact_uid: uuid.UUID | None = None  # from a link that we signed
    external_id: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)  # fields of the contact, email among them
    overwrites: bool = False  # sent with a secret key: may change what is known, not only fill blanks
    is_human: bool = True
    message: int | None = None
    channel: str = ""
    campaign_id: int | None = None
    first_channel: str = ""  # how the visitor came for the first time
    first_campaign_id: int | None = None
    consent: Mapping[str, Any] = field(default_factory=dict)  # purpose, wording, given; or record, purpose


@dataclass(frozen=True, slots=True)
class Found:
    """Who a claim stands for: the visitor from now on (another one after a different person came), and the contact."""

    visitor_id: uuid.UUID | None
    contact_uid: uuid.UUID | None
    subject_id: uuid.UUID | None = None  # whose activity it is, where that is neither of the two by itself


@dataclass(frozen=True, slots=True)
class Taken:
    """A claim whose hit was taken, with the activity it became; None for a confirmation, which only changes consent."""

    claim: Claim
    found: Found
    activity_id: uuid.UUID | None


@dataclass(frozen=True)
class Identifier:
    """How a later stage tells who somebody is (set by set), and learns what was taken."""

    identify: Callable[[Sequence[Claim]], Mapping[int, Found]]
    taken: Callable[[Sequence[Taken]], None]


@dataclass(frozen=True)
class Batch:
    """A set of hits, in the order they came, and those refused so far."""

    hits: tuple[Hit, ...]
    refused: tuple[tuple[Hit, str, str], ...] = ()
    claims: tuple[tuple[Claim, Found], ...] = ()
    visitors: Mapping[uuid.UUID, "Visitor"] = field(default_factory=dict)

    def refuse(self, bad: Mapping[int, tuple[str, str]]) -> "Batch":
        """The same without some hits, which are refused with (reason, detail)."""
        if not bad:
            return self
        refused = tuple((hit, *bad[hit.id]) for hit in self.hits if hit.id in bad)
        kept = tuple(hit for hit in self.hits if hit.id not in bad)
        return replace(self, hits=kept, refused=self.refused + refused)


@dataclass
class Visitor:
    """A visitor as the set finds it, and as it leaves it."""

    id: uuid.UUID
    anonymous_id: str
    first_seen_at: datetime
    last_seen_at: datetime
    confirmed_at: datetime | None
    first_channel: str
    first_campaign_id: int | None
    first_touch: dict[str, Any]
    session_id: uuid.UUID | None
    session_channel: str
    session_campaign_id: int | None


Step = Callable[[Batch], Batch]


# Steps


def drop_malformed(batch: Batch) -> Batch:
    """A call must be of a known kind and say of whom it speaks."""
    bad: dict[int, tuple[str, str]] = {}
    for hit in batch.hits:
        if hit.kind == "unknown":
            bad[hit.id] = ("malformed", f"There is no call of type {text(hit.payload.get('type'), 40)!r}.")
        elif hit.kind in SEGMENT and not (hit.user_id or hit.anonymous_id):
            bad[hit.id] = ("malformed", "It names neither userId nor anonymousId.")
        elif hit.kind == "track" and not hit.payload.get("event"):
            bad[hit.id] = ("malformed", "A tracked event needs a name under 'event'.")
    return batch.refuse(bad)


def drop_repeated(batch: Batch) -> Batch:
    """A message counts once, however often it was sent."""
    if not batch.hits:
        return batch
    first = {hit.message_id: hit.id for hit in reversed(batch.hits)}
    new = {row[0] for row in database.rows(SQL["remember"], messages=sorted(first), now=clock.now())}
    return batch.refuse(
        {hit.id: ("repeated", "") for hit in batch.hits if hit.message_id not in new or first[hit.message_id] != hit.id}
    )


def respect_privacy(batch: Batch) -> Batch:
    """Who sends Global Privacy Control is not tracked; what somebody does on purpose (a form) is still taken."""
    return batch.refuse(
        {
            hit.id: ("privacy", "Global Privacy Control")
            for hit in batch.hits
            if hit.kind in QUIET and hit.marks.get("gpc")
        }
    )


def quarantine(batch: Batch) -> Batch:
    """A form whose hidden trap field was filled is kept, and shown to nobody but who looks for it."""
    return batch.refuse(
        {
            hit.id: ("quarantined", f"form {hit.payload.get('form')}: the hidden field was filled")
            for hit in batch.hits
            if hit.kind == "form" and "honeypot" in hit.payload.get("flags", ())
        }
    )


def find_sent(batch: Batch) -> Batch:
    """For clicks, opens and unsubscribes: which message it was, and when it was sent."""
    asked = {(hit.payload["contact"], str(hit.payload["message"])) for hit in batch.hits if hit.kind in FROM_MAIL}
    if not asked:
        return batch
    pairs = sorted(asked)
    found = {
        (str(row.subject_id), row.object_id): row
        for row in database.rows(
            SQL["sent"], uids=[uuid.UUID(pair[0]) for pair in pairs], messages=[pair[1] for pair in pairs]
        )
    }
    hits = (
        msgspec.structs.replace(hit, sent=found.get((hit.payload["contact"], str(hit.payload["message"]))))
        if hit.kind in FROM_MAIL
        else hit
        for hit in batch.hits
    )
    return replace(batch, hits=tuple(hits))


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
        ids=[ids.uuid7(first[name]) for name in names],
        names=names,
        firsts=[first[name] for name in names],
    )
    visitors = {row.id: Visitor(**row._asdict() | {"first_touch": _decode(row.first_touch)}) for row in found}
    by_name = {visitor.anonymous_id: visitor.id for visitor in visitors.values()}
    hits = (
        msgspec.structs.replace(hit, visitor_id=by_name[hit.anonymous_id]) if hit.anonymous_id else hit
        for hit in batch.hits
    )
    return replace(batch, hits=tuple(hits), visitors=visitors)


def weigh_machine_evidence(batch: Batch) -> Batch:
    """How likely a person did it, and what speaks for and against; None where a server spoke for itself."""
    seen: dict[uuid.UUID, bool] = {key: visitor.confirmed_at is not None for key, visitor in batch.visitors.items()}
    hits = []
    for hit in batch.hits:
        if hit.is_evidence and hit.visitor_id:
            seen[hit.visitor_id] = True
        is_confirmed = seen.get(hit.visitor_id, False) if hit.visitor_id else False
        human, reasons = weigh(hit, is_confirmed=is_confirmed)
        hits.append(msgspec.structs.replace(hit, human=human, reasons=reasons))
    return replace(batch, hits=tuple(hits))


def name_channel(batch: Batch) -> Batch:
    """How each hit came: campaign names, click ids, referrer."""
    own = own_hosts()
    links = _links({text(hit.payload.get("link"), 40) for hit in batch.hits if hit.kind == "link"})
    hits = []
    for hit in batch.hits:
        if hit.kind in FROM_MAIL:
            touch = rules.Touch("email", "email", "", "Email", True) if hit.kind == "click" else None
            campaign = hit.sent.campaign_id if hit.sent else None
        elif hit.kind == "link":
            touch = rules.touch(text(hit.payload.get("url"), 2000), text(hit.payload.get("referrer"), 2000), own)
            campaign = links.get(text(hit.payload.get("link"), 40))
        else:
            touch, campaign = _touch_of(hit, own), None
        hits.append(msgspec.structs.replace(hit, touch=touch, campaign_id=campaign))
    known = _campaigns({hit.touch.campaign for hit in hits if hit.touch and hit.touch.campaign})
    own_channels = _channels_of({hit.campaign_id for hit in hits if hit.campaign_id})
    return replace(batch, hits=tuple(_of_campaign(hit, known, own_channels) for hit in hits))


def find_session(batch: Batch) -> Batch:
    """Visits: acts of one visitor less than 30 minutes apart; another way in begins a new one."""
    hits = []
    for hit in batch.hits:
        visitor = batch.visitors.get(hit.visitor_id) if hit.visitor_id else None
        if visitor is None or (hit.human is None and not hit.touch):
            channel = hit.channel or (hit.touch.channel if hit.touch else "")
            hits.append(msgspec.structs.replace(hit, channel=channel))
        else:
            hits.append(_in_session(hit, visitor))
    return replace(batch, hits=tuple(hits))


def identify(batch: Batch) -> Batch:
    """Who it was, as far as a form, a signed link or the site itself tells; asks the registered identifiers."""
    forms = _forms(batch)
    claims = [claim for hit in batch.hits if (claim := _claim(hit, forms, batch.visitors))]
    found: dict[int, Found] = {}
    for each in IDENTIFIERS:
        found |= each.identify(claims) if claims else {}
    now: dict[str, uuid.UUID] = {}  # anonymous id -> its visitor since somebody else came to the browser
    hits = []
    for hit in batch.hits:
        who = found.get(hit.id)
        visitor_id = now.get(hit.anonymous_id, hit.visitor_id)
        if who and who.visitor_id and who.visitor_id != visitor_id:
            visitor_id = now[hit.anonymous_id] = who.visitor_id
        contact = who.contact_uid if who else None
        subject = (who.subject_id if who else None) or (contact if hit.kind in FOR_ONE else None)
        hits.append(
            msgspec.structs.replace(
                hit,
                visitor_id=visitor_id,
                contact_uid=contact,
                subject_id=subject or visitor_id or contact or ids.uuid7(hit.at),
            )
        )
    told = tuple((claim, found[claim.hit_id]) for claim in claims if claim.hit_id in found)
    return replace(batch, hits=tuple(hits), claims=told)


def write(batch: Batch) -> Batch:
    """Record the activities, the refusals and what became of the visitors; tell the identifiers."""
    facts = [(hit, fact) for hit in batch.hits if (fact := _fact(hit))]
    keys = activities.record(fact for _, fact in facts)
    by_hit = {hit.id: key for (hit, _), key in zip(facts, keys, strict=True)}
    _refuse([(hit.id, hit.received_at, reason, detail) for hit, reason, detail in batch.refused])
    if batch.visitors:
        _leave(list(batch.visitors.values()))
    for each in IDENTIFIERS:
        each.taken([Taken(claim, found, by_hit.get(claim.hit_id)) for claim, found in batch.claims])
    return batch


STEPS: tuple[Step, ...] = (
    drop_malformed,
    drop_repeated,
    respect_privacy,
    quarantine,
    find_sent,
    find_visitor,
    weigh_machine_evidence,
    name_channel,
    find_session,
    identify,
    write,
)

SEGMENT = frozenset({"track", "page", "screen", "identify", "group", "alias"})
QUIET = frozenset({"track", "page", "screen", "group", "alias", "link", "open"})
FROM_MAIL = frozenset({"click", "open", "unsubscribe"})
FOR_ONE = FROM_MAIL | {"resource"}  # by a link that was signed for one contact, whose act it is


def judge() -> datetime | None:
    """Judge all hits that have come in, a set at a time; each set's effects commit with the reader's position."""
    while True:
        try:
            count = take_set()
        except POISON:
            log.exception("a set of hits could not be judged; it is taken one by one")
            count = sum(_take_one() for _ in range(SET_SIZE))
        if count < SET_SIZE:
            return None


# What a single odd hit can raise. Anything else (the database is away) ends the run, and the next one tries again.
POISON = (ValueError, TypeError, LookupError, AttributeError, AssertionError, DataError, IntegrityError)


def _take_one() -> int:
    try:
        return take_set(1)
    except POISON as error:
        with database.atomic():
            position = database.row(activities.SQL["claim"], reader=READER)
            hit = database.rows(SQL["next"], tx=position.tx, id=position.seq, limit=1, horizon=database.horizon())[0]
            log.exception("a hit could not be judged and is set aside", hit=hit.id)
            _refuse([(hit.id, hit.received_at, "failed", repr(error))])
            database.execute(activities.SQL["move"], reader=READER, tx=hit.tx, seq=hit.id, now=clock.now())
        return 1


def _refuse(rows: Sequence[tuple[int, datetime, str, str]]) -> None:
    if rows:
        hits, ats, reasons, details = zip(*rows, strict=True)
        database.execute(
            SQL["refuse"],
            hits=list(hits),
            ats=list(ats),
            reasons=list(reasons),
            details=[detail[:250] for detail in details],
        )


def take_set(limit: int = SET_SIZE) -> int:
    """Judge one set of hits in the order of the log; answers how many."""
    with database.atomic():
        position = database.row(activities.SQL["claim"], reader=READER)
        found = database.rows(SQL["next"], tx=position.tx, id=position.seq, limit=limit, horizon=database.horizon())
        if not found:
            return 0
        batch = Batch(tuple(_read(row) for row in found))
        for step in STEPS:
            batch = step(batch)
        database.execute(activities.SQL["move"], reader=READER, tx=found[-1].tx, seq=found[-1].id, now=clock.now())
    return len(found)


def _read(row: Any) -> Hit:
    payload = _decode(row.payload)
    marks = mapping(payload.get("lw"))
    if row.kind in SEGMENT or row.kind == "unknown":
        at = rules.happened_at(payload.get("timestamp"), marks.get("sent_at") or payload.get("sentAt"), row.received_at)
    else:
        at = row.received_at
    return Hit(
        id=row.id,
        received_at=row.received_at,
        kind=row.kind,
        message_id=row.message_id,
        key_id=row.key_id,
        address=row.address,
        user_agent=row.user_agent,
        payload=payload,
        at=at,
        anonymous_id=_anonymous_id(row.kind, payload),
    )


def _anonymous_id(kind: str, payload: Mapping[str, Any]) -> str:
    """The browser's own name; a server that speaks only of a user id stands for a browser of that user's own."""
    given = text(payload.get("previousId") if kind == "alias" else payload.get("anonymousId"), 90)
    if given:
        return f"anon:{given}" if given.startswith(("user:", "anon:")) else given
    user = text(payload.get("userId"), 90)
    return f"user:{user}" if user and kind in SEGMENT else ""


def text(value: Any, longest: int) -> str:
    """A value as text of a bounded length; nothing for what is neither text nor number."""
    if isinstance(value, str):
        return value.strip()[:longest]
    return str(value)[:longest] if isinstance(value, int | float) and not isinstance(value, bool) else ""


def mapping(value: Any) -> dict[str, Any]:
    """A value that should be a mapping, or an empty one."""
    return value if isinstance(value, dict) else {}


# Machine or human


def weigh(hit: Hit, *, is_confirmed: bool) -> tuple[float | None, tuple[str, ...]]:  # noqa: PLR0911
    """The probability that a person did it, with its reasons."""
    sign = machines.sign(text(hit.context.get("userAgent"), 500) or hit.user_agent)
    match hit.kind:
        case "form":
            return _weigh_form(hit, sign, is_confirmed=is_confirmed)
        case "open":
            return _weigh_open(hit, sign)
        case "unsubscribe" | "confirm":
            return None, ()
    if hit.key_id is not None and not hit.marks.get("origin") and sign in ("script", "no_user_agent"):
        return None, ("server",)  # the site's own server tells what it knows
    if sign in ("crawler", "script", "no_user_agent", "image_proxy"):
        return 0.05, (sign,)
    if hit.kind in ("click", "link") and not is_confirmed:
        return _weigh_click(hit, sign)
    if is_confirmed:
        return (0.6 if sign else 0.95), (*((sign,) if sign else ()), "moved")
    return (0.2, (sign,)) if sign else (0.7, ("ran_script",) if hit.kind in SEGMENT else ())


def _weigh_form(hit: Hit, sign: str, *, is_confirmed: bool) -> tuple[float, tuple[str, ...]]:
    """A form is a deliberate act: it is marked, never thrown away; only the trap field speaks for itself."""
    reasons = [flag for flag in hit.payload.get("flags", ()) if flag in ("too_fast", "no_timing")]
    if sign:
        reasons.append(sign)
    if is_confirmed:
        reasons.append("moved")
    weight = {"too_fast": 0.15, "no_timing": 0.1, "moved": -0.2}
    human = 0.9 - sum(weight.get(reason, 0.15) for reason in reasons)
    return round(min(max(human, HUMAN), 0.98), 2), tuple(reasons)


def _weigh_open(hit: Hit, sign: str) -> tuple[float, tuple[str, ...]]:
    """Mail programs and their proxies load pictures unasked: an open is unknown at best."""
    if sign in ("crawler", "script", "headless", "no_user_agent"):
        return 0.05, (sign,)
    return 0.3, ("image_proxy",) if sign == "image_proxy" else ("pictures_load_unasked",)


def _weigh_click(hit: Hit, sign: str) -> tuple[float, tuple[str, ...]]:
    reasons, human = [], 0.75
    if hit.sent and hit.at - hit.sent.at < TOO_SOON:
        reasons.append("too_soon")
        human = 0.1
    if sign:
        reasons.append(sign)
        human = min(human, 0.2)
    if not hit.marks.get("language"):
        reasons.append("no_language")
        human -= 0.2
    return round(max(human, 0.05), 2), tuple(reasons)


# Channels and campaigns


def own_hosts() -> tuple[str, ...]:
    """Hosts of the firm's own sites, which are no referrers."""
    found = _decode(database.value(SQL["own"]) or "[]")
    return (*(str(each).lower().removeprefix("www.") for each in found), rules.host_of(config.base_url()))


def _touch_of(hit: Hit, own: Sequence[str]) -> rules.Touch | None:
    if hit.kind == "form":
        return rules.touch(text(hit.payload.get("page"), 2000), "", own, mapping(hit.payload.get("touch")))
    if hit.kind not in SEGMENT:
        return None
    campaign = {
        f"utm_{'campaign' if k == 'name' else k}": text(v, 250) for k, v in mapping(hit.context.get("campaign")).items()
    }
    url, referrer = text(hit.page.get("url"), 2000), text(hit.page.get("referrer"), 2000)
    if not referrer:
        referrer = text(mapping(hit.context.get("referrer")).get("url"), 2000)
    if not (url or referrer or campaign):
        return None
    return rules.touch(url, referrer, own, campaign)


def _campaigns(codes: set[str]) -> dict[str, Any]:
    if not codes:
        return {}
    return {row.code: row for row in database.rows(SQL["campaigns"], codes=sorted(codes))}


def _links(codes: set[str]) -> dict[str, int]:
    if not codes:
        return {}
    return {row.code: row.campaign_id for row in database.rows(SQL["links"], codes=sorted(codes))}


def _channels_of(campaigns: set[int | None]) -> dict[int, str]:
    if not campaigns:
        return {}
    return {row.id: row.channel for row in database.rows(SQL["channels"], campaigns=sorted(campaigns))}


def _of_campaign(hit: Hit, known: Mapping[str, Any], channels: Mapping[int, str]) -> Hit:
    """A campaign that we planned knows its own channel better than the names in an address do."""
    campaign = known.get(hit.touch.campaign.lower()) if hit.touch and hit.touch.campaign else None
    if hit.campaign_id is None and campaign:
        hit = msgspec.structs.replace(hit, campaign_id=campaign.id)
    if hit.touch and hit.kind not in FROM_MAIL and hit.campaign_id:
        channel = campaign.channel if campaign else channels.get(hit.campaign_id)
        if channel:
            return msgspec.structs.replace(hit, touch=replace(hit.touch, channel=channel, is_evident=True))
    return hit


# Visits


def _in_session(hit: Hit, visitor: Visitor) -> Hit:
    """Put a hit into the visitor's session, or begin a new one; moves the visitor along."""
    touch = hit.touch
    is_first = visitor.session_id is None
    is_history = not is_first and hit.at < visitor.last_seen_at - SESSION
    apart = is_first or hit.at - visitor.last_seen_at > SESSION
    came_anew = bool(
        touch
        and touch.is_evident
        and not is_first
        and (touch.channel, hit.campaign_id) != (visitor.session_channel, visitor.session_campaign_id)
    )
    if is_history:
        return msgspec.structs.replace(hit, session_id=ids.uuid7(hit.at), channel=touch.channel if touch else "")
    if apart or came_anew:
        visitor.session_id = ids.uuid7(hit.at)
        visitor.session_channel = touch.channel if touch else ""
        visitor.session_campaign_id = hit.campaign_id
    elif not visitor.session_channel and touch:
        visitor.session_channel = touch.channel
    if touch and not visitor.first_channel:
        visitor.first_channel = touch.channel
        visitor.first_campaign_id = hit.campaign_id
        visitor.first_touch = dict(touch.said) | {
            "page": text(hit.page.get("url"), 500),
            "referrer": text(hit.page.get("referrer"), 500),
        }
    visitor.last_seen_at = max(visitor.last_seen_at, hit.at)
    if hit.is_evidence and visitor.confirmed_at is None:
        visitor.confirmed_at = hit.at
    return msgspec.structs.replace(
        hit,
        session_id=visitor.session_id,
        channel=visitor.session_channel,
        campaign_id=hit.campaign_id or visitor.session_campaign_id,
    )


def _leave(visitors: Sequence[Visitor]) -> None:
    database.execute(
        SQL["leave"],
        ids=[each.id for each in visitors],
        lasts=[each.last_seen_at for each in visitors],
        confirmed=[each.confirmed_at for each in visitors],
        first_channels=[each.first_channel for each in visitors],
        first_campaigns=[each.first_campaign_id for each in visitors],
        first_touches=[msgspec.json.encode(each.first_touch).decode() for each in visitors],
        sessions=[each.session_id for each in visitors],
        channels=[each.session_channel for each in visitors],
        campaigns=[each.session_campaign_id for each in visitors],
    )


# Who


def _forms(batch: Batch) -> dict[str, dict[str, str]]:
    """Of each form in the set: which field of the contact a question fills."""
    codes = {text(hit.payload.get("form"), 60) for hit in batch.hits if hit.kind == "form"}
    if not codes:
        return {}
    maps: dict[str, dict[str, str]] = {}
    for row in database.rows(SQL["maps"], codes=sorted(codes)):
        maps.setdefault(row.code, {})[row.name] = row.maps_to or (row.name if row.kind != "email" else "email")
    return maps


def _claim(  # noqa: PLR0911
    hit: Hit, forms: Mapping[str, Mapping[str, str]], visitors: Mapping[uuid.UUID, Visitor]
) -> Claim | None:
    """What a hit says of who somebody is; None where it says nothing."""
    visitor = visitors.get(hit.visitor_id) if hit.visitor_id else None
    common: dict[str, Any] = {
        "first_channel": visitor.first_channel if visitor else "",
        "first_campaign_id": visitor.first_campaign_id if visitor else None,
        "hit_id": hit.id,
        "at": hit.at,
        "address": hit.address,
        "anonymous_id": hit.anonymous_id,
        "visitor_id": hit.visitor_id,
        "is_human": hit.human is None or hit.human >= HUMAN,
        "channel": hit.channel,
        "campaign_id": hit.campaign_id,
    }
    match hit.kind:
        case "form":
            code = text(hit.payload.get("form"), 60)
            maps = forms.get(code, {})
            fields = {maps.get(name, name): value for name, value in mapping(hit.payload.get("fields")).items()}
            return Claim(
                kind="form", source=f"form {code}", fields=fields, consent=mapping(hit.payload.get("consent")), **common
            )
        case "identify" | "alias":
            traits = mapping(hit.payload.get("traits")) or mapping(hit.context.get("traits"))
            overwrites = hit.marks.get("scope") in ("write", "admin") and not hit.marks.get("origin")
            return Claim(
                kind="identify",
                source="identify",
                external_id=hit.user_id,
                fields=traits,
                overwrites=overwrites,
                **common,
            )
        case "click":
            return Claim(
                kind="click",
                source=f"link in message {hit.payload['message']}",
                contact_uid=uuid.UUID(hit.payload["contact"]),
                message=hit.payload["message"],
                **common,
            )
        case "open" | "unsubscribe":
            source = f"message {hit.payload['message']}"
            return Claim(
                kind=hit.kind,
                source=source,
                contact_uid=uuid.UUID(hit.payload["contact"]),
                message=hit.payload["message"],
                consent={"purpose": hit.payload.get("purpose", ""), "one_click": hit.payload.get("one_click", False)},
                **common,
            )
        case "resource":
            if not hit.payload.get("contact"):
                return None
            # As with an open: it is the contact's, but tells nothing of whose browser it is.
            return Claim(kind="open", source="resource link", contact_uid=uuid.UUID(hit.payload["contact"]), **common)
        case "confirm":
            consent = {"record": hit.payload.get("record"), "purpose": hit.payload.get("purpose", "")}
            uid = uuid.UUID(hit.payload["contact"])
            return Claim(kind="confirm", source="confirmation link", contact_uid=uid, consent=consent, **common)
    if hit.user_id:
        return Claim(kind="seen", source=hit.kind, external_id=hit.user_id, **common)
    return None


# Facts


def _fact(hit: Hit) -> activities.Fact | None:
    """The activity that a hit becomes; None where it only changes what else is known."""
    if hit.is_evidence or hit.kind == "confirm":
        return None
    kind, name, object_kind, object_id, properties = _said(hit)
    assert hit.subject_id is not None  # noqa: S101  `identify` has seen to it
    return activities.Fact(
        at=hit.at,
        subject_id=hit.subject_id,
        kind=kind,
        name=name,
        object_kind=object_kind,
        object_id=object_id,
        channel=hit.channel,
        campaign_id=hit.campaign_id,
        session_id=hit.session_id,
        human=hit.human,
        reasons=hit.reasons,
        properties=properties,
        hit_id=hit.id,
    )


def _said(hit: Hit) -> tuple[str, str, str, str, dict[str, Any]]:  # noqa: PLR0911
    """Kind, name, object and properties of a hit's activity."""
    payload = hit.payload
    properties = dict(mapping(payload.get("properties")))
    url = text(hit.page.get("url") or properties.get("url"), 2000)
    match hit.kind:
        case "page" | "screen":
            path = text(hit.page.get("path") or properties.get("path"), 250) or _path(url)
            name = text(payload.get("name") or hit.page.get("title") or properties.get("title"), 250) or path
            more = {"url": url, "path": path, "referrer": text(hit.page.get("referrer"), 2000)}
            return "page", name, "page", path[:100], properties | {k: v for k, v in more.items() if v}
        case "track":
            return "track", text(payload.get("event"), 250), "", "", properties | ({"page": url} if url else {})
        case "identify" | "alias":
            return "identify", "", "", "", {"traits": mapping(payload.get("traits"))}
        case "group":
            return "group", text(payload.get("groupId"), 250), "", "", {"traits": mapping(payload.get("traits"))}
        case "form":
            code = text(payload.get("form"), 60)
            more = {name: payload[name] for name in ("fields", "consent", "page", "offer") if payload.get(name)}
            return "form_submitted", code, "form", code, more
        case "link":
            code = text(payload.get("link"), 40)
            return "link_followed", code, "link", code, {"url": text(payload.get("url"), 2000)}
        case "resource":
            return "resource_downloaded", text(payload.get("title"), 250), "page", text(payload.get("page"), 20), {}
    return _of_mail(hit)


def _of_mail(hit: Hit) -> tuple[str, str, str, str, dict[str, Any]]:
    message = str(hit.payload["message"])
    subject = hit.sent.name if hit.sent else ""
    match hit.kind:
        case "click":
            more = {"url": text(hit.payload.get("url"), 2000), "visitor": str(hit.visitor_id or "")}
            return "email_clicked", subject, "message", message, more
        case "unsubscribe":
            wish = {"purpose": hit.payload.get("purpose", ""), "one_click": bool(hit.payload.get("one_click"))}
            return "unsubscribed", subject, "message", message, wish
    return "email_opened", subject, "message", message, {}


def _path(url: str) -> str:
    return "/" + url.split("//", 1)[-1].partition("/")[2].partition("?")[0].partition("#")[0] if url else ""


# Keeping house


def forget(keep: timedelta = timedelta(days=30)) -> int:
    """Remove hits that were judged and message ids that were seen longer ago than this; answers how many hits."""
    position = database.row(SQL["position"], reader=READER)
    if position is None:
        return 0
    before = clock.now() - keep
    total = 0
    while count := database.execute(SQL["forget_hits"], before=before, tx=position.tx, id=position.seq, limit=20_000):
        total += count
    while database.execute(SQL["forget_messages"], before=before, limit=20_000):
        pass
    return total


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
