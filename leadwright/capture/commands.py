"""`leadwright imports …`, and what the import commands of later stages share."""

import dataclasses
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from leadwright.kit import terminal

imports_cli = typer.Typer(name="imports", no_args_is_help=True, help="Files that were imported.")


# What each command that imports a file takes.
File = Annotated[Path, typer.Argument(help="CSV, TSV, XLSX, ODS or JSON lines.")]
MapFile = Annotated[Path | None, typer.Option("--map", help="Mapping (YAML); without it, the columns are guessed.")]
MappingName = Annotated[
    str, typer.Option("--mapping", metavar="NAME", help="A mapping that was kept under this name in the console.")
]
Same = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="FIELD=VALUE", help="The same for every row, such as source=Fair; may be repeated."),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would happen.")]
AsJson = Annotated[bool, typer.Option("--json", help="Answer one JSON document.")]


def import_file(
    kind_key: str,
    file: Path,
    map_file: Path | None,
    *,
    name: str = "",
    same: list[str] | None = None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Import a file as a kind and answer what was done; ends the command with exit status 2 where the input is bad."""
    with terminal.installation():
        from leadwright.capture.imports import kinds, mappings, runs, saved, tables

        try:
            kind = kinds.kind_of(kind_key)
            raw = mappings.load(map_file) if map_file else None
            if raw is not None and name:
                terminal.wrong("--map and --mapping both say which column is what. Give one of them.")
            chosen = saved.named(kind, name) if name else None
            table = tables.open_as(file, raw)
            if raw is None:
                raw = runs.guess(kind, table)
                raw = saved.fitted(chosen, raw, table) if chosen else raw
                _say_guess(raw, table.columns)
            raw = _with_same(raw, same or [])
            if chosen and not dry_run:
                saved.use(chosen)
            began = time.monotonic()
            result = _look(kind, table, raw, began) if dry_run else _run(kind, file, raw, began)
        except mappings.BadMapping as error:
            terminal.wrong("\n".join(f"- {fault}" for fault in error.faults))
        except (tables.Unreadable, runs.CannotImport) as error:
            terminal.wrong(str(error))
        terminal.answer(dataclasses.asdict(result), as_json=as_json, text=_sentence(kind, result, dry_run=dry_run))


def _with_same(raw: dict[str, Any], same: list[str]) -> dict[str, Any]:
    """A mapping with what the command says of every row; it wins over what the mapping says."""
    told = {}
    for each in same:
        field, sign, value = each.partition("=")
        if not sign or not field.strip() or not value.strip():
            terminal.wrong(f"--set takes a field and a value, such as --set source=Fair; it was “{each}”.")
        told[field.strip()] = value.strip()
    return raw | {"constants": (raw.get("constants") or {}) | told} if told else raw


def _say_guess(raw: dict[str, Any], columns: list[str]) -> None:
    for column, entry in raw["columns"].items():
        fields = [
            each if isinstance(each, str) else each["to"] for each in (entry if isinstance(entry, list) else [entry])
        ]
        terminal.say(f"  {column} → {', '.join(fields)}")
    if left := [column for column in columns if column not in raw["columns"]]:
        terminal.say(f"  left out: {', '.join(left)} (a mapping given with --map can take them)")


def _run(kind: Any, file: Path, raw: dict[str, Any], began: float) -> Any:
    from leadwright.capture.imports import rejects, runs
    from leadwright.capture.models import Import

    with progress_bar("Importing") as progress:
        imported = runs.import_file(kind, file, raw, progress=progress)
    if imported.state != Import.State.DONE:
        _stopped(imported)
    refused = rejects.write(imported)
    return runs.Result(
        import_id=imported.pk,
        rows=imported.rows,
        created=imported.created,
        updated=imported.updated,
        unchanged=imported.unchanged,
        rejected=imported.rejected,
        warnings=imported.warned,
        consents=imported.statements,
        seconds=round(time.monotonic() - began, 3),
        rejects_file=str(refused) if refused else None,
    )


def _stopped(imported: Any) -> NoReturn:
    terminal.failed(
        f"Import {imported.pk} stopped after {imported.done_rows:,} of {imported.rows:,} rows. {imported.error} "
        f"What was taken stays; `leadwright imports undo {imported.pk}` takes it back."
    )


def _look(kind: Any, table: Any, raw: dict[str, Any], began: float) -> Any:
    import csv

    from leadwright.capture.imports import chunks, previews, runs
    from leadwright.kit import sheets

    mapping = chunks.read_mapping(kind, raw, table)
    path = runs.folder_of(0) / "rejects.csv"
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with path.open("w", encoding="utf-8", newline="") as out, progress_bar("Looking") as progress:
        writer = csv.writer(out)
        writer.writerow(["Row", "Reason", *map(sheets.harmless, table.columns)])
        preview = previews.look(
            kind,
            table,
            mapping,
            chunks.Order(table.path, kind.key, raw),
            refusals=lambda number, say, row: writer.writerow([number, say, *map(sheets.harmless, row)]),
            progress=previews.as_bar(progress),
        )
    if not preview.rejected:
        path.unlink()
    return runs.Result(
        import_id=None,
        rows=preview.rows,
        created=preview.created,
        updated=preview.updated,
        unchanged=preview.unchanged,
        rejected=preview.rejected,
        warnings=preview.warned,
        consents=preview.statements,
        seconds=round(time.monotonic() - began, 3),
        rejects_file=str(path) if preview.rejected else None,
    )


def _sentence(kind: Any, result: Any, *, dry_run: bool) -> str:
    label = kind.label
    words = {key: said for key, said, _ in (kind.statements.outcomes if kind.statements else ())}
    done = "would be" if dry_run else "were"
    counts = (
        f"{result.rows:,} rows in {result.seconds:.1f} s: {result.created:,} {label} {done} made, "
        f"{result.updated:,} changed, {result.unchanged:,} stay as they are, {result.rejected:,} refused."
    )
    lines = [counts]
    if result.warnings:
        lines.append(f"{result.warnings:,} rows have a warning.")
    for purpose, counts in result.consents.items():
        told = ", ".join(f"{count:,} {words.get(what, what)}" for what, count in counts.items())
        lines.append(f"Consent to {purpose}: {told}.")
    if result.rejects_file:
        lines.append(f"Refused rows with their reasons: {result.rejects_file}")
    if result.import_id:
        lines.append(f"To take all of it back: leadwright imports undo {result.import_id}")
    return "\n".join(lines)


@contextmanager
def progress_bar(label: str) -> Iterator[Any]:
    """A progress bar on standard error, as a function of done and total; silent where nobody looks."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


@imports_cli.command("undo", epilog="Example: leadwright imports undo 3")
def undo(
    import_id: Annotated[int, typer.Argument(metavar="ID", help="The import's number.")],
    as_json: Annotated[bool, typer.Option("--json", help="Answer one JSON document.")] = False,
) -> None:
    """Take back everything that an import did: what it made is removed, what it changed gets its values back."""
    with terminal.installation():
        from leadwright.capture.imports import runs
        from leadwright.capture.models import Import

        imported = Import.objects.filter(pk=import_id).first()
        if imported is None:
            terminal.wrong(f"There is no import {import_id}. `leadwright imports list` shows those there are.")
        try:
            with progress_bar("Undoing") as progress:
                imported = runs.undo_here(imported, progress)
        except runs.CannotImport as error:
            terminal.wrong(str(error))
        if imported.state != Import.State.UNDONE:
            terminal.failed(imported.error or "Another process is undoing this import right now.")
        report = imported.report
        terminal.answer(
            {
                "import_id": import_id,
                "deleted": report["deleted"],
                "restored": report["restored"],
                "conflicts": report["conflicts"],
                "taken_back": report.get("taken_back", 0),
            },
            as_json=as_json,
            text=f"{report['deleted']:,} records removed, {report['restored']:,} restored"
            + (f", {report['taken_back']:,} entries of consent taken back" if report.get("taken_back") else "")
            + (f", {report['conflicts']:,} kept because they changed since." if report["conflicts"] else "."),
        )


@imports_cli.command("list", epilog="Example: leadwright imports list --json")
def index(as_json: Annotated[bool, typer.Option("--json", help="Answer JSON lines.")] = False) -> None:
    """List the imports, latest first."""
    with terminal.installation():
        from leadwright.capture.models import Import

        for each in Import.objects.order_by("-pk")[:200]:
            facts = {
                "import_id": each.pk,
                "kind": each.kind,
                "file": each.file_name,
                "state": each.state,
                "rows": each.rows,
                "created": each.created,
                "updated": each.updated,
                "unchanged": each.unchanged,
                "rejected": each.rejected,
                "warnings": each.warned,
            }
            terminal.answer(
                facts,
                as_json=as_json,
                text=f"{each.pk}  {each.kind}  {each.file_name}  {each.get_state_display()}  {each.rows:,} rows",
            )


@imports_cli.command("mappings", epilog="Example: leadwright imports mappings --json")
def saved_mappings(as_json: Annotated[bool, typer.Option("--json", help="Answer JSON lines.")] = False) -> None:
    """List the mappings that were kept under a name; `--mapping NAME` takes one."""
    with terminal.installation():
        from leadwright.capture.models import SavedMapping

        found = SavedMapping.objects.exclude(name="").select_related("user").order_by("kind", "name")
        for each in found:
            facts = {
                "name": each.name,
                "kind": each.kind,
                "columns": each.columns,
                "mapping": each.mapping,
                "used_at": each.used_at.isoformat(),
                "user": each.user.email if each.user else None,
            }
            terminal.answer(facts, as_json=as_json, text=f"{each.name}  {each.kind}  {len(each.columns)} columns")
        if not found and not as_json:
            terminal.say("No mapping has a name yet; the import screen keeps one.")
