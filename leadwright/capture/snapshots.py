"""What the collector must know to answer: forms, keys, tracked links, the firm; renewed by itself within a second.

Plain SQL on the tables of attract and workspace. Triggers (migration 0004) notify `leadwright_snapshot`; a renewal now
and then makes up for a notice that was lost, and a miss (an unknown key, form or link) looks again before it says no.
"""

import asyncio
import contextlib
import hashlib
import hmac
import secrets
import time
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import psycopg
import structlog
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from leadwright.attract import questions
from leadwright.attract.questions import Form
from leadwright.capture.requests import Request
from leadwright.kit import clock, domains, loops

log = structlog.get_logger()

RENEW_SECONDS = 15.0
MISS_SECONDS = 0.2

# A key ends with its maker's access.
KEYS = """
SELECT k.hash, k.id, k.scope, k.allowed_origins
FROM workspace_apikey k LEFT JOIN workspace_user u ON u.id = k.created_by_id
WHERE k.revoked_at IS NULL AND k.scope <> 'read' AND coalesce(u.is_active, true)
"""
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
FIRM = "SELECT firm, own_domains, cookies FROM workspace_workspace ORDER BY id LIMIT 1"
MAIL_DOMAINS = "SELECT domain, kind FROM workspace_maildomain"
PURPOSES = "SELECT key, name FROM profile_purpose"
USED = """
UPDATE workspace_apikey SET last_used_at = %(now)s
WHERE id = ANY (%(ids)s) AND (last_used_at IS NULL OR last_used_at < %(before)s)
"""
# The day's salt, made by whoever needs it first. Those of the days before are deleted, and with them the only way to
# tell whose a visitor without a cookie was.
SALT = "SELECT value FROM capture_salt WHERE day = %s"
NEW_SALT = "INSERT INTO capture_salt (day, value) VALUES (%s, %s) ON CONFLICT (day) DO NOTHING"
OLD_SALTS = "DELETE FROM capture_salt WHERE day < %s"


@dataclass(frozen=True, slots=True)
class Key:
    """An API key that may send facts."""

    id: int
    scope: str
    origins: tuple[str, ...]

    @property
    def is_secret(self) -> bool:
        """Whether it may change what is known, and so never stands in a page."""
        return self.scope in ("write", "admin")

    def allows(self, origin: str) -> bool:
        """Whether a page of this origin may use the key; a server sends none, so it needs one that is not bound."""
        return not self.origins or _is_among(origin, self.origins)


@lru_cache(maxsize=256)
def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


@lru_cache(maxsize=4096)
def _is_among(origin: str, origins: tuple[str, ...]) -> bool:
    """Whether an origin is one of those named: as an origin, as a host, or below a host (*.firm.example)."""
    try:
        host = urlsplit(origin).hostname or ""
    except ValueError:
        return False
    below = tuple(each[1:] for each in origins if each.startswith("*."))
    return bool(host) and (origin in origins or host in origins or host.endswith(below) or "*" in origins)


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
    purposes: dict[str, str] = field(default_factory=dict)  # what people can allow: key -> name
    cookies: str = "always"  # always, consent or never: whether a browser gets one

    def welcomes(self, origin: str) -> bool:
        """Whether a page of this origin may use any key."""
        return any(key.allows(origin) for key in self.keys.values())


class Renewing:
    """A snapshot that renews itself."""

    def __init__(self, pool: AsyncConnectionPool, url: str) -> None:
        self._pool = pool
        self._url = url
        self._looked_at = 0.0
        self._task: asyncio.Task[None] | None = None
        self._lock = asyncio.Lock()
        self._missing = asyncio.Lock()
        self._follows = asyncio.Event()
        self._used: set[int] = set()
        self._salt: tuple[date, bytes] | None = None
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
        digest = _digest(secret)
        if digest not in self.now.keys:
            await self._missed()
        if found := self.now.keys.get(digest):
            self._used.add(found.id)
        return found

    def key_at_once(self, secret: str) -> Key | None:
        """The key with this secret, or None where it is not known yet; `key` would look once more."""
        if found := self.now.keys.get(_digest(secret)):
            self._used.add(found.id)
        return found

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

    async def daily(self, request: Request) -> str:
        """The name that a browser without a cookie has on one site for this day (UTC).

        Made from its address and its agent with a salt that every process has of the database, and that is deleted
        when the day is over: then nobody can find out any more whose it was.
        """
        site = urlsplit(request.origin).netloc or request.header(b"host")
        told = "\0".join((site, request.address or "", request.header(b"user-agent")))
        return "day-" + hmac.digest(await self._todays_salt(), told.encode("utf-8", "replace"), "sha256")[:16].hex()

    async def _todays_salt(self) -> bytes:
        today = clock.now().date()
        if self._salt is None or self._salt[0] != today:
            async with self._pool.connection(timeout=5) as connection:
                await connection.execute(NEW_SALT, [today, secrets.token_bytes(32)])
                row = await (await connection.execute(SALT, [today])).fetchone()
                assert row  # noqa: S101  just made
                self._salt = (today, bytes(row[0]))
        return self._salt[1]

    async def renew(self) -> None:
        """Read everything anew, note which keys were used, and forget yesterday's salt."""
        now, used = clock.now(), sorted(self._used)
        if self._salt and self._salt[0] != now.date():
            self._salt = None
        async with self._lock, self._pool.connection(timeout=5) as connection:
            self._looked_at = time.monotonic()
            keys = await (await connection.execute(KEYS)).fetchall()
            links = await (await connection.execute(LINKS)).fetchall()
            forms = await (await connection.execute(FORMS)).fetchall()
            resources = await (await connection.execute(RESOURCES)).fetchall()
            firm = await (await connection.execute(FIRM)).fetchone()
            purposes = await (await connection.execute(PURPOSES)).fetchall()
            domains.say(await (await connection.execute(MAIL_DOMAINS)).fetchall())
            if used:
                self._used.difference_update(used)
                await connection.execute(USED, {"ids": used, "now": now, "before": now - timedelta(minutes=1)})
            await connection.execute(OLD_SALTS, [now.date()])
        self.now = Snapshot(
            forms={row[0]["code"]: questions.read(*row) for row in forms},
            keys={row[0]: Key(row[1], row[2], tuple(row[3])) for row in keys},
            links={row[0]: _link(row) for row in links},
            open_days=dict(resources),
            firm=firm[0] if firm else "Leadwright",
            own_domains=tuple(firm[1]) if firm else (),
            cookies=firm[2] if firm else "always",
            purposes=dict(purposes),
        )

    async def _missed(self) -> None:
        """Look once more before anything is called unknown; all who ask meanwhile share one look, at most every
        MISS_SECONDS. Who came just after a look has to wait: a key that was made meanwhile must not be refused."""
        asked_at = time.monotonic()
        async with self._missing:
            if self._looked_at > asked_at:
                return
            await asyncio.sleep(max(0.0, self._looked_at + MISS_SECONDS - asked_at))
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
