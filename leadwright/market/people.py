"""Who lives in the market: firms and the people in them, all drawn from one seed. Pure: no network, no clock.

The same seed draws the same people, whatever happens to them later: each person has a chance of his own.
"""

import random
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from leadwright.market import words

Item = TypeVar("Item")

PERSONAS = (("operations", 38), ("energy", 24), ("director", 24), ("other", 14))
DOMAINS = "-demo.example"  # by this end of their domains the people of the market are known
SIZES = ((12, 19), (35, 34), (90, 28), (180, 13), (420, 6))
# Of how many people in a hundred each way of raising a hand is the first.
WANTS = (("guide", 50), ("newsletter", 30), ("demo", 20))


@dataclass(frozen=True)
class Firm:
    """A firm, with its own mail domain that ends in DOMAINS."""

    name: str
    domain: str
    trade: str
    size: int
    city: str
    country: str
    has_scanner: bool  # its mail gateway follows every link before anybody reads


@dataclass(frozen=True)
class Person:
    """Somebody who may buy, with his ways."""

    first_name: str
    last_name: str
    email: str
    title: str
    persona: str
    phone: str
    firm: Firm
    browser: str
    anonymous_id: str
    campaign: str  # the code of the effort that brought him
    wants: str  # the form that he fills first
    interest: float  # 0 to 1: how much he reads, and how likely he buys
    consents: bool
    arrives_at: datetime

    def chance(self, about: str) -> random.Random:
        """This person's own chance in some matter; always the same."""
        return random.Random(f"{self.anonymous_id} {about}")


def plain(text: str) -> str:
    """Letters and digits of a name, as addresses have them."""
    spread = text.replace("ß", "ss").replace("ø", "o").replace("ł", "l")
    letters = unicodedata.normalize("NFKD", spread).encode("ascii", "ignore").decode().lower()
    return "".join(letter for letter in letters if letter.isalnum())


def _pick(chance: random.Random, weighted: Sequence[tuple[Item, float]]) -> Item:
    return chance.choices([item for item, _ in weighted], [weight for _, weight in weighted])[0]


def firms(count: int, chance: random.Random) -> list[Firm]:
    """So many firms, no two with one domain."""
    made: list[Firm] = []
    taken: set[str] = set()
    while len(made) < count:
        trade, branch = chance.choice(words.TRADES)
        stem = chance.choice(words.FIRM_STEMS)
        if len(made) > len(words.FIRM_STEMS) * 4:
            stem = f"{stem} {chance.choice(words.LAST_NAMES)}"
        city, country = chance.choice(words.CITIES)
        domain = f"{plain(stem)}-{plain(trade)}{DOMAINS}"
        if domain in taken:
            continue
        taken.add(domain)
        size = int(_pick(chance, SIZES) * chance.uniform(0.6, 1.7))
        name = f"{stem} {trade} {chance.choice(words.ENDINGS)}"
        made.append(Firm(name, domain, branch, size, city, country, size > 80 and chance.random() < 0.35))
    return made


@dataclass(frozen=True)
class Effort:
    """A campaign as the market feels it."""

    code: str
    source: str
    medium: str
    target: str  # the path of the page it leads to
    weight: float
    quality: float  # how much better than usual its people fit
    persona: str
    bursts: tuple[int, ...] = ()  # months (from 0) in which alone it draws; none: all year


def population(seed: int, people: int, efforts: Sequence[Effort], start: datetime, days: float) -> list[Person]:
    """So many people who will give their address within a time, in the order of their arrival."""
    chance = random.Random(f"market {seed}")
    all_firms = firms(max(1, int(people / 1.7)), chance)
    moments = sorted(arrival(chance, start, days) for _ in range(people))
    used: set[str] = set()
    made = []
    for number, moment in enumerate(moments):
        month = int((moment - start).days / 30.5)
        effort: Effort = _pick(chance, [(each, _weight(each, month)) for each in efforts])
        made.append(_person(f"m{seed}-{number}", moment, chance, chance.choice(all_firms), effort, used))
    return made


def _person(name: str, moment: datetime, chance: random.Random, firm: Firm, effort: Effort, used: set[str]) -> Person:
    persona = _pick(chance, [(each, weight * (2.2 if each == effort.persona else 1)) for each, weight in PERSONAS])
    first, last = chance.choice(words.FIRST_NAMES), chance.choice(words.LAST_NAMES)
    email = f"{plain(first)}.{plain(last)}@{firm.domain}"
    while email in used:
        last = chance.choice(words.LAST_NAMES)
        first = chance.choice(words.FIRST_NAMES)
        email = f"{plain(first)}.{plain(last)}@{firm.domain}"
    used.add(email)
    interest = min(0.98, chance.betavariate(1.6, 3.2) * effort.quality * (0.45 if persona == "other" else 1))
    wants = _pick(chance, [(want, weight * (1 + 2 * interest if want == "demo" else 1)) for want, weight in WANTS])
    wants = "newsletter" if effort.target.startswith("/letter") and chance.random() < 0.8 else wants
    return Person(
        first_name=first,
        last_name=last,
        email=email,
        title=chance.choice(words.TITLES[persona]),
        persona=persona,
        phone=f"+49431555{chance.randrange(1000, 9999)}",
        firm=firm,
        browser=chance.choice(words.BROWSERS),
        anonymous_id=f"{name}-{chance.getrandbits(64):016x}",
        campaign=effort.code,
        wants=wants,
        interest=interest,
        consents=wants == "newsletter" or chance.random() < 0.72,
        arrives_at=moment,
    )


def _weight(effort: Effort, month: int) -> float:
    if not effort.bursts:
        return effort.weight
    return effort.weight * 12 / len(effort.bursts) / 2 if month in effort.bursts else effort.weight * 0.08


def arrival(chance: random.Random, start: datetime, days: float) -> datetime:
    """A moment in working life: more as the year grows, less in August, late December, at weekends and at night."""
    while True:
        part = chance.random()
        moment = start + timedelta(days=part * days)
        weight = 0.62 + 0.38 * part
        if moment.weekday() >= 5:
            weight *= 0.22
        if moment.month == 8 or (moment.month, moment.day) >= (12, 20) or (moment.month == 1 and moment.day < 7):
            weight *= 0.55
        hour = moment.hour
        weight *= 1.0 if 7 <= hour < 17 else 0.3 if 6 <= hour < 22 else 0.03
        if chance.random() < weight:
            return moment
