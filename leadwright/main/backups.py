"""Backup and restore: one tar file with a dump of the database, the uploads and the secret key."""

import json
import os
import subprocess
import tarfile
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from leadwright import __version__
from leadwright.kit import clock, config, postgres, terminal

FOLDERS = ("media", "lake")
FORMAT = 1

# The dump's transaction numbers mean nothing in the database it is restored into: new activities could get smaller
# ones, and readers would pass them by. So what is restored counts as older than everything that comes.
RENUMBER = """
UPDATE capture_activity SET tx = '3';
UPDATE capture_hit SET tx = '3';
UPDATE capture_position SET tx = 3;
"""


class Trouble(RuntimeError):
    """A backup cannot be written or brought back; the message says why and how to mend it."""


def _connection(url: str) -> list[str]:
    """A database URL as arguments for PostgreSQL's programs (libpq does not read our extra parameters)."""
    parts = urlsplit(url)
    host = parse_qs(parts.query).get("host", [parts.hostname or ""])[0]
    words = ["--host", host, "--username", parts.username or "postgres", "--dbname", parts.path.lstrip("/")]
    return [*words, "--port", str(parts.port)] if parts.port else words


def _run(tool: str, *words: str) -> None:
    url = config.database_url()
    environment = os.environ | {"PGPASSWORD": urlsplit(url).password or ""}
    done = subprocess.run(
        [str(postgres.tool(tool)), *_connection(url), *words], env=environment, capture_output=True, check=False
    )
    if done.returncode:
        raise Trouble(f"{tool} failed: {done.stderr.decode(errors='replace').strip()[-500:]}")


def write(file: Path) -> dict[str, Any]:
    """Write a backup; answers its size in bytes and the seconds it took. The file appears only once it is whole."""
    started = time.monotonic()
    if file.exists():
        raise Trouble(f"{file} exists already; choose another name, so that no backup is overwritten.")
    if not file.parent.is_dir():
        raise Trouble(f"The folder {file.parent} does not exist; make it first.")
    part = file.with_name(file.name + ".part")
    with tempfile.TemporaryDirectory(dir=file.parent) as scratch:
        dump = Path(scratch) / "database.dump"
        # The day's salt must be gone when its day is over: with it, visitors without a cookie could be told again.
        _run("pg_dump", "--format=custom", "--no-owner", "--exclude-table-data=capture_salt", "--file", str(dump))
        about = Path(scratch) / "about.json"
        about.write_text(json.dumps({"format": FORMAT, "version": __version__, "at": clock.now().isoformat()}))
        with tarfile.open(part, "w") as archive:
            archive.add(about, "about.json")
            archive.add(dump, "database.dump")
            for name in ("secret-key", *FOLDERS):
                if (path := config.data_folder() / name).exists():
                    archive.add(path, name)
    part.chmod(0o600)
    part.rename(file)
    return {"bytes": file.stat().st_size, "seconds": round(time.monotonic() - started, 2)}


def read(file: Path) -> dict[str, Any]:
    """Bring a backup into an empty installation; answers its size in bytes and the seconds it took."""
    started = time.monotonic()
    if not file.is_file():
        raise Trouble(f"There is no file {file}.")
    folder = config.data_folder()
    try:
        with tarfile.open(file) as archive, tempfile.TemporaryDirectory(dir=folder) as scratch:
            archive.extractall(scratch, filter="data")
            about = json.loads((Path(scratch) / "about.json").read_text())
            if about["format"] != FORMAT:
                raise Trouble(f"This backup has format {about['format']}; this version reads {FORMAT}.")
            _restore(Path(scratch), folder)
    except (tarfile.TarError, KeyError, json.JSONDecodeError, FileNotFoundError) as error:
        raise Trouble(f"{file} is not a backup that `leadwright backup` wrote: {error}.") from error
    return {"bytes": file.stat().st_size, "seconds": round(time.monotonic() - started, 2)}


def _restore(scratch: Path, folder: Path) -> None:
    started = _open_database()
    try:
        import psycopg

        with psycopg.connect(config.database_url(), autocommit=True) as connection:
            row = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
            if row and row[0]:
                raise Trouble(
                    "The database is not empty, and nothing was changed. "
                    "Restore into an empty data folder (LEADWRIGHT_DATA) or an empty database."
                )
        _run("pg_restore", "--no-owner", "--exit-on-error", str(scratch / "database.dump"))
        with psycopg.connect(config.database_url()) as connection:
            connection.execute(RENUMBER)
        for name in ("secret-key", *FOLDERS):
            if (scratch / name).exists():
                (scratch / name).rename(folder / name)
    finally:
        if started:
            postgres.stop(terminal.database_folder())


def _open_database() -> bool:
    """Start the embedded database where it is the one to use; True if this call started it."""
    if config.get("DATABASE_URL"):
        return False
    os.environ["DATABASE_URL"] = postgres.start(terminal.database_folder())
    return True
