import pytest

from leadwright.kit import config, rates
from leadwright.kit.rates import Buckets


class Stopped:
    """A clock that a test moves."""

    at = 1000.0

    def monotonic(self) -> float:
        return self.at


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Stopped:
    stopped = Stopped()
    monkeypatch.setattr(rates, "time", stopped)
    return stopped


def test_a_burst_goes_through_and_then_the_rate(clock: Stopped) -> None:
    buckets = Buckets(2, 5)
    assert [buckets.take("ada") for _ in range(5)] == [0.0] * 5
    assert buckets.take("ada") == pytest.approx(0.5)
    assert buckets.take("ben") == 0.0
    clock.at += 0.5
    assert buckets.take("ada") == 0.0
    assert buckets.take("ada") > 0
    clock.at += 100
    assert [buckets.take("ada") > 0 for _ in range(6)] == [False] * 5 + [True]


def test_a_batch_takes_as_many_as_it_has_and_can_always_go_through_once(clock: Stopped) -> None:
    buckets = Buckets(10, 100)
    assert buckets.take("ada", 5_000) == 0.0
    assert buckets.take("ada", 10) == pytest.approx(1.0)


def test_callers_without_number_cost_bounded_memory(clock: Stopped) -> None:
    buckets = Buckets(1, 2, most=100)
    for number in range(1_000):
        buckets.take(f"caller {number}")
    assert len(buckets._full) <= 100
    assert buckets.take("caller 999") == 0.0
    assert buckets.take("caller 999") > 0


def test_a_setting_says_how_many_a_second_and_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEADWRIGHT_FORM_RATE", "3/40")
    found = rates.of("LEADWRIGHT_FORM_RATE")
    assert found is not None
    assert (found.rate, found.burst) == (3, 40)
    monkeypatch.setenv("LEADWRIGHT_FORM_RATE", "0")
    assert rates.of("LEADWRIGHT_FORM_RATE") is None
    for wrong in ("many", "1/x", "-1", "inf", "nan"):
        monkeypatch.setenv("LEADWRIGHT_FORM_RATE", wrong)
        with pytest.raises(config.BadSetting, match="LEADWRIGHT_FORM_RATE is how many"):
            rates.of("LEADWRIGHT_FORM_RATE")
