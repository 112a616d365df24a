"""Imports over the API: where each stands, what it did, and the rows that it refused."""

from datetime import datetime
from typing import Annotated, Any, cast
from urllib.parse import urlencode

from django.http import HttpRequest, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from ninja import Query, Router, Schema
from ninja.errors import HttpError
from pydantic import Field

from leadwright.capture.imports import rejects
from leadwright.capture.models import Import, SavedMapping
from leadwright.workspace import keys
from leadwright.workspace.models import ApiKey

router = Router(tags=["Imports"])


class Asked(Schema):
    """Which imports: of a kind, in a state."""

    kind: str = ""
    state: str = ""
    after: Annotated[int | None, Field(description="From `next`: the last one seen")] = None
    limit: Annotated[int, Field(ge=1, le=500)] = 100


class ImportOut(Schema):
    """An import: how far it is, what it did, and where the rows are that it refused."""

    id: int
    kind: str
    file_name: str
    state: str
    rows: int
    done_rows: int
    created: int
    updated: int
    unchanged: int
    rejected: int
    warned: int
    statements: dict[str, dict[str, int]]
    rejects: str | None
    error: str
    undone: dict[str, int] | None
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None


@router.get("/imports", summary="Imports, latest first")
@keys.scope("read")
def list_imports(request: HttpRequest, asked: Query[Asked]) -> dict[str, Any]:
    """Files that were brought in, each with its state and counts."""
    given = {"kind": asked.kind, "state": asked.state, "pk__lt": asked.after}
    found = list(
        _rows(request)
        .filter(**{name: value for name, value in given.items() if value})
        .order_by("-pk")[: asked.limit + 1]
    )
    items, following = found[: asked.limit], None
    if len(found) > asked.limit:
        names = {name: value for name, value in request.GET.items() if name != "after"} | {"after": items[-1].pk}
        following = request.build_absolute_uri(f"{request.path}?{urlencode(names)}")
    return {"items": [_out(request, each) for each in items], "next": following}


class SavedMappingOut(Schema):
    """A mapping that somebody has named: for which kind, which columns it knows, and what it says of them."""

    id: int
    name: str
    kind: str
    columns: list[str]
    mapping: dict[str, Any]
    user: str | None
    used_at: datetime


@router.get("/imports/mappings", response=dict[str, Any], summary="Saved mappings")
@keys.scope("read")
def list_mappings(request: HttpRequest, kind: str = "") -> dict[str, Any]:
    """The mappings that were kept under a name, by name; with `kind` those for contacts or leads."""
    _guard(request)
    found = SavedMapping.objects.exclude(name="").select_related("user").order_by("name", "pk")
    if kind:
        found = found.filter(kind=kind)
    return {"items": [_saved(each) for each in found], "next": None}


def _saved(found: SavedMapping) -> dict[str, Any]:
    plain = {name: getattr(found, name) for name in SavedMappingOut.model_fields if name != "user"}
    return plain | {"user": found.user.email if found.user else None}


@router.get("/imports/{import_id}", response=ImportOut, summary="An import")
@keys.scope("read")
def get_import(request: HttpRequest, import_id: int) -> dict[str, Any]:
    """Its state, how far it is, its counts, and in `rejects` the address of the rows that it refused."""
    return _out(request, get_object_or_404(_rows(request), pk=import_id))


@router.get("/imports/{import_id}/rejects.csv", summary="The rows that an import refused", url_name="import_rejects")
@keys.scope("read")
def get_rejects(request: HttpRequest, import_id: int) -> StreamingHttpResponse:
    """CSV: the row's number, the reason, and the cells as the file had them."""
    imported = get_object_or_404(_rows(request), pk=import_id)
    return StreamingHttpResponse(rejects.as_csv(imported), content_type="text/csv; charset=utf-8")


def _rows(request: HttpRequest) -> Any:
    """All imports, for keys of those who may look at imports on the screen as well."""
    _guard(request)
    return Import.objects.defer("mapping")


def _guard(request: HttpRequest) -> None:
    user = cast(ApiKey, request.auth).created_by  # type: ignore[attr-defined]
    if user and not user.has_perm("capture.view_import"):
        raise HttpError(403, "Whoever made this key may not look at imports; use a key of somebody who may.")


def _out(request: HttpRequest, imported: Import) -> dict[str, Any]:
    plain = {name: getattr(imported, name) for name in ImportOut.model_fields if name not in ("rejects", "undone")}
    where = reverse("api:import_rejects", args=[imported.pk]) if imported.rejected else None
    report, parts = imported.report, ("deleted", "restored", "conflicts", "taken_back")
    return plain | {
        "rejects": where and request.build_absolute_uri(where),
        "undone": {name: report.get(name, 0) for name in parts} if report else None,
    }
