"""`leadwright contacts …` and `leadwright dedupe`."""

import dataclasses
from pathlib import Path
from typing import Annotated, Any

import typer

from leadwright.capture import commands
from leadwright.capture.commands import AsJson, DryRun, File, MapFile, MappingName, Same
from leadwright.kit import terminal

contacts_cli = typer.Typer(name="contacts", no_args_is_help=True, help="The people that we know.")


@contacts_cli.command("import", epilog="Example: leadwright contacts import people.csv --dry-run")
def import_contacts(
    file: File,
    map_file: MapFile = None,
    mapping: MappingName = "",
    same: Same = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Import contacts from a file: new ones are made, known ones get what is new."""
    commands.import_file("contacts", file, map_file, name=mapping, same=same, dry_run=dry_run, as_json=as_json)


@contacts_cli.command("export", epilog="Example: leadwright contacts export people.xlsx --query 'stage=decision'")
def export_contacts(
    file: Annotated[Path, typer.Argument(help="Where to: .csv, .xlsx or .jsonl says which form.")],
    query: Annotated[str, typer.Option("--query", help="Search and filters, as in the list's URL.")] = "",
    as_json: AsJson = False,
) -> None:
    """Write all contacts, or those that a query keeps, to a file, with all their fields."""
    with terminal.installation():
        from leadwright.profile.lists import CONTACTS
        from leadwright.ui import exports
        from leadwright.workspace import audit
        from leadwright.workspace.models import Role, User

        form = file.suffix.lower().lstrip(".")
        if form not in exports.FORMS:
            terminal.wrong(f"“{file.name}” does not say in which form. Name it .csv, .xlsx or .jsonl.")
        operator = User(role=Role.ADMINISTRATOR, is_superuser=True)
        try:
            rows = exports.write(file, CONTACTS, exports.as_request(operator, query.lstrip("?")), form)
        except OSError as error:
            terminal.wrong(f"{file} cannot be written: {error.strerror}.")
        audit.note("command line", "exported", "contacts", "", file=file.name, query=query, rows=rows)
        terminal.answer({"file": str(file), "rows": rows}, as_json=as_json, text=f"{rows:,} contacts are in {file}.")


Who = Annotated[str, typer.Argument(help="An e-mail address, or the contact's number.")]


@contacts_cli.command("tell", epilog="Example: leadwright contacts tell ada@nordwind.example > ada.json")
def tell(who: Who) -> None:
    """Print everything that is known of a person as one JSON document; the trail says that it was taken here."""
    with terminal.installation():
        from leadwright.profile.privacy import exports
        from leadwright.workspace import audit

        contact = _find(who)
        audit.note("command line", "exported a person", "contact", contact.pk)
        terminal.answer(exports.document(contact), as_json=True)


@contacts_cli.command("forget", epilog="Example: leadwright contacts forget ada@nordwind.example --yes")
def forget(
    who: Who,
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without, it only says what would go.")] = False,
    as_json: AsJson = False,
) -> None:
    """Forget a person in every table and file, and print the receipt. It cannot be taken back."""
    with terminal.installation():
        from leadwright.profile.privacy import erasures, exports

        contact = _find(who)
        if not yes:
            goes = {exports.plainly(name): len(rows) for name, rows in exports.known(contact.pk).items() if rows}
            terminal.answer(goes, as_json=as_json)
            terminal.wrong("Nothing was removed. Say --yes to forget this person.")
        try:
            receipt = erasures.erase([contact.pk], "command line", "command line")
        except erasures.Held as error:
            terminal.failed(str(error))
        if receipt:
            told = {"receipt": receipt.pk, "people": receipt.people, "tables": receipt.tables, "files": receipt.files}
            terminal.answer(told, as_json=as_json)


def _find(who: str) -> Any:
    """The contact of an address or a number; ends with a sentence where there is none."""
    from leadwright.profile import rules
    from leadwright.profile.models import Contact

    try:
        found = (
            Contact.objects.filter(pk=int(who))
            if who.isascii() and who.isdigit()
            else Contact.objects.filter(email_key=rules.normalise_email(who).key)
        )
    except (rules.BadAddress, OverflowError) as error:
        terminal.wrong(str(error))
    contact = found.first()
    if contact is None:
        terminal.wrong(f"There is no contact {who}.")
    return contact


def dedupe(
    file: Annotated[Path, typer.Argument(help="CSV, TSV, XLSX, ODS or JSON lines, with a header row.")],
    id_column: Annotated[
        str, typer.Option("--id", help="The column with each row's id; by default one named so, else the row's number.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON line per row.")] = False,
) -> None:
    """Find the rows of a file that are the same person or firm, in spite of typing errors; needs no installation.

    Prints each row's cluster, its id, and how sure it is to belong there. Nothing is changed.
    """
    from leadwright.capture.imports import tables
    from leadwright.profile.duplicates import files

    try:
        rows = list(files.dedupe(file, id_column, terminal.say))
    except (tables.Unreadable, files.Unusable) as error:
        terminal.wrong(str(error))
    for row in rows:
        terminal.answer(
            dataclasses.asdict(row), as_json=as_json, text=f"{row.cluster}\t{row.id}\t{row.probability:.4f}"
        )
