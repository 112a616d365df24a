"""The example firm on the command line: build it, live its past, take it away again."""

from typing import Annotated

import typer

from leadwright.kit import terminal

demo_cli = typer.Typer(name="demo", no_args_is_help=True, help="The example firm: fill an installation, and empty it.")

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


@demo_cli.command(epilog="Example: leadwright demo live --days 365 --people 3000")
def live(
    days: Annotated[int, typer.Option(help="How long its past is.")] = 365,
    people: Annotated[int, typer.Option(help="How many people give their address in that time.")] = 3000,
    seed: Annotated[int, typer.Option(help="The same seed lives the same past.")] = 7,
    as_json: Json = False,
) -> None:
    """Make the example firm and live its past, in an installation that has none."""
    if days < 1 or people < 1:
        terminal.wrong("Give at least one day and one person.")
    with terminal.installation("demo"):
        terminal.prepare()
        from dataclasses import asdict

        from leadwright.main.demo import past

        lived = past.live(days, people, seed)
        terminal.answer(
            asdict(lived) | {"failures": len(lived.failures)},
            as_json=as_json,
            text=f"{lived.visits:,} visits, {lived.forms:,} forms and {lived.mails:,} mails in {lived.days} days."
            if lived.days
            else "There is an example firm already; `leadwright demo remove` takes it away.",
        )


@demo_cli.command(epilog="Example: leadwright demo remove")
def remove(as_json: Json = False) -> None:
    """Take the example firm away: its people, pages, mails and plans, and nothing else."""
    with terminal.installation("demo"):
        from leadwright.main.demo import removal

        gone = removal.remove()
        terminal.answer(
            {"removed": gone},
            as_json=as_json,
            text=f"{gone.get('contacts', 0):,} people and what the example firm had made are gone."
            if gone
            else "There is no example firm here.",
        )
