"""A load generator in a process of its own: raw sockets, keep-alive, one request at a time on each connection.

`python -m bench.load HOST PORT CONNECTIONS REQUESTS WHAT KEY_OR_PATH` prints {"requests", "seconds", "errors"}.
"""

import asyncio
import base64
import json
import sys
import time
from typing import Any

import uvloop


class Talk(asyncio.Protocol):
    """One connection: sends the next request as soon as the last is answered."""

    def __init__(self, work: "Work") -> None:
        self.work = work
        self.transport: Any = None
        self.buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.next()

    def next(self) -> None:
        request = self.work.request()
        if request is None:
            self.transport.close()
            self.work.closed()
        else:
            self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head, gap, body = self.buffer.partition(b"\r\n\r\n")
        if not gap:
            return
        low = head.lower()
        at = low.find(b"content-length:")
        length = int(low[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
        if len(body) < length:
            return
        self.buffer = b""
        self.work.answered(head[9:12])
        self.next()

    def connection_lost(self, error: Exception | None) -> None:
        if error:
            self.work.errors += 1


class Work:
    """So many requests, shared by all connections."""

    def __init__(self, host: str, port: int, connections: int, requests: int) -> None:
        self.host, self.port, self.connections, self.left = host, port, connections, requests
        self.requests, self.errors, self.open = requests, 0, connections
        self.done = asyncio.get_running_loop().create_future()

    def request(self) -> bytes | None:
        if self.left <= 0:
            return None
        self.left -= 1
        return self.make(self.left)

    def make(self, number: int) -> bytes:
        raise NotImplementedError

    def answered(self, status: bytes) -> None:
        if status[:1] not in b"23":
            self.errors += 1

    def closed(self) -> None:
        self.open -= 1
        if not self.open and not self.done.done():
            self.done.set_result(None)

    async def run(self) -> dict[str, Any]:
        loop = asyncio.get_running_loop()
        begin = time.perf_counter()
        for _ in range(self.connections):
            await loop.create_connection(lambda: Talk(self), self.host, self.port)
        await self.done
        return {"requests": self.requests, "seconds": time.perf_counter() - begin, "errors": self.errors}


class Track(Work):
    """Single events, as a Segment client sends them."""

    key = ""

    def make(self, number: int) -> bytes:
        body = (
            f'{{"anonymousId":"visitor-{number % 50_000}","event":"Pricing viewed","messageId":"b-{number}",'
            '"timestamp":"2026-03-02T10:00:00Z","properties":{"plan":"team","seats":12},'
            '"context":{"page":{"url":"https://site.example/pricing","referrer":"https://www.google.com/"}}}'
        ).encode()
        basic = base64.b64encode(f"{self.key}:".encode())
        head = (
            b"POST /t/v1/track HTTP/1.1\r\nhost: site.example\r\ncontent-type: application/json\r\n"
            b"authorization: Basic "
            + basic
            + b"\r\nuser-agent: Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0\r\ncontent-length: "
        )
        return head + str(len(body)).encode() + b"\r\n\r\n" + body


class Get(Work):
    """The same page again and again."""

    path = "/"

    def make(self, number: int) -> bytes:
        return (
            f"GET {self.path} HTTP/1.1\r\nhost: site.example\r\naccept-language: en\r\n"
            "user-agent: Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0\r\n\r\n"
        ).encode()


async def main() -> None:
    host, port, connections, requests, what, word = sys.argv[1:]
    kind = {"track": Track, "get": Get}[what]
    work = kind(host, int(port), int(connections), int(requests))
    work.key = work.path = word  # type: ignore[attr-defined]
    print(json.dumps(await work.run()))


if __name__ == "__main__":
    uvloop.run(main())
