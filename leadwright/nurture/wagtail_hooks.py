"""Brings this package's screens and its editor into the console."""

from django.templatetags.static import static
from django.urls import URLPattern, include, path
from django.utils.html import format_html
from django.utils.safestring import SafeString
from wagtail import hooks
from wagtail.snippets.models import register_snippet

from leadwright.nurture.editors import JourneyEditor

register_snippet(JourneyEditor)


@hooks.register("register_admin_urls")
def urls() -> list[URLPattern]:
    """Our addresses below /app/."""
    return [path("", include("leadwright.nurture.urls"))]  # type: ignore[list-item]


@hooks.register("insert_global_admin_css")
def styles() -> SafeString:
    """What maps need besides the console's own style sheet."""
    return format_html('<link rel="stylesheet" href="{}">', static("nurture/nurture.css"))
