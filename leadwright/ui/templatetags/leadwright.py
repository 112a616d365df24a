"""Tags for every screen: {% chart %}, {% number %}, {% why %}, and values in words."""

from datetime import datetime
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from leadwright.ui import words
from leadwright.ui.charts import Chart
from leadwright.ui.numbers import Number
from leadwright.workspace import settings

register = template.Library()


@register.inclusion_tag("ui/_chart.html")
def chart(chart: Chart, key: str = "chart") -> dict[str, Any]:
    """A figure and its table. `key` must be its own on the page. The first one fetches Plotly's script."""
    return {"chart": chart, "key": key, "figure_id": f"{key}-figure", "figure": chart.figure()}


@register.inclusion_tag("ui/_number.html")
def number(number: Number) -> dict[str, Any]:
    """A number with its label, its change, its definition and its records."""
    return {"number": number}


@register.inclusion_tag("ui/_example_firm.html", takes_context=True)
def example_firm(context: dict[str, Any]) -> dict[str, Any]:
    """The line that says on every screen that all of this is an example, or how far its past is lived."""
    demo = settings.current(context.get("request")).demo
    return {"demo": demo, "past": demo.get("past", {})}


@register.simple_tag
def why(url: str, word: str = "why?") -> SafeString:
    """A small word that opens a sentence and its facts below itself."""
    markup = (
        '<details class="lw-why"><summary>{}</summary>'
        '<div hx-get="{}" hx-trigger="toggle once from:closest details"><p class="lw-waiting"></p></div></details>'
    )
    return format_html(markup, word, url)


@register.filter
def ago(value: datetime | None) -> SafeString | str:
    """How long ago, with the whole moment on hover."""
    return words.write(value, "ago")


@register.filter
def moment(value: datetime | None) -> SafeString | str:
    """The moment in the reader's zone."""
    return words.write(value, "moment")


@register.filter
def day(value: datetime | None) -> SafeString | str:
    """The day."""
    return words.write(value, "day")


@register.filter
def figure(value: float | None) -> SafeString | str:
    """A number with thousands apart."""
    return words.write(value, "number")


@register.simple_tag(takes_context=True)
def money(context: dict[str, Any], value: float | None) -> SafeString | str:
    """An amount in the workspace's currency."""
    return words.write(value, "money", context.get("request"))


@register.filter
def percent(value: float | None) -> SafeString | str:
    """A share of one as a percentage."""
    return words.write(value, "percent")
