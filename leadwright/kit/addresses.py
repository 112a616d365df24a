"""Whose network address a request comes from, also behind a proxy that the operator trusts."""

from functools import cache, lru_cache
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from leadwright.kit import config

Networks = tuple[IPv4Network | IPv6Network, ...]


def is_loopback(host: str) -> bool:
    """Whether a name or an address is this very machine."""
    try:
        return host == "localhost" or ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


@lru_cache(maxsize=4096)
def caller(remote: str, forwarded: str) -> str | None:
    """The caller's address. Where a trusted proxy asks (LEADWRIGHT_PROXIES, or a socket), the last that
    `X-Forwarded-For` names and that is no such proxy itself; None where there is none.

    Whoever else asks is believed nothing: he could write any address into that header.
    """
    return believed(remote, forwarded, proxies())


@cache
def proxies() -> Networks:
    """The trusted proxies, read once a process; BadSetting where the setting is no list of networks."""
    text = config.get("LEADWRIGHT_PROXIES")
    try:
        return tuple(
            ip_network(each.strip(), strict=False) for each in text.split(",") if each.strip() not in ("", "none")
        )
    except ValueError:
        raise config.BadSetting(
            f"LEADWRIGHT_PROXIES is a list of addresses or networks, such as 127.0.0.1, 10.0.0.0/8; it is '{text}'."
        ) from None


def believed(remote: str, forwarded: str, trusted: Networks) -> str | None:
    """The caller's address where these proxies are believed."""
    if not forwarded or not (_is_within(remote, trusted) if remote else trusted):
        return _plain(remote)
    named = [each.strip() for each in forwarded.split(",")]
    return _plain(next((each for each in reversed(named) if not _is_within(each, trusted)), named[0]))


def _is_within(address: str, networks: Networks) -> bool:
    try:
        found = ip_address(address)
    except ValueError:
        return False
    return any(found in each for each in networks if each.version == found.version)


def _plain(address: str) -> str | None:
    try:
        found = ip_address(address)
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return str(mapped or found)


@lru_cache(maxsize=4096)
def neighbourhood(address: str | None) -> str:
    """Whom a rate is counted for: an IPv4 address, or the /64 that one holder of an IPv6 line has."""
    if not address or ":" not in address:
        return address or ""
    return str(ip_network(f"{address}/64", strict=False))


def shortened(address: str) -> str:
    """An address without what tells one household from the next: the last byte of IPv4, all but 48 bits of IPv6."""
    bits = 24 if ip_address(address).version == 4 else 48
    return str(ip_network(f"{address}/{bits}", strict=False).network_address)
