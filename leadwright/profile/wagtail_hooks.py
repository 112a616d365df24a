"""Puts the screens of contacts and companies into the console."""

from django.urls import URLPattern, URLResolver
from wagtail import hooks

from leadwright.profile.urls import urlpatterns


@hooks.register("register_admin_urls")
def urls() -> list[URLPattern | URLResolver]:
    """Under /app/contacts/ and /app/companies/."""
    return list(urlpatterns)
