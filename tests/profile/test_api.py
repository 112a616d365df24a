import json
from typing import Any

import pytest
from django.test import Client

from leadwright.profile.models import Contact, Suppression
from leadwright.workspace import keys
from leadwright.workspace.models import Role, User
from tests.capture.test_judging import hit, judged

pytestmark = pytest.mark.django_db


class Caller:
    """A program with a key."""

    def __init__(self, scope: str, user: User | None = None) -> None:
        self.client = Client(headers={"Authorization": f"Bearer {keys.create(scope, user=user)[1]}"})

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        answer = self.client.generic(
            method, f"/api/v1{path}", json.dumps(body) if body is not None else "", "application/json", headers=headers
        )
        return answer.status_code, answer.json()


@pytest.fixture
def call() -> Caller:
    return Caller("write")


def test_a_contact_is_made_changed_found_and_forgotten(call: Caller) -> None:
    status, ada = call("POST", "/contacts", {"email": "Ada@Nordwind.example", "first_name": "Ada", "plan": "pro"})
    assert status == 201
    assert (ada["custom"], ada["company"]["domain"]) == ({"plan": "pro"}, "nordwind.example")
    assert call("POST", "/contacts", {"email": "ada@nordwind.example", "last_name": "Okafor"})[0] == 200
    assert call("PATCH", f"/contacts/{ada['id']}", {"first_name": "", "title": "Head"})[1]["title"] == "Head"
    found = call("GET", "/contacts?email=ADA@nordwind.example")[1]["items"]
    assert [(each["first_name"], each["last_name"]) for each in found] == [("", "Okafor")]
    status, receipt = call("DELETE", f"/contacts/{ada['id']}")
    assert status == 200
    assert receipt["forgotten"]["profile_contact"] == 1
    assert call("GET", f"/contacts/{ada['id']}")[0] == 404
    assert Suppression.objects.get().email_key.startswith("sha256:")


def test_a_batch_tells_of_each_what_became_of_it(call: Caller) -> None:
    told = [
        {"email": "ada@nordwind.example", "external_id": "1"},
        {"email": "not an address"},
        {"email": "ben@other.example", "external_id": "2"},
        {"email": "ada@nordwind.example", "external_id": "2"},
        {"email": "ADA@nordwind.example", "city": "Bergen"},
        {"first_name": "Nobody"},
    ]
    status, answer = call("POST", "/contacts/batch", {"contacts": told})
    assert status == 200
    assert [each["state"] for each in answer["items"]] == [
        "created",
        "refused",
        "created",
        "refused",
        "updated",
        "refused",
    ]
    assert "two people must not become one" in answer["items"][3]["error"]
    assert Contact.objects.count() == 2
    assert call("POST", "/contacts/batch", {"contacts": told[:1] * 1_001})[0] == 422


def test_a_repeated_call_is_done_once(call: Caller) -> None:
    key = {"Idempotency-Key": "k1"}
    first = call("POST", "/contacts", {"email": "ada@nordwind.example"}, **key)
    again = call("POST", "/contacts", {"email": "ada@nordwind.example"}, **key)
    assert first == again
    assert first[0] == 201
    assert call("POST", "/contacts", {"email": "ben@other.example"}, **key)[0] == 422


def test_lists_come_in_pages(call: Caller) -> None:
    call("POST", "/contacts/batch", {"contacts": [{"email": f"p{n}@nordwind.example"} for n in range(5)]})
    seen, address = [], "/contacts?limit=2"
    while address:
        answer = call("GET", address)[1]
        seen += [each["email"] for each in answer["items"]]
        address = answer["next"] and answer["next"].partition("/api/v1")[2]
    assert seen == [f"p{n}@nordwind.example" for n in reversed(range(5))]


def test_activities_are_found_by_kind_name_and_contact(call: Caller) -> None:
    for name in ("Pricing viewed", "Signed up", "Pricing viewed"):
        hit("track", {"userId": "u1", "event": name}, key_id=1, user_agent="analytics-python/2")
    hit("identify", {"userId": "u1", "traits": {"email": "ada@nordwind.example"}}, key_id=1)
    judged()
    items = call("GET", "/activities?kind=track&name=Pricing+viewed&contact=ada@nordwind.example")[1]["items"]
    assert [each["contact"]["email"] for each in items] == ["ada@nordwind.example"] * 2
    first = call("GET", "/activities?limit=3")[1]
    assert len(first["items"]) == 3
    assert len(call("GET", first["next"].partition("/api/v1")[2])[1]["items"]) == 1
    assert call("GET", "/activities?contact=nobody@nordwind.example")[1]["items"] == []
    assert len(call("GET", "/activities?after=2020-01-01T00:00:00Z")[1]["items"]) == 4
    assert call("GET", "/activities?after=2099-01-01T00:00:00Z")[1]["items"] == []
    assert call("GET", "/activities?after=yesterday")[0] == 422


def test_a_reps_key_does_not_show_another_reps_contact(call: Caller) -> None:
    rep = User.objects.create_user("rep@firm.example", name="Rep", role=Role.REP)
    other = User.objects.create_user("other@firm.example", name="Other", role=Role.REP)
    call("POST", "/contacts", {"email": "cleo@nordwind.example"})
    Contact.objects.update(owner=other)
    cleo = Contact.objects.get()
    mine = Caller("write", user=rep)
    assert mine("GET", "/contacts")[1]["items"] == []
    for method, status in (("GET", 404), ("PATCH", 404), ("DELETE", 403)):
        assert mine(method, f"/contacts/{cleo.pk}", {} if method == "PATCH" else None)[0] == status


def test_a_reading_key_cannot_write() -> None:
    assert Caller("read")("POST", "/contacts", {"email": "ada@nordwind.example"})[0] == 403
