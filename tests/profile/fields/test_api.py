"""Custom fields over the API, and their values in contacts and companies."""

from typing import get_args

import pytest

from leadwright.profile.fields import api as field_api
from leadwright.profile.fields import values
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


def test_a_value_of_a_unique_field_belongs_to_one_record(call: Caller) -> None:
    call("POST", "/fields", {"label": "Badge", "kind": "number", "is_unique": True})
    ada = call("POST", "/contacts", {"email": "ada@nordwind.example", "custom": {"badge": 7}})[1]
    status, refused = call("POST", "/contacts", {"email": "ben@x.example", "custom": {"badge": "7.0"}})
    assert (status, refused["detail"]) == (409, "Another record has this Badge already; it must be unique.")
    told = [
        {"email": "ben@x.example", "custom": {"badge": 8}},
        {"email": "cleo@x.example", "custom": {"badge": 8}},
        {"email": "ada@nordwind.example", "custom": {"badge": 7}},
        {"email": "dan@x.example", "custom": {"badge": 7}},
        {"email": "cleo@x.example", "custom": {"badge": 9}},
    ]
    done = call("POST", "/contacts/batch", {"contacts": told})[1]
    assert [each["state"] for each in done["items"]] == ["created", "refused", "unchanged", "refused", "created"]
    assert call("PATCH", f"/contacts/{ada['id']}", {"custom": {"badge": 8}})[0] == 409
    assert call("PATCH", f"/contacts/{ada['id']}", {"custom": {"badge": 7}})[0] == 200


def test_a_companys_unique_value_is_refused_alike(call: Caller) -> None:
    call("POST", "/fields", {"of": "company", "label": "Tax id", "kind": "text", "is_unique": True})
    call("POST", "/companies", {"name": "Nordwind", "custom": {"tax_id": "DE1"}})
    assert call("POST", "/companies", {"name": "Südwind", "custom": {"tax_id": "de1"}})[0] == 409


def test_role_stage_and_persona_are_set_by_key_or_name(call: Caller) -> None:
    from leadwright.attract.models import Persona

    persona = Persona.objects.create(name="Head of Operations", role="Head")
    told = {"buying_role": "Economic buyer", "buying_stage": "decision", "persona": "head of operations"}
    ada = call("POST", "/contacts", {"email": "ada@nordwind.example"} | told)[1]
    kept = ("economic_buyer", "decision", "Head of Operations")
    assert (ada["buying_role"], ada["buying_stage"], ada["persona"]) == kept
    assert ada["origins"]["persona"]["from"].startswith("API key")
    path = f"/contacts/{ada['id']}"
    emptied = call("PATCH", path, {"buying_role": "", "persona": None})[1]
    assert (emptied["buying_role"], emptied["persona"], emptied["buying_stage"]) == ("", None, "decision")
    assert call("PATCH", path, {"persona": persona.pk})[1]["persona"] == "Head of Operations"
    assert call("PATCH", path, {"buying_role": "boss"})[0] == 422
    wrong = [{"email": "ben@x.example", "persona": "Nobody"}, {"email": "cleo@x.example", "buying_stage": "far"}]
    done = call("POST", "/contacts/batch", {"contacts": wrong})[1]
    assert "Known: head of operations" in done["items"][0]["error"]
    assert "there are awareness" in done["items"][1]["error"]
