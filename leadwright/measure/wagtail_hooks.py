"""Brings this package's screens into the console."""

from django.templatetags.static import static
from django.urls import URLPattern, include, path
from django.utils.html import format_html
from django.utils.safestring import SafeString
from wagtail import hooks


@hooks.register("register_admin_urls")
def urls() -> list[URLPattern]:
    """Our addresses below /app/."""
    return [path("", include("leadwright.measure.urls"))]  # type: ignore[list-item]


@hooks.register("insert_global_admin_js", order=200)
def scripts() -> SafeString:
    """The clock that keeps panels fresh while they are seen."""
    return format_html('<script src="{}"></script>', static("measure/measure.js"))
