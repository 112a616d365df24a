"""Networks in memory: which of very many an address belongs to, the narrowest first. Pure but for reading a file."""

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import ip_address, ip_network
from pathlib import Path

# Where the proxies of mail programs load pictures from.
IMAGE_PROXIES = (("17.0.0.0/8", "Apple"), ("2620:149::/32", "Apple"), ("66.249.80.0/20", "Google"))


class BadNetworks(ValueError):
    """A file of networks cannot be used, with the line that is wrong."""


class Networks:
    """Networks by length of prefix: an address is looked up once for each length there is, the longest first.

    100,000 networks take some 20 MB; a look-up takes about 3 µs, and nothing for an address seen lately.
    """

    def __init__(self, networks: Iterable[tuple[str, str]]) -> None:
        by_length: dict[tuple[int, int], dict[int, str]] = {}
        for text, name in networks:
            network = ip_network(text, strict=False)
            shift = network.max_prefixlen - network.prefixlen
            by_length.setdefault((network.version, shift), {})[int(network.network_address) >> shift] = name or text
        self.tables = {
            version: [
                (shift, by_length[key]) for key in sorted(by_length) if key[0] == version and (shift := key[1]) >= 0
            ]
            for version in (4, 6)
        }
        self.size = sum(len(table) for table in by_length.values())
        self.of = lru_cache(maxsize=50_000)(self._of)

    def _of(self, address: str) -> str:
        """The name of the narrowest network that an address belongs to, or nothing."""
        try:
            found = ip_address(address)
        except ValueError:
            return ""
        if found.version == 6 and found.ipv4_mapped:
            found = found.ipv4_mapped
        number = int(found)
        for shift, table in self.tables[found.version]:
            if name := table.get(number >> shift):
                return name
        return ""


def read(path: Path) -> Networks:
    """The networks of a file: one a line, then a blank and a name if wanted; `#` begins a remark."""
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
        words = line.partition("#")[0].replace(",", " ").split(maxsplit=1)
        if not words:
            continue
        try:
            ip_network(words[0], strict=False)
        except ValueError:
            raise BadNetworks(f"{path}, line {number}: “{words[0][:60]}” is no network such as 192.0.2.0/24.") from None
        found.append((words[0], words[1].strip() if len(words) > 1 else ""))
    return Networks(found)


PROXIES = Networks(IMAGE_PROXIES)
