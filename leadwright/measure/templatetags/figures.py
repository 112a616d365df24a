"""How figures of `measure` are written: shares with their certainty, days, changes, and the way to their records."""

from typing import Any

from django import template
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from leadwright.measure import goals, metrics, rules
from leadwright.measure.questions import Question
from leadwright.measure.records import Set
from leadwright.ui import words
from leadwright.ui.charts import Chart
from leadwright.workspace import settings

register = template.Library()


@register.simple_tag
def share(of: rules.Share | None, digits: int = 1) -> SafeString:
    """A share as a percentage with its interval on hover, or the words that it rests on too few."""
    if of is None or of.value is None:
        return words.NOTHING
    low, high = of.interval
    between = f"between {words.percent(low, 1)} and {words.percent(high, 1)} (95 %)"
    facts = f"{of.hits:,} of {of.trials:,}; the true share lies {between}"
    if of.is_too_few:
        return format_html('<span class="lw-quiet" title="{}">too few to say</span>', facts)
    return format_html('<span title="{}">{}</span>', facts, words.percent(of.value, digits))


@register.inclusion_tag("measure/_plot.html")
def plot(chart: Chart, key: str) -> dict[str, Any]:
    """A chart whose table stands beside it already. `key` must be its own on the page."""
    return {"chart": chart, "key": key, "figure_id": f"{key}-figure", "figure": chart.figure()}


@register.simple_tag
def interval(of: rules.Share | None) -> SafeString:
    """The 95 % interval of a share, or nothing where it rests on too few."""
    if of is None or of.value is None or of.is_too_few:
        return words.NOTHING
    low, high = of.interval
    return format_html("{}–{}", words.number(low * 100, 1), words.percent(high, 1))


@register.simple_tag(takes_context=True)
def cost(context: dict[str, Any], of: rules.UnitCost) -> SafeString | str:
    """A cost per event with its interval on hover, or the words that it rests on too few."""
    if of.value is None or of.interval is None:
        return words.NOTHING
    currency = settings.current(context.get("request")).currency
    low, high = of.interval
    facts = f"{words.money(of.spend, currency)} for {of.events:,}"
    if of.is_too_few:
        return format_html('<span class="lw-quiet" title="{}">too few to say</span>', facts)
    said = f"{facts}; between {words.money(low, currency)} and {words.money(high, currency)} (95 %)"
    return format_html('<span title="{}">{}</span>', said, words.money(of.value, currency))


@register.simple_tag(takes_context=True)
def cost_interval(context: dict[str, Any], of: rules.UnitCost) -> SafeString | str:
    """The 95 % interval of a cost."""
    if of.interval is None or of.is_too_few:
        return words.NOTHING
    currency = settings.current(context.get("request")).currency
    low, high = of.interval
    symbol = words.SYMBOLS.get(currency, currency)
    digits = 0 if low >= 10 else 2
    return f"{symbol} {words.number(low, digits)}–{words.number(high, digits)}"


@register.simple_tag(takes_context=True)
def figure(context: dict[str, Any], value: Any, unit: str) -> SafeString | str:
    """A metric's figure in its unit."""
    if value is None:
        return words.NOTHING
    if unit == "money":
        return words.money(value, settings.current(context.get("request")).currency)
    return words.number(value, 0 if value == int(value) else 1)


@register.filter
def days(value: float | None) -> SafeString | str:
    """A length in days: 14.7 days; hours where it is less than one."""
    if value is None:
        return words.NOTHING
    if value < 1:
        hours = value * 24
        return (
            f"{words.number(hours, 1 if hours < 10 else 0)} h" if hours >= 1 else f"{words.number(hours * 60, 0)} min"
        )
    return f"{words.number(value, 1)} d"


@register.filter
def signed(value: Any) -> str:
    """A number with its sign, a real minus included: +2, −4, ±0."""
    number = float(value)
    said = words.number(abs(round(number, 1)))
    return f"±{said}" if round(number, 1) == 0 else f"{'+' if number > 0 else '−'}{said}"


@register.filter
def magnitude(value: float) -> str:
    """The size of a change as a percentage without its sign."""
    return words.percent(abs(value))


@register.simple_tag
def sentence(key: str) -> str:
    """The definition of a report's column."""
    return metrics.SENTENCES[key]


@register.simple_tag
def members(question: Question, which: Set, **more: Any) -> str:
    """The address of the list of leads behind a figure."""
    asked = {"set": which.kind, "stage": which.stage or None, "days": which.days or None}
    if which.reason is not None:
        asked["reason"] = which.reason or "-"
    return f"{reverse('report_leads')}?{question.query(**asked, **more)}"


@register.filter
def width(value: float | None) -> str:
    """A share of one as the width of a bar out of a hundred."""
    return f"{max((value or 0) * 100, 0.4 if value else 0):.2f}"


@register.filter
def heat(value: float | None, largest: float) -> str:
    """How strongly a cell is tinted by its share of the largest one; never so much that its text fades."""
    return f"{0.34 * (value or 0) / largest if largest else 0:.3f}"


@register.simple_tag
def explain(found: goals.Shortfall) -> str:
    """A gap in words."""
    return goals.explain(found)


@register.simple_tag
def first_page(request: HttpRequest) -> str:
    """The query of a list's first page."""
    asked = request.GET.copy()
    asked.pop("after", None)
    return asked.urlencode()
