"""Messages, emails and broadcasts over the API."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Router, Schema, Status
from ninja.errors import HttpError

from leadwright.engage import broadcasts, emails
from leadwright.engage.models import Broadcast, Email, Message
from leadwright.profile.models import Contact
from leadwright.workspace import keys

router = Router(tags=["Mail"])
MOST = 1_000


def page(request: HttpRequest, rows: Any, limit: int, after: int | None, show: Any) -> dict[str, Any]:
    """One page by key, newest first; `next` is the URL of the page behind it, or null."""
    limit = max(1, min(MOST, limit))
    found = list((rows.filter(pk__lt=after) if after else rows).order_by("-pk")[: limit + 1])
    following = None
    if len(found) > limit:
        query = request.GET.dict() | {"before": str(found[limit - 1].pk)}
        following = f"{request.build_absolute_uri(request.path)}?{urlencode(query)}"
    return {"items": [show(row) for row in found[:limit]], "next": following}


def message_shown(message: Message) -> dict[str, Any]:
    """A message as the API says it."""
    return {
        "id": message.pk,
        "contact_id": message.contact_id,
        "email_id": message.version.email_id,
        "version": message.version.number,
        "subject": message.version.subject,
        "address": message.address,
        "cause": message.cause,
        "campaign_id": message.campaign_id,
        "state": message.state,
        "held_reason": message.held_reason or None,
        "queued_at": message.queued_at,
        "due_at": message.due_at,
        "sent_at": message.sent_at,
        "attempts": message.attempts,
        "answer": message.answer,
    }


def _seen(request: HttpRequest) -> Any:
    contacts = keys.seen_by(request, Contact.objects.order_by())
    return Message.objects.select_related("version").filter(contact__in=contacts)


@router.get("/messages", summary="Messages, newest first")
@keys.scope("read", "engage.view_message")
def list_messages(
    request: HttpRequest,
    contact: int | None = None,
    email: int | None = None,
    state: str | None = None,
    cause: str | None = None,
    limit: int = 100,
    before: int | None = None,
) -> dict[str, Any]:
    """Every message is a row, those held back included, with the reason."""
    rows = _seen(request)
    wanted = {"contact_id": contact, "version__email_id": email, "state": state, "cause": cause}
    rows = rows.filter(**{name: value for name, value in wanted.items() if value is not None})
    return page(request, rows, limit, before, message_shown)


@router.get("/messages/{message_id}", summary="One message")
@keys.scope("read", "engage.view_message")
def read_message(request: HttpRequest, message_id: int) -> dict[str, Any]:
    """Where it stands, and the relay's last words."""
    return message_shown(get_object_or_404(_seen(request), pk=message_id))


def email_shown(email: Email) -> dict[str, Any]:
    """An email as the API says it."""
    version = emails.latest(email)
    return {
        "id": email.pk,
        "name": email.name,
        "subject": email.subject,
        "preheader": email.preheader,
        "purpose": email.purpose_id,
        "persona_id": email.persona_id,
        "buying_stage": email.buying_stage or None,
        "version": version.number if version else None,
        "created_at": email.created_at,
    }


@router.get("/emails", summary="Emails, newest first")
@keys.scope("read", "engage.view_email")
def list_emails(request: HttpRequest, limit: int = 100, before: int | None = None) -> dict[str, Any]:
    """All emails; `version` is the one that is sent now, null before it is published."""
    return page(request, Email.objects.all(), limit, before, email_shown)


@router.get("/emails/{email_id}", summary="One email with its content as it is sent")
@keys.scope("read", "engage.view_email")
def read_email(request: HttpRequest, email_id: int) -> dict[str, Any]:
    """With the HTML and the text of the current version."""
    email = get_object_or_404(Email, pk=email_id)
    version = emails.latest(email)
    return email_shown(email) | {"html": version.html if version else None, "text": version.text if version else None}


class NewBroadcast(Schema):
    """A broadcast that is to be made; `start` sends it, at `send_at` or now."""

    name: str
    email: int
    segment: int
    campaign: int | None = None
    send_at: datetime | None = None
    start: bool = False


def broadcast_shown(broadcast: Broadcast) -> dict[str, Any]:
    """A broadcast as the API says it."""
    return {
        "id": broadcast.pk,
        "name": broadcast.name,
        "email_id": broadcast.email_id,
        "segment_id": broadcast.segment_id,
        "campaign_id": broadcast.campaign_id,
        "state": broadcast.state,
        "send_at": broadcast.send_at,
        "created_at": broadcast.created_at,
        "finished_at": broadcast.finished_at,
    }


@router.get("/broadcasts", summary="Broadcasts, newest first")
@keys.scope("read", "engage.view_broadcast")
def list_broadcasts(request: HttpRequest, limit: int = 100, before: int | None = None) -> dict[str, Any]:
    """All broadcasts."""
    return page(request, Broadcast.objects.all(), limit, before, broadcast_shown)


@router.get("/broadcasts/{broadcast_id}", summary="One broadcast with its report")
@keys.scope("read", "engage.view_broadcast")
def read_broadcast(request: HttpRequest, broadcast_id: int) -> dict[str, Any]:
    """With counts by state, reasons, and what came back from people and from machines."""
    broadcast = get_object_or_404(Broadcast, pk=broadcast_id)
    report = broadcasts.report(broadcast)
    back = {name: vars(getattr(report, name)) for name in ("opened", "clicked", "unsubscribed")}
    counts = {"sent": report.sent, "waiting": report.waiting, "unsure": report.unsure, "held": dict(report.held)}
    return broadcast_shown(broadcast) | {"report": counts | back}


@router.post("/broadcasts", summary="Make a broadcast, and send it if asked", response={201: dict[str, Any]})
@keys.scope("write", "engage.add_broadcast")
def make_broadcast(request: HttpRequest, wanted: NewBroadcast) -> Status[dict[str, Any]]:
    """A draft, or one that leaves."""
    broadcast = Broadcast(
        name=wanted.name,
        email_id=wanted.email,
        segment_id=wanted.segment,
        campaign_id=wanted.campaign,
        send_at=wanted.send_at,
    )
    broadcast.full_clean(exclude=["created_by", "finished_at"])
    broadcast.save()
    if wanted.start:
        try:
            broadcasts.start(broadcast, wanted.send_at)
        except broadcasts.NotReady as error:
            raise HttpError(409, str(error)) from None
    return Status(201, broadcast_shown(broadcast))
