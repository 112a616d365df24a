"""A visitor goes from one of the firm's sites to another: the link says who it is, signed, for two minutes. No Django.

The tracker asks for a token before the link is followed, and the tracker of the other site shows it. It counts only
there where it was made for, for the browser and the network that asked for it, and while it is fresh; so a link that
was passed on makes nobody somebody else. Whether the other site knows the visitor already, its tracker looks itself.
"""

import hashlib
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from leadwright.capture import calls
from leadwright.capture.calls import Keeper
from leadwright.capture.requests import Answer, Refused, Request, json_answer
from leadwright.kit import addresses, clock, signing

LASTS = timedelta(minutes=2)
DOMAINS = 20


async def take(keeper: Keeper, request: Request) -> Answer:
    """A token for a visitor who is about to go, or the visitor of a token that has arrived; an empty id for one that
    does not count."""
    found = await calls.read(request, calls.CALL_BYTES)
    await calls.allowed(keeper, request, found)
    if "token" in found:
        return json_answer(200, {"id": "" if request.says_no else arrived(request, str(found["token"]))})
    visitor, domains = found.get("anonymousId"), found.get("domains")
    domains = [each for each in domains if each != ""] if isinstance(domains, list) else []
    if not isinstance(visitor, str) or not 0 < len(visitor) <= 90:
        raise Refused(400, "Send the visitor as 'anonymousId'.")
    if not 0 < len(domains) <= DOMAINS or not all(map(_is_host, domains)):
        raise Refused(400, f"Send the hosts of up to {DOMAINS} sites under 'domains'.")
    return json_answer(200, {"token": leaving(request, visitor, domains)})


def leaving(request: Request, visitor: str, domains: list[str]) -> str:
    """A token that says who comes, for these domains, this browser and the next two minutes."""
    return signing.sign("cross", [visitor, domains, _print(request)], clock.now() + LASTS)


def arrived(request: Request, token: str) -> str:
    """The visitor of a token; nothing where it is forged, old, for another site, or of another browser."""
    try:
        visitor, domains, made_by = signing.read("cross", token)
    except (signing.BadToken, TypeError, ValueError):
        return ""
    host = urlsplit(request.origin).hostname or request.header(b"host").partition(":")[0]
    is_there = any(f".{host}".endswith(f".{domain}") for domain in domains)
    return str(visitor) if is_there and made_by == _print(request) else ""


def _print(request: Request) -> bytes:
    """What tells browsers apart in a token, without naming them."""
    told = f"{addresses.neighbourhood(request.address)}\0{request.header(b'user-agent')}"
    return hashlib.sha256(told.encode("utf-8", "replace")).digest()[:9]


def _is_host(text: Any) -> bool:
    return isinstance(text, str) and 0 < len(text) <= 100 and text.isascii() and text.isprintable()
