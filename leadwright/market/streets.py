"""The market at the pace of the real clock: some visitors a minute, of whom now and then one gives his address, reads
his mail and is called.

Knows the product only by HTTP: the site and the collector, the mailbox at /mailbox/api, and the API with a key.
The same ten minutes bring the same people; what becomes of them is up to the product.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

import httpx

from leadwright.market import lives, people, reps
from leadwright.market.desks import Desk
from leadwright.market.letters import letter
from leadwright.market.people import Effort
from leadwright.market.worlds import World

SLOT = timedelta(minutes=10)
PEOPLE_A_SLOT = 3  # about every tenth visitor gives an address sooner or later, half of them at once
STRANGERS_A_SLOT = 24
MACHINES_A_DAY = 60.0
EARLIER = 2  # slots before the first one whose people are still about
MAILS_AT_ONCE = 100
OVERDUE_PACE = 0.3  # what should have been done already is done sooner
FORGOTTEN = 0.3  # so many of the reps' tasks are left for whoever looks at their queue


@dataclass
class Street:
    """A piece of the market in front of one product."""

    base: str
    key: str
    seed: int
    efforts: Sequence[Effort]
    reps: Collection[int]  # the ids of the users whose calls are simulated
    world: World = field(init=False)
    desk: Desk = field(init=False)
    last_mail: int | None = None
    last_slot: datetime | None = None
    looked_at: datetime | None = None
    calls: dict[int, datetime] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.world = World(self.base)
        self.desk = Desk(self.world.client, self.key)

    async def step(self, now: datetime) -> int:
        """Do what is due; answers how much that was. A product that does not answer is asked again at the next step."""
        self._fill(now)
        done = await self.world.live(now)
        try:
            done += await self._read()
            if self.looked_at is None or now - self.looked_at > timedelta(seconds=30):
                self.looked_at = now
                done += await self._call(now)
        except httpx.HTTPError as error:
            self.world.tally.failures.append(repr(error)[:200])
        return done

    async def close(self) -> None:
        """Hang up."""
        await self.world.close()

    def _fill(self, now: datetime) -> None:
        slot = datetime.fromtimestamp(now.timestamp() // SLOT.total_seconds() * SLOT.total_seconds(), now.tzinfo)
        if slot == self.last_slot:
            return
        if self.last_slot is None:  # who came a while ago is still here, and may be filling a form
            for number in range(EARLIER, 0, -1):
                self._let_in(slot - number * SLOT, now)
        self.last_slot = slot
        self._let_in(slot, now)

    def _let_in(self, slot: datetime, now: datetime) -> None:
        """The people of ten minutes, with what they still do from now on."""
        days = SLOT / timedelta(days=1)
        number = int(slot.timestamp() // SLOT.total_seconds()) + self.seed * 10_000_000
        self.world.meet(people.population(number, PEOPLE_A_SLOT, self.efforts, slot, days), self.efforts, since=now)
        by_code = {effort.code: effort for effort in self.efforts}
        acts: list[lives.Act] = []
        for person in people.population(number + 5_000_000, STRANGERS_A_SLOT, self.efforts, slot, days):
            acts += [each for each in lives.life(person, by_code[person.campaign])[:1] if isinstance(each, lives.Visit)]
        acts += lives.machines(number, slot, days, MACHINES_A_DAY)
        self.world.plan(act for act in acts if act.at >= now)

    async def _read(self) -> int:
        found = await self.desk.get("/mailbox/api/messages", limit=1 if self.last_mail is None else MAILS_AT_ONCE)
        if self.last_mail is None:
            self.last_mail = found[0]["id"] if found else 0
            return 0
        news = sorted((each for each in found if each["id"] > self.last_mail), key=lambda each: each["id"])
        for each in news:
            answer = await self.world.client.get(f"/mailbox/api/messages/{each['id']}/raw", headers=self.desk.headers)
            self.world.deliver([letter(answer.content, datetime.fromisoformat(each["received_at"]))])
            self.last_mail = each["id"]
        return len(news)

    async def _call(self, now: datetime) -> int:
        """The reps take up new tasks of people of this market, each in his time; some they leave lying."""
        done = 0
        for user in self.reps:
            for task in await self.desk.tasks(user):
                person = self.world.people.get(task["email"])
                if person is None or Random(f"left {task['id']}").random() < FORGOTTEN:
                    continue
                due_at = datetime.fromisoformat(task["due_at"])
                if task["id"] not in self.calls and due_at < now + timedelta(hours=4):
                    pace = OVERDUE_PACE if due_at < now else 1.0
                    self.calls[task["id"]] = now + reps.answers_after(task["id"]) * pace
                if self.calls.get(task["id"], now) < now:
                    await self.desk.finish(task, person, now)
                    done += 1
        return done
