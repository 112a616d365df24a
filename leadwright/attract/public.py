"""What the public site answers besides its pages: images, the sitemap, the note to robots."""

from collections.abc import Iterator

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.cache import patch_cache_control
from django.utils.html import escape
from django.views.decorators.http import require_safe
from django.views.static import serve
from wagtail.models import Page, Site

from leadwright.attract.pages import SitePage
from leadwright.kit import config

MOST_ADDRESSES = 50_000  # sitemaps.org: at most so many in one file

# Only images lie open; documents go through their own views, which know who may have them.
OPEN_FOLDERS = ("images/", "original_images/")
MONTH_SECONDS = 30 * 24 * 3600

ROBOTS = """User-agent: *
Disallow: /app/
Disallow: /api/
Disallow: /t/
Allow: /t/t.js
Sitemap: {base}/sitemap.xml
"""


@require_safe
def media(request: HttpRequest, path: str) -> HttpResponseBase:
    """An image of the site; its name changes when its content does, so browsers may keep it."""
    if not path.startswith(OPEN_FOLDERS) or ".." in path:
        raise Http404
    answer: HttpResponseBase = serve(request, path, document_root=str(settings.MEDIA_ROOT))
    if isinstance(answer, FileResponse):
        patch_cache_control(answer, public=True, max_age=MONTH_SECONDS)
    return answer


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """What crawlers may look at."""
    return HttpResponse(ROBOTS.format(base=config.base_url()), content_type="text/plain; charset=utf-8")


@require_safe
def sitemap(request: HttpRequest) -> StreamingHttpResponse:
    """Every public page that search engines may show, as sitemaps.org wants it."""
    return StreamingHttpResponse(_addresses(request), content_type="application/xml; charset=utf-8")


def _addresses(request: HttpRequest) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
    site = Site.find_for_request(request)
    if site:
        pages = Page.objects.descendant_of(site.root_page, inclusive=True).live().public().order_by("path")
        for page in pages[:MOST_ADDRESSES].specific(defer=False).iterator(chunk_size=500):
            if not isinstance(page, SitePage):
                continue
            for entry in page.get_sitemap_urls(request):
                changed = entry["lastmod"]
                day = f"<lastmod>{changed:%Y-%m-%d}</lastmod>" if changed else ""
                yield f"<url><loc>{escape(entry['location'])}</loc>{day}</url>\n"
    yield "</urlset>\n"
