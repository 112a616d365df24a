"""Imports: a file becomes records, with a preview of every change, exactly once, and with undo.

Promise: a row is taken once, also after a kill at any line; what an import changed can be restored; a row that was not
taken says why. An import never sends mail, starts journeys, lowers a stage or lifts a suppression: the facts that it
records carry `{"import": id}`, and `capture.activities.LIVE` leaves them out where things are started.

What is imported is a kind (`kit.registries.IMPORT_KINDS`), defined by the package that owns the records. Rows travel in
chunks: parsed by column in Python, copied into a temporary table, judged and written by the kind in a few statements,
committed together with the checkpoint.
"""

import csv
import io
import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import structlog
from django.db import IntegrityError, connection, transaction
from django.db.models import CASCADE, PROTECT, RESTRICT, SET_NULL, ManyToManyRel, Model, ProtectedError

from leadwright.capture import activities, cells, mappings, tables
from leadwright.capture.cells import Doubtful, Field, Refused
from leadwright.capture.mappings import Mapping, Target
from leadwright.capture.models import Import, ImportChange, ImportReject
from leadwright.capture.tables import Row, Table
from leadwright.kit import clock, config, database, jobs, sheets, sql
from leadwright.kit.registries import IMPORT_KINDS
from leadwright.workspace.models import AuditEntry, User

log = structlog.get_logger()

SQL = sql.load("imports")

CHUNK_ROWS = 5_000
PREVIEW_ROWS = 20_000  # a screen's preview looks at so many rows; a run takes all
EXAMPLES = 50
CONFLICTS_KEPT = 50
TRIES = 3
LARGEST_UPLOAD_BYTES = 1024 * 1024 * 1024
NUMBERED_KEYS = 250_000  # so many rows are remembered with their number; of the others only that they were there

Columns = dict[str, list[Any]]
Faults = dict[int, str]
Progress = Callable[[int, int], None]


class CannotImport(ValueError):
    """The import cannot go on as asked; the message says why and how to mend it."""


@dataclass(frozen=True)
class Scope:
    """What a kind needs to know while it judges and writes a chunk. `import_id` is 0 where one only looks."""

    import_id: int
    now: datetime
    user_id: int | None
    mapping: Mapping

    @property
    def label(self) -> str:
        """How the import is named as an actor and as an origin."""
        return f"import {self.import_id}"


@dataclass
class Undone:
    """What undoing a piece did. A conflict is a record that somebody changed since, and why it was left."""

    deleted: int = 0
    restored: int = 0
    conflicts: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Kind:
    """Something that files are imported as.

    `judge` reads the temporary table `import_row`: row_number, a column for each field, `custom`, the `derived` ones.
    It makes `import_judged`: row_number, verdict (create, update, unchanged, refuse), reason, warning, record_id, name,
    before, after. `apply` writes what was judged, and the undo log. `undo` takes back a range of the undo log.
    """

    key: str
    label: str
    permission: str
    fields: tuple[Field, ...]
    matches: tuple[str, ...]
    unique: tuple[str, ...]  # columns of import_row that stand once in a file
    derived: tuple[tuple[str, str], ...]
    check: Callable[[Mapping], list[str]]
    derive: Callable[[Columns, int, Mapping], tuple[Faults, Faults]]  # -> refusals, warnings by position
    judge: Callable[[Scope], None]
    apply: Callable[[Scope], None]
    undo: Callable[[int, int, int, datetime], Undone]  # import id, first and last change, now
    topics: tuple[str, ...] = ()

    def field(self, name: str) -> Field:
        """A field by name."""
        return next(each for each in self.fields if each.name == name)


def kind_of(key: str) -> Kind:
    """The kind of import with a key."""
    try:
        kind = IMPORT_KINDS.get(key)
    except KeyError as error:
        raise CannotImport(str(error.args[0])) from None
    assert isinstance(kind, Kind)  # noqa: S101  only kinds are registered
    return kind


# ── Mapping ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def guess(kind: Kind, table: Table) -> dict[str, Any]:
    """A mapping for a file, guessed from its headers and its first rows."""
    samples = [row for _, row in table.sample()]
    return {"kind": kind.key, "columns": mappings.guess(table.columns, kind.fields, samples)}


def open_file(path: Path, raw: dict[str, Any] | None = None) -> Table:
    """The table in a file, read as the mapping says (delimiter, encoding, header_row) or as it looks."""
    raw = raw or {}
    return tables.open_table(
        path,
        delimiter=str(raw.get("delimiter") or ""),
        encoding=str(raw.get("encoding") or ""),
        header_row=int(raw.get("header_row") or 0),
    )


def read_mapping(kind: Kind, raw: dict[str, Any], table: Table) -> Mapping:
    """The mapping, checked against the kind and the file; raises BadMapping with all that is wrong."""
    mapping = mappings.read(raw, kind=kind.key, fields=kind.fields, matches=kind.matches, columns=table.columns)
    faults = kind.check(mapping)
    for name, value in mapping.constants.items():
        try:
            _parser(kind, mapping, Target(name))(value)
        except (Refused, Doubtful) as error:
            faults.append(f"“constants:” gives “{name}” a value that cannot be used: {error}")
    if faults:
        raise mappings.BadMapping(faults)
    return mapping


# ── Parsing: cells to values, a column at a time ──────────────────────────────────────────────────────────────────────


@dataclass
class Parsed:
    """A chunk of rows, parsed: the values by column, and what is wrong by position."""

    rows: list[Row]
    values: Columns
    refused: Faults
    warned: Faults


class Parser:
    """Turns rows of text into columns of values for one kind, mapping and file; remembers keys it has seen."""

    def __init__(self, kind: Kind, mapping: Mapping, table: Table) -> None:
        self.kind, self.mapping, self.width = kind, mapping, len(table.columns)
        places = {name: position for position, name in enumerate(table.columns)}
        self.targets = [
            (places[column], column, target, Reader(kind, mapping, target))
            for column, targets in mapping.columns.items()
            for target in targets
        ]
        self.constants = {
            name: _parser(kind, mapping, Target(name))(value) for name, value in mapping.constants.items()
        }
        self.seen: dict[str, Seen] = {name: Seen() for name in kind.unique}

    def parse(self, rows: list[Row]) -> Parsed:
        """The rows as columns; a row refused here never reaches the database."""
        return self.derive(self.read(rows))

    def read(self, rows: list[Row]) -> Parsed:
        """The rows cell by cell: the larger half of the work, and none of it asks the database."""
        count = len(rows)
        refused: Faults = {}
        warned: Faults = {}
        for position, (_, found) in enumerate(rows):
            if len(found) != self.width:
                self._even(position, found, refused, warned)
        cut = list(zip(*(found for _, found in rows), strict=True)) if rows else []
        values: Columns = {name: [value] * count for name, value in self.constants.items() if not _own(name)}
        own: list[dict[str, Any]] = [
            {name[7:]: value for name, value in self.constants.items() if _own(name)} for _ in range(count)
        ]
        for place, column, target, read in self.targets:
            found = read(column, cut[place] if cut else (), refused, warned)
            if target.is_custom:
                name = target.field[7:]
                for record, value in zip(own, found, strict=True):
                    if value is not None:
                        record[name] = value
            else:
                values[target.field] = found
        if any(_own(name) for name in self.mapping.fields):
            values["custom"] = [cells.as_json(record) if record else None for record in own]
        return Parsed(rows, values, refused, warned)

    def derive(self, read: Parsed) -> Parsed:
        """What follows from the cells, and which rows repeat a key of an earlier one."""
        more_refused, more_warned = self.kind.derive(read.values, len(read.rows), self.mapping)
        for position, sentence in more_refused.items():
            read.refused.setdefault(position, sentence)
        for position, sentence in more_warned.items():
            _add(read.warned, position, sentence)
        self._drop_repeated(read.rows, read.values, read.refused)
        return read

    def _even(self, position: int, found: list[str], refused: Faults, warned: Faults) -> None:
        """Bring a row to the header's width: blanks for what is missing; more than the header has is refused."""
        if len(found) < self.width:
            warned[position] = (
                f"The row has {len(found)} cells, the header has {self.width}; the missing ones were taken as blank."
            )
            found.extend([""] * (self.width - len(found)))
            return
        if any(cell.strip() for cell in found[self.width :]):
            refused[position] = (
                f"The row has {len(found)} cells, the header has {self.width}. "
                "Most often a cell with a delimiter in it lacks its quotation marks."
            )
        del found[self.width :]

    def _drop_repeated(self, rows: list[Row], values: Columns, refused: Faults) -> None:
        for name, seen in self.seen.items():
            label = "e-mail" if name == "email_key" else name.replace("_", " ")
            for position, key in enumerate(values.get(name, ())):
                if key is None or position in refused:
                    continue
                first = seen.first(key, rows[position][0])
                if first is not None:
                    where = f"row {first}" if first else "an earlier row"
                    refused[position] = f"{DUPLICATE}: {where} has the same {label}, and that one is taken."


class Seen:
    """Which keys a file had so far, and in which row; 64-bit hashes, so that five million fit."""

    def __init__(self) -> None:
        self.numbered: dict[int, int] = {}
        self.others: set[int] = set()

    def first(self, key: str, number: int) -> int | None:
        """None for a new key, which is then remembered; else the row that had it, or 0 where that is forgotten."""
        mark = hash(key)
        if mark in self.numbered:
            return self.numbered[mark]
        if mark in self.others:
            return 0
        if len(self.numbered) < NUMBERED_KEYS:
            self.numbered[mark] = number
        else:
            self.others.add(mark)
        return None


def _own(name: str) -> bool:
    return name.startswith("custom.")


def _add(faults: Faults, position: int, sentence: str) -> None:
    faults[position] = f"{faults[position]} {sentence}" if position in faults else sentence


def _parser(kind: Kind, mapping: Mapping, target: Target) -> cells.Parse:
    reading = mapping.reading(target)
    if target.is_custom:
        return cells.custom(target.type, reading)
    return kind.field(target.field).parser(reading)


_MISSING = object()


class Reader:
    """Reads one column of a chunk for one target: translates values, parses each, and notes faults by position."""

    def __init__(self, kind: Kind, mapping: Mapping, target: Target) -> None:
        self.target = target
        self.parse = _parser(kind, mapping, target)
        self.known: dict[str, Any] = {}  # results for texts that come again; emptied where nothing does

    def __call__(self, column: str, raw: Sequence[str], refused: Faults, warned: Faults) -> list[Any]:
        """The column's values; None where there is none."""
        if len(self.known) > 50_000:
            self.known.clear()
        known, found = self.known, []
        for position, text in enumerate(raw):
            value = known.get(text, _MISSING)
            if value is _MISSING:
                value, sentence, is_refused = self._one(text)
                if sentence:
                    _add(refused if is_refused else warned, position, f"{column}: {sentence}")
                else:
                    known[text] = value
            found.append(value)
        return found

    def _translate(self, cell: str) -> str:
        if not cell:
            return self.target.blank or ""
        if self.target.values:
            return self.target.values.get(cell, cell if self.target.otherwise is None else self.target.otherwise)
        return cell

    def _one(self, raw: str) -> tuple[Any, str, bool]:
        cell = self._translate(raw.strip())
        if not cell:
            return None, "", False
        try:
            return self.parse(cell), "", False
        except Refused as fault:
            return None, str(fault), True
        except Doubtful as fault:
            return fault.value, str(fault), False


# ── Staging and judging ───────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Judged:
    """What was found about a chunk: how many rows got which verdict, and what there is to say, by row number."""

    counts: dict[str, int]
    refused: Faults
    warned: Faults

    @property
    def tally(self) -> dict[str, int]:
        """The counts as an import keeps them."""
        return {done: self.counts.get(verdict, 0) for verdict, done in _DONE.items() if verdict != "refuse"} | {
            "rejected": len(self.refused),
            "warned": len(self.warned),
        }


def _stage(kind: Kind, parsed: Parsed) -> None:
    """Copy a chunk's good rows into the temporary table `import_row`, which lives as long as the transaction."""
    shape = {each.name: each.sql for each in kind.fields} | {"custom": "jsonb"} | dict(kind.derived)
    definition = ", ".join(f"{name} {form}" for name, form in shape.items())
    database.execute(SQL["clear"])
    database.execute(f"CREATE TEMPORARY TABLE import_row (row_number bigint, {definition}) ON COMMIT DROP")
    names = [name for name in shape if name in parsed.values]
    good = [position for position in range(len(parsed.rows)) if position not in parsed.refused]
    text = io.StringIO()
    writer = csv.writer(text)
    if len(good) == len(parsed.rows):
        numbers = (number for number, _ in parsed.rows)
        writer.writerows(zip(numbers, *(parsed.values[name] for name in names), strict=True))
    else:
        chosen = [[parsed.values[name][position] for position in good] for name in names]
        writer.writerows(zip((parsed.rows[position][0] for position in good), *chosen, strict=True))
    columns = ", ".join(["row_number", *names])
    with connection.cursor() as cursor, cursor.copy(f"COPY import_row ({columns}) FROM STDIN (FORMAT csv)") as copy:
        copy.write(text.getvalue())
    database.execute("ANALYZE import_row")


def _judge(kind: Kind, parsed: Parsed, scope: Scope) -> Judged:
    _stage(kind, parsed)
    kind.judge(scope)
    numbers = [number for number, _ in parsed.rows]
    refused = {numbers[position]: sentence for position, sentence in parsed.refused.items()}
    warned = {numbers[position]: sentence for position, sentence in parsed.warned.items()}
    for row in database.rows(SQL["said"]):
        if row.verdict == "refuse":
            refused[row.row_number] = row.reason
        elif row.warning:
            _add(warned, row.row_number, row.warning)
    return Judged(
        {row.verdict: row.found for row in database.rows(SQL["tally"])},
        dict(sorted(refused.items())),
        {number: sentence for number, sentence in sorted(warned.items()) if number not in refused},
    )


def _chunks(rows: Iterator[Row]) -> Iterator[list[Row]]:
    while chunk := list(islice(rows, CHUNK_ROWS)):
        yield chunk


Item = TypeVar("Item")


def _one_ahead(items: Iterator[Item]) -> Iterator[Item]:
    """The same items; while one is used, a thread makes the next: parsing and the database keep a core busy each."""
    with ThreadPoolExecutor(1, "parser") as thread:
        following = thread.submit(next, items, None)
        while (item := following.result()) is not None:
            following = thread.submit(next, items, None)
            yield item


# ── Preview ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass
class Preview:
    """What an import would do, with examples of each. Nothing is written to find it out."""

    columns: list[str]
    form: str
    rows: int = 0
    seen_rows: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    duplicates: int = 0
    warned: int = 0
    examples: dict[str, list[dict[str, Any]]] = field(
        default_factory=lambda: {"created": [], "updated": [], "unchanged": [], "rejected": [], "warned": []}
    )

    def show(self, verdict: str, **example: Any) -> None:
        """Keep an example, as long as there is room."""
        if len(self.examples[verdict]) < EXAMPLES:
            self.examples[verdict].append(example)

    def plain(self) -> dict[str, Any]:
        """As plain values."""
        return asdict(self)


DUPLICATE = "Duplicate in the file"
_DONE = {"create": "created", "update": "updated", "unchanged": "unchanged", "refuse": "rejected"}


def look(
    kind: Kind,
    table: Table,
    mapping: Mapping,
    *,
    limit: int | None = None,
    refusals: Callable[[int, str, list[str]], None] | None = None,
    progress: Progress | None = None,
) -> Preview:
    """What importing a table would do; `limit` is how many rows to look at. Each refused row is told to `refusals`."""
    preview = Preview(table.columns, table.form, rows=table.count())
    parser = Parser(kind, mapping, table)
    scope = Scope(0, clock.now(), None, mapping)
    for chunk in _chunks(table.rows()):
        if limit is not None and preview.seen_rows >= limit:
            break
        parsed = parser.parse(chunk)
        with transaction.atomic():
            judged = _judge(kind, parsed, scope)
            _show(preview, parsed, judged)
            transaction.set_rollback(True)
        if refusals:
            found = dict(parsed.rows)
            for number, sentence in judged.refused.items():
                refusals(number, sentence, found[number])
        if progress:
            progress(preview.seen_rows, preview.rows)
    return preview


def _show(preview: Preview, parsed: Parsed, judged: Judged) -> None:
    """Add a judged chunk to a preview: its counts, and examples while there is room."""
    found = dict(parsed.rows)
    preview.seen_rows += len(parsed.rows)
    for name, count in judged.tally.items():
        setattr(preview, name, getattr(preview, name) + count)
    preview.duplicates += sum(sentence.startswith(DUPLICATE) for sentence in judged.refused.values())
    for name, said in (("rejected", judged.refused), ("warned", judged.warned)):
        for number, sentence in islice(said.items(), EXAMPLES):
            preview.show(name, row=number, reason=sentence, cells=found[number])
    for verdict in ("create", "update", "unchanged"):
        room = EXAMPLES - len(preview.examples[_DONE[verdict]])
        for row in database.rows(SQL["examples"], verdict=verdict, limit=room) if room else ():
            changes = changes_of(_plain(row.before), _plain(row.after))
            preview.show(_DONE[verdict], row=row.row_number, name=row.name, changes=changes)


def _plain(document: Any) -> dict[str, Any]:
    """A jsonb value, which Django's connection hands over as text."""
    return (json.loads(document) if isinstance(document, str) else document) or {}


def changes_of(before: dict[str, Any], after: dict[str, Any]) -> list[list[Any]]:
    """Changed fields with their old and new values: [[field, old, new], …]; custom fields one by one."""
    old, new = dict(before), dict(after)
    own_old, own_new = old.pop("custom", None) or {}, new.pop("custom", None) or {}
    hidden = {"email_key", "company_id", "origins", "stage_since", "moves"}
    plain = [[name, old.get(name), value] for name, value in new.items() if name not in hidden]
    return plain + [[name, own_old.get(name), value] for name, value in own_new.items()]


# ── The life of an import ─────────────────────────────────────────────────────────────────────────────────────────────


def folder_of(import_id: int) -> Path:
    """Where an import keeps its file and its rejects."""
    return config.data_folder() / "imports" / str(import_id)


def keep(kind: Kind, name: str, file: Path | BinaryIO, user: User | None = None) -> Import:
    """Take a file in: it is copied below the data folder. Raises CannotImport where it is of no kind that we read."""
    name = Path(name).name[-200:]
    if not tables.is_readable(name):
        raise CannotImport(f"“{name}” is of a kind that cannot be read. Use one of: {', '.join(tables.SUFFIXES)}.")
    imported = Import.objects.create(kind=kind.key, file_name=name, path="", user=user)
    target = folder_of(imported.pk) / f"file{Path(name).suffix.lower()}"
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


def table_of(imported: Import) -> Table:
    """The table in an import's kept file."""
    return open_file(file_of(imported), imported.mapping)


def preview(imported: Import, raw: dict[str, Any], *, limit: int | None = PREVIEW_ROWS) -> Preview:
    """Keep a mapping with an import and find out what it would do."""
    kind = kind_of(imported.kind)
    table = open_file(file_of(imported), raw)
    mapping = read_mapping(kind, raw, table)
    found = look(kind, table, mapping, limit=limit)
    changed = Import.objects.filter(pk=imported.pk, state__in=(Import.State.UPLOADED, Import.State.PREVIEWED)).update(
        mapping=raw, preview=found.plain(), rows=found.rows, state=Import.State.PREVIEWED
    )
    if not changed:
        raise CannotImport("This import has been started already; its mapping cannot change any more.")
    imported.refresh_from_db()
    return found


def start(imported: Import, raw: dict[str, Any] | None = None) -> Import:
    """Let the background worker run an import; a mapping given here is checked first. Starting twice starts once."""
    raw = raw if raw is not None else imported.mapping
    table = open_file(file_of(imported), raw)
    read_mapping(kind_of(imported.kind), raw, table)
    rows = imported.rows or table.count()
    with transaction.atomic():
        moved = Import.objects.filter(pk=imported.pk, state__in=(Import.State.UPLOADED, Import.State.PREVIEWED)).update(
            state=Import.State.RUNNING,
            mapping=raw,
            rows=rows,
            started_at=clock.now(),
            preview=imported.preview or {"columns": table.columns, "form": table.form},
        )
        if moved:
            _note(imported, "import.start", rows=rows, file=imported.file_name)
            jobs.wake("imports")
    imported.refresh_from_db()
    return imported


def run(import_id: int, progress: Progress | None = None) -> Import:
    """Take all rows that are not taken yet, chunk by chunk; another process at the same import makes this one leave."""
    with _held(import_id) as mine:
        imported = Import.objects.get(pk=import_id)
        if not mine or imported.state != Import.State.RUNNING:
            return imported
        try:
            _run(imported, progress)
        except (CannotImport, tables.Unreadable, mappings.BadMapping) as error:
            _fail(imported, str(error))
        except Exception as error:
            log.exception("an import failed", import_id=import_id)
            _fail(imported, f"After row {imported.done_rows} something went wrong on our side: {error}")
        imported.refresh_from_db()
        return imported


def _run(imported: Import, progress: Progress | None) -> None:
    kind, table = kind_of(imported.kind), table_of(imported)
    mapping = read_mapping(kind, imported.mapping, table)
    parser = Parser(kind, mapping, table)
    rows, done = table.rows(), 0
    while done < imported.done_rows:  # taken before a crash: read again only to know which keys were there
        chunk = list(islice(rows, min(CHUNK_ROWS, imported.done_rows - done)))
        if not chunk:
            raise CannotImport("The file has fewer rows than were taken before; it was changed.")
        parser.parse(chunk)
        done += len(chunk)
    for read in _one_ahead(parser.read(chunk) for chunk in _chunks(rows)):
        _take(imported, kind, parser.derive(read), mapping, done)
        done += len(read.rows)
        if progress:
            progress(done, imported.rows)
    with transaction.atomic():
        Import.objects.filter(pk=imported.pk).update(state=Import.State.DONE, ended_at=clock.now(), rows=done, error="")
        jobs.wake(*kind.topics)
    drop_file(imported)


def _take(imported: Import, kind: Kind, parsed: Parsed, mapping: Mapping, done: int) -> None:
    """Write one chunk and move the checkpoint, in one transaction; anew where somebody was quicker."""
    for attempt in range(1, TRIES + 1):
        try:
            with transaction.atomic(), activities.caused_by(imported.pk):
                _write(imported, kind, parsed, mapping, done)
            return
        except IntegrityError:
            if attempt == TRIES:
                raise


def _write(imported: Import, kind: Kind, parsed: Parsed, mapping: Mapping, done: int) -> None:
    scope = Scope(imported.pk, clock.now(), imported.user_id, mapping)
    judged = _judge(kind, parsed, scope)
    kind.apply(scope)
    found = dict(parsed.rows)
    ImportReject.objects.bulk_create(
        (
            ImportReject(
                imported=imported, row_number=number, reason=sentence[:250], cells=found[number], is_warning=warning
            )
            for said, warning in ((judged.refused, False), (judged.warned, True))
            for number, sentence in said.items()
        ),
        batch_size=2_000,
    )
    moved = database.execute(
        SQL["advance"], id=imported.pk, to=done + len(parsed.rows), **{"from": done}, **judged.tally
    )
    if moved != 1:
        raise CannotImport("Another process has gone on with this import.")
    imported.done_rows = done + len(parsed.rows)


def _fail(imported: Import, sentence: str) -> None:
    Import.objects.filter(pk=imported.pk).update(state=Import.State.FAILED, error=sentence, ended_at=clock.now())


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
        moved = Import.objects.filter(pk=imported.pk, state__in=(Import.State.DONE, Import.State.FAILED)).update(
            state=Import.State.UNDOING
        )
        if not moved:
            imported.refresh_from_db()
            raise CannotImport(_why_not_undone(imported))
        imported.user = user or imported.user
        _note(imported, "import.undo", file=imported.file_name)
        jobs.wake("imports")
    imported.refresh_from_db()
    return imported


def _why_not_undone(imported: Import) -> str:
    return {
        Import.State.RUNNING: "This import is still running. Wait until it is done, then undo it.",
        Import.State.UNDOING: "This import is being undone already.",
        Import.State.UNDONE: "This import was undone before.",
    }.get(Import.State(imported.state), "This import has not been run; there is nothing to undo.")


def undo(import_id: int, progress: Progress | None = None) -> Import:
    """Take back all that is not taken back yet, from the last change to the first, chunk by chunk."""
    with _held(import_id) as mine:
        imported = Import.objects.get(pk=import_id)
        if not mine or imported.state != Import.State.UNDOING:
            return imported
        kind = kind_of(imported.kind)
        try:
            _undo(imported, kind, progress)
        except Exception as error:
            log.exception("an undo failed", import_id=import_id)
            _fail(imported, f"The undo stopped: {error}. What was undone stays undone; undo again to go on.")
        imported.refresh_from_db()
        return imported


def _undo(imported: Import, kind: Kind, progress: Progress | None) -> None:
    report = {"below": 2**62, "deleted": 0, "restored": 0, "conflicts": 0, "examples": []} | imported.report
    total = imported.created + imported.updated
    while True:
        with transaction.atomic():
            piece = database.row(SQL["next_changes"], id=imported.pk, below=report["below"], limit=CHUNK_ROWS)
            if piece.first is None:
                Import.objects.filter(pk=imported.pk).update(
                    state=Import.State.UNDONE, ended_at=clock.now(), report=report
                )
                jobs.wake(*kind.topics)
                break
            with activities.caused_by(imported.pk):
                done = kind.undo(imported.pk, piece.first, piece.last, clock.now())
            report |= {
                "below": piece.first,
                "deleted": report["deleted"] + done.deleted,
                "restored": report["restored"] + done.restored,
                "conflicts": report["conflicts"] + len(done.conflicts),
                "examples": (report["examples"] + done.conflicts)[:CONFLICTS_KEPT],
            }
            Import.objects.filter(pk=imported.pk).update(report=report)
        if progress:
            progress(min(report["deleted"] + report["restored"], total), total)
    drop_file(imported)


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


# ── Rejects ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def rejects_csv(imported: Import, *, warnings: bool = False) -> Iterator[str]:
    """The refused rows (or those taken with a warning) as CSV lines: row, reason, and the file's own columns."""
    columns = [str(name) for name in imported.preview.get("columns", [])]
    yield _line(["Row", "Reason", *columns])
    found = ImportReject.objects.filter(imported=imported, is_warning=warnings).order_by("row_number")
    for number, reason, row in found.values_list("row_number", "reason", "cells").iterator(2_000):
        yield _line([str(number), reason, *row])


def _line(row: Sequence[str]) -> str:
    text = io.StringIO()
    csv.writer(text).writerow([sheets.harmless(cell) for cell in row])
    return text.getvalue()


def write_rejects(imported: Import) -> Path | None:
    """The rejects file of an import on disk, or None where no row was refused."""
    if not imported.rejected:
        return None
    path = folder_of(imported.pk) / "rejects.csv"
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with path.open("w", encoding="utf-8", newline="") as file:
        file.writelines(rejects_csv(imported))
    return path


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
    seconds: float
    rejects_file: str | None


def import_file(
    kind: Kind, path: Path, raw: dict[str, Any] | None, *, user: User | None = None, progress: Progress | None = None
) -> Import:
    """Import a file here and now, in this process; a kill leaves the rest to the background worker."""
    table = open_file(path, raw)
    raw = raw if raw is not None else guess(kind, table)
    read_mapping(kind, raw, table)
    rows = table.count()  # the whole file is read once before anything is changed
    imported = keep(kind, path.name, path, user)
    imported.rows = rows
    start(imported, raw)
    return run(imported.pk, progress)


def erase(contacts: Sequence[int]) -> int:
    """Remove what the undo log keeps about contacts."""
    return database.execute(SQL["erase_changes"], contacts=list(contacts))


def changes(imported: Import) -> int:
    """How many records an undo would touch."""
    return ImportChange.objects.filter(imported=imported).count()


def work() -> None:
    """Run and undo whatever waits, one import after the other; for the background worker."""
    for row in database.rows(SQL["waiting"]):
        run(row.id) if row.state == Import.State.RUNNING else undo(row.id)
