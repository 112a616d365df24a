"""Relays: a pipelining SMTP client (RFC 5321, 2920, 3207, 4954) over a small pool of connections.

What became of each letter is one of four: taken (250), refused for now (4xx), refused (5xx), or not even tried. A
fifth, handed over without an answer, is answered as `Unsure`, and nobody may send such a letter again by himself.
"""

import asyncio
import base64
import ssl
from collections import deque
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from enum import Enum
from urllib.parse import parse_qs, unquote, urlsplit

from leadwright.engage import rules
from leadwright.engage.letters import Letter
from leadwright.kit.config import BadSetting

ANSWER_SECONDS = 60.0  # RFC 5321 allows minutes; a relay that needs more is as good as down
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
    """Where a relay is and how to talk to it. `tls`: "" none, "start" by STARTTLS, "always" from the first byte."""

    host: str
    port: int
    tls: str = ""
    user: str = ""
    password: str = ""
    verify: bool = True


class RelayDown(ConnectionError):
    """The relay cannot be reached or does not let us in; the message says why."""


def address(url: str) -> Address:
    """The relay of a URL such as smtp://user:password@host:587?tls=start or smtps://host; raises BadSetting."""
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        port = -1
    options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    tls = {"yes": "always", "1": "always", "no": "", "0": ""}.get(given := options.get("tls", ""), given)
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
    )


class Connection:
    """One SMTP session that sends letters one behind the other without waiting where the relay allows it."""

    def __init__(self, where: Address) -> None:
        self.where = where
        self.extensions: set[str] = set()
        self._following: Letter | None = None
        self._handed_over = False
        self._reader: asyncio.StreamReader
        self._writer: asyncio.StreamWriter

    async def open(self) -> None:
        """Connect, greet, encrypt and sign in; raises RelayDown."""
        where = self.where
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                self._reader, self._writer = await asyncio.open_connection(
                    where.host, where.port, ssl=self._tls() if where.tls == "always" else None, limit=2**16
                )
                await self._expect(220)
                await self._greet()
                if where.tls == "start":
                    await self._command("STARTTLS", 220)
                    await self._writer.start_tls(self._tls(), server_hostname=where.host)
                    await self._greet()
                if where.user:
                    await self._sign_in()
        except (OSError, TimeoutError, EOFError, ValueError) as error:
            if hasattr(self, "_writer"):
                self._writer.close()
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
        lines = await self._command("EHLO leadwright.localhost", 250)
        self.extensions = {line.split(" ")[0].upper() for line in lines.split("\n")[1:]}

    @property
    def _pipelines(self) -> bool:
        return "PIPELINING" in self.extensions

    async def _sign_in(self) -> None:
        word = f"\0{self.where.user}\0{self.where.password}".encode()
        await self._command(f"AUTH PLAIN {base64.b64encode(word).decode()}", 235)

    async def _command(self, line: str, wanted: int) -> str:
        self._writer.write(line.encode() + b"\r\n")
        return await self._expect(wanted)

    async def _expect(self, wanted: int) -> str:
        code, words = await self._reply()
        if code != wanted:
            raise RelayDown(f"The relay {self.where.host}:{self.where.port} said: {code} {words}")
        return words

    async def _reply(self) -> tuple[int, str]:
        """The next reply, of one line or several."""
        lines = []
        while True:
            line = await self._reader.readline()
            if not line.endswith(b"\n"):
                raise ConnectionResetError("the connection was closed")
            if not line[:3].isdigit():
                raise ValueError(f"this is no SMTP answer: {line[:60]!r}")
            lines.append(line[4:].decode("utf-8", "replace").rstrip())
            if line[3:4] != b"-":
                return int(line[:3]), "\n".join(lines)

    async def send(self, letters: deque[Letter], answers: "asyncio.Queue[Answer]") -> None:
        """Take letters from the queue until it is empty; each gets exactly one answer, also where the line breaks."""
        current = self._begin(letters)
        while current is not None:
            self._following, self._handed_over = None, False
            try:
                answer = await self._converse(current, letters)
            except (OSError, TimeoutError, EOFError, ValueError) as error:
                words = f"The connection broke: {error or 'no answer in time'}"[:250]
                outcome = Outcome.UNSURE if self._handed_over else Outcome.UNTRIED
                answers.put_nowait(Answer(current.message_id, outcome, words))
                self._leave_following(answers, words)
                raise RelayDown(words) from None
            answers.put_nowait(answer)
            if answer.words.startswith("421"):
                self._leave_following(answers, answer.words)
                self._writer.close()
                raise RelayDown(answer.words)
            current = self._following if self._pipelines else self._begin(letters)

    def _begin(self, letters: deque[Letter]) -> Letter | None:
        """Announce the next letter, if there is one."""
        if not letters:
            return None
        letter = letters.popleft()
        self._writer.write(self._envelope(letter) if self._pipelines else self._from(letter))
        return letter

    def _leave_following(self, answers: "asyncio.Queue[Answer]", words: str) -> None:
        if self._following is not None:
            answers.put_nowait(Answer(self._following.message_id, Outcome.UNTRIED, words))

    async def _converse(self, letter: Letter, letters: deque[Letter]) -> Answer:
        """Hand over an announced letter; where the relay allows it, the next is announced in the same breath."""
        async with asyncio.timeout(ANSWER_SECONDS):
            last = await self._negotiate(letter)
        if last is None:
            self._handed_over = True
            self._writer.write(rules.dot_stuffed(letter.raw))
        if self._pipelines:
            self._following = self._begin(letters)
        if last is None:
            async with asyncio.timeout(CLOSING_SECONDS):
                await self._writer.drain()
                last = await self._reply()
        code, words = last
        outcome = Outcome.TAKEN if code < 300 else Outcome.LATER if code < 500 else Outcome.REFUSED
        return Answer(letter.message_id, outcome, f"{code} {words}"[:250])

    async def _negotiate(self, letter: Letter) -> tuple[int, str] | None:
        """Sender, recipient and DATA: None where the relay waits for the mail, else its refusal."""
        first = await self._reply()
        if not self._pipelines:
            if first[0] >= 300:
                return first
            self._writer.write(self._to(letter))
            second = await self._reply()
            if second[0] >= 300:
                return await self._take_back(second)
            self._writer.write(b"DATA\r\n")
            third = await self._reply()
            return None if third[0] == 354 else third
        second, third = await self._reply(), await self._reply()
        refusal = next((reply for reply in (first, second) if reply[0] >= 300), None)
        if third[0] == 354 and refusal:
            # It refused the recipient and wants the mail all the same: nothing is what it gets (RFC 2920, 3.1).
            self._writer.write(b".\r\n")
            await self._reply()
            return refusal
        if third[0] != 354:
            return await self._take_back(refusal or third)
        return None

    async def _take_back(self, refusal: tuple[int, str]) -> tuple[int, str]:
        self._writer.write(b"RSET\r\n")
        await self._reply()
        return refusal

    def _envelope(self, letter: Letter) -> bytes:
        return self._from(letter) + self._to(letter) + b"DATA\r\n"

    def _from(self, letter: Letter) -> bytes:
        options = "" if letter.recipient.isascii() or "SMTPUTF8" not in self.extensions else " SMTPUTF8"
        return f"MAIL FROM:<{letter.return_path}>{options}\r\n".encode()

    def _to(self, letter: Letter) -> bytes:
        return f"RCPT TO:<{rules.one_line(letter.recipient)}>\r\n".encode()

    async def close(self) -> None:
        """Say goodbye; a relay that does not answer is left."""
        try:
            async with asyncio.timeout(2):
                self._writer.write(b"QUIT\r\n")
                await self._reply()
        except (OSError, TimeoutError, EOFError, ValueError):
            pass
        self._writer.close()


class Pool:
    """A few connections to one relay, opened when needed and kept while there is work."""

    def __init__(self, where: Address, size: int = 4) -> None:
        self.where, self.size = where, size
        self._idle: list[Connection] = []

    async def send(self, letters: Sequence[Letter]) -> AsyncIterator[Answer]:
        """Hand letters over; yields one answer for each, as they come."""
        waiting, answers = deque(letters), asyncio.Queue[Answer]()
        lanes = [
            asyncio.create_task(self._lane(waiting, answers)) for _ in range(min(self.size, -(-len(letters) // 4)))
        ]
        try:
            for _ in range(len(letters)):
                yield await answers.get()
        finally:
            for lane in lanes:
                lane.cancel()
            await asyncio.gather(*lanes, return_exceptions=True)

    async def _lane(self, waiting: deque[Letter], answers: "asyncio.Queue[Answer]") -> None:
        failures = 0
        while waiting:
            connection = self._idle.pop() if self._idle else None
            kept = connection is not None
            try:
                if connection is None:
                    connection = Connection(self.where)
                    await connection.open()
                await connection.send(waiting, answers)
                self._idle.append(connection)
                failures = 0
            except RelayDown as error:
                # A kept connection that the relay has closed meanwhile says nothing about the relay.
                failures += 0 if kept else 1
                if failures < 2:
                    continue
                while waiting:
                    answers.put_nowait(Answer(waiting.popleft().message_id, Outcome.UNTRIED, str(error)[:250]))

    async def close(self) -> None:
        """Close all connections."""
        while self._idle:
            await self._idle.pop().close()
