"""A rep's desk, and the office's: tasks, leads, spend and letters, by the product's API with a key."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx

from leadwright.market import reps
from leadwright.market.lines import Line
from leadwright.market.people import Person

LONGEST = 500


@dataclass
class Desk:
    """What one does in the firm, over the API. The same person answers the same call the same way in every run."""

    line: httpx.AsyncClient | Line
    key: str
    talks: Counter[str] = field(default_factory=Counter)
    customers: set[str] = field(default_factory=set)

    async def tasks(self, user: int) -> list[dict[str, Any]]:
        """A user's open tasks."""
        found: list[dict[str, Any]] = []
        while True:
            page = await self.get("/api/v1/tasks", user=user, limit=LONGEST, after=found[-1]["id"] if found else 0)
            found += page["items"]
            if page["next"] is None:
                return found

    async def finish(self, task: Mapping[str, Any], person: Person, now: datetime) -> None:
        """Do a task with a person: log what came of it, and move the lead where that leads."""
        self.talks[person.email] += 1
        end = reps.ending(person, task["kind"], task["stage"] or "", self.talks[person.email])
        if person.email in self.customers and task["stage"] in ("new", "mql"):
            end = reps.SERVED
        if end.stage == "won":
            self.customers.add(person.email)
        words: dict[str, Any] = {"outcome": end.outcome, "note": end.note, "stage": end.stage}
        if end.again_after:
            words["again_at"] = (now + end.again_after).isoformat()
        closes = end.stage in ("won", "lost")
        if closes:
            words["stage"] = ""
        done = await self.post(f"/api/v1/tasks/{task['id']}/complete", words)
        if done["outcome"] != end.outcome or not done["note"].endswith(end.note):
            return  # somebody else was quicker
        if closes and task["lead"]:
            move: dict[str, Any] = {"to": end.stage, "reason": end.reason, "user": task["user"]}
            await self.post(f"/api/v1/leads/{task['lead']}/move", move | ({"value": end.value} if end.value else {}))
        if end.outcome == "reached" and end.again_after:
            await self.post(
                "/api/v1/tasks",
                {
                    "title": f"Call {person.first_name} {person.last_name} again",
                    "contact": task["contact"],
                    "lead": task["lead"],
                    "user": task["user"],
                    "kind": "call",
                    "due_at": words["again_at"],
                    "note": end.note,
                },
            )

    async def get(self, path: str, **asked: Any) -> Any:
        """Ask the API; an error is raised."""
        answer = await self.line.get(path, params=asked, headers=self.headers)
        answer.raise_for_status()
        return answer.json()

    async def post(self, path: str, document: Mapping[str, Any]) -> Any:
        """Tell the API something; an error is raised."""
        answer = await self.line.post(path, json=dict(document), headers=self.headers)
        answer.raise_for_status()
        return answer.json()

    @property
    def headers(self) -> dict[str, str]:
        """What every call carries."""
        return {"authorization": f"Bearer {self.key}"}
