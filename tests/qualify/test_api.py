"""Leads, segments and scores through the REST API."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from leadwright.kit import jobs
from leadwright.profile.models import Contact
from leadwright.qualify import scores
from leadwright.qualify.models import Lead
from leadwright.workspace import keys

Call = Callable[..., Any]


@pytest.fixture
def call(noon: object) -> Call:
    _, secret = keys.create("write", name="site")
    client = Client(headers={"Authorization": f"Bearer {secret}"})

    def send(method: str, path: str, data: Any = None, status: int = 200) -> Any:
        answer = client.generic(
            method, f"/api/v1{path}", data=__import__("json").dumps(data or {}), content_type="application/json"
        )
        assert answer.status_code == status, answer.content
        return answer.json()

    return send


def test_a_lead_is_opened_changed_moved_and_listed(call: Call, ada: Contact) -> None:
    made = call("POST", "/leads", {"email": "ADA@example.com", "interest": "Demo"}, 201)
    assert (made["contact"], made["stage"], made["source"]) == (ada.pk, "new", "api")
    again = call("POST", "/leads", {"contact": ada.pk, "interest": "Prices"})
    assert (again["id"], again["interest"]) == (made["id"], "Demo · Prices")
    call("PATCH", f"/leads/{made['id']}", {"value": "99.50"})
    moved = call("POST", f"/leads/{made['id']}/move", {"to": "lost", "reason": "Price"})
    assert (moved["stage"], moved["reason"], moved["value"]) == ("lost", "Price", "99.50")
    assert Lead.objects.get().moves.get(to_stage="lost").actor == "API key site"
    assert [lead["id"] for lead in call("GET", "/leads?stage=lost")["items"]] == [made["id"]]
    assert call("GET", "/leads?stage=new")["items"] == []


def test_what_cannot_be_is_answered_with_a_sentence(call: Call, ada: Contact) -> None:
    lead = call("POST", "/leads", {"contact": ada.pk}, 201)
    move = f"/leads/{lead['id']}/move"
    assert "Choose one of" in call("POST", move, {"to": "lost", "reason": "?"}, 422)["detail"]
    assert "already" in call("POST", move, {"to": "new"}, 409)["detail"]
    assert "no stage" in call("POST", move, {"to": "moon"}, 422)["detail"]
    assert "no active user" in call("POST", move, {"to": "sal", "user": 0x7FFF}, 422)["detail"]
    assert "no such contact" in call("POST", "/leads", {"email": "who@example.com"}, 422)["detail"]


def test_the_same_external_id_is_one_lead(call: Call, ada: Contact) -> None:
    first = call("POST", "/leads", {"contact": ada.pk, "external_id": "x1"}, 201)
    assert call("POST", "/leads", {"contact": ada.pk, "external_id": "x1"})["id"] == first["id"]


def test_pages_follow_each_other(call: Call, ada: Contact) -> None:
    for number in range(3):
        call("POST", "/leads", {"contact": ada.pk, "external_id": str(number)}, 201)
    first = call("GET", "/leads?limit=2")
    assert len(first["items"]) == 2
    second = call("GET", first["next"].split("/api/v1")[1])
    assert (len(second["items"]), second["next"]) == (1, None)


def test_segments_are_made_asked_and_refused(call: Call, ada: Contact) -> None:
    heads = {"kind": "contact", "field": "title", "is": "contains", "value": "head"}
    made = call("POST", "/segments", {"name": "Heads", "conditions": heads}, 201)
    jobs.settle()
    assert call("GET", f"/segments/{made['id']}")["size"] == 1
    assert [row["contact"] for row in call("GET", f"/segments/{made['id']}/members")["items"]] == [ada.pk]
    refused = call("POST", "/segments", {"name": "X", "conditions": {"kind": "moon"}}, 422)
    assert "no kind of condition" in refused["errors"][0]["say"]
    assert "Heads" in [each["name"] for each in call("GET", "/segments")["items"]]
    call("POST", "/segments", {"name": "Heads", "conditions": {}}, 422)


def test_a_score_says_why(call: Call, ada: Contact, did: Callable[..., uuid.UUID]) -> None:
    scores.ensure_rules()
    did(ada, "form_submitted", "demo")
    jobs.settle()
    told = call("GET", f"/contacts/{ada.pk}/score")
    assert (told["fit"], told["engagement"], told["grade"]) == (15, 20.0, "B2")
    assert {line["rule"] for line in told["why"]} == {"Decides", "Sent a form"}
