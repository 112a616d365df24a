"""The screens of journeys: people on the map, a segment let in after its count, and who was set aside."""

from typing import Any

import pytest
from django.urls import reverse

from leadwright.kit import clock, jobs
from leadwright.nurture import enrollments
from leadwright.nurture.models import Enrollment
from leadwright.qualify.models import Member, Segment
from leadwright.workspace.models import User

pytestmark = pytest.mark.django_db
WAIT = ("wait", {"amount": 2, "unit": "days"})


@pytest.fixture
def mara(client: Any, db: None) -> User:
    user = User.objects.create_user("mara@firm.example", name="Mara", role="marketer")
    client.force_login(user)
    return user


def test_the_list_counts_the_people_on_the_way(client: Any, mara: User, journey: Any, contact: Any) -> None:
    enrollments.enroll(journey([WAIT]), [contact("Ada").pk], cause="test", why="asked")
    page = client.get(reverse("journeys")).content.decode()
    assert "Welcome" in page
    assert "running" in page


def test_the_map_shows_steps_and_people(client: Any, mara: User, journey: Any, contact: Any) -> None:
    welcome = journey([WAIT])
    enrollments.enroll(welcome, [contact("Ada").pk], cause="test", why="asked")
    page = client.get(reverse("journey", args=[welcome.pk])).content.decode()
    assert "Wait 2 days" in page
    assert "Whoever is let in by hand" in page
    assert "Version 1 (current)" in page


@pytest.mark.parametrize(
    ("activity", "name", "words"),
    [
        ("consent_granted", "advice", "Whoever allowed “advice”"),
        ("stage_moved", "", "Whoever did “"),
        ("track", "Pricing*", "Pricing*"),
    ],
)
def test_the_map_says_who_enters(client: Any, mara: User, journey: Any, activity: str, name: str, words: str) -> None:
    made = journey([], ("activity", {"activity": activity, "name": name}))
    assert words in client.get(reverse("journey", args=[made.pk])).content.decode()


def test_a_segment_enters_after_its_count_and_once(client: Any, mara: User, journey: Any, contact: Any) -> None:
    welcome, hot = journey([WAIT]), Segment.objects.create(name="Hot", is_active=False)
    Member.objects.create(segment=hot, contact=contact("Ada"), since=clock.now())
    url = reverse("journey_admit", args=[welcome.pk])
    assert "1 of 1 contacts" in client.get(url, {"segment": hot.pk}).content.decode()
    for _ in range(2):
        client.post(url, {"segment": hot.pk, "token": "one"})
    jobs.settle()
    assert Enrollment.objects.count() == welcome.admissions.count() == 1


def test_pausing_and_running(client: Any, mara: User, journey: Any) -> None:
    welcome = journey([WAIT])
    for do, active in (("pause", False), ("run", True)):
        client.post(reverse("journey_switch", args=[welcome.pk]), {"do": do})
        welcome.refresh_from_db()
        assert welcome.is_active is active


def test_the_set_aside_can_try_again(client: Any, mara: User, journey: Any, contact: Any) -> None:
    enrollments.enroll(journey([WAIT]), [contact("Ada").pk], cause="test", why="asked")
    Enrollment.objects.update(state="set_aside", due_at=None, error="Boom")
    assert "Boom" in client.get(reverse("nurture_set_aside")).content.decode()
    client.post(reverse("nurture_set_aside"), {"ids": [Enrollment.objects.get().pk], "do": "again"})
    assert Enrollment.objects.get().state == "active"


def test_a_contact_shows_its_journeys_and_why(client: Any, mara: User, journey: Any, contact: Any) -> None:
    ada = contact("Ada")
    enrollments.enroll(journey([WAIT]), [ada.pk], cause="test", why="asked for it")
    page = client.get(reverse("contact_journeys", args=[ada.pk])).content.decode()
    assert "Asked for it" in page
    assert "Wait 2 days" in page


def test_cleo_of_another_rep_stays_unseen(client: Any, journey: Any, contact: Any) -> None:
    rob = User.objects.create_user("rob@firm.example", name="Rob", role="rep")
    rita = User.objects.create_user("rita@firm.example", name="Rita", role="rep")
    client.force_login(rita)
    cleo = contact("Cleo", owner=rob)
    assert client.get(reverse("contact_journeys", args=[cleo.pk])).status_code == 404


def test_the_editor_opens_and_previews(client: Any, mara: User, journey: Any) -> None:
    welcome = journey([WAIT])
    assert client.get(reverse("journey_editor:edit", args=[welcome.pk])).status_code == 200
    assert client.get(reverse("journey_editor:add")).status_code == 200
    from django.test import RequestFactory

    page = welcome.make_preview_request(RequestFactory().get("/"), "")
    assert "Wait 2 days" in page.render().content.decode()
