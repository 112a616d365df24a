"""Files that people sent with forms: seen by whoever may see the contact, and gone with the contact."""

import uuid
from collections.abc import Sequence
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from leadwright.capture.forms import attachments, uploads
from leadwright.capture.models import Upload
from leadwright.kit import database, sql
from leadwright.kit.registries import CONTACT_PANELS, FILES, FileKeeper, Panel
from leadwright.profile.models import Contact, Identity
from leadwright.workspace import audit
from leadwright.workspace.access import allowed, user_of

SQL = sql.load("uploads")


@require_safe
@allowed("profile.view_contact")
def fetch(request: HttpRequest, upload_id: uuid.UUID) -> HttpResponseBase:
    """A file that a contact sent, for whoever may see the contact."""
    upload = get_object_or_404(Upload, pk=upload_id)
    sender = upload.subject_id
    owner = Identity.objects.filter(subject_id=sender).values_list("contact_id", flat=True).first() if sender else None
    if owner is None or not Contact.objects.visible_to(user_of(request)).filter(pk=owner).exists():
        raise Http404("There is no such file.")
    audit.note(request, "downloaded", "contact", owner, file=upload.name, form=upload.form_code)
    return attachments.handed_over(upload)


@require_safe
@allowed("profile.view_contact")
def panel(request: HttpRequest, contact_id: int) -> HttpResponse:
    """The files that a contact has sent, newest first."""
    found = get_object_or_404(Contact.objects.visible_to(user_of(request)), pk=contact_id)
    sent = Upload.objects.filter(subject_id__in=found.identities.values("subject_id")).order_by("-received_at")[:50]
    return render(request, "profile/_files.html", {"files": sent})


def _of(contact_ids: Sequence[int]) -> list[Any]:
    return database.rows(SQL["of_contacts"], contacts=list(contact_ids))


def _erase_files(contact_ids: Sequence[int]) -> int:
    found = _of(contact_ids)
    uploads.remove_all([row.id for row in found])
    return len(found)


def _export_files(contact_id: int) -> list[dict[str, Any]]:
    return [
        {"file": row.name, "size_bytes": row.size, "form": row.form_code, "received_at": row.received_at}
        for row in _of([contact_id])
    ]


def register() -> None:
    """Announce the panel and the files."""
    FILES.add("uploads", FileKeeper("files that came with forms", _erase_files, _export_files))
    CONTACT_PANELS.add("files", Panel("Files", "contact_files", "right", "profile.view_contact"), order=80)
