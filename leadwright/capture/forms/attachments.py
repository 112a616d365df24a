"""Files that came with forms, as the database knows them: whose they are, and which nobody owns."""

import uuid
from datetime import timedelta

from django.http import FileResponse, Http404, HttpResponseBase

from leadwright.capture import judging
from leadwright.capture.activities import WITHIN, Span, follow
from leadwright.capture.forms import uploads
from leadwright.capture.judging import refusals
from leadwright.capture.models import Upload
from leadwright.kit import clock, database, sql

SQL = sql.load("attachments")
KEPT_FOR = timedelta(days=2)  # longer than anything that is on its way


def follow_up() -> None:
    """Say of every file that has come since the last time whose it is."""
    follow("capture.attachments", own)


def own(span: Span) -> None:
    """The files of a span's submissions belong to whoever sent them."""
    database.execute(SQL["own"].format(within=WITHIN), **span.parameters)


def sweep() -> int:
    """Remove what a kill has left behind: files without a row, and rows whose submission never came to be."""
    before = clock.now() - KEPT_FOR
    position = database.row(SQL["position"], reader=judging.READER)
    tx, seq = (position.tx, position.seq) if position else (0, 0)
    gone = [
        row.id for row in database.rows(SQL["orphans"], before=before, tx=tx, seq=seq, reasons=refusals.may_again())
    ]
    if gone:
        database.execute(SQL["drop_orphans"], ids=gone)
    uploads.remove_all(gone)
    return len(gone) + _sweep_folder(before.timestamp())


def _sweep_folder(before: float) -> int:
    total = 0
    for shelf in sorted(uploads.folder().glob("??")):
        old = [place for place in shelf.iterdir() if place.is_file() and place.stat().st_mtime < before]
        keys = {place: key for place in old if (key := _key(place.name))}
        known = {row.id for row in database.rows(SQL["known"], ids=list(keys.values()))} if keys else set()
        for place in old:
            if keys.get(place) not in known:
                place.unlink(missing_ok=True)
                total += 1
    return total


def _key(name: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(hex=name)
    except ValueError:
        return None


def handed_over(upload: Upload) -> HttpResponseBase:
    """A file as a download: never drawn or run in the browser, whatever it holds."""
    try:
        file = uploads.path(upload.pk).open("rb")
    except OSError:
        raise Http404("This file is not on disk any more.") from None
    content_type = uploads.CONTENT_TYPES.get(upload.kind, "application/octet-stream")
    answer = FileResponse(file, as_attachment=True, filename=upload.name, content_type=content_type)
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer["Cache-Control"] = "private, no-store"
    return answer
