"""Text with delimiters: CSV, TSV and their kin, in whatever encoding.

Promise: what a program wrote as a table of text is read back as it was; a mixture of UTF-8 and Western bytes, zero
bytes, rows of unequal length and line breaks in quotes are survived; memory is bounded by the longest row.
"""

import codecs
import csv
import io
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from charset_normalizer import from_bytes

from leadwright.capture.imports.files.shapes import (
    NO_HEADER,
    SAMPLE_ROWS,
    Row,
    Table,
    Unreadable,
    columns_of,
    header_row,
)

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar", "^": "caret", "~": "tilde", "\x1f": "unit mark"}
SAMPLE_BYTES = 256 * 1024
LARGEST_CELL = 1024 * 1024
ENCODINGS = (
    "utf-8", "cp1252", "utf-16", "latin-1", "mac_roman", "cp1250", "cp1251", "koi8_r", "cp1253", "cp1254", "iso8859_2",
    "iso8859_15", "shift_jis", "euc_jp", "gb18030", "big5", "euc_kr", "cp437", "cp850",
)  # fmt: skip
_IN_WORDS = {
    "utf-8-sig": "UTF-8",
    "utf-8": "UTF-8",
    "cp1252": "Windows Western",
    "mac_roman": "Mac Roman",
    "cp1251": "Windows Cyrillic",
    "koi8_r": "KOI8-R",
    "shift_jis": "Shift-JIS",
}


def _western(error: UnicodeError) -> tuple[str, int]:
    """Bytes that are no UTF-8, or no character of Windows Western, as browsers read them."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    wrong = error.object[error.start : error.end]
    return "".join(bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in wrong), error.end


codecs.register_error("leadwright.western", _western)


def encoding_of(path: Path) -> str:
    """The encoding of a text file: by its mark, else UTF-8 where (nearly) all of it is, else the likeliest."""
    with path.open("rb") as file:
        head = file.read(SAMPLE_BYTES)
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF32_LE, "utf-32"),
        (codecs.BOM_UTF32_BE, "utf-32"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if head.startswith(mark):
            return name
    return _without_mark(head) or ("utf-8" if _is_utf8(path) else _guess(head))


def _without_mark(head: bytes) -> str:
    """UTF-16 without its mark: Latin letters and signs have their zero byte behind (little end first) or before."""
    first, second = head[0::2].count(0), head[1::2].count(0)
    if max(first, second) < len(head) / 20 or max(first, second) < 5 * min(first, second):
        return ""
    name = "utf-16-le" if second > first else "utf-16-be"
    try:
        head[: len(head) // 2 * 2].decode(name)
    except UnicodeDecodeError as error:
        return name if error.start > len(head) - 4 else ""
    return name


def _is_utf8(path: Path) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        try:
            while piece := file.read(1 << 20):
                decoder.decode(piece)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


# What spreadsheets write where they do not write Unicode. Western first: short texts rarely prove anything else.
_LEGACY = [
    "cp1252", "cp1250", "cp1251", "koi8_r", "cp1253", "cp1254", "shift_jis", "euc_jp", "gb18030", "big5", "euc_kr",
    "mac_roman", "iso8859_2",
]  # fmt: skip


def _guess(head: bytes) -> str:
    strange = [line for line in head.splitlines()[:-1] or [head] if not line.isascii()][:500]
    if strange and sum(map(_decodes, strange)) >= 0.8 * len(strange):
        return "utf-8"  # two files in one: the few other lines are read as Western
    sample = b"\n".join(strange)
    likeliest = max(_WESTERN, key=lambda encoding: _share_of_letters(sample, encoding))
    if _share_of_letters(sample, likeliest) >= 0.9:
        return likeliest
    matches = from_bytes(sample, cp_isolation=_LEGACY, threshold=0.4)
    best = matches.best()
    if best is None:
        return "cp1252"
    western = next((match for match in matches if "cp1252" in {match.encoding, *match.could_be_from_charset}), None)
    if western is not None and western.chaos <= best.chaos + 0.05 and western.coherence >= best.coherence - 0.1:
        return "cp1252"
    return best.encoding


_WESTERN = ("cp1252", "mac_roman", "cp850")
_LETTERS = frozenset("äöüÄÖÜßàâáãåæçèéêëìíîïñòóôõøœùúûýÿÀÂÁÃÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕØŒÙÚÛ")


def _share_of_letters(sample: bytes, encoding: str) -> float:
    """How much of what is not ASCII would be Western letters that stand among others, as they do in those languages."""
    found = sample.decode(encoding, "replace")
    strange = [place for place, letter in enumerate(found) if not letter.isascii()]
    good = sum(
        found[place] in _LETTERS
        and (found[place - 1 : place].isascii() or found[place + 1 : place + 2].isascii())
        and found[max(0, place - 1) : place + 2].strip(" ") != found[place]
        for place in strange
    )
    return good / max(1, len(strange))


def _decodes(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def errors_for(encoding: str) -> str:
    """What to do with bytes that are none of an encoding: UTF-8 and Western are mended, others are said."""
    plain = encoding.lower().replace("_", "-")
    return "leadwright.western" if plain in ("utf-8", "utf-8-sig", "utf8", "cp1252", "windows-1252") else "strict"


def in_words(encoding: str) -> str:
    """An encoding as people call it."""
    return _IN_WORDS.get(encoding, encoding.upper().replace("_", "-"))


def decoded(path: Path, encoding: str) -> Iterator[str]:
    """The lines of a text file, with their ends. Raises Unreadable where its bytes are none of the encoding."""
    try:
        with path.open(encoding=encoding, errors=errors_for(encoding), newline="") as file:
            yield from file
    except LookupError:
        raise Unreadable(f"There is no encoding '{encoding}'. Use one such as utf-8, cp1252 or utf-16.") from None
    except UnicodeError as error:
        raise Unreadable(
            f"{path.name} is not written in {in_words(encoding)} throughout ({error.__class__.__name__}). "
            "Choose another encoding, or save the file as CSV UTF-8."
        ) from None


def delimiter_of(text: str, quote: str = '"') -> str:
    """The delimiter that cuts a sample of text into the most even table; a comma where there is but one column."""
    if text[:4].lower() == "sep=" and len(text) > 5:
        return text[4]
    best, best_score = ",", 0.0
    for delimiter in DELIMITERS:
        try:
            lines = io.StringIO(text, newline="")
            widths = Counter(
                len(row) for row in islice(csv.reader(lines, delimiter=delimiter, quotechar=quote), 200) if row
            )
        except csv.Error:
            continue
        wide = {width: count for width, count in widths.items() if width > 1}
        if not wide:
            continue
        width, count = max(wide.items(), key=lambda pair: (pair[1], pair[0]))
        score = count / sum(widths.values()) + min(width, 50) / 1000  # evenness decides; then the finer cut
        if score > best_score:
            best, best_score = delimiter, score
    return best


def quote_of(text: str) -> str:
    """The sign that quotes cells: the single one where cells begin and end with it and none with the double one."""
    double = sum(text.count(f'"{mark}') + text.count(f'{mark}"') for mark in DELIMITERS)
    single = sum(text.count(f"'{mark}'") for mark in DELIMITERS)
    return "'" if single > 2 and double == 0 else '"'


def records(path: Path, delimiter: str, encoding: str, quote: str = '"') -> Iterator[Row]:
    """The rows of a text file with their numbers. Raises Unreadable where a quotation never ends."""
    csv.field_size_limit(LARGEST_CELL)
    lines = (line.replace("\0", "") if "\0" in line else line for line in decoded(path, encoding))
    reader = csv.reader(lines, delimiter=delimiter, quotechar=quote)
    try:
        yield from enumerate(reader, 1)
    except csv.Error as error:
        raise Unreadable(
            f"{path.name} cannot be read after line {reader.line_num}: {error}. "
            "Most often a quotation mark opens there and never closes; mend it in the file and try again."
        ) from None


def open_text(path: Path, *, delimiter: str = "", encoding: str = "", header: int = 0, quote: str = "") -> Table:
    """The table in a text file; what is not given is found out."""
    encoding = encoding or encoding_of(path)
    text = "".join(_beginning(path, encoding))
    quote = quote or quote_of(text)
    delimiter = {"tab": "\t", "\\t": "\t"}.get(delimiter, delimiter)
    delimiter = delimiter or ("\t" if path.suffix.lower() in (".tsv", ".tab") else delimiter_of(text, quote))
    if len(delimiter) != 1 or delimiter in "\r\n" or delimiter == quote:
        raise Unreadable(f"“{delimiter}” cannot be a delimiter. Use one sign, such as a comma, a semicolon or a tab.")
    head = tuple(islice(records(path, delimiter, encoding, quote), SAMPLE_ROWS))
    header = header or header_row(head)
    form = f"{DELIMITERS.get(delimiter, delimiter)}-separated, {in_words(encoding)}"
    first = 1 if header == NO_HEADER and text[:4].lower() == "sep=" else header

    def read() -> Iterator[Row]:
        return (row for row in records(path, delimiter, encoding, quote) if row[0] > first)

    columns = columns_of(head, header, path)
    return Table(path, columns, header, form, read, encoding, delimiter, quote, head=head[:20])


def _beginning(path: Path, encoding: str) -> Iterator[str]:
    """The first lines of a file, whole, up to the size of a sample."""
    size = 0
    for line in decoded(path, encoding):
        yield line
        size += len(line)
        if size > SAMPLE_BYTES:
            return
