"""A load generator in a process of its own: keep-alive, one request at a time on each connection, as cheap as may be.

All requests are written before the clock starts, and an answer is looked at only as far as its status and its end: the
generator shares the machine's cores with what it measures.

`python -m bench.load HOST PORT CONNECTIONS REQUESTS WHAT KEY_OR_PATH` prints {"requests", "seconds", "errors", "cpu"}.
"""

import asyncio
import base64
import json
import sys
import time
from collections.abc import Iterator
from typing import Any

import uvloop

BROWSER = "user-agent: Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0\r\n"


class Talk(asyncio.Protocol):
    """One connection: sends the next request as soon as the last is answered."""

    def __init__(self, work: "Work") -> None:
        self.work = work
        self.buffer = b""
        self.write: Any = None

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self.write = transport.write
        self.next()

    def next(self) -> None:
        if request := next(self.work.requests, None):
            self.write(request)
        else:
            self.transport.close()
            self.work.closed()

    def data_received(self, data: bytes) -> None:
        if self.buffer:
            data = self.buffer + data
        if not is_whole(data):
            self.buffer = data
            return
        self.buffer = b""
        if data[9:10] not in b"23":
            self.work.errors += 1
        self.next()

    def connection_lost(self, error: Exception | None) -> None:
        if error:
            self.work.errors += 1


def is_whole(data: bytes) -> bool:
    """Whether an answer has come to its end."""
    end = data.find(b"\r\n\r\n")
    if end < 0:
        return False
    at = data.find(b"content-length: ", 0, end)
    return at < 0 or len(data) >= end + 4 + int(data[at + 16 : data.index(b"\r", at)])


class Work:
    """Requests that all connections share."""

    def __init__(self, host: str, port: int, connections: int, requests: list[bytes]) -> None:
        self.host, self.port, self.connections = host, port, connections
        self.count, self.requests = len(requests), iter(requests)
        self.errors, self.open = 0, connections
        self.done = asyncio.get_running_loop().create_future()

    def closed(self) -> None:
        self.open -= 1
        if not self.open and not self.done.done():
            self.done.set_result(None)

    async def run(self) -> dict[str, Any]:
        loop = asyncio.get_running_loop()
        began, spent = time.perf_counter(), time.process_time()
        for _ in range(self.connections):
            await loop.create_connection(lambda: Talk(self), self.host, self.port)
        await self.done
        seconds, cpu = time.perf_counter() - began, time.process_time() - spent
        return {"requests": self.count, "seconds": seconds, "errors": self.errors, "cpu": cpu}


def track(key: str, count: int) -> Iterator[bytes]:
    """Single events, as a Segment client sends them."""
    basic = base64.b64encode(f"{key}:".encode()).decode()
    for number in range(count):
        body = (
            f'{{"anonymousId":"visitor-{number % 50_000}","event":"Pricing viewed","messageId":"b-{number}",'
            '"timestamp":"2026-03-02T10:00:00Z","properties":{"plan":"team","seats":12},'
            '"context":{"page":{"url":"https://site.example/pricing","referrer":"https://www.google.com/"}}}'
        )
        yield (
            f"POST /t/v1/track HTTP/1.1\r\nhost: site.example\r\ncontent-type: application/json\r\n"
            f"authorization: Basic {basic}\r\n{BROWSER}content-length: {len(body)}\r\n\r\n{body}"
        ).encode()


def form(way: str, count: int) -> Iterator[bytes]:
    """Forms, each of somebody else, as a browser posts them; `way` is the form's path and its token."""
    path, _, token = way.partition(" ")
    for number in range(count):
        body = (
            f"email=person{number}%40firm{number % 5_000}.example&first_name=Ada&last_name=Okafor{number}"
            f"&about=How+much+power&lw_consent=yes&lw_id=f{number:031x}&lw_t={token}"
            f"&lw_vid=v{number:031x}&lw_page=https%3A%2F%2Fsite.example%2Fdemo&utm_source=google&utm_medium=cpc"
        )
        yield (
            f"POST {path} HTTP/1.1\r\nhost: site.example\r\ncontent-type: application/x-www-form-urlencoded\r\n"
            f"accept: application/json\r\naccept-language: en\r\n{BROWSER}content-length: {len(body)}\r\n\r\n{body}"
        ).encode()


def get(path: str, count: int) -> Iterator[bytes]:
    """The same page again and again."""
    request = f"GET {path} HTTP/1.1\r\nhost: site.example\r\naccept-language: en\r\n{BROWSER}\r\n".encode()
    return (request for _ in range(count))


async def main() -> None:
    host, port, connections, count, what, word = sys.argv[1:]
    requests = list({"track": track, "get": get, "form": form}[what](word, int(count)))
    print(json.dumps(await Work(host, int(port), int(connections), requests).run()))


if __name__ == "__main__":
    uvloop.run(main())
