"""Parts of a file: what a browser asks for with `Range` (RFC 9110, section 14), and the answer to it.

One part is answered as such, so that a viewer can leaf through a long document and a download that broke off goes on;
several parts at once are answered with the whole, as the RFC allows. Whether a client's half is still half of the same
file, `If-Range` says, with the tag or the date that it was given.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.utils.http import http_date, parse_http_date_safe

from leadwright.kit import clock

ONE = re.compile(r"(?i:bytes)=[ \t]*(?:([0-9]+)-([0-9]*)|-([0-9]+))[ \t]*")
LONGEST_NUMBER = 18  # digits; what is longer lies behind the end of any file
DATES_ARE_FIRM_AFTER = timedelta(minutes=1)  # within it a file may change twice under one date
BLOCK_BYTES = 64 * 1024
Made = TypeVar("Made", bound=HttpResponseBase)


class Opened(Protocol):
    """A file that is open for reading."""

    def read(self, size: int = -1, /) -> bytes:
        """Some bytes."""
        ...

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Go somewhere."""
        ...

    def close(self) -> None:
        """Let it go."""
        ...


@dataclass(frozen=True)
class Version:
    """What tells one state of a file from another: its size, a tag that changes with it, when it was last changed."""

    size: int
    tag: str
    modified_at: datetime

    @property
    def etag(self) -> str:
        """The tag as a header has it; strong: the same tag means the same bytes."""
        return f'"{self.tag}"'


@dataclass(frozen=True)
class Part:
    """The bytes from `start` up to and without `stop`."""

    start: int
    stop: int

    @property
    def size(self) -> int:
        """How many bytes."""
        return self.stop - self.start


class Unsatisfiable(ValueError):
    """No byte of the file lies in the range."""


def part(header: str, size: int) -> Part | None:
    """The one part of a file that a Range header asks for; None where the whole is to be answered: for no header, for
    one that is not understood, for several parts. Raises Unsatisfiable."""
    found = ONE.fullmatch(header)
    if found is None:
        return None
    first, last, suffix = (_number(each) for each in found.groups())
    if suffix is not None:
        start, stop = max(0, size - suffix), size
    else:
        assert first is not None  # noqa: S101  the pattern has seen to it
        if last is not None and last < first:
            return None  # not a range at all
        start, stop = first, size if last is None else min(last + 1, size)
    if start >= stop:
        raise Unsatisfiable(f"No byte of a file of {size} lies in {header[:60]}.")
    return Part(start, stop)


def _number(digits: str | None) -> int | None:
    if not digits:
        return None
    digits = digits.lstrip("0") or "0"
    return int(digits) if len(digits) <= LONGEST_NUMBER else 10**LONGEST_NUMBER


def wanted(request: HttpRequest, version: Version) -> Part | None:
    """The part that a request asks for, by its method, its Range and its If-Range; None: the whole. Raises
    Unsatisfiable."""
    header = request.headers.get("Range", "")
    if request.method != "GET" or not header or not _is_same(request.headers.get("If-Range", ""), version):
        return None
    return part(header, version.size)


def _is_same(said: str, version: Version) -> bool:
    """Whether an If-Range names this very state of the file; a weak tag and a fresh date name none."""
    said = said.strip()
    if not said or said == version.etag:
        return True
    date = None if '"' in said else parse_http_date_safe(said)
    is_firm = version.modified_at <= clock.now() - DATES_ARE_FIRM_AFTER
    return date is not None and is_firm and date == int(version.modified_at.timestamp())


def answer(file: Opened, version: Version, asked: Part | None, name: str, content_type: str) -> FileResponse:
    """A file, or a part of it, as a download that may be taken up again."""
    sent = asked or Part(0, version.size)
    made = FileResponse(
        Piece(file, sent),
        as_attachment=True,
        filename=name,
        content_type=content_type,
        status=206 if asked else 200,
    )
    if asked:
        made["Content-Range"] = f"bytes {asked.start}-{asked.stop - 1}/{version.size}"
    made["Content-Length"] = str(sent.size)
    return _marked(made, version)


def refusal(version: Version) -> HttpResponse:
    """The answer to a range that lies behind the end: 416, with the size."""
    made = HttpResponse("This file ends before that.", status=416, content_type="text/plain; charset=utf-8")
    made["Content-Range"] = f"bytes */{version.size}"
    return _marked(made, version)


def _marked(made: Made, version: Version) -> Made:
    made["Accept-Ranges"] = "bytes"
    made["ETag"] = version.etag
    made["Last-Modified"] = http_date(version.modified_at.timestamp())
    return made


class Piece:
    """A file that seems to be only one part of it; closes the file when it is closed."""

    def __init__(self, file: Opened, sent: Part) -> None:
        file.seek(sent.start)
        self.file, self.left = file, sent.size

    def read(self, size: int = -1) -> bytes:
        """At most so many bytes, and none behind the part."""
        size = self.left if size < 0 else min(size, self.left)
        found = self.file.read(size) if size else b""
        self.left -= len(found)
        return found

    def __iter__(self) -> Iterator[bytes]:
        while found := self.read(BLOCK_BYTES):
            yield found

    def close(self) -> None:
        """Let the file go."""
        self.file.close()
