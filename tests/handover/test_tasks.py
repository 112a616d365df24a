"""Tasks are done once, and what came of them moves things on."""

from datetime import timedelta
from typing import Any

import pytest

from leadwright.capture.models import Activity
from leadwright.handover import tasks
from leadwright.handover.models import Assignment, Task
from leadwright.kit import clock, jobs

pytestmark = pytest.mark.django_db


@pytest.fixture
def call(rep: Any, contact: Any, lead: Any) -> Task:
    rep("Rita")
    lead(contact("Ada"))
    jobs.settle()
    return Task.objects.get()


def test_the_same_cause_makes_one_task(contact: Any) -> None:
    new = tasks.NewTask("Write", contact("Ada").pk, "user:1:x", clock.now())
    assert len(tasks.create([new])) == 1
    assert tasks.create([new]) == []


def test_talking_answers_the_lead_and_makes_it_sal(call: Task) -> None:
    done = tasks.complete(call, call.user, "reached", note="Nice.")
    assert done.stage == "sal"
    call.refresh_from_db()
    assert (call.done_at, call.outcome, call.note, call.lead.stage) == (clock.now(), "reached", "Nice.", "sal")
    assert Assignment.objects.get().answer == "accepted"
    assert Activity.objects.get(kind="task_done").properties["note"] == "Nice."


def test_a_booked_meeting_makes_it_sql_and_a_task_to_go_there(call: Task) -> None:
    at = clock.now() + timedelta(days=2)
    assert tasks.complete(call, call.user, "meeting", again_at=at).stage == "sql"
    assert Task.objects.get(kind="meeting").due_at == at


def test_a_task_is_done_once(call: Task) -> None:
    again = Task.objects.get(pk=call.pk)
    assert tasks.complete(call, call.user, "no_answer")
    assert tasks.complete(again, call.user, "meeting") is None
    assert Activity.objects.filter(kind="task_done").count() == 1
    assert Task.objects.filter(done_at=None).count() == 1
    call.lead.refresh_from_db()
    assert call.lead.stage == "mql"


def test_no_answer_is_tried_again_a_few_times_and_stops_the_clock(call: Task) -> None:
    user, count = call.user, 0
    while open_task := Task.objects.filter(done_at=None).first():
        tasks.complete(open_task, user, "no_answer")
        count += 1
        clock.advance(timedelta(days=5))
    assert count == 5
    assert Assignment.objects.get().answer == "touched"


def test_not_interested_recycles_the_lead(call: Task) -> None:
    assert tasks.complete(call, call.user, "not_interested").stage == "recycled"
    assert Assignment.objects.get().answer == "rejected"


def test_an_unknown_outcome_is_refused(call: Task) -> None:
    with pytest.raises(ValueError, match="choose one of"):
        tasks.complete(call, call.user, "whatever")


def test_snoozing_and_taking(call: Task, rep: Any) -> None:
    rob, until = rep("Rob"), clock.now() + timedelta(days=1)
    assert tasks.snooze(call, until)
    assert tasks.take(call, rob)
    call.refresh_from_db()
    assert (call.snoozed_until, call.user) == (until, rob)
    tasks.complete(call, rob, "done")
    assert not tasks.take(call, rob)
