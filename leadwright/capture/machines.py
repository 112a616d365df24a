"""Evidence of machines: what a request says of itself, and what each piece of evidence weighs.

Pure: no database, no clock, no Django.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from crawleruseragents import is_crawler
from ua_parser import parse

HUMAN = 0.5  # from here on an act counts as a person's


@dataclass(frozen=True, slots=True)
class Evidence:
    """A piece of evidence: how a screen calls it, what it means, and what it does to the probability.

    `sets` decides alone, `at_most` limits, `less` takes away.
    """

    say: str
    because: str
    sets: float | None = None
    at_most: float | None = None
    less: float = 0.0


EVIDENCE: Mapping[str, Evidence] = {
    # What decides alone
    "head": Evidence("asked for the heading only", "an HTTP HEAD, which no reader sends", sets=0.02),
    "crawler": Evidence("crawler", "the name of a known crawler or scanner", sets=0.05),
    "script": Evidence("script", "the name of a program, not of a browser", sets=0.05),
    "no_user_agent": Evidence("no user agent", "it did not say what it is", sets=0.05),
    "fetched_ahead": Evidence("fetched ahead", "a browser loaded it before anybody asked for it", sets=0.1),
    "too_soon": Evidence("too soon", "a click within two seconds of the mail's delivery", sets=0.1),
    # What limits
    "headless": Evidence("headless", "a browser without a window", at_most=0.2),
    "data_centre": Evidence("data centre", "the address belongs to a network of servers that you listed", at_most=0.2),
    "contradiction": Evidence(
        "contradicts itself", "its name and its client hints name different browsers", at_most=0.2
    ),
    "pictures_load_unasked": Evidence(
        "pictures load unasked", "mail programs load pictures by themselves", at_most=0.3
    ),
    "image_proxy": Evidence("image proxy", "Apple, Google or Yahoo loaded the picture, read or not", at_most=0.3),
    # What takes away
    "soon": Evidence("soon", "a click within ten seconds of the mail's delivery", less=0.15),
    "no_language": Evidence("no language", "every browser says which language its reader wants", less=0.3),
    "no_fetch_marks": Evidence("no fetch marks", "a browser of today says how it came to ask (Sec-Fetch)", less=0.15),
    "too_fast": Evidence("too fast", "a form sent quicker than it can be read", less=0.15),
    "no_timing": Evidence("no timing", "a form without the mark of when it was shown", less=0.1),
    # What was seen of the person
    "ran_script": Evidence("ran script", "the page's script ran, which scanners seldom let it"),
    "moved": Evidence("moved", "somebody scrolled, pointed or typed in this browser", sets=0.95),
    "server": Evidence("told by a server", "your own server tells what it knows"),
    # What turns out later, and what people say
    "burst": Evidence("burst", "three different links of one mail within ten seconds", sets=0.05),
    "headed": Evidence(
        "asked for headings too",
        "the same program at the same address asked for no more than a heading in this mail",
        sets=0.05,
    ),
    "canary": Evidence("hidden link", "it also followed the link in the mail that nobody can see", sets=0.02),
    "house_rule": Evidence("rule of the house", "you said that this program or network is always one or the other"),
    "marked": Evidence("marked", "somebody here said who it was"),
}


def say(reason: str) -> str:
    """How a screen calls a piece of evidence."""
    return EVIDENCE[reason].say if reason in EVIDENCE else reason.replace("_", " ")


# What no movement in a browser can outweigh: there was no browser, or nobody before it.
HARD = ("head", "crawler", "script", "no_user_agent", "fetched_ahead", "headless", "image_proxy", "canary")

IMAGE_PROXY = re.compile(r"GoogleImageProxy|YahooMailProxy|ggpht\.com|Outlook-iOS|^Mozilla/5\.0$", re.IGNORECASE)
SCRIPT = re.compile(
    r"python|curl|wget|httpie|okhttp|axios|node|java/|go-http|ruby|php|perl|libwww|http[-_ ]?client|aiohttp|httpx|"
    r"analytics-|postman|insomnia|powershell",
    re.IGNORECASE,
)
HEADLESS = re.compile(r"HeadlessChrome|PhantomJS|Headless|puppeteer|playwright|electron", re.IGNORECASE)
MODERN = re.compile(r"(?:Chrome|Firefox)/(\d+)|Version/(\d+)[\d.]* (?:Mobile/\w+ )?Safari/")


@lru_cache(maxsize=20_000)
def sign(user_agent: str) -> str:
    """What a user agent gives away: image_proxy, headless, script, crawler, no_user_agent; nothing for a browser."""
    if not user_agent.strip():
        return "no_user_agent"
    if IMAGE_PROXY.search(user_agent):
        return "image_proxy"
    if HEADLESS.search(user_agent):
        return "headless"
    if SCRIPT.search(user_agent):
        return "script"
    return "crawler" if is_crawler(user_agent) else ""


@lru_cache(maxsize=20_000)
def contradicts(user_agent: str, hints: str, platform: str, mobile: str = "") -> bool:
    """Whether the client hints (Sec-CH-UA, its platform, its mobile) tell of another browser than its name does."""
    if not hints:
        return False
    if "headless" in hints.lower():
        return True
    if "Chrome/" not in user_agent and "CriOS/" not in user_agent:  # only Chromium sends them
        return True
    if mobile == "?1" and "Mobile" not in user_agent and "Android" not in user_agent:
        return True
    named = {"Windows": "Windows", "macOS": "Macintosh", "Android": "Android", "Linux": "Linux", "Chrome OS": "CrOS"}
    word = named.get(platform.strip('"'))
    return word is not None and word not in user_agent and not (word == "Linux" and "X11" in user_agent)


@lru_cache(maxsize=20_000)
def is_modern(user_agent: str) -> bool:
    """Whether a browser is new enough that it sends Sec-Fetch: Chrome 80, Firefox 90, Safari 16.4."""
    found = MODERN.search(user_agent)
    if not found:
        return False
    number = int((found[1] or found[2])[:4])
    return number >= (17 if found[2] else 90)


@lru_cache(maxsize=5_000)
def agent_name(user_agent: str) -> str:
    """A user agent in words, such as "Chrome 140 on Windows"; its own beginning where nobody knows it."""
    if not user_agent.strip():
        return "no name given"
    found = parse(user_agent[:500])
    browser, system = found.user_agent, found.os
    if browser is None or browser.family == "Other":
        return user_agent[:60]
    name = f"{browser.family} {browser.major or ''}".strip()
    return f"{name} on {system.family}" if system and system.family != "Other" else name


@lru_cache(maxsize=20_000)
def weighed(base: float, found: tuple[str, ...]) -> float:
    """The probability that a person did it: what decides first, else the base less what takes away, within limits."""
    for key in found:
        if (decided := EVIDENCE[key].sets) is not None:
            return decided
    human = base - sum(EVIDENCE[key].less for key in found)
    human = min([human, *(limit for key in found if (limit := EVIDENCE[key].at_most) is not None)])
    return round(min(max(human, 0.02), 0.98), 2)
