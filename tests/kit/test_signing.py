from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadwright.kit import clock, signing

plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**31), 2**31) | st.text(max_size=40) | st.binary(max_size=40),
    lambda inner: st.lists(inner, max_size=4),
    max_leaves=8,
)


@given(plain)
def test_what_was_signed_is_read_again(payload):
    assert signing.read("click", signing.sign("click", payload)) == payload


@given(plain, st.integers(0, 10_000), st.integers(1, 255))
def test_a_changed_byte_is_found_out(payload, place, change):
    import base64

    token = signing.sign("click", payload)
    raw = bytearray(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    raw[place % len(raw)] ^= change
    with pytest.raises(signing.BadToken):
        signing.read("click", base64.urlsafe_b64encode(bytes(raw)).decode())


def test_a_token_serves_one_purpose_only():
    with pytest.raises(signing.BadToken):
        signing.read("unsubscribe", signing.sign("click", [1]))


def test_it_expires_when_it_said_so():
    now = datetime(2026, 3, 29, tzinfo=UTC)
    with clock.frozen(now):
        token = signing.sign("resource", 7, expires_at=now + timedelta(days=7))
        assert signing.read("resource", token) == 7
    with clock.frozen(now + timedelta(days=7, seconds=1)), pytest.raises(signing.BadToken, match="expired"):
        signing.read("resource", token)


@pytest.mark.parametrize("rubbish", ["", "a", "ä", "....", "A" * 500, "=" * 9])
def test_rubbish_is_refused_in_words(rubbish):
    with pytest.raises(signing.BadToken, match="link"):
        signing.read("click", rubbish)
