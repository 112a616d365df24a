"""Real processes on a real database with committed data: the mailbox, a worker and a sender, to be killed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Installation:
    """A database of its own, and the environment that leads to it."""

    url: str
    environment: dict[str, str]

    def start(self, name: str) -> subprocess.Popen[bytes]:
        """Start a process of the product."""
        return subprocess.Popen(
            [sys.executable, "-m", "leadwright", name], env=self.environment, cwd=ROOT, start_new_session=True
        )

    def ask(self, statement: str, *parameters: Any) -> Any:
        """The first column of the first row."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            found = connection.execute(statement, parameters).fetchone()
        return found[0] if found else None

    def rows(self, statement: str) -> list[Any]:
        """All rows."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            return connection.execute(statement).fetchall()

    def run(self, statement: str) -> None:
        """Change something."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(statement)


def kill(process: subprocess.Popen[bytes]) -> None:
    """End a process and its children at once, without a word."""
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def eventually(look: Callable[[], Any], within: float = 150.0) -> Any:
    """Look until it is true; fail after a while."""
    deadline = time.monotonic() + within
    while not (answer := look()):
        if time.monotonic() > deadline:
            raise AssertionError("This did not come true in time.")
        time.sleep(0.02)
    return answer


@contextmanager
def installation(folder: Path, port: int) -> Iterator[Installation]:
    """A database of its own for the length of a block."""
    base, _, options = os.environ["DATABASE_URL"].partition("?")
    host, _, template = options.partition("&test_template=")
    name = f"killing_{os.getpid()}"
    with psycopg.connect(f"{base}?{host}", autocommit=True) as connection:
        make = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        connection.execute(make.format(sql.Identifier(name), sql.Identifier(template)))
        url = f"{base.rpartition('/')[0]}/{name}?{host}"
        environment = {key: value for key, value in os.environ.items() if not key.startswith("LEADWRIGHT_")}
        environment |= {
            "DATABASE_URL": url,
            "LEADWRIGHT_DATA": str(folder),
            "LEADWRIGHT_SECRET_KEY": "only-for-tests",
            "LEADWRIGHT_MAILBOX_PORT": str(port),
            "LEADWRIGHT_LOG": "warning",
            "PYTHONPATH": str(ROOT),
        }
        try:
            yield Installation(url, environment)
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
