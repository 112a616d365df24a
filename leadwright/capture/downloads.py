"""Resources leave the house: by the signed link that a form answered with, or a mail carried.

The file itself belongs to attract; here stands only who fetched it, as a hit. A link fetched again on the same day
counts once. A download begins with the first bytes of the file: whoever goes on with one that broke off, or leafs
through it part by part, as viewers of PDF do, makes no other.
"""

import hashlib
import json
from datetime import datetime, timedelta
from typing import TypeVar

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe
from wagtail.documents.models import Document

from leadwright.attract import offers
from leadwright.attract.pages import ResourcePage
from leadwright.capture import machines
from leadwright.kit import addresses, clock, database, jobs, numbers, ranges, signing, sql

SQL = sql.load("downloads")
VISITOR_COOKIE = "lw_vid"
LONGEST_AGENT = 500
KEPT_FOR = timedelta(days=400)  # longer than any link works
PROBE_BYTES = 1_024  # who asks for less wants to know whether parts are to be had
RESUMED_WITHIN = timedelta(days=1)
SEEN_WITHIN = timedelta(minutes=10)
Answered = TypeVar("Answered", bound=HttpResponseBase)


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
    try:
        version = _version(page.document)
        asked = ranges.wanted(request, version)
        begins = request.method == "GET" and (asked is None or is_beginning(asked, version))
        if not _may_go(request, token, page, asked, version, begins=begins):
            return _refuse(request, "This link has given the file as often as it may; ask for a new one.", token)
        file = page.document.file.open("rb")
    except ranges.Unsatisfiable:
        return _guarded(ranges.refusal(version))
    except OSError:
        raise Http404("The file of this resource is missing.") from None
    if begins:
        _keep(request, token, str(message_id), page, is_part=asked is not None)
    document = page.document
    return _guarded(ranges.answer(file, version, asked, document.filename, document.content_type))


def is_beginning(asked: ranges.Part, version: ranges.Version) -> bool:
    """Whether a download begins with this part: it has the first bytes, and is more than a look whether parts are to be
    had at all."""
    return asked.start == 0 and asked.size >= min(PROBE_BYTES, version.size)


def _version(document: Document) -> ranges.Version:
    """The state of a document's file. Raises OSError where it is missing."""
    file = document.file
    modified_at = file.storage.get_modified_time(file.name)
    named = f"{file.name} {file.size} {modified_at.timestamp():.6f}"
    return ranges.Version(file.size, hashlib.sha256(named.encode()).hexdigest()[:32], modified_at)


def _guarded(answer: Answered) -> Answered:
    answer["X-Content-Type-Options"] = "nosniff"
    answer["X-Robots-Tag"] = "noindex"
    answer["Cache-Control"] = "private, no-store"
    answer["Referrer-Policy"] = "no-referrer"
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


def _may_go(
    request: HttpRequest,
    token: str,
    page: ResourcePage,
    asked: ranges.Part | None,
    version: ranges.Version,
    *,
    begins: bool,
) -> bool:
    """Whether a link still gives the file; what counts is noted in the same statement, so that two clicks count two.

    A part belongs to the download that the link gave last, and goes on with it for a day, also where that was the last
    one; all of it at once, asked for as a part, for ten minutes. Else it counts as one more.
    """
    if not page.most_downloads:
        return True
    now, given = clock.now(), {"digest": hashlib.sha256(token.encode()).hexdigest(), "most": page.most_downloads}
    if asked is not None or not begins:
        lasts = SEEN_WITHIN if asked is not None and asked.size == version.size else RESUMED_WITHIN
        if database.value(SQL["goes_on"], digest=given["digest"], since=now - lasts):
            return True
    counts = begins or (asked is not None and asked.start > 0)
    if not counts or machines.sign(request.headers.get("User-Agent", "")):
        return bool(database.value(SQL["may_go"], **given))
    return database.value(SQL["count"], page=page.pk, now=now, **given) is not None


def _name(token: str, at: datetime) -> str:
    digest = hashlib.sha256(f"{token} {at:%Y-%m-%d}".encode()).hexdigest()
    return f"resource-{digest[:48]}"


def _keep(request: HttpRequest, token: str, form_message: str, page: ResourcePage, *, is_part: bool) -> None:
    now = clock.now()
    name = _name(token, now)
    if is_part:
        before = _name(token, now - SEEN_WITHIN)  # a viewer that began before midnight
        if database.value(SQL["is_known"], name=name, before=before, since=now - SEEN_WITHIN):
            return
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
        message_id=name,
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
