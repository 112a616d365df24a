"""The market's way to the product: HTTP, as browsers, mail programs and robots speak it. Nothing else is known of it.

A `World` is given a base URL, and a line of its own where the product runs in this very process.
"""

import asyncio
import heapq
import itertools
import re
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from leadwright.market import words
from leadwright.market.lines import Answer, Line
from leadwright.market.lives import FORM_PAGES, Act, Follow, Letter, Send, Stray, Visit, life, read
from leadwright.market.people import Effort, Person

HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')
TITLE = re.compile(r"<title>([^<]*)</title>")
PAGE_KEPT_FOR = timedelta(days=30)  # so long a cache in between may keep a page with a form
BEFORE_ALL = timedelta(minutes=4)
AT_ONCE = 12

Given = httpx.Response | Answer


@dataclass
class Tally:
    """What the market has done, and what went wrong."""

    visits: int = 0
    pages: int = 0
    forms: int = 0
    mails: int = 0
    clicks: int = 0
    machines: int = 0
    failures: list[str] = field(default_factory=list)


class World:
    """People, what they still mean to do, and the line to the product."""

    def __init__(self, base: str, line: Line | None = None) -> None:
        self.base = base.rstrip("/")
        self.client = line or httpx.AsyncClient(base_url=self.base, timeout=30, follow_redirects=False)
        self.tally = Tally()
        self.people: dict[str, Person] = {}
        self._plan: list[tuple[datetime, int, Act]] = []
        self._order = itertools.count()
        self._pages: dict[str, tuple[datetime, str]] = {}
        self._gate = asyncio.Semaphore(AT_ONCE)
        self.when: Callable[[datetime], datetime] = lambda wanted: wanted  # a year in some minutes knows fewer moments

    def meet(self, people: Iterable[Person], efforts: Iterable[Effort], since: datetime | None = None) -> None:
        """Let people in, with all that they mean to do; with `since`, what they still mean to do from then on."""
        by_code = {effort.code: effort for effort in efforts}
        for person in people:
            self.people[person.email] = person
            self.plan(act for act in life(person, by_code[person.campaign]) if since is None or act.at >= since)

    def plan(self, acts: Iterable[Act]) -> None:
        """Add acts to what is to come."""
        for act in acts:
            at = act.at if isinstance(act, Follow) and act.kind == "scan" else self.when(act.at)
            heapq.heappush(self._plan, (at, next(self._order), act if at == act.at else replace(act, at=at)))

    def deliver(self, letters: Iterable[Letter]) -> None:
        """Let people find mails in their mailbox; what they do with them is planned."""
        for letter in letters:
            if person := self.people.get(letter.to):
                self.tally.mails += 1
                self.plan(read(person, letter.subject, letter.received_at, letter))

    async def live(self, until: datetime, at: Callable[[datetime], None] | None = None) -> int:
        """Do all that is planned up to a moment, most of it at once; answers how much it was.

        With `at` each act has its own moment, of which `at` is told in the act's own task before it happens.
        """
        acts = []
        while self._plan and self._plan[0][0] <= until:
            acts.append(heapq.heappop(self._plan)[2])
        if at is not None and acts:
            at(acts[0].at - BEFORE_ALL)  # whatever form is sent, its page was there before
            for path in sorted({FORM_PAGES[act.form] for act in acts if isinstance(act, Send)}):
                await self._page(path, acts[0].at - BEFORE_ALL)
        # What one person does stays in order; different people act at the same time.
        lines: dict[str, list[Act]] = {}
        for act in acts:
            lines.setdefault(act.browser + act.path if isinstance(act, Stray) else act.person.email, []).append(act)
        await asyncio.gather(*(self._line(line, until, at) for line in lines.values()))
        return len(acts)

    async def close(self) -> None:
        """Hang up."""
        await self.client.aclose()

    async def _line(self, acts: list[Act], now: datetime, at: Callable[[datetime], None] | None) -> None:
        async with self._gate:
            for act in acts:
                if at is not None:
                    now = min(act.at, now)
                    at(now)
                try:
                    await self._do(act, now)
                except httpx.HTTPError as error:
                    self.tally.failures.append(f"{type(act).__name__}: {error!r}"[:200])

    async def _do(self, act: Act, now: datetime) -> None:
        match act:
            case Visit():
                await self._visit(act, now)
            case Send():
                await self._send(act, now)
            case Follow():
                await self._follow(act, now)
            case Stray():
                await self._stray(act, now)

    def _headers(self, person: Person) -> dict[str, str]:
        return {
            "user-agent": person.browser,
            "accept-language": "de,en;q=0.7",
            "origin": self.base,
            "cookie": f"lw_vid={person.anonymous_id}",
        }

    def _expect(self, answer: Given, *codes: int) -> Given:
        if answer.status_code not in codes:
            asked = answer.asked if isinstance(answer, Answer) else f"{answer.request.method} {answer.request.url.path}"
            self.tally.failures.append(f"{asked}: {answer.status_code} {answer.text[:120]}".replace("\n", " "))
        return answer

    async def _visit(self, visit: Visit, now: datetime) -> None:
        headers = self._headers(visit.person)
        if visit.link:
            del headers["origin"]
            self._expect(await self.client.get(f"/t/l/{visit.link}", headers=headers), 302, 303)
            headers = self._headers(visit.person)
        calls = []
        chance = visit.person.chance(f"reading {visit.at.isoformat()}")
        stays = [timedelta(seconds=chance.uniform(20, 150)) for _ in visit.paths]
        at, referrer = min(visit.at, now) - sum(stays, timedelta()), visit.referrer  # told when the last page is left
        for number, (path, stay) in enumerate(zip(visit.paths, stays, strict=True)):
            query = f"?{visit.query}" if visit.query and number == 0 else ""
            url = f"{self.base}{path}{query}"
            calls.append(_call("page", visit.person, min(at, now), url, referrer))
            if number == 0:
                calls.append(_call("track", visit.person, min(at + timedelta(seconds=3), now), url, referrer, "$human"))
            referrer = f"{self.base}{path}"
            at += stay
        document = {"batch": calls, "sentAt": now.isoformat()}
        self._expect(await self.client.post("/t/v1/batch", json=document, headers=headers), 200)
        self.tally.visits += 1
        self.tally.pages += len(visit.paths)

    async def _page(self, path: str, now: datetime) -> str:
        known = self._pages.get(path)
        if known and now - known[0] < PAGE_KEPT_FOR:
            return known[1]
        answer = self._expect(await self.client.get(path, headers={"user-agent": words.BROWSERS[0]}), 200)
        self._pages[path] = (now, answer.text)
        return answer.text

    async def _send(self, send: Send, now: datetime) -> None:
        path = FORM_PAGES[send.form]
        page = await self._page(path, now)
        hidden = dict(HIDDEN.findall(page))
        values = hidden | send.answers | {"lw_id": uuid.uuid5(uuid.NAMESPACE_URL, f"{send.person.email} {send.at}").hex}
        values |= {"lw_vid": send.person.anonymous_id, "lw_page": f"{self.base}{path}", "website_url_2": ""}
        headers = self._headers(send.person) | {"accept": "application/json", "referer": f"{self.base}{path}"}
        answer = await self.client.post(f"/t/f/{send.form}", data=values, headers=headers)
        if send.twice:
            await self.client.post(f"/t/f/{send.form}", data=values, headers=headers)
        self._expect(answer, 200)
        self.tally.forms += 1
        if answer.status_code == 200:
            await self._after(send, answer.json().get("next") or "", now)

    async def _after(self, send: Send, onwards: str, now: datetime) -> None:
        """Most people fetch what the form has promised."""
        token = parse_qs(urlsplit(onwards).query).get("r", [""])[0]
        if token and send.person.chance("fetch").random() < 0.9:
            headers = self._headers(send.person)
            del headers["origin"]
            self._expect(await self.client.get(f"/t/a/{token}", headers=headers), 200)

    async def _follow(self, act: Follow, now: datetime) -> None:
        headers = self._headers(act.person)
        if act.kind == "scan":
            # A gateway has no cookie and no language, and follows everything within a second.
            headers = {"user-agent": words.SCANNER}
            self.tally.machines += 1
        for url in act.urls:
            path = _path(url)
            if act.kind in ("confirm", "unsubscribe"):
                self._expect(
                    await self.client.post(path, headers=headers, data={"List-Unsubscribe": "One-Click"}), 200, 303
                )
                continue
            answer = self._expect(await self.client.get(path, headers=headers), 200, 302, 303)
            if act.kind == "click" and answer.status_code in (302, 303):
                self.tally.clicks += 1
                target = answer.headers.get("location", "")
                if target.startswith((self.base, "/")):
                    await self._visit(Visit(act.person, act.at, (_path(target).partition("?")[0],)), now)

    async def _stray(self, stray: Stray, now: datetime) -> None:
        headers = {"user-agent": stray.browser}
        self.tally.machines += 1
        if not stray.fills:
            call = {"batch": [_machine_call(stray, self.base)], "sentAt": now.isoformat()}
            await self.client.post("/t/v1/batch", json=call, headers=headers | {"origin": self.base})
            return
        values = {"email": "win@prizes-demo.example", "first_name": "Win", "last_name": "Now", "company": "Prizes"}
        values["website_url_2"] = "https://prizes-demo.example"
        await self.client.post(f"/t/f/{stray.fills}", data=values, headers=headers)


def _path(url: str) -> str:
    parts = urlsplit(url)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def _call(kind: str, person: Person, at: datetime, url: str, referrer: str, event: str = "") -> dict[str, Any]:
    parts = urlsplit(url)
    name = uuid.uuid5(uuid.NAMESPACE_URL, f"{person.anonymous_id} {kind} {event} {url} {at.isoformat()}").hex
    call: dict[str, Any] = {
        "type": kind,
        "messageId": name,
        "anonymousId": person.anonymous_id,
        "timestamp": at.isoformat(),
        "context": {"page": {"url": url, "path": parts.path, "referrer": referrer}, "locale": "de-DE"},
    }
    if event:
        call["event"] = event
    return call


def _machine_call(stray: Stray, base: str) -> dict[str, Any]:
    name = uuid.uuid5(uuid.NAMESPACE_URL, f"{stray.browser} {stray.at.isoformat()}").hex
    page = {"url": f"{base}{stray.path}", "path": stray.path}
    return {
        "type": "page",
        "messageId": name,
        "anonymousId": name,
        "timestamp": stray.at.isoformat(),
        "context": {"page": page},
    }
