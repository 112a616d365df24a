"""Custom fields: definitions that all processes see at once, and past values that no writer can forget."""

import pytest

from leadwright.kit import database
from leadwright.kit.registries import COMPANY_FIELDS, CONTACT_FIELDS, fields_of
from leadwright.profile import fields
from leadwright.profile.models import Company, Contact, CustomField, PastValue

pytestmark = pytest.mark.django_db


def test_earlier_packages_learn_the_fields_as_they_are_now() -> None:
    assert "custom.region" not in fields_of(CONTACT_FIELDS)
    CustomField.objects.create(
        of="contact", key="region", label="Region", kind="choice", options=[{"key": "North", "label": "Far north"}]
    )
    found = fields_of(CONTACT_FIELDS)["custom.region"]
    assert found.options == (("North", "Far north"),)
    assert found.read("far North") == "North"
    assert "custom.region" not in fields_of(COMPANY_FIELDS)
    assert fields_of(CONTACT_FIELDS)["email"].is_personal


def test_whoever_changes_a_contact_leaves_what_it_said_before() -> None:
    made = Contact.objects.create(
        first_name="Ada", custom={"region": "North", "size": 5}, origins={"first_name": {"from": "import 3"}}
    )
    made.first_name, made.city, made.custom = "Adah", "Kiel", {"size": 5}
    made.save()
    past = {each.field: each for each in PastValue.objects.all()}
    assert past["first_name"].value == "Ada"
    assert past["first_name"].origin == {"from": "import 3"}
    assert past["custom.region"].value == "North"
    assert set(past) == {"first_name", "custom.region"}, "what was blank before leaves nothing"
    database.execute("DELETE FROM profile_identity")
    database.execute("DELETE FROM profile_contact")
    assert not PastValue.objects.exists()


def test_a_company_keeps_its_past_too() -> None:
    made = Company.objects.create(name="Nordwind", size=5)
    Company.objects.update(size=6)
    assert [(each.field, each.value) for each in made.past_values.all()] == [("size", 5)]


def test_a_changed_definition_is_seen_at_once() -> None:
    made = CustomField.objects.create(of="contact", key="size", label="Size", kind="text")
    assert fields.definitions("contact")["size"].kind == "text"
    made.kind = "number"
    made.save()
    assert fields.definitions("contact")["size"].kind == "number"
