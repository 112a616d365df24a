"""The review of duplicates: side by side, one decision at a time, and safe against the second click."""

import pytest
from django.test import Client
from django.urls import reverse

from leadwright.kit import jobs
from leadwright.profile.duplicates import proposals
from leadwright.profile.models import Contact, Duplicate, Merge
from leadwright.workspace.models import Role, User
from tests.profile.duplicates.test_proposals import made, pair

pytestmark = pytest.mark.django_db


@pytest.fixture
def marketer(client: Client) -> User:
    user = User.objects.create_user("mia@firm.example", name="Mia", role=Role.MARKETER)
    client.force_login(user)
    return user


@pytest.fixture
def waiting() -> Duplicate:
    pair()
    proposals.look("contact", at_once=True)
    return Duplicate.objects.get()


def test_a_pair_stands_side_by_side_with_its_reasons(client: Client, marketer: User, waiting: Duplicate) -> None:
    page = client.get(reverse("duplicates")).content.decode()
    assert "the same phone number" in page
    assert "spelled slightly differently" in page
    assert "Okaffor" in page
    assert f'name="field:last_name" value="{waiting.high_id}"' in page
    assert "<strong>1</strong> likely duplicate" in client.get(reverse("duplicates_panel")).content.decode()
    banner = client.get(reverse("contact_likely", args=[waiting.low_id])).content.decode()
    assert "Likely the same as" in banner


def test_merging_takes_the_chosen_values_and_undo_parts_them(
    client: Client, marketer: User, waiting: Duplicate
) -> None:
    url = reverse("duplicates_decide", args=[waiting.pk])
    told = {"do": "merge", "survivor": waiting.low_id, "field:last_name": waiting.high_id}
    page = client.post(url, told).content.decode()
    assert "Merged into Ada Okaffor" in page
    assert "No duplicates wait" in page
    done = Merge.objects.get()
    assert Contact.objects.get(pk=waiting.low_id).last_name == "Okaffor"
    again = client.post(url, told).content.decode()
    assert "was merged into contact" in again
    assert "Mia" in again
    page = client.post(reverse("duplicates_undo"), {"what": f"merge:{done.pk}", "kind": "contact"}).content.decode()
    assert "Parted again" in page
    assert Contact.objects.get(pk=waiting.low_id).last_name == "Okafor"
    assert Contact.objects.filter(pk=waiting.high_id).exists()


def test_what_is_not_the_same_is_not_asked_again_unless_taken_back(
    client: Client, marketer: User, waiting: Duplicate
) -> None:
    url = reverse("duplicates_decide", args=[waiting.pk])
    assert "Kept apart" in client.post(url, {"do": "dismiss"}).content.decode()
    assert "decided already: not the same" in client.post(url, {"do": "dismiss"}).content.decode()
    undone = client.post(reverse("duplicates_undo"), {"what": f"dismissed:{waiting.pk}", "kind": "contact"})
    assert "Waits for your decision again" in undone.content.decode()
    assert Duplicate.objects.get().state == "open"


def test_a_skipped_pair_makes_room_for_the_next(client: Client, marketer: User, waiting: Duplicate) -> None:
    one = made("zoe.quist@nordwind.example", first_name="Zoe", last_name="Quist", phone="+49 431 7777")
    made("zoe.quist@gmail.com", first_name="Zoe", last_name="Quist", phone="+49 431 7777")
    proposals.look("contact", at_once=True)
    first = proposals.open_for(marketer, "contact")[0]
    page = client.get(reverse("duplicates"), {"after": first.pk}, headers={"HX-Request": "true"}).content.decode()
    assert ("Quist" in page) != (first.low_id == one.pk)
    assert "<html" not in page


def test_a_rep_neither_sees_nor_merges_another_reps_contact(client: Client, waiting: Duplicate) -> None:
    rep = User.objects.create_user("ben@firm.example", name="Ben", role=Role.REP)
    other = User.objects.create_user("cleo@firm.example", name="Cleo", role=Role.REP)
    Contact.objects.filter(pk=waiting.high_id).update(owner=other)
    client.force_login(rep)
    assert "Okaffor" not in client.get(reverse("duplicates")).content.decode()
    answer = client.post(reverse("duplicates_decide", args=[waiting.pk]), {"do": "merge", "survivor": waiting.low_id})
    assert "belongs to somebody else" in answer.content.decode()
    client.post(reverse("duplicates_decide", args=[waiting.pk]), {"do": "dismiss"})
    assert Duplicate.objects.get().state == "open"
    merge = reverse("contact_merge", args=[waiting.low_id])
    assert "not there any more" in client.post(merge, {"with": waiting.high_id}).content.decode()
    assert client.get(reverse("contact_merge", args=[waiting.high_id])).status_code == 404
    assert Contact.objects.count() == 7


def test_a_contact_is_merged_with_one_that_was_searched(client: Client, marketer: User, waiting: Duplicate) -> None:
    url = reverse("contact_merge", args=[waiting.low_id])
    assert "Okaffor" in client.get(url, {"q": "okaffor"}).content.decode()
    assert "field:email" in client.get(url, {"with": waiting.high_id}).content.decode()
    answer = client.post(url, {"with": waiting.high_id, "survivor": waiting.high_id})
    assert answer["Location"] == reverse("contact", args=[waiting.high_id])
    banner = client.get(reverse("contact_likely", args=[waiting.high_id])).content.decode()
    assert "was merged into this one by Mia" in banner
    done = Merge.objects.get()
    back = client.post(reverse("duplicates_undo"), {"what": f"merge:{done.pk}", "back": waiting.high_id})
    assert back["Location"] == reverse("contact", args=[waiting.high_id])
    assert Contact.objects.count() == 7


def test_an_empty_queue_says_how_far_it_is_compared_and_compares_when_asked(client: Client, marketer: User) -> None:
    assert "Not compared yet" in client.get(reverse("duplicates")).content.decode()
    jobs.settle(everything=True)
    assert "Compared up to" in client.get(reverse("duplicates")).content.decode()
    pair()
    jobs.settle(everything=True)  # less than five minutes later
    assert not Duplicate.objects.exists()
    assert "Being compared" in client.post(reverse("duplicates_look"), {"kind": "contact"}).content.decode()
    jobs.settle()
    assert "spelled slightly differently" in client.get(reverse("duplicates")).content.decode()
