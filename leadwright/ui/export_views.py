"""The files that somebody exported: what is being written, what is ready, and the way to it."""

from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header, url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from leadwright.ui import exports
from leadwright.ui.models import Export
from leadwright.workspace import audit
from leadwright.workspace.access import allowed, user_of

SHOWN = 50


def _mine(request: HttpRequest, export_id: int) -> Export:
    return get_object_or_404(Export, pk=export_id, user=user_of(request))


@require_GET
@allowed()
def index(request: HttpRequest) -> HttpResponseBase:
    """Your own files, latest first; the piece that moves while one is being written is asked for alone."""
    found = list(Export.objects.filter(user=user_of(request)).order_by("-pk")[:SHOWN])
    for each in found:
        each.link = exports.link_to(each) if each.state == Export.State.DONE else ""  # type: ignore[attr-defined]
        each.percent = round(100 * min(each.done, each.total) / each.total) if each.total else 0  # type: ignore[attr-defined]
    is_busy = any(each.state in (Export.State.WAITING, Export.State.RUNNING) for each in found)
    part = request.headers.get("HX-Target") == "lw-exports"
    if not is_busy:
        request.session.pop("exports_waiting", None)
        Export.objects.filter(user=user_of(request), state=Export.State.DONE, is_told=False).update(is_told=True)
    context: dict[str, Any] = {"exports": found, "is_busy": is_busy, "days": exports.KEPT.days}
    if not part:
        context["offers"] = exports.offers(user_of(request))
    return render(request, "ui/_exports.html" if part else "ui/exports.html", context)


@require_POST
@allowed()
def ask(request: HttpRequest) -> HttpResponseBase:
    """Let a file be written of what a page shows, and go back to that page; the line on top says when it is ready."""
    given = request.POST
    back = given.get("back", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        back = reverse("exports")
    try:
        exports.ask(
            request,
            user_of(request),
            given.get("list", ""),
            given.get("form", ""),
            query=given.get("query", "")[:2000],
        )
    except exports.CannotExport as error:
        messages.error(request, str(error))
        return redirect(back)
    request.session["exports_waiting"] = True
    return redirect(back)


@require_GET
@allowed()
def notice(request: HttpRequest) -> HttpResponseBase:
    """The line on every screen that says how far a file is, and that it is ready."""
    mine = Export.objects.filter(user=user_of(request)).order_by("-pk")
    busy = mine.filter(state__in=(Export.State.WAITING, Export.State.RUNNING)).first()
    ready = mine.filter(state__in=(Export.State.DONE, Export.State.FAILED), is_told=False).first()
    if busy is None and ready is None:
        request.session.pop("exports_waiting", None)
        return HttpResponse("")
    if busy is None and ready is not None:
        request.session.pop("exports_waiting", None)
        mine.filter(is_told=False).exclude(state=Export.State.WAITING).update(is_told=True)
    link = exports.link_to(ready) if ready and ready.state == Export.State.DONE else ""
    return render(request, "ui/_export_notice.html", {"busy": busy, "ready": None if busy else ready, "link": link})


@require_GET
@allowed()
def file(request: HttpRequest, export_id: int) -> HttpResponseBase:
    """The file itself, to the one who asked for it, by a signed link that expires."""
    export = _mine(request, export_id)
    if not exports.is_signed(export, request.GET.get("token", "")):
        raise Http404
    try:
        path = exports.path_of(export)
    except exports.CannotExport as error:
        messages.error(request, str(error))
        return redirect("exports")
    audit.note(request, "downloaded", "export", export.pk, list=export.list_name, rows=export.done)
    return send(export, path.open("rb"))


def send(export: Export, opened: object) -> FileResponse:
    """A file as an attachment that no browser tries to show."""
    answer = FileResponse(opened, content_type=exports.TYPES[export.form])
    answer["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=exports.name_of(export))
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "private, no-store"
    return answer


@require_POST
@allowed()
def drop(request: HttpRequest, export_id: int) -> HttpResponseBase:
    """Remove a file before it expires."""
    exports.drop(_mine(request, export_id))
    return redirect("exports")
