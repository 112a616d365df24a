"""The supervisor of `leadwright up`: the database, the migrations, then the processes on one public port.

It restarts what dies (after 0.5 s, doubling up to 30 s), stops in reverse order on a signal, and refuses clearly when
the port is taken, the disk is full or another instance holds the data folder.
"""

import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import structlog

from leadwright.kit import config

log = structlog.get_logger()

LEAST_FREE_BYTES = 300 * 1024 * 1024
STEADY_SECONDS = 30.0
STOP_SECONDS = 20.0
LONGEST_TRY = 2.0  # a process that runs only once is tried again while its wait is no longer than this


class Refusal(RuntimeError):
    """The product cannot start as asked; the message says why and how to mend it."""


@dataclass
class Child:
    """A process that is kept alive; or, `once`, one that has to end before those behind it in the list start."""

    name: str
    command: list[str]
    environment: dict[str, str] = field(default_factory=dict)
    once: bool = False
    is_done: bool = False
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    wait: float = 0.5
    again_at: float = 0.0

    def start(self) -> None:
        """Start it in a process group of its own, so that a terminal's Ctrl-C reaches only the supervisor."""
        self.process = subprocess.Popen(
            self.command, env=os.environ | self.environment, start_new_session=True, stdin=subprocess.DEVNULL
        )
        self.started_at = time.monotonic()

    def look(self) -> None:
        """Start it where it does not run; note that it has ended where it has to run only once."""
        if self.is_done:
            return
        if self.process is None:
            if time.monotonic() >= self.again_at:
                self.start()
            return
        code = self.process.poll()
        if code is None:
            if time.monotonic() - self.started_at > STEADY_SECONDS:
                self.wait = 0.5
            return
        if self.once and (code == 0 or self.wait > LONGEST_TRY):
            self.is_done = True
            if code:
                log.error("a process failed again and again; going on without it", name=self.name, exit_code=code)
            return
        log.warning("a process died and is started again", name=self.name, exit_code=code, in_seconds=self.wait)
        self.process, self.again_at = None, time.monotonic() + self.wait
        self.wait = min(self.wait * 2, 30.0)

    def stop(self) -> None:
        """Ask it to stop, and end it if it does not within STOP_SECONDS."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            log.warning("a process did not stop in time and was ended", name=self.name)
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


@contextmanager
def sole(folder: Path) -> Iterator[IO[str]]:
    """Hold the data folder for this instance; another instance gets a Refusal. The kernel lets go when we die."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / "lock").open("a+", encoding="utf-8")
    except OSError as error:
        raise Refusal(f"The data folder {folder} cannot be written: {error.strerror}. Set LEADWRIGHT_DATA.") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.seek(0)
            holder = lock.read().strip() or "unknown"
            raise Refusal(
                f"Another Leadwright (process {holder}) runs on {folder}. Stop it, or use another folder with --data."
            ) from None
        lock.seek(0)
        lock.truncate()
        lock.write(str(os.getpid()))
        lock.flush()
        yield lock


def check_disk(folder: Path) -> None:
    """Raise Refusal where the disk under a folder has too little room to run safely."""
    free = shutil.disk_usage(folder).free
    if free < LEAST_FREE_BYTES:
        raise Refusal(
            f"Only {free // 2**20} MB are free on the disk of {folder}; Leadwright needs at least "
            f"{LEAST_FREE_BYTES // 2**20} MB. Make room, or set LEADWRIGHT_DATA to another disk."
        )


def check_port(host: str, port: int) -> None:
    """Raise Refusal where the public port cannot be listened on."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise Refusal(
                f"Port {port} on {host} cannot be used: {error.strerror}. Choose another with --port."
            ) from error


def free_port(host: str = "127.0.0.1") -> int:
    """A port that nobody listens on at present."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def this(*words: str) -> list[str]:
    """A command of this very program."""
    return [sys.executable, "-m", "leadwright", *words]


def supervise(children: list[Child], then: Callable[[], None], guard: Callable[[], None]) -> None:
    """Start the children in order, run `then` once, and keep them alive until SIGINT or SIGTERM; then stop them.

    `guard` is called before each look at the children: it keeps alive what they all need, the database.
    """
    stopping = False

    def stop(_number: int, _frame: object) -> None:
        nonlocal stopping
        stopping = True

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    try:
        greeted = False
        while not stopping:
            guard()
            for child in children:
                child.look()
                if child.once and not child.is_done:
                    break
            if not greeted:
                greeted = True
                then()
            time.sleep(0.2)
    finally:
        for child in reversed(children):
            child.stop()


def public_address() -> tuple[str, int]:
    """Host and port of the one public port."""
    return config.get("LEADWRIGHT_HOST"), config.get_int("LEADWRIGHT_PORT")
