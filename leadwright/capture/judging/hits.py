"""A hit on its way through the steps: an immutable record, and the set of them that goes from step to step."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from leadwright.capture import rules
from leadwright.capture.judging.claims import Claim, Found

SEGMENT = frozenset({"track", "page", "screen", "identify", "group", "alias"})
QUIET = frozenset({"track", "page", "screen", "group", "alias", "link", "open"})
FROM_MAIL = frozenset({"click", "open", "unsubscribe"})
FOR_ONE = FROM_MAIL | {"resource"}  # by a link that was signed for one contact, whose act it is

decode = msgspec.json.Decoder().decode


Said = tuple[str, str, str, str, dict[str, Any]]  # kind, name, kind and id of the object, properties


class Hit(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One hit on its way through the steps; each step answers a new record."""

    id: int
    tx: int
    received_at: datetime
    kind: str
    message_id: str
    key_id: int | None
    address: str | None
    user_agent: str
    payload: dict[str, Any]
    marks: dict[str, Any]  # what the collector noted of the request
    context: dict[str, Any]  # the call's context, as Segment has it
    page: dict[str, Any]  # the page that a call names
    user_id: str  # the site's own id of the person, or nothing
    at: datetime
    is_evidence: bool = False  # it only tells that a person was seen to scroll, point or type
    anonymous_id: str = ""
    said: Said | None = None  # its activity, as far as it tells that by itself
    human: float | None = None
    reasons: tuple[str, ...] = ()
    sent: Any = None  # of a click or open: the email_sent activity (at, name, channel, campaign_id)
    visitor_id: uuid.UUID | None = None
    session_id: uuid.UUID | None = None
    touch: rules.Touch | None = None
    channel: str = ""
    campaign_id: int | None = None
    first_channel: str = ""  # how the visitor came for the first time, as known at this hit
    first_campaign_id: int | None = None
    subject_id: uuid.UUID | None = None
    contact_uid: uuid.UUID | None = None


@dataclass(slots=True)
class Visitor:
    """A visitor as the set finds it, and as it leaves it."""

    id: uuid.UUID
    anonymous_id: str
    first_seen_at: datetime
    last_seen_at: datetime
    confirmed_at: datetime | None = None
    first_channel: str = ""
    first_campaign_id: int | None = None
    session_id: uuid.UUID | None = None
    session_channel: str = ""
    session_campaign_id: int | None = None
    first_touch: str | None = None  # as JSON, where this set has found it out
    is_new: bool = False  # nobody has seen it before this set
    is_changed: bool = False
    is_newly_confirmed: bool = False  # this set is the first in which a person was seen to move


@dataclass(frozen=True)
class Batch:
    """A set of hits, in the order they came, and those refused so far."""

    hits: tuple[Hit, ...]
    refused: tuple[tuple[Hit, str, str], ...] = ()
    claims: tuple[tuple[Claim, Found], ...] = ()
    visitors: Mapping[uuid.UUID, Visitor] = field(default_factory=dict)
    recorded: Mapping[int, uuid.UUID] = field(default_factory=dict)  # hit -> the activity it became

    def refuse(self, bad: Mapping[int, tuple[str, str]]) -> "Batch":
        """The same without some hits, which are refused with (reason, detail)."""
        if not bad:
            return self
        refused = tuple((hit, *bad[hit.id]) for hit in self.hits if hit.id in bad)
        kept = tuple(hit for hit in self.hits if hit.id not in bad)
        return replace(self, hits=kept, refused=self.refused + refused)


Step = Callable[[Batch], Batch]


class SomebodyElse(Exception):
    """After this hit somebody else has the browser, and more of it follows in the set: the set must end here."""

    def __init__(self, hit: Hit) -> None:
        super().__init__(f"Somebody else has the browser of hit {hit.id}.")
        self.hit = hit


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NOTHING: dict[str, Any] = {}


def read(row: Any) -> Hit:
    """A hit as the log holds it, with the moment at which it happened."""
    tx, key, received, kind, message_id, key_id, address, user_agent, document = row
    payload = decode(document)
    marks = mapping(payload.get("lw"))
    context = mapping(payload.get("context"))
    received_at = at = EPOCH + timedelta(microseconds=received)
    user_id = ""
    if kind in SEGMENT or kind == "unknown":
        at = rules.happened_at(payload.get("timestamp"), marks.get("sent_at") or payload.get("sentAt"), received_at)
        user_id = text(payload.get("userId"), 120)
    return Hit(
        id=key,
        tx=tx,
        received_at=received_at,
        kind=kind,
        message_id=message_id,
        key_id=key_id,
        address=address,
        user_agent=user_agent,
        payload=payload,
        marks=marks,
        context=context,
        page=mapping(context.get("page")),
        user_id=user_id,
        at=at,
        is_evidence=kind == "track" and payload.get("event") == "$human",
        anonymous_id=_anonymous_id(kind, payload),
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
    if value is None:
        return ""
    if isinstance(value, str):
        return value.strip()[:longest]
    return str(value)[:longest] if isinstance(value, int | float) and not isinstance(value, bool) else ""


def mapping(value: Any) -> dict[str, Any]:
    """A value that should be a mapping, or an empty one."""
    return value if isinstance(value, dict) else NOTHING
