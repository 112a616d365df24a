"""A real SMTP server (aiosmtpd) in a thread, that answers as a test tells it to."""

import asyncio
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

CUT = "cut"  # instead of an answer: the line is cut


@dataclass
class Server:
    """What the server took, and what it says to a verb (RCPT, DATA) for a recipient; None: 250."""

    says: Callable[[str, str], str | None] = lambda verb, recipient: None
    pipelines: bool = True
    port: int = 0
    mails: list[bytes] = field(default_factory=list)
    envelopes: list[tuple[str, list[str], list[str]]] = field(default_factory=list)
    signed_in: list[tuple[str, bytes, bytes]] = field(default_factory=list)
    is_encrypted: list[bool] = field(default_factory=list)

    async def handle_EHLO(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        return [responses[0], "250-PIPELINING", *responses[1:]] if self.pipelines else responses

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if answer := self.says("RCPT", address):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        answer = self.says("DATA", envelope.rcpt_tos[0])
        if answer == CUT:
            server.transport.abort()
            await asyncio.Event().wait()
        if answer and not answer.startswith("250"):
            return answer
        content = envelope.content
        self.mails.append(content.encode() if isinstance(content, str) else content or b"")
        self.envelopes.append((envelope.mail_from or "", envelope.rcpt_tos, envelope.mail_options))
        self.is_encrypted.append(session.ssl is not None)
        return answer or "250 taken"

    def authenticate(self, server: SMTP, session: Session, envelope: Envelope, how: str, words: Any) -> AuthResult:
        """Let in who knows the password."""
        assert isinstance(words, LoginPassword)
        self.signed_in.append((how, words.login, words.password))
        return AuthResult(success=words.password == b"correct horse", handled=False)


@contextmanager
def serving(server: Server, *, encrypted: ssl.SSLContext | None = None, **options: Any) -> Iterator[Server]:
    """The server in a thread of its own for the length of a block. `encrypted`: TLS from the first byte."""
    loop, ready = asyncio.new_event_loop(), threading.Event()
    sessions: set[SMTP] = set()

    def session() -> SMTP:
        made = SMTP(
            server, hostname="relay.example", loop=loop, authenticator=server.authenticate,
            auth_require_tls="tls_context" in options, **options,
        )  # fmt: skip
        sessions.add(made)
        return made

    async def open_up() -> asyncio.Server:
        listening = await loop.create_server(session, "127.0.0.1", 0, ssl=encrypted)
        server.port = listening.sockets[0].getsockname()[1]
        return listening

    def run() -> None:
        asyncio.set_event_loop(loop)
        listening = loop.run_until_complete(open_up())
        ready.set()
        loop.run_forever()
        listening.close()
        for task in asyncio.all_tasks(loop):
            task.cancel()
        for each in sessions:
            if each.transport:
                each.transport.abort()
        loop.run_until_complete(asyncio.sleep(0.01))
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()

    thread = threading.Thread(target=run)
    thread.start()
    ready.wait(10)
    try:
        yield server
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)


def certificate(folder: Path) -> ssl.SSLContext:
    """A server's side of TLS with a certificate for localhost that nobody vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "relay.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context
