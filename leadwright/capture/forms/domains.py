"""Whether a domain takes mail at all, asked of DNS where a form wants to know. No Django.

Never slow and never strict: an answer is kept for an hour, a question takes two seconds at most, and a name server that
does not answer counts as yes.
"""

import asyncio
import time

import dns.asyncresolver
import dns.exception
import dns.resolver

SECONDS = 2.0
KEPT_SECONDS = 3600.0
MOST = 10_000
_known: dict[str, tuple[float, bool]] = {}


async def takes_mail(domain: str) -> bool:
    """Whether a domain has a mail server, or an address of its own (RFC 5321, 5.1); yes where nobody can tell."""
    found = _known.get(domain)
    if found and found[0] > time.monotonic():
        return found[1]
    try:
        answer = await asyncio.wait_for(_ask(domain), SECONDS)
    except (TimeoutError, dns.exception.DNSException, OSError, ValueError):
        return True
    if len(_known) >= MOST:
        _known.clear()
    _known[domain] = (time.monotonic() + KEPT_SECONDS, answer)
    return answer


async def _ask(domain: str) -> bool:
    resolver = dns.asyncresolver.Resolver()
    resolver.lifetime = SECONDS
    try:
        servers = await resolver.resolve(domain, "MX")
        return any(str(each.exchange) != "." for each in servers)  # RFC 7505: a lone dot takes none
    except dns.resolver.NXDOMAIN:
        return False
    except dns.resolver.NoAnswer:
        pass
    for kind in ("A", "AAAA"):
        try:
            await resolver.resolve(domain, kind)
            return True
        except dns.resolver.NoAnswer:
            continue
    return False
