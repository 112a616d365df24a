"""How many facts a second the collector takes durably, beside what the same server does with an empty answer."""

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import psutil

from bench.installation import fresh

REQUESTS = 40_000
HOST = "127.0.0.1"
EMPTY = "bench.collect:empty"
COLLECTOR = "leadwright.capture.collector:app"


async def empty(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """The limit: the same server, with an answer that costs nothing."""
    if scope["type"] != "http":
        return
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def run(size: int | None) -> Iterator[dict[str, Any]]:
    """Single events at 64 and 512 connections, then clicks; the limit is measured in the same run."""
    requests = size or REQUESTS
    with fresh():
        from leadwright.kit import ids, signing
        from leadwright.workspace import keys

        _, key = keys.create("collect")
        click = "/t/c/" + signing.sign("click", [ids.uuid7().bytes, 17, "https://site.example/pricing"])
        for name, connections, what, word in (
            ("collect, 64 connections", 64, "track", key),
            ("collect, 512 connections", 512, "track", key),
            ("collect, clicks, 64 connections", 64, "get", click),
        ):
            with _server(EMPTY) as (port, _):
                limit = _load(port, connections, requests, what, word)
            with _server(COLLECTOR) as (port, watch):
                found = _load(port, connections, requests, what, word)
                peak = watch.peak_mb
            yield {
                "bench": name,
                "size": requests,
                "value": round(found),
                "unit": "facts/s",
                "limit_value": round(limit),
                "ratio_to_limit": round(found / limit, 3),
                "peak_rss_mb": round(peak),
            }


class _Watch:
    """The most memory that a process and its children had together."""

    def __init__(self, pid: int) -> None:
        self.peak_mb = 0.0
        self._process = psutil.Process(pid)
        self._ends = threading.Event()
        threading.Thread(target=self._look, daemon=True).start()

    def _look(self) -> None:
        while not self._ends.wait(0.2):
            try:
                family = [self._process, *self._process.children(recursive=True)]
                self.peak_mb = max(self.peak_mb, sum(each.memory_info().rss for each in family) / 2**20)
            except psutil.Error:
                continue

    def stop(self) -> None:
        """Look no longer."""
        self._ends.set()


@contextmanager
def _server(app: str) -> Iterator[tuple[int, _Watch]]:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "granian", "--interface", "asgi", "--loop", "uvloop", "--workers", "1"]
    command += ["--no-log", "--backlog", "2048", "--host", HOST, "--port", str(port), app]
    with subprocess.Popen(command, env=os.environ | {"PYTHONPATH": str(Path.cwd())}) as process:
        watch = _Watch(process.pid)
        try:
            _wait(port)
            yield port, watch
        finally:
            watch.stop()
            process.terminate()


def _wait(port: int) -> None:
    for _ in range(200):
        try:
            with urlopen(f"http://{HOST}:{port}/t/t.js", timeout=2):
                return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError("The server did not start.")


def _load(port: int, connections: int, requests: int, what: str, word: str) -> float:
    """Requests a second; raises where one was not answered with 2xx or 3xx."""
    command = [sys.executable, "-m", "bench.load", HOST, str(port), str(connections), str(requests), what, word]
    answer = subprocess.run(command, check=True, capture_output=True, text=True)
    told = json.loads(answer.stdout)
    if told["errors"]:
        raise RuntimeError(f"{told['errors']} of {told['requests']} requests were not taken.")
    return float(told["requests"] / told["seconds"])
