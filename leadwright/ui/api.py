"""Exports over the API: ask for a file of a list's rows, see how far it is, get it."""

from datetime import datetime
from typing import Annotated, Any

from django.http import FileResponse, HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse
from ninja import Router, Schema, Status
from ninja.errors import HttpError
from pydantic import Field

from leadwright.ui import export_views, exports
from leadwright.ui.models import Export
from leadwright.workspace import keys
from leadwright.workspace.models import User

router = Router(tags=["Exports"])


class ExportIn(Schema):
    """What is to be exported."""

    list: Annotated[str, Field(max_length=60, description="Which list: contacts, companies, leads, …")]
    form: Annotated[str, Field(description="csv, xlsx or jsonl")] = "csv"
    query: Annotated[str, Field(max_length=2000, description="Search, filters and order, as in the list's URL")] = ""
    columns: Annotated[tuple[str, ...], Field(max_length=400, description="Keys of columns; none: all of them")] = ()


class ExportOut(Schema):
    """A file on its way."""

    id: int
    list: str
    form: str
    state: str
    rows: int
    of: int
    size: int
    error: str
    file: str | None
    created_at: datetime
    expires_at: datetime | None


def _maker(request: HttpRequest) -> User:
    user = keys.maker(request)
    if user is None:
        raise HttpError(403, "This key has no maker in whose name files could be made. Make a new key and use that.")
    return user


def _out(request: HttpRequest, export: Export) -> dict[str, Any]:
    is_ready = export.state == Export.State.DONE
    return {
        "id": export.pk,
        "list": export.list_name,
        "form": export.form,
        "state": export.state,
        "rows": export.done,
        "of": export.total,
        "size": export.size,
        "error": export.error,
        "file": request.build_absolute_uri(reverse("api:export_file", args=[export.pk])) if is_ready else None,
        "created_at": export.created_at,
        "expires_at": export.expires_at,
    }


@router.post("/exports", response={202: ExportOut}, summary="Export a list's rows as a file")
@keys.scope("read")
def make_export(request: HttpRequest, asked: ExportIn) -> Status[Any]:
    """Begins to write the file in the background and answers at once; look at it again until `state` is done."""
    try:
        made = exports.ask(request, _maker(request), asked.list, asked.form, query=asked.query, columns=asked.columns)
    except exports.CannotExport as error:
        raise HttpError(422, str(error)) from None
    return Status(202, _out(request, made))


@router.get("/exports/{export_id}", response=ExportOut, summary="An export")
@keys.scope("read")
def get_export(request: HttpRequest, export_id: int) -> dict[str, Any]:
    """How far it is and, in `file`, where to get it once it is done. Only those of the key's own maker."""
    return _out(request, get_object_or_404(Export, pk=export_id, user=_maker(request)))


@router.get("/exports/{export_id}/file", summary="The file of an export", url_name="export_file")
@keys.scope("read")
def get_file(request: HttpRequest, export_id: int) -> FileResponse:
    """The file itself, until it expires."""
    export = get_object_or_404(Export, pk=export_id, user=_maker(request))
    try:
        path = exports.path_of(export)
    except exports.CannotExport as error:
        raise HttpError(410, str(error)) from None
    return export_views.send(export, path.open("rb"))
