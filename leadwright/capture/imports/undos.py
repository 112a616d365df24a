"""Undo: everything that an import did is taken back, chunk by chunk, from the last deed to the first.

Promise: what was made is removed and what was changed gets its values back, row by row; what somebody changed since
stays, and is said. A kill leaves the rest for the next run. Reads: the log of changes, and what each chunk made.
"""

from collections.abc import Sequence
from typing import Any

import structlog
from django.db import transaction
from django.db.models import CASCADE, PROTECT, RESTRICT, SET_NULL, ManyToManyRel, Model, ProtectedError

from leadwright.capture import activities
from leadwright.capture.imports.kinds import Kind, Made, Progress
from leadwright.capture.models import Import, ImportMade
from leadwright.kit import clock, database, jobs, sql

log = structlog.get_logger()

SQL = sql.load("runs")

PIECE_ROWS = 5_000
CONFLICTS_KEPT = 50


def why_not(imported: Import) -> str:
    """Why an import in its state cannot be undone."""
    return {
        Import.State.RUNNING: "This import is still running. Wait until it is done, then undo it.",
        Import.State.UNDOING: "This import is being undone already.",
        Import.State.UNDONE: "This import was undone before.",
    }.get(Import.State(imported.state), "This import has not been run; there is nothing to undo.")


def take_back(imported: Import, kind: Kind, progress: Progress | None) -> None:
    """Take back what is not taken back yet: changes first, then what was made, each piece in its own transaction."""
    database.execute(SQL["renew"].format(table="capture_importchange"))
    report: dict[str, Any] = {
        "below": 2**62,
        "made_below": 2**62,
        "deleted": 0,
        "restored": 0,
        "taken_back": 0,
        "conflicts": 0,
        "examples": [],
    }
    report |= imported.report
    total = imported.created + imported.updated
    while _piece(imported, kind, report):
        if progress:
            progress(min(report["deleted"] + report["restored"], total), total)


def _piece(imported: Import, kind: Kind, report: dict[str, Any]) -> bool:
    """One piece, with the place where the next begins; False where none was left."""
    now = clock.now()
    with transaction.atomic():
        changed = database.row(SQL["next_changes"], id=imported.pk, below=report["below"], limit=PIECE_ROWS)
        made = None if changed.first is not None else _last_made(imported, report["made_below"])
        if changed.first is None and made is None:
            Import.objects.filter(pk=imported.pk).update(state=Import.State.UNDONE, ended_at=now, report=report)
            jobs.wake(*kind.topics)
            return False
        with activities.caused_by(imported.pk):
            if made is None:
                done = kind.undo(imported.pk, changed.first, changed.last, now)
                report["below"] = changed.first
            else:
                what = Made(made.table, made.records, made.row_numbers, made.marks)
                done = kind.unmake(imported.pk, what, now)
                report["made_below"] = made.pk
        report |= {
            "deleted": report["deleted"] + done.deleted,
            "restored": report["restored"] + done.restored,
            "taken_back": report["taken_back"] + done.taken_back,
            "conflicts": report["conflicts"] + len(done.conflicts),
            "examples": (report["examples"] + done.conflicts)[:CONFLICTS_KEPT],
        }
        Import.objects.filter(pk=imported.pk).update(report=report)
    return True


def _last_made(imported: Import, below: int) -> ImportMade | None:
    return ImportMade.objects.filter(imported=imported, pk__lt=below).order_by("-pk").first()


def remove(model: type[Model], ids: Sequence[Any]) -> None:
    """Delete records with all that hangs on them, in sets; Django's own way loads each object for the sake of signals.

    Raises ProtectedError where something that may not go refers to one of them.
    """
    if not ids:
        return
    for relation in model._meta.related_objects:
        child: Any = relation.related_model
        name = relation.field.name
        found = child._base_manager.filter(**{f"{name}__in": ids})  # noqa: SLF001  a model may lack `objects`
        if isinstance(relation, ManyToManyRel):
            continue
        if relation.on_delete is CASCADE:
            remove(child, list(found.values_list("pk", flat=True)))
        elif relation.on_delete is SET_NULL:
            found.update(**{name: None})
        elif relation.on_delete in (PROTECT, RESTRICT) and found.exists():
            raise ProtectedError(f"{child._meta.verbose_name} refers to it", set(found[:5]))
    every: Any = model._base_manager.filter(pk__in=ids)  # noqa: SLF001
    every._raw_delete(every.db)  # noqa: SLF001


def forget_facts(import_id: int, subjects: Sequence[Any]) -> int:
    """Take an import's own facts about some subjects out of the log; for undo."""
    return database.execute(SQL["forget"], subjects=list(subjects), **{"import": str(import_id)}) if subjects else 0


def later_imports(import_id: int) -> list[int]:
    """Imports that changed records of this one afterwards, and are not undone."""
    return [row.id for row in database.rows(SQL["later_imports"], id=import_id)]
