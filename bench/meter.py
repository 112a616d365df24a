"""What a stretch of work costs: seconds, the processor time of this process and of PostgreSQL, and the machine's load.

Where the machine is shared, processor time says more than seconds do.
"""

import os
import time
from pathlib import Path
from typing import Any

import psutil

from leadwright.kit import config


def database_process(folder: Path) -> psutil.Process:
    """The server that runs on a database folder; the processes behind it are its children."""
    return psutil.Process(int((folder / "postmaster.pid").read_text(encoding="ascii").splitlines()[0]))


def family_seconds(process: psutil.Process) -> float:
    """Processor time of a process and all its children, those that have ended included."""
    spent = process.cpu_times()
    total = spent.user + spent.system + spent.children_user + spent.children_system
    for child in process.children():
        try:
            total += family_seconds(child)
        except psutil.NoSuchProcess:
            continue
    return float(total)


class Meter:
    """Runs from its making to `stop`; `others` are processes to be counted apart, by name."""

    def __init__(self, others: dict[str, psutil.Process]) -> None:
        self.others = others
        self.seconds = 0.0
        self.spent: dict[str, float] = {}
        self._before, self._began = self._now(), time.perf_counter()

    def stop(self) -> "Meter":
        """Count no further."""
        self.seconds = time.perf_counter() - self._began
        self.spent = {name: value - self._before[name] for name, value in self._now().items()}
        return self

    def _now(self) -> dict[str, float]:
        ended = os.times()
        own = {"own": time.process_time() + ended.children_user + ended.children_system}
        return own | {name: family_seconds(process) for name, process in self.others.items()}

    def figure(self, count: int) -> dict[str, Any]:
        """Processor time per unit in microseconds, and the load of the machine."""
        return {
            "cpu_us": {name: round(value / count * 1e6, 1) for name, value in self.spent.items()},
            "load": round(os.getloadavg()[0], 1),
        }


def start(**others: psutil.Process) -> Meter:
    """Begin to count this process, the installation's database, and other processes."""
    return Meter({"postgres": database_process(config.data_folder() / "postgres")} | others)


def peak_mb(process: psutil.Process | None = None) -> int:
    """The most memory that a process (this one, unless told otherwise) and its children held, by the kernel's count."""
    process = process or psutil.Process()
    total = 0.0
    for each in (process, *process.children(recursive=True)):
        status = Path(f"/proc/{each.pid}/status").read_text(encoding="ascii")
        line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
        total += int(line.split()[1]) / 1024
    return round(total)
