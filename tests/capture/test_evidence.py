"""From what a browser shows the collector to what is thought of its click."""

import asyncio
import uuid
from typing import Any

import httpx
import pytest
from django.db import connection

from leadwright.capture import judging, machines
from leadwright.kit import signing
from tests.capture.conftest import BROWSER, rows

UID = uuid.UUID("01890000-0000-7000-8000-000000000001")
CHROME = '"Chromium";v="140", "Google Chrome";v="140", "Not=A?Brand";v="24"'
LINUX = {"sec-ch-ua": CHROME, "sec-ch-ua-platform": '"Linux"', "sec-ch-ua-mobile": "?0"}


def link(number: int = 1) -> str:
    return "/t/c/" + signing.sign("click", [UID.bytes, 7, f"https://site.example/{number}"])


def _judged() -> None:
    try:
        judging.judge()
    finally:
        connection.close()  # of this thread


async def judged() -> list[tuple[Any, ...]]:
    """What counts by now of each click: its probability, and what spoke."""
    await asyncio.to_thread(_judged)
    return rows(
        "SELECT round(human::numeric, 2)::float, reasons FROM capture_judged WHERE kind = 'email_clicked' ORDER BY seq"
    )


async def test_a_browser_whose_name_and_hints_agree_is_believed(client: httpx.AsyncClient) -> None:
    await client.get(link(), headers=LINUX)
    assert await judged() == [(0.75, [])]


@pytest.mark.parametrize(
    "hints",
    [
        {"sec-ch-ua-platform": '"Windows"'},
        {"sec-ch-ua": CHROME.replace("Google Chrome", "HeadlessChrome")},
        {"sec-ch-ua-mobile": "?1"},
        {"user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"},
    ],
)
async def test_a_browser_that_contradicts_itself_is_doubted(client: httpx.AsyncClient, hints: dict[str, str]) -> None:
    await client.get(link(), headers=LINUX | hints)
    assert await judged() == [(0.2, ["contradiction"])]


@pytest.mark.parametrize(
    ("name", "value"),
    [("sec-purpose", "prefetch;prerender"), ("purpose", "prefetch"), ("x-purpose", "preview"), ("x-moz", "prefetch")],
)
async def test_what_a_browser_fetches_ahead_nobody_has_asked_for(
    client: httpx.AsyncClient, name: str, value: str
) -> None:
    await client.get(link(), headers=LINUX | {name: value})
    await client.get(link(), headers=LINUX | {"purpose": "reading"})
    assert await judged() == [(0.1, ["fetched_ahead"]), (0.75, [])]


async def test_who_asks_for_the_heading_only_is_answered_the_same_and_kept(client: httpx.AsyncClient) -> None:
    answer = await client.head(link(), headers={"cookie": "lw_vid=ada"})
    assert (answer.status_code, answer.headers["location"]) == (302, "https://site.example/1")
    assert "set-cookie" not in answer.headers
    assert await judged() == [(0.02, ["head"])]
    assert rows("SELECT count(*) FROM capture_visitor") == [(0,)]
    assert rows("SELECT count(*) FROM profile_identity WHERE kind = 'visitor'") == [(0,)]


@pytest.mark.parametrize("is_first", [True, False])
async def test_a_heading_speaks_against_the_same_program_at_the_same_address(
    client: httpx.AsyncClient, is_first: bool
) -> None:
    scanner, ada = {"x-forwarded-for": "203.0.113.7"}, {"x-forwarded-for": "198.51.100.7"}
    for turn in range(2):
        if is_first is (turn == 0):
            await client.head(link(1), headers=scanner)
        else:
            await client.get(link(2), headers=scanner)
        await judged()
    await client.get(link(2), headers=ada)
    other = {"user-agent": BROWSER.replace("140", "141")}
    await client.get(link(2), headers=scanner | other)
    found = await judged()
    heading, got = ((0.02, ["head"]), (0.05, ["headed"]))
    assert found == [*((heading, got) if is_first else (got, heading)), (0.75, []), (0.75, [])]


async def test_the_heading_of_the_hidden_link_tells_as_much(client: httpx.AsyncClient) -> None:
    await client.get(link())
    await client.head("/t/c/" + signing.sign("click", [UID.bytes, 7, "canary:"]))
    assert await judged() == [(0.02, ["canary"])]


def test_a_phone_is_a_phone() -> None:
    pixel = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari"
    assert not machines.contradicts(pixel, CHROME, '"Android"', "?1")
    assert machines.contradicts(BROWSER, CHROME, '"Linux"', "?1")
