"""The pure rules of `capture`: channels, moments, evidence. No database, no clock, no Django."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, urlsplit


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Kinds of sites by brand; a brand stands for all its countries (google.de) and for itself as utm_source.
SEARCH = _names(
    "google bing yahoo duckduckgo ecosia baidu yandex qwant startpage brave ask aol seznam naver daum sogou so360 "
    "mojeek swisscows metager lycos kagi presearch onesearch dogpile coccoc rambler virgilio msn haosou"
)
SOCIAL = _names(
    "facebook fb instagram ig linkedin twitter x reddit pinterest tiktok xing mastodon bluesky bsky threads tumblr "
    "quora snapchat vk weibo wechat whatsapp telegram discord medium stackoverflow stackexchange hackernews "
    "news.ycombinator.com t.co lnkd.in lnkd t.me meetup nextdoor slideshare line viadeo goodreads"
)
VIDEO = _names("youtube youtu.be youtu vimeo dailymotion twitch wistia netflix hulu disneyplus crackle")
SHOPPING = _names(
    "amazon ebay etsy alibaba aliexpress walmart shopify shopzilla idealo pricerunner rakuten mercadolibre shopping "
    "shopping.google.com"
) | {"google shopping", "igshopping"}
ASSISTANTS = _names(
    "chatgpt chatgpt.com openai chat.openai.com perplexity perplexity.ai claude claude.ai gemini gemini.google.com "
    "copilot copilot.microsoft.com bard bard.google.com deepseek chat.deepseek.com mistral chat.mistral.ai grok "
    "grok.com you.com phind poe poe.com meta.ai"
)
WEBMAIL = _names(
    "mail.google.com mail.yahoo.com outlook.live.com outlook.office.com outlook.office365.com mail.aol.com "
    "mail.proton.me mail.zoho.com navigator-bs.gmx.net webmail"
)
# Hosts of a search brand that are no search.
NOT_SEARCH = _names(
    "docs.google.com sites.google.com drive.google.com news.google.com groups.google.com calendar.google.com "
    "meet.google.com classroom.google.com accounts.google.com"
)

WEBMAIL_HOST = re.compile(r"^(mail\d*|e?mail|webmail\w*|wmail|lightmailer[\w-]*|deref-[\w-]+|messagerie\w*|3c[\w-]*)\.")
PAID = re.compile(r"^(.*cp.*|ppc|retargeting|paid.*)$")
SHOP_CAMPAIGN = re.compile(r"^(.*(([^a-df-z]|^)shop|shopping).*)$")
DISPLAY = frozenset({"display", "banner", "expandable", "interstitial", "cpm"})
SOCIAL_MEDIUM = frozenset({"social", "social-network", "social-media", "sm", "social network", "social media"})
EMAIL_WORDS = frozenset({"email", "e-mail", "e_mail", "e mail"})
OFFLINE = {
    "event": "Event",
    "tradeshow": "Event",
    "trade-show": "Event",
    "webinar": "Event",
    "direct-mail": "Direct Mail",
    "direct_mail": "Direct Mail",
    "letter": "Direct Mail",
    "telemarketing": "Telemarketing",
    "phone": "Telemarketing",
    "tv": "Broadcast Advertising",
    "radio": "Broadcast Advertising",
    "print": "Broadcast Advertising",
    "publicity": "Publicity",
    "press": "Publicity",
    "pr": "Publicity",
    "brochure": "Product Literature",
    "literature": "Product Literature",
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
def site_kind(source: str) -> str:
    """What kind of site a source is, a name (google) or a host (www.google.de): search, social, … or nothing."""
    name = source.strip().lower().removeprefix("www.").rstrip(".")
    kinds = (
        ("assistant", ASSISTANTS),
        ("email", WEBMAIL),
        ("shopping", SHOPPING),
        ("video", VIDEO),
        ("social", SOCIAL),
        ("search", SEARCH),
    )
    if name in NOT_SEARCH:
        return ""
    for kind, names in kinds:
        if name in names:
            return kind
    labels = name.split(".")
    if len(labels) < 2 or WEBMAIL_HOST.match(name):
        return "email" if len(labels) > 1 else ""
    # The brand is the label before the public suffix: google in google.co.uk and m.google.de; never a subdomain of
    # somebody else (google.evil.example).
    short = len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in {"co", "com", "net", "org", "ac"}
    brand = labels[-3] if short else labels[-2]
    by_brand = (kind for kind, names in kinds if brand in names and (len(brand) > 1 or name == "x.com"))
    return next(by_brand, "search" if labels[0] in ("search", "suche", "isearch") else "")


def channel(source: str, medium: str, campaign: str) -> str:
    """The channel group by Google Analytics 4's default rules (support answer 9756891), first match wins; then AI
    assistants and the offline media as channels of their own where GA4 has none."""
    source, medium, campaign = (text.strip().lower() for text in (source, medium, campaign))
    kind = site_kind(source)
    is_paid = bool(PAID.match(medium))
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
        (medium in OFFLINE, OFFLINE.get(medium, "")),
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


@dataclass(frozen=True, slots=True)
class Touch:
    """How somebody came: what the address and the referrer say. `is_evident` where they say anything at all."""

    source: str = ""
    medium: str = ""
    campaign: str = ""
    channel: str = "Direct"
    is_evident: bool = False
    said: tuple[tuple[str, str], ...] = ()  # utm_* and click ids, as they stood


def touch(url: str, referrer: str, own: Collection[str] = (), named: Mapping[str, str] | None = None) -> Touch:
    """How somebody came to an address: utm_* names first, then click ids, then the referrer. Own hosts are internal."""
    said = _said(url) | {name: value for name, value in (named or {}).items() if value}
    source, medium = said.get("utm_source", ""), said.get("utm_medium", "")
    campaign = said.get("utm_campaign", "") or said.get("utm_id", "")
    by_click = next((CLICK_IDS[name] for name in CLICK_IDS if name in said), None)
    if by_click:
        source = source or by_click[0]
        medium = medium or by_click[1]
    if not (source or medium or campaign):
        host = host_of(referrer)
        if not host or is_own(host, own) or host == host_of(url):
            return Touch(said=tuple(said.items()))
        kind = site_kind(host)
        source = host
        medium = {"search": "organic", "social": "social", "email": "email", "assistant": "ai"}.get(kind, "referral")
        if kind in ("video", "shopping"):
            medium = ""
    return Touch(source, medium, campaign, channel(source, medium, campaign), True, tuple(said.items()))


def _said(url: str) -> dict[str, str]:
    if "?" not in url:
        return {}
    try:
        pairs = parse_qsl(urlsplit(url).query, max_num_fields=200)
    except ValueError:
        return {}
    return {name.lower(): value[:250] for name, value in pairs if name.lower() in UTM or name.lower() in CLICK_IDS}


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
