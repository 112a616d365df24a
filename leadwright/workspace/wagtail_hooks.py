"""Puts the settings screens into the console."""

from django.urls import URLPattern
from wagtail import hooks

from leadwright.workspace.urls import urlpatterns


@hooks.register("register_admin_urls")
def urls() -> list[URLPattern]:
    """Under /app/settings/."""
    return list(urlpatterns)
