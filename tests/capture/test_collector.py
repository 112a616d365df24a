import base64
from typing import Any

import httpx
import pytest

from leadwright.workspace import keys
from tests.capture.conftest import rows


def hits() -> list[tuple[Any, ...]]:
    return rows("SELECT kind, message_id, payload, key_id FROM capture_hit ORDER BY tx, id")


@pytest.fixture
def key(committed: None) -> str:
    return keys.create("collect")[1]


def basic(key: str) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(f"{key}:".encode()).decode()}


async def test_a_call_is_kept_before_it_is_answered(client: httpx.AsyncClient, key: str) -> None:
    answer = await client.post(
        "/t/v1/track", json={"userId": "u1", "event": "Seen", "messageId": "m1"}, headers=basic(key)
    )
    assert (answer.status_code, answer.json()) == (200, {"success": True})
    found = hits()
    assert [(kind, message) for kind, message, *_ in found] == [("track", "m1")]
