"""Journeys over the API: what there is, who is on the way, and letting contacts or a segment in."""

from typing import Any
from uuid import uuid4

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Field, Router, Schema
from ninja.errors import HttpError

from leadwright.kit import database
from leadwright.nurture import enrollments, maps
from leadwright.nurture.models import Journey
from leadwright.profile.models import Contact
from leadwright.qualify.models import Segment
from leadwright.workspace import keys

router = Router(tags=["Journeys"])


class Enroll(Schema):
    """Whom to let in: contacts by id (at most 1,000), or a whole segment."""

    contacts: list[int] = Field(default_factory=list)
    segment: int | None = None
    why: str = ""


def _document(journey: Journey, counts: dict[str, int]) -> dict[str, Any]:
    current = journey.versions.filter(is_current=True).first()
    return {
        "id": journey.pk,
        "name": journey.name,
        "description": journey.description,
        "is_active": journey.is_active,
        "version": current.number if current else None,
        "trigger": current.trigger if current else None,
        "people": counts,
    }


def _counts(journeys: list[Journey]) -> dict[int, dict[str, int]]:
    found: dict[int, dict[str, int]] = {}
    for row in database.rows(maps.SQL["journeys"], journeys=[journey.pk for journey in journeys]):
        found.setdefault(row.journey_id, {})[row.state] = row.count
    return found


@router.get("/journeys", summary="All journeys, with the people on them")
@keys.scope("read", "nurture.view_journey")
def index(request: HttpRequest, after: int = 0, limit: int = 100) -> dict[str, Any]:
    """In the order of their ids, `limit` (at most 500) at a time."""
    size = max(1, min(limit, 500))
    found = list(Journey.objects.filter(pk__gt=after).order_by("pk")[: size + 1])
    counts = _counts(found)
    following = f"/api/v1/journeys?after={found[size - 1].pk}&limit={size}" if len(found) > size else None
    return {"items": [_document(each, counts.get(each.pk, {})) for each in found[:size]], "next": following}


@router.get("/journeys/{journey_id}", summary="One journey with the steps of its current version")
@keys.scope("read", "nurture.view_journey")
def detail(request: HttpRequest, journey_id: int) -> dict[str, Any]:
    """With each step's kind, words and settings."""
    journey = get_object_or_404(Journey, pk=journey_id)
    current = journey.versions.filter(is_current=True).first()
    fields = ("number", "kind", "label", "settings")
    steps = list(current.steps.order_by("number").values(*fields)) if current else []
    return _document(journey, _counts([journey]).get(journey.pk, {})) | {"steps": steps}


@router.post("/journeys/{journey_id}/enroll", summary="Let contacts or a segment in")
@keys.scope("write", "nurture.change_journey")
def enroll(request: HttpRequest, journey_id: int, asked: Enroll) -> dict[str, Any]:
    """Who is inside already, or whom the re-entry rule keeps out, stays out.

    Contacts enter at once (`enrolled` says how many); a segment enters in the background (`admission`). With an
    `Idempotency-Key` the same call is done once.
    """
    journey = get_object_or_404(Journey, pk=journey_id)
    actor = f"API key {request.auth.name}"  # type: ignore[attr-defined]
    token = request.headers.get("Idempotency-Key", "")[:60] or uuid4().hex
    if (asked.segment is None) == (not asked.contacts):
        raise HttpError(422, "Give either contacts (a list of ids) or a segment (its id).")
    if asked.segment is not None:
        segment = get_object_or_404(Segment, pk=asked.segment)
        admission = enrollments.admit(journey, segment, token=token, actor=actor)
        return {"admission": admission.pk, "enrolled": admission.enrolled}
    if len(asked.contacts) > 1000:
        raise HttpError(422, "At most 1,000 contacts a call; send the rest in further calls, or use a segment.")
    seen = keys.seen_by(request, Contact.objects.all()).filter(pk__in=asked.contacts).values_list("pk", flat=True)
    known = list(seen) if keys.maker(request) else asked.contacts
    count = enrollments.enroll(journey, known, cause=f"api:{token}", why=asked.why or f"let in by {actor}")
    return {"admission": None, "enrolled": count}
