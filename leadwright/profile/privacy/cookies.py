"""What visitors of the public site answer about cookies: asked once, kept as an entry, changed in the footer.

The answer itself is a cookie that names nobody and only says yes or no. Accepting gives the browser its name at once,
which the tracker finds and keeps to; declining takes the name away.
"""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string

from leadwright.capture.requests import ONE_YEAR, VISITOR_COOKIE
from leadwright.kit import addresses, clock, config, ids
from leadwright.profile.models import VisitorConsent
from leadwright.workspace import settings
from leadwright.workspace.models import Cookies

ANSWER = "lw_cookies"
YES, NO = "yes", "no"
# Half a year, after which it is asked again.
ASKED_AGAIN_SECONDS = ONE_YEAR // 2

WORDING = (
    "May we set one cookie? It gives your browser a number, so that we know which of our pages help, and can answer "
    "you better when you write to us. Nobody else gets it. Without it the site works just the same."
)


def says_no(request: HttpRequest) -> bool:
    """Whether the browser answers by itself, with Global Privacy Control."""
    return request.headers.get("Sec-GPC") == "1"


def choice_of(request: HttpRequest) -> str:
    """What this browser has answered: yes, no, or nothing yet."""
    found = request.COOKIES.get(ANSWER, "")
    return found if found in (YES, NO) else ""


def is_asked(request: HttpRequest) -> bool:
    """Whether the banner is shown: where the firm asks, and this browser has not answered."""
    if choice_of(request) or says_no(request):
        return False
    return settings.current(request).cookies == Cookies.CONSENT


def answer(request: HttpRequest, yes: bool, back: str, address: str | None) -> HttpResponse:
    """Keep what a visitor answered, set or take the cookie, and lead back."""
    workspace = settings.current(request)
    known = request.COOKIES.get(VISITOR_COOKIE, "")[:100]
    takes = yes and workspace.cookies != Cookies.NEVER and not says_no(request)
    name = (known or str(ids.uuid7())) if takes else ""
    VisitorConsent.objects.create(
        at=clock.now(),
        choice=yes,
        wording=WORDING,
        page=back[:500],
        anonymous_id=name or known,
        address=addresses.shortened(address) if address and workspace.shorten_addresses else address,
    )
    is_https = config.base_url().startswith("https:")
    given = HttpResponseRedirect(back)
    given.status_code = 303
    given.set_cookie(ANSWER, YES if yes else NO, ASKED_AGAIN_SECONDS, secure=is_https, httponly=True, samesite="Lax")
    if takes:
        given.set_cookie(VISITOR_COOKIE, name, ONE_YEAR, secure=is_https, samesite="Lax")
    else:
        given.delete_cookie(VISITOR_COOKIE, samesite="Lax")
    return given


def banner(request: HttpRequest) -> str:
    """The question at the foot of a page of the public site; nothing where it need not be asked."""
    if not is_asked(request):
        return ""
    return render_to_string("profile/_banner.html", {"wording": WORDING, "back": request.get_full_path()})
