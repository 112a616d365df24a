"""Previews: what a file would do, judged row by row as the run would judge it, with nothing written.

Promise: every row of the file is looked at, whatever its size; the examples of each verdict show values before and
after. Reads: the file, and what is there already.
"""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from itertools import islice
from typing import Any

from django.db import transaction

from leadwright.capture.imports import chunks, staging
from leadwright.capture.imports.chunks import DUPLICATE, Chunk, Order
from leadwright.capture.imports.kinds import Kind, Progress, Scope
from leadwright.capture.imports.mappings import Mapping
from leadwright.capture.imports.staging import DONE, Judged
from leadwright.capture.imports.tables import Table
from leadwright.kit import clock, database, sql

SQL = sql.load("runs")

EXAMPLES = 50


def _no_examples() -> dict[str, list[dict[str, Any]]]:
    return {name: [] for name in ("created", "updated", "unchanged", "rejected", "duplicates", "likely", "warned")}


@dataclass
class Preview:
    """What an import would do, with examples of each. Nothing is written to find it out."""

    columns: list[str]
    form: str
    delimiter: str = ""
    rows: int = 0
    seen_rows: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    duplicates: int = 0  # refused because an earlier row of the file has the same key
    likely: int = 0  # would be made, and are likely somebody who is there already
    warned: int = 0
    statements: dict[str, dict[str, int]] = field(default_factory=dict)  # what would become of consents; by purpose
    stated: list[dict[str, Any]] = field(default_factory=list)  # rows of them that ask for a look
    fields: dict[str, int] = field(default_factory=dict)  # how many records would get another value of a field
    examples: dict[str, list[dict[str, Any]]] = field(default_factory=_no_examples)

    def show(self, verdict: str, **example: Any) -> None:
        """Keep an example, as long as there is room."""
        if len(self.examples[verdict]) < EXAMPLES:
            self.examples[verdict].append(example)

    def plain(self) -> dict[str, Any]:
        """As plain values."""
        return asdict(self)


def look(
    kind: Kind,
    table: Table,
    mapping: Mapping,
    order: Order,
    *,
    refusals: Callable[[int, str, list[str]], None] | None = None,
    progress: Callable[[Preview], None] | None = None,
) -> Preview:
    """What importing a table would do. Each refused row is told to `refusals`, each chunk to `progress`."""
    preview = Preview(table.columns, table.form, table.delimiter, rows=table.count())
    scope = Scope(0, clock.now(), None, mapping)
    for chunk in chunks.ahead(kind, mapping, table, order):
        with transaction.atomic():
            judged = staging.judge(kind, chunk, scope)
            _show(preview, kind, mapping, chunk, judged)
            transaction.set_rollback(True)
        if refusals:
            found = chunk.cells_of(set(judged.refused))
            for number, sentence in judged.refused.items():
                refusals(number, sentence, found[number])
        if progress:
            progress(preview)
    return preview


def as_bar(progress: Progress | None) -> Callable[[Preview], None] | None:
    """A bar's progress, of done and total, as a preview's."""
    return progress and (lambda preview: progress(preview.seen_rows, preview.rows))


def add_up(counts: dict[str, dict[str, int]], more: dict[str, dict[str, int]]) -> None:
    """Add what became of a chunk's statements to what became of those before."""
    for subject, found in more.items():
        so_far = counts.setdefault(subject, {})
        for outcome, count in found.items():
            so_far[outcome] = so_far.get(outcome, 0) + count


STATED = 5  # rows that are shown of each outcome


def _show_statements(preview: Preview, kind: Kind, mapping: Mapping) -> None:
    """Add what becomes of a chunk's statements, and some rows of each subject and outcome."""
    if kind.statements is None:
        return
    add_up(preview.statements, kind.statements.tally(mapping))
    found = kind.statements.examples() if preview.statements else []
    shown = Counter((each["purpose"], each["outcome"]) for each in preview.stated)
    for each in found:
        key = each["purpose"], each["outcome"]
        if shown[key] < STATED:
            shown[key] += 1
            preview.stated.append(each)


def _show(preview: Preview, kind: Kind, mapping: Mapping, chunk: Chunk, judged: Judged) -> None:
    """Add a judged chunk to a preview: its counts, and examples while there is room."""
    preview.seen_rows += chunk.count
    for name, count in judged.tally.items():
        setattr(preview, name, getattr(preview, name) + count)
    repeated = {number: say for number, say in judged.refused.items() if say.startswith(DUPLICATE)}
    others = {number: say for number, say in judged.refused.items() if number not in repeated}
    preview.duplicates += len(repeated)
    said = {"rejected": others, "duplicates": repeated, "warned": judged.warned}
    chosen = {name: list(islice(each, max(0, EXAMPLES - len(preview.examples[name])))) for name, each in said.items()}
    cells = chunk.cells_of({number for numbers in chosen.values() for number in numbers})
    for name, numbers in chosen.items():
        for number in numbers:
            preview.show(name, row=number, reason=said[name][number], cells=cells[number])
    for row in database.rows(SQL["fields"]):
        preview.fields[row.field] = preview.fields.get(row.field, 0) + row.found
    for verdict in ("create", "update", "unchanged"):
        room = EXAMPLES - len(preview.examples[DONE[verdict]])
        for row in database.rows(SQL["examples"], verdict=verdict, limit=room) if room else ():
            changes = changes_of(_plain(row.before), _plain(row.after))
            preview.show(DONE[verdict], row=row.row_number, name=row.name, changes=changes)
    _show_statements(preview, kind, mapping)
    if kind.likely:
        for row in kind.likely():
            preview.likely += 1
            preview.show("likely", row=row.row_number, name=row.name, other=row.other, id=row.id, why=row.why)


def _plain(document: Any) -> dict[str, Any]:
    """A jsonb value, which Django's connection hands over as text."""
    return (json.loads(document) if isinstance(document, str) else document) or {}


def changes_of(before: dict[str, Any], after: dict[str, Any]) -> list[list[Any]]:
    """Changed fields with their old and new values: [[field, old, new], …]; custom fields one by one."""
    old, new = dict(before), dict(after)
    own_old, own_new = old.pop("custom", None) or {}, new.pop("custom", None) or {}
    hidden = {"email_key", "company_id", "origins", "stage_since", "moves"}
    plain = [[name, old.get(name), value] for name, value in new.items() if name not in hidden]
    return plain + [[name, own_old.get(name), value] for name, value in own_new.items()]
