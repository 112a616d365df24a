"""Puts the screens of leads, segments and scores into the console."""

from django.urls import URLPattern, URLResolver
from wagtail import hooks

from leadwright.qualify.urls import urlpatterns


@hooks.register("register_admin_urls")
def urls() -> list[URLPattern | URLResolver]:
    """Under /app/leads/, /app/segments/ and /app/scores/."""
    return list(urlpatterns)
