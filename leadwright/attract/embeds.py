"""Forms on other people's sites, by script or in a frame: only on sites that the form names, and on our own."""

import gzip
import hashlib
from html import escape
from urllib.parse import urlsplit

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_safe

from leadwright.attract import drawings, showings
from leadwright.attract.models import Form
from leadwright.attract.showings import Place
from leadwright.kit import config
from leadwright.workspace.models import Workspace

HOUR_SECONDS = 3600
SCRIPT = (drawings.SCRIPT + drawings.LOADER).encode()
STYLE = drawings.CSS.encode()


def _asset(request: HttpRequest, body: bytes, content_type: str) -> HttpResponse:
    tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
    is_known = request.headers.get("If-None-Match") == tag
    answer = HttpResponse(b"" if is_known else body, content_type=content_type, status=304 if is_known else 200)
    if not is_known and "gzip" in request.headers.get("Accept-Encoding", ""):
        answer.content = gzip.compress(body, mtime=0)
        answer["Content-Encoding"] = "gzip"
    patch_vary_headers(answer, ("Accept-Encoding",))
    answer["ETag"] = tag
    answer["Cache-Control"] = f"public, max-age={HOUR_SECONDS}"
    answer["Access-Control-Allow-Origin"] = "*"
    answer["Cross-Origin-Resource-Policy"] = "cross-origin"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


@require_safe
def script(request: HttpRequest) -> HttpResponse:
    """What a foreign page loads to show our forms."""
    return _asset(request, SCRIPT, "text/javascript; charset=utf-8")


@require_safe
def style(request: HttpRequest) -> HttpResponse:
    """How forms look there."""
    return _asset(request, STYLE, "text/css; charset=utf-8")


def own_hosts(request: HttpRequest) -> set[str]:
    """The hosts that are ours: this one, the public address, and the firm's own domains."""
    workspace = Workspace.objects.first()
    domains = workspace.own_domains if workspace else []
    own = {request.get_host(), urlsplit(config.base_url()).netloc}
    return own | {each for domain in domains for each in (domain, f"www.{domain}")}


def _active(code: str) -> Form:
    found: Form | None = Form.objects.filter(code=code, is_active=True).first()
    if found is None:
        raise Http404("There is no such form, or it is closed.")
    return found


@require_safe
def drawn(request: HttpRequest, code: str) -> HttpResponse:
    """A form for a script in a foreign page, which may read it only where the form allows that page's site."""
    form = Form.objects.filter(code=code, is_active=True).first()
    origin = request.headers.get("Origin", "")
    if form is None:
        answer = JsonResponse({"error": "There is no such form, or it is closed."}, status=404)
    elif not form.plan().may_be_shown_on(origin, own_hosts(request)):
        say = f"This form may not be shown on {origin}. Add the site to the form, under Embed."
        answer = JsonResponse({"error": say}, status=403)
    else:
        asked = request.GET
        place = Place("script", config.base_url(), asked.get("page", "")[:2000], asked.get("v", "")[:100])
        showing = showings.show(form, request, title=asked.get("title", "")[:120], place=place)
        answer = JsonResponse({"html": drawings.draw(showing)})
    if origin:
        answer["Access-Control-Allow-Origin"] = origin
    patch_vary_headers(answer, ("Origin",))
    answer["Cache-Control"] = "private, no-store"
    return answer


@require_safe
@xframe_options_exempt
def frame(request: HttpRequest, code: str) -> HttpResponse:
    """A page with nothing but the form, for a frame; only the form's sites and our own may put it into one."""
    form = _active(code)
    place = Place("frame", "", request.headers.get("Referer", "")[:2000])
    showing = showings.show(form, request, title=request.GET.get("title", "")[:120], place=place)
    around = sorted({*form.origins, *(_origins_of(own_hosts(request)))})
    context = {"form": form, "drawn": drawings.draw(showing), "around": " ".join(around)}
    answer = render(request, "attract/frame.html", context)
    answer["Content-Security-Policy"] = (
        "default-src 'self'; script-src 'self' blob:; worker-src blob:; style-src 'self' 'unsafe-inline'; "
        f"object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'self' {' '.join(around)}"
    )
    answer["Cache-Control"] = "private, no-store"
    answer["X-Robots-Tag"] = "noindex"
    return answer


def _origins_of(hosts: set[str]) -> set[str]:
    scheme = urlsplit(config.base_url()).scheme
    return {f"{scheme}://{host}" for host in hosts if host}


def codes(form: Form) -> dict[str, str]:
    """What to copy into another site's page: the script, and the frame."""
    base = config.base_url()
    if not form.code:
        return {}
    name = escape(form.name)
    return {
        "script": f'<script src="{base}/t/embed.js" data-form="{form.code}" async></script>',
        "frame": (
            f'<iframe src="{base}/t/e/{form.code}/" data-lw-frame="{form.code}" title="{name}" loading="lazy" '
            'style="width:100%;border:0;min-height:24rem"></iframe>\n'
            f'<script src="{base}/t/embed.js" async></script>'
        ),
        "address": f"{base}/t/e/{form.code}/",
    }
