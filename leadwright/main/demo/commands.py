"""The example firm on the command line: build it, live its past, take it away again."""

import os
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
    os.environ.setdefault("PGOPTIONS", "-c synchronous_commit=off")  # a crash of the machine may cost the last second
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


@demo_cli.command(epilog="Example: leadwright demo start")
def start(people: Annotated[int, typer.Option(help="How many people give their address in the past.")] = 3000) -> None:
    """Fill an installation that is empty; leave any other alone. What `up --demo` runs before its workers."""
    os.environ.setdefault("PGOPTIONS", "-c synchronous_commit=off")
    with terminal.installation("demo"):
        from leadwright.main.demo import living, past

        match living.state():
            case living.State.OWN:
                terminal.say("This installation has contacts of its own; the example firm is not put among them.")
            case living.State.LIVING:
                terminal.say("The example firm goes on living.")
            case living.State.BROKEN_OFF:
                living.call_past()
            case living.State.EMPTY:
                terminal.say("Living the example firm's year; the console shows how far it is …")
                lived = past.live(people=people)
                terminal.say(
                    f"The year is lived: {lived.visits:,} visits, {lived.forms:,} forms, {lived.mails:,} mails."
                )


def market() -> None:
    """Be the example firm's market: some visitors a minute, by HTTP, at the real clock. Ends where there is none."""
    with terminal.installation("market"):
        from leadwright.main.demo import living

        if living.state() is not living.State.LIVING:
            terminal.say("There is no example firm here that could live on.")
            return
        living.live()


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
