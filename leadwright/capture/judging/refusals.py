"""What was not taken, and why."""

from collections.abc import Sequence
from datetime import datetime

from leadwright.kit import database, sql

SQL = sql.load("refusals")


def record(rows: Sequence[tuple[int, datetime, str, str]]) -> None:
    """Keep (hit, when it came, reason, detail) of hits that are refused."""
    if rows:
        hits, ats, reasons, details = zip(*rows, strict=True)
        database.execute(
            SQL["refuse"],
            hits=list(hits),
            ats=list(ats),
            reasons=list(reasons),
            details=[detail[:250] for detail in details],
        )
