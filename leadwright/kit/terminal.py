"""How every command opens the installation, speaks and answers."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import typer

from leadwright.kit import config, log, postgres


def say(text: str) -> None:
    """A line for the person at the terminal, on standard error."""
    print(text, file=sys.stderr, flush=True)  # noqa: T201


def answer(document: Any, *, as_json: bool, text: str = "") -> None:
    """The result on standard output: one JSON document, or a sentence."""
    print(json.dumps(document, default=str, ensure_ascii=False) if as_json else text or _lines(document))  # noqa: T201


def _lines(document: Any) -> str:
    if isinstance(document, dict):
        return "\n".join(f"{name.replace('_', ' ')}: {value}" for name, value in document.items())
    return str(document)


def wrong(sentence: str) -> NoReturn:
    """End with exit status 2: wrong use or bad input, with a sentence that says how to mend it."""
    say(sentence)
    raise typer.Exit(2)


def failed(sentence: str) -> NoReturn:
    """End with exit status 1."""
    say(sentence)
    raise typer.Exit(1)


def database_folder() -> Any:
    """Where the embedded database lies."""
    return config.data_folder() / "postgres"


def prepare() -> None:
    """Bring the tables up to date and lay the foundations that the packages registered; safe to run again."""
    from django.core.management import call_command

    from leadwright.kit.registries import FOUNDATIONS

    call_command("migrate", verbosity=0)
    for lay in FOUNDATIONS:
        lay()


@contextmanager
def installation(process: str = "command") -> Iterator[bool]:
    """The running installation of the data folder; the embedded database is started for this block if it is down.

    Inside, Django is set up and its models may be imported. Yields whether the database was started here, and its
    tables are therefore brought up to date already.
    """
    started = False
    if not config.get("DATABASE_URL"):
        folder = database_folder()
        url = postgres.running(folder)
        if url is None:
            try:
                url = postgres.start(folder)
            except postgres.DatabaseWontStart as error:
                failed(str(error))
            started = True
        os.environ["DATABASE_URL"] = url
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadwright.main.settings")
    try:
        import django
        from django.db import connections

        log.set_up(process)
        django.setup()
        if started:
            prepare()
        try:
            yield started
        finally:
            connections.close_all()
    finally:
        if started:
            postgres.stop(database_folder())
            os.environ.pop("DATABASE_URL", None)
