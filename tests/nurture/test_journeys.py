"""Journeys run in sets, exactly once, whatever breaks."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from leadwright.capture import activities, verdicts
from leadwright.capture.models import Activity
from leadwright.kit import clock, jobs
from leadwright.kit.registries import JOURNEY_STEPS
from leadwright.nurture import enrollments, journeys
from leadwright.nurture.models import Enrollment, StepRecord
from tests.nurture.conftest import publish

pytestmark = pytest.mark.django_db

WAIT = ("wait", {"amount": 2, "unit": "days"})
EXIT = ("exit", {"why": "enough"})


def do(person: Any, kind: str = "track", **more: Any) -> None:
    fact = {"at": clock.now(), "subject_id": person.uid, "kind": kind, "human": 1.0} | more
    activities.record([activities.Fact(**fact)])


def steps_taken(person: Any) -> list[tuple[str, str]]:
    found = StepRecord.objects.filter(enrollment__contact=person).order_by("pk")
    return [(record.step.kind, record.outcome) for record in found]


def test_a_contact_enters_waits_and_ends(journey: Any, contact: Any) -> None:
    welcome, ada = journey([WAIT, EXIT]), contact("Ada")
    enrollments.enroll(welcome, [ada.pk], cause="test", why="asked")
    jobs.settle()
    assert steps_taken(ada) == []
    assert jobs.next_due() is not None
    clock.advance(timedelta(days=2))
    jobs.settle()
    assert steps_taken(ada) == [("wait", "done"), ("exit", "left")]
    enrollment = Enrollment.objects.get()
    assert (enrollment.state, enrollment.due_at, enrollment.ended_at) == ("exited", None, clock.now())


def test_who_falls_out_at_the_bottom_is_done(journey: Any, contact: Any) -> None:
    welcome, ada = journey([WAIT]), contact("Ada")
    enrollments.enroll(welcome, [ada.pk], cause="test", why="asked")
    clock.advance(timedelta(days=2))
    jobs.settle()
    assert Enrollment.objects.get().state == "done"


def test_waiting_costs_nothing_while_nothing_is_due(
    journey: Any, contact: Any, django_assert_max_num_queries: Any
) -> None:
    welcome = journey([WAIT])
    enrollments.enroll(welcome, [contact(f"P{number}").pk for number in range(50)], cause="test", why="asked")
    with django_assert_max_num_queries(2):
        journeys.advance()


def test_who_was_due_in_a_past_that_somebody_else_lives_is_left_to_them(journey: Any, contact: Any) -> None:
    welcome, ada = journey([WAIT]), contact("Ada")
    enrollments.enroll(welcome, [ada.pk], cause="test", why="asked")
    with clock.leaving(clock.advance(timedelta(days=3))):
        assert journeys.advance() is None
    assert Enrollment.objects.get().state == "active"
    journeys.advance()
    assert Enrollment.objects.get().state == "done"


def test_a_day_ends_at_the_same_time_of_day_where_the_contact_lives(journey: Any, contact: Any) -> None:
    clock.set_to(clock.now().replace(month=3, day=28))  # the night after, Berlin's clocks go forward
    welcome = journey([WAIT])
    ada, ben = contact("Ada", time_zone="Europe/Berlin"), contact("Ben", time_zone="Not/AZone")
    enrollments.enroll(welcome, [ada.pk, ben.pk], cause="test", why="asked")
    due = dict(Enrollment.objects.values_list("contact_id", "due_at"))
    assert due[ada.pk] - clock.now() == timedelta(hours=47)
    assert due[ben.pk] - clock.now() == timedelta(hours=48)


def test_an_activity_lets_in_once(journey: Any, contact: Any) -> None:
    journey([WAIT], ("activity", {"activity": "track", "name": "Pricing*"}))
    ada, ben = contact("Ada"), contact("Ben")
    do(ada, name="Pricing viewed")
    do(ada, name="Pricing viewed")
    do(ben, name="Something else")
    jobs.settle()
    jobs.settle(everything=True)
    assert [each.contact_id for each in Enrollment.objects.all()] == [ada.pk]


def test_an_activity_that_turns_out_to_be_a_person_s_lets_in_then(journey: Any, contact: Any) -> None:
    journey([WAIT], ("activity", {"activity": "email_clicked", "name": ""}))
    ada = contact("Ada")
    do(ada, kind="email_clicked", human=0.1)
    jobs.settle()
    assert not Enrollment.objects.exists()
    click = Activity.objects.get(kind="email_clicked")
    verdicts.mark([click.pk], is_person=True, by="nora")
    jobs.settle()
    assert [each.contact_id for each in Enrollment.objects.all()] == [ada.pk]


def test_a_page_lets_in_by_its_path_too(journey: Any, contact: Any) -> None:
    journey([WAIT], ("activity", {"activity": "page", "name": "/Pricing*"}))
    ada, ben = contact("Ada"), contact("Ben")
    do(ada, kind="page", name="What it costs", properties={"path": "/pricing/teams"})
    do(ben, kind="page", name="About us", properties={"path": "/about"})
    jobs.settle()
    assert [each.contact_id for each in Enrollment.objects.all()] == [ada.pk]


def test_a_machine_lets_nobody_in(journey: Any, contact: Any) -> None:
    journey([WAIT], ("activity", {"activity": "track", "name": ""}))
    do(contact("Ada"), human=0.2)
    jobs.settle()
    assert not Enrollment.objects.exists()


def test_what_happened_before_the_start_lets_nobody_in(journey: Any, contact: Any) -> None:
    journey([WAIT], ("activity", {"activity": "track", "name": ""}))
    do(contact("Ada"), at=clock.now() - timedelta(days=1))
    jobs.settle()
    assert not Enrollment.objects.exists()


def test_a_visitor_enters_as_soon_as_we_know_who_it_is(journey: Any, contact: Any) -> None:
    from leadwright.kit import ids
    from leadwright.profile.models import Identity

    journey([WAIT], ("form", {"form": ""}))
    visitor = ids.uuid7()
    fact = activities.Fact(at=clock.now(), subject_id=visitor, kind="form_submitted", object_kind="form", object_id="x")
    activities.record([fact])
    jobs.settle()
    assert not Enrollment.objects.exists()
    ada = contact("Ada")
    Identity.objects.create(subject_id=visitor, contact=ada, kind="visitor")
    jobs.wake("contacts")
    jobs.settle()
    assert Enrollment.objects.get().contact_id == ada.pk


def test_re_entry_waits_for_its_days_and_for_the_end_of_the_way_before(journey: Any, contact: Any) -> None:
    journey([WAIT], ("activity", {"activity": "track", "name": ""}), reenter_after_days=7)
    ada = contact("Ada")
    for days in (0, 1, 2, 5):  # enters; is inside; too early; enters again
        clock.advance(timedelta(days=days))
        do(ada)
        jobs.settle()
    assert Enrollment.objects.filter(contact=ada).count() == 2


def test_without_a_re_entry_rule_a_contact_enters_once(journey: Any, contact: Any) -> None:
    welcome, ada = journey([EXIT]), contact("Ada")
    for number in range(3):
        enrollments.enroll(welcome, [ada.pk], cause=f"test {number}", why="asked")
        jobs.settle()
        clock.advance(timedelta(days=100))
    assert Enrollment.objects.count() == 1


def test_who_is_inside_finishes_the_version_he_entered(journey: Any, contact: Any) -> None:
    welcome, ada, ben = journey([WAIT]), contact("Ada"), contact("Ben")
    enrollments.enroll(welcome, [ada.pk], cause="test", why="asked")
    publish(welcome, [WAIT, EXIT])
    enrollments.enroll(welcome, [ben.pk], cause="test", why="asked")
    clock.advance(timedelta(days=2))
    jobs.settle()
    assert steps_taken(ada) == [("wait", "done")]
    assert steps_taken(ben) == [("wait", "done"), ("exit", "left")]


def test_publishing_without_a_change_makes_no_version(journey: Any) -> None:
    welcome = journey([WAIT])
    publish(welcome, [WAIT])
    assert welcome.versions.count() == 1


def test_pausing_holds_people_where_they_are(journey: Any, contact: Any) -> None:
    welcome, ada = journey([WAIT]), contact("Ada")
    enrollments.enroll(welcome, [ada.pk], cause="test", why="asked")
    journeys.pause(welcome)
    clock.advance(timedelta(days=3))
    jobs.settle(everything=True)
    assert steps_taken(ada) == []
    journeys.activate(welcome)
    jobs.settle()
    assert steps_taken(ada) == [("wait", "done")]


def test_a_segment_is_let_in_once_and_in_chunks(journey: Any, contact: Any, monkeypatch: Any) -> None:
    from leadwright.qualify.models import Member, Segment

    monkeypatch.setattr(enrollments, "CHUNK", 2)
    welcome, hot = journey([WAIT]), Segment.objects.create(name="Hot")
    people = [contact(f"P{number}") for number in range(5)]
    Member.objects.bulk_create(Member(segment=hot, contact=each, since=clock.now()) for each in people)
    enrollments.enroll(welcome, [people[0].pk], cause="test", why="asked")
    said = enrollments.forecast(welcome, hot)
    assert (said.members, said.entering, said.staying) == (5, 4, 1)
    for _ in range(2):
        enrollments.admit(welcome, hot, token="one form", actor="Mara")
    jobs.settle()
    assert Enrollment.objects.count() == 5
    assert welcome.admissions.get().enrolled == 4


class Poison:
    """Makes a step fail for some contacts."""

    def __init__(self, monkeypatch: Any, *contacts: Any) -> None:
        self.ids = {each.pk for each in contacts}
        kind = JOURNEY_STEPS.get("wait")
        honest = kind.advance

        def advance(batch: Any) -> Any:
            if self.ids & set(batch.contact_ids):
                with connection.cursor() as cursor:
                    cursor.execute("SELECT 1 / 0")
            return honest(batch)

        monkeypatch.setattr(kind, "advance", advance)


def test_a_poison_row_does_not_stop_the_others_and_is_set_aside(journey: Any, contact: Any, monkeypatch: Any) -> None:
    welcome = journey([WAIT])
    people = [contact(f"P{number}") for number in range(40)]
    enrollments.enroll(welcome, [each.pk for each in people], cause="test", why="asked")
    poison = Poison(monkeypatch, people[7], people[31])
    clock.advance(timedelta(days=2))
    jobs.settle()
    assert Enrollment.objects.filter(state="done").count() == 38
    for _ in range(5):
        clock.advance(timedelta(hours=5))
        jobs.settle()
    aside = Enrollment.objects.filter(state="set_aside")
    assert {each.contact_id for each in aside} == {people[7].pk, people[31].pk}
    assert "division by zero" in aside[0].error
    poison.ids.clear()
    assert enrollments.again(each.pk for each in aside) == 2
    jobs.settle()
    assert Enrollment.objects.filter(state="done").count() == 40


def test_a_step_that_is_broken_for_all_is_tried_a_few_times_only(journey: Any, contact: Any, monkeypatch: Any) -> None:
    welcome = journey([WAIT])
    people = [contact(f"P{number}") for number in range(64)]
    enrollments.enroll(welcome, [each.pk for each in people], cause="test", why="asked")
    Poison(monkeypatch, *people)
    clock.advance(timedelta(days=2))
    tries = []
    monkeypatch.setattr(journeys, "_take_among", lambda *args: tries.append(1) or 1 / 0)
    jobs.settle()
    assert len(tries) < 30
    assert set(Enrollment.objects.values_list("failures", flat=True)) == {1}


def test_taking_out_ends_the_way_and_says_so(journey: Any, contact: Any) -> None:
    welcome, ada = journey([WAIT]), contact("Ada")
    enrollments.enroll(welcome, [ada.pk], cause="test", why="asked")
    assert enrollments.take_out([Enrollment.objects.get().pk], why="Mara: wrong list") == 1
    assert steps_taken(ada) == [("wait", "taken out")]
    clock.advance(timedelta(days=2))
    jobs.settle()
    assert Enrollment.objects.get().state == "exited"
