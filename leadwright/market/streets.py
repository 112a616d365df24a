"""The market at the pace of the real clock: some visitors a minute, who come, read their mail and are called.

Knows the product only by HTTP: the site and the collector, the mailbox at /mailbox/api, and the API with a key.
The same ten minutes bring the same people; what becomes of them is up to the product.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

import httpx

from leadwright.market import lives, people, reps
from leadwright.market.letters import letter
from leadwright.market.people import Effort
from leadwright.market.worlds import World

SLOT = timedelta(minutes=10)
PEOPLE_A_SLOT = 3
STRANGERS_A_SLOT = 22
MACHINES_A_DAY = 60.0
MAILS_AT_ONCE = 100
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
    last_mail: int | None = None
    last_slot: datetime | None = None
    looked_at: datetime | None = None
    calls: dict[int, datetime] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.world = World(self.base)
        self.headers = {"authorization": f"Bearer {self.key}"}

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
        self.last_slot = slot
        days = SLOT / timedelta(days=1)
        number = int(slot.timestamp() // SLOT.total_seconds()) + self.seed * 10_000_000
        acts: list[lives.Act] = []
        for person in people.population(number, PEOPLE_A_SLOT, self.efforts, slot, days):
            if person.arrives_at >= now:
                self.world.meet([person], self.efforts)
        by_code = {effort.code: effort for effort in self.efforts}
        for person in people.population(number + 5_000_000, STRANGERS_A_SLOT, self.efforts, slot, days):
            acts += [each for each in lives.life(person, by_code[person.campaign])[:1] if isinstance(each, lives.Visit)]
        acts += lives.machines(number, slot, days, MACHINES_A_DAY)
        self.world.plan(act for act in acts if act.at >= now)

    async def _read(self) -> int:
        found = await self._get("/mailbox/api/messages", limit=1 if self.last_mail is None else MAILS_AT_ONCE)
        if self.last_mail is None:
            self.last_mail = found[0]["id"] if found else 0
            return 0
        news = sorted((each for each in found if each["id"] > self.last_mail), key=lambda each: each["id"])
        for each in news:
            answer = await self.world.client.get(f"/mailbox/api/messages/{each['id']}/raw", headers=self.headers)
            self.world.deliver([letter(answer.content, datetime.fromisoformat(each["received_at"]))])
            self.last_mail = each["id"]
        return len(news)

    async def _call(self, now: datetime) -> int:
        """The reps take up new tasks of people who were met here, each in his time; some they leave lying."""
        done = 0
        for user in self.reps:
            tasks = await self._get("/api/v1/tasks", user=user, limit=500)
            for task in tasks["items"]:
                if task["id"] not in self.calls and datetime.fromisoformat(task["due_at"]) < now + timedelta(hours=4):
                    self.calls[task["id"]] = now + reps.answers_after(task["id"])
                if self.calls.get(task["id"], now) < now and Random(f"left {task['id']}").random() > FORGOTTEN:
                    done += await self._finish(task)
        return done

    async def _finish(self, task: dict[str, Any]) -> int:
        contact = await self._get(f"/api/v1/contacts/{task['contact']}")
        person = self.world.people.get(contact["email"])
        if person is None or not task["lead"]:
            return 0
        lead = await self._get(f"/api/v1/leads/{task['lead']}")
        end = reps.ending(person, task["kind"], lead["stage"], task["id"])
        words = {"outcome": end.outcome, "note": end.note}
        answer = await self.world.client.post(f"/api/v1/tasks/{task['id']}/complete", json=words, headers=self.headers)
        answer.raise_for_status()
        return 1

    async def _get(self, path: str, **asked: Any) -> Any:
        answer = await self.world.client.get(path, params=asked, headers=self.headers)
        answer.raise_for_status()
        return answer.json()
