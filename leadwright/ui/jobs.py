"""Background work of the shell: the files that somebody asked for."""

from datetime import datetime

from leadwright.kit import jobs
from leadwright.ui import exports


@jobs.drain("ui.exports", wakes_on=("exports",), order=5)
def write_exports() -> datetime | None:
    """Write the files that wait; remove those that have expired."""
    return exports.work()
