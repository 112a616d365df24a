"""Files in which somebody may stand: uploads, lists of refused rows."""

import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

PIECE = 1 << 20


def mentions(path: Path, words: Sequence[str]) -> bool:
    """Whether any of some words stands in a file, without regard to case: in UTF-8, UTF-16 or Latin-1, or packed.

    Reads in pieces, so that a file of any size costs a megabyte. Spreadsheets are packed; their parts are looked into.
    """
    marks = _marks(words)
    if not marks or not path.is_file():
        return False
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as packed:
            for name in packed.namelist():
                with packed.open(name) as part:
                    if _stands_in(part, marks):
                        return True
        return False
    with path.open("rb") as file:
        return _stands_in(file, marks)


def _marks(words: Sequence[str]) -> list[bytes]:
    return [
        found
        for word in words
        if word
        for form in (word.lower(), word.upper())
        for encoding in ("utf-8", "utf-16-le", "utf-16-be")
        if (found := form.encode(encoding).lower())
    ]


def _stands_in(file: IO[bytes], marks: Sequence[bytes]) -> bool:
    return any(any(mark in piece for mark in marks) for piece in _pieces(file, max(len(mark) for mark in marks)))


def _pieces(file: IO[bytes], overlap: int) -> Iterator[bytes]:
    last = b""
    while piece := file.read(PIECE):
        yield last + piece.lower()
        last = piece.lower()[-overlap:]
