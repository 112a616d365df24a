"""The collector as the world meets it: by HTTP, on committed data."""

import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import psycopg
import pytest
from django.db import connection

ROOT = Path(__file__).resolve().parents[2]
BROWSER = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"


def database_url() -> str:
    """The address of the test's own database, as libpq takes it."""
    settings = connection.settings_dict
    host = quote(str(settings["HOST"]), safe="")
    return f"postgresql://{settings['USER']}@/{settings['NAME']}?host={host}"


def rows(statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
    """What another process sees, on a connection of its own."""
    with psycopg.connect(database_url(), autocommit=True) as own:
        return own.execute(statement, parameters).fetchall()


def until(holds: Callable[[], bool], within: float = 20.0) -> bool:
    """Wait for a condition; answers whether it came true in time."""
    end = time.monotonic() + within
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


@pytest.fixture
def committed(transactional_db: None) -> None:
    """A database in which other processes see what a test does; made anew afterwards."""


@pytest.fixture
async def client(committed: None, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a collector in this process, on the test's database."""
    from leadwright.capture import collector

    monkeypatch.setattr(collector, "database_url", database_url)
    transport = httpx.ASGITransport(app=collector.app)
    headers = {"user-agent": BROWSER, "accept-language": "en"}
    async with httpx.AsyncClient(transport=transport, base_url="http://site.example", headers=headers) as client:
        yield client
    await collector.stop()
