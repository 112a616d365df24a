"""The console's menu, drawn from `kit.registries.MENU` in the order of a lead's way."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from wagtail.admin.menu import Menu, MenuItem, SubmenuMenuItem

from leadwright.kit import registries
from leadwright.kit.registries import MenuEntry

GROUPS = {"Attract": "rotate", "Qualify": "check", "Nurture": "mail", "Measure": "order", "Improve": "pick"}
HIDDEN_SETTINGS = frozenset({"users", "groups", "sites", "redirects", "workflows", "workflow-tasks"})
HIDDEN_REPORTS = frozenset({"locked-pages", "workflows", "workflow-tasks", "aging-pages"})


def _item(entry: MenuEntry, request: HttpRequest) -> MenuItem | None:
    if entry.permission and not request.user.has_perm(entry.permission):
        return None
    try:
        url = reverse(entry.url_name)
    except NoReverseMatch:
        return None
    return MenuItem(entry.label, url, icon_name=entry.icon)


def _group(request: HttpRequest, name: str) -> list[MenuItem]:
    entries = sorted((each for each in registries.MENU if each.group == name), key=lambda each: each.order)
    items = (_item(entry, request) for entry in entries)
    return [item for item in items if item]


def _submenu(label: str, items: Sequence[MenuItem], icon: str, order: int) -> SubmenuMenuItem:
    return SubmenuMenuItem(label, Menu(items=list(items)), icon_name=icon, order=order, name=label.lower())


def _numbered(items: list[Any], start: int = 0) -> list[Any]:
    for order, item in enumerate(items, start=start):
        item.order = order
    return items


def _children(item: Any, request: HttpRequest) -> list[Any]:
    return item.menu.menu_items_for_request(request) if item else []


def _attract(request: HttpRequest, explorer: Any) -> list[Any]:
    """The first stage, which begins with the site's pages."""
    items = _group(request, "Attract")
    if explorer:
        items.insert(0, MenuItem("Pages", reverse("wagtailadmin_explore_root"), icon_name="doc-full"))
    return items


def main(request: HttpRequest, wagtails: list[Any]) -> list[Any]:
    """The whole menu for a request: ours, then images, documents, settings and help of Wagtail's."""
    theirs = {item.name: item for item in wagtails}
    menu: list[Any] = _numbered(_group(request, ""))
    stages = {
        name: _attract(request, theirs.get("explorer")) if name == "Attract" else _group(request, name)
        for name in GROUPS
    }
    menu += [_submenu(name, _numbered(items), GROUPS[name], 0) for name, items in stages.items() if items]
    menu += [theirs[name] for name in ("images", "documents") if name in theirs]
    last = {
        "Settings": [
            *_group(request, "Settings"),
            *_children(theirs.get("settings"), request),
            *(item for item in _children(theirs.get("reports"), request) if item.name not in HIDDEN_REPORTS),
        ],
        "Help": [*_group(request, "Help"), *_children(theirs.get("help"), request)],
    }
    icons = {"Settings": "cogs", "Help": "help"}
    menu += [_submenu(name, _numbered(items), icons[name], 0) for name, items in last.items() if items]
    return _numbered(menu)
