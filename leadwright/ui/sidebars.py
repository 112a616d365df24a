"""The sidebar as its script takes it, drawn once for what it depends on instead of once for each page.

Wagtail builds, judges and packs some fifty lines of menu for every page: half of what an ordinary page costs. They
follow from who reads, what that user may, and in which language; what else they show (the pages' root, an avatar)
changes seldom, and is asked for again after a minute. A view judges permissions itself, whatever the menu says.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import get_language

from leadwright.kit import registries

KEPT_SECONDS = 60.0
MOST = 500

Draw = Callable[[dict[str, Any]], SafeString]


class Sidebars:
    """Drawn sidebars by what they follow from, the oldest forgotten first."""

    def __init__(self, draw: Draw) -> None:
        self.draw = draw
        self._kept: OrderedDict[tuple[Any, ...], tuple[float, SafeString]] = OrderedDict()

    def __call__(self, context: dict[str, Any]) -> SafeString:
        """The sidebar for a page's request."""
        user, now = context["request"].user, time.monotonic()
        may = frozenset(user.get_all_permissions())
        key = (user.pk, user.get_username(), str(user), user.is_superuser, may, get_language(), _menu())
        made_at, drawn = self._kept.get(key, (-KEPT_SECONDS, SafeString("")))
        if now - made_at >= KEPT_SECONDS:
            drawn = self.draw(context)
            self._kept[key] = (now, drawn)
            self._kept.move_to_end(key)
            while len(self._kept) > MOST:
                self._kept.popitem(last=False)
        return drawn


def _menu() -> int:
    return sum(1 for _ in registries.MENU)


def keep() -> None:
    """Let the tag of Wagtail's base template answer with what is kept."""
    from wagtail.admin.templatetags import wagtailadmin_tags

    sidebars = Sidebars(wagtailadmin_tags.sidebar_props)

    @wagtailadmin_tags.register.simple_tag(takes_context=True, name="sidebar_props")
    def sidebar_props(context: dict[str, Any]) -> SafeString:
        return sidebars(context)
