"""`leadwright leads …`"""

from pathlib import Path
from typing import Annotated

import typer

from leadwright.capture import commands

leads_cli = typer.Typer(name="leads", no_args_is_help=True, help="Episodes of interest, from a raised hand to the end.")


@leads_cli.command("import", epilog="Example: leadwright leads import leads.csv --map examples/olist/leads.yaml")
def import_leads(
    file: Annotated[Path, typer.Argument(help="CSV, TSV, XLSX, ODS or JSON lines.")],
    map_file: Annotated[
        Path | None, typer.Option("--map", help="Mapping (YAML); without it, the columns are guessed.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would happen.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Answer one JSON document.")] = False,
) -> None:
    """Import leads from a file, found by external id, so that a second file can add their outcome."""
    commands.import_file("leads", file, map_file, dry_run=dry_run, as_json=as_json)
