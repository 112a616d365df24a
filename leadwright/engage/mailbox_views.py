"""The mailbox's page and its JSON, open only while the product listens on loopback."""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from leadwright.engage import mailbox, previews
from leadwright.engage.models import MailboxMessage
from leadwright.kit import clock, numbers
from leadwright.workspace import keys

PAGE_SIZE = 50
MOST = 1_000
View = Callable[..., HttpResponseBase]


def may_read(request: HttpRequest) -> bool:
    """Anyone at this machine while the product is for it alone; else administrators and their keys that may read."""
    return keys.may_look_inside(request)


def guarded(*, as_json: bool) -> Callable[[View], View]:
    """Let only those in who may read the mailbox."""

    def decorate(view: View) -> View:
        @wraps(view)
        @require_safe
        def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if may_read(request):
                return view(request, *args, **kwargs)
            if as_json:
                say = "Send a key that may read as 'Authorization: Bearer …', or sign in as an administrator."
                return JsonResponse({"status": 401, "title": "Unauthorized", "detail": say}, status=401)
            if request.user.is_authenticated:
                return HttpResponse("Only administrators read the mailbox here.", status=403, content_type="text/plain")
            return redirect_to_login(request.get_full_path(), settings.LOGIN_URL)

        return cast(View, checked)

    return decorate


def found(request: HttpRequest) -> QuerySet[MailboxMessage]:
    """The mails that the query asks for, newest first; `to` is a recipient's address or its beginning."""
    mails = MailboxMessage.objects.order_by("-id")
    if wanted := request.GET.get("to", "").strip().lower():
        mails = mails.filter(rcpt_to__contains=[wanted]) if "@" in wanted else mails.filter(rcpt_to__icontains=wanted)
    after = request.GET.get("after", "")
    if (number := numbers.whole(after)) is not None:
        return mails.filter(pk__gt=number)
    moment = clock.read(after.replace(" ", "+"))
    return mails.filter(received_at__gt=moment) if moment else mails


def summary(mail: MailboxMessage) -> dict[str, Any]:
    """A mail as a line of the list."""
    return {
        "id": mail.pk,
        "from": str(mailbox.parse(mailbox.head(bytes(mail.raw))).get("From", mail.mail_from)),
        "to": mail.rcpt_to,
        "subject": mail.subject,
        "received_at": mail.received_at,
    }


def limit(request: HttpRequest) -> int:
    """How many the query asks for, within reason."""
    asked = numbers.whole(request.GET.get("limit"))
    return 100 if asked is None else max(1, min(MOST, asked))


@guarded(as_json=True)
def messages(request: HttpRequest) -> HttpResponse:
    """The list as JSON, newest first."""
    return JsonResponse([summary(mail) for mail in found(request)[: limit(request)]], safe=False)


@guarded(as_json=True)
def message(request: HttpRequest, mail_id: int) -> HttpResponse:
    """One mail as JSON, taken apart."""
    mail = get_object_or_404(MailboxMessage, pk=mail_id)
    return JsonResponse(summary(mail) | mailbox.parts(bytes(mail.raw)))


@guarded(as_json=True)
def raw(request: HttpRequest, mail_id: int) -> HttpResponse:
    """One mail as it came over the wire."""
    mail = get_object_or_404(MailboxMessage, pk=mail_id)
    answer = HttpResponse(bytes(mail.raw), content_type="text/plain; charset=utf-8")
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


@guarded(as_json=False)
def page(request: HttpRequest, mail_id: int | None = None) -> HttpResponse:
    """The mails on the left, the chosen one on the right."""
    mails = list(found(request).defer("raw")[:PAGE_SIZE])
    chosen = get_object_or_404(MailboxMessage, pk=mail_id) if mail_id else None
    show = request.GET.get("show", "html")
    parts = mailbox.parts(bytes(chosen.raw)) if chosen else {}
    if chosen and show == "html" and not parts["html"]:
        show = "text"
    context: dict[str, Any] = {
        "mails": mails,
        "chosen": chosen,
        "parts": parts,
        "show": show if show in ("html", "text", "headers") else "html",
        "to": request.GET.get("to", ""),
        "is_list": request.headers.get("HX-Target") == "mails",
        "narrow": request.GET.get("width") == "phone",
    }
    return render(request, "engage/_mailbox_list.html" if context["is_list"] else "engage/mailbox.html", context)


@guarded(as_json=False)
def html(request: HttpRequest, mail_id: int) -> HttpResponse:
    """A mail's HTML, fenced in: nothing in it can run or reach us."""
    mail = get_object_or_404(MailboxMessage, pk=mail_id)
    content = mailbox.parts(bytes(mail.raw))["html"]
    return previews.fenced(content.replace("<head>", '<head><base target="_blank">', 1), "html")
