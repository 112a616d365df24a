import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from leadwright.capture import judging
from leadwright.capture.judging import backlogs
from leadwright.capture.models import Activity, Refusal, Visitor
from leadwright.kit import clock, database

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 2, 10, tzinfo=UTC)
BROWSER = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"


def hit(kind: str, payload: dict[str, Any], at: datetime = AT, **more: Any) -> None:
    import json

    columns = {
        "received_at": at,
        "kind": kind,
        "message_id": uuid.uuid4().hex,
        "key_id": None,
        "user_agent": BROWSER,
        "address": "127.0.0.1",
    } | more
    database.execute(
        "INSERT INTO capture_hit (received_at, kind, message_id, key_id, user_agent, address, payload) VALUES "
        "(%(received_at)s, %(kind)s, %(message_id)s, %(key_id)s, %(user_agent)s, %(address)s, %(payload)s::jsonb)",
        payload=json.dumps({"lw": {"language": "en"}} | payload),
        **columns,
    )


def page(url: str, visitor: str = "v1", referrer: str = "", **more: Any) -> None:
    hit("page", {"anonymousId": visitor, "context": {"page": {"url": url, "referrer": referrer}}}, **more)


def judged() -> list[Activity]:
    with clock.frozen(AT + timedelta(days=1)):
        judging.judge()
    return list(Activity.objects.order_by("seq"))


def test_a_page_view_becomes_an_activity_of_its_visitor() -> None:
    page("https://site.example/pricing?utm_source=google&utm_medium=cpc")
    [activity] = judged()
    visitor = Visitor.objects.get()
    assert (activity.kind, activity.name, activity.channel) == ("page", "/pricing", "Paid Search")
    assert activity.subject_id == visitor.id
    assert visitor.first_channel == "Paid Search"


def test_a_message_that_was_sent_twice_counts_once() -> None:
    for _ in range(2):
        page("https://site.example/", message_id="m1")
    judged()
    page("https://site.example/", message_id="m1")
    assert len(judged()) == 1
    assert list(Refusal.objects.values_list("reason", flat=True)) == ["repeated", "repeated"]


def test_a_hit_that_nobody_foresaw_is_set_aside_as_failed_and_holds_up_nobody() -> None:
    page("https://site.example/before", "v1")
    page("https://site.example/odd", "v2", message_id="odd")
    page("https://site.example/after", "v3")
    database.execute("UPDATE capture_hit SET payload = '[]' WHERE message_id = 'odd'")
    assert [each.name for each in judged()] == ["/before", "/after"]
    refused = Refusal.objects.get()
    assert (refused.reason, refused.received_at) == ("failed", AT)


def test_the_next_hits_are_found_in_order_without_looking_at_all_that_wait() -> None:
    """Sorted anew for each set, a million hits that wait would cost fifty times what a set costs."""
    database.execute("SET LOCAL enable_seqscan = off")
    database.execute("SET LOCAL enable_bitmapscan = off")
    asked = {"tx": 0, "id": 0, "limit": 10, "horizon": database.horizon()}
    plan = " ".join(row[0] for row in database.rows(f"EXPLAIN {backlogs.SQL['next']}", **asked))
    assert "capture_hit_log" in plan
    assert "Sort" not in plan


def test_a_visitor_is_remembered_from_set_to_set() -> None:
    page("https://site.example/?utm_source=google&utm_medium=cpc")
    judged()
    hit("track", {"anonymousId": "v1", "event": "$human"}, AT + timedelta(minutes=1))
    page("https://site.example/next", received_at=AT + timedelta(minutes=2))
    [_, later] = judged()
    visitor = Visitor.objects.get()
    assert visitor.confirmed_at == AT + timedelta(minutes=1)
    assert (visitor.first_seen_at, visitor.last_seen_at) == (AT, AT + timedelta(minutes=2))
    assert visitor.first_touch["page"] == "https://site.example/?utm_source=google&utm_medium=cpc"
    assert (later.session_id, later.channel) == (visitor.session_id, "Paid Search")
