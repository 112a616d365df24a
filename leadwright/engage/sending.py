"""Sending: due messages leave the building, each at most once.

A message is `sending`, and committed as such, before it is handed over; it is `sent` only after the relay's 250. What
a crash leaves in `sending` is never sent again by itself; `messages.unsure` shows it for a decision. `flush` and the
process `leadwright send` walk the same way; they differ in who waits for what.
"""

import asyncio
import signal
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

import msgspec
import psycopg
import structlog
from django.db import DatabaseError, connection

from leadwright.engage import emails, letters, liquid, mailbox, messages, notices, rules, signatures
from leadwright.engage.letters import Letter
from leadwright.engage.models import EmailVersion
from leadwright.engage.relays import Address, Answer, Outcome, Pool, address
from leadwright.kit import clock, config, database, jobs, sql
from leadwright.profile.fields import definitions

log = structlog.get_logger()
SQL = sql.load("sending")
Result = TypeVar("Result")

BATCH = 1_000  # at most; large enough to carry the statements' cost
FIRST_BATCH = 25
BATCH_SECONDS = 0.15  # a batch is as large as what leaves in this time, so that a kill leaves few messages unsure
LOOK_SECONDS = 60.0  # how long a sender sleeps at most while it hears nothing
REST_AFTER = 3  # refused batches in a row after which a domain rests


@dataclass
class Rest:
    """Domains that refused several batches in a row, and until when they rest.

    Whoever settles notes, whoever claims reads: `until` is replaced and never changed.
    """

    refusals: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    until: dict[str, datetime] = field(default_factory=dict)

    def note(self, domain: str, *, is_refused: bool) -> None:
        """Remember how a domain answered a batch."""
        if not is_refused:
            self.refusals.pop(domain, None)
            return
        self.refusals[domain] += 1
        if (times := self.refusals[domain]) >= REST_AFTER:
            now = clock.now()
            resting = {each: until for each, until in self.until.items() if until > now}
            resting[domain] = now + min(timedelta(minutes=2 ** (times - REST_AFTER)), timedelta(hours=1))
            self.until = resting

    def domains(self) -> list[str]:
        """Who rests now."""
        now = clock.now()
        return [domain for domain, until in self.until.items() if until > now]


@dataclass
class Sender:
    """What a sender keeps between batches: compiled versions, and who rests."""

    versions: dict[int, letters.Frozen] = field(default_factory=dict)
    rest: Rest = field(default_factory=Rest)

    def claim(self, limit: int = BATCH) -> list[Letter]:
        """Take due messages and write their letters; committed as `sending`. Empty: nothing is due."""
        while True:
            with database.atomic():
                taken = database.rows(
                    SQL["claim"].format(limit=int(limit)),
                    now=clock.now(),
                    since=clock.since(),
                    resting=self.rest.domains(),
                )
            if not taken:
                return []
            ids = [row.id for row in taken if row.state == "sending"]
            if written := self.write(ids):
                return written

    def write(self, ids: Sequence[int]) -> list[Letter]:
        """The letters of claimed messages; one that cannot be written has failed, and says why."""
        found = database.rows(SQL["load"], ids=list(ids)) if ids else []
        missing = {row.version_id for row in found} - self.versions.keys()
        if len(self.versions) > 500:
            self.versions.clear()
            missing = {row.version_id for row in found}
        for version in EmailVersion.objects.filter(pk__in=missing).values():
            self.versions[version["id"]] = letters.frozen(version)
        at, base, written, faults = clock.now(), config.base_url(), [], []
        renamed = definitions.renamed("contact")
        for row in found:
            try:
                letter = letters.compose(
                    self.versions[row.version_id],
                    message_id=row.id,
                    uid=row.uid,
                    known=known(row, renamed),
                    at=at,
                    base=base,
                )
                written.append(signatures.sign(letter))
            except (liquid.BadLiquid, ValueError) as error:
                faults.append(Answer(row.id, Outcome.REFUSED, str(error)[:250]))
        self.settle(faults, {})
        return written

    def settle(self, answers: Iterable[Answer], domains: dict[int, str]) -> None:
        """Write down what became of letters, in one transaction, with an activity for each that was sent."""
        now, answers = clock.now(), list(answers)
        later = [answer.message_id for answer in answers if answer.outcome is Outcome.LATER]
        attempts = {row.id: row.attempts for row in database.rows(SQL["attempts"], ids=later)} if later else {}
        self.note(answers, domains)
        rows = [row for answer in answers if (row := become(answer, now, attempts.get(answer.message_id, 1)))]
        if not rows:
            return
        ids, states, words, dues, untried = (list(column) for column in zip(*rows, strict=True))
        with database.atomic():
            moved = database.rows(
                SQL["settle"], now=now, ids=ids, states=states, answers=words, dues=dues, untried=untried
            )
            sent = [row.id for row in moved if row.state == "sent"]
            if sent:
                messages.note_sent(sent)
                jobs.wake("messages")

    def note(self, answers: Sequence[Answer], domains: dict[int, str]) -> None:
        """Remember how each domain answered these letters: together they are one refusal, if none of them was taken."""
        told = [answer for answer in answers if answer.outcome in (Outcome.TAKEN, Outcome.LATER)]
        takers = {domains.get(answer.message_id, "") for answer in told if answer.outcome is Outcome.TAKEN}
        for domain in {domains.get(answer.message_id, "") for answer in told}:
            self.rest.note(domain, is_refused=domain not in takers)


def become(answer: Answer, now: datetime, attempts: int) -> tuple[int, str, str, datetime, bool] | None:
    """What an answer makes of a message: id, state, words, due, untried. None: it stays `sending`, to be decided."""
    match answer.outcome:
        case Outcome.TAKEN:
            return answer.message_id, "sent", answer.words, now, False
        case Outcome.REFUSED:
            return answer.message_id, "failed", answer.words, now, False
        case Outcome.UNTRIED:
            return answer.message_id, "queued", answer.words, now, True
        case Outcome.LATER:
            wait = rules.wait_after(attempts)
            state = "failed" if wait is None else "queued"
            return answer.message_id, state, answer.words, now + (wait or timedelta()), False
        case Outcome.UNSURE:
            return None


def known(row: Any, renamed: Mapping[str, Mapping[str, str]] | None = None) -> dict[str, Any]:
    """What Liquid knows of a contact and her company. A message's `extra` may add words but not replace these.

    `renamed` are the options of custom fields that are called otherwise now.
    """
    custom = msgspec.json.decode(row.custom) if row.custom != "{}" else {}
    for key in (renamed or {}).keys() & custom.keys():
        custom[key] = definitions.today(renamed[key], custom[key])  # type: ignore[index]
    return {
        **(msgspec.json.decode(row.extra) if row.extra != "{}" else {}),
        "contact": {
            "first_name": row.first_name,
            "last_name": row.last_name,
            "name": f"{row.first_name} {row.last_name}".strip(),
            "email": row.email,
            "title": row.title,
            "phone": row.phone,
            "country": row.country,
            "city": row.city,
            "language": row.language,
            "buying_stage": row.buying_stage,
            "persona": row.persona or "",
            "persona_id": row.persona_id,
            "segment_ids": row.segment_ids,
            "custom": custom,
        },
        "company": {
            "name": row.company or "",
            "domain": row.company_domain or "",
            "industry": row.company_industry or "",
            "size": row.company_size,
            "country": row.company_country or "",
            "city": row.company_city or "",
        },
        "owner": {"name": row.owner or "", "email": row.owner_email or ""},
    }


def domains_of(batch: Iterable[Letter]) -> dict[int, str]:
    """The recipient's domain of each letter."""
    return {letter.message_id: letter.recipient.rpartition("@")[2].lower() for letter in batch}


def relay() -> Address | None:
    """The relay that is set; None: mail goes to the built-in mailbox and to no one else."""
    url = config.get("LEADWRIGHT_SMTP_URL")
    return address(url) if url else None


def flush(limit: int = 1_000_000, sender: "Sender | None" = None) -> int:
    """Send all messages that are due now, in this process and at this process's clock; answers how many were sent.

    For tests and for the demo's past. Without a relay the built-in mailbox takes them, by SMTP, also where its own
    process does not run. A sender that is kept from call to call need not compile its versions anew.
    """
    sender, sent = sender or Sender(), 0
    with ThreadPoolExecutor(1) as network:
        while sent < limit and (batch := sender.claim(min(BATCH, limit - sent))):
            answers, received = network.submit(asyncio.run, _hand_over(batch)).result()
            mailbox.keep(received)
            sender.settle(answers, domains_of(batch))
            taken = sum(answer.outcome is Outcome.TAKEN for answer in answers)
            sent += taken
            if not taken and all(answer.outcome is Outcome.UNTRIED for answer in answers):
                log.warning("nothing could be sent", why=answers[0].words)
                break
    return sent


def flush_notices() -> int:
    """Send all notices to colleagues that are due now, as `flush` does; answers how many mails were taken."""
    sent = 0
    with ThreadPoolExecutor(1) as network:
        while mails := notices.claim():
            answers, received = network.submit(asyncio.run, _hand_over([each.letter for each in mails])).result()
            mailbox.keep(received)
            notices.settle(mails, answers)
            sent += sum(answer.outcome is Outcome.TAKEN for answer in answers)
    return sent


def test(filled: letters.Filled, recipient: str) -> str | None:
    """Send a filled-in email to a user, outside the queue; answers None, or the relay's words where it was refused."""
    firm = emails.workspace()
    sender = firm.sender_address or "hello@localhost"
    letter = letters.plain(filled, firm.sender_name or firm.firm, sender, recipient, clock.now())
    with ThreadPoolExecutor(1) as network:
        (answer,), received = network.submit(asyncio.run, _hand_over([letter])).result()
    mailbox.keep(received)
    return None if answer.outcome is Outcome.TAKEN else answer.words


async def _hand_over(batch: Sequence[Letter]) -> tuple[list[Answer], list[mailbox.Received]]:
    """One batch over the wire: to the relay, or to a mailbox of this very moment."""
    received: list[mailbox.Received] = []
    async with _somewhere(received) as where:
        pool = Pool(where)
        answers = await pool.send(batch)
        await pool.close()
    return answers, received


@asynccontextmanager
async def _somewhere(received: list[mailbox.Received]) -> AsyncIterator[Address]:
    where = relay()
    if where is not None:
        yield where
        return
    async with mailbox.listening(received.append) as port:
        yield Address("127.0.0.1", port)


class Bucket:
    """A token bucket: so many letters a second, and at most one second's worth at once."""

    def __init__(self, per_second: float) -> None:
        self.per_second = per_second
        self.tokens = min(per_second, 1.0)
        self.at = time.monotonic()

    def take(self, wanted: int) -> int:
        """How many of the wanted letters may go now."""
        moment = time.monotonic()
        self.tokens = min(max(self.per_second, 1.0), self.tokens + (moment - self.at) * self.per_second)
        self.at = moment
        allowed = min(wanted, int(self.tokens))
        self.tokens -= allowed
        return allowed

    @property
    def seconds(self) -> float:
        """How long until the next letter may go."""
        return max(0.0, (1.0 - self.tokens) / self.per_second)


@dataclass
class Office:
    """A sender at work: its relay, its two database threads, one to claim and one to settle, and what wakes it."""

    sender: Sender
    pool: Pool
    bucket: Bucket | None
    claims: ThreadPoolExecutor
    books: ThreadPoolExecutor
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    failures: int = 0
    size: int = FIRST_BATCH

    async def ask(self, work: Callable[[], Result]) -> Result:
        """Run database work beside the wire, on the connection that claims."""
        return await asyncio.get_running_loop().run_in_executor(self.claims, work)

    async def book(self, work: Callable[[], Result]) -> Result:
        """Run database work beside the wire and beside claiming, on the connection that settles."""
        return await asyncio.get_running_loop().run_in_executor(self.books, work)

    async def let_go(self) -> None:
        """Close both connections; the next statement opens a new one."""
        await self.ask(let_go)
        await self.book(let_go)

    def claim(self) -> "asyncio.Task[list[Letter]]":
        """Begin to claim the next batch, as large as the relay's rate allows."""

        async def claiming() -> list[Letter]:
            allowed = self.size
            if self.bucket:
                while not (allowed := self.bucket.take(self.size)):
                    await _first(self.stop.wait(), timeout=self.bucket.seconds)
                    if self.stop.is_set():
                        return []
            batch = await self.ask(lambda: self.sender.claim(allowed))
            if self.bucket:
                self.bucket.tokens += allowed - len(batch)
            return batch

        return asyncio.create_task(claiming())

    async def write_down(self, answers: Sequence[Answer], batch: Sequence[Letter]) -> None:
        """Settle; a database that is away for a while is waited for, since these answers are known only here."""
        domains = domains_of(batch)
        for seconds in (0.2, 1, 2, 5, 10, 20, 30, 60):
            try:
                await self.book(lambda: self.sender.settle(answers, domains))
            except DatabaseError as error:
                log.warning("the database does not take what became of mails; trying again", why=str(error))
                await self.book(let_go)
                await asyncio.sleep(seconds)
            else:
                return
        log.error("what became of mails could not be written down; they are shown as unsure", mails=len(answers))

    async def work(self) -> None:
        """Hand over one batch after the other; meanwhile the next is claimed and written, and the last is settled."""
        following: asyncio.Task[list[Letter]] | None = None
        settling: asyncio.Task[None] | None = None
        try:
            while not self.stop.is_set():
                self.woken.clear()
                batch = await (following or self.claim())
                following = None
                if not batch:
                    await self.rest(await self.ask(seconds_to_next))
                    continue
                if len(batch) >= self.size // 2:
                    following = self.claim()
                began = time.monotonic()
                answers = await self.pool.send(batch)
                self.fit(len(batch), time.monotonic() - began)
                if settling:
                    await settling
                settling = asyncio.create_task(self.write_down(answers, batch))
                if all(answer.outcome is Outcome.UNTRIED for answer in answers):
                    self.failures += 1
                    log.warning("the relay is down; trying again", why=answers[0].words if answers else "")
                    if following:
                        await self.put_back(await following)
                        following = None
                    await _first(self.stop.wait(), timeout=min(60.0, 0.5 * 2**self.failures))
                else:
                    self.failures = 0
        finally:
            if settling:
                await settling
            if following:
                await self.put_back(await following)

    def fit(self, letters: int, seconds: float) -> None:
        """Make the next batch as large as what leaves in BATCH_SECONDS; it at most doubles."""
        wanted = int(letters / max(seconds, 0.001) * BATCH_SECONDS)
        self.size = max(FIRST_BATCH, min(BATCH, wanted, 2 * self.size))

    async def put_back(self, batch: Sequence[Letter]) -> None:
        """Queue letters again that were written but not handed over."""
        await self.write_down([Answer(letter.message_id, Outcome.UNTRIED, "") for letter in batch], batch)

    async def rest(self, seconds: float) -> None:
        """Sleep until something is due, somebody wakes us, or we are to stop."""
        if seconds > 5:
            await self.pool.close()
        await _first(self.stop.wait(), self.woken.wait(), timeout=seconds)


async def run(*, until: asyncio.Event | None = None) -> None:
    """Send as messages become due, until told to stop; the batch under way is brought to its end."""
    where = relay()
    port = config.get_int("LEADWRIGHT_MAILBOX_PORT")
    if where is None and not port:
        raise config.BadSetting(
            "There is nowhere to send mail to: set LEADWRIGHT_SMTP_URL, or start everything with `leadwright up`, "
            "which brings the built-in mailbox."
        )
    bucket = Bucket(max(1, config.get_int("LEADWRIGHT_SMTP_RATE"))) if where else None
    pool = Pool(where or Address("127.0.0.1", port))
    with ThreadPoolExecutor(1, "claims") as claims, ThreadPoolExecutor(1, "books") as books:
        office = Office(Sender(), pool, bucket, claims, books)
        office.stop = until or office.stop
        if until is None:
            for number in (signal.SIGINT, signal.SIGTERM):
                asyncio.get_running_loop().add_signal_handler(number, office.stop.set)
        told = asyncio.Event()
        ear = asyncio.create_task(_listen(office.woken, told))
        telling = asyncio.create_task(_tell(office, Pool(office.pool.where, 1), told))
        try:
            while not office.stop.is_set():
                try:
                    await office.work()
                except DatabaseError as error:
                    log.warning("the database is away; the sender waits", why=str(error))
                    await office.let_go()
                    await _first(office.stop.wait(), timeout=2.0)
        finally:
            ear.cancel()
            office.stop.set()
            await telling
            await pool.close()
            await office.let_go()


def let_go() -> None:
    """Close this thread's connection; the next statement opens a new one."""
    connection.close()


def seconds_to_next() -> float:
    """How long until the next message is due, at most LOOK_SECONDS."""
    due_at = database.value(SQL["next_due"])
    if due_at is None:
        return LOOK_SECONDS
    # One that is due and was not taken belongs to a domain that rests, or to another sender.
    return float(min(LOOK_SECONDS, max(1.0, (due_at - clock.now()).total_seconds())))


async def _tell(office: Office, pool: Pool, woken: asyncio.Event) -> None:
    """Send notices to colleagues as they become due, beside the messages, until told to stop."""
    while not office.stop.is_set():
        woken.clear()
        seconds = LOOK_SECONDS
        try:
            while mails := await office.book(notices.claim):
                answers = await pool.send([each.letter for each in mails])
                await office.book(partial(notices.settle, mails, answers))
            if due_at := await office.book(notices.next_due):
                seconds = min(seconds, max(1.0, (due_at - clock.now()).total_seconds()))
        except DatabaseError as error:
            log.warning("the database is away; notices wait", why=str(error))
            await office.book(let_go)
            seconds = 2.0
        await pool.close()
        await _first(office.stop.wait(), woken.wait(), timeout=seconds)


async def _listen(*woken: asyncio.Event) -> None:
    """Set the events whenever somebody queues messages; a lost connection is made again."""
    while True:
        try:
            async with await psycopg.AsyncConnection.connect(config.database_url(), autocommit=True) as ear:
                await ear.execute("LISTEN leadwright_messages")
                for each in woken:
                    each.set()
                async for _ in ear.notifies():
                    for each in woken:
                        each.set()
        except (psycopg.Error, OSError):
            await asyncio.sleep(1)


async def _first(*events: Coroutine[Any, Any, Any], timeout: float) -> None:  # noqa: ASYNC109
    """Wait for the first of some events, or until the time is over."""
    tasks = [asyncio.create_task(event) for event in events]
    _, waiting = await asyncio.wait(tasks, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
    for task in waiting:
        task.cancel()
