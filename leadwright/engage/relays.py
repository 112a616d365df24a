"""Relays: a pipelining SMTP client (RFC 5321, 2920, 3207, 4954) over a small pool of connections.

What became of each letter is one of four: taken (250), refused for now (4xx), refused (5xx), or not even tried. A
fifth, handed over without an answer, is answered as `Unsure`, and nobody may send such a letter again by himself.
"""

import asyncio
import base64
import ssl
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import cast
from urllib.parse import parse_qs, unquote, urlsplit

import structlog

from leadwright.engage import rules
from leadwright.engage.letters import Letter
from leadwright.kit import config
from leadwright.kit.config import BadSetting

log = structlog.get_logger()

OWN_FAULTS = (530, 534, 535, 538)  # it wants us to sign in or to encrypt: no letter's fault
ANSWER_SECONDS = 60.0  # RFC 5321 allows minutes; a relay that needs more is as good as down
ATTEMPTS = 2  # sessions in a row without an answer to any letter, after which the relay counts as down
NO_SMTPUTF8 = "The relay takes no addresses beyond ASCII (it does not offer SMTPUTF8)."
LONGEST_LINE = 2**16
CLOSING_SECONDS = 300.0  # the answer to the closing dot may take long: the relay is saving the mail


class Outcome(Enum):
    """What became of a letter."""

    TAKEN = "taken"
    LATER = "later"
    REFUSED = "refused"
    UNTRIED = "untried"
    UNSURE = "unsure"


@dataclass(frozen=True)
class Answer:
    """The relay's last word on a letter."""

    message_id: int
    outcome: Outcome
    words: str


@dataclass(frozen=True)
class Address:
    """Where a relay is and how to talk to it. `tls`: "" none, "start" by STARTTLS, "always" from the first byte.

    `name` is what we call ourselves: relays in the open like a name that leads back to us (RFC 5321, 4.1.1.1).
    """

    host: str
    port: int
    tls: str = ""
    user: str = ""
    password: str = ""
    verify: bool = True
    name: str = "leadwright.localhost"


class RelayDown(ConnectionError):
    """The relay cannot be reached or does not let us in; the message says why."""


def address(url: str) -> Address:
    """The relay of a URL such as smtp://user:password@host:587?tls=start or smtps://host; raises BadSetting.

    A password never goes over a bare line unless `tls=no` says so.
    """
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        port = -1
    options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    given = options.get("tls", "start" if parts.username and parts.scheme == "smtp" else "")
    tls = {"yes": "always", "1": "always", "no": "", "0": ""}.get(given, given)
    if parts.scheme == "smtps":
        tls = "always"
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname or port == -1 or tls not in ("", "start", "always"):
        raise BadSetting(
            "LEADWRIGHT_SMTP_URL must look like smtp://user:password@host:587?tls=start or smtps://user:password@host."
        )
    return Address(
        parts.hostname,
        port or (465 if tls == "always" else 587 if tls == "start" else 25),
        tls,
        unquote(parts.username or ""),
        unquote(parts.password or ""),
        options.get("verify", "yes") not in ("no", "0"),
        _own_name(),
    )


def _own_name() -> str:
    """The host of our own public address where it has a name, else one that says what we are."""
    host = urlsplit(config.base_url()).hostname or ""
    return host if "." in host and not host.rpartition(".")[2].isdigit() else Address.name


class Wire(asyncio.Protocol):
    """The bytes of a session: replies are taken apart as they come, and kept until somebody asks for them."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._replies: deque[tuple[int, str]] = deque()
        self._lines: list[str] = []
        self._rest = b""
        self._fault: Exception | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The line is there; `encrypt` puts another transport in its place."""
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Take lines apart; a reply is complete with the line that has no hyphen behind its code."""
        lines = (self._rest + data).split(b"\n")
        self._rest = lines.pop()
        for line in lines:
            if not line[:3].isdigit():
                self._fail(ValueError(f"this is no SMTP answer: {line[:60]!r}"))
                return
            self._lines.append(line[4:].decode("utf-8", "replace").rstrip())
            if line[3:4] != b"-":
                self._replies.append((int(line[:3]), "\n".join(self._lines)))
                self._lines.clear()
        if len(self._rest) > LONGEST_LINE or len(self._lines) > LONGEST_LINE:
            self._fail(ValueError("this is no SMTP answer: it does not end"))
        if self._replies:
            self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        """Whoever waits learns of it."""
        self._fail(exc or ConnectionResetError("the connection was closed"))

    def _fail(self, fault: Exception) -> None:
        self._fault = self._fault or fault
        self._wake()

    def _wake(self) -> None:
        if self._waiter and not self._waiter.done():
            self._waiter.set_result(None)

    def write(self, *data: bytes) -> None:
        """Send bytes; where the session has ended, the next reply says so."""
        if not self._transport.is_closing():
            self._transport.writelines(data)

    async def reply(self, seconds: float = ANSWER_SECONDS) -> tuple[int, str]:
        """The next reply, of one line or several; raises TimeoutError, or what has ended the session."""
        while not self._replies:
            if self._fault:
                raise self._fault
            self._waiter = self._loop.create_future()
            timer = self._loop.call_later(seconds, self._fail, TimeoutError("no answer in time"))
            try:
                await self._waiter
            finally:
                timer.cancel()
                self._waiter = None
        return self._replies.popleft()

    async def encrypt(self, context: ssl.SSLContext, host: str) -> None:
        """Go on by TLS; what came before it must not be taken for what comes behind it."""
        if self._replies or self._lines or self._rest:
            raise ValueError("it says more than it was asked before TLS begins")
        transport = await self._loop.start_tls(self._transport, self, context, server_hostname=host)
        if transport is None:
            raise ConnectionResetError("the connection was closed")
        self._transport = transport

    @property
    def is_alive(self) -> bool:
        """Whether the other side still listens, as far as we have heard."""
        return self._fault is None and not self._transport.is_closing()

    def close(self) -> None:
        """End the session without a word."""
        self._transport.close()


class Connection:
    """One SMTP session that sends letters one behind the other without waiting where the relay allows it."""

    def __init__(self, where: Address) -> None:
        self.where = where
        self.extensions: dict[str, str] = {}  # name -> what stands behind it
        self.answered = 0
        self._following: Letter | None = None
        self._handed_over = False
        self._wire: Wire

    async def open(self) -> None:
        """Connect, greet, encrypt and sign in; raises RelayDown."""
        where = self.where
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                _, self._wire = await asyncio.get_running_loop().create_connection(
                    Wire, where.host, where.port, ssl=self._tls() if where.tls == "always" else None
                )
                await self._expect(220)
                await self._greet()
                if where.tls == "start":
                    await self._command("STARTTLS", 220)
                    await self._wire.encrypt(self._tls(), where.host)
                    await self._greet()
                if where.user:
                    await self._sign_in()
        except (OSError, TimeoutError, EOFError, ValueError) as error:
            if hasattr(self, "_wire"):
                self._wire.close()
            if isinstance(error, RelayDown):
                raise
            raise RelayDown(f"The relay {where.host}:{where.port} cannot be used: {error or 'no answer'}.") from None

    def _tls(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        if not self.where.verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context

    async def _greet(self) -> None:
        lines = await self._command(f"EHLO {self.where.name}", 250)
        said = (line.upper().partition(" ") for line in lines.split("\n")[1:])
        self.extensions = {name: words for name, _, words in said}

    @property
    def _pipelines(self) -> bool:
        return "PIPELINING" in self.extensions

    async def _sign_in(self) -> None:
        """AUTH PLAIN, or LOGIN where the relay knows only that (RFC 4954, 4616)."""
        user, password = (base64.b64encode(word.encode()).decode() for word in (self.where.user, self.where.password))
        known = self.extensions.get("AUTH", "").split()
        if "PLAIN" not in known and "LOGIN" in known:
            await self._command("AUTH LOGIN", 334)
            await self._command(user, 334)
            await self._command(password, 235)
            return
        word = f"\0{self.where.user}\0{self.where.password}".encode()
        await self._command(f"AUTH PLAIN {base64.b64encode(word).decode()}", 235)

    async def _command(self, line: str, wanted: int) -> str:
        self._wire.write(line.encode(), b"\r\n")
        return await self._expect(wanted)

    async def _expect(self, wanted: int) -> str:
        code, words = await self._wire.reply()
        if code != wanted:
            raise RelayDown(f"The relay {self.where.host}:{self.where.port} said: {code} {words}")
        return words

    async def send(self, letters: deque[Letter], answers: list[Answer]) -> None:
        """Take letters from the queue until it is empty; each gets exactly one answer, also where the line breaks."""
        current = self._begin(letters, answers)
        while current is not None:
            self._following, self._handed_over = None, False
            try:
                answer = await self._converse(current, letters, answers)
            except (OSError, TimeoutError, EOFError, ValueError) as error:
                self._wire.close()
                words = str(error) if isinstance(error, RelayDown) else f"The connection broke: {error or 'no answer'}"
                words = words[:250]
                outcome = Outcome.UNSURE if self._handed_over else Outcome.UNTRIED
                answers.append(Answer(current.message_id, outcome, words))
                self._leave_following(answers, words)
                raise RelayDown(words) from None
            answers.append(answer)
            self.answered += 1
            if answer.words.startswith("421"):
                self._leave_following(answers, answer.words)
                self._wire.close()
                raise RelayDown(answer.words)
            current = self._following if self._pipelines else self._begin(letters, answers)

    def _begin(self, letters: deque[Letter], answers: list[Answer], *before: bytes) -> Letter | None:
        """Announce the next letter, if there is one, behind what is still to be said before."""
        while letters and not self._carries(letters[0]):
            answers.append(Answer(letters.popleft().message_id, Outcome.REFUSED, NO_SMTPUTF8))
        letter = letters.popleft() if letters else None
        if letter is not None:
            self._wire.write(*before, self._envelope(letter) if self._pipelines else self._from(letter))
        elif before:
            self._wire.write(*before)
        return letter

    def _leave_following(self, answers: list[Answer], words: str) -> None:
        if self._following is not None:
            answers.append(Answer(self._following.message_id, Outcome.UNTRIED, words))

    async def _converse(self, letter: Letter, letters: deque[Letter], answers: list[Answer]) -> Answer:
        """Hand over an announced letter; where the relay allows it, the next is announced in the same breath."""
        last = await self._negotiate(letter)
        body = []
        if last is None:
            self._handed_over = True
            body = [rules.dot_stuffed(letter.raw)]
        if self._pipelines:
            self._following = self._begin(letters, answers, *body)
        else:
            self._wire.write(*body)
        if last is None:
            last = await self._wire.reply(CLOSING_SECONDS)
        code, words = last
        if not 200 <= code < 300 and not 400 <= code < 600:
            raise ValueError(f"{code} is no answer to a mail")
        outcome = Outcome.TAKEN if code < 300 else Outcome.LATER if code < 500 else Outcome.REFUSED
        return Answer(letter.message_id, outcome, f"{code} {words}"[:250])

    async def _negotiate(self, letter: Letter) -> tuple[int, str] | None:
        """Sender, recipient and DATA: None where the relay waits for the mail, else its refusal."""
        first = await self._verdict()
        if not self._pipelines:
            if first[0] >= 300:
                return first
            self._wire.write(self._to(letter))
            second = await self._verdict()
            if second[0] >= 300:
                return await self._take_back(second)
            self._wire.write(b"DATA\r\n")
            third = await self._verdict()
            return None if third[0] == 354 else await self._take_back(third)
        second, third = await self._verdict(), await self._verdict()
        refusal = next((reply for reply in (first, second) if reply[0] >= 300), None)
        if third[0] == 354 and refusal:
            # It refused the recipient and wants the mail all the same: nothing is what it gets (RFC 2920, 3.1).
            self._wire.write(b".\r\n")
            await self._wire.reply()
            return refusal
        if third[0] != 354:
            return await self._take_back(refusal or third)
        return None

    async def _verdict(self) -> tuple[int, str]:
        """A reply before the mail itself; one that is about us and not about the letter ends the session."""
        code, words = await self._wire.reply()
        if code == 421 or code in OWN_FAULTS:
            raise RelayDown(f"The relay {self.where.host}:{self.where.port} said: {code} {words}")
        return code, words

    async def _take_back(self, refusal: tuple[int, str]) -> tuple[int, str]:
        self._wire.write(b"RSET\r\n")
        await self._wire.reply()
        return refusal

    def _envelope(self, letter: Letter) -> bytes:
        return self._from(letter) + self._to(letter) + b"DATA\r\n"

    def _from(self, letter: Letter) -> bytes:
        options = "" if letter.recipient.isascii() else " SMTPUTF8"
        return f"MAIL FROM:<{letter.return_path}>{options}\r\n".encode()

    def _to(self, letter: Letter) -> bytes:
        return f"RCPT TO:<{rules.one_line(letter.recipient)}>\r\n".encode()

    def _carries(self, letter: Letter) -> bool:
        """Whether the relay can be given this recipient at all (RFC 6531); the body is 7 bits wide in any case."""
        return letter.recipient.isascii() or "SMTPUTF8" in self.extensions

    @property
    def is_alive(self) -> bool:
        """Whether the relay has not closed it meanwhile."""
        return self._wire.is_alive

    async def close(self) -> None:
        """Say goodbye; a relay that does not answer is left."""
        try:
            async with asyncio.timeout(2):
                self._wire.write(b"QUIT\r\n")
                await self._wire.reply()
        except (OSError, TimeoutError, EOFError, ValueError):
            pass
        self._wire.close()


class Pool:
    """A few connections to one relay, opened when needed and kept while there is work."""

    def __init__(self, where: Address, size: int = 4) -> None:
        self.where, self.size = where, size
        self._idle: list[Connection] = []

    async def send(self, letters: Sequence[Letter]) -> list[Answer]:
        """Hand letters over; answers one answer for each, in the order in which they came."""
        waiting, answers = deque(letters), list[Answer]()
        lanes = (self._lane(waiting, answers) for _ in range(min(self.size, -(-len(letters) // 4))))
        for fault in await asyncio.gather(*lanes, return_exceptions=True):
            if isinstance(fault, BaseException):
                # The letter it happened to has no answer, so it stays in `sending` and is shown as unsure.
                log.error("a letter could not be handed over", why=repr(fault))
        answers += [Answer(letter.message_id, Outcome.UNTRIED, "") for letter in waiting]
        return answers

    async def _lane(self, waiting: deque[Letter], answers: list[Answer]) -> None:
        failures = 0
        while waiting:
            connection = self._kept()
            try:
                if connection is None:
                    connection = Connection(self.where)
                    await connection.open()
                connection.answered = 0
                await connection.send(waiting, answers)
                self._idle.append(connection)
            except RelayDown as error:
                # A relay that takes only so many mails on a connection is not down: it answered some of them.
                failures = 0 if connection and connection.answered else failures + 1
                while waiting and failures >= ATTEMPTS:
                    answers.append(Answer(waiting.popleft().message_id, Outcome.UNTRIED, str(error)[:250]))

    def _kept(self) -> Connection | None:
        """A connection of before that still lives."""
        while self._idle:
            if (connection := self._idle.pop()).is_alive:
                return connection
        return None

    async def close(self) -> None:
        """Close all connections."""
        while self._idle:
            await self._idle.pop().close()
