"""The built-in mailbox: a real SMTP server on loopback that keeps what it gets and sends it to no one.

It answers 250 after the commit, and keeps the last 50,000 mails.
"""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from typing import Any, cast

import structlog
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.db import DatabaseError, connection

from leadwright.engage.models import MailboxMessage
from leadwright.kit import clock, config, database

log = structlog.get_logger()

KEEP = 50_000
LARGEST_BYTES = 25 * 1024 * 1024
TOGETHER = 200  # mails in one commit


@dataclass(frozen=True)
class Received:
    """A mail as it came over the wire."""

    mail_from: str
    rcpt_to: tuple[str, ...]
    raw: bytes


def parse(raw: bytes) -> EmailMessage:
    """A mail as Python's own parser reads it."""
    return message_from_bytes(raw, policy=policy.default)


def head(raw: bytes) -> bytes:
    """The headers only."""
    return raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"


def subject(raw: bytes) -> str:
    """The subject in words."""
    given = BytesHeaderParser(policy=policy.compat32).parsebytes(head(raw)).get("subject", "")
    try:
        words = str(make_header(decode_header(given)))
    except (LookupError, ValueError):  # a charset that nobody knows
        words = str(given)
    return " ".join(words.split()).replace("\x00", "")[:1000]


def parts(raw: bytes) -> dict[str, Any]:
    """A mail taken apart: headers (a list where one stands several times), text and HTML."""
    mail = parse(raw)
    headers: dict[str, Any] = {}
    for name, value in mail.items():
        known = headers.get(name)
        headers[name] = str(value) if known is None else [*(known if isinstance(known, list) else [known]), str(value)]
    return {"headers": headers, "text": _content(mail, "plain"), "html": _content(mail, "html")}


def _content(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    if part is None:
        return ""
    try:
        return str(part.get_content())
    except (LookupError, ValueError):  # a charset that nobody knows
        return cast(bytes, part.get_payload(decode=True)).decode("utf-8", "replace")


def keep(received: Sequence[Received]) -> None:
    """Keep mails, and forget the oldest beyond KEEP."""
    if not received:
        return
    now = clock.now()
    made = MailboxMessage.objects.bulk_create(
        MailboxMessage(
            received_at=now,
            mail_from=mail.mail_from[:320],
            rcpt_to=[address.lower() for address in mail.rcpt_to],
            subject=subject(mail.raw),
            raw=mail.raw,
        )
        for mail in received
    )
    newest = max(mail.pk for mail in made)
    if newest // 1000 != (newest - len(made)) // 1000:  # now and then is enough
        MailboxMessage.objects.filter(pk__lte=newest - KEEP).delete()


class _Handler:
    """Takes mails for aiosmtpd: each is answered when `take` has it."""

    def __init__(self, take: Callable[[Received], Any]) -> None:
        self.take = take

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.content
        raw = content.encode() if isinstance(content, str) else content or b""
        taken = self.take(Received(envelope.mail_from or "", tuple(envelope.rcpt_tos), raw))
        if asyncio.iscoroutine(taken):
            return cast(str, await taken)
        return "250 Kept in the mailbox"


@asynccontextmanager
async def listening(take: Callable[[Received], Any], port: int = 0) -> AsyncIterator[int]:
    """An SMTP server on loopback for the length of a block; answers its port."""
    loop, handler = asyncio.get_running_loop(), _Handler(take)
    server = await loop.create_server(
        lambda: SMTP(
            handler, hostname="mailbox.localhost", ident="Leadwright mailbox", enable_SMTPUTF8=True,
            data_size_limit=LARGEST_BYTES, loop=loop,
        ),
        "127.0.0.1",
        port,
    )  # fmt: skip
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


class Desk:
    """Commits what comes in together, and answers each mail after its commit."""

    def __init__(self) -> None:
        self.statements = ThreadPoolExecutor(1, "database")  # one thread, one connection
        self.waiting: asyncio.Queue[tuple[Received, asyncio.Future[str]]] = asyncio.Queue(maxsize=1000)

    async def take(self, received: Received) -> str:
        """Answer when the mail is kept, or cannot be kept for now."""
        answer = asyncio.get_running_loop().create_future()
        await self.waiting.put((received, answer))
        return str(await answer)

    async def work(self) -> None:
        """Keep what waits, a batch at a time."""
        while True:
            batch = [await self.waiting.get()]
            while len(batch) < TOGETHER and not self.waiting.empty():
                batch.append(self.waiting.get_nowait())
            words = "250 Kept in the mailbox"
            try:
                await asyncio.get_running_loop().run_in_executor(
                    self.statements, _keep, [received for received, _ in batch]
                )
            except DatabaseError as error:
                log.warning("a mail could not be kept", why=str(error))
                words = "451 The mailbox cannot keep it now; try again later"
            for _, answer in batch:
                if not answer.done():
                    answer.set_result(words)


def _keep(received: list[Received]) -> None:
    try:
        with database.atomic():
            keep(received)
    except DatabaseError:
        connection.close()
        raise


async def serve() -> None:
    """Run the mailbox's SMTP server until told to stop."""
    stop, desk = asyncio.Event(), Desk()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    work = asyncio.create_task(desk.work())
    async with listening(desk.take, config.get_int("LEADWRIGHT_MAILBOX_PORT")) as port:
        log.info("the mailbox listens", port=port)
        await stop.wait()
    work.cancel()
