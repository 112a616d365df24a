"""The command line: every command of every package, composed."""

import gc
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Annotated
from urllib.request import urlopen

import structlog
import typer

from leadwright.capture.commands import imports_cli
from leadwright.engage import commands as engage
from leadwright.kit import config, log, postgres, terminal
from leadwright.main import processes
from leadwright.main.demo.commands import demo_cli, market
from leadwright.measure.commands import report
from leadwright.profile import commands as profile
from leadwright.qualify.commands import leads_cli
from leadwright.workspace import commands as workspace

cli = typer.Typer(name="leadwright", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
for group in (workspace.cli, profile.contacts_cli, leads_cli, imports_cli, report, demo_cli):
    cli.add_typer(group)


@cli.callback()
def leadwright() -> None:
    """Lead generation on your own machine: attract, capture, qualify, nurture, hand over, measure."""


@cli.command(epilog="Example: leadwright up --demo --port 8000")
def up(
    demo: Annotated[
        bool, typer.Option("--demo", help="Fill an empty installation with a living example firm.")
    ] = False,
    data: Annotated[Path | None, typer.Option(help="Data folder (LEADWRIGHT_DATA).")] = None,
    port: Annotated[int | None, typer.Option(help="The public port (LEADWRIGHT_PORT); 0: a free one.")] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on (LEADWRIGHT_HOST).")] = None,
) -> None:
    """Start everything on one public port, and keep it running until Ctrl-C."""
    given = {"LEADWRIGHT_DATA": data, "LEADWRIGHT_PORT": port, "LEADWRIGHT_HOST": host}
    os.environ |= {name: str(value) for name, value in given.items() if value is not None}
    if config.get("LEADWRIGHT_PORT") == "0":
        os.environ["LEADWRIGHT_PORT"] = str(processes.free_port(config.get("LEADWRIGHT_HOST")))
    if config.get("LEADWRIGHT_MAILBOX_PORT") == "0":
        os.environ["LEADWRIGHT_MAILBOX_PORT"] = str(processes.free_port())
    os.environ["LEADWRIGHT_DATA"] = str(config.data_folder())
    log.set_up("up")
    signal.signal(signal.SIGTERM, _end)  # also before the supervisor listens, the database is stopped again
    try:
        _up(demo=demo)
    except KeyboardInterrupt:
        terminal.say("Stopped before everything had started.")
    except (processes.Refusal, postgres.DatabaseWontStart, config.BadSetting) as error:
        terminal.wrong(str(error))
    except postgres.DatabaseWontStop as error:
        terminal.failed(str(error))


def _up(*, demo: bool) -> None:
    folder = config.data_folder()
    with processes.sole(folder):
        processes.check_disk(folder)
        processes.check_port(*processes.public_address())
        config.secret_key()
        os.environ["LEADWRIGHT_PORT"] = config.get("LEADWRIGHT_PORT")
        config.keep_address()
        embedded = not config.get("DATABASE_URL")
        if embedded:
            terminal.say("Starting the database …")
            os.environ["DATABASE_URL"] = postgres.start(terminal.database_folder())
        try:
            _prepare()
            children = [
                processes.Child("web", processes.this("web")),
                processes.Child("mailbox", processes.this("mailbox")),
                processes.Child("work", processes.this("work")),
                processes.Child("send", processes.this("send")),
            ]
            if demo:  # its past is lived by one process that also does today's work meanwhile; its market comes last
                children[0].environment["LEADWRIGHT_BESIDE_PAST"] = "1"
                children.insert(2, processes.Child("demo", processes.this("demo", "start"), once=True))
                children.append(processes.Child("market", processes.this("market"), once=True))
            processes.supervise(children, _welcome, _keep_database if embedded else _nothing)
        finally:
            if embedded:
                postgres.stop(terminal.database_folder())


def _end(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def _nothing() -> None:
    """Somebody else keeps the database."""


def _keep_database() -> None:
    """Start the embedded database again where it has died; its write-ahead log brings back all that was committed."""
    folder = terminal.database_folder()
    if postgres.running(folder) is None:
        structlog.get_logger().warning("the database died and is started again")
        try:
            postgres.start(folder)
        except postgres.DatabaseWontStart as error:
            structlog.get_logger().error(str(error))


def _prepare() -> None:
    """Bring the tables up to date, in a process of its own, so that the supervisor stays small."""
    terminal.say("Bringing the tables up to date …")
    done = subprocess.run(processes.this("prepare", "--alone"), check=False)
    if done.returncode:
        raise processes.Refusal("The installation could not be prepared; see above why. Nothing was started.")


@cli.command(epilog="Example: leadwright prepare")
def prepare(
    *, alone: Annotated[bool, typer.Option("--alone", help="No other process of ours runs.", hidden=True)] = False
) -> None:
    """Bring the tables up to date and lay what every installation needs; `up` does this by itself."""
    with terminal.installation("prepare") as is_prepared:
        if not is_prepared:
            terminal.prepare()
        if alone:
            from leadwright.main.demo import living

            living.call_past()


def _welcome() -> None:
    """Say where the product is, as soon as it answers."""
    address = config.base_url()
    for _ in range(300):
        try:
            with urlopen(f"{address}/healthz", timeout=2):  # noqa: S310  # nosec B310
                break
        except OSError:
            time.sleep(0.1)
    terminal.say(f"Leadwright is at {address}/app/ and the public site at {address}/")
    link = subprocess.run(processes.this("login-link", "--first"), check=False, capture_output=True, text=True)
    if link.stdout.strip():
        terminal.say(f"Sign in once with {link.stdout.strip()}")


@cli.command(epilog="Example: leadwright web")
def web() -> None:
    """Serve the public port: collector, console, site and API."""
    _serve("leadwright.main.asgi:app")


@cli.command(epilog="Example: leadwright collect")
def collect() -> None:
    """Serve only the collector (`/t/…`), without Django; as many of these as the traffic needs."""
    try:
        config.database_url()
        config.secret_key()
    except config.BadSetting as error:
        terminal.wrong(str(error))
    log.set_up("collect")
    _serve("leadwright.capture.collector:app")


def _serve(app: str) -> None:
    from leadwright.main import serving

    serving.serve(app, *processes.public_address())


@cli.command(epilog="Example: leadwright work")
def work() -> None:
    """Run background jobs; as many of these as needed, anywhere."""
    with terminal.installation("work"):
        from procrastinate.contrib.django import app

        from leadwright.kit import jobs

        jobs.sweep()
        with app.replace_connector(app.connector.get_worker_connector()):
            app.run_worker(
                concurrency=config.get_int("LEADWRIGHT_WORKERS"), delete_jobs="successful", install_signal_handlers=True
            )


@cli.command(epilog="Example: leadwright doctor --json")
def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")] = False,
) -> None:
    """Look at everything that must be well, and say how to mend what is not."""
    with terminal.installation():
        from dataclasses import asdict

        from leadwright.main import health

        findings = health.examine()
    lines = [f"{'fine ' if each.ok else 'MEND '} {each.name}: {each.say}" for each in findings]
    terminal.answer({"checks": [asdict(each) for each in findings]}, as_json=as_json, text="\n".join(lines))
    if not all(each.ok for each in findings):
        raise typer.Exit(1)


@cli.command(epilog="Example: leadwright backup /safe/place/leadwright-2026-11-22.tar")
def backup(
    file: Annotated[Path, typer.Argument(help="The file to write; it must not exist.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")] = False,
) -> None:
    """Write everything (database, uploads, secret key) to one file, while the product runs."""
    with terminal.installation():
        from leadwright.main import backups

        try:
            result = backups.write(file)
        except backups.Trouble as error:
            terminal.wrong(str(error))
    terminal.answer(result, as_json=as_json, text=f"{result['bytes']:,} bytes in {result['seconds']} s.")


@cli.command(epilog="Example: leadwright restore /safe/place/leadwright-2026-11-22.tar")
def restore(
    file: Annotated[Path, typer.Argument(help="A file that `leadwright backup` wrote.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")] = False,
) -> None:
    """Bring back a backup into an empty installation; the product must be stopped."""
    from leadwright.main import backups

    try:
        with processes.sole(config.data_folder()):
            result = backups.read(file)
    except (backups.Trouble, processes.Refusal) as error:
        terminal.wrong(str(error))
    terminal.answer(result, as_json=as_json, text=f"{result['bytes']:,} bytes in {result['seconds']} s.")


@cli.command(epilog="Example: leadwright bench collect --size 100000")
def bench(
    names: Annotated[list[str] | None, typer.Argument(help="Which ones; none: all.")] = None,
    size: Annotated[int | None, typer.Option(help="How many; each benchmark has its own default.")] = None,
) -> None:
    """Measure the machine and us on it: JSON lines, each figure beside a limit measured in the same run."""
    from leadwright.main import bench as benchmarks

    chosen = names or benchmarks.names()
    figures = benchmarks.run(chosen[0], size) if len(chosen) == 1 else benchmarks.run_all(chosen, size)
    try:
        for figure in figures:
            print(benchmarks.line(figure), flush=True)
    except benchmarks.NoBenchmarks as error:
        terminal.wrong(str(error))


cli.command(epilog="Example: leadwright market")(market)
cli.command(epilog="Example: leadwright dedupe people.csv --id rec_id --json")(profile.dedupe)
cli.command(epilog="Example: leadwright send")(engage.send)
cli.command(epilog="Example: leadwright mailbox")(engage.mailbox)


def main() -> None:
    """Run the command line."""
    gc.set_threshold(100_000, 50, 100)  # starting and migrating make very many objects, of which hardly any are garbage
    cli()
