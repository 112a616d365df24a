"""Liquid for personal fields: sandboxed, and with a limit on everything.

No file can be included, nothing of Python can be reached but plain values, loops and output end somewhere.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from liquid import BoundTemplate, Environment
from liquid.exceptions import LiquidError

NOT_ALLOWED = ("include", "render")
# `safe` would let a field's HTML through; the others answer markup made of their argument.
NOT_TRUSTED = ("safe",)


class Sandbox(Environment):
    """An environment with limits and without loaders."""

    loop_iteration_limit = 2_000
    output_stream_limit = 1_000_000
    local_namespace_limit = 100_000
    context_depth_limit = 20


def _sandbox(*, autoescape: bool) -> Sandbox:
    sandbox = Sandbox(autoescape=autoescape)
    for tag in NOT_ALLOWED:
        sandbox.tags.pop(tag, None)
    for name in NOT_TRUSTED:
        sandbox.filters.pop(name, None)
    return sandbox


HTML = _sandbox(autoescape=True)
TEXT = _sandbox(autoescape=False)


class BadLiquid(ValueError):
    """A template cannot be read, or did not end; the message says where."""


def compile(source: str, *, is_html: bool) -> BoundTemplate:  # noqa: A001
    """A template that can be rendered many times; raises BadLiquid with the place of the fault."""
    sandbox = HTML if is_html else TEXT
    try:
        template = sandbox.from_string(source)
        unknown = sorted(template.analyze(include_partials=False).filters.keys() - sandbox.filters.keys())
    except LiquidError as error:
        raise BadLiquid(f"Liquid cannot read this: {str(error).splitlines()[0]}") from None
    except RecursionError:
        raise BadLiquid("Liquid cannot read this: it is nested too deeply.") from None
    if unknown:
        raise BadLiquid(f"There is no filter “{unknown[0]}”; Liquid has default, upcase, date and others.")
    return template


def render(template: BoundTemplate, known: Mapping[str, Any]) -> str:
    """The template filled in; raises BadLiquid where a limit is passed or a filter gets a value it cannot use."""
    try:
        return str(template.render(known))
    except LiquidError as error:
        raise BadLiquid(f"Liquid stopped: {str(error).splitlines()[0]}") from None


@lru_cache(maxsize=200)
def compiled(source: str, is_html: bool) -> BoundTemplate:
    """As `compile`, kept for the next use."""
    return compile(source, is_html=is_html)


@lru_cache(maxsize=1_000)
def bare(source: str) -> str:
    """A text as it reads to somebody of whom nothing is known: its fallbacks in place, in one line."""
    try:
        return " ".join(render(compiled(source, False), {}).split())
    except BadLiquid:
        return source
