"""Likely duplicates are found, proposed once, and decided by people."""

from typing import Any

import pytest

from leadwright.profile import contacts
from leadwright.profile.contacts import Incoming
from leadwright.profile.duplicates import merges, proposals
from leadwright.profile.models import Company, Contact, Duplicate, MatchKey, MatchModel
from leadwright.workspace.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def user() -> User:
    return User.objects.create_user("marketer@firm.example", role="marketer")


def made(email: str, **fields: Any) -> Contact:
    [outcome] = contacts.upsert([Incoming({"email": email, **fields}, "test")])
    return Contact.objects.get(pk=outcome.contact_id)


def pair() -> tuple[Contact, Contact]:
    one = made("ada.okafor@nordwind.example", first_name="Ada", last_name="Okafor", phone="+49 431 1200450")
    two = made("ada.okafor@gmail.com", first_name="Ada", last_name="Okaffor", phone="0431 1200450")
    for n, name in enumerate(("Ben Kaya", "Cleo Weber", "Dana Novak", "Emil Brandt", "Fay Sommer")):
        first, last = name.split()
        made(f"{first}.{last}@firm{n}.example".lower(), first_name=first, last_name=last, phone=f"+49 40 55{n}66{n}1")
    return one, two


def test_ten_contacts_are_enough_to_propose_the_one_pair_in_words() -> None:
    one, two = pair()
    assert proposals.look("contact", at_once=True) == 1
    [found] = Duplicate.objects.all()
    assert (found.low_id, found.high_id, found.state) == (one.pk, two.pk, "open")
    assert found.probability >= proposals.LIKELY
    said = {each["field"]: each["say"] for each in found.evidence}
    assert said["given"] == "the same first name"
    assert said["surname"] == "the last name spelled slightly differently"
    assert said["phone"] == "the same phone number"
    assert "Okafor" not in str(found.evidence)


def test_dots_and_plus_signs_at_gmail_flag_a_likely_duplicate_and_join_nobody() -> None:
    one = made("ada.okafor@gmail.com", first_name="Ada", last_name="Okafor")
    two = made("adaokafor+news@googlemail.com", first_name="Ada", last_name="Okafor")
    assert one.pk != two.pk
    proposals.look("contact", at_once=True)
    assert Duplicate.objects.get().evidence[0]["say"] == "the same e-mail address"


def test_a_pair_that_was_told_apart_is_never_proposed_again(user: User) -> None:
    one, _ = pair()
    proposals.look("contact", at_once=True)
    found = Duplicate.objects.get()
    assert proposals.dismiss(found, user)
    assert not proposals.dismiss(found, user)
    made(one.email, title="Head of Operations")
    MatchModel.objects.update(looked_until=None)
    assert proposals.look("contact", at_once=True) == 0
    assert Duplicate.objects.get().state == "dismissed"


def test_a_proposal_goes_when_the_records_differ_and_only_what_changed_is_looked_at() -> None:
    _, two = pair()
    proposals.look("contact", at_once=True)
    assert Duplicate.objects.count() == 1
    contacts.change(two.pk, {"first_name": "Zora", "last_name": "Quist", "phone": "+49 30 7777111"}, "console")
    proposals.look("contact", at_once=True)
    assert not Duplicate.objects.exists()
    assert MatchKey.objects.filter(kind="contact").exists()


def test_within_five_minutes_nothing_is_looked_at_twice() -> None:
    pair()
    assert proposals.look("contact") == 1
    made("ada.okafor@web.de", first_name="Ada", last_name="Okafor", phone="+49 431 1200450")
    assert proposals.look("contact") == 0


def test_companies_are_compared_by_name_and_domain() -> None:
    one = Company.objects.create(name="Nordwind GmbH", domain="nordwind.example", city="Kiel")
    two = Company.objects.create(name="NORDWIND G.m.b.H.", city="Kiel")
    Company.objects.create(name="Südstern AG", domain="suedstern.example", city="Kiel")
    proposals.look("company", at_once=True)
    [found] = Duplicate.objects.filter(kind="company")
    assert {found.low_id, found.high_id} == {one.pk, two.pk}


def test_a_rep_sees_only_pairs_of_which_he_may_see_both(user: User) -> None:
    one, _ = pair()
    proposals.look("contact", at_once=True)
    rep = User.objects.create_user("rep@firm.example", role="rep")
    assert proposals.open_for(rep, "contact").count() == 1
    Contact.objects.filter(pk=one.pk).update(owner=user)
    assert proposals.open_for(rep, "contact").count() == 0
    assert proposals.open_for(user, "contact").count() == 1


def test_a_merge_decides_the_pair_and_its_undo_tells_the_two_apart(user: User) -> None:
    one, two = pair()
    proposals.look("contact", at_once=True)
    done = merges.merge("contact", one.pk, two.pk, user)
    assert Duplicate.objects.get().state == "merged"
    assert not proposals.open_for(user, "contact").exists()
    merges.undo(done.pk, user)
    assert Duplicate.objects.get().state == "dismissed"
