import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from leadwright.engage.letters import Letter
from leadwright.engage.relays import NO_SMTPUTF8, Address, Outcome, Pool, address
from tests.engage.relaying import CUT, Server, certificate, serving

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


# --- a real server: aiosmtpd ------------------------------------------------------------------------------------------


async def _hand_over(url: str, count: int = 9, recipient: str = "p{}@b.example") -> list[tuple[Outcome, str]]:
    pool = Pool(address(url), size=2)
    raw = b"Subject: %d\r\n\r\nHello\r\n.\r\n..a dot\r\n"
    letters = [Letter(n, "a@firm.example", recipient.format(n), raw % n) for n in range(count)]
    answers = await pool.send(letters)
    await pool.close()
    assert sorted(answer.message_id for answer in answers) == list(range(count))
    return [(answer.outcome, answer.words) for answer in sorted(answers, key=lambda each: each.message_id)]


@pytest.mark.parametrize("pipelines", [True, False])
async def test_a_real_server_gets_what_was_written(pipelines: bool) -> None:
    with serving(Server(pipelines=pipelines)) as server:
        answers = await _hand_over(f"smtp://127.0.0.1:{server.port}")
    assert {outcome for outcome, _ in answers} == {Outcome.TAKEN}
    assert sorted(server.mails) == [b"Subject: %d\r\n\r\nHello\r\n.\r\n..a dot\r\n" % n for n in range(9)]
    assert sorted(server.envelopes)[3] == ("a@firm.example", ["p3@b.example"], [])
    assert server.is_encrypted == [False] * 9


async def test_it_goes_over_to_tls_where_it_is_told_to(tmp_path: Path) -> None:
    with serving(Server(), tls_context=certificate(tmp_path), require_starttls=True) as server:
        answers = await _hand_over(f"smtp://localhost:{server.port}?tls=start&verify=no")
    assert {outcome for outcome, _ in answers} == {Outcome.TAKEN}
    assert server.is_encrypted == [True] * 9


async def test_it_speaks_tls_from_the_first_byte_where_it_is_told_to(tmp_path: Path) -> None:
    with serving(Server(), encrypted=certificate(tmp_path)) as server:
        answers = await _hand_over(f"smtps://localhost:{server.port}?verify=no")
    assert {outcome for outcome, _ in answers} == {Outcome.TAKEN}
    assert len(server.mails) == 9


@pytest.mark.parametrize("how", ["smtp://localhost:{}?tls=start", "smtps://localhost:{}"])
async def test_a_relay_that_nobody_vouches_for_gets_nothing(tmp_path: Path, how: str) -> None:
    context = certificate(tmp_path)
    options: dict[str, Any] = {"encrypted": context} if "smtps" in how else {"tls_context": context}
    with serving(Server(), **options) as server:
        answers = await _hand_over(how.format(server.port))
    assert {outcome for outcome, _ in answers} == {Outcome.UNTRIED}
    assert "certificate" in answers[0][1].lower()
    assert not server.mails


@pytest.mark.parametrize(("exclude", "how"), [(["LOGIN"], "PLAIN"), (["PLAIN"], "LOGIN")])
async def test_it_signs_in(tmp_path: Path, exclude: list[str], how: str) -> None:
    options: dict[str, Any] = {"auth_required": True, "auth_exclude_mechanism": exclude}
    with serving(Server(), tls_context=certificate(tmp_path), require_starttls=True, **options) as server:
        answers = await _hand_over(f"smtp://nora:correct%20horse@localhost:{server.port}?verify=no")
    assert {outcome for outcome, _ in answers} == {Outcome.TAKEN}
    assert set(server.signed_in) == {(how, b"nora", b"correct horse")}
    assert all(server.is_encrypted), "a password goes over TLS without being told to"


@pytest.mark.filterwarnings("ignore:Requiring AUTH")  # the server's own worry
async def test_a_wrong_password_leaves_the_letters_in_the_queue() -> None:
    with serving(Server(), auth_required=True) as server:
        answers = await _hand_over(f"smtp://nora:wrong@127.0.0.1:{server.port}?tls=no")
    assert {outcome for outcome, _ in answers} == {Outcome.UNTRIED}
    assert "535" in answers[0][1]
    assert not server.mails


@pytest.mark.filterwarnings("ignore:Requiring AUTH")  # the server's own worry
async def test_a_relay_that_wants_a_password_refuses_us_and_not_the_letters() -> None:
    with serving(Server(), auth_required=True) as server:
        answers = await _hand_over(f"smtp://127.0.0.1:{server.port}")
    assert {outcome for outcome, _ in answers} == {Outcome.UNTRIED}
    assert "530" in answers[0][1]


@pytest.mark.parametrize("pipelines", [True, False])
async def test_refusals_are_told_apart_and_hurt_nobody_else(pipelines: bool) -> None:
    said = {
        ("RCPT", "p1@b.example"): "550 no such mailbox", ("RCPT", "p2@b.example"): "450 busy",
        ("DATA", "p4@b.example"): "554 not this", ("DATA", "p5@b.example"): "452 full",
    }  # fmt: skip
    with serving(Server(lambda verb, whom: said.get((verb, whom)), pipelines)) as server:
        answers = await _hand_over(f"smtp://127.0.0.1:{server.port}")
    later, refused = Outcome.LATER, Outcome.REFUSED
    assert answers[1] == (refused, "550 no such mailbox")
    assert answers[2] == (later, "450 busy")
    assert answers[4] == (refused, "554 not this")
    assert answers[5] == (later, "452 full")
    assert [outcome for outcome, _ in answers].count(Outcome.TAKEN) == len(server.mails) == 5


@pytest.mark.parametrize("pipelines", [True, False])
async def test_a_line_cut_behind_the_mail_leaves_it_unsure_and_sends_the_rest(pipelines: bool) -> None:
    with serving(Server(lambda verb, whom: CUT if (verb, whom) == ("DATA", "p3@b.example") else None, pipelines)) as up:
        answers = await _hand_over(f"smtp://127.0.0.1:{up.port}")
    assert answers[3][0] is Outcome.UNSURE
    assert {outcome for n, (outcome, _) in enumerate(answers) if n != 3} <= {Outcome.TAKEN, Outcome.UNTRIED}
    assert len(up.mails) == [outcome for outcome, _ in answers].count(Outcome.TAKEN) >= 7


async def test_a_relay_that_takes_few_mails_a_connection_gets_them_all_over_many() -> None:
    counts = {"open": 0}

    def answer(verb: str, recipient: bytes) -> bytes | None:
        counts["open"] += verb == "END"
        if verb == "MAIL" and counts["open"] and counts["open"] % 4 == 0:
            counts["open"] += 1
            return b"421 that is enough for one connection"
        return _usual(verb, recipient)

    answers, took = await _send(answer, 40)
    tried = [outcome for outcome, _ in answers.values() if outcome is not Outcome.UNTRIED]
    assert set(tried) == {Outcome.TAKEN}
    assert len(took) == len(tried) > 20, "the relay was taken for down"


async def test_an_answer_that_means_nothing_leaves_the_letter_unsure() -> None:
    def answer(verb: str, recipient: bytes) -> bytes | None:
        return b"354 more" if verb == "END" and b"<p0@" in recipient else _usual(verb, recipient)

    answers, _ = await _send(answer, 8)
    assert answers[0][0] is Outcome.UNSURE


async def test_an_address_beyond_ascii_goes_only_where_it_is_carried() -> None:
    with serving(Server(), enable_SMTPUTF8=True) as server:
        answers = await _hand_over(f"smtp://127.0.0.1:{server.port}", 2, "josé{}@b.example")
        assert {outcome for outcome, _ in answers} == {Outcome.TAKEN}
        assert min(server.envelopes) == ("a@firm.example", ["josé0@b.example"], ["SMTPUTF8"])
    with serving(Server(), enable_SMTPUTF8=False) as server:
        answers = await _hand_over(f"smtp://127.0.0.1:{server.port}", 2, "josé{}@b.example")
        assert answers[0] == (Outcome.REFUSED, NO_SMTPUTF8)
        assert not server.mails


async def test_a_kept_connection_that_was_closed_meanwhile_costs_no_letter() -> None:
    with serving(Server()) as server:
        pool = Pool(address(f"smtp://127.0.0.1:{server.port}"), size=1)
        letters = [Letter(n, "a@firm.example", "p@b.example", b"X: 1\r\n\r\n") for n in range(3)]
        assert {each.outcome for each in await pool.send(letters[:1])} == {Outcome.TAKEN}
        (kept,) = pool._idle
        kept._wire.close()
        assert {each.outcome for each in await pool.send(letters[1:])} == {Outcome.TAKEN}
        await pool.close()


def test_we_call_ourselves_by_the_name_of_our_public_address(monkeypatch: pytest.MonkeyPatch) -> None:
    assert address("smtp://relay.example").name == "leadwright.localhost"
    monkeypatch.setenv("LEADWRIGHT_URL", "https://leads.firm.example")
    assert address("smtp://relay.example").name == "leads.firm.example"


@pytest.mark.parametrize(
    ("url", "tls", "port"),
    [
        ("smtp://relay.example", "", 25),
        ("smtp://nora:x@relay.example", "start", 587),
        ("smtp://nora:x@relay.example?tls=no", "", 25),
        ("smtps://nora:x@relay.example", "always", 465),
        ("smtp://relay.example?tls=start", "start", 587),
    ],
)
def test_a_password_goes_over_tls_unless_it_is_told_otherwise(url: str, tls: str, port: int) -> None:
    assert (address(url).tls, address(url).port) == (tls, port)
