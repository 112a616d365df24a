"""Mail domains: which give an address to anybody, which for ten minutes only. No database, no network."""

from collections.abc import Mapping
from functools import cache

import tldextract
from disposable_email_domains import blocklist

from leadwright.kit import config

DISPOSABLE: frozenset[str] = frozenset(blocklist)

extract = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Providers where anybody gets an address; with the countries that they serve under their own names.
FREE_BRANDS = _names(
    "aol fastmail freenet gmail gmx googlemail hotmail hushmail icloud inbox laposte libero live mail mailbox me "
    "msn naver outlook posteo proton protonmail qq rambler rediffmail rocketmail seznam t-online tuta tutanota "
    "virgilio wanadoo web yahoo yandex ymail zoho 163 126 sina uol bol terra orange free sfr "
)
FREE_SUFFIXES = _names(
    "com de net org ch at fr it es nl be pl cz se dk no fi pt ru ua in cn jp kr br mx ca au uk ie me eu hu ro gr "
    "tr co.uk co.jp co.in com.br com.ar com.mx com.au com.cn com.tr co.kr co.nz "
)
# Brands that share their name with ordinary firms are free mail only where they really are.
FREE_EXACT: Mapping[str, frozenset[str]] = {
    "free": frozenset({"fr"}),
    "inbox": frozenset({"lv", "ru", "com"}),
    "live": frozenset({"com", "de", "fr", "it", "nl", "be", "co.uk", "ca", "se", "dk", "no"}),
    "mail": frozenset({"com", "ru", "de", "ee", "kz"}),
    "me": frozenset({"com"}),
    "orange": frozenset({"fr"}),
    "sfr": frozenset({"fr"}),
    "terra": frozenset({"com.br", "es", "com"}),
    "web": frozenset({"de"}),
    "zoho": frozenset({"com", "eu", "in"}),
    "mailbox": frozenset({"org"}),
    "proton": frozenset({"me", "ch"}),
}


def is_free_mail(domain: str) -> bool:
    """Whether anybody gets an address at this domain."""
    parts = extract(domain)
    brand, suffix = parts.domain, parts.suffix
    if domain in added() or f"{brand}.{suffix}" in added():
        return True
    if brand in FREE_EXACT:
        return suffix in FREE_EXACT[brand]
    return brand in FREE_BRANDS and suffix in FREE_SUFFIXES


@cache
def added() -> frozenset[str]:
    """The domains that the operator has added to the free ones."""
    return frozenset(each.strip().lower().lstrip("@") for each in config.get("LEADWRIGHT_FREE_MAIL").split(",")) - {""}
