"""Duplicates and merges over the API."""

import pytest

from leadwright.profile.duplicates import proposals
from leadwright.profile.models import Company, Contact, Duplicate
from leadwright.workspace.models import Role, User
from tests.profile.duplicates.test_proposals import pair
from tests.profile.test_api import Caller

pytestmark = pytest.mark.django_db


def test_a_pair_is_listed_merged_and_parted() -> None:
    call = Caller("write")
    one, two = pair()
    proposals.look("contact", at_once=True)
    status, found = call("GET", "/duplicates?kind=contact")
    assert status == 200
    [item] = found["items"]
    assert item["records"] == [one.pk, two.pk]
    assert {"field", "label", "say", "weight"} <= item["evidence"][0].keys()
    told = {"absorbed": two.pk, "choices": {"last_name": two.pk}}
    status, done = call("POST", f"/contacts/{one.pk}/merge", told)
    assert (status, done["survivor"], done["absorbed"], done["changed"]) == (200, one.pk, two.pk, ["last_name"])
    assert call("POST", f"/contacts/{one.pk}/merge", told)[0] == 409
    status, undone = call("POST", f"/contacts/{one.pk}/merges/{done['id']}/undo")
    assert status == 200
    assert undone["undone_at"]
    assert call("POST", f"/contacts/{one.pk}/merges/{done['id']}/undo")[0] == 409
    assert Contact.objects.filter(pk=two.pk).exists()
    assert call("GET", "/duplicates")[1]["items"] == []


def test_a_pair_is_dismissed_once() -> None:
    call = Caller("write")
    pair()
    proposals.look("contact", at_once=True)
    found = Duplicate.objects.get()
    assert call("POST", f"/duplicates/{found.pk}/dismiss")[1]["state"] == "dismissed"
    assert call("POST", f"/duplicates/{found.pk}/dismiss")[0] == 409


def test_companies_merge_over_the_api() -> None:
    call = Caller("write")
    one, two = (Company.objects.create(name=name, domain=f"{name}.example") for name in ("nordwind", "suedwind"))
    done = call("POST", f"/companies/{one.pk}/merge", {"absorbed": two.pk})[1]
    assert not Company.objects.filter(pk=two.pk).exists()
    assert call("POST", f"/companies/{one.pk}/merges/{done['id']}/undo")[0] == 200
    assert Company.objects.get(pk=two.pk).domain == "suedwind.example"


def test_a_key_sees_and_merges_only_what_its_maker_may() -> None:
    rep = User.objects.create_user("rep@firm.example", role=Role.REP)
    call = Caller("write", rep)
    one, two = pair()
    proposals.look("contact", at_once=True)
    other = User.objects.create_user("other@firm.example", role=Role.REP)
    Contact.objects.filter(pk=two.pk).update(owner=other)
    assert call("GET", "/duplicates")[1]["items"] == []
    assert call("POST", f"/contacts/{one.pk}/merge", {"absorbed": two.pk})[0] == 404
    assert call("POST", f"/duplicates/{Duplicate.objects.get().pk}/dismiss")[0] == 404
    assert Caller("read")("POST", f"/contacts/{one.pk}/merge", {"absorbed": two.pk})[0] == 403
