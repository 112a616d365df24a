"""Exports: the rows of a list, a report or the log as a file, written in the background for the one who asked.

Promise: a file holds what its owner may see at the moment of writing, no more; memory is bounded however many rows
there are; no cell is taken for a formula; the file goes to its owner only, and goes away after some days or when
somebody in it must be forgotten. Reads: the lists and sources of all stages. Writes: Export, files below `exports/`.
"""

import csv
import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, TextIO, cast

import structlog
from django.db.models import Q
from django.http import HttpRequest, QueryDict
from django.urls import get_resolver, reverse

from leadwright.kit import clock, config, database, jobs, sheets, signing
from leadwright.ui import lists, words
from leadwright.ui.lists import Column, List
from leadwright.ui.models import Export
from leadwright.ui.sources import SOURCES, Source
from leadwright.workspace import audit
from leadwright.workspace.models import ApiKey, User

log = structlog.get_logger()

FORMS = {"csv": "CSV for spreadsheets", "xlsx": "Excel workbook", "jsonl": "JSON lines"}
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "jsonl": "application/x-ndjson",
}
KEPT = timedelta(days=3)
TOLD_EVERY = 5_000  # rows between two words about the progress
SHEET_ROWS = 1_048_575  # below the header, as many as a sheet takes
LONGEST_CELL = 32_767
MOST_WAITING = 20  # of one user

State = Export.State
Progress = Callable[[int], None]
Exportable = List | Source


class CannotExport(ValueError):
    """The file cannot be made; the message says why and how to mend it."""


# ── Asking ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def exportable(user: User) -> dict[str, Exportable]:
    """All lists and sources that a user may see, by name."""
    _ = get_resolver().url_patterns  # the screens' modules declare them
    request = as_request(user)
    every: dict[str, Exportable] = {**lists.LISTS, **SOURCES}
    return {key: each for key, each in every.items() if each.may_export(request)}


def offers(user: User) -> list[tuple[str, str]]:
    """What a user can have a file of without saying more: name and title."""
    request = as_request(user)
    found = [(key, each.title) for key, each in exportable(user).items() if not each.wrong(request)]
    return sorted(found, key=lambda pair: pair[1])


def list_of(name: str, user: User) -> Exportable:
    """A list or source by name, if the user may see it. Raises CannotExport."""
    known = exportable(user)
    if name not in known:
        raise CannotExport(
            f"There is no list “{name[:40]}” that you may export. There are: {', '.join(sorted(known))}."
        )
    return known[name]


def as_request(user: User, query: str = "") -> HttpRequest:
    """What a list asks of a request, where there is none: who asks, and for what."""
    request = HttpRequest()
    request.method, request.user, request.GET = "GET", user, QueryDict(query)
    request.session = cast(Any, {})
    setattr(request, "_messages", _Nobody())  # noqa: B010  what Django's messages ask for
    return request


class _Nobody:
    """Hears the messages that a screen would show."""

    def add(self, *_: Any) -> None:
        """Nothing."""


def ask(
    by: HttpRequest | User | ApiKey,
    user: User,
    name: str,
    form: str,
    *,
    query: str = "",
    columns: Sequence[str] = (),
    key: ApiKey | None = None,
) -> Export:
    """Ask for a file of the rows of a list or source that a query keeps, with some of its columns (none named: all)."""
    if form not in FORMS:
        raise CannotExport(f"There is no form “{form[:20]}”. Use one of: {', '.join(FORMS)}.")
    found = list_of(name, user)
    if wrong := found.wrong(as_request(user, query)):
        raise CannotExport(wrong)
    known = {column.key for column in found.file_columns(as_request(user))}
    if unknown := [each for each in columns if each not in known]:
        raise CannotExport(f"The list has no column “{unknown[0][:40]}”. It has: {', '.join(sorted(known))}.")
    waiting = Export.objects.filter(user=user, state__in=(State.WAITING, State.RUNNING))
    same = waiting.filter(list_name=name, form=form, query=query, columns=list(columns)).first()
    if same:
        return same  # a second click on the button
    if waiting.count() >= MOST_WAITING:
        raise CannotExport(f"{MOST_WAITING} of your files are being written already. Wait for one of them.")
    with database.atomic():
        made = Export.objects.create(
            list_name=name, title=found.title, form=form, query=query, columns=list(columns), user=user, key=key
        )
        audit.note(by, "exported", name, made.pk, form=form, query=query)
        jobs.wake("exports")
    return made


def path_of(export: Export) -> Path:
    """The file of an export that is ready. Raises CannotExport where it is not there."""
    path = config.data_folder() / export.path
    if export.state != State.DONE or not path.is_file() or (export.expires_at and export.expires_at < clock.now()):
        raise CannotExport("This file is not there any more. Export the list again.")
    return path


def name_of(export: Export) -> str:
    """What the file is called when it is downloaded."""
    return f"{export.list_name}-{export.created_at:%Y-%m-%d}.{export.form}"


def link_to(export: Export) -> str:
    """Where its owner, signed in, gets the file, until it expires."""
    token = signing.sign("export", [export.pk, export.user_id], export.expires_at)
    return f"{reverse('exports_file', args=[export.pk])}?token={token}"


def is_signed(export: Export, token: str) -> bool:
    """Whether a link's token is for this export and its owner, and has not expired."""
    try:
        return bool(signing.read("export", token) == [export.pk, export.user_id])
    except signing.BadToken:
        return False


# ── Writing ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def work() -> datetime | None:
    """Write what waits, one file after the other, and remove what has expired; answers when the next one expires."""
    sweep()
    for export in Export.objects.filter(state__in=(State.WAITING, State.RUNNING)).order_by("pk"):
        with _held(export.pk) as mine:
            if mine:
                _write(export)
    following = Export.objects.filter(state=State.DONE).order_by("expires_at").first()
    return following.expires_at if following else None


@contextmanager
def _held(export_id: int) -> Iterator[bool]:
    mine = bool(database.value("SELECT pg_try_advisory_lock(38, %(id)s)", id=export_id))
    try:
        yield mine
    finally:
        if mine:
            database.value("SELECT pg_advisory_unlock(38, %(id)s)", id=export_id)


def _write(export: Export) -> None:
    export.refresh_from_db()
    if export.state not in (State.WAITING, State.RUNNING):
        return
    folder = config.data_folder() / "exports" / str(export.pk)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"file.{export.form}"
    try:
        found = list_of(export.list_name, export.user)
        request = as_request(export.user, export.query)
        export.state, export.started_at = State.RUNNING, clock.now()
        export.total = found.file_size(request)
        export.save(update_fields=["state", "started_at", "total"])

        def tell(done: int) -> None:
            Export.objects.filter(pk=export.pk).update(done=done)

        done = write(path, found, request, export.form, export.columns, tell)
    except (CannotExport, OSError) as error:
        _fail(export, folder, str(error))
        return
    except Exception as error:
        log.exception("an export failed", export_id=export.pk)
        _fail(export, folder, f"Something went wrong on our side: {error}")
        return
    now = clock.now()
    Export.objects.filter(pk=export.pk).update(
        state=State.DONE,
        done=done,
        total=done,
        size=path.stat().st_size,
        path=str(path.relative_to(config.data_folder())),
        ended_at=now,
        expires_at=now + KEPT,
    )


def _fail(export: Export, folder: Path, sentence: str) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    Export.objects.filter(pk=export.pk).update(state=State.FAILED, error=sentence, ended_at=clock.now())


def write(
    path: Path,
    found: Exportable,
    request: HttpRequest,
    form: str,
    keys: Sequence[str] = (),
    tell: Progress | None = None,
) -> int:
    """Write a list's rows that a request's query keeps to a file; answers how many."""
    columns = [column for column in found.file_columns(request) if not keys or column.key in keys]
    rows = _counted(found.file_rows(request, columns), tell)
    if form == "xlsx":
        return _write_workbook(path, found.title, columns, rows)
    with path.open("w", encoding="utf-8", newline="") as file:
        return _write_csv(file, columns, rows) if form == "csv" else _write_lines(file, columns, rows)


def _counted(rows: Iterable[Any], tell: Progress | None) -> Iterator[Any]:
    for number, row in enumerate(rows, 1):
        yield row
        if tell and number % TOLD_EVERY == 0:
            tell(number)


def _write_csv(file: TextIO, columns: Sequence[Column], rows: Iterable[Any]) -> int:
    file.write("\ufeff")  # without it Excel takes UTF-8 for something else
    writer, number = csv.writer(file), 0
    writer.writerow([column.label for column in columns])
    for number, row in enumerate(rows, 1):  # noqa: B007  the last one is the count
        writer.writerow([sheets.harmless(words.plain(column.read(row))) for column in columns])
    return number


def _write_lines(file: TextIO, columns: Sequence[Column], rows: Iterable[Any]) -> int:
    number = 0
    for number, row in enumerate(rows, 1):  # noqa: B007  the last one is the count
        key = {"id": row.pk} if hasattr(row, "pk") else {}
        document = key | {column.key: words.bare(column.read(row)) for column in columns}
        file.write(json.dumps(document, ensure_ascii=False, default=str) + "\n")
    return number


def _write_workbook(path: Path, title: str, columns: Sequence[Column], rows: Iterable[Any]) -> int:
    """Row by row, with constant memory. Texts are written as texts: what looks like a formula or a link stays one."""
    import xlsxwriter

    book = xlsxwriter.Workbook(
        str(path),
        {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "tmpdir": str(path.parent),
        },
    )
    with closing(book):
        head = book.add_format({"bold": True})
        moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        page: Any = None
        place = number = 0
        for number, row in enumerate(rows, 1):
            if page is None or place > SHEET_ROWS:
                page, place = _page(book, title, number // SHEET_ROWS, columns, head), 1
            for at, column in enumerate(columns):
                _write_cell(page, place, at, column.read(row), moment)
            place += 1
        if page is None:
            _page(book, title, 0, columns, head)
    return number


def _page(book: Any, title: str, number: int, columns: Sequence[Column], head: Any) -> Any:
    name = "".join(" " if letter in "[]:*?/\\'" else letter for letter in title)[:25].strip() or "Rows"
    page = book.add_worksheet(f"{name} {number + 1}" if number else name)
    page.freeze_panes(1, 0)
    for at, column in enumerate(columns):
        page.write_string(0, at, column.label, head)
    return page


def _write_cell(page: Any, row: int, at: int, value: Any, moment: Any) -> None:
    if value is None or value == "":
        return
    if isinstance(value, bool):
        page.write_boolean(row, at, value)
    elif isinstance(value, int | float | Decimal) and abs(float(value)) < 10**15:
        page.write_number(row, at, value)
    elif isinstance(value, datetime):
        page.write_datetime(row, at, value.astimezone(UTC).replace(tzinfo=None), moment)
    else:
        page.write_string(row, at, words.plain(value)[:LONGEST_CELL])


# ── Away ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _drop(found: Any) -> int:
    count = 0
    for export in found:
        shutil.rmtree(config.data_folder() / "exports" / str(export.pk), ignore_errors=True)
        Export.objects.filter(pk=export.pk).update(state=State.GONE, path="", size=0)
        count += 1
    return count


def sweep(before: datetime | None = None) -> int:
    """Remove the files that have expired, or that are older than a moment."""
    old = Q(expires_at__lt=clock.now()) if before is None else Q(ended_at__lt=before)
    return _drop(Export.objects.filter(old, state=State.DONE))


def drop(export: Export) -> None:
    """Remove a file that its owner does not want any more."""
    _drop([export])


def erase(contacts: Sequence[int]) -> int:
    """Remove all files: whoever must be forgotten may stand in any of them, and each can be made anew."""
    return _drop(Export.objects.filter(state=State.DONE)) if contacts else 0
