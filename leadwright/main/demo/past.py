"""Lives a year of the example firm in some minutes, through the product's own ways in.

Visitors come by HTTP to the collector and the site, both in this process; mail goes by SMTP to the built-in mailbox and
is read there; background work is done by hand after each tick. Only time is set: `kit.clock` stands still and is moved
from visit to visit and from tick to tick; whoever comes, comes within the half hour before a tick. Reps and the office
act by the API. Between two ticks the work of today is done, for whoever has come meanwhile: nobody waits for the past.
See docs/decisions/0015-the-demo-s-past.md.
"""

import asyncio
import bisect
import heapq
import itertools
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from time import monotonic
from typing import Any, TypeVar, cast

import structlog
from django.core.wsgi import get_wsgi_application

from leadwright.engage import sending
from leadwright.engage.models import Email, MailboxMessage
from leadwright.kit import clock, config, jobs
from leadwright.main.demo import content, details, gates
from leadwright.main.demo.doors import Door
from leadwright.main.demo.made import plan
from leadwright.market import lives, people, reps
from leadwright.market.desks import Desk
from leadwright.market.letters import letter
from leadwright.market.lines import Line
from leadwright.market.people import Effort
from leadwright.market.worlds import World
from leadwright.qualify.models import Segment
from leadwright.workspace import keys
from leadwright.workspace.models import ApiKey, User, Workspace

log = structlog.get_logger()

SEED = 7
# UTC; each day draws its own moment, so that no hour of the day stands out over a year.
FIRST_HOUR = 7
SHIFT = 540  # minutes
SATURDAY = 5
KEY = "The example firm's past"
LATELY = timedelta(days=45)  # of every day but Saturday; before that the past stops on three days of the week
LONG_AGO = (0, 2, 4)
LOOK_SECONDS = 15.0  # so often today's work is looked for even where nobody waits
BEFORE = timedelta(minutes=28)
STRANGERS_A_DAY = 14.0
MACHINES_A_DAY = 5.0

Result = TypeVar("Result")
Report = Callable[[datetime, float], None]


@dataclass(frozen=True)
class Lived:
    """What the past was."""

    days: int
    people: int
    visits: int
    forms: int
    mails: int
    clicks: int
    machines: int
    tasks: int
    failures: tuple[str, ...]


def efforts(first_day: date) -> list[Effort]:
    """The campaigns as the market feels them."""
    pages = plan()["pages"]
    articles = {each["slug"] for each in pages["article_list"]}
    found = []
    for each in plan()["campaigns"]:
        target = each["target"]
        path = f"/articles/{target}/" if target in articles else f"/{target}/"
        months = tuple((burst[0] - first_day.month) % 12 for burst in each.get("bursts", []))
        found.append(
            Effort(
                code=each["code"],
                source=each["source"],
                medium=each["medium"],
                target=path,
                weight=each["weight"],
                quality=each["quality"],
                persona={"Operations lead": "operations", "Energy manager": "energy"}.get(each["persona"], "director"),
                bursts=months,
            )
        )
    return found


def ticks(start: datetime, end: datetime) -> Iterator[datetime]:
    """The moments at which the past stops to do what is due."""
    day = start.date()
    while day <= end.date():
        at = datetime.combine(day, time(FIRST_HOUR), UTC) + timedelta(minutes=hash_of("tick", day) % SHIFT)
        is_one = day.weekday() != SATURDAY if end - at < LATELY else day.weekday() in LONG_AGO
        if is_one and start < at < end:
            yield at
        day += timedelta(days=1)
    yield end


class Past:
    """One run through the year."""

    def __init__(self, days: int, count: int, seed: int) -> None:
        self.end = clock.now().replace(second=0, microsecond=0)
        self.start = self.end - timedelta(days=days)
        self.days, self.count, self.seed = days, count, seed
        self.last_mail = MailboxMessage.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        self.done_tasks = 0
        self.calls: list[tuple[datetime, int, dict[str, Any]]] = []
        self.known_tasks: set[int] = set()
        self.order = itertools.count()
        self.ticks = list(ticks(self.start, self.end))
        self.weeks: set[date] = set()
        self.letters = {(self.start.year, self.start.month)}  # no letter in the first month: nobody reads it yet
        self.sender = sending.Sender()
        self.today = jobs.Hand()
        self.looked_at = 0.0

    def when(self, wanted: datetime) -> datetime:
        """The moment within the half hour before a tick that stands for a moment since the one before; order stays."""
        number = bisect.bisect_left(self.ticks, wanted)
        if number >= len(self.ticks):
            return wanted
        tick, before = self.ticks[number], self.ticks[number - 1] if number else self.start
        return max(before, tick - BEFORE * ((tick - wanted) / max(tick - before, BEFORE)))

    def live(self, report: Report) -> Lived:
        """From the first day to now."""
        from leadwright.main import asgi

        self.loop = asyncio.new_event_loop()
        line = Line(config.base_url(), cast(Any, asgi.app))
        try:
            with gates.closed():
                self._do_today()
                clock.set_to(self.start)
                content.build(self.start.date())
                jobs.settle(everything=True)
                self._furnish(line)
                for at in self.ticks:
                    self._tick(at)
                    self._let_today_in(at)
                    report(at, (at - self.start) / (self.end - self.start))
                details.fill()
                jobs.wake("contacts", "fields")
                jobs.settle()
        finally:
            self._do(_stop_collector())
            self.loop.close()
            forget_key(KEY)
        tally = self.world.tally
        return Lived(
            self.days,
            self.count,
            tally.visits,
            tally.forms,
            tally.mails,
            tally.clicks,
            tally.machines,
            self.done_tasks,
            tuple(tally.failures),
        )

    def _do(self, what: Coroutine[Any, Any, Result]) -> Result:
        return self.loop.run_until_complete(what)

    def _furnish(self, line: Line) -> None:
        """The world outside, and the desk inside with its key."""
        forget_key(KEY)
        _, secret = keys.create("write", KEY)
        self.desk = Desk(Line(config.base_url(), Door(get_wsgi_application())), secret)
        self.world = World(config.base_url(), line)
        self.world.when = self.when
        self._fill(self.world)
        self.reps = list(
            User.objects.filter(is_demo=True, takes_leads=True).order_by("pk").values_list("pk", flat=True)
        )
        named = [each["name"] for each in plan()["letters"]]
        self.emails = [Email.objects.get(name=name).pk for name in named]
        self.readers = Segment.objects.get(name=plan()["readers"]).pk

    def _fill(self, world: World) -> None:
        ways = efforts(self.start.date())
        self.people = people.population(self.seed, self.count, ways, self.start, self.days)
        world.meet(self.people, ways)
        # Strangers live as people do, but never say who they are.
        for person in people.population(self.seed + 1, int(self.days * STRANGERS_A_DAY), ways, self.start, self.days):
            way = next(each for each in ways if each.code == person.campaign)
            world.plan(act for act in lives.life(person, way)[:1] if isinstance(act, lives.Visit))
        world.plan(lives.machines(self.seed, self.start, self.days, MACHINES_A_DAY))

    def _tick(self, at: datetime) -> None:
        self._call_until(at)
        clock.set_to(at)
        if self._do(self.world.live(at, clock.stand)):
            jobs.wake("hits")
        clock.set_to(at)
        wrote = False
        if at.weekday() == 0 and at.date() not in self.weeks:
            self.weeks.add(at.date())
            _at_once(self._spend(at))
        if at.month % 2 and at.weekday() < SATURDAY and (at.year, at.month) not in self.letters:
            _at_once(self._write_letter(at))
            wrote = True
        jobs.go_round()  # one round a tick: what a stage tells an earlier one has time until the next
        if sending.flush(sender=self.sender):
            self._read()
        if wrote:
            jobs.settle()  # its report says that it was sent on the same day
        _at_once(self._plan_calls(at))

    def _let_today_in(self, at: datetime) -> None:
        """Where somebody of today waits, or something of today is due: bring the past to rest, and do today's work."""
        if not gates.is_wanted() and monotonic() - self.looked_at < LOOK_SECONDS:
            return
        jobs.settle()
        self._do_today()
        clock.set_to(at)

    def _do_today(self) -> None:
        """Let those through who wait at the gate, and do their work at today's clock. What is due between the moment
        that the past has come to and its end is the past's own, and left to it."""
        clock.set_to(None)
        gates.let_through()
        with jobs.by_hand(self.today), clock.leaving(self.end):
            jobs.take_over()
            jobs.settle()
            while sending.flush(sender=self.sender):
                jobs.settle()
        self.looked_at = monotonic()

    def _read(self) -> None:
        mails = list(MailboxMessage.objects.filter(pk__gt=self.last_mail).order_by("pk"))
        if mails:
            self.last_mail = mails[-1].pk
            self.world.deliver(letter(bytes(mail.raw), mail.received_at) for mail in mails)

    async def _plan_calls(self, now: datetime) -> None:
        """Every open task gets its moment: as fast as a rep is, within working hours, not before it is due."""
        for rep in self.reps:
            for task in await self.desk.tasks(rep):
                due_at = datetime.fromisoformat(task["due_at"])
                if task["id"] in self.known_tasks or due_at > now + timedelta(hours=4):
                    continue
                self.known_tasks.add(task["id"])
                at = (now if task["stage"] in ("new", "mql") else max(now, due_at)) + reps.answers_after(task["id"])
                heapq.heappush(self.calls, (working(at), next(self.order), task))

    def _call_until(self, until: datetime) -> None:
        """Let the reps do what they meant to do before a moment, each at its own time."""
        while self.calls and self.calls[0][0] < until:
            at, _, task = heapq.heappop(self.calls)
            person = self.world.people.get(task["email"])
            if person is not None:
                clock.set_to(max(at, clock.now()))
                _at_once(self.desk.finish(task, person, clock.now()))
                self.done_tasks += 1

    async def _spend(self, at: datetime) -> None:
        """Every Monday the week's spend is entered, a month's burst in its first week."""
        for each in plan()["campaigns"]:
            wobble = 0.85 + (hash_of(each["code"], at.date()) % 30) / 100
            amount = Decimal(each["monthly"]) * Decimal("0.23") * Decimal(str(wobble))
            for month, burst in each.get("bursts", []):
                if at.month == month and at.day <= 7:
                    amount += Decimal(burst)
            if amount:
                spent = {"campaign": each["code"], "spent_on": at.date().isoformat(), "amount": f"{amount:.2f}"}
                await self.desk.post("/api/v1/spend", spent)

    async def _write_letter(self, at: datetime) -> None:
        """Send the next letter to its readers: the broadcast of a month."""
        email = self.emails[(len(self.letters) - 1) % len(self.emails)]
        self.letters.add((at.year, at.month))
        broadcast = {"name": f"Letter of {at:%B %Y}", "email": email, "segment": self.readers, "start": True}
        await self.desk.post("/api/v1/broadcasts", broadcast)


def _at_once(what: Coroutine[Any, Any, Result]) -> Result:
    """What comes of something that waits for nobody; no event loop runs meanwhile, as Django wants it."""
    try:
        what.send(None)
    except StopIteration as end:
        return cast(Result, end.value)
    raise RuntimeError("It waited, and nobody is there who would go on with it.")


def forget_key(name: str) -> None:
    """Take a key of the market's away, also one that was left by a killed process."""
    ApiKey.objects.filter(name=name).delete()


async def _stop_collector() -> None:
    from leadwright.capture import collector

    await collector.stop()


def working(at: datetime) -> datetime:
    """The next moment at which somebody sits at his desk: working days from 7 to 17 UTC."""
    while at.weekday() >= 5 or not 7 <= at.hour < 17:
        later = at + timedelta(days=1) if at.hour >= 17 or at.weekday() >= 5 else at
        at = later.replace(hour=7, minute=at.minute % 50 + 2)
    return at


def hash_of(*words: Any) -> int:
    """A number that stays the same from run to run."""
    import zlib

    return zlib.crc32(" ".join(map(str, words)).encode())


def live(days: int = 365, people: int = 3000, seed: int = SEED) -> Lived:
    """Build the example firm and live its past; progress stands in Workspace.demo["past"]."""
    workspace = Workspace.objects.first() or Workspace.objects.create()
    if workspace.demo.get("past"):  # lived, or broken off: a second run would not be the same people's year
        return Lived(0, 0, 0, 0, 0, 0, 0, 0, ())
    last = -1

    def report(at: datetime, share: float) -> None:
        nonlocal last
        percent = int(share * 100)
        if percent == last:
            return
        last = percent
        _note({"percent": percent, "month": f"{at:%B %Y}", "done": False})

    past = Past(days, people, seed)
    with jobs.by_hand(), jobs.held():
        try:
            lived = past.live(report)
        finally:
            clock.set_to(None)
    span = {"from": past.start.isoformat(), "seed": seed, "people": people, "days": days}
    _note({"percent": 100, "month": "", "done": True} | span)
    if lived.failures:
        log.warning("the example firm's past had failures", count=len(lived.failures), first=lived.failures[0])
    return lived


def _note(state: dict[str, Any]) -> None:
    workspace = Workspace.objects.get()
    workspace.demo["past"] = state
    workspace.save(update_fields=["demo"])
