"""How this package's screens write moments, amounts and lengths of time."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django import template
from django.http import HttpRequest

from leadwright.ui import words

register = template.Library()


@register.filter
def ago(value: datetime | None) -> str:
    """How long ago."""
    return words.write(value, "ago")


@register.filter
def moment(value: datetime | None) -> str:
    """Day and time."""
    return words.write(value, "moment")


@register.filter
def money(value: Any, request: HttpRequest) -> str:
    """An amount in the workspace's currency."""
    return words.write(value, "money", request)


@register.filter
def lasted(value: timedelta) -> str:
    """A length of time in its largest unit."""
    minutes = int(value.total_seconds() // 60)
    for unit, length in (("day", 1440), ("hour", 60), ("minute", 1)):
        if minutes >= length:
            number = minutes // length
            return f"{number:,} {unit}{'s'[: number != 1]}"
    return "less than a minute"


@register.filter
def item(mapping: Mapping[Any, Any], key: Any) -> Any:
    """The value of a key, or None."""
    return mapping.get(key)
