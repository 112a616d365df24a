"""A number as every screen shows it: value, change, definition on hover, records on a click, or "too few to say"."""

from dataclasses import dataclass

from leadwright.ui import words

# Below so many cases a share says more about chance than about the matter.
FEW = 20


@dataclass(frozen=True)
class Number:
    """A figure with all that belongs to it.

    `change` is a share against `against` (such as "plan" or "last month"): 0.08 is 8 % above. `is_good` says whether
    more is better (True), worse (False) or neither (None). `definition` is the metric's sentence.
    """

    label: str
    value: float | None
    definition: str = ""
    href: str = ""
    kind: str = "number"  # number, money, percent
    change: float | None = None
    against: str = "plan"
    is_good: bool | None = True
    cases: int | None = None  # how many cases a share stands on; few of them cannot say
    currency: str = "EUR"

    @property
    def said(self) -> str:
        """The value in words."""
        if self.value is None:
            return "–"
        if self.is_too_few:
            return "too few to say"
        if self.kind == "money":
            return words.money(self.value, self.currency)
        return words.percent(self.value) if self.kind == "percent" else words.number(self.value)

    @property
    def is_too_few(self) -> bool:
        """Whether a share stands on so few cases that it would mislead."""
        return self.kind == "percent" and self.cases is not None and self.cases < FEW

    @property
    def moved(self) -> str:
        """The change in words, with an arrow."""
        if self.change is None or self.is_too_few:
            return ""
        if abs(self.change) < 0.005:
            return "on plan" if self.against == "plan" else f"as {self.against}"
        return f"{'▲' if self.change > 0 else '▼'} {words.percent(abs(self.change))} {self.against}"

    @property
    def tone(self) -> str:
        """good, bad or empty."""
        if self.change is None or self.is_good is None or abs(self.change) < 0.005:
            return ""
        return "good" if (self.change > 0) == self.is_good else "bad"
