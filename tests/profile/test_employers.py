"""A firm that the site's own server names, and names that it says are one person."""

from typing import Any

import pytest

from leadwright.capture.models import Activity
from leadwright.profile.models import Company, Contact, Identity
from tests.capture.test_judging import hit, judged

pytestmark = pytest.mark.django_db
SECRET = {"language": "en", "scope": "write"}
NORDWIND = {"name": "Nordwind AG", "website": "https://www.nordwind.example/en", "industry": "Energy", "employees": 240}


def identify(user: str, visitor: str = "", **traits: Any) -> None:
    who = {"userId": user} | ({"anonymousId": visitor} if visitor else {})
    hit("identify", {**who, "traits": traits, "lw": SECRET}, key_id=1)


def group(traits: dict[str, Any], user: str = "u1", **lw: Any) -> None:
    hit("group", {"userId": user, "groupId": "g1", "traits": traits, "lw": SECRET | lw}, key_id=1)


def test_a_group_gives_a_contact_its_company() -> None:
    identify("u1", email="ada@gmail.com")
    group(NORDWIND)
    judged()
    firm = Company.objects.get()
    assert (firm.name, firm.domain, firm.industry, firm.size) == ("Nordwind AG", "nordwind.example", "Energy", 240)
    ada = Contact.objects.get()
    assert ada.company == firm
    assert (ada.origins["company"]["from"], firm.origins["size"]["from"]) == ("group", "group")
    group({"name": "Nordwind SE", "website": "nordwind.example", "employees": "many"})
    judged()
    firm.refresh_from_db()
    assert (firm.name, firm.industry, firm.size) == ("Nordwind SE", "Energy", 240)


def test_the_last_firm_that_is_told_holds() -> None:
    identify("u1", email="ada@nordwind.example")
    group({"name": "Sundwind", "domain": "sundwind.example"})
    judged()
    assert Contact.objects.get().company == Company.objects.get(domain="sundwind.example")


@pytest.mark.parametrize("lw", [{"scope": "collect"}, {"origin": "https://shop.example"}])
def test_a_key_that_stands_in_a_page_changes_no_company(lw: dict[str, str]) -> None:
    identify("u1", email="ada@gmail.com")
    group(NORDWIND, **lw)
    judged()
    assert Contact.objects.get().company is None
    assert not Company.objects.exists()
    assert Activity.objects.filter(kind="group").count() == 1


@pytest.mark.parametrize("traits", [{}, {"website": "gmail.com"}, {"name": "  ", "employees": -1}, {"name": ["x"]}])
def test_a_group_that_names_no_firm_changes_nothing(traits: dict[str, Any]) -> None:
    identify("u1", email="ada@gmail.com")
    group(traits)
    group(NORDWIND, user="nobody")
    judged()
    assert Contact.objects.get().company is None


def test_an_alias_joins_a_visitor_nobody_is_known_at() -> None:
    hit("page", {"anonymousId": "v1", "context": {"page": {"url": "https://site.example/"}}})
    hit("alias", {"previousId": "v1", "userId": "u1", "lw": SECRET}, key_id=1)
    activities = judged()
    ada = Contact.objects.get()
    assert ada.external_id == "u1"
    assert {Identity.objects.get(subject_id=each.subject_id).contact_id for each in activities} == {ada.pk}


def test_an_alias_never_makes_two_people_one() -> None:
    identify("u1", "v1", email="ada@nordwind.example")
    identify("u2", "v2", email="ben@sundwind.example")
    hit("alias", {"previousId": "v1", "userId": "u2", "lw": SECRET}, key_id=1)
    hit("page", {"anonymousId": "v1", "context": {"page": {"url": "https://site.example/"}}})
    judged()
    ada, ben = Contact.objects.order_by("external_id")
    page = Activity.objects.get(kind="page")
    assert Identity.objects.get(subject_id=page.subject_id).contact == ada
    alias = Activity.objects.filter(kind="identify").order_by("seq").last()
    assert alias
    assert Identity.objects.get(subject_id=alias.subject_id).contact == ben
    assert (ada.email, ben.email) == ("ada@nordwind.example", "ben@sundwind.example")
