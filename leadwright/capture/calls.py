"""Segment's HTTP tracking API: one call or a batch, with the key that allows it. No Django."""

import hashlib
from collections.abc import Sequence
from typing import Any, Protocol

from leadwright.capture.buffers import Hit
from leadwright.capture.requests import Answer, Refused, Request, TooMany, document
from leadwright.capture.snapshots import Key, Renewing
from leadwright.kit import addresses, ids, rates

CALL_BYTES = 32 * 1024
BATCH_BYTES = 500 * 1024
BATCH_CALLS = 5_000
MARKS_BYTES = 1_024  # what we add to a call ourselves
CALLS = ("track", "page", "screen", "identify", "group", "alias")
BATCHES = ("batch", "import")
TAKEN = b'{"success":true}'


class Keeper(Protocol):
    """What a call needs of the collector: what it knows, how much it may, and a place where hits are safe."""

    known: Renewing
    limits: "Limits"

    async def put(self, hits: Sequence[Hit], longest: int = 0) -> None:
        """Answer once the hits are committed."""
        ...

    def hit(self, request: Request, kind: str, message_id: str, payload: dict[str, Any], key: Key | None = None) -> Hit:
        """A hit of a request."""
        ...


class Limits:
    """How often an address may call, a key may be used, and a form be sent; each process counts for itself."""

    def __init__(self) -> None:
        self.addresses = rates.of("LEADWRIGHT_ADDRESS_RATE")
        self.keys = rates.of("LEADWRIGHT_KEY_RATE")
        self.forms = rates.of("LEADWRIGHT_FORM_RATE")

    def check_call(self, request: Request, key: Key | None, count: int) -> None:
        """Raise TooMany where an address or a key calls too often; a server's secret key is all that counts of it."""
        if not (key and key.is_secret and not request.origin):
            _take(self.addresses, _neighbour(request), count, "this address")
        if key:
            _take(self.keys, key.id, count, "this key")

    def check_form(self, request: Request) -> None:
        """Raise TooMany where an address sends forms too often."""
        _take(self.forms, _neighbour(request), 1, "this address")


def _neighbour(request: Request) -> str:
    """Whom to count; nobody, where this very machine asks."""
    address = request.address
    return "" if address in ("127.0.0.1", "::1") else addresses.neighbourhood(address)


def _take(buckets: rates.Buckets | None, name: str | int, count: int, who: str) -> None:
    if buckets and name and (wait := buckets.take(name, count)):
        raise TooMany(f"Too much comes from {who}; please try again in {int(wait) + 1} s.", wait)


async def take(keeper: Keeper, request: Request, name: str) -> Answer:
    """One call or a batch, as Segment's libraries send it."""
    if name not in CALLS and name not in BATCHES:
        raise Refused(404, f"There is no call '{name[:40]}'; there are batch, {', '.join(CALLS)}.")
    found = await read(request, BATCH_BYTES if name in BATCHES else CALL_BYTES)
    messages = _batch(found) if name in BATCHES else [found]
    key = await allowed(keeper, request, found, len(messages))
    if name not in BATCHES:
        found["type"] = name
    marks = request.marks()
    if "sentAt" in found:
        marks["sent_at"] = str(found["sentAt"])[:40]
    if key:
        marks["scope"] = key.scope
    hits = []
    for message in messages:
        kind = message.get("type")
        message.pop("writeKey", None)
        message["lw"] = marks
        hit = keeper.hit(
            request, kind if kind in CALLS else "unknown", _message_id(message.get("messageId")), message, key=key
        )
        hits.append(await _nameless(keeper, request, hit) if message.pop("cookieless", False) else hit)
    if hits:
        await keeper.put(hits, CALL_BYTES + MARKS_BYTES)
    return Answer(200, TAKEN, "application/json")


async def read(request: Request, limit: int) -> dict[str, Any]:
    """The JSON object of a POST; raises Refused for anything else."""
    if request.method != "POST":
        raise Refused(405, "Use POST.")
    found = document(await request.body(limit))
    if not isinstance(found, dict):
        raise Refused(400, "Send a JSON object.")
    return found


async def allowed(keeper: Keeper, request: Request, found: dict[str, Any], count: int = 1) -> Key | None:
    """The key of a call, None for pages of this very host; raises Refused where there is none that allows it."""
    user, token = request.user_and_token()
    secret = user or token or str(found.get("writeKey") or "")
    key = await keeper.known.key(secret) if secret else None
    keeper.limits.check_call(request, key, count)
    if not secret:
        if not request.is_same_origin:
            raise Refused(401, "Send a key, as Basic user name or as 'writeKey'. `leadwright key create` makes one.")
    elif key is None:
        raise Refused(401, "This key is not known, was revoked, or may not send facts.")
    elif not key.allows(request.origin):
        where = f"on {request.origin}" if request.origin else "without a page's Origin"
        raise Refused(403, f"This key may not be used {where}; look at its allowed origins under Settings → API keys.")
    request.is_welcome = True
    return key


def _batch(found: dict[str, Any]) -> list[dict[str, Any]]:
    batch = found.get("batch")
    if not isinstance(batch, list) or not all(isinstance(each, dict) for each in batch):
        raise Refused(400, "A batch is an object with a list of calls under 'batch'.")
    if len(batch) > BATCH_CALLS:
        raise Refused(413, f"Send at most {BATCH_CALLS:,} calls in a batch.")
    context = found.get("context")
    if isinstance(context, dict):
        return [
            each | {"context": context | (each["context"] if isinstance(each.get("context"), dict) else {})}
            for each in batch
        ]
    return batch


async def _nameless(keeper: Keeper, request: Request, hit: Hit) -> Hit:
    """A call of a browser that keeps no cookie: known for this day, by a name that nobody can trace back to it."""
    if not hit.payload.get("anonymousId"):
        hit.payload["anonymousId"] = await keeper.known.daily(request)
    hit.payload["lw"] = {name: mark for name, mark in hit.payload["lw"].items() if name != "visitor"}
    hit.address = addresses.shortened(request.address) if request.address else None
    return hit


def _message_id(given: Any) -> str:
    if not given or not isinstance(given, str | int):
        return ids.hex7()
    text = str(given)
    return text if len(text) <= 100 else hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
