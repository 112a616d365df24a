"""When something happened, whatever the sender's clock says."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadwright.capture.rules import EARLIEST, happened_at

CAME = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("timestamp", "sent_at", "at"),
    [
        ("2026-03-02T11:00:00Z", "2026-03-02T12:00:00Z", "2026-03-02T11:00:00Z"),
        ("2026-03-02T14:00:00Z", "2026-03-02T15:00:00Z", "2026-03-02T11:00:00Z"),  # three hours ahead
        ("1970-01-01T00:00:00Z", "1970-01-01T00:10:00Z", "2026-03-02T11:50:00Z"),  # a clock that was never set
        ("2026-03-02T11:59:58.500+02:00", "2026-03-02T12:00:00.000+02:00", "2026-03-02T11:59:58.5Z"),
        ("2025-12-24T18:00:00Z", None, "2025-12-24T18:00:00Z"),  # history, as an import tells it
        ("2027-01-01T00:00:00Z", None, "2026-03-02T12:00:00Z"),  # not yet
        ("2026-03-02T12:00:09Z", "2026-03-02T12:00:00Z", "2026-03-02T12:00:00Z"),  # told before it happened
        ("1871-01-01T00:00:00Z", None, "2026-03-02T12:00:00Z"),
        ("2026-03-02T11:00:00Z", "9999-12-31T23:59:59Z", "2026-03-02T12:00:00Z"),
        ("2026-03-02T11:00:00Z", "0001-01-01T00:00:00Z", "2026-03-02T12:00:00Z"),
        (1772449200, None, "2026-03-02T11:00:00Z"),
        (1772449200000, 1772452800000, "2026-03-02T11:00:00Z"),
        ("yesterday", "soon", "2026-03-02T12:00:00Z"),
        (None, "2026-03-02T12:00:00Z", "2026-03-02T12:00:00Z"),
        ({}, [], "2026-03-02T12:00:00Z"),
        (float("nan"), True, "2026-03-02T12:00:00Z"),
    ],
)
def test_a_clock_that_goes_wrong_is_put_right_by_when_the_call_was_sent(timestamp: Any, sent_at: Any, at: str) -> None:
    assert happened_at(timestamp, sent_at, CAME) == datetime.fromisoformat(at)


ANYTHING = st.one_of(
    st.none(), st.text(max_size=40), st.floats(), st.integers(), st.booleans(), st.datetimes().map(str), st.just({})
)


@given(ANYTHING, ANYTHING)
def test_nothing_happens_in_the_future_or_before_there_were_computers(timestamp: Any, sent_at: Any) -> None:
    assert EARLIEST <= happened_at(timestamp, sent_at, CAME) <= CAME


@given(st.timedeltas(timedelta(days=-9000), timedelta(days=9000)), st.timedeltas(timedelta(0), timedelta(days=300)))
def test_how_wrong_a_clock_is_does_not_matter(wrong: timedelta, before: timedelta) -> None:
    sent = CAME + wrong
    assert happened_at((sent - before).isoformat(), sent.isoformat(), CAME) == CAME - before
