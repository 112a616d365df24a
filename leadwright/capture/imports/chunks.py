"""Chunks of a file's rows: read, parsed cell by cell, and made ready for the database, in a process of their own.

Promise: a row is parsed once, in the file's order; keys that stand twice in a file are found however large it is, in
eight bytes a key; a file that cannot be read on ends the work with its sentence. Parsing a large file runs in a second
process (`python -m leadwright.capture.imports.chunks`), so that it and the database keep a core busy each.
"""

import csv
import io
import json
import os
import subprocess
import sys
from array import array
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Any

import msgspec

from leadwright.capture.imports import cells, mappings, tables
from leadwright.capture.imports.cells import Doubtful, Refused
from leadwright.capture.imports.kinds import CannotImport, Columns, Faults, Kind
from leadwright.capture.imports.mappings import Mapping, Target
from leadwright.capture.imports.tables import Row, Table
from leadwright.kit import domains, sheets

CHUNK_ROWS = 10_000
APART_BYTES = 4 * 1024 * 1024  # a file of this size is worth the second that a second process takes to start
NUMBERED_KEYS = 100_000  # so many keys are remembered with their row's number; of the others only that they were there
DUPLICATE = "Duplicate in the file"


class Chunk(msgspec.Struct, tag="chunk"):
    """A chunk of rows as it goes to the database: the good ones as CSV of `names`; what is said of rows, by number."""

    count: int
    names: list[str]
    copy: bytes
    refused: dict[int, str]
    warned: dict[int, str]
    raw: bytes  # all rows as the file has them; see `cells_of`

    def cells_of(self, numbers: set[int]) -> dict[int, list[str]]:
        """The cells of some rows, as the file has them."""
        if not numbers:
            return {}
        rows = msgspec.msgpack.decode(self.raw, type=list[tuple[int, list[str]]])
        return {number: found for number, found in rows if number in numbers}


class Broken(msgspec.Struct, tag="broken"):
    """The file cannot be read on, and why."""

    say: str


@dataclass
class Parsed:
    """Rows, parsed: the values by column, and what is wrong by position."""

    rows: list[Row]
    values: Columns
    refused: Faults
    warned: Faults


class Parser:
    """Turns rows of text into columns of values for one kind, mapping and file; remembers keys it has seen."""

    def __init__(self, kind: Kind, mapping: Mapping, table: Table) -> None:
        self.kind, self.mapping, self.width = kind, mapping, len(table.columns)
        places = {name: position for position, name in enumerate(table.columns)}
        self.targets = [
            (places[column], column, target, Reader(kind, mapping, target, is_guarded=bool(table.delimiter)))
            for column, targets in mapping.columns.items()
            for target in targets
        ]
        self.constants = {name: parser(kind, mapping, Target(name))(value) for name, value in mapping.constants.items()}
        self.seen: dict[str, Seen] = {name: Seen() for name in kind.keys(mapping)}
        self.has_own = any(_own(name) for name in mapping.fields)
        self.shape = [each.name for each in kind.fields] + ["custom"] + [name for name, _ in kind.derived]

    def chunk(self, rows: list[Row]) -> Chunk:
        """Rows as a chunk for the database; a row refused here never reaches it."""
        parsed = self.parse(rows)
        names = [name for name in self.shape if name in parsed.values]
        numbers = [number for number, _ in rows]
        text = io.StringIO()
        columns = [numbers, *(parsed.values[name] for name in names)]
        if parsed.refused:
            good = [position for position in range(len(rows)) if position not in parsed.refused]
            columns = [[column[position] for position in good] for column in columns]
        csv.writer(text).writerows(zip(*columns, strict=True))
        return Chunk(
            len(rows),
            ["row_number", *names],
            text.getvalue().encode(),
            {numbers[position]: sentence for position, sentence in parsed.refused.items()},
            {numbers[position]: sentence for position, sentence in parsed.warned.items()},
            msgspec.msgpack.encode(rows),
        )

    def parse(self, rows: list[Row]) -> Parsed:
        """The rows as columns, with what follows from the cells, and which rows repeat a key of an earlier one."""
        read = self.read(rows)
        more_refused, more_warned = self.kind.derive(read.values, len(read.rows), self.mapping)
        for position, sentence in more_refused.items():
            read.refused.setdefault(position, sentence)
        for position, sentence in more_warned.items():
            add(read.warned, position, sentence)
        self._drop_repeated(read.rows, read.values, read.refused)
        return read

    def read(self, rows: list[Row]) -> Parsed:
        """The rows cell by cell."""
        count = len(rows)
        refused: Faults = {}
        warned: Faults = {}
        width = self.width
        for position, (_, found) in enumerate(rows):
            if len(found) != width:
                self._even(position, found, refused, warned)
        cut: list[Sequence[str]] = list(zip(*(found for _, found in rows), strict=True)) if rows else []
        values: Columns = {name: [value] * count for name, value in self.constants.items() if not _own(name)}
        own: list[dict[str, Any]] = []
        if self.has_own:
            given = {name[7:]: value for name, value in self.constants.items() if _own(name)}
            own = [dict(given) for _ in range(count)]
        for place, column, target, read in self.targets:
            found = read(column, cut[place] if cut else (), refused, warned)
            if target.is_custom:
                name = target.field[7:]
                for record, value in zip(own, found, strict=True):
                    if value is not None:
                        record[name] = value
            else:
                values[target.field] = found
        if self.has_own:
            values["custom"] = [cells.as_json(record) if record else None for record in own]
        return Parsed(rows, values, refused, warned)

    def _even(self, position: int, found: list[str], refused: Faults, warned: Faults) -> None:
        """Bring a row to the header's width: blanks for what is missing; more than the header has is refused."""
        if len(found) < self.width:
            warned[position] = (
                f"The row has {len(found)} cells, the header has {self.width}; the missing ones were taken as blank."
            )
            found.extend([""] * (self.width - len(found)))
            return
        if any(cell.strip() for cell in found[self.width :]):
            refused[position] = (
                f"The row has {len(found)} cells, the header has {self.width}. "
                "Most often a cell with a delimiter in it lacks its quotation marks."
            )
        del found[self.width :]

    def _drop_repeated(self, rows: list[Row], values: Columns, refused: Faults) -> None:
        for name, seen in self.seen.items():
            label = "e-mail" if name == "email_key" else name.replace("_", " ")
            first = seen.first
            for position, key in enumerate(values.get(name, ())):
                if key is None or position in refused:
                    continue
                number = first(key, rows[position][0])
                if number is not None:
                    where = f"row {number}" if number else "an earlier row"
                    refused[position] = f"{DUPLICATE}: {where} has the same {label}, and that one is taken."


class Seen:
    """Which keys a file had so far, and in which row; the later ones as 64-bit hashes in small arrays."""

    BUCKETS = 1 << 17

    def __init__(self) -> None:
        self.numbered: dict[int, int] = {}
        self.others: list[array[int]] = []

    def first(self, key: str, number: int) -> int | None:
        """None for a new key, which is then remembered; else the row that had it, or 0 where that is forgotten."""
        mark = hash(key)
        if mark in self.numbered:
            return self.numbered[mark]
        if len(self.numbered) < NUMBERED_KEYS:
            self.numbered[mark] = number
            return None
        if not self.others:
            self.others = [array("q") for _ in range(self.BUCKETS)]
        bucket = self.others[mark & (self.BUCKETS - 1)]
        if mark in bucket:
            return 0
        bucket.append(mark)
        return None


def _own(name: str) -> bool:
    return name.startswith("custom.")


def add(faults: Faults, position: int, sentence: str) -> None:
    """Say one thing more of a row."""
    faults[position] = f"{faults[position]} {sentence}" if position in faults else sentence


def read_mapping(kind: Kind, raw: dict[str, Any], table: Table) -> Mapping:
    """The mapping, checked against the kind and the file; raises BadMapping with all that is wrong."""
    fields = (*kind.fields, *(kind.stated() if mappings.has_statements(raw) else ()))
    mapping = mappings.read(raw, kind=kind.key, fields=fields, matches=kind.matches, columns=table.columns)
    faults = kind.check(mapping)
    for name, value in mapping.constants.items():
        try:
            parser(kind, mapping, Target(name))(value)
        except (Refused, Doubtful) as error:
            faults.append(f"“constants:” gives “{name}” a value that cannot be used: {error}")
    if faults:
        raise mappings.BadMapping(faults)
    return mapping


def parser(kind: Kind, mapping: Mapping, target: Target) -> cells.Parse:
    """What reads the cells of a target."""
    reading = mapping.reading(target)
    if target.is_custom:
        own = kind.own().get(target.field)
        if own is not None and not target.formats:
            return cells.defined(own.read)
        return cells.custom(target.type, reading)
    return kind.field(target.field).parser(reading)


class Fault:
    """What a cell says instead of a value: a sentence, whether it refuses the row, and the value that stays."""

    __slots__ = ("is_refused", "sentence", "value")

    def __init__(self, sentence: str, value: Any, *, is_refused: bool) -> None:
        self.sentence, self.value, self.is_refused = sentence, value, is_refused


class Known(dict[str, Any]):
    """Values of texts that come again, so that each is parsed once; a text that is not known is read on being asked."""

    def __init__(self, reader: "Reader") -> None:
        super().__init__()
        self.reader = reader

    def __missing__(self, text: str) -> Any:
        value = self.reader.one(text)
        if self.reader.keeps:
            self[text] = value
        return value


class Reader:
    """Reads one column of a chunk for one target: translates values, parses each, and notes faults by position."""

    def __init__(self, kind: Kind, mapping: Mapping, target: Target, *, is_guarded: bool) -> None:
        self.target = target
        self.is_guarded = is_guarded  # an apostrophe may stand before what begins like a formula; see `kit.sheets`
        self.parse = parser(kind, mapping, target)
        self.known = Known(self)
        self.keeps = True  # until a chunk shows that nearly every cell is another
        self.has_faults = False

    def __call__(self, column: str, raw: Sequence[str], refused: Faults, warned: Faults) -> list[Any]:
        """The column's values; None where there is none."""
        before = len(self.known)
        found = list(map(self.known.__getitem__, raw))
        if self.has_faults:
            for position, value in enumerate(found):
                if value.__class__ is Fault:
                    add(refused if value.is_refused else warned, position, f"{column}: {value.sentence}")
                    found[position] = value.value
        if self.keeps and len(raw) > 1_000 and len(self.known) - before > 0.5 * len(raw):
            self.keeps = False
            self.known.clear()
        elif len(self.known) > 100_000:
            self.known.clear()
        return found

    def _translate(self, cell: str) -> str:
        if not cell:
            return self.target.blank or ""
        if self.target.values:
            return self.target.values.get(cell, cell if self.target.otherwise is None else self.target.otherwise)
        return cell

    def one(self, raw: str) -> Any:
        """The value of one cell, or its fault."""
        cell = self._translate((sheets.as_it_was(raw) if self.is_guarded and raw[:1] == "'" else raw).strip())
        if not cell:
            return None
        try:
            return self.parse(cell)
        except Refused as fault:
            self.has_faults = True
            return Fault(str(fault), None, is_refused=True)
        except Doubtful as fault:
            self.has_faults = True
            return Fault(str(fault), fault.value, is_refused=False)


# ── One after the other, here or in a process of their own ────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Order:
    """What is to be read: a file, as a kind, as a mapping says, without the rows that were taken before."""

    path: Path
    kind: str
    mapping: dict[str, Any]
    done: int = 0
    rows: int = CHUNK_ROWS


def chunks_of(kind: Kind, mapping: Mapping, table: Table, order: Order) -> Iterator[Chunk]:
    """The chunks of a file behind the rows that were taken before, which are read for their keys only."""
    domains.refresh(now=True)
    reader = Parser(kind, mapping, table)
    rows, done = table.rows(), 0
    while done < order.done:
        passed = list(islice(rows, min(order.rows, order.done - done)))
        if not passed:
            raise CannotImport("The file has fewer rows than were taken before; it was changed.")
        reader.parse(passed)
        done += len(passed)
    while chunk := list(islice(rows, order.rows)):
        yield reader.chunk(chunk)


def ahead(kind: Kind, mapping: Mapping, table: Table, order: Order) -> Iterator[Chunk]:
    """The same chunks; those of a large file are made in a process of their own while the one before is used."""
    if order.path.stat().st_size < APART_BYTES:
        yield from chunks_of(kind, mapping, table, order)
        return
    command = [sys.executable, "-m", "leadwright.capture.imports.chunks"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=_environment())
    assert process.stdin is not None  # noqa: S101  a pipe
    assert process.stdout is not None  # noqa: S101  a pipe
    reader = ThreadPoolExecutor(1)  # receives a chunk while the one before is written
    try:
        with suppress(BrokenPipeError):  # it has died already; what is read from it says so
            process.stdin.write(json.dumps({**order.__dict__, "path": str(order.path)}).encode())
            process.stdin.close()
        following = reader.submit(_receive, process.stdout)
        while True:
            found = following.result()
            if isinstance(found, Broken):
                raise CannotImport(found.say)
            if found.count == 0:
                return
            following = reader.submit(_receive, process.stdout)
            yield found
    finally:
        process.terminate()
        process.wait()
        reader.shutdown()
        process.stdout.close()


def _environment() -> dict[str, str]:
    from leadwright.kit import config

    return os.environ | {
        "DATABASE_URL": config.get("DATABASE_URL"),
        "LEADWRIGHT_DATA": str(config.data_folder()),
        "DJANGO_SETTINGS_MODULE": "leadwright.main.settings",
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
    }


_LENGTH_BYTES = 8
_CHUNK_OR_BROKEN: Any = msgspec.msgpack.Decoder(Chunk | Broken)


def _receive(pipe: IO[bytes]) -> Chunk | Broken:
    head = pipe.read(_LENGTH_BYTES)
    body = pipe.read(int.from_bytes(head, "big")) if len(head) == _LENGTH_BYTES else b""
    if not body:
        return Broken("The process that reads the file has ended early. Is there memory left? Start the import again.")
    found = _CHUNK_OR_BROKEN.decode(body)
    assert isinstance(found, Chunk | Broken)  # noqa: S101  nothing else is sent
    return found


def _send(pipe: IO[bytes], item: Chunk | Broken) -> None:
    body = msgspec.msgpack.encode(item)
    pipe.write(len(body).to_bytes(_LENGTH_BYTES, "big"))
    pipe.write(body)
    pipe.flush()


def _serve() -> None:
    """Answer an order on standard input with its chunks on standard output; an empty chunk ends them."""
    told = json.loads(sys.stdin.buffer.read())
    order = Order(**{**told, "path": Path(told["path"])})
    import django

    django.setup()
    from leadwright.capture.imports.kinds import kind_of

    out = sys.stdout.buffer
    try:
        kind = kind_of(order.kind)
        table = tables.open_as(order.path, order.mapping)
        mapping = read_mapping(kind, order.mapping, table)
        for chunk in chunks_of(kind, mapping, table, order):
            _send(out, chunk)
        _send(out, Chunk(0, [], b"", {}, {}, b""))
    except (CannotImport, tables.Unreadable, mappings.BadMapping) as error:
        _send(out, Broken(str(error)))
    except BrokenPipeError:
        os._exit(0)  # nobody listens any more; Python would complain on its way out


if __name__ == "__main__":
    _serve()
