"""Settings > Fields: define, order, rename options, retire, delete with a count."""

import pytest
from django.test import Client
from django.urls import reverse

from leadwright.kit import jobs
from leadwright.profile.fields import definitions
from leadwright.profile.models import Contact, CustomField
from leadwright.workspace.models import Role, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(client: Client) -> User:
    user = User.objects.create_user("ann@firm.example", name="Ann", role=Role.ADMINISTRATOR)
    client.force_login(user)
    return user


def test_a_field_is_defined_on_the_screen(client: Client, admin: User) -> None:
    assert "No fields of your own yet" in client.get(reverse("fields")).content.decode()
    told = {"label": "Region", "kind": "choice", "new_options": "North\nSouth", "is_personal": "on"}
    assert client.post(reverse("field_new"), told).status_code == 302
    page = client.get(reverse("fields")).content.decode()
    assert "Region" in page
    assert "personal" in page
    assert "already" in client.post(reverse("field_new"), told).content.decode()
    wrong = client.post(reverse("field_new"), {"label": "N", "kind": "text", "pattern": "("}).content.decode()
    assert "This pattern cannot be read" in wrong


def test_options_are_renamed_and_retired_in_place(client: Client, admin: User) -> None:
    made = definitions.make("contact", "Region", "choice", options=["North", "South"])
    assert 'value="North"' in client.get(reverse("field_edit", args=[made.pk])).content.decode()
    told = {
        "label": "Region",
        "kind": "choice",
        "option-0": "Far north",
        "option-1": "South",
        "retired-1": "on",
        "new_options": "East",
    }
    assert client.post(reverse("field_edit", args=[made.pk]), told).status_code == 302
    made.refresh_from_db()
    assert [(each["key"], each["label"], each["is_retired"]) for each in made.options] == [
        ("North", "Far north", False),
        ("South", "South", True),
        ("East", "East", False),
    ]


def test_deleting_names_the_count_and_offers_the_values_first(client: Client, admin: User) -> None:
    made = definitions.make("contact", "Seats", "number")
    Contact.objects.create(email="ada@nordwind.example", custom={"seats": 3})
    page = client.get(reverse("field_delete", args=[made.pk])).content.decode()
    assert "1 contact" in page
    file = b"".join(client.get(reverse("field_export", args=[made.pk])).streaming_content).decode()
    assert "ada@nordwind.example,3" in file
    client.post(reverse("field_delete", args=[made.pk]))
    jobs.settle()
    assert not CustomField.objects.exists()
    assert Contact.objects.get().custom == {}


def test_fields_are_moved_and_retired(client: Client, admin: User) -> None:
    one, two = definitions.make("contact", "One", "text"), definitions.make("contact", "Two", "text")
    client.post(reverse("field_arrange", args=[two.pk]), {"step": "up"})
    assert list(definitions.known("contact")) == ["two", "one"]
    client.post(reverse("field_arrange", args=[two.pk]), {"order": "one,two"})
    assert list(definitions.known("contact")) == ["one", "two"]
    client.post(reverse("field_retire", args=[one.pk]))
    assert definitions.known("contact")["one"].is_retired
    client.post(reverse("field_retire", args=[one.pk]), {"back": "1"})
    assert not definitions.known("contact")["one"].is_retired


def test_values_nobody_described_are_offered(client: Client, admin: User) -> None:
    Contact.objects.create(custom={"plan": "pro"})
    assert "plan" in client.get(reverse("field_strangers")).content.decode()
    assert 'value="plan"' in client.get(reverse("field_new"), {"key": "plan", "kind": "text"}).content.decode()


def test_a_rep_defines_no_fields(client: Client) -> None:
    client.force_login(User.objects.create_user("ben@firm.example", name="Ben", role=Role.REP))
    assert client.get(reverse("fields")).status_code == 403
