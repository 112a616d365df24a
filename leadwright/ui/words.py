"""How values are written on every screen: numbers, money, moments, days; one hand for all."""

import math
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from leadwright.kit import clock
from leadwright.workspace import settings

SYMBOLS = {"EUR": "€", "USD": "$", "GBP": "£", "CHF": "CHF", "JPY": "¥"}
NOTHING = format_html('<span class="lw-nothing" aria-label="{}">–</span>', "nothing")


def rounded(number: int) -> int:
    """A large number to three figures, as an estimate should be given."""
    if number < 1000:
        return number
    return round(number, 2 - int(math.log10(number)))


def number(value: float | Decimal, digits: int | None = None) -> str:
    """A number with thousands apart; whole unless it is small or digits are asked for."""
    if digits is None:
        digits = 0 if value == int(value) or abs(float(value)) >= 100 else 1
    return f"{value:,.{digits}f}".replace("-", "−")


def money(value: float | Decimal, currency: str = "EUR") -> str:
    """An amount with its currency, in whole units from a hundred on."""
    symbol = SYMBOLS.get(currency, currency)
    return f"{symbol} {number(value, 0 if abs(float(value)) >= 100 or value == int(value) else 2)}"


def percent(share: float, digits: int = 0) -> str:
    """A share of one as a percentage."""
    return f"{number(share * 100, digits)} %"


def day(value: date | datetime) -> str:
    """A day: 12 Mar 2026; the year is left out where it is this one."""
    if isinstance(value, datetime):
        value = timezone.localtime(value).date()
    this_year = timezone.localtime(clock.now()).year
    return f"{value.day} {value:%b}" if value.year == this_year else f"{value.day} {value:%b %Y}"


def moment(value: datetime) -> str:
    """A moment in the reader's zone: 12 Mar, 14:05."""
    return f"{day(value)}, {timezone.localtime(value):%H:%M}"


def ago(value: datetime) -> str:
    """How long ago or in how long: 3 min ago, in 2 h, else the day."""
    seconds = (clock.now() - value).total_seconds()
    size = abs(seconds)
    if size < 45:
        return "just now" if seconds >= 0 else "in a moment"
    for unit, length, limit in (("min", 60, 3600), ("h", 3600, 86_400), ("d", 86_400, 14 * 86_400)):
        if size < limit:
            said = f"{max(round(size / length), 1)} {unit}"
            return f"{said} ago" if seconds > 0 else f"in {said}"
    return day(value)


def timed(value: datetime, said: str) -> SafeString:
    """A moment as an element that machines can read and that shows the whole of it on hover."""
    local = timezone.localtime(value)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', value.isoformat(), f"{local:%Y-%m-%d %H:%M %Z}", said
    )


def write(value: Any, kind: str, request: HttpRequest | None = None) -> SafeString | str:  # noqa: PLR0911
    """A value as a screen shows it, by its kind; nothing is a dash."""
    if value is None or value == "":
        return NOTHING
    match kind:
        case "number":
            return number(value)
        case "money":
            return money(value, settings.current(request).currency)
        case "moment":
            return timed(value, moment(value))
        case "ago":
            return timed(value, ago(value))
        case "day":
            return day(value)
        case "percent":
            return percent(value)
        case "flag":
            return "yes" if value else "no"
    return str(value)


def bare(value: Any) -> Any:
    """A value as JSON takes it."""
    if isinstance(value, datetime):
        return value.isoformat()
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def plain(value: Any) -> str:
    """A value as a file takes it."""
    found = bare(value)
    return "" if found is None else str(found)
