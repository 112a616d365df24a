"""What every kind of file becomes: a table of named columns whose rows can be read anew from the top."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

Row = tuple[int, list[str]]  # the row's number as a spreadsheet shows it (the first is 1), and its cells

SAMPLE_ROWS = 200
NO_HEADER = -1  # the header's row, where the file has none


class Unreadable(ValueError):
    """The file cannot be read as a table; the message says why and how to mend it."""


@dataclass(frozen=True)
class Table:
    """A table in a file: its column names, and how to read its rows anew from the top."""

    path: Path
    columns: list[str]
    header_row: int
    form: str  # in words: "semicolon-separated, UTF-8"
    read: Callable[[], Iterator[Row]] = field(repr=False)
    encoding: str = ""
    delimiter: str = ""
    quote: str = ""
    sheet: str = ""
    sheets: tuple[str, ...] = ()
    head: tuple[Row, ...] = field(default=(), repr=False)  # the file's first rows, those above the header included

    def rows(self) -> Iterator[Row]:
        """The rows below the header that are not blank."""
        return (row for row in self.read() if any(row[1]))

    def sample(self, limit: int = SAMPLE_ROWS) -> list[Row]:
        """The first rows."""
        return list(islice(self.rows(), limit))

    def count(self) -> int:
        """How many rows there are; reads the whole file once, and so finds what cannot be read in it."""
        return sum(1 for _ in self.rows())


_DATA = re.compile(
    r"\S+@\S+\.\S+|https?://\S+|[+(]?[\d][\d ()./-]{5,}|\d+([.,]\d+)?|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([T ].*)?"
)


def is_data(cell: str) -> bool:
    """Whether a cell looks like a value rather than a column's name: an address, a number, a date."""
    return bool(_DATA.fullmatch(cell.strip()))


def header_row(head: Sequence[Row]) -> int:
    """The number of the row that names the columns, NO_HEADER where the first row of the table is data already.

    It is the first row as wide as the table; notes above it are passed over, and so is a row of headings that span
    several columns where the names stand below it.
    """
    widths = Counter(len([cell for cell in cells if cell.strip()] and cells) for _, cells in head)
    widths.pop(0, None)
    if not widths:
        raise Unreadable("There are only blank rows. Export the file again, with its header row.")
    usual = max(widths.items(), key=lambda pair: (pair[1], pair[0]))[0]
    rows = [(number, [cell.strip() for cell in cells]) for number, cells in head if any(cell.strip() for cell in cells)]
    if rows and rows[0][0] == 1 and rows[0][1][0].lower().startswith("sep="):
        rows = rows[1:]
    for place, (number, cells) in enumerate(rows):
        filled = sum(1 for cell in cells if cell)
        if len(cells) < usual or filled * 2 < usual:
            continue
        if any(is_data(cell) for cell in cells) and (usual > 1 or "@" in cells[0]):
            return NO_HEADER if place == 0 else number
        below = rows[place + 1][1] if place + 1 < len(rows) else []
        if filled < usual and sum(map(bool, below)) > filled and not any(map(is_data, below)) and place + 2 < len(rows):
            return rows[place + 1][0]
        return number
    return rows[0][0]


def names(cells: Sequence[str], path: Path) -> list[str]:
    """Column names from a header row: trimmed, each once (a repeated name gets its count), none blank."""
    if not any(cell.strip() for cell in cells):
        raise Unreadable(
            f"{path.name} has no header row there. Put the columns' names into a row of their own, or say that there "
            "is none (`header_row: -1`)."
        )
    seen: set[str] = set()
    found = []
    for position, cell in enumerate(cells, 1):
        name = " ".join(cell.replace("\ufeff", "").replace("\0", "").split())[:200] or f"Column {position}"
        free, count = name, 1
        while free.lower() in seen:
            count += 1
            free = f"{name} ({count})"
        seen.add(free.lower())
        found.append(free)
    return found


def columns_of(head: Sequence[Row], header: int, path: Path) -> list[str]:
    """The column names, from the header's row or, where there is none, from the columns' places."""
    if header == NO_HEADER:
        width = max((len(cells) for _, cells in head), default=0)
        return [f"Column {position}" for position in range(1, width + 1)]
    cells = next((cells for number, cells in head if number == header), None)
    if cells is None:
        raise Unreadable(f"{path.name} has no row {header} for the header. Choose a row that names the columns.")
    while cells and not cells[-1].strip() and all(len(row) < len(cells) or not row[-1].strip() for _, row in head):
        cells = cells[:-1]
    return names(cells, path)


def as_text(cell: Any) -> str:  # noqa: PLR0911  one line for each type that a cell can have
    """A typed cell as a person would have typed it: 5 for 5.0, ISO for dates, nothing for nothing."""
    if cell is None or cell == "":
        return ""
    if isinstance(cell, str):
        return cell.replace("\0", "")
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() and cell.tzinfo is None else cell.isoformat()
    if isinstance(cell, date | time):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        return str(cell)
    if isinstance(cell, list):
        return "; ".join(as_text(each) for each in cell)
    if isinstance(cell, dict):
        return json.dumps(cell, ensure_ascii=False)
    return str(cell)
