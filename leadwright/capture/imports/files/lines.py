"""JSON: one object a line, or one array of objects; nested values become columns with dots in their names."""

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from leadwright.capture.imports.files import text
from leadwright.capture.imports.files.shapes import Row, Table, Unreadable, as_text

KEYS_FROM = 10_000  # so many objects say which columns there are
DEEPEST = 5
MOST_OF_A_LIST = 5
LARGEST_OBJECT = 8 * 1024 * 1024

Record = dict[str, str]


def flat(record: dict[str, Any]) -> Record:
    """Nested names with dots: {"company": {"name": …}} is `company.name`, a list of objects `emails.1.value`, …"""
    found: Record = {}

    def walk(name: str, value: Any, depth: int) -> None:
        if isinstance(value, dict) and value and depth < DEEPEST:
            for inner, each in value.items():
                walk(f"{name}.{inner}" if name else str(inner), each, depth + 1)
        elif isinstance(value, list) and any(isinstance(each, dict) for each in value) and depth < DEEPEST:
            for place, each in enumerate(value[:MOST_OF_A_LIST], 1):
                walk(f"{name}.{place}", each, depth + 1)
        else:
            found[name] = as_text(value).replace("\0", "")

    walk("", record, 0)
    return found


def _lines(path: Path, encoding: str) -> Iterator[tuple[int, Record]]:
    for number, line in enumerate(text.decoded(path, encoding), 1):
        plain = line.strip().removeprefix("\ufeff")
        if not plain:
            continue
        try:
            record = json.loads(plain)
        except (json.JSONDecodeError, RecursionError) as error:
            raise Unreadable(
                f"Line {number} of {path.name} is not JSON ({error}). The file must hold one JSON object a line."
            ) from None
        if not isinstance(record, dict):
            raise Unreadable(f"Line {number} of {path.name} is no JSON object. One object a line is expected.")
        yield number, flat(record)


def _array(path: Path, encoding: str) -> Iterator[tuple[int, Record]]:
    """The objects of one array, read piece by piece; memory is bounded by the largest of them."""
    decoder = json.JSONDecoder()
    pieces = text.decoded(path, encoding)
    held = _ahead("", pieces).lstrip("\ufeff \t\r\n").removeprefix("[")
    number, ended = 0, False
    while not ended:
        held = held.lstrip(" \t\r\n,")
        if not held:
            more = _ahead(held, pieces)
            if not more:
                break
            held = more
            continue
        if held[0] == "]":
            return
        try:
            record, end = decoder.raw_decode(held)
        except (json.JSONDecodeError, RecursionError) as error:
            longer = _ahead(held, pieces) if len(held) < LARGEST_OBJECT else held
            if longer == held:
                raise Unreadable(f"Object {number + 1} of {path.name} is not JSON ({error}).") from None
            held = longer
            continue
        number += 1
        if not isinstance(record, dict):
            raise Unreadable(f"Entry {number} of {path.name} is no JSON object. An array of objects is expected.")
        yield number, flat(record)
        held = held[end:]
    raise Unreadable(f"{path.name} ends before its array does. Export it again.")


def _ahead(held: str, pieces: Iterator[str], size: int = 1 << 18) -> str:
    """What is held and some more of the file."""
    parts, length = [held], 0
    for piece in pieces:
        parts.append(piece)
        length += len(piece)
        if length >= size:
            break
    return "".join(parts)


def _wrapped(path: Path, encoding: str) -> Iterator[tuple[int, Record]]:
    """The first array of objects within one object, as many interfaces answer: {"contacts": [ … ], "next": …}."""
    if path.stat().st_size > 16 * LARGEST_OBJECT:
        raise Unreadable(f"{path.name} is one JSON object of more than 128 MB. Write one object a line.")
    try:
        whole = json.loads("".join(text.decoded(path, encoding)).lstrip("\ufeff"))
    except (json.JSONDecodeError, RecursionError) as error:
        raise Unreadable(f"{path.name} is not JSON ({error}). Write one JSON object a line.") from None
    lists = [each for each in whole.values() if isinstance(each, list) and each and isinstance(each[0], dict)]
    found = lists[0] if lists else [whole]
    return ((number, flat(record)) for number, record in enumerate(found, 1) if isinstance(record, dict))


def open_lines(path: Path, *, encoding: str = "", beginning: str = "") -> Table:
    """The table in a file of JSON."""
    encoding = encoding or text.encoding_of(path)
    plain = beginning.lstrip("\ufeff \t\r\n")
    first = plain.split("\n", 1)[0].strip()
    if plain.startswith("["):
        objects, form = _array, "JSON array"
    elif _is_whole(first):
        objects, form = _lines, "JSON lines"
    else:
        objects, form = _wrapped, "JSON"
    keys: dict[str, None] = {}
    for _, record in islice(objects(path, encoding), KEYS_FROM):
        keys |= dict.fromkeys(record)
    if not keys:
        raise Unreadable(f"{path.name} holds no JSON object. One object a line is expected.")
    columns = list(keys)

    def read() -> Iterator[Row]:
        return ((number, [record.get(name, "") for name in columns]) for number, record in objects(path, encoding))

    return Table(path, columns, 0, f"{form}, {text.in_words(encoding)}", read, encoding)


def _is_whole(line: str) -> bool:
    try:
        json.loads(line)
    except (json.JSONDecodeError, RecursionError):
        return not line.rstrip().endswith(("{", "[", ",", ":")) and line != "{"
    return True
