"""An SMTP sink in a process of its own: takes everything, keeps nothing, as fast as one process can."""

import asyncio
import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any

import psutil
import uvloop

ANSWERS = {
    b"EHLO": b"250-sink\r\n250-PIPELINING\r\n250 8BITMIME\r\n",
    b"MAIL": b"250 ok\r\n",
    b"RCPT": b"250 ok\r\n",
    b"RSET": b"250 ok\r\n",
    b"QUIT": b"221 bye\r\n",
}


class Sink(asyncio.Protocol):
    """One session."""

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self.buffer, self.takes_mail = b"", False
        self.transport.write(b"220 sink\r\n")

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        answers = []
        while self.buffer:
            end = self.buffer.find(b"\r\n.\r\n" if self.takes_mail else b"\r\n")
            if end < 0:
                break
            if self.takes_mail:
                self.buffer, self.takes_mail = self.buffer[end + 5 :], False
                answers.append(b"250 kept\r\n")
                continue
            verb, self.buffer = self.buffer[:4].upper(), self.buffer[end + 2 :]
            self.takes_mail = verb == b"DATA"
            answers.append(b"354 go on\r\n" if self.takes_mail else ANSWERS.get(verb, b"500 what?\r\n"))
        if answers:
            self.transport.write(b"".join(answers))


def _serve(pipe: Connection) -> None:
    async def main() -> None:
        server = await asyncio.get_running_loop().create_server(Sink, "127.0.0.1", 0)
        pipe.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    uvloop.run(main())


@contextmanager
def sink() -> Iterator[tuple[int, psutil.Process]]:
    """A running sink; answers its port and its process."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(theirs,), daemon=True)
    process.start()
    try:
        yield ours.recv(), psutil.Process(process.pid)
    finally:
        process.terminate()
        process.join()
