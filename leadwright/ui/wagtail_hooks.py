"""Dresses Wagtail's admin: our style sheet and script on every screen, our menu, none of its own entries."""

from collections.abc import Iterable
from functools import cache
from typing import Any

from django.apps import apps
from django.contrib.staticfiles import finders
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import URLPattern, URLResolver
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from leadwright.ui import menus
from leadwright.ui.urls import urlpatterns

SCRIPTS = ("django_htmx/htmx-2.min.js", "ui/console.js")


@hooks.register("register_admin_urls")
def urls() -> list[URLPattern | URLResolver]:
    """Under /app/exports/."""
    return list(urlpatterns)


@hooks.register("insert_global_admin_css")
def styles() -> SafeString:
    """Our style sheet behind Wagtail's own, then those of the packages: `static/<package>/<package>.css`.

    They are on every screen, because a package draws panels on the screens of others.
    """
    return format_html_join("\n", '<link rel="stylesheet" href="{}">', ((static(name),) for name in sheets()))


@cache
def sheets() -> list[str]:
    """The console's style sheets, in the order in which they win."""
    names = [f"{app.label}/{app.label}.css" for app in apps.get_app_configs() if app.name.startswith("leadwright.")]
    return ["ui/console.css", *(name for name in names if finders.find(name))]


@hooks.register("insert_global_admin_js")
def scripts() -> SafeString:
    """htmx as django-htmx ships it, and our own few lines."""
    return format_html_join("\n", '<script src="{}"></script>', ((static(name),) for name in SCRIPTS))


@hooks.register("construct_main_menu")
def main_menu(request: HttpRequest, items: list[Any]) -> None:
    """The menu in the order of a lead's way."""
    items[:] = menus.main(request, items)


@hooks.register("construct_help_menu")
def help_menu(request: HttpRequest, items: list[Any]) -> None:
    """No news about the editor; its guide stays, without a badge."""
    items[:] = [
        MenuItem("Editor guide", item.url, icon_name="help", attrs={"target": "_blank", "rel": "noreferrer"})
        for item in items
        if "guide" in item.name
    ]


@hooks.register("construct_settings_menu")
def settings_menu(request: HttpRequest, items: list[Any]) -> None:
    """Our users screen instead of Wagtail's; groups follow from roles."""
    items[:] = [item for item in items if item.name not in menus.HIDDEN_SETTINGS]


@hooks.register("construct_homepage_panels")
def no_panels(request: HttpRequest, panels: list[Any]) -> None:
    """Our first screen has its own panels."""
    panels.clear()


@hooks.register("register_icons")
def icons(icons: Iterable[str]) -> list[str]:
    """Icons that Wagtail lacks."""
    return [*icons]
