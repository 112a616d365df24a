"""From one of the firm's sites to another: who may be said to come, and for how long."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from leadwright.capture.crossings import LASTS
from leadwright.kit import clock, signing
from leadwright.workspace import keys
from tests.conftest import NOON

SHOP = {"origin": "https://shop.example", "x-forwarded-for": "198.51.100.7"}
BLOG = SHOP | {"origin": "https://www.blog.example"}


@pytest.fixture
def key(committed: None) -> str:
    return keys.create("collect", allowed_origins=["shop.example", "*.blog.example"])[1]


async def cross(client: httpx.AsyncClient, key: str, headers: dict[str, str], **told: Any) -> httpx.Response:
    return await client.post("/t/v1/cross", json={"writeKey": key} | told, headers=headers)


async def leaves(client: httpx.AsyncClient, key: str, **headers: str) -> str:
    told = {"anonymousId": "v1", "domains": ["shop.example", "blog.example"]}
    answer = await cross(client, key, SHOP | headers, **told)
    assert answer.headers["access-control-allow-origin"] == "https://shop.example"
    return str(answer.json()["token"])


async def arrives(client: httpx.AsyncClient, key: str, token: str, **headers: str) -> str:
    answer = await cross(client, key, BLOG | headers, token=token)
    assert answer.status_code == 200
    return str(answer.json()["id"])


async def test_a_visitor_arrives_within_two_minutes(client: httpx.AsyncClient, key: str) -> None:
    clock.set_to(NOON)
    token = await leaves(client, key)
    assert await arrives(client, key, token) == "v1"
    clock.advance(LASTS - timedelta(seconds=1))
    assert await arrives(client, key, token) == "v1"
    clock.advance(timedelta(seconds=2))
    assert await arrives(client, key, token) == ""


@pytest.mark.parametrize(
    "headers",
    [
        {"user-agent": "Another/1.0"},
        {"x-forwarded-for": "203.0.113.9"},
        {"origin": "https://shop.blog.example.evil.example"},
        {"sec-gpc": "1"},
    ],
)
async def test_nobody_else_arrives_by_it(client: httpx.AsyncClient, key: str, headers: dict[str, str]) -> None:
    token = await leaves(client, key)
    answer = await cross(client, key, BLOG | headers, token=token)
    assert answer.status_code == 403 or answer.json() == {"id": ""}


async def test_a_site_that_was_not_named_learns_nothing(client: httpx.AsyncClient, key: str) -> None:
    told = {"anonymousId": "v1", "domains": ["shop.example"]}
    token = (await cross(client, key, SHOP, **told)).json()["token"]
    assert await arrives(client, key, token) == ""


async def test_a_forged_token_leads_nowhere(client: httpx.AsyncClient, key: str) -> None:
    clock.set_to(NOON)
    token = await leaves(client, key)
    other = signing.sign("click", ["v1", ["blog.example"], b"x"])
    bare = signing.sign("cross", "v1")
    for forged in (token[:-1], f"A{token}", "", "x", "%00", other, bare, {"a": 1}, None, 7, "x" * 5_000):
        answer = await cross(client, key, BLOG, token=forged)
        assert (answer.status_code, answer.json()) == (200, {"id": ""})


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ({}, "anonymousId"),
        ({"anonymousId": "x" * 91, "domains": ["a"]}, "anonymousId"),
        ({"anonymousId": "v1"}, "domains"),
        ({"anonymousId": "v1", "domains": "blog.example"}, "domains"),
        ({"anonymousId": "v1", "domains": ["x"] * 21}, "domains"),
        ({"anonymousId": "v1", "domains": [7]}, "domains"),
    ],
)
async def test_what_cannot_be_signed_is_refused_in_words(
    client: httpx.AsyncClient, key: str, told: dict[str, Any], says: str
) -> None:
    answer = await cross(client, key, SHOP, **told)
    assert answer.status_code == 400
    assert says in answer.json()["error"]


async def test_without_a_key_for_the_site_nothing_is_signed(client: httpx.AsyncClient, key: str) -> None:
    told = {"anonymousId": "v1", "domains": ["blog.example"]}
    assert (await cross(client, key, {"origin": "https://evil.example"}, **told)).status_code == 403
    assert (await cross(client, "lw_wrong", SHOP, **told)).status_code == 401
    assert (await client.get("/t/v1/cross")).status_code == 405
