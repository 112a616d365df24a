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
MOST_BYTES = CALL_BYTES + MARKS_BYTES
CALLS = ("track", "page", "screen", "identify", "group", "alias")
BATCHES = ("batch", "import")
TAKEN = b'{"success":true}'
TAKEN_HEADERS = tuple(Answer(200, TAKEN, "application/json").parts()[1])


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
    day = await keeper.known.daily(request) if any(map(_is_nameless, messages)) else ""
    if hits := _hits(keeper, request, name, found, messages, key, day):
        await keeper.put(hits, MOST_BYTES)
    return taken()


def taken() -> Answer:
    """The answer to what is safe."""
    return Answer(200, TAKEN, "application/json")


def take_at_once(keeper: Keeper, request: Request, name: str, body: bytes) -> list[Hit] | None:
    """The hit of a single call whose body is there, checked as in `take`; None where something must be waited for."""
    if len(body) > CALL_BYTES or b"content-encoding" in request.headers:
        return None
    found = _object(body)
    secret = _secret(request, found)
    key = keeper.known.key_at_once(secret) if secret else None
    if (secret and key is None) or _is_nameless(found):
        return None
    _check(keeper, request, secret, key, 1)
    return _hits(keeper, request, name, found, [found], key, "")


def _hits(
    keeper: Keeper,
    request: Request,
    name: str,
    found: dict[str, Any],
    messages: Sequence[Any],
    key: Key | None,
    day: str,
) -> list[Hit]:
    """What is kept of each call; `day` is the browser's name for this day, for those that keep no cookie."""
    if name not in BATCHES:
        found["type"] = name
    marks = request.marks()
    if "sentAt" in found:
        marks["sent_at"] = str(found["sentAt"])[:40]
    if key:
        marks["scope"] = key.scope
    return [_hit(keeper, request, message, marks, key, day) for message in messages]


def _hit(
    keeper: Keeper, request: Request, message: dict[str, Any], marks: dict[str, Any], key: Key | None, day: str
) -> Hit:
    message.pop("writeKey", None)
    is_nameless = message.pop("cookieless", False)
    kind = message.get("type")
    message["lw"] = marks
    hit = keeper.hit(request, kind if kind in CALLS else "unknown", _message_id(message.get("messageId")), message, key)
    return _nameless(request, hit, day) if is_nameless else hit


async def read(request: Request, limit: int) -> dict[str, Any]:
    """The JSON object of a POST; raises Refused for anything else."""
    if request.method != "POST":
        raise Refused(405, "Use POST.")
    return _object(await request.body(limit))


def _object(body: bytes) -> dict[str, Any]:
    found = document(body)
    if not isinstance(found, dict):
        raise Refused(400, "Send a JSON object.")
    return found


async def allowed(keeper: Keeper, request: Request, found: dict[str, Any], count: int = 1) -> Key | None:
    """The key of a call, None for pages of this very host; raises Refused where there is none that allows it."""
    secret = _secret(request, found)
    key = await keeper.known.key(secret) if secret else None
    _check(keeper, request, secret, key, count)
    return key


def _secret(request: Request, found: dict[str, Any]) -> str:
    user, token = request.user_and_token()
    return user or token or str(found.get("writeKey") or "")


def _check(keeper: Keeper, request: Request, secret: str, key: Key | None, count: int) -> None:
    """Raise Refused where so many calls are too many, or where no key allows them."""
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


def _is_nameless(message: dict[str, Any]) -> bool:
    return bool(message.get("cookieless"))


def _nameless(request: Request, hit: Hit, day: str) -> Hit:
    """A call of a browser that keeps no cookie: known for this day, by a name that nobody can trace back to it."""
    if not hit.payload.get("anonymousId"):
        hit.payload["anonymousId"] = day
    hit.payload["lw"] = {name: mark for name, mark in hit.payload["lw"].items() if name != "visitor"}
    hit.address = addresses.shortened(request.address) if request.address else None
    return hit


def _message_id(given: Any) -> str:
    if not given or not isinstance(given, str | int):
        return ids.hex7()
    text = given if type(given) is str else str(given)
    return text if len(text) <= 100 else hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
