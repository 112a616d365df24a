"""Every URL of the product in one place; each package brings its own `urls.py`."""

from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import include, path
from django.views.generic import RedirectView
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as admin_urls
from wagtail.documents import urls as documents_urls

from leadwright.attract import embeds, public
from leadwright.capture import downloads
from leadwright.engage import urls as engage
from leadwright.main import health
from leadwright.main.api import api, nothing, page
from leadwright.profile.privacy import public as profile_public
from leadwright.ui import home
from leadwright.workspace import signin


def absent(request: HttpRequest) -> HttpResponseBase:
    """Wagtail's pages for trying out errors are not served."""
    raise Http404


urlpatterns = [
    path("healthz", health.alive),
    path("readyz", health.ready),
    path("metrics", health.metrics),
    path("api/docs", page),
    path("api/v1/", api.urls),
    path("api/<path:rest>", nothing),
    path("t/p/cookies", profile_public.cookie_page, name="cookies"),
    path("t/p/r/<str:token>", profile_public.request_link, name="privacy_link"),
    path("t/p/<str:token>", profile_public.preferences, name="preferences"),
    path("app/sign-in/link/<str:token>/", signin.by_link, name="sign_in_by_link"),
    path("app/sign-in/", include("allauth.urls")),
    path("app/login/", signin.to_wagtails_place),
    path("app/password_reset/", signin.to_wagtails_place),
    path("app/", home.today, name="today"),
    path("app/example-firm/", home.example_firm, name="example_firm"),
    path("app/checklist/hide/", home.hide_checklist, name="checklist_hide"),
    path("app/users/", RedirectView.as_view(pattern_name="workspace_users")),
    path("app/failwhale/", absent),
    path("app/test404/", absent),
    path("app/", include(admin_urls)),
    path("documents/", include(documents_urls)),
    path("media/<path:path>", public.media),
    path("t/embed.js", embeds.script),
    path("t/embed.css", embeds.style),
    path("t/e/<slug:code>.json", embeds.drawn, name="form_drawn"),
    path("t/e/<slug:code>/", embeds.frame, name="form_frame"),
    path("t/a/<str:token>", downloads.fetch, name="resource"),
    path("robots.txt", public.robots),
    path("sitemap.xml", public.sitemap),
    *engage.public,
    path("", include(wagtail_urls)),
]
