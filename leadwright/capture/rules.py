"""The pure rules of `capture`: channels, moments, evidence. No database, no clock, no Django."""

import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus, urlsplit

import msgspec


@dataclass(frozen=True, slots=True)
class Sites:
    """What kinds of sites there are, by host and by brand: (kind, name), as sites.toml has them."""

    hosts: Mapping[str, tuple[str, str]]
    brands: Mapping[str, tuple[str, str]]


def _sites() -> Sites:
    found = tomllib.loads((Path(__file__).parent / "sites.toml").read_text(encoding="utf-8"))
    hosts: dict[str, tuple[str, str]] = {}
    brands: dict[str, tuple[str, str]] = {}
    for kind, names in found.items():
        for name, words in names.items():
            for word in words.split():
                (hosts if "." in word else brands).setdefault(word, (kind, name))
    brands.setdefault("google shopping", ("shopping", "Google"))
    return Sites(hosts, brands)


SITES = _sites()

# Hosts of webmail, such as mail02.firm.example and lightmailer-bs.gmx.net; deref-gmx.net leads out of one.
WEBMAIL_HOST = re.compile(
    r"^(\w*mail(?!chimp|ing|jet|gun)\w*|lightmailer[\w-]*|messagerie\w*|3c|3c-[\w-]*)\.[^.]+\.|^deref-[\w-]+\."
)
PAID = re.compile(r"^(.*cp.*|ppc|retargeting|paid.*)$")
SHOP_CAMPAIGN = re.compile(r"^(.*(([^a-df-z]|^)shop|shopping).*)$")
DISPLAY = frozenset({"display", "banner", "expandable", "interstitial", "cpm"})
SOCIAL_MEDIUM = frozenset({"social", "social-network", "social-media", "sm", "social network", "social media"})
EMAIL_WORDS = frozenset({"email", "e-mail", "e_mail", "e mail"})
# The offline channels by what people write as utm_medium; blanks, hyphens and underscores are all the same.
OFFLINE = {
    medium: name
    for name, mediums in {
        "Event": "event trade-show tradeshow fair expo conference congress seminar training workshop webinar roadshow "
        "meetup badge",
        "Direct Mail": "direct-mail directmail letter postal-mail postcard",
        "Telemarketing": "telemarketing telesales phone call cold-call call-center",
        "Broadcast Advertising": "broadcast tv television radio print newspaper magazine billboard outdoor ooh cinema "
        "poster",
        "Publicity": "publicity press pr press-release interview",
        "Product Literature": "product-literature literature brochure catalogue catalog flyer leaflet datasheet "
        "packaging",
        "Word of Mouth": "word-of-mouth wom recommendation refer-a-friend customer-referral business-card",
        "Partner": "partner partners reseller distributor agency alliance",
    }.items()
    for medium in mediums.split()
}

# Names in an address that only an advertisement puts there, and what they say; fbclid also comes with a shared post.
CLICK_IDS: Mapping[str, tuple[str, str]] = {
    "gclid": ("google", "cpc"),
    "gbraid": ("google", "cpc"),
    "wbraid": ("google", "cpc"),
    "dclid": ("google", "display"),
    "msclkid": ("bing", "cpc"),
    "li_fat_id": ("linkedin", "cpc"),
    "ttclid": ("tiktok", "cpc"),
    "twclid": ("twitter", "cpc"),
    "rdt_cid": ("reddit", "cpc"),
    "yclid": ("yandex", "cpc"),
    "fbclid": ("facebook", "social"),
}
UTM = ("utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term", "utm_id")


@lru_cache(maxsize=20_000)
def site(source: str) -> tuple[str, str]:
    """What kind of site a source is, a name (google) or a host (www.google.de), and its name; ("", "") if unknown."""
    name = source.strip().lower().removeprefix("www.").rstrip(".")
    labels = name.split(".")
    if len(labels) == 1:
        return SITES.brands.get(name, ("", ""))
    for start in range(len(labels) - 1):
        if found := SITES.hosts.get(".".join(labels[start:])):
            return found
    if WEBMAIL_HOST.match(name):
        return "email", ""
    # The brand is the label before the public suffix: google in google.co.uk and m.google.de; never a subdomain of
    # somebody else (google.evil.example). A single letter is no brand but as itself.
    short = len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in {"co", "com", "net", "org", "ac", "ne", "or"}
    brand = labels[-3] if short else labels[-2]
    if brand in SITES.brands and (len(brand) > 1 or name == "x.com"):
        return SITES.brands[brand]
    return ("search", "") if labels[0] in ("search", "suche", "isearch") else ("", "")


def site_kind(source: str) -> str:
    """What kind of site a source is: search, social, video, shopping, email, assistant, paid, passing, or nothing."""
    kind = site(source)[0]
    return "" if kind == "nothing" else kind


@lru_cache(maxsize=20_000)
def channel(source: str, medium: str, campaign: str) -> str:
    """The channel group by Google Analytics 4's default rules (support answer 9756891), first match wins; then AI
    assistants and the offline media as channels of their own where GA4 has none."""
    source, medium, campaign = (text.strip().lower() for text in (source, medium, campaign))
    kind = site_kind(source)
    offline = OFFLINE.get(re.sub(r"[\s_-]+", "-", medium), "")
    is_paid = bool(PAID.match(medium)) and not offline
    is_shop = kind == "shopping" or bool(SHOP_CAMPAIGN.match(campaign))
    table: tuple[tuple[bool, str], ...] = (
        (source in ("(direct)", "") and medium in ("(not set)", "(none)", "") and not campaign, "Direct"),
        ("cross-network" in campaign, "Cross-network"),
        (is_shop and is_paid, "Paid Shopping"),
        (kind == "search" and is_paid, "Paid Search"),
        (kind == "social" and is_paid, "Paid Social"),
        (kind == "video" and is_paid, "Paid Video"),
        (medium in DISPLAY, "Display"),
        (is_paid, "Paid Other"),
        (bool(offline), offline),
        (kind == "assistant" or medium == "ai", "AI Assistant"),
        (is_shop, "Organic Shopping"),
        (kind == "social" or medium in SOCIAL_MEDIUM, "Organic Social"),
        (kind == "video" or "video" in medium, "Organic Video"),
        (kind == "search" or medium == "organic", "Organic Search"),
        (source in EMAIL_WORDS or medium in EMAIL_WORDS or kind == "email", "Email"),
        (medium in ("referral", "app", "link"), "Referral"),
        (medium == "affiliate", "Affiliates"),
        (medium == "audio", "Audio"),
        ("sms" in (source, medium), "SMS"),
        (
            medium.endswith("push") or "mobile" in medium or "notification" in medium or source == "firebase",
            "Mobile Push Notifications",
        ),
    )
    return next((name for is_so, name in table if is_so), "Unassigned")


class Touch(msgspec.Struct, frozen=True):
    """How somebody came: what the address and the referrer say. `is_evident` where they say anything at all."""

    source: str = ""
    medium: str = ""
    campaign: str = ""
    channel: str = "Direct"
    is_evident: bool = False
    said: tuple[tuple[str, str], ...] = ()  # utm_* and click ids, as they stood


def touch(
    url: str,
    referrer: str,
    own: Collection[str] = (),
    named: Mapping[str, str] | None = None,
    passing: Collection[str] = (),
) -> Touch:
    """How somebody came to an address: utm_* names first, then click ids, then the referrer.

    Own hosts are internal, and hosts that one only passes (to pay, to sign in) are no way in.
    """
    told = tuple((name, value) for name, value in named.items() if value) if named else ()
    query = url.partition("#")[0].partition("?")[2] if "?" in url else ""
    here = host_of(url) if referrer else ""
    return _came(query, told, host_of(referrer), here, tuple(own), tuple(passing))


Names = tuple[str, ...]


@lru_cache(maxsize=5_000)
def _came(query: str, named: tuple[tuple[str, str], ...], host: str, here: str, own: Names, passing: Names) -> Touch:
    """How somebody came by what an address says behind its question mark, and by a referrer's host."""
    said = _said(query) if query else {}
    for name, value in named:
        if (name in UTM or name in CLICK_IDS) and (plain := _plain(value)):
            said[name] = plain
    if not said:
        return _referred(host, here, own, passing)
    source, medium = said.get("utm_source", ""), said.get("utm_medium", "")
    campaign = said.get("utm_campaign", "") or said.get("utm_id", "")
    by_click = next((CLICK_IDS[name] for name in CLICK_IDS if name in said), None)
    if by_click:
        source = source or by_click[0]
        medium = medium or by_click[1]
    if not (source or medium or campaign):
        found = _referred(host, here, own, passing)
        return msgspec.structs.replace(found, said=tuple(said.items()))
    return Touch(source, medium, campaign, channel(source, medium, campaign), True, tuple(said.items()))


def _referred(host: str, here: str, own: Names, passing: Names) -> Touch:
    """How somebody came by a referrer's host alone."""
    if not host or is_own(host, own) or host == here:
        return Touch()
    kind, name = site(host)
    if kind == "passing" or is_own(host, passing):
        return Touch()
    source = name.lower() if kind == "assistant" else host
    mediums = {"search": "organic", "social": "social", "email": "email", "assistant": "ai", "paid": "display"}
    medium = "" if kind in ("video", "shopping") else mediums.get(kind, "referral")
    if name == "Google partners":
        source, medium = "google", "cpc"
    return Touch(source, medium, "", channel(source, medium, ""), True)


def _said(query: str) -> dict[str, str]:
    """The utm_* names and click ids of an address. Of a name that stands twice the first that says anything counts."""
    said: dict[str, str] = {}
    for pair in query.split("&", 200)[:200]:
        name, _, value = pair.partition("=")
        name = name.strip().lower()
        if (name in UTM or name in CLICK_IDS) and not said.get(name) and (plain := _plain(unquote_plus(value))):
            said[name] = plain
    return said


def _plain(value: str) -> str:
    """A value as it can be kept and shown: without control signs, at most 250 letters."""
    if not value.isprintable():
        value = "".join(sign for sign in value[:1000] if sign.isprintable())
    return value.strip()[:250]


@lru_cache(maxsize=20_000)
def host_of(url: str) -> str:
    """The host of an address in small letters without www, or nothing."""
    try:
        return (urlsplit(url).hostname or "").lower().removeprefix("www.") if "//" in url else ""
    except ValueError:
        return ""


def is_own(host: str, own: Collection[str]) -> bool:
    """Whether a host is one of the firm's own domains or below one."""
    return any(host == each or host.endswith(f".{each}") for each in own if each)


EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)


def moment(text: Any) -> datetime | None:
    """A moment from ISO 8601 text or a Unix time in seconds or milliseconds; None where it is neither."""
    try:
        if isinstance(text, int | float) and not isinstance(text, bool):
            return datetime.fromtimestamp(text / 1000 if abs(text) > 1e11 else text, UTC)
        found = datetime.fromisoformat(str(text).strip())
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None


def happened_at(timestamp: Any, sent_at: Any, received_at: datetime) -> datetime:
    """When something happened, on our clock: the sender's clock is as wrong about `timestamp` as about `sentAt`.

    Past moments are history and are taken; the future is clamped to the moment of receipt.
    """
    happened = moment(timestamp) if timestamp not in (None, "") else None
    if happened is None:
        return received_at
    sent = moment(sent_at) if sent_at not in (None, "") else None
    try:
        at = received_at - (sent - happened) if sent else happened
    except OverflowError:
        return received_at
    return received_at if at > received_at or at < EARLIEST else at
