"""Lives a year of the example firm in some minutes, through the product's own ways in.

Visitors come by HTTP to the collector and the site, both in this process; mail goes by SMTP to the built-in mailbox and
is read there; background work is done by hand after each tick. Only time is set: `kit.clock` stands still and is moved
from visit to visit and from tick to tick; whoever comes, comes within the half hour before a tick. Reps log their
outcomes through `handover.tasks`, as their screen does. See docs/decisions/0015-the-demo-s-past.md.
"""

import asyncio
import bisect
import heapq
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, cast

import httpx
import structlog

from leadwright.attract.models import Campaign, Spend
from leadwright.engage import sending
from leadwright.engage.models import MailboxMessage
from leadwright.handover import tasks
from leadwright.handover.models import Task
from leadwright.kit import clock, config, jobs
from leadwright.main.demo import content
from leadwright.main.demo.made import plan
from leadwright.market import lives, people, reps
from leadwright.market.letters import letter
from leadwright.market.people import Effort
from leadwright.market.worlds import World
from leadwright.qualify import leads
from leadwright.workspace.models import Workspace

log = structlog.get_logger()

SEED = 7
# UTC; each day draws its own moments around these, so that no hour of the day stands out over a year.
HOURS = (7, 12)
WEEKEND_HOURS = (13,)
SHIFT = 230  # minutes
BEFORE = timedelta(minutes=28)
STRANGERS_A_DAY = 14.0
MACHINES_A_DAY = 5.0

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
        for hour in HOURS if day.weekday() < 5 else WEEKEND_HOURS:
            at = datetime.combine(day, time(hour), UTC) + timedelta(minutes=hash_of("tick", day, hour) % SHIFT)
            if start < at < end:
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
        self.calls: list[tuple[datetime, int, int]] = []
        self.known_tasks: set[int] = set()
        self.order = itertools.count()
        self.ticks = list(ticks(self.start, self.end))
        self.weeks: set[date] = set()

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

        clock.set_to(self.start)
        content.build(self.start.date())
        jobs.settle(everything=True)
        loop = asyncio.new_event_loop()
        world = World(config.base_url(), httpx.ASGITransport(app=cast(Any, asgi.app)))
        world.when = self.when
        self._fill(world)
        try:
            for at in self.ticks:
                self._tick(world, loop, at)
                report(at, (at - self.start) / (self.end - self.start))
        finally:
            loop.run_until_complete(world.close())
            loop.run_until_complete(_stop_collector())
            loop.close()
        tally = world.tally
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

    def _fill(self, world: World) -> None:
        ways = efforts(self.start.date())
        self.people = people.population(self.seed, self.count, ways, self.start, self.days)
        world.meet(self.people, ways)
        # Strangers live as people do, but never say who they are.
        for person in people.population(self.seed + 1, int(self.days * STRANGERS_A_DAY), ways, self.start, self.days):
            way = next(each for each in ways if each.code == person.campaign)
            world.plan(act for act in lives.life(person, way)[:1] if isinstance(act, lives.Visit))
        world.plan(lives.machines(self.seed, self.start, self.days, MACHINES_A_DAY))

    def _tick(self, world: World, loop: asyncio.AbstractEventLoop, at: datetime) -> None:
        self._call_until(world, at)
        clock.set_to(at)
        if loop.run_until_complete(world.live(at, lambda moment: clock.set_to(min(moment, at)))):
            jobs.wake("hits")
        clock.set_to(at)
        if at.weekday() == 0 and at.date() not in self.weeks:
            self.weeks.add(at.date())
            self._spend(at)
        jobs.settle()
        if sending.flush():
            jobs.settle()
            self._read(world)
        self._plan_calls(at)

    def _read(self, world: World) -> None:
        mails = list(MailboxMessage.objects.filter(pk__gt=self.last_mail).order_by("pk"))
        if mails:
            self.last_mail = mails[-1].pk
            world.deliver(letter(bytes(mail.raw), mail.received_at) for mail in mails)

    def _plan_calls(self, now: datetime) -> None:
        """Every open task gets its moment: as fast as a rep is, within working hours, not before it is due."""
        found = Task.objects.filter(done_at=None, user__is_demo=True, due_at__lte=now + timedelta(hours=4))
        for task in found.exclude(pk__in=self.known_tasks).only("pk", "due_at", "kind", "created_at"):
            self.known_tasks.add(task.pk)
            is_new = task.cause.startswith("assignment")
            at = max(now, now if is_new else task.due_at) + reps.answers_after(task.pk)
            heapq.heappush(self.calls, (working(at), next(self.order), task.pk))

    def _call_until(self, world: World, until: datetime) -> None:
        """Let the reps do what they meant to do before a moment, each at its own time."""
        while self.calls and self.calls[0][0] < until:
            at, _, key = heapq.heappop(self.calls)
            clock.set_to(max(at, clock.now()))
            self._call(world, key)

    def _call(self, world: World, key: int) -> bool:
        task = Task.objects.select_related("user", "contact", "lead").filter(pk=key, done_at=None).first()
        if task is None or task.user is None:
            return False
        person = world.people.get(task.contact.email)
        if person is None:
            return False
        self.done_tasks += 1
        end = reps.ending(person, task.kind, task.lead.stage if task.lead else "", task.pk)
        again = clock.now() + end.again_after if end.again_after else None
        if end.stage in ("won", "lost") and task.lead:
            tasks.complete(task, task.user, end.outcome, note=end.note)
            self._close(task, end)
            return True
        tasks.complete(task, task.user, end.outcome, note=end.note, again_at=again, stage=end.stage)
        if end.outcome == "reached" and again:
            title = f"Call {task.contact.name} again"
            cause = f"user:{task.user_id}:after:{task.pk}"
            again_task = tasks.NewTask(
                title, task.contact_id, cause, again, "call", task.user_id, task.lead_id, end.note
            )
            tasks.create([again_task])
        return True

    def _close(self, task: Task, end: reps.Ending) -> None:
        assert task.lead_id is not None  # noqa: S101
        reason = leads.reasons(end.stage)[0].label if end.stage == "lost" else ""
        value = Decimal(end.value) if end.value else None
        leads.move([task.lead_id], end.stage, actor=str(task.user), user=task.user, reason=reason, value=value)

    def _spend(self, at: datetime) -> None:
        """Every Monday the week's spend is entered, a month's burst in its first week."""
        campaigns = {campaign.code: campaign for campaign in Campaign.objects.all()}
        rows = []
        for each in plan()["campaigns"]:
            wobble = 0.85 + (hash_of(each["code"], at.date()) % 30) / 100
            amount = Decimal(each["monthly"]) * Decimal("0.23") * Decimal(str(wobble))
            for month, burst in each.get("bursts", []):
                if at.month == month and at.day <= 7:
                    amount += Decimal(burst)
            if amount and each["code"] in campaigns:
                rows.append(
                    Spend(campaign=campaigns[each["code"]], spent_on=at.date(), amount=amount.quantize(Decimal("0.01")))
                )
        Spend.objects.bulk_create(rows, ignore_conflicts=True)


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

    with jobs.by_hand(), jobs.held():
        try:
            lived = Past(days, people, seed).live(report)
        finally:
            clock.set_to(None)
    _note({"percent": 100, "month": "", "done": True, "seed": seed, "people": people, "days": days})
    if lived.failures:
        log.warning("the example firm's past had failures", count=len(lived.failures), first=lived.failures[0])
    return lived


def _note(state: dict[str, Any]) -> None:
    workspace = Workspace.objects.get()
    workspace.demo["past"] = state
    workspace.save(update_fields=["demo"])
