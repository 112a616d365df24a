"""Runs the benchmarks of `bench/`: each figure beside a limit that is measured in the same run."""

import importlib
import importlib.util
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent.parent.parent / "bench"

# Name on the command line -> module in bench/ (`import` is a word of the language).
MODULES = {
    "api": "api",
    "collect": "collect",
    "dedupe": "dedupe",
    "forms": "forms",
    "import": "imports",
    "journeys": "journeys",
    "judge": "judge",
    "screens": "screens",
    "send": "send",
}


class NoBenchmarks(RuntimeError):
    """The benchmarks are not here, or not by this name."""


def names() -> list[str]:
    """The benchmarks there are."""
    return [name for name, module in MODULES.items() if (FOLDER / f"{module}.py").exists()]


def run(name: str, size: int | None) -> Iterator[dict[str, Any]]:
    """One benchmark's figures; it starts the database it needs and leaves nothing behind.

    Only one a process: Django keeps the first database that it is given. `run_all` takes a process each.
    """
    if name not in names():
        have = ", ".join(names()) or "none: benchmarks run from a checkout, not from an installed wheel"
        raise NoBenchmarks(f"There is no benchmark '{name}'; there are: {have}.")
    if str(FOLDER.parent) not in sys.path:
        sys.path.insert(0, str(FOLDER.parent))
    module = importlib.import_module(f"bench.{MODULES[name]}")
    yield from module.run(size)


def run_all(chosen: list[str], size: int | None) -> Iterator[dict[str, Any]]:
    """Several benchmarks one after another, each in a process of its own; raises where one fails."""
    for name in chosen:
        command = [sys.executable, "-m", "leadwright", "bench", name, *(["--size", str(size)] if size else [])]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            for text in process.stdout or ():
                yield json.loads(text)
        if process.returncode:
            raise NoBenchmarks(f"The benchmark '{name}' ended with exit status {process.returncode}; see above why.")


def line(figure: dict[str, Any]) -> str:
    """A figure as one JSON line."""
    return json.dumps(figure, default=str)
