"""Brings emails, broadcasts and unsure mails into the console."""

from django.templatetags.static import static
from django.urls import URLPattern, URLResolver
from django.utils.html import format_html
from django.utils.safestring import SafeString
from wagtail import hooks
from wagtail.snippets.models import register_snippet

from leadwright.engage.editors import EmailEditor
from leadwright.engage.urls import console

register_snippet(EmailEditor)


@hooks.register("register_admin_urls")
def urls() -> list[URLPattern | URLResolver]:
    """Our addresses below /app/."""
    return list(console)


@hooks.register("insert_global_admin_css")
def styles() -> SafeString:
    """What our screens need besides the console's own style sheet."""
    return format_html('<link rel="stylesheet" href="{}">', static("engage/engage.css"))
