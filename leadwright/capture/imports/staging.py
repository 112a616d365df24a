"""Staging: a chunk's rows in a temporary table, and what its kind says of each.

Promise: rows reach the database once, by COPY, and are judged there as a set; everything here lives in the transaction
of the caller and leaves nothing behind.
"""

from dataclasses import dataclass
from typing import Any

from django.db import connection

from leadwright.capture.imports.chunks import Chunk
from leadwright.capture.imports.kinds import Kind, Scope
from leadwright.kit import database, sql

SQL = sql.load("runs")

DONE = {"create": "created", "update": "updated", "unchanged": "unchanged", "refuse": "rejected"}


@dataclass(frozen=True)
class Judged:
    """What was found about a chunk: how many rows got which verdict, and what there is to say, by row number."""

    counts: dict[str, int]
    refused: dict[int, str]
    warned: dict[int, str]

    @property
    def tally(self) -> dict[str, int]:
        """The counts as an import keeps them."""
        return {done: self.counts.get(verdict, 0) for verdict, done in DONE.items() if verdict != "refuse"} | {
            "rejected": len(self.refused),
            "warned": len(self.warned),
        }


def judge(kind: Kind, chunk: Chunk, scope: Scope) -> Judged:
    """Stage a chunk and let its kind judge it; `import_row` and `import_judged` stand until the transaction ends."""
    _stage(kind, chunk)
    kind.judge(scope)
    refused, warned = dict(chunk.refused), dict(chunk.warned)
    for row in database.rows(SQL["said"]):
        if row.verdict == "refuse":
            refused[row.row_number] = row.reason
        elif row.warning:
            warned[row.row_number] = " ".join(filter(None, (warned.get(row.row_number), row.warning)))
    return Judged(
        {row.verdict: row.found for row in database.rows(SQL["tally"])},
        dict(sorted(refused.items())),
        {number: sentence for number, sentence in sorted(warned.items()) if number not in refused},
    )


def _stage(kind: Kind, chunk: Chunk) -> None:
    """Copy a chunk's good rows into the temporary table `import_row`, which lives as long as the transaction.

    Its statistics are those of one column: how many rows there are is what the plans that follow hang on.
    """
    shape: dict[str, Any] = {each.name: each.sql for each in kind.fields} | {"custom": "jsonb"} | dict(kind.derived)
    definition = ", ".join(f"{name} {form}" for name, form in shape.items())
    database.execute(SQL["clear"])
    database.execute(f"CREATE TEMPORARY TABLE import_row (row_number bigint, {definition}) ON COMMIT DROP")
    columns = ", ".join(chunk.names)
    with connection.cursor() as cursor, cursor.copy(f"COPY import_row ({columns}) FROM STDIN (FORMAT csv)") as copy:
        copy.write(chunk.copy)
    database.execute("ANALYZE import_row (row_number)")
