"""New links to resources: whoever's link has run out gets another by mail, at the address that we know.

Promise: the page says the same to everybody, so that nobody learns who is known here. A mail goes only to a contact who
was given that resource before, and once in ten minutes; it is queued where the fact is followed, so a kill sends none
twice.
"""

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from leadwright.attract import offers
from leadwright.attract.pages import ResourcePage
from leadwright.capture import activities
from leadwright.capture.activities import LIVE, WITHIN, Fact, Span, follow
from leadwright.engage import emails, messages
from leadwright.kit import clock, database, numbers, signing, sql
from leadwright.profile import rules

SQL = sql.load("handouts")
AGAIN_AFTER = timedelta(minutes=10)


@csrf_exempt  # it does nothing for whoever sends it: the link goes to the address, not to the browser
@never_cache
@require_POST
def again(request: HttpRequest) -> HttpResponse:
    """Ask for a new link; the answer is the same whether the address is known or not."""
    page_id = _page_of(request.POST.get("token", "")[:2_000])
    address = request.POST.get("email", "")[:254]
    if page_id is not None:
        _ask(address, page_id)
    answer = render(request, "engage/link_again.html", {"address": address})
    answer["Referrer-Policy"] = "no-referrer"
    return answer


def _page_of(token: str) -> int | None:
    """The page of a link that was ours, also of one that has run out."""
    try:
        _, page_id = signing.read("resource", token, even_expired=True)
    except (signing.BadToken, TypeError, ValueError):
        return None
    return numbers.key(page_id)


def _ask(address: str, page_id: int) -> None:
    try:
        key = rules.normalise_email(address).key
    except rules.BadAddress:
        return
    now = clock.now()
    with database.atomic():
        row = database.row(SQL["known"], key=key, page=str(page_id), since=now - AGAIN_AFTER)
        page = ResourcePage.objects.live().filter(pk=page_id).first() if row else None
        if row is None or page is None:
            return
        fact = Fact(
            at=now,
            subject_id=row.uid,
            kind="resource_requested",
            name=page.title,
            object_kind="page",
            object_id=str(page_id),
        )
        activities.record([fact])


def send(span: Span) -> None:
    """Queue a mail with a fresh link for each wish in a span of the log; once per wish."""
    wanted = database.rows(SQL["wanted"].format(within=WITHIN, live=LIVE), **span.parameters)
    if not wanted:
        return
    days = dict(ResourcePage.objects.filter(pk__in=[int(row.page) for row in wanted]).values_list("pk", "open_days"))
    messages.queue(
        emails.fresh_link(),
        [(row.contact_id, f"resource:{row.id}") for row in wanted],
        each={
            f"resource:{row.id}": {
                "resource_title": row.title,
                "resource_days": days.get(int(row.page), offers.VALID_FOR.days),
                "resource_url": offers.address(row.uid, int(row.page), days.get(int(row.page), offers.VALID_FOR.days)),
            }
            for row in wanted
        },
    )


def follow_up() -> None:
    """Answer every wish that has come since the last time."""
    follow("engage.handouts", send)
