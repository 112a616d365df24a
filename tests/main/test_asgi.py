import asyncio

from leadwright.main import asgi


class Awaitable:
    """What a server may answer instead of a coroutine."""

    def __await__(self):
        yield from asyncio.sleep(0).__await__()
        return {"type": "http.request", "body": b"x=1", "more_body": False}


async def test_django_can_read_a_body_whatever_kind_of_awaitable_the_server_gives(monkeypatch):
    read = []

    async def django(scope, receive, send):
        asked = receive()
        assert asyncio.iscoroutine(asked)
        read.append((await asked)["body"])

    monkeypatch.setattr(asgi, "django", django)
    await asgi.app({"type": "http", "path": "/app/"}, Awaitable, None)
    assert read == [b"x=1"]
