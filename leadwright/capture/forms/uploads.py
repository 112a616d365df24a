"""Files that came with forms: judged by their content, kept below the data folder, never executed. No Django.

Promise: the bytes are on disk before a row names them, and the row stands before the hit is kept; what a kill leaves
behind is found by `capture.leftovers` and removed. The same submission sent again writes the same file.
"""

import hashlib
import os
import uuid
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from leadwright.capture.forms.bodies import Part
from leadwright.kit import config

BEGINNINGS = (
    (b"%PDF-", "pdf"), (b"\x89PNG\r\n\x1a\n", "png"), (b"\xff\xd8\xff", "jpg"), (b"GIF87a", "gif"), (b"GIF89a", "gif"),
)  # fmt: skip
INSIDE = (("word/", "docx"), ("xl/", "xlsx"), ("ppt/", "pptx"))
OPEN_DOCUMENTS = {
    b"application/vnd.oasis.opendocument.text": "odt",
    b"application/vnd.oasis.opendocument.spreadsheet": "ods",
    b"application/vnd.oasis.opendocument.presentation": "odp",
}
MARKUP = (b"<html", b"<script", b"<svg", b"<!doctype", b"<?xml", b"<?php", b"#!")

# How a file is called to the browser that fetches it; all are handed over as downloads.
CONTENT_TYPES = {
    "pdf": "application/pdf",
    "png": "image/png",
    "jpg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "txt": "text/plain; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
}


@dataclass(frozen=True, slots=True)
class Kept:
    """A file that lies on disk: under its id, with what a screen says of it."""

    id: uuid.UUID
    question: str
    name: str
    kind: str
    size: int
    sha256: str


def kind_of(part: Part) -> str:
    """What a file is, by what is in it: one of attract.questions.FILE_TYPES, or nothing."""
    content = part.content
    for beginning, kind in BEGINNINGS:
        if content.startswith(beginning):
            return kind
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return "webp"
    if content.startswith(b"PK\x03\x04"):
        return _packed_kind(content)
    return _text_kind(part)


def _packed_kind(content: bytes) -> str:
    """An office document, by the names of its parts; one that carries macros is none."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as packed:
            names = packed.namelist()
            if len(names) > 20_000 or any("vbaproject" in name.lower() for name in names):
                return ""
            if names and names[0] == "mimetype" and packed.infolist()[0].file_size < 200:
                return OPEN_DOCUMENTS.get(packed.read("mimetype").strip(), "")
            if "[Content_Types].xml" not in names:
                return ""
            return next((kind for folder, kind in INSIDE if any(name.startswith(folder) for name in names)), "")
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, RuntimeError, EOFError):
        return ""


def _text_kind(part: Part) -> str:
    """Plain text in UTF-8 that no program would run or draw."""
    try:
        text = part.content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return ""
    if any(letter < " " and letter not in "\t\n\r\f" for letter in text):
        return ""
    if part.content[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(MARKUP):
        return ""
    return "csv" if part.name.lower().endswith(".csv") else "txt"


def key(message_id: str, question: str, number: int) -> uuid.UUID:
    """The id of a file: the same for the same submission."""
    digest = hashlib.sha256(f"{message_id} {question} {number}".encode("utf-8", "replace")).digest()
    return uuid.UUID(bytes=digest[:16], version=5)


def folder() -> Path:
    """Where uploads lie: below the data folder, outside of everything that is served."""
    return config.data_folder() / "uploads"


def path(upload: uuid.UUID) -> Path:
    """Where one lies."""
    return folder() / upload.hex[:2] / upload.hex


def keep(message_id: str, question: str, number: int, part: Part, kind: str) -> Kept:
    """Put a file on disk, whole or not at all."""
    upload = key(message_id, question, number)
    place = path(upload)
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    beside = place.with_name(f"{place.name}.{os.getpid()}.part")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(part.content)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(place)
    return Kept(upload, question, part.name, kind, len(part.content), hashlib.sha256(part.content).hexdigest())


def remove_all(gone: Iterable[uuid.UUID]) -> None:
    """Take files from disk; one that is gone already is no fault."""
    for upload in gone:
        path(upload).unlink(missing_ok=True)
