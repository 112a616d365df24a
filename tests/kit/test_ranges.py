"""Parts of a file by RFC 9110: what a Range header asks for, against a plain reading of the RFC."""

from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from django.http import HttpRequest
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from leadwright.kit import clock, ranges

CHANGED = datetime(2026, 3, 2, 9, 0, 0, 250_000, tzinfo=UTC)
VERSION = ranges.Version(1_000, "abc", CHANGED)
DATE = "Mon, 02 Mar 2026 09:00:00 GMT"


@given(
    st.binary(min_size=1, max_size=40),
    st.integers(0, 50),
    st.integers(0, 50),
    st.sampled_from(["both", "open", "tail"]),
)
def test_a_part_is_what_slicing_gives(content: bytes, first: int, last: int, how: str) -> None:
    header = {"both": f"bytes={first}-{last}", "open": f"bytes={first}-", "tail": f"bytes=-{first}"}[how]
    if how == "both" and last < first:
        assert ranges.part(header, len(content)) is None
        return
    tail = content[-first:] if first else b""
    expected = {"both": content[first : last + 1], "open": content[first:], "tail": tail}[how]
    if not expected:
        with pytest.raises(ranges.Unsatisfiable):
            ranges.part(header, len(content))
        return
    found = ranges.part(header, len(content))
    assert found is not None
    assert b"".join(ranges.Piece(BytesIO(content), found)) == expected
    assert ranges.Piece(BytesIO(content), found).read() == expected


@pytest.mark.parametrize(
    "header",
    [
        "",
        "bytes",
        "bytes=",
        "bytes=-",
        "bytes=a-b",
        "bytes=1-2,4-5",
        "bytes=1 - 2",
        "items=0-1",
        "bytes=\u0661-2",
        "bytes=+1-2",
    ],
)
def test_what_is_no_single_range_is_answered_with_the_whole(header: str) -> None:
    assert ranges.part(header, 10) is None


def test_numbers_of_any_length_lie_behind_the_end() -> None:
    assert ranges.part(f"Bytes=3-{'9' * 9_000}", 10) == ranges.Part(3, 10)
    assert ranges.part(f"bytes=-{'9' * 9_000}", 10) == ranges.Part(0, 10)
    with pytest.raises(ranges.Unsatisfiable):
        ranges.part(f"bytes={'9' * 9_000}-", 10)


def request(method: str = "GET", **headers: str) -> HttpRequest:
    return RequestFactory().generic(method, "/", headers=headers)


@pytest.mark.parametrize(
    ("said", "is_part"),
    [
        ("", True),
        ('"abc"', True),
        ('"abd"', False),
        ('W/"abc"', False),
        (DATE, True),
        ("Mon, 02 Mar 2026 09:00:01 GMT", False),
        ("yesterday", False),
    ],
)
def test_a_half_is_only_completed_from_the_same_file(said: str, is_part: bool) -> None:
    with clock.frozen(CHANGED + timedelta(hours=1)):
        asked = ranges.wanted(request(**{"Range": "bytes=10-", "If-Range": said}), VERSION)
    assert (asked == ranges.Part(10, 1_000)) is is_part


def test_a_date_within_the_minute_of_a_change_vouches_for_nothing() -> None:
    with clock.frozen(CHANGED + timedelta(seconds=30)):
        assert ranges.wanted(request(**{"Range": "bytes=10-", "If-Range": DATE}), VERSION) is None


def test_a_head_has_no_parts() -> None:
    assert ranges.wanted(request("HEAD", Range="bytes=10-"), VERSION) is None
