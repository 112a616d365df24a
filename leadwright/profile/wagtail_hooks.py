"""Puts the screens of contacts and companies into the console."""

from django.templatetags.static import static
from django.urls import URLPattern, URLResolver, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from wagtail import hooks
from wagtail.admin.search import SearchArea

from leadwright.profile.urls import urlpatterns


@hooks.register("register_admin_urls")
def urls() -> list[URLPattern | URLResolver]:
    """Under /app/contacts/ and /app/companies/."""
    return list(urlpatterns)


@hooks.register("register_admin_search_area")
def search_area() -> SearchArea:
    """The search of the menu looks for contacts first."""
    return SearchArea("Contacts", reverse("contacts"), name="contacts", icon_name="group", order=10)


@hooks.register("insert_global_admin_js", order=200)
def scripts() -> SafeString:
    """The keys of the duplicates."""
    return format_html('<script src="{}"></script>', static("profile/profile.js"))
