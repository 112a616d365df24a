"""Brings this package's screens and its editor into the console."""

from django.urls import URLPattern, include, path
from wagtail import hooks
from wagtail.snippets.models import register_snippet

from leadwright.nurture.editors import JourneyEditor

register_snippet(JourneyEditor)


@hooks.register("register_admin_urls")
def urls() -> list[URLPattern]:
    """Our addresses below /app/."""
    return [path("", include("leadwright.nurture.urls"))]  # type: ignore[list-item]
