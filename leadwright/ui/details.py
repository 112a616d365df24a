"""The record pattern: left who, middle what happened, right what next; later stages bring panels by registry.

A template extends "ui/record.html" and fills `who`, `middle`; `record(…)` gives it the panels that the user may see.
Each panel is drawn by its own stage on its own URL and fetched with htmx, so a slow one holds nobody up.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from leadwright.kit.registries import Panel, Registry, Tab
from leadwright.workspace.access import user_of


@dataclass(frozen=True)
class Drawn:
    """A panel that this user may see, with the URL that draws it."""

    key: str
    title: str
    url: str
    column: str


@dataclass(frozen=True)
class Fact:
    """A line about a record: what, its value, and where it came from."""

    label: str
    value: Any
    origin: str = ""
    href: str = ""


def panels(request: HttpRequest, registry: Registry[Panel], *keys: Any) -> list[Drawn]:
    """The panels of a registry that this user may see, in order; one whose URL is not there is left out."""
    return list(_drawn(request, registry, keys))


def _drawn(request: HttpRequest, registry: Registry[Panel], keys: tuple[Any, ...]) -> Iterable[Drawn]:
    user = user_of(request)
    for key, panel in registry.items():
        if panel.permission and not user.has_perm(panel.permission):
            continue
        if panel.roles and user.role not in panel.roles:
            continue
        try:
            yield Drawn(key, panel.title, reverse(panel.url_name, args=keys), panel.column)
        except NoReverseMatch:
            continue


def record(request: HttpRequest, registry: Registry[Panel], key: Any) -> dict[str, list[Drawn]]:
    """The panels of one record, by column, as context for "ui/record.html"."""
    found = panels(request, registry, key)
    return {
        f"{column}_panels": [p for p in found if p.column == column] for column in ("top", "left", "middle", "right")
    }


@dataclass(frozen=True)
class DrawnTab:
    """A tab of a record's page: chosen by `?tab=`, drawn by its stage on its own URL."""

    key: str
    title: str
    url: str
    is_here: bool


def tabs(request: HttpRequest, registry: Registry[Tab], key: Any) -> dict[str, Any]:
    """The tabs of one record that this user may see, and the one that is open (None: the overview)."""
    user, wanted = user_of(request), request.GET.get("tab", "")
    found: list[DrawnTab] = []
    for name, tab in registry.items():
        if tab.permission and not user.has_perm(tab.permission):
            continue
        try:
            found.append(DrawnTab(name, tab.title, reverse(tab.url_name, args=[key]), name == wanted))
        except NoReverseMatch:
            continue
    return {"tabs": found, "tab": next((tab for tab in found if tab.is_here), None)}
