"""`leadwright leads …`"""

import typer

from leadwright.capture import commands
from leadwright.capture.commands import AsJson, DryRun, File, MapFile, MappingName, Same

leads_cli = typer.Typer(name="leads", no_args_is_help=True, help="Episodes of interest, from a raised hand to the end.")


@leads_cli.command("import", epilog="Example: leadwright leads import leads.csv --map examples/olist/leads.yaml")
def import_leads(
    file: File,
    map_file: MapFile = None,
    mapping: MappingName = "",
    same: Same = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Import leads from a file, found by external id, so that a second file can add their outcome."""
    commands.import_file("leads", file, map_file, name=mapping, same=same, dry_run=dry_run, as_json=as_json)
