"""Brings emails, broadcasts and unsure mails into the console."""

from django.urls import URLPattern, URLResolver
from wagtail import hooks
from wagtail.snippets.models import register_snippet

from leadwright.engage.editors import EmailEditor
from leadwright.engage.urls import console

register_snippet(EmailEditor)


@hooks.register("register_admin_urls")
def urls() -> list[URLPattern | URLResolver]:
    """Our addresses below /app/."""
    return list(console)
