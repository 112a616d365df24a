"""Custom fields: definitions that all processes see at once, and past values that no writer can forget."""

import pytest

from leadwright.kit import database, jobs
from leadwright.kit.registries import COMPANY_FIELDS, CONTACT_FIELDS, fields_of
from leadwright.profile import contacts
from leadwright.profile.contacts import Incoming
from leadwright.profile.fields import definitions, values
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
    assert definitions.known("contact")["size"].kind == "text"
    made.kind = "number"
    made.save()
    assert definitions.known("contact")["size"].kind == "number"


def test_renaming_an_option_carries_the_values_along_and_retiring_it_keeps_them() -> None:
    made = definitions.make("contact", "Region", "choice", options=["North", "South"])
    [told] = contacts.upsert([Incoming({"email": "a@b.example", "custom": {"region": "north"}}, "test")])
    definitions.change(made, [{"key": "North", "label": "Scandinavia"}])
    defined = definitions.known("contact")["region"]
    kept = Contact.objects.get(pk=told.contact_id).custom["region"]
    assert values.words(defined, kept) == "Scandinavia"
    assert [option.label for option in defined.offered] == ["Scandinavia"]
    assert [option.label for option in defined.options] == ["Scandinavia", "South"]


def test_a_key_is_made_once_and_never_that_of_a_contacts_own_field() -> None:
    assert definitions.make("contact", "Shoe size", "number").key == "shoe_size"
    with pytest.raises(definitions.NotKept, match="already"):
        definitions.make("contact", "Shoe Size", "text")
    with pytest.raises(definitions.NotKept, match="every record has"):
        definitions.make("contact", "First name", "text")
    with pytest.raises(definitions.NotKept, match="lies below"):
        definitions.make("company", "Rank", "number", lowest=5, highest=1)
    with pytest.raises(definitions.NotKept, match="cannot be read"):
        definitions.make("company", "Code", "text", pattern="(")


def test_values_that_were_there_first_are_brought_into_the_fields_form() -> None:
    for number, seats in enumerate(["12", "1,200", "many", 7]):
        Contact.objects.create(email=f"{number}@b.example", custom={"seats": seats})
    assert [each.key for each in definitions.strangers("contact")] == ["seats"]
    definitions.make("contact", "Seats", "number")
    jobs.settle()
    assert [each.custom["seats"] for each in Contact.objects.order_by("pk")] == [12, 1200, "many", 7]
    assert definitions.strangers("contact") == []


def test_options_are_made_of_what_is_there() -> None:
    Contact.objects.create(custom={"tier": "gold"})
    made = definitions.make("contact", "Tier", "choice")
    jobs.settle()
    made.refresh_from_db()
    assert [each["label"] for each in made.options] == ["gold"]


def test_a_deleted_field_takes_its_values_along_and_leaves_them_in_the_past() -> None:
    made = definitions.make("contact", "Seats", "number")
    ada = Contact.objects.create(custom={"seats": 3, "other": 1})
    assert definitions.filled(made) == 1
    definitions.delete(made)
    assert "seats" not in definitions.known("contact")
    jobs.settle()
    ada.refresh_from_db()
    assert ada.custom == {"other": 1}
    assert ada.past_values.get().value == 3
    assert not CustomField.objects.exists()


def test_fields_stand_in_the_order_people_give_them() -> None:
    for name in "abc":
        made = definitions.make("contact", name, "text")
    definitions.move(made, -2)
    assert list(definitions.known("contact")) == ["c", "a", "b"]
    definitions.arrange("contact", ["b", "a"])
    assert list(definitions.known("contact")) == ["b", "a", "c"]


def test_a_site_or_a_form_loses_only_the_value_that_does_not_fit() -> None:
    definitions.make("contact", "Seats", "number")
    told = {"email": "a@b.example", "seats": "many", "plan": "pro"}
    [made] = contacts.upsert([Incoming(told, "identify")])
    assert Contact.objects.get(pk=made.contact_id).custom == {"plan": "pro"}
    [refused] = contacts.upsert([Incoming(told, "API key", is_strict=True)])
    assert "“Seats” takes a number" in refused.error


def test_a_mail_says_what_an_option_is_called_today() -> None:
    definitions.make("contact", "Region", "choice", options=[{"key": "North", "label": "Scandinavia"}, "South"])
    definitions.make("contact", "Tags", "choices", options=[{"key": "a", "label": "Alpha"}])
    renamed = definitions.renamed("contact")
    assert renamed == {"region": {"North": "Scandinavia"}, "tags": {"a": "Alpha"}}
    assert definitions.today(renamed["tags"], ["a", "b"]) == ["Alpha", "b"]
