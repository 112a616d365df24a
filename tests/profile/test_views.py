"""The screens of contacts and companies: what they show, keep, and hide."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from leadwright.capture import activities
from leadwright.kit import clock
from leadwright.profile import timelines
from leadwright.profile.models import Company, Contact, CustomField, Identity
from leadwright.workspace.models import Role, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def marketer(client: Client) -> User:
    user = User.objects.create_user("mia@firm.example", name="Mia", role=Role.MARKETER)
    client.force_login(user)
    return user


@pytest.fixture
def rep() -> User:
    return User.objects.create_user("ben@firm.example", name="Ben", role=Role.REP)


def contact(name: str, **more: object) -> Contact:
    address = f"{name.lower()}@nordwind.example"
    made = Contact.objects.create(first_name=name, email=address, email_key=address, **more)
    Identity.objects.get_or_create(subject_id=made.uid, defaults={"contact": made, "kind": "self"})
    return made


def happened(who: Contact, kind: str, name: str, hours_ago: float, **more: object) -> None:
    at = clock.now() - timedelta(hours=hours_ago)
    activities.record([activities.Fact(at=at, subject_id=who.uid, kind=kind, name=name, **more)])


def test_a_contact_written_by_hand_says_who_wrote_it(client: Client, marketer: User) -> None:
    answer = client.post(
        reverse("contact_new"),
        {"first_name": "Ada", "email": "Ada@Nordwind.example", "company_name": "Nordwind", "phone": "+49 40 123456"},
    )
    made = Contact.objects.get()
    assert answer["Location"] == reverse("contact", args=[made.pk])
    assert made.email_key == "ada@nordwind.example"
    assert made.company is not None
    assert made.company.name == "Nordwind"
    assert made.origins["first_name"]["from"] == "console, Mia"
    assert made.identities.get().subject_id == made.uid
    assert "console, Mia" in client.get(answer["Location"]).content.decode()


def test_an_address_belongs_to_one_contact(client: Client, marketer: User) -> None:
    contact("Ada")
    page = client.post(reverse("contact_new"), {"first_name": "Other", "email": "ADA@nordwind.example"})
    assert "has this address already" in page.content.decode()
    assert Contact.objects.count() == 1


def test_a_contact_needs_something_to_be_known_by(client: Client, marketer: User) -> None:
    assert "at least a name" in client.post(reverse("contact_new"), {"city": "Kiel"}).content.decode()


def test_a_rep_neither_lists_nor_opens_what_belongs_to_another(client: Client, rep: User) -> None:
    other = User.objects.create_user("cleo@firm.example", name="Cleo", role=Role.REP)
    hers, own, free = contact("Hers", owner=other), contact("Own", owner=rep), contact("Free")
    client.force_login(rep)
    page = client.get(reverse("contacts")).content.decode()
    assert "Own" in page
    assert "Free" in page
    assert "Hers" not in page
    for name in ("contact", "contact_edit", "contact_timeline"):
        assert client.get(reverse(name, args=[hers.pk])).status_code == 404
    assert client.get(reverse("contact", args=[own.pk])).status_code == 200
    client.post(reverse("contacts"), {"deed": "give", "all": "1", "sure": "1", "owner": rep.pk})
    hers.refresh_from_db()
    free.refresh_from_db()
    assert hers.owner == other
    assert free.owner == rep


def test_a_company_page_hides_contacts_of_another_rep(client: Client, rep: User) -> None:
    firm = Company.objects.create(name="Nordwind")
    other = User.objects.create_user("cleo@firm.example", name="Cleo", role=Role.REP)
    hers = contact("Hers", owner=other, company=firm)
    happened(hers, "page", "Secret pricing", 1, human=0.9)
    client.force_login(rep)
    page = client.get(reverse("company", args=[firm.pk])).content.decode()
    assert "Hers" not in page
    assert "Secret pricing" not in page


def test_a_timeline_goes_back_page_by_page_without_repeating(monkeypatch: pytest.MonkeyPatch) -> None:
    ada = contact("Ada")
    for n in range(25):
        happened(ada, "page", f"Page {n}", n / 7, human=0.9)
    monkeypatch.setattr(timelines, "PAGE_SIZE", 10)
    seen, token = [], ""
    for _ in range(3):
        entries, token = timelines.of_contact(ada, token)
        seen += [entry.say for entry in entries]
    assert seen == [f"looked at “Page {n}”" for n in range(25)]
    assert token == ""


def test_a_timeline_tells_people_from_machines_in_words(client: Client, marketer: User) -> None:
    ada = contact("Ada")
    happened(ada, "email_clicked", "Guide", 1, human=0.05, reasons=("burst_over_links",))
    happened(ada, "page", "Pricing", 2, human=0.95)
    page = client.get(reverse("contact", args=[ada.pk])).content.decode()
    assert "machine" in page
    assert "burst over links" in page
    people = client.get(reverse("contact_timeline", args=[ada.pk]), {"people": "1"}).content.decode()
    assert "Pricing" in people
    assert "Guide" not in people


def test_a_visit_before_the_name_was_known_stands_on_the_timeline() -> None:
    ada = contact("Ada")
    visitor = contact("Ghost").uid
    Identity.objects.filter(subject_id=visitor).update(contact=ada)
    activities.record([activities.Fact(at=clock.now(), subject_id=visitor, kind="page", name="Early visit", human=0.9)])
    assert [entry.say for entry in timelines.of_contact(ada)[0]] == ["looked at “Early visit”"]


def test_many_contacts_are_given_away_in_one_go(client: Client, marketer: User, rep: User) -> None:
    for n in range(60):
        contact(f"C{n}")
    question = client.post(reverse("contacts"), {"deed": "give", "all": "1"}).content.decode()
    assert "60" in question
    client.post(reverse("contacts"), {"deed": "give", "all": "1", "sure": "1", "owner": rep.pk})
    assert Contact.objects.filter(owner=rep).count() == 60


def test_a_search_finds_by_the_beginning_of_a_word(client: Client, marketer: User) -> None:
    contact("Adalbert")
    contact("Berta")
    page = client.get(reverse("contacts"), {"q": "adal"}).content.decode()
    assert "Adalbert" in page
    assert "Berta" not in page


def test_whose_contact_has_an_address_is_said_only_to_those_who_may_see_it(client: Client, rep: User) -> None:
    other = User.objects.create_user("dan@firm.example", name="Dan", role=Role.REP)
    contact("Cleopatra", owner=other)
    told = {"first_name": "X", "email": "cleopatra@nordwind.example"}
    client.force_login(rep)
    said = client.post(reverse("contact_new"), told).content.decode()
    assert "ask an administrator" in said
    assert "Cleopatra has this" not in said
    client.force_login(other)
    assert "Cleopatra has this address already" in client.post(reverse("contact_new"), told).content.decode()


@pytest.mark.parametrize("odd", ["abc", "²", "-1", "9" * 30, "1.5", ""])
def test_a_company_that_is_no_number_is_none(client: Client, marketer: User, odd: str) -> None:
    assert client.get(reverse("contact_new"), {"company": odd}).status_code == 200
    assert client.post(reverse("contacts"), {"deed": "drop-view", "view": odd}).status_code == 302
    asked = {"deed": "give", "ids": [odd], "sure": "1", "owner": ""}
    assert client.post(reverse("contacts"), asked).status_code == 302


def url(who: Contact, field: str, past: str = "") -> str:
    return reverse(f"contact_fact{past}", args=[who.pk, field])


def test_a_value_is_changed_in_place_and_can_be_put_back(client: Client, marketer: User) -> None:
    ada = contact("Ada", title="Head of Operations", origins={"title": {"from": "form demo"}})
    drawn = client.get(url(ada, "title"), {"edit": "1"}).content.decode()
    assert 'name="title"' in drawn
    assert "Chief" in client.post(url(ada, "title"), {"title": "Chief"}).content.decode()
    ada.refresh_from_db()
    assert (ada.title, ada.first_name, ada.origins["title"]["from"]) == ("Chief", "Ada", "console, Mia")
    past = client.get(url(ada, "title", "_past")).content.decode()
    assert "Head of Operations" in past
    assert "form demo" in past
    client.post(url(ada, "title", "_past"), {"past": ada.past_values.get(field="title").pk})
    ada.refresh_from_db()
    assert ada.title == "Head of Operations"
    assert ada.origins["title"]["from"] == "console, Mia, put back from form demo"
    assert "Chief" in client.get(reverse("contact_history", args=[ada.pk])).content.decode()


def test_a_custom_value_is_read_where_it_is_typed(client: Client, marketer: User) -> None:
    CustomField.objects.create(of="contact", key="seats", label="Seats", kind="number")
    ada = contact("Ada")
    wrong = client.post(url(ada, "custom.seats"), {"custom__seats": "many"})
    assert wrong.status_code == 422
    assert "Seats” takes a number" in wrong.content.decode()
    client.post(url(ada, "custom.seats"), {"custom__seats": "1,200"})
    ada.refresh_from_db()
    assert ada.custom == {"seats": 1200}
    assert "1,200" in client.get(reverse("contact", args=[ada.pk])).content.decode()
    client.post(url(ada, "custom.seats"), {"custom__seats": ""})
    ada.refresh_from_db()
    assert ada.custom == {}


def test_who_may_not_see_personal_values_sees_that_they_are_there(client: Client, rep: User) -> None:
    CustomField.objects.create(of="contact", key="born", label="Birthday", kind="date", is_personal=True)
    ada = contact("Ada", custom={"born": "1980-05-01"})
    client.force_login(rep)
    page = client.get(reverse("contact", args=[ada.pk])).content.decode()
    assert "Birthday" in page
    assert "1980" not in page
    assert "born" not in client.get(reverse("contact_edit", args=[ada.pk])).content.decode()
    client.post(url(ada, "custom.born"), {"custom__born": "1981-01-01"})
    ada.refresh_from_db()
    assert ada.custom == {"born": "1980-05-01"}


def test_two_who_write_at_once_lose_nothing(client: Client, marketer: User) -> None:
    ada = contact("Ada", title="Head", city="Kiel")
    drawn = client.get(reverse("contact_edit", args=[ada.pk])).context["form"]
    mine = {name: "" if value is None else value for name, value in drawn.initial.items() if name in drawn.fields}
    Contact.objects.update(title="Chief", phone="+49401")
    page = client.post(reverse("contact_edit", args=[ada.pk]), mine | {"title": "Boss", "city": "Bonn"})
    said = page.content.decode()
    assert "somebody else changed “Job title”" in said
    assert "changed to “Chief”" in said
    assert 'value="Boss"' in said
    again = mine | {"title": "Boss", "city": "Bonn", "was": page.context["form"].data["was"]}
    assert client.post(reverse("contact_edit", args=[ada.pk]), again).status_code == 302
    ada.refresh_from_db()
    assert (ada.title, ada.city, ada.phone) == ("Boss", "Bonn", "+49401"), "what nobody here touched stays as it is"


def test_a_form_sent_twice_makes_one_contact(client: Client, marketer: User) -> None:
    sent = {"first_name": "Ada", "uid": str(client.get(reverse("contact_new")).context["uid"])}
    first, second = (client.post(reverse("contact_new"), sent) for _ in range(2))
    assert first["Location"] == second["Location"]
    assert Contact.objects.count() == 1


def test_what_comes_in_a_row_is_folded_and_filters_hold(client: Client, marketer: User) -> None:
    ada = contact("Ada")
    for hour in range(7):
        happened(ada, "page", f"Page {hour}", hour / 10, human=0.9)
    happened(ada, "form_submitted", "Demo", 30)
    page = client.get(reverse("contact", args=[ada.pk])).content.decode()
    assert "viewed 7 pages" in page
    timeline = reverse("contact_timeline", args=[ada.pk])
    assert "Page 3" in client.get(timeline, {"words": "page 3"}).content.decode()
    assert "Page 2" not in client.get(timeline, {"words": "page 3"}).content.decode()
    day = (clock.now() - timedelta(hours=29)).date().isoformat()
    assert "Page 3" not in client.get(timeline, {"until": day}).content.decode()
    assert 'value="page"' in client.get(reverse("contact_timeline_offers", args=[ada.pk])).content.decode()


def test_nothing_of_another_reps_record_can_be_reached(client: Client, rep: User) -> None:
    other = User.objects.create_user("cleo@firm.example", name="Cleo", role=Role.REP)
    hers = contact("Hers", owner=other, title="Head")
    firm = Company.objects.create(name="Firm", owner=other)
    client.force_login(rep)
    for of, record in (("contact", hers), ("company", firm)):
        for name, more in (
            ("", []),
            ("_edit", []),
            ("_timeline", []),
            ("_history", []),
            ("_fact", ["name"]),
            ("_fact_past", ["name"]),
        ):
            address = reverse(f"{of}{name}", args=[record.pk, *more])
            assert client.get(address).status_code == 404, address
            if name in ("_edit", "_fact", "_fact_past"):
                assert client.post(address, {"title": "x", "past": "1"}).status_code == 404, address
    assert client.get(reverse("contact_timeline_offers", args=[hers.pk])).status_code == 404


def test_a_company_shows_its_buying_group_and_who_is_missing(client: Client, marketer: User) -> None:
    firm = Company.objects.create(name="Nordwind")
    ada, ben = contact("Ada", company=firm), contact("Ben", company=firm)
    for hours in (1, 2):
        happened(ada, "page", "Pricing", hours, human=0.9)
    page = client.get(reverse("company", args=[firm.pk])).content.decode()
    assert "No roles are known yet" in page
    group = reverse("company_group", args=[firm.pk])
    changed = client.post(group, {"contact": ada.pk, "buying_role": "decider"}).content.decode()
    assert "1 of 5 roles are covered; missing: economic buyer" in changed
    assert "1 of 2 did nothing in 90 days" in changed
    ada.refresh_from_db()
    assert ada.buying_role == "decider"
    assert ada.origins["buying_role"]["from"] == "console, Mia"
    assert client.post(group, {"contact": ben.pk, "buying_role": "king"}).status_code == 404


def test_a_rep_neither_sees_nor_changes_somebody_elses_people_in_a_group(client: Client, rep: User) -> None:
    other = User.objects.create_user("cleo@firm.example", name="Cleo", role=Role.REP)
    firm = Company.objects.create(name="Nordwind")
    hers = contact("Hers", company=firm, owner=other)
    client.force_login(rep)
    assert "Hers" not in client.get(reverse("company", args=[firm.pk])).content.decode()
    group = reverse("company_group", args=[firm.pk])
    assert client.post(group, {"contact": hers.pk, "buying_role": "user"}).status_code == 404
