"""Mail domains: which give an address to anybody, which for ten minutes only. No database, no network.

What the firm says of a domain (`say`) stands above the lists, everywhere alike. Whoever keeps what it says registers
how to read it (`follow`), and whoever is about to judge many addresses looks first whether it changed (`refresh`).
"""

import time
from collections.abc import Callable, Iterable, Mapping
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
    said = kind_said(domain, f"{brand}.{suffix}")
    if said:
        return said == FREE
    if domain in added() or f"{brand}.{suffix}" in added():
        return True
    if brand in FREE_EXACT:
        return suffix in FREE_EXACT[brand]
    return brand in FREE_BRANDS and suffix in FREE_SUFFIXES


def is_disposable(domain: str) -> bool:
    """Whether addresses at this domain last for minutes only."""
    said = kind_said(domain, extract(domain).top_domain_under_public_suffix) if _said else ""
    return said == DISPOSABLE_KIND if said else domain in DISPOSABLE


def listed(kind: str) -> list[str]:
    """All domains of a kind, ours and those that the firm has said, each in one kind; for statements in sets."""
    ours = (_free_domains() | added()) - DISPOSABLE if kind == FREE else DISPOSABLE
    return sorted((ours - _said.keys()) | {domain for domain, said in _said.items() if said == kind})


@cache
def _free_domains() -> frozenset[str]:
    brands = ((brand, FREE_EXACT.get(brand, FREE_SUFFIXES)) for brand in FREE_BRANDS | FREE_EXACT.keys())
    return frozenset(f"{brand}.{suffix}" for brand, suffixes in brands for suffix in suffixes)


# ── What the firm says ────────────────────────────────────────────────────────────────────────────────────────────────

FREE, DISPOSABLE_KIND, FIRM = "free", "disposable", "firm"
REFRESH_SECONDS = 2.0

_said: dict[str, str] = {}
_version = 0
_source: Callable[[], Iterable[tuple[str, str]]] | None = None
_looked_at = -REFRESH_SECONDS


def say(pairs: Iterable[tuple[str, str]]) -> None:
    """What the firm says from now on: each domain and its kind."""
    global _said, _version
    told = dict(pairs)
    if told != _said:
        _said, _version = told, _version + 1


def kind_said(*names: str) -> str:
    """What the firm says of a domain, by any of its names; nothing where it says nothing."""
    return next((_said[name] for name in names if name in _said), "") if _said else ""


def version() -> int:
    """Changes whenever what the firm says does, for those who keep what they found out."""
    return _version


def follow(source: Callable[[], Iterable[tuple[str, str]]]) -> None:
    """Let `refresh` read what the firm says from here."""
    global _source
    _source = source


def refresh(*, now: bool = False) -> None:
    """Look whether the firm says something else, at most every two seconds."""
    global _looked_at
    if _source is None or (not now and time.monotonic() - _looked_at < REFRESH_SECONDS):
        return
    _looked_at = time.monotonic()
    say(_source())


@cache
def added() -> frozenset[str]:
    """The domains that the operator has added to the free ones."""
    return frozenset(each.strip().lower().lstrip("@") for each in config.get("LEADWRIGHT_FREE_MAIL").split(",")) - {""}
