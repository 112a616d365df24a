"""`leadwright contacts …`"""

from pathlib import Path
from typing import Annotated

import typer

from leadwright.capture import commands

contacts_cli = typer.Typer(name="contacts", no_args_is_help=True, help="The people that we know.")


@contacts_cli.command("import", epilog="Example: leadwright contacts import people.csv --dry-run")
def import_contacts(
    file: Annotated[Path, typer.Argument(help="CSV, TSV, XLSX, ODS or JSON lines.")],
    map_file: Annotated[
        Path | None, typer.Option("--map", help="Mapping (YAML); without it, the columns are guessed.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would happen.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Answer one JSON document.")] = False,
) -> None:
    """Import contacts from a file: new ones are made, known ones get what is new."""
    commands.import_file("contacts", file, map_file, dry_run=dry_run, as_json=as_json)
