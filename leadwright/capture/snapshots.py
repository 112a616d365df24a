"""What the collector must know to answer: forms, keys, tracked links, the firm; renewed by itself within a second.

Plain SQL on the tables of attract and workspace. Triggers (migration 0004) notify `leadwright_snapshot`; a renewal now
and then makes up for a notice that was lost, and a miss (an unknown key, form or link) looks again before it says no.
"""

import asyncio
import contextlib
import hashlib
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import psycopg
import structlog
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from leadwright.attract import questions
from leadwright.attract.questions import Form
from leadwright.kit import loops

log = structlog.get_logger()

RENEW_SECONDS = 15.0
MISS_SECONDS = 0.2

KEYS = "SELECT hash, id, scope, allowed_origins FROM workspace_apikey WHERE revoked_at IS NULL AND scope <> 'read'"
LINKS = """
SELECT l.code, l.target, l.source, l.medium, l.content, l.term, c.code
FROM attract_trackedlink l JOIN attract_campaign c ON c.id = l.campaign_id
"""
FORMS = """
SELECT to_jsonb(f) || jsonb_build_object('thanks_url',
       (SELECT substr(p.url_path, length(r.url_path)) FROM wagtailcore_page p
        JOIN wagtailcore_site s ON true JOIN wagtailcore_page r ON r.id = s.root_page_id
        WHERE p.id = f.thanks_page_id AND p.live AND p.url_path LIKE r.url_path || '%'
        ORDER BY s.is_default_site DESC LIMIT 1)),
       coalesce((SELECT jsonb_agg(to_jsonb(q) ORDER BY q.sort_order, q.id)
                FROM attract_formfield q WHERE q.form_id = f.id), '[]'),
       coalesce((SELECT jsonb_agg(to_jsonb(v) ORDER BY v.sort_order, v.id)
                FROM attract_formvariant v WHERE v.form_id = f.id), '[]')
FROM attract_form f WHERE f.is_active
"""
RESOURCES = "SELECT page_ptr_id, open_days FROM attract_resourcepage"
FIRM = "SELECT firm, own_domains FROM workspace_workspace ORDER BY id LIMIT 1"


@dataclass(frozen=True, slots=True)
class Key:
    """An API key that may send facts."""

    id: int
    scope: str
    origins: tuple[str, ...]

    def allows(self, origin: str) -> bool:
        """Whether a page of this origin may use the key; a server sends no origin."""
        if not origin or not self.origins:
            return True
        host = urlsplit(origin).hostname or ""
        return any(each in (origin, host, "*") for each in self.origins)


@dataclass(frozen=True, slots=True)
class Link:
    """A tracked link."""

    code: str
    target: str
    utm: dict[str, str]


@dataclass
class Snapshot:
    """Forms, keys and links as they stood some moments ago."""

    forms: dict[str, Form] = field(default_factory=dict)
    keys: dict[str, Key] = field(default_factory=dict)
    links: dict[str, Link] = field(default_factory=dict)
    open_days: dict[int, int] = field(default_factory=dict)  # page of a resource -> how long a link to it works
    firm: str = "Leadwright"
    own_domains: tuple[str, ...] = ()


class Renewing:
    """A snapshot that renews itself."""

    def __init__(self, pool: AsyncConnectionPool, url: str) -> None:
        self._pool = pool
        self._url = url
        self._looked_at = 0.0
        self._task: asyncio.Task[None] | None = None
        self._lock = asyncio.Lock()
        self._follows = asyncio.Event()
        self.now = Snapshot()

    def start(self) -> None:
        """Begin to follow changes."""
        self._task = asyncio.create_task(self._follow())

    async def stop(self) -> None:
        """End."""
        if self._task:
            with contextlib.suppress(TimeoutError):  # a connection that is being made cannot be given up cleanly
                await asyncio.wait_for(self._follows.wait(), 5)
            await loops.end([self._task])

    async def key(self, secret: str) -> Key | None:
        """The key with this secret, or None."""
        digest = hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
        if digest not in self.now.keys:
            await self._missed()
        return self.now.keys.get(digest)

    async def form(self, code: str) -> Form | None:
        """The active form of a code, or None."""
        if code not in self.now.forms:
            await self._missed()
        return self.now.forms.get(code)

    async def link(self, code: str) -> Link | None:
        """The tracked link of a code, or None."""
        if code not in self.now.links:
            await self._missed()
        return self.now.links.get(code)

    async def renew(self) -> None:
        """Read everything anew."""
        async with self._lock, self._pool.connection(timeout=5) as connection:
            self._looked_at = time.monotonic()
            keys = await (await connection.execute(KEYS)).fetchall()
            links = await (await connection.execute(LINKS)).fetchall()
            forms = await (await connection.execute(FORMS)).fetchall()
            resources = await (await connection.execute(RESOURCES)).fetchall()
            firm = await (await connection.execute(FIRM)).fetchone()
        self.now = Snapshot(
            forms={row[0]["code"]: questions.read(*row) for row in forms},
            keys={row[0]: Key(row[1], row[2], tuple(row[3])) for row in keys},
            links={row[0]: _link(row) for row in links},
            open_days=dict(resources),
            firm=firm[0] if firm else "Leadwright",
            own_domains=tuple(firm[1]) if firm else (),
        )

    async def _missed(self) -> None:
        if time.monotonic() - self._looked_at < MISS_SECONDS:
            return
        try:
            await self.renew()
        except (psycopg.Error, PoolTimeout) as error:
            log.warning("forms and keys could not be read", error=str(error))

    async def _follow(self) -> None:
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(self._url, autocommit=True) as connection:
                    self._follows.set()
                    await connection.execute("LISTEN leadwright_snapshot")
                    while True:
                        await self.renew()
                        async for _notice in connection.notifies(timeout=RENEW_SECONDS, stop_after=1):
                            pass
            except (psycopg.Error, PoolTimeout) as error:
                log.warning("forms and keys could not be followed", error=str(error))
                await asyncio.sleep(1)


def _link(row: tuple[Any, ...]) -> Link:
    code, target, source, medium, content, term, campaign = row
    named = {"source": source, "medium": medium, "campaign": campaign, "content": content, "term": term}
    return Link(code, target, {f"utm_{name}": value for name, value in named.items() if value})
