"""Imports: a file becomes records, with a preview of every change, exactly once, and with undo.

Promise: a row is taken once, also after a kill at any line; what an import changed can be restored; a row that was not
taken says why. An import never sends mail, starts journeys, lowers a stage or lifts a suppression: the facts that it
records carry `{"import": id}`, and `capture.activities.LIVE` leaves them out where things are started.

What is imported is a kind (`kinds`). This module is the life of an import; how rows are parsed stands in
`chunks`, how they are judged in `staging`, what they would do in `previews`.
"""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import structlog
from django.db import IntegrityError, transaction

from leadwright.capture import activities
from leadwright.capture.imports import chunks, mappings, previews, rejects, saved, staging, tables, undos
from leadwright.capture.imports.chunks import Chunk, Order, read_mapping
from leadwright.capture.imports.kinds import CannotImport, Kind, Progress, Scope, kind_of
from leadwright.capture.imports.mappings import Mapping
from leadwright.capture.imports.previews import Preview
from leadwright.capture.imports.rejects import folder_of
from leadwright.capture.imports.tables import Table
from leadwright.capture.models import Import
from leadwright.kit import clock, config, database, jobs, sql
from leadwright.workspace.models import AuditEntry, User

__all__ = ["CannotImport", "folder_of", "kind_of"]  # what other modules look for here

log = structlog.get_logger()

SQL = sql.load("runs")

TRIES = 3
LARGEST_UPLOAD_BYTES = 2 * 1024 * 1024 * 1024
AT_ONCE_BYTES = 2 * 1024 * 1024  # a file up to this size is looked through while the browser waits

State = Import.State
OPEN = (State.UPLOADED, State.LOOKING, State.PREVIEWED)


# ── Before ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def guess(kind: Kind, table: Table) -> dict[str, Any]:
    """A mapping for a file, guessed from its headers and its first rows."""
    samples = [row for _, row in table.sample()]
    return {
        "kind": kind.key,
        "columns": mappings.guess(table.columns, kind.fields, samples, kind.own().values()),
    }


def keep(kind: Kind, name: str, file: Path | BinaryIO, user: User | None = None) -> Import:
    """Take a file in: it is copied below the data folder. Raises CannotImport where it is of no kind that we read."""
    name = Path(name).name[-200:]
    imported = Import.objects.create(kind=kind.key, file_name=name, path="", user=user)
    target = folder_of(imported.pk) / f"file{Path(name).suffix.lower()[:10]}"
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        if isinstance(file, Path):
            shutil.copyfile(file, target)
        else:
            with target.open("wb") as copy:
                shutil.copyfileobj(file, copy, 1 << 20)
    except OSError as error:
        imported.delete()
        raise CannotImport(f"“{name}” could not be kept: {error.strerror}. Is the disk full?") from None
    imported.path = str(target.relative_to(config.data_folder()))
    imported.save(update_fields=["path"])
    return imported


def file_of(imported: Import) -> Path:
    """The kept file of an import."""
    path = config.data_folder() / imported.path
    if not imported.path or not path.exists():
        raise CannotImport("The file of this import is no longer kept. Upload it again.")
    return path


def drop_file(imported: Import) -> None:
    """Remove the kept file: once all rows are taken it serves nothing, and holds personal data."""
    if imported.path:
        (config.data_folder() / imported.path).unlink(missing_ok=True)


def preview(imported: Import, raw: dict[str, Any]) -> Preview:
    """Keep a mapping with an import and find out what it would do, here and now."""
    ask_for_preview(imported, raw)
    found = show(imported)
    if found is None:
        raise CannotImport("Another process is looking through this file; wait for it.")
    return found


def ask_for_preview(imported: Import, raw: dict[str, Any]) -> None:
    """Keep a mapping with an import; what it would do is found out in the background. Raises BadMapping."""
    table = tables.open_as(file_of(imported), raw)
    read_mapping(kind_of(imported.kind), raw, table)
    with transaction.atomic():
        changed = Import.objects.filter(pk=imported.pk, state__in=OPEN).update(
            mapping=raw, preview={"columns": table.columns, "form": table.form, "seen_rows": 0}, state=State.LOOKING
        )
        if not changed:
            raise CannotImport("This import has been started already; its mapping cannot change any more.")
        jobs.wake("imports")
    imported.refresh_from_db()


def is_looked_through_at_once(imported: Import) -> bool:
    """Whether a file is small enough for its preview to be made while somebody waits."""
    return file_of(imported).stat().st_size <= AT_ONCE_BYTES


class _Overtaken(Exception):
    """The mapping was changed, or the import started, while the file was being looked through."""


def show(imported: Import) -> Preview | None:
    """Find out what an import would do, as its mapping stands; None where another process does it already.

    A mapping that changes meanwhile wins: what was found for the old one is left.
    """
    with _held(imported.pk) as mine:
        imported.refresh_from_db()
        if not mine or imported.state != State.LOOKING:
            return None
        try:
            return _show(imported)
        except _Overtaken:
            return None
        finally:
            imported.refresh_from_db()


def _show(imported: Import) -> Preview:
    kind, raw, path = kind_of(imported.kind), imported.mapping, file_of(imported)
    table = tables.open_as(path, raw)
    open_ones = Import.objects.filter(pk=imported.pk, state=State.LOOKING, mapping=raw)

    def tell(so_far: Preview) -> None:
        if not open_ones.update(preview=so_far.plain()):
            raise _Overtaken

    mapping = read_mapping(kind, raw, table)
    found = previews.look(kind, table, mapping, Order(path, kind.key, raw), progress=tell)
    open_ones.update(preview=found.plain(), rows=found.rows, state=State.PREVIEWED, error="")
    return found


def start(imported: Import, raw: dict[str, Any] | None = None) -> Import:
    """Let the background worker run an import; a mapping given here is checked first. Starting twice starts once."""
    raw = raw if raw is not None else imported.mapping
    kind = kind_of(imported.kind)
    table = tables.open_as(file_of(imported), raw)
    read_mapping(kind, raw, table)
    rows = imported.rows or table.count()
    with transaction.atomic():
        moved = Import.objects.filter(pk=imported.pk, state__in=OPEN).update(
            state=State.RUNNING,
            mapping=raw,
            rows=rows,
            started_at=clock.now(),
            preview=imported.preview
            if imported.preview.get("rows")
            else {"columns": table.columns, "form": table.form, "delimiter": table.delimiter},
        )
        if moved:
            imported.mapping = raw
            if imported.user_id:
                saved.remember(imported, table.columns)
            _note(imported, "import.start", rows=rows, file=imported.file_name)
            jobs.wake("imports")
    imported.refresh_from_db()
    return imported


# ── Running ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def run(import_id: int, progress: Progress | None = None) -> Import:
    """Take all rows that are not taken yet, chunk by chunk; another process at the same import makes this one leave."""
    with _held(import_id) as mine:
        imported = Import.objects.get(pk=import_id)
        if not mine or imported.state != State.RUNNING:
            return imported
        try:
            _run(imported, progress)
        except (CannotImport, tables.Unreadable, mappings.BadMapping) as error:
            _fail(imported, str(error))
        except Exception as error:
            if database.is_lost(error):
                raise  # it waits as it would after a kill, and goes on when the database is back
            log.exception("an import failed", import_id=import_id)
            _fail(imported, f"After row {imported.done_rows} something went wrong on our side: {error}")
        imported.refresh_from_db()
        return imported


def _run(imported: Import, progress: Progress | None) -> None:
    kind, path = kind_of(imported.kind), file_of(imported)
    table = tables.open_as(path, imported.mapping)
    mapping = read_mapping(kind, imported.mapping, table)
    order = Order(path, kind.key, imported.mapping, imported.done_rows, chunks.CHUNK_ROWS)
    renewed = imported.done_rows
    for chunk in chunks.ahead(kind, mapping, table, order):
        _take(imported, kind, chunk, mapping)
        if imported.done_rows >= 2 * renewed:
            renewed = _renew(imported, kind)
        if progress:
            progress(imported.done_rows, imported.rows)
    _renew(imported, kind)
    with transaction.atomic():
        Import.objects.filter(pk=imported.pk).update(
            state=State.DONE, ended_at=clock.now(), rows=imported.done_rows, error=""
        )
        jobs.wake(*kind.topics)
    drop_file(imported)


def _renew(imported: Import, kind: Kind) -> int:
    """Renew the statistics of what was filled, each time that the import has doubled it: how many rows, and their keys.

    Without them a plan that was made for an empty table reads the whole of a full one for every row; what was once seen
    to hang an undo for minutes was such a plan in the checks of foreign keys.
    """
    with transaction.atomic():
        database.execute("SET LOCAL default_statistics_target = 10")  # the keys of 3,000 rows say as much as of 30,000
        for table in (*kind.tables, "capture_importchange", "capture_importmade"):
            columns = database.value(SQL["keys"], table=table)
            database.execute(SQL["renew"].format(table=f"{table} ({columns})"))
    return imported.done_rows


def _take(imported: Import, kind: Kind, chunk: Chunk, mapping: Mapping) -> None:
    """Write one chunk and move the checkpoint, in one transaction; anew where somebody was quicker."""
    for attempt in range(1, TRIES + 1):
        try:
            with transaction.atomic(), activities.caused_by(imported.pk):
                # Durable with the next commit that waits, the import's last at latest. Until then the file is kept, and
                # what a crash of the database takes back it takes back with the checkpoint.
                database.execute("SET LOCAL synchronous_commit = off")
                _write(imported, kind, chunk, mapping)
            break
        except IntegrityError:
            if attempt == TRIES:
                raise
    imported.done_rows += chunk.count


def _write(imported: Import, kind: Kind, chunk: Chunk, mapping: Mapping) -> None:
    scope = Scope(imported.pk, clock.now(), imported.user_id, mapping)
    judged = staging.judge(kind, chunk, scope)
    kind.apply(scope)
    if kind.statements and (told := kind.statements.tally(mapping)):
        counts = Import.objects.values_list("statements", flat=True).get(pk=imported.pk)
        previews.add_up(counts, told)
        Import.objects.filter(pk=imported.pk).update(statements=counts)
    rows = chunk.cells_of({*judged.refused, *judged.warned})
    rejects.keep(imported, judged.refused, rows, warnings=False)
    rejects.keep(imported, judged.warned, rows, warnings=True)
    done = imported.done_rows
    moved = database.execute(SQL["advance"], id=imported.pk, to=done + chunk.count, **{"from": done}, **judged.tally)
    if moved != 1:
        raise CannotImport("Another process has gone on with this import.")


def _fail(imported: Import, sentence: str) -> None:
    Import.objects.filter(pk=imported.pk).update(state=State.FAILED, error=sentence, ended_at=clock.now())


@contextmanager
def _held(import_id: int) -> Iterator[bool]:
    mine = bool(database.value(SQL["hold"], id=import_id))
    try:
        yield mine
    finally:
        if mine:
            database.value(SQL["let_go"], id=import_id)


def _note(imported: Import, action: str, **detail: Any) -> None:
    AuditEntry.objects.create(
        at=clock.now(),
        user=imported.user,
        actor=str(imported.user or "command line")[:80],
        action=action,
        object_kind="import",
        object_id=str(imported.pk),
        detail=detail,
    )


# ── Undo ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def start_undo(imported: Import, user: User | None = None) -> Import:
    """Let everything that an import did be taken back in the background. Raises CannotImport where that cannot be."""
    with transaction.atomic():
        moved = Import.objects.filter(pk=imported.pk, state__in=(State.DONE, State.FAILED)).update(state=State.UNDOING)
        if not moved:
            imported.refresh_from_db()
            raise CannotImport(undos.why_not(imported))
        imported.user = user or imported.user
        _note(imported, "import.undo", file=imported.file_name)
        jobs.wake("imports")
    imported.refresh_from_db()
    return imported


def undo_here(imported: Import, progress: Progress | None = None) -> Import:
    """Take an import back here and now, in this process; a kill leaves the rest to the background worker."""
    with _held(imported.pk):
        start_undo(imported)
        return undo(imported.pk, progress)


def undo(import_id: int, progress: Progress | None = None) -> Import:
    """Take back all that is not taken back yet, from the last change to the first, chunk by chunk."""
    with _held(import_id) as mine:
        imported = Import.objects.get(pk=import_id)
        if not mine or imported.state != State.UNDOING:
            return imported
        try:
            undos.take_back(imported, kind_of(imported.kind), progress)
            drop_file(imported)
        except Exception as error:
            if database.is_lost(error):
                raise
            log.exception("an undo failed", import_id=import_id)
            _fail(imported, f"The undo stopped: {error}. What was undone stays undone; undo again to go on.")
        imported.refresh_from_db()
        return imported


# ── In one go ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Result:
    """What an import did or, on a dry run, would do."""

    import_id: int | None
    rows: int
    created: int
    updated: int
    unchanged: int
    rejected: int
    warnings: int
    consents: dict[str, dict[str, int]]  # by purpose and outcome
    seconds: float
    rejects_file: str | None


def import_file(
    kind: Kind, path: Path, raw: dict[str, Any] | None, *, user: User | None = None, progress: Progress | None = None
) -> Import:
    """Import a file here and now, in this process; a kill leaves the rest to the background worker."""
    table = tables.open_as(path, raw)
    raw = raw if raw is not None else guess(kind, table)
    read_mapping(kind, raw, table)
    rows = table.count()  # the whole file is read once before anything is changed
    imported = keep(kind, path.name, path, user)
    imported.rows = rows
    with _held(imported.pk):  # from before it is started on: a background worker leaves it to us
        start(imported, raw)
        return run(imported.pk, progress)


def erase(contacts: Sequence[int]) -> int:
    """Remove what the undo log keeps about contacts. What a chunk made names ids only, and those are gone."""
    return database.execute(SQL["erase_changes"], contacts=list(contacts))


def work() -> None:
    """Look through, run and undo whatever waits, one import after the other; for the background worker."""
    for row in database.rows(SQL["waiting"]):
        if row.state == State.RUNNING:
            run(row.id)
        elif row.state == State.UNDOING:
            undo(row.id)
        else:
            _look(row.id)


def _look(import_id: int) -> None:
    imported = Import.objects.get(pk=import_id)
    try:
        show(imported)
    except (CannotImport, tables.Unreadable, mappings.BadMapping) as error:
        Import.objects.filter(pk=import_id, state=State.LOOKING, mapping=imported.mapping).update(
            state=State.UPLOADED, error=str(error)
        )
