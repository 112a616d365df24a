"""Puts the screens of imports into the console."""

from django.urls import URLPattern, URLResolver
from wagtail import hooks

from leadwright.capture.urls import urlpatterns


@hooks.register("register_admin_urls")
def urls() -> list[URLPattern | URLResolver]:
    """Under /app/imports/."""
    return list(urlpatterns)
