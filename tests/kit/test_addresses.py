import pytest

from leadwright.kit import addresses


@pytest.mark.parametrize(
    ("remote", "forwarded", "caller"),
    [
        ("203.0.113.9", "", "203.0.113.9"),
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),  # from elsewhere the header is only a claim
        ("127.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("::1", "9.9.9.9, 198.51.100.1", "198.51.100.1"),  # the last one is what our proxy saw
        ("", "2001:db8::1", "2001:db8::1"),
        ("127.0.0.1", "rubbish", None),
        ("", "", None),
    ],
)
def test_only_a_proxy_on_this_machine_is_believed(remote: str, forwarded: str, caller: str | None) -> None:
    assert addresses.caller(remote, forwarded) == caller


@pytest.mark.parametrize(
    ("host", "answer"),
    [
        *((host, True) for host in ("localhost", "127.0.0.1", "127.1.2.3", "::1", "[::1]")),
        *((host, False) for host in ("0.0.0.0", "firm.example", "", "localhost.evil.example")),
    ],
)
def test_loopback_is_this_machine_and_nothing_else(host: str, answer: bool) -> None:
    assert addresses.is_loopback(host) is answer
