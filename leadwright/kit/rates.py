"""How often somebody may ask: token buckets by name, in this process only.

A bucket is one number, the moment at which it is full again (generic cell rate algorithm), so a million callers cost
a million numbers at most, and those that are full are forgotten.
"""

import time

from leadwright.kit import config

MOST = 100_000


class Buckets:
    """`rate` a second over time, `burst` at once."""

    def __init__(self, rate: float, burst: float, most: int = MOST) -> None:
        self.rate, self.burst, self.most = rate, max(burst, 1.0), most
        self._full: dict[str | int, float] = {}

    def take(self, name: str | int, count: int = 1) -> float:
        """Take as many tokens; answers 0, or after how many seconds they will be there. More than `burst` count as so
        many."""
        now = time.monotonic()
        full = max(self._full.get(name, now), now) + min(count, self.burst) / self.rate
        wait = full - now - self.burst / self.rate
        if wait > 1e-9:
            return wait
        if len(self._full) >= self.most and name not in self._full:
            self._forget(now)
        self._full[name] = full
        return 0.0

    def _forget(self, now: float) -> None:
        """Forget who has not asked for long; where all have, those whose buckets are the fullest."""
        kept = sorted(((full, name) for name, full in self._full.items() if full > now), key=lambda pair: pair[0])
        self._full = {name: full for full, name in kept[-self.most // 2 :]}


def of(setting: str) -> Buckets | None:
    """The buckets of a setting such as 200/1000 (a second, at once); None where it is 0, BadSetting where it is odd."""
    text = config.get(setting)
    rate, _, burst = text.partition("/")
    try:
        found = Buckets(float(rate), float(burst or rate)) if float(rate) else None
        if found and not 0 < found.rate < float("inf"):
            raise ValueError
    except ValueError:
        raise config.BadSetting(
            f"{setting} is how many a second and how many at once, such as 200/1000; it is '{text}'."
        ) from None
    return found
