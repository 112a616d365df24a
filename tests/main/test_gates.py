"""The gate between the demo's past and today."""

import asyncio
import threading

import pytest

from leadwright.main.demo import gates
from leadwright.workspace.models import Workspace
from tests.capture.conftest import database_url

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def visit(monkeypatch):
    """Asks an application behind a gate, in a thread; answers the thread and the paths that it was asked for."""
    monkeypatch.setattr(gates.config, "database_url", database_url)
    asked = []

    async def application(scope, receive, send):
        asked.append(scope["path"])

    def go(*requests):
        async def ask():
            gate = gates.Gate()
            app = gates.gated(application, gate)
            for method, path in requests:
                await app({"type": "http", "method": method, "path": path}, None, None)
            await gate.close()

        thread = threading.Thread(target=lambda: asyncio.run(ask()))
        thread.start()
        return thread, asked

    return go


def test_who_reads_passes_and_who_writes_waits_to_be_let_through(visit):
    with gates.closed():
        assert not gates.is_wanted()
        thread, asked = visit(("GET", "/"), ("POST", "/t/f/demo"))
        while not gates.is_wanted():
            assert thread.is_alive()
        assert asked == ["/"]
        gates.let_through()
        thread.join()
    assert asked == ["/", "/t/f/demo"]


def test_once_the_past_is_lived_it_stays_open(visit):
    Workspace.objects.update_or_create(pk=1, defaults={"demo": {"past": {"done": True}}})
    thread, asked = visit(("POST", "/one"))
    thread.join()
    gate = gates.Gate()

    async def pass_once():
        async with gate.passed():
            pass

    asyncio.run(pass_once())
    assert (asked, gate.is_open, gate.line) == (["/one"], True, None)
