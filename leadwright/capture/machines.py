"""Signs of a machine in what a request says of itself. Pure: no database, no clock, no Django."""

import re
from functools import lru_cache

from crawleruseragents import is_crawler

IMAGE_PROXY = re.compile(r"GoogleImageProxy|YahooMailProxy|ggpht\.com|Outlook-iOS|^Mozilla/5\.0$", re.IGNORECASE)
SCRIPT = re.compile(
    r"python|curl|wget|httpie|okhttp|axios|node|java/|go-http|ruby|php|perl|libwww|http[-_ ]?client|aiohttp|httpx|"
    r"analytics-|postman|insomnia|powershell",
    re.IGNORECASE,
)
HEADLESS = re.compile(r"HeadlessChrome|PhantomJS|Headless|puppeteer|playwright", re.IGNORECASE)


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
