"""Activities over the API."""

import json
import uuid
from datetime import datetime
from typing import Annotated, Any, cast
from urllib.parse import urlencode

from django.http import HttpRequest
from ninja import Query, Router, Schema
from ninja.errors import HttpError
from pydantic import Field

from leadwright.capture import verdicts
from leadwright.capture.judging import refusals
from leadwright.capture.models import Activity, Refusal
from leadwright.kit import database, numbers, sql
from leadwright.workspace import keys
from leadwright.workspace.models import ApiKey, Role, Workspace

SQL = sql.load("api")
router = Router(tags=["Activities"])


class Asked(Schema):
    """Which activities: of a kind, of a name (a tracked event's own), of a contact (id, uid or address), in a time."""

    kind: str = ""
    name: str = ""
    contact: str = ""
    object: Annotated[str, Field(description="kind/id, such as form/demo")] = ""
    since: datetime | None = None
    until: datetime | None = None
    human: Annotated[bool | None, Field(description="true: only what a person did, as far as we can tell")] = None
    after: Annotated[
        uuid.UUID | datetime | None, Field(description="From `next`: the last one seen. A moment: only what is later")
    ] = None
    limit: Annotated[int, Field(ge=1, le=1_000)] = 100


@router.get("/activities", summary="What happened, newest first")
@keys.scope("read", "profile.view_contact")
def list_activities(request: HttpRequest, asked: Query[Asked]) -> dict[str, Any]:
    """Accepted facts about visitors and contacts, newest first, a page at a time."""
    where, parameters = _where(request, asked)
    rows = database.rows(SQL["list"].replace("/*where*/", " AND ".join(where)), limit=asked.limit + 1, **parameters)
    documents = [_document(row) for row in rows[: asked.limit]]
    following = None
    if len(rows) > asked.limit:
        names = {name: value for name, value in request.GET.items() if name != "after"}
        names["after"] = str(rows[asked.limit - 1].id)
        following = request.build_absolute_uri(f"{request.path}?{urlencode(names)}")
    return {"items": documents, "next": following}


class Word(Schema):
    """Who did it: true a person, false a machine, null takes the word back."""

    is_person: bool | None


@router.post("/activities/{activity_id}/verdict", summary="Say who did it: a person or a machine")
@keys.scope("write", "capture.change_verdict")
def say_who(request: HttpRequest, activity_id: uuid.UUID, word: Word) -> dict[str, Any]:
    """Mark a mistake of ours. Scores, segments and journeys follow; it stands in the trail, and null takes it back."""
    if not Activity.objects.filter(pk=activity_id).exists():
        raise HttpError(404, "There is no such activity.")
    verdicts.mark([activity_id], is_person=word.is_person, by=request)
    row = database.row(SQL["human"], id=activity_id)
    return {"id": str(activity_id), "human": row.human, "reasons": json.loads(row.reasons)}


class AskedRefused(Schema):
    """Which refusals: for a reason, and on from the last one seen."""

    reason: str = ""
    after: Annotated[int | None, Field(description="From `next`: the last one seen")] = None
    limit: Annotated[int, Field(ge=1, le=1_000)] = 100


@router.get("/refusals", summary="Hits that were not taken, and why")
@keys.scope("read", "capture.view_refusal")
def list_refusals(request: HttpRequest, asked: Query[AskedRefused]) -> dict[str, Any]:
    """What was refused, latest first, with its reason in words, and how many in the last 30 days by reason."""
    found = Refusal.objects.order_by("-pk")
    if asked.reason:
        found = found.filter(reason=asked.reason)
    if asked.after:
        found = found.filter(pk__lt=asked.after)
    rows = list(found[: asked.limit + 1])
    names = {name: value for name, value in request.GET.items() if name != "after"}
    page = rows[: asked.limit]
    last = str(page[-1].pk) if page else ""
    following = request.build_absolute_uri(f"{request.path}?{urlencode(names | {'after': last})}")
    return {
        "items": [
            {
                "hit": row.hit_id,
                "reason": row.reason,
                "say": refusals.REASONS[row.reason].because if row.reason in refusals.REASONS else "",
                "detail": row.detail,
                "received_at": row.received_at,
                "judged_again_at": row.again_at,
            }
            for row in page
        ],
        "counts": {reason: sum(days.values()) for reason, days in refusals.counts(30).items()},
        "next": following if len(rows) > asked.limit else None,
    }


@router.post("/refusals/{hit_id}/again", summary="Have a refused hit judged again")
@keys.scope("admin", "workspace.change_workspace")
def judge_again(request: HttpRequest, hit_id: int) -> dict[str, Any]:
    """Put a refused hit behind those that wait, once; only where its reason allows it and the hit is still kept."""
    return {"judged_again": refusals.judge_again([hit_id], request)}


def _where(request: HttpRequest, asked: Asked) -> tuple[list[str], dict[str, Any]]:
    where, parameters = ["true"], cast(dict[str, Any], {})
    for name in ("kind", "name"):
        if value := getattr(asked, name):
            where.append(f"a.{name} = %({name})s")
            parameters[name] = value
    if asked.object:
        kind, _, key = asked.object.partition("/")
        where.append("a.object_kind = %(object_kind)s AND (%(object_id)s = '' OR a.object_id = %(object_id)s)")
        parameters |= {"object_kind": kind, "object_id": key}
    if asked.contact:
        where.append("a.subject_id IN (SELECT subject_id FROM profile_identity WHERE contact_id = %(contact)s)")
        parameters["contact"] = _contact(asked.contact)
    if asked.since:
        where.append("a.at >= %(since)s")
        parameters["since"] = asked.since
    if asked.until:
        where.append("a.at < %(until)s")
        parameters["until"] = asked.until
    if asked.human is not None:
        where.append("a.human >= 0.5" if asked.human else "a.human < 0.5")
    if asked.after:
        where.append("a.at > %(after)s" if isinstance(asked.after, datetime) else "a.id < %(after)s")
        parameters["after"] = asked.after
    user = cast(ApiKey, request.auth).created_by  # type: ignore[attr-defined]
    if user and user.role == Role.REP and not Workspace.objects.filter(reps_see_all=True).exists():
        where.append("(c.id IS NULL OR c.owner_id IS NULL OR c.owner_id = %(user)s)")
        parameters["user"] = user.pk
    return where, parameters


def _contact(text: str) -> int:
    """The contact that is meant: by id, by uid, by external id or by address; -1 where there is none."""
    found = database.value(SQL["contact"], text=text.strip(), number=numbers.whole(text) or -1)
    return cast(int, found) if found is not None else -1


def _document(row: Any) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "at": row.at,
        "kind": row.kind,
        "name": row.name,
        "object": {"kind": row.object_kind, "id": row.object_id} if row.object_kind else None,
        "contact": {"id": row.contact_id, "uid": str(row.uid), "email": row.email} if row.contact_id else None,
        "subject": str(row.subject_id),
        "channel": row.channel,
        "campaign_id": row.campaign_id,
        "session": str(row.session_id) if row.session_id else None,
        "human": round(row.human, 3) if row.human is not None else None,
        "reasons": json.loads(row.reasons),
        "properties": json.loads(row.properties),
    }
