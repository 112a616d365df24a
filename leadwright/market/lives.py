"""What people do, and when: visits, forms, reading mails. Pure: plans acts, does none of them.

Each plan is drawn from the person's own chance, so that the same person lives the same life.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from leadwright.market import words
from leadwright.market.people import Effort, Person

READING = (
    "/",
    "/articles/",
    "/articles/the-power-nobody-uses/",
    "/articles/fifteen-minutes-that-cost-a-year/",
    "/articles/air-is-the-dearest-power/",
    "/the-quiet-kilowatt/",
)
BUYING = ("/pricing/", "/pricing/", "/demo/", "/", "/articles/fifteen-minutes-that-cost-a-year/")
FORM_PAGES = {"guide": "/the-quiet-kilowatt/", "demo": "/demo/", "newsletter": "/letter/"}
REFERRERS = {"Organic Search": "https://www.google.com/", "linkedin": "https://www.linkedin.com/"}


@dataclass(frozen=True)
class Visit:
    """Some pages in one go; the first one may be reached by a campaign's link."""

    person: Person
    at: datetime
    paths: tuple[str, ...]
    query: str = ""
    referrer: str = ""
    link: str = ""  # code of a tracked link that was followed first


@dataclass(frozen=True)
class Send:
    """A form is filled in and sent."""

    person: Person
    at: datetime
    form: str
    answers: dict[str, str] = field(hash=False)
    twice: bool = False  # an impatient double click


@dataclass(frozen=True)
class Stray:
    """A machine comes by: a crawler looks at a page, a robot fills a form."""

    at: datetime
    browser: str
    path: str
    fills: str = ""


@dataclass(frozen=True)
class Follow:
    """A link in a mail is followed: a click, the picture of an open, or a confirmation on its page."""

    person: Person
    at: datetime
    kind: str  # open, click, confirm, unsubscribe, scan
    urls: tuple[str, ...]


Act = Visit | Send | Stray | Follow


def life(person: Person, effort: Effort) -> list[Act]:
    """Everything that a person does on his own account."""
    chance = person.chance("life")
    arrives = person.arrives_at
    acts: list[Act] = [_arrival(person, effort)]
    # Some look around for days or weeks before they give their address.
    sends_at = arrives + timedelta(minutes=chance.uniform(3, 16))
    if chance.random() < 0.45:
        sends_at = arrives + timedelta(days=chance.expovariate(1 / 6), minutes=chance.uniform(4, 40))
        for _ in range(chance.randrange(1, 3)):
            between = arrives + (sends_at - arrives) * chance.uniform(0.2, 0.95)
            acts.append(visit(person, between, chance.sample(READING, 2)))
        acts.append(visit(person, sends_at - timedelta(minutes=4), ["/", FORM_PAGES[person.wants]]))
    acts.append(_send(person, sends_at, person.wants))
    at = sends_at
    for _ in range(_later_visits(person)):
        at += timedelta(days=chance.expovariate(1 / (9 + 30 * (1 - person.interest))), hours=chance.uniform(0, 5))
        warm = chance.random() < 0.25 + person.interest * 0.6
        acts.append(visit(person, at, chance.sample(BUYING if warm else READING, chance.randrange(1, 4))))
    if person.wants != "demo" and chance.random() < 0.08 + 0.42 * person.interest**1.5:
        asks_at = sends_at + timedelta(days=6 + chance.expovariate(1 / 28))
        acts.append(visit(person, asks_at - timedelta(minutes=6), ["/pricing/", "/demo/"]))
        acts.append(_send(person, asks_at, "demo"))
    return acts


def _later_visits(person: Person) -> int:
    chance = person.chance("visits")
    return sum(chance.random() < 0.2 + person.interest * 0.75 for _ in range(5))


def visit(person: Person, at: datetime, paths: Sequence[str]) -> Visit:
    """A visit that nobody paid for."""
    chance = person.chance(f"visit {at:%Y-%m-%d %H}")
    referrer = REFERRERS["Organic Search"] if chance.random() < 0.3 else ""
    return Visit(person, at, tuple(paths), referrer=referrer)


def _arrival(person: Person, effort: Effort) -> Visit:
    chance = person.chance("arrival")
    more = tuple(chance.sample(READING, chance.randrange(0, 3)))
    paths = (effort.target, *more, FORM_PAGES[person.wants])
    if effort.medium == "organic":
        return Visit(person, person.arrives_at, paths, referrer=REFERRERS["Organic Search"])
    if effort.medium in ("event", "direct_mail", "affiliate"):
        return Visit(person, person.arrives_at, paths, link=effort.code, query=_utm(effort))
    referrer = REFERRERS.get(effort.source, "")
    return Visit(person, person.arrives_at, paths, query=_utm(effort), referrer=referrer)


def _utm(effort: Effort) -> str:
    return f"utm_source={effort.source}&utm_medium={effort.medium}&utm_campaign={effort.code}"


def _send(person: Person, at: datetime, form: str) -> Send:
    chance = person.chance(f"form {form}")
    answers = {"first_name": person.first_name, "last_name": person.last_name, "email": person.email}
    if form != "newsletter":
        answers |= {"company": person.firm.name, "title": person.title}
    if form == "demo":
        sizes = ((20, "1–19"), (50, "20–49"), (250, "50–249"))
        size = next((label for most, label in sizes if person.firm.size < most), "250 and more")
        answers |= {"site_size": size, "phone": person.phone if chance.random() < 0.7 else ""}
        answers["message"] = chance.choice(words.QUESTIONS) if chance.random() < 0.5 else ""
    if person.consents:
        answers["lw_consent"] = "yes"
    return Send(person, at, form, answers, twice=chance.random() < 0.04)


def machines(seed: int, start: datetime, days: float, a_day: float) -> list[Stray]:
    """Crawlers every day, and now and then a robot that fills every field of a form."""
    chance = Random(f"machines {seed}")
    strays = []
    for _ in range(int(days * a_day)):
        at = start + timedelta(days=chance.random() * days)
        fills = chance.choice(tuple(FORM_PAGES)) if chance.random() < 0.12 else ""
        strays.append(Stray(at, chance.choice(words.MACHINES), chance.choice(READING), fills))
    return sorted(strays, key=lambda stray: stray.at)


def read(person: Person, subject: str, received_at: datetime, mail: "Letter") -> list[Act]:
    """What somebody does with a mail: lets it lie, opens it, follows a link, confirms, or wants no more."""
    chance = person.chance(f"mail {subject} {received_at:%Y-%m-%d}")
    acts: list[Act] = []
    if person.firm.has_scanner and mail.links:
        acts.append(Follow(person, received_at + timedelta(seconds=1), "scan", (*mail.links, *mail.hidden)))
    at = received_at + timedelta(minutes=4 + chance.expovariate(1 / 140))
    if mail.confirm:
        if chance.random() < 0.78:
            acts.append(Follow(person, at, "confirm", (mail.confirm,)))
        return acts
    if chance.random() > 0.22 + 0.6 * person.interest:
        return acts
    if mail.picture and chance.random() < 0.8:
        acts.append(Follow(person, at, "open", (mail.picture,)))
    if mail.links and chance.random() < 0.1 + 0.55 * person.interest:
        acts.append(Follow(person, at + timedelta(seconds=chance.uniform(15, 90)), "click", mail.links[:1]))
    elif mail.unsubscribe and chance.random() < 0.012 + 0.03 * (1 - person.interest):
        acts.append(Follow(person, at + timedelta(seconds=40), "unsubscribe", (mail.unsubscribe,)))
    return acts


@dataclass(frozen=True)
class Letter:
    """A mail as its reader sees it: the address it went to, and the links in it."""

    to: str
    subject: str
    received_at: datetime
    links: tuple[str, ...] = ()
    picture: str = ""
    unsubscribe: str = ""
    confirm: str = ""
    hidden: tuple[str, ...] = ()  # links that no reader sees, but a scanner follows
