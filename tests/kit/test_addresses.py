from ipaddress import ip_network

import pytest

from leadwright.kit import addresses, config


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
def test_by_default_only_a_proxy_on_this_machine_is_believed(remote: str, forwarded: str, caller: str | None) -> None:
    assert addresses.caller(remote, forwarded) == caller


@pytest.mark.parametrize(
    ("remote", "forwarded", "caller"),
    [
        ("10.0.0.2", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.2", "203.0.113.9, 198.51.100.1, 10.7.7.7", "198.51.100.1"),  # a chain of our own proxies
        ("10.0.0.2", "10.0.0.3", "10.0.0.3"),  # somebody inside
        ("127.0.0.1", "198.51.100.1", "127.0.0.1"),  # not in the list
        ("::ffff:203.0.113.9", "", "203.0.113.9"),
    ],
)
def test_an_operator_says_which_proxies_are_believed(remote: str, forwarded: str, caller: str | None) -> None:
    assert addresses.believed(remote, forwarded, (ip_network("10.0.0.0/8"),)) == caller


def test_nobody_is_believed_where_the_list_is_empty() -> None:
    assert addresses.believed("127.0.0.1", "198.51.100.1", ()) == "127.0.0.1"
    assert addresses.believed("", "198.51.100.1", ()) is None


def test_a_list_that_is_none_is_refused_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEADWRIGHT_PROXIES", "proxy.example")
    addresses.proxies.cache_clear()
    with pytest.raises(config.BadSetting, match="LEADWRIGHT_PROXIES is a list"):
        addresses.proxies()
    monkeypatch.undo()
    addresses.proxies.cache_clear()


def test_one_line_of_ipv6_is_one_neighbour() -> None:
    assert addresses.neighbourhood("2001:db8:1:2:3::4") == addresses.neighbourhood("2001:db8:1:2::9")
    assert addresses.neighbourhood("2001:db8:1:3::9") != addresses.neighbourhood("2001:db8:1:2::9")
    assert addresses.neighbourhood("203.0.113.9") == "203.0.113.9"


@pytest.mark.parametrize(
    ("host", "answer"),
    [
        *((host, True) for host in ("localhost", "127.0.0.1", "127.1.2.3", "::1", "[::1]")),
        *((host, False) for host in ("0.0.0.0", "firm.example", "", "localhost.evil.example")),
    ],
)
def test_loopback_is_this_machine_and_nothing_else(host: str, answer: bool) -> None:
    assert addresses.is_loopback(host) is answer
