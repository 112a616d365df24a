"""Custom fields in lists: columns, filters, orders by index, views, files; many of them slow nothing."""

import pytest
from django.test import Client
from django.urls import reverse

from leadwright.kit import jobs
from leadwright.profile.fields import definitions, indexes
from leadwright.profile.models import Contact, FieldIndex
from leadwright.workspace.models import Role, SavedView, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def mia(client: Client) -> User:
    user = User.objects.create_user("mia@firm.example", name="Mia", role=Role.MARKETER)
    client.force_login(user)
    return user


@pytest.fixture
def people() -> None:
    definitions.make("contact", "Seats", "number")
    definitions.make("contact", "Region", "choice", options=["North", "South"])
    definitions.make("contact", "Tags", "choices", options=["a", "b"])
    for number, name in enumerate(("Ada", "Ben", "Cleo")):
        own = {
            "seats": 1000 * number,
            "region": "North" if number else "South",
            "tags": ["a"] if number == 1 else ["b"],
        }
        Contact.objects.create(first_name=name, custom=own if name != "Ben" else own | {"seats": 7})
    Contact.objects.create(first_name="Dora")


def shown(client: Client, **query: str) -> str:
    return client.get(reverse("contacts"), query).content.decode()


def test_a_field_is_a_column_where_somebody_chooses_it(client: Client, mia: User, people: None) -> None:
    assert "2,000" not in shown(client)
    page = shown(client, columns="name,own.seats,own.region")
    assert "2,000" in page
    assert "South" in page


def test_filters_are_offered_for_the_columns_shown_and_hold(client: Client, mia: User, people: None) -> None:
    columns = "name,own.region,own.tags,own.seats"
    page = shown(client, columns=columns, **{"own.region": "South"})
    assert "Region is South" in page
    assert ("Ada" in page, "Cleo" in page) == (True, False)
    page = shown(client, columns=columns, **{"own.tags": "a"})
    assert ("Ben" in page, "Cleo" in page) == (True, False)
    page = shown(client, columns=columns, **{"own.seats": "-"})
    assert ("Dora" in page, "Ada" in page) == (True, False)


def test_an_order_is_prepared_and_then_holds(client: Client, mia: User, people: None) -> None:
    query = {"columns": "name,own.seats", "sort": "-own.seats"}
    assert "is being prepared" in shown(client, **query)
    assert FieldIndex.objects.get().key == "seats"
    FieldIndex.objects.update(state=FieldIndex.State.READY)
    page = shown(client, **query)
    places = [
        page.index(f">{name}<") if f">{name}<" in page else page.index(name) for name in ("Cleo", "Ben", "Ada", "Dora")
    ]
    assert places == sorted(places), "the highest first, those without a value last"
    file = b"".join(client.get(reverse("contacts"), query | {"export": "csv"}).streaming_content).decode()
    assert [line.split(",")[-1].strip() for line in file.splitlines()[1:]] == ["2000", "7", "0", ""]


def test_a_view_keeps_its_columns(client: Client, mia: User, people: None) -> None:
    client.post(reverse("contacts"), {"deed": "columns", "column": ["own.seats"]})
    client.post(reverse("contacts"), {"deed": "save-view", "name": "Seats"})
    assert "own.seats" in SavedView.objects.get().query


def test_personal_fields_are_no_columns_for_who_may_not_see_them(client: Client) -> None:
    definitions.make("contact", "Birthday", "date", is_personal=True)
    Contact.objects.create(first_name="Ada", custom={"birthday": "1980-05-01"})
    client.force_login(User.objects.create_user("ben@firm.example", name="Ben", role=Role.REP))
    page = shown(client, columns="name,own.birthday", **{"own.birthday": "~"})
    assert "Birthday" not in page
    assert "1980" not in page


def test_indexes_wait_for_a_connection_outside_of_a_transaction(people: None) -> None:
    indexes.ask(definitions.known("contact")["seats"])
    jobs.settle()
    assert FieldIndex.objects.get().state == FieldIndex.State.WANTED
