"""`leadwright contacts …`"""

import typer

from leadwright.capture import commands
from leadwright.capture.commands import AsJson, DryRun, File, MapFile

contacts_cli = typer.Typer(name="contacts", no_args_is_help=True, help="The people that we know.")


@contacts_cli.command("import", epilog="Example: leadwright contacts import people.csv --dry-run")
def import_contacts(file: File, map_file: MapFile = None, dry_run: DryRun = False, as_json: AsJson = False) -> None:
    """Import contacts from a file: new ones are made, known ones get what is new."""
    commands.import_file("contacts", file, map_file, dry_run=dry_run, as_json=as_json)
