"""Custom fields over the API, and their values in contacts and companies."""

from typing import get_args

import pytest

from leadwright.profile import field_api, values
from tests.profile.test_api import Caller

pytestmark = pytest.mark.django_db


@pytest.fixture
def call() -> Caller:
    return Caller("admin")


def test_a_field_is_defined_filled_renamed_and_taken_away(call: Caller) -> None:
    status, made = call("POST", "/fields", {"label": "Region", "kind": "choice", "options": ["North", "South"]})
    assert (status, made["key"], made["options"][0]["key"]) == (201, "region", "North")
    assert call("POST", "/fields", {"label": "Region", "kind": "text"})[0] == 409
    contact = call("POST", "/contacts", {"email": "ada@nordwind.example", "custom": {"region": "south"}})[1]
    assert contact["custom"] == {"region": "South"}
    assert contact["origins"]["custom.region"]["from"].startswith("API key")
    status, wrong = call("POST", "/contacts", {"email": "ada@nordwind.example", "custom": {"region": "west"}})
    assert status == 422
    assert "one of North, South" in wrong["detail"]
    renamed = call("PATCH", f"/fields/{made['id']}", {"options": [{"key": "South", "label": "Med"}]})[1]
    assert [(each["label"], each["is_retired"]) for each in renamed["options"]] == [("Med", False), ("North", True)]
    assert call("PATCH", f"/contacts/{contact['id']}", {"custom": {"region": None}})[1]["custom"] == {}
    assert call("GET", "/fields?of=contact")[1]["items"][0]["key"] == "region"
    assert call("DELETE", f"/fields/{made['id']}")[1]["values"] == 0
    assert call("GET", "/fields")[1]["items"] == []


def test_unknown_fields_are_kept_or_refused_as_the_caller_wants(call: Caller) -> None:
    call("POST", "/fields", {"label": "Seats", "kind": "number"})
    told = [{"email": "ada@nordwind.example", "custom": {"seets": 3}}]
    refused = call("POST", "/contacts/batch", {"contacts": told, "unknown": "refuse"})[1]
    assert refused["refused"] == 1
    assert "no custom field “seets”. Known: seats" in refused["items"][0]["error"]
    assert call("POST", "/contacts/batch", {"contacts": told})[1]["created"] == 1


def test_a_companys_fields_are_read_alike(call: Caller) -> None:
    call("POST", "/fields", {"of": "company", "label": "Revenue", "kind": "money"})
    made = call("POST", "/companies", {"name": "Nordwind", "custom": {"revenue": "1,250.5"}})[1]
    assert made["custom"] == {"revenue": 1250.5}
    assert made["origins"]["custom.revenue"]["from"].startswith("API key")
    assert call("PATCH", f"/companies/{made['id']}", {"custom": {"revenue": "lots"}})[0] == 422


def test_only_who_may_define_fields_does() -> None:
    assert Caller("write")("POST", "/fields", {"label": "X", "kind": "text"})[0] == 403


def test_the_api_names_every_kind() -> None:
    assert get_args(field_api.Kind) == tuple(values.KINDS)
