"""Whose network address a request comes from, also behind a proxy on this machine."""

from functools import lru_cache
from ipaddress import ip_address, ip_network


def is_loopback(host: str) -> bool:
    """Whether a name or an address is this very machine."""
    try:
        return host == "localhost" or ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


@lru_cache(maxsize=4096)
def caller(remote: str, forwarded: str) -> str | None:
    """The caller's address; behind a proxy on this machine (or a socket), the last that `X-Forwarded-For` names.

    Whoever is elsewhere is believed nothing: he could write any address into that header. None where there is none.
    """
    trusted = forwarded and (not remote or is_loopback(remote))
    try:
        return str(ip_address(forwarded.rpartition(",")[2].strip() if trusted else remote))
    except ValueError:
        return None


def shortened(address: str) -> str:
    """An address without what tells one household from the next: the last byte of IPv4, all but 48 bits of IPv6."""
    bits = 24 if ip_address(address).version == 4 else 48
    return str(ip_network(f"{address}/{bits}", strict=False).network_address)
