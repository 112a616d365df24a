"""What a search finds contacts and companies by."""

import pytest

from leadwright.kit import database, jobs
from leadwright.profile import searches
from leadwright.profile.models import Company, CompanyWords, Contact, ContactWords, WordsDue
from leadwright.ui.lists import by_words

pytestmark = pytest.mark.django_db


def found(words: str) -> set[str]:
    return {contact.name for contact in by_words(Contact.objects.all(), words)}


def asked(words: str) -> set[str]:
    return {contact.name for contact in Contact.objects.filter(sought_by__words=searches.asked(words))}


@pytest.fixture
def ada() -> Contact:
    return Contact.objects.create(
        first_name="Ada", last_name="Löwe-Klein", title="Head of Operations", external_id="K-17",
        email="Ada.Lowe@north-mill.example", email_key="ada.lowe@north-mill.example",
    )  # fmt: skip


@pytest.mark.parametrize(
    "words",
    ["ada", "löwe", "klein", "LÖWE-KLEIN", "oper head", "k-17", "mill", "ada.lowe@north-mill.example", "low nor"],
)
def test_a_contact_is_found_by_the_beginning_of_each_of_its_words(ada: Contact, words: str) -> None:
    assert found(words) == {"Ada Löwe-Klein"}


@pytest.mark.parametrize("words", ["ben", "ada ben", "da", "west"])
def test_no_other_words_find_it(ada: Contact, words: str) -> None:
    assert found(words) == set()


@pytest.mark.parametrize(
    "words",
    [
        "ada",
        "ada.lowe@north-mill.example",
        '"head of operations"',
        "ada -ben",
        "ben or ada",
        "Ada.LOWE@North-Mill.example",
    ],
)
def test_programs_ask_as_they_ask_a_search_engine(ada: Contact, words: str) -> None:
    assert asked(words) == {"Ada Löwe-Klein"}


def test_a_search_follows_what_a_contact_is_called_and_forgets_what_it_was_called(ada: Contact) -> None:
    Contact.objects.update(last_name="Stone", email="ada@south.example")
    assert (found("stone"), found("south"), found("löwe"), found("mill")) == (
        {"Ada Stone"},
        {"Ada Stone"},
        set(),
        set(),
    )


def test_what_is_removed_leaves_no_words_behind(ada: Contact) -> None:
    database.execute("DELETE FROM profile_contact")
    assert not ContactWords.objects.exists()


def test_companies_are_found_by_name_city_and_domain() -> None:
    Company.objects.create(name="North Mill", city="Leeds", domain="mill-works.example")
    for words in ("north", "leeds", "works", "mill-works.example"):
        assert by_words(Company.objects.all(), words).count() == 1
    Company.objects.all().delete()
    assert not CompanyWords.objects.exists()


def test_bulk_is_found_a_little_later() -> None:
    with database.atomic():
        database.execute(searches.LATER)
        Contact.objects.bulk_create([Contact(first_name="Ada"), Contact(first_name="Ben")])
        Company.objects.create(name="North Mill")
    assert found("ada") == set()
    jobs.wake("contacts")
    jobs.settle()
    assert (found("ada"), found("ben")) == ({"Ada"}, {"Ben"})
    assert by_words(Company.objects.all(), "mill").exists()
    assert not WordsDue.objects.exists()


def test_catching_up_brings_back_neither_old_words_nor_people_who_went() -> None:
    with database.atomic():
        database.execute(searches.LATER)
        ada, ben = Contact.objects.bulk_create([Contact(first_name="Ada"), Contact(first_name="Ben")])
    Contact.objects.filter(pk=ada.pk).update(first_name="Adele")
    Contact.objects.filter(pk=ben.pk).delete()
    assert searches.catch_up() == 0  # of two, one was written by its change, and one is gone
    assert [words.contact_id for words in ContactWords.objects.all()] == [ada.pk]
    assert (found("adele"), found("ben")) == ({"Adele"}, set())
