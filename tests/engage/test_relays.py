import asyncio
from collections.abc import Callable

import pytest

from leadwright.engage.letters import Letter
from leadwright.engage.relays import Address, Outcome, Pool

OPEN: set[asyncio.Transport] = set()


class Relay(asyncio.Protocol):
    """A relay that answers as it is told: by verb, or by the recipient."""

    def __init__(self, answer: Callable[[str, bytes], bytes | None], took: list[bytes], pipelining: bool) -> None:
        self.answer, self.took, self.pipelining = answer, took, pipelining
        self.buffer, self.in_mail, self.recipient = b"", False, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        OPEN.add(transport)
        transport.write(b"220-well\r\n220 come in\r\n")

    def connection_lost(self, error: Exception | None) -> None:
        OPEN.discard(self.transport)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while (end := self.buffer.find(b"\r\n.\r\n" if self.in_mail else b"\r\n")) >= 0:
            line, self.buffer = self.buffer[:end], self.buffer[end + (5 if self.in_mail else 2) :]
            verb = "END" if self.in_mail else line[:4].decode().upper()
            if verb == "RCPT":
                self.recipient = line
            self.in_mail = False
            reply = self.answer(verb, self.recipient)
            if reply is None:
                self.transport.abort()
                return
            self.in_mail = verb == "DATA" and reply.startswith(b"354")
            if self.in_mail:
                self.buffer = b"\r\n" + self.buffer  # a mail of nothing ends at once
            if verb == "END" and reply.startswith(b"250"):
                self.took.append(line[2:])
            if verb == "EHLO":
                reply = b"250-relay\r\n250-PIPELINING\r\n250 8BITMIME" if self.pipelining else b"250 relay"
            self.transport.write(reply + b"\r\n")


async def _send(
    answer: Callable[[str, bytes], bytes | None], count: int, *, pipelining: bool = True
) -> tuple[dict[int, tuple[Outcome, str]], list[bytes]]:
    took: list[bytes] = []
    server = await asyncio.get_running_loop().create_server(lambda: Relay(answer, took, pipelining), "127.0.0.1", 0)
    pool = Pool(Address("127.0.0.1", server.sockets[0].getsockname()[1]), size=2)
    letters = [Letter(n, "a@firm.example", f"p{n}@b.example", b"X: %d\r\n\r\n.dot\r\n" % n) for n in range(count)]
    answers = await pool.send(letters)
    await pool.close()
    server.close()
    while OPEN:
        for transport in list(OPEN):
            transport.abort()
        await asyncio.sleep(0)
    assert len(answers) == count, "each letter gets exactly one answer"
    return {each.message_id: (each.outcome, each.words) for each in answers}, took


def _usual(verb: str, recipient: bytes) -> bytes | None:
    return {"DATA": b"354 go on", "QUIT": b"221 bye"}.get(verb, b"250 ok")


@pytest.mark.parametrize("pipelining", [True, False])
async def test_every_letter_is_handed_over_once(pipelining: bool) -> None:
    answers, took = await _send(_usual, 30, pipelining=pipelining)
    assert {outcome for outcome, _ in answers.values()} == {Outcome.TAKEN}
    assert sorted(took) == sorted(b"X: %d\r\n\r\n..dot" % n for n in range(30))


@pytest.mark.parametrize("pipelining", [True, False])
@pytest.mark.parametrize("reply", [b"550 no such mailbox", b"451 later"])
async def test_a_refused_recipient_does_not_hurt_the_letters_around_it(pipelining: bool, reply: bytes) -> None:
    def answer(verb: str, recipient: bytes) -> bytes | None:
        if b"<p3@" in recipient and verb in ("RCPT", "DATA"):
            return reply if verb == "RCPT" else b"503 who for?"
        return _usual(verb, recipient)

    answers, took = await _send(answer, 12, pipelining=pipelining)
    assert answers.pop(3) == (Outcome.LATER if reply.startswith(b"4") else Outcome.REFUSED, reply.decode())
    assert {outcome for outcome, _ in answers.values()} == {Outcome.TAKEN}
    assert len(took) == 11


async def test_a_relay_that_wants_the_mail_of_a_refused_recipient_gets_nothing() -> None:
    def answer(verb: str, recipient: bytes) -> bytes | None:
        if b"<p3@" in recipient and verb == "RCPT":
            return b"550 no"
        return _usual(verb, recipient)

    answers, took = await _send(answer, 8)
    assert answers[3] == (Outcome.REFUSED, "550 no")
    assert not [mail for mail in took if b"X: 3" in mail]


async def test_a_line_that_breaks_before_the_answer_leaves_one_letter_unsure() -> None:
    def answer(verb: str, recipient: bytes) -> bytes | None:
        return None if verb == "END" and b"<p0@" in recipient else _usual(verb, recipient)

    answers, took = await _send(answer, 20)
    unsure = [number for number, (outcome, _) in answers.items() if outcome is Outcome.UNSURE]
    assert unsure == [0]
    assert {outcome for outcome, _ in answers.values()} <= {Outcome.TAKEN, Outcome.UNSURE, Outcome.UNTRIED}
    assert len(took) == sum(outcome is Outcome.TAKEN for outcome, _ in answers.values())


async def test_what_is_no_answer_ends_the_session_and_nothing_was_tried() -> None:
    answers, took = await _send(lambda verb, recipient: b"hello?" if verb == "EHLO" else None, 5)
    assert not took
    assert {outcome for outcome, _ in answers.values()} <= {Outcome.UNTRIED}
