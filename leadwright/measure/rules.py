"""The pure rules of `measure`: no database, no clock, no Django.

Shares with their uncertainty, the warnings that a figure needs, and the shortfall of a plan taken apart.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from fractions import Fraction
from itertools import accumulate, combinations, pairwise
from math import exp, factorial, sqrt
from statistics import NormalDist
from typing import Any

LEAST_TRIALS = 20  # below this no share is shown
WIDEST = 0.15  # nor where the interval reaches further than this to either side
LEAST_EVENTS = 5  # a cost per sql of fewer sql says nothing
UNLIKELY = 0.001  # what happens less often by chance than once in a thousand is called a pattern
LEAST_REFERENCE = 10  # outcomes needed before a speed is taken from them
SILENCE_DAYS = 30  # records that end longer ago than this have ended
WORTH_SAYING = 0.01  # a share of unknown sources below this is no warning
YOUNG = 0.1  # so large a part of leads still on their way is worth a word
HEAVY = 0.25  # one value that weighs this much of a sum is named


# ---------------------------------------------------------------------------------------------------------- uncertainty


def wilson(hits: int, trials: int, confidence: float = 0.95) -> tuple[float, float]:
    """The score interval of a share, from 0 to 1; (0, 1) where nothing was tried.

    E. B. Wilson, Journal of the American Statistical Association 22 (1927); recommended for small numbers by Brown,
    Cai, DasGupta, Statistical Science 16 (2001).
    """
    if not 0 <= hits <= trials:
        raise ValueError(f"There cannot be {hits} hits in {trials} trials; give 0 ≤ hits ≤ trials.")
    if trials == 0:
        return 0.0, 1.0
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    share, weight = hits / trials, z * z / trials
    middle = (share + weight / 2) / (1 + weight)
    reach = z / (1 + weight) * sqrt(share * (1 - share) / trials + weight / (4 * trials))
    return (0.0 if hits == 0 else middle - reach), (1.0 if hits == trials else middle + reach)


def poisson(events: int, confidence: float = 0.95) -> tuple[float, float]:
    """The interval of an expected count of which `events` were seen: Byar's approximation, within 1 % from 5 on.

    Breslow and Day, Statistical Methods in Cancer Research II (1987), page 69.
    """
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    above = events + 1
    low = events * (1 - 1 / (9 * events) - z / (3 * sqrt(events))) ** 3 if events else 0.0
    return max(low, 0.0), above * (1 - 1 / (9 * above) + z / (3 * sqrt(above))) ** 3


@dataclass(frozen=True)
class Share:
    """So many of so many."""

    hits: int
    trials: int

    @property
    def value(self) -> float | None:
        """The share from 0 to 1; None of nothing."""
        return self.hits / self.trials if self.trials else None

    @property
    def interval(self) -> tuple[float, float]:
        """Where the true share lies, at 95 % confidence."""
        return wilson(self.hits, self.trials)

    @property
    def is_too_few(self) -> bool:
        """Whether so few were tried that the share says little: fewer than 20, or more than 15 points either way."""
        low, high = self.interval
        return self.trials < LEAST_TRIALS or (high - low) / 2 > WIDEST


@dataclass(frozen=True)
class UnitCost:
    """Money per event, with the interval that the smallness of the count leaves."""

    spend: float
    events: int

    @property
    def value(self) -> float | None:
        """Spend per event; None without spend or events."""
        return self.spend / self.events if self.events and self.spend else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Where the cost lies at 95 % confidence, if the same were done again."""
        if self.value is None:
            return None
        low, high = poisson(self.events)
        return self.spend / high, self.spend / low if low else float("inf")

    @property
    def is_too_few(self) -> bool:
        """Whether there are fewer than five events."""
        return self.events < LEAST_EVENTS


# ------------------------------------------------------------------------------------------------------------- warnings


@dataclass(frozen=True)
class Warning:  # noqa: A001  the word of the screen
    """What a reader must know before trusting a figure, in words, with the facts behind it."""

    kind: str  # left_truncation, right_censoring, small_numbers, impossible_order, outlier, unknown_source
    title: str
    sentence: str
    evidence: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcomes:
    """How many leads were opened on each day, and after how many days how many of them were won.

    `wins` holds (opened on, won on, days between rounded up, how many); days below zero mean a win before the opening.
    """

    opened: Mapping[date, int]
    wins: Sequence[tuple[date, date, int, int]]


def percent(share: float, digits: int = 0) -> str:
    """A share of one as a percentage."""
    return f"{share * 100:.{digits}f} %"


def days_text(day: date) -> str:
    """A day as people write it: 5 Dec 2017."""
    return f"{day.day} {day:%b %Y}"


def months_text(months: Sequence[date]) -> str:
    """Months as a span: “Jun 2017”, or “Jun 2017 to Nov 2017”."""
    first, last = min(months), max(months)
    return f"{first:%b %Y}" if first == last else f"{first:%b %Y} to {last:%b %Y}"


def observed_until(last_record: datetime | None, as_of: datetime) -> datetime:
    """Until when outcomes are known: now, or the last record where nothing at all was recorded for 30 days."""
    if last_record and as_of - last_record > timedelta(days=SILENCE_DAYS):
        return last_record
    return as_of


def _at_most(seen: int, expected: float) -> float:
    """Probability that a Poisson count with this expectation is at most `seen`."""
    return exp(-expected) * sum(expected**k / factorial(k) for k in range(seen + 1))


def left_truncation(outcomes: Outcomes, until: date) -> tuple[date, Warning] | None:
    """The day from which on outcomes were recorded, where leads were opened long before it.

    A first win always comes some time after the first lead. It is a cut only if, at the speed of the leads opened
    since, so many wins should stand before it that their absence is no chance (below one in a thousand). The first
    five days with wins are tried, so that one stray early win does not hide the cut.
    """
    by_day: dict[date, int] = {}
    for _, won_on, _, n in outcomes.wins:
        by_day[won_on] = by_day.get(won_on, 0) + n
    seen = 0
    for cut in sorted(by_day)[:5]:
        expected = _expected_before(cut, outcomes, until)
        if expected and _at_most(seen, expected) < UNLIKELY:
            return cut, _truncated(cut, expected, seen, outcomes)
        seen += by_day[cut]
    return None


def _expected_before(cut: date, outcomes: Outcomes, until: date) -> float | None:
    """How many wins should stand before the cut, at the speed of the leads opened since; None if too few to tell.

    The speed is taken from the leads that are old enough for the age of the first one at the cut, or for as much of it
    as half of them have reached; beyond that it stands still, which is the least that can be.
    """
    since = sorted((day, n) for day, n in outcomes.opened.items() if cut <= day <= until)
    if not since:
        return None
    longest = min((cut - min(outcomes.opened)).days, (until - _middle(since)).days)
    last = until - timedelta(days=longest)
    trials = sum(n for day, n in since if day <= last)
    speeds = Counter[int]()
    for day, _, days, n in outcomes.wins:
        if cut <= day <= last:
            speeds[min(max(days, 0), longest + 1)] += n
    if sum(speeds.values()) < LEAST_REFERENCE or not trials:
        return None
    won = list(accumulate(speeds[days] for days in range(longest + 1)))
    return sum(n * won[min((cut - day).days, longest)] / trials for day, n in outcomes.opened.items() if day < cut)


def _middle(days: Sequence[tuple[date, int]]) -> date:
    """The day by which half of them are opened; `days` in order."""
    half, seen = sum(n for _, n in days) / 2, 0
    for day, n in days:
        seen += n
        if seen >= half:
            return day
    return days[-1][0]


def _truncated(cut: date, expected: float, seen: int, outcomes: Outcomes) -> Warning:
    before = {day: n for day, n in outcomes.opened.items() if day < cut}
    first, leads = min(before), sum(before.values())
    how_many = "no win is" if seen == 0 else f"only {seen} win{'s are' if seen > 1 else ' is'}"
    return Warning(
        "left_truncation",
        "Early outcomes are missing",
        f"Leads begin on {days_text(first)}, but {how_many} recorded before {days_text(cut)}. At the speed of later "
        f"leads about {expected:,.0f} should be. The {leads:,} leads opened before that day look worse than they were; "
        f"do not compare them with later ones, and read no growth into the difference.",
        {"recorded_from": cut, "first_lead": first, "leads_before": leads, "wins_expected_before": round(expected, 1)},
    )


def right_censoring(
    last_opened: Mapping[date, date], windows: Sequence[int], until: date, as_of: date
) -> Warning | None:
    """Cohorts (month -> its last day of opening) too young for a window, given that outcomes are known until a day."""
    young = {
        window: [month for month, last in last_opened.items() if last + timedelta(days=window) > until]
        for window in windows
    }
    young = {window: months for window, months in young.items() if months}
    if not young:
        return None
    parts = [f"{window} days ({months_text(months)})" for window, months in young.items()]
    known = f"Outcomes are known until {days_text(until)}"
    if until < as_of:
        known += "; nothing is recorded after it, and leads still open then may have been won since"
    return Warning(
        "right_censoring",
        "Some cohorts are too young",
        f"{known}. Not yet complete: {'; '.join(parts)}. Their shares can only grow, so they are not shown.",
        {"known_until": until, "too_young": {window: sorted(months) for window, months in young.items()}},
    )


def young_leads(opened: Mapping[date, int], days_to_win: float | None, until: date, as_of: date) -> Warning | None:
    """Leads of a funnel that are younger than half of the won ones were when they were won: at least a tenth of all."""
    total = sum(opened.values())
    if not total or days_to_win is None:
        return None
    young = sum(n for day, n in opened.items() if day + timedelta(days=days_to_win) > until)
    ended = until < as_of
    if young / total < YOUNG and not ended:
        return None
    said = (
        [f"Nothing is recorded after {days_text(until)}: what became of the leads since then is not known."]
        if ended
        else []
    )
    if young:
        said.append(
            f"{young:,} of {total:,} leads are younger than the {days_to_win:.0f} days after which half of the wins "
            "come. They are still on their way, so the lower stages can only grow."
        )
    return Warning(
        "right_censoring",
        "Part of the way is not known" if ended else "Many leads are still on their way",
        " ".join(said),
        {"known_until": until, "young": young, "leads": total, "median_days_to_win": round(days_to_win, 2)},
    )


def small_numbers(what: str, shares: Mapping[str, Share]) -> Warning | None:
    """Those of the named shares that rest on too few leads to say anything."""
    few = {name: share for name, share in shares.items() if share.trials and share.is_too_few}
    if not few:
        return None
    names = sorted(few, key=lambda name: -few[name].trials)
    shown = ", ".join(f"{name} ({few[name].hits} of {few[name].trials})" for name in names[:4])
    more = f" and {len(names) - 4} more" if len(names) > 4 else ""
    return Warning(
        "small_numbers",
        "Too few to say",
        f"{what}: {shown}{more}. A share of so few leads moves by more than {percent(WIDEST)} by chance, "
        f"or rests on fewer than {LEAST_TRIALS}; it is left out instead of shown.",
        {name: {"hits": share.hits, "leads": share.trials} for name, share in few.items()},
    )


def impossible_order(count: int, examples: Sequence[tuple[int, str, float]], what: str = "won") -> Warning | None:
    """Leads whose outcome stands before their opening; `examples` are (lead, name, days before)."""
    if not count:
        return None
    shown = ", ".join(f"{name} ({days:.1f} days before)" for _, name, days in examples[:3])
    more = f" and {count - 3} more" if count > 3 else ""
    if count == 1:
        title = f"One lead is {what} before it was opened"
        say = f"One of its dates must be wrong. It counts as {what}, but is left out of the days between."
    else:
        title = f"{count:,} leads are {what} before they were opened"
        say = f"Some of their dates must be wrong. They count as {what}, but are left out of the days between."
    return Warning(
        "impossible_order",
        title,
        f"{shown[:1].upper()}{shown[1:]}{more}. {say}",
        {"count": count, "leads": [lead for lead, _, _ in examples]},
    )


@dataclass(frozen=True)
class Values:
    """What is known of a set of amounts: how many, their sum, the median, and the largest with its owner."""

    count: int
    total: float
    median: float
    largest: float
    largest_name: str = ""
    largest_id: int | None = None
    zeros: int = 0

    @property
    def mean(self) -> float | None:
        """The sum by the count; None of nothing."""
        return self.total / self.count if self.count else None


def outlier(values: Values, what: str = "value won") -> Warning | None:
    """One amount that carries the sum: at least a quarter of it, and at least five times an even share."""
    if not values.count or values.total <= 0:
        return None
    weight = values.largest / values.total
    if weight < max(HEAVY, 5 / values.count):
        return None
    name = values.largest_name or "one lead"
    return Warning(
        "outlier",
        "One amount carries the total",
        f"{name[:1].upper()}{name[1:]} alone is {percent(weight)} of the {what}: {values.largest:,.0f} of "
        f"{values.total:,.0f}. Without it the sum is {values.total - values.largest:,.0f}. The mean is "
        f"{values.total / values.count:,.0f}, the median {values.median:,.0f}: do not build on the mean."
        + (f" Of the {values.count:,} amounts {values.zeros:,} are zero." if values.zeros > values.count / 2 else ""),
        {
            "lead": values.largest_id,
            "amount": values.largest,
            "share": round(weight, 4),
            "sum": values.total,
            "mean": round(values.total / values.count, 2),
            "median": values.median,
        },
    )


UNKNOWN = frozenset({"unknown", "(not set)", "not set", "none", "(none)", "n/a", "na", "null", "unassigned"})


# An import names itself where its file leaves the source blank.
IMPORTED = re.compile(r"^import \d+$")


def unknown_source(leads: Mapping[str, int]) -> Warning | None:
    """Leads (counted by source) that do not tell where they came from: blank, or a word that means it."""
    total = sum(leads.values())
    blank = sum(n for source, n in leads.items() if not source.strip() or IMPORTED.match(source))
    unknown = {source: n for source, n in leads.items() if source.strip().lower() in UNKNOWN}
    missing = blank + sum(unknown.values())
    if not total or missing / total < WORTH_SAYING:
        return None
    parts = [f"{blank:,} leave the source blank"] if blank else []
    parts += [f"{n:,} say “{source}”" for source, n in unknown.items()]
    return Warning(
        "unknown_source",
        "The source is not known for all",
        f"Of {total:,} leads {' and '.join(parts)}: {percent(missing / total, 1)} together. If they came "
        "unevenly from the sources, every figure by source is off by as much.",
        {"leads": total, "blank": blank, "unknown": sum(unknown.values()), "share": round(missing / total, 4)},
    )


# ------------------------------------------------------------------------------------------------------------ the plan


def to_date(target: Fraction, start: datetime, end: datetime, as_of: datetime) -> Fraction:
    """What of a month's target should be reached by a moment: its part by days passed, today's hours included."""
    passed = min(max(as_of - start, timedelta(0)), end - start)
    return target * Fraction(int(passed.total_seconds()), int((end - start).total_seconds()))


def take_apart(planned: Sequence[Fraction], actual: Sequence[Fraction]) -> tuple[Fraction, ...]:
    """The gap `actual[-1] - planned[-1]` as parts that add up to it exactly: volume, then one part a conversion.

    `planned` and `actual` are the counts along the way, such as (leads, mql, sql). The last count is the first one
    times all conversions; each part is the Shapley value of replacing one factor's plan by what was reached, so that
    no order of the factors is favoured. Where a count is zero its conversion is unknown, and the part is nothing:
    the gap stays with the steps that can be seen.
    """
    if len(planned) != len(actual) or not planned:
        raise ValueError("Give planned and actual counts of the same steps.")
    usable = [i for i in range(len(planned) - 1) if planned[i] > 0 and actual[i] > 0]
    steps = [*usable, len(planned) - 1]
    pairs = list(zip(_factors(planned, steps), _factors(actual, steps), strict=True))
    parts = [Fraction(0)] * len(planned)
    for place, part in zip([0, *steps[1:]], _shapley(pairs), strict=True):
        parts[place] = part
    return tuple(parts)


def _factors(counts: Sequence[Fraction], steps: Sequence[int]) -> list[Fraction]:
    first = [Fraction(counts[steps[0]])]
    return first + [Fraction(counts[b]) / counts[a] for a, b in pairwise(steps)]


def _shapley(pairs: Sequence[tuple[Fraction, Fraction]]) -> list[Fraction]:
    """How much each factor's change adds to the change of the product, averaged over all orders of changing them."""
    n = len(pairs)

    def product(changed: Iterable[int]) -> Fraction:
        inside, result = set(changed), Fraction(1)
        for i, (before, after) in enumerate(pairs):
            result *= after if i in inside else before
        return result

    parts = []
    for i in range(n):
        others = [j for j in range(n) if j != i]
        parts.append(
            sum(
                (
                    Fraction(factorial(size) * factorial(n - size - 1), factorial(n))
                    * (product({*chosen, i}) - product(chosen))
                    for size in range(n)
                    for chosen in combinations(others, size)
                ),
                Fraction(0),
            )
        )
    return parts
