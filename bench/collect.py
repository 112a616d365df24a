"""How many facts a second the collector takes durably, beside what the same server does with an empty answer."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import psutil

from bench import meter
from bench.installation import fresh

REQUESTS = 40_000
HOST = "127.0.0.1"
EMPTY = "bench.collect:empty"
COLLECTOR = "leadwright.capture.collector:app"


async def empty(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """The limit: the same server, with an answer that costs nothing."""
    if scope["type"] == "lifespan":
        while (await receive())["type"] == "lifespan.startup":
            await send({"type": "lifespan.startup.complete"})
        await send({"type": "lifespan.shutdown.complete"})
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
        opened = f"/t/o/{signing.sign('open', [ids.uuid7().bytes, 17])}.gif"
        for name, connections, what, word in (
            ("collect, 64 connections", 64, "track", key),
            ("collect, 512 connections", 512, "track", key),
            ("collect, clicks, 64 connections", 64, "get", click),
            ("collect, opens, 64 connections", 64, "get", opened),
        ):
            with serving(EMPTY) as (port, process):
                limit = load(port, connections, requests, what, word, process)
            with serving(COLLECTOR) as (port, process):
                found = load(port, connections, requests, what, word, process)
                peak = meter.peak_mb(process)
            yield {
                "bench": name,
                "size": requests,
                "value": round(found.rate),
                "unit": "facts/s",
                "limit_value": round(limit.rate),
                "ratio_to_limit": round(found.rate / limit.rate, 3),
                "peak_rss_mb": peak,
                **found.spent.figure(requests),
                "limit_cpu_us": limit.spent.figure(requests)["cpu_us"],
            }


@dataclass(frozen=True)
class Found:
    """What one load showed."""

    rate: float
    spent: meter.Meter


@contextmanager
def serving(app: str) -> Iterator[tuple[int, psutil.Process]]:
    """The product's server with an application, on a port of its own."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port = probe.getsockname()[1]
    command = [
        sys.executable,
        "-c",
        "import sys; from leadwright.main.serving import serve; serve(*sys.argv[1:3], int(sys.argv[3]))",
    ]
    command += [app, HOST, str(port)]
    with subprocess.Popen(
        command, env=os.environ | {"PYTHONPATH": str(Path.cwd()), "LEADWRIGHT_KEY_RATE": "0"}
    ) as process:
        try:
            _wait(port)
            yield port, psutil.Process(process.pid)
        finally:
            process.terminate()


def _wait(port: int) -> None:
    for _ in range(200):
        try:
            with urlopen(f"http://{HOST}:{port}/t/t.js", timeout=2):
                return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError("The server did not start.")


def load(port: int, connections: int, requests: int, what: str, word: str, server: psutil.Process) -> Found:
    """Requests a second and their cost; raises where one was not answered with 2xx or 3xx."""
    command = [sys.executable, "-m", "bench.load", HOST, str(port), str(connections), str(requests), what, word]
    spent = meter.start(server=server)
    answer = subprocess.run(command, check=True, capture_output=True, text=True)
    told = json.loads(answer.stdout)
    spent.stop().spent["own"] = told["cpu"]
    if told["errors"]:
        raise RuntimeError(f"{told['errors']} of {told['requests']} requests were not taken.")
    return Found(told["requests"] / told["seconds"], spent)
