"""The whole product as a person starts it: real processes on a port of their own, spoken to by HTTP and SMTP only."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx
import psutil

ROOT = Path(__file__).resolve().parent.parent
Answer = TypeVar("Answer")


def eventually(look: Callable[[], Answer], within: float = 60.0, every: float = 0.05) -> Answer:
    """Look until the answer is true, and answer it; fail with the last answer after `within` seconds."""
    deadline = time.monotonic() + within
    while True:
        answer = look()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"This did not come true within {within} s; the last answer was {answer!r}.")
        time.sleep(every)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Product:
    """A running installation."""

    url: str
    environment: dict[str, str]
    words: tuple[str, ...]  # behind `leadwright up`
    log: Path
    keys: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] = field(init=False)

    def start(self) -> None:
        """Start it as `leadwright up` does, and wait until it is ready."""
        with self.log.open("ab") as file:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "leadwright", "up", *self.words],
                env=self.environment,
                cwd=ROOT,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            eventually(lambda: self.is_ready() or self.process.poll() is not None, within=300)
            assert self.process.poll() is None
        except AssertionError as error:
            raise AssertionError(f"The product did not start:\n{self.log.read_text()[-3000:]}") from error

    def command(self, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a command of the product's command line against this installation."""
        done = subprocess.run(
            [sys.executable, "-m", "leadwright", *words],
            env=self.environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert not check or done.returncode == 0, done.stderr
        return done

    def run(self, code: str) -> str:
        """Run some lines inside the installation, as an operator's own script would; answers what they print."""
        inside = textwrap.indent(textwrap.dedent(code), "    ")
        done = subprocess.run(
            [sys.executable, "-c", f"from leadwright.kit import terminal\nwith terminal.installation():\n{inside}"],
            env=self.environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def key(self, scope: str) -> str:
        """An API key of a scope, made once."""
        if scope not in self.keys:
            import json

            self.keys[scope] = json.loads(self.command("key", "create", "--scope", scope, "--json").stdout)["key"]
        return self.keys[scope]

    def api(self, method: str, path: str, scope: str = "write", **more: Any) -> Any:
        """Call the API and answer its JSON; a refusal fails the test."""
        headers = {"Authorization": f"Bearer {self.key(scope)}"}
        answer = httpx.request(method, f"{self.url}/api/v1{path}", headers=headers, timeout=20, **more)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text[:500]}"
        return answer.json() if answer.content else None

    def funnel(self) -> dict[str, int]:
        """How many of the last year's leads have reached each stage."""
        report = self.api("GET", "/reports/funnel")
        return {each["stage"]: each["leads"] for each in report["stages"]}

    def mails(self, to: str) -> list[dict[str, Any]]:
        """The mails in the built-in mailbox to an address, newest first."""
        answer = httpx.get(f"{self.url}/mailbox/api/messages", params={"to": to}, timeout=20).json()
        found: list[dict[str, Any]] = answer["items"] if isinstance(answer, dict) else answer
        return [mail for mail in found if to in str(mail["to"])]

    def mail(self, to: str, subject: str, within: float = 60.0) -> dict[str, Any]:
        """Wait for a mail to an address whose subject holds some words; answers it with headers, text and html."""

        def look() -> dict[str, Any] | None:
            return next((mail for mail in self.mails(to) if subject in mail["subject"]), None)

        found = eventually(look, within)
        whole: dict[str, Any] = httpx.get(f"{self.url}/mailbox/api/messages/{found['id']}", timeout=20).json()
        return whole

    def children(self, name: str) -> list[psutil.Process]:
        """The running processes of one kind: web, work, send, mailbox."""
        found = []
        for child in psutil.Process(self.process.pid).children():
            with contextlib.suppress(psutil.Error):  # one that has just died has no command any more
                if child.is_running() and child.cmdline()[-1:] == [name]:
                    found.append(child)
        return found

    def kill(self, name: str) -> None:
        """Kill a process without any warning, with all its children; the supervisor starts it again."""
        for child in self.children(name):
            for each in [*child.children(recursive=True), child]:
                each.kill()

    def kill_database(self) -> None:
        """Kill the embedded database without any warning; the supervisor starts it again."""
        postmaster = int((self.log.parent / "postgres" / "postmaster.pid").read_text().split()[0])
        psutil.Process(postmaster).kill()
        eventually(lambda: not psutil.pid_exists(postmaster))

    def is_ready(self) -> bool:
        """Whether everything is up."""
        try:
            return httpx.get(f"{self.url}/readyz", timeout=5).is_success
        except httpx.HTTPError:
            return False

    def stop(self) -> int:
        """Stop it as Ctrl-C does; answers the exit status."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(40)


@contextmanager
def running(folder: Path, *words: str, **settings: str) -> Iterator[Product]:
    """Start the product on a data folder, wait until it is ready, and stop it at the end."""
    port = free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LEADWRIGHT_")}
    environment.pop("DATABASE_URL", None)
    environment |= {
        "LEADWRIGHT_DATA": str(folder),
        "LEADWRIGHT_PORT": str(port),
        "LEADWRIGHT_MAILBOX_PORT": str(free_port()),
        "LEADWRIGHT_LOG": "warning",
        "PYTHONPATH": str(ROOT),
        **settings,
    }
    folder.mkdir(parents=True, exist_ok=True)
    product = Product(f"http://127.0.0.1:{port}", environment, words, folder / "product.log")
    try:
        product.start()
        yield product
    finally:
        if product.process.poll() is None:
            try:
                product.stop()
            except subprocess.TimeoutExpired:
                os.killpg(product.process.pid, signal.SIGKILL)
