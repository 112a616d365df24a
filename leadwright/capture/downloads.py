"""Resources leave the house: by the signed link that a form answered with, or a mail carried.

The file itself belongs to attract; here stands only who fetched it, as a hit. A link fetched again on the same day
counts once.
"""

import hashlib
import json
from datetime import timedelta

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from leadwright.attract import offers
from leadwright.attract.pages import ResourcePage
from leadwright.capture import machines
from leadwright.kit import addresses, clock, database, jobs, numbers, signing, sql

SQL = sql.load("downloads")
VISITOR_COOKIE = "lw_vid"
LONGEST_AGENT = 500
KEPT_FOR = timedelta(days=400)  # longer than any link works


@require_safe
def fetch(request: HttpRequest, token: str) -> HttpResponseBase:
    """The file of a resource, for whoever holds a valid link; a GET of it is a download."""
    try:
        message_id, page_id = signing.read("resource", token)
    except (signing.BadToken, TypeError, ValueError) as error:
        say = str(error) if isinstance(error, signing.BadToken) else "This link is not one of ours."
        return _refuse(request, say, token)
    page = ResourcePage.objects.live().select_related("document").filter(pk=numbers.key(page_id)).first()
    if page is None or page.document is None:
        return _refuse(request, "This resource is no longer offered.", "")
    is_whole = request.method == "GET" and "range" not in request.headers
    if not _may_go(token, page, counts=is_whole and not machines.sign(request.headers.get("User-Agent", ""))):
        return _refuse(request, "This link has given the file as often as it may; ask for a new one.", token)
    document = page.document
    try:
        file = document.file.open("rb")
    except OSError:
        raise Http404("The file of this resource is missing.") from None
    if is_whole:
        _keep(request, token, str(message_id), page)
    answer = FileResponse(file, as_attachment=True, filename=document.filename, content_type=document.content_type)
    answer["X-Content-Type-Options"] = "nosniff"
    answer["X-Robots-Tag"] = "noindex"
    answer["Cache-Control"] = "private, no-store"
    answer["Accept-Ranges"] = "none"
    answer["Referrer-Policy"] = "no-referrer"
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


def _may_go(token: str, page: ResourcePage, *, counts: bool) -> bool:
    """Whether a link still gives the file; what counts is noted in the same statement, so that two clicks count two."""
    if not page.most_downloads:
        return True
    given = {"digest": hashlib.sha256(token.encode()).hexdigest(), "most": page.most_downloads}
    if not counts:
        return bool(database.value(SQL["may_go"], **given))
    return database.value(SQL["count"], page=page.pk, now=clock.now(), **given) is not None


def _keep(request: HttpRequest, token: str, form_message: str, page: ResourcePage) -> None:
    now = clock.now()
    digest = hashlib.sha256(f"{token} {now:%Y-%m-%d}".encode()).hexdigest()
    silent = request.headers.get("Sec-GPC") == "1"
    visitor = "" if silent else request.COOKIES.get(VISITOR_COOKIE, "")[:90]
    contact = offers.contact_of(form_message)
    # A browser that keeps no cookie goes by the form that gave the link, as `collector.form` has named it there.
    by_form = "" if contact else f"form {form_message}"[:90]
    payload = {
        "anonymousId": visitor or by_form,
        "form_message": form_message,
        "contact": str(contact) if contact else "",
        "page": page.pk,
        "title": page.title,
        "lw": {"language": request.headers.get("Accept-Language", "")[:100]},
    }
    database.execute(
        SQL["keep"],
        now=now,
        message_id=f"resource-{digest[:48]}",
        address=addresses.caller(request.META.get("REMOTE_ADDR", ""), request.headers.get("X-Forwarded-For", "")),
        user_agent=request.headers.get("User-Agent", "")[:LONGEST_AGENT],
        payload=json.dumps(payload),
    )
    jobs.wake("hits")


def _refuse(request: HttpRequest, say: str, token: str) -> HttpResponse:
    """A kind page; a link that was ours offers a new one, sent to the address that we know."""
    answer = render(request, "capture/gone.html", {"say": say, "token": token[:1000]}, status=404)
    answer["Cache-Control"] = "private, no-store"
    answer["Referrer-Policy"] = "no-referrer"
    return answer


def forget() -> int:
    """Forget how often links gave their files, long after they ran out; answers how many."""
    return database.execute(SQL["forget"], before=clock.now() - KEPT_FOR)
