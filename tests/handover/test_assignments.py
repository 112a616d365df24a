"""Leads reach a rep: fairly, once, with a reason and a time."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from leadwright.capture import activities
from leadwright.capture.models import Activity
from leadwright.handover import assignments
from leadwright.handover.models import Assignment, Task, Unrouted
from leadwright.kit import clock, jobs
from leadwright.qualify import leads

pytestmark = pytest.mark.django_db


def test_an_mql_is_given_to_a_rep_with_a_task_and_a_reason(rep: Any, contact: Any, lead: Any) -> None:
    rita, ada = rep("Rita"), contact("Ada")
    hers = lead(ada)
    jobs.settle()
    given = Assignment.objects.get()
    assert (given.user, given.lead) == (rita, hers)
    assert given.why == "The only rep who takes leads; the lead became mql (hot)."
    task = Task.objects.get()
    assert (task.user, task.contact, task.title, task.kind) == (rita, ada, "Call Ada", "call")
    assert (task.cause, task.due_at) == (f"assignment:{given.pk}", given.answer_by)
    hers.refresh_from_db()
    ada.refresh_from_db()
    assert (hers.owner, ada.owner) == (rita, rita)
    assert Activity.objects.filter(kind="lead_assigned", name="Rita").count() == 1


def test_the_answer_is_due_so_many_minutes_after_capture(rep: Any, contact: Any, lead: Any) -> None:
    rep("Rita")
    opened = clock.now() - timedelta(minutes=10)
    lead(contact("Ada"), opened_at=opened)
    jobs.settle()
    assert Assignment.objects.get().answer_by == opened + timedelta(minutes=30)


def test_a_lead_nurtured_for_weeks_is_not_late_at_once(rep: Any, contact: Any, lead: Any) -> None:
    rep("Rita")
    lead(contact("Ada"), opened_at=clock.now() - timedelta(days=20))
    jobs.settle()
    assert Assignment.objects.get().answer_by == clock.now() + timedelta(minutes=30)


def test_leads_go_round_fairly(rep: Any, contact: Any, lead: Any) -> None:
    reps = [rep("Rita"), rep("Rob"), rep("Ruth")]
    rep("Away", takes_leads=False)
    rep("Gone", is_active=False)
    for number in range(4):
        lead(contact(f"A{number}"))
    jobs.settle()
    for number in range(5):  # one by one, after the set before
        lead(contact(f"B{number}"))
        jobs.settle()
    assert Counter(Assignment.objects.values_list("user__name", flat=True)) == {each.name: 3 for each in reps}


def test_all_leads_of_a_contact_go_to_one_rep(rep: Any, contact: Any, lead: Any) -> None:
    rep("Rita"), rep("Rob")
    ada = contact("Ada")
    lead(ada), lead(ada)
    jobs.settle()
    assert Assignment.objects.values("user").distinct().count() == 1


def test_a_contact_who_has_a_rep_keeps_him(rep: Any, contact: Any, lead: Any) -> None:
    rep("Rita")
    rob = rep("Rob")
    lead(contact("Ada", owner=rob))
    jobs.settle()
    assert (Assignment.objects.get().user, Assignment.objects.get().rule) == (rob, "owner")


def test_a_lead_waits_until_somebody_takes_leads(rep: Any, contact: Any, lead: Any) -> None:
    lead(contact("Ada"))
    jobs.settle()
    assert Unrouted.objects.count() == 1
    rep("Rita")
    jobs.settle(everything=True)
    assert (Unrouted.objects.count(), Assignment.objects.count()) == (0, 1)


def test_what_an_import_moved_is_not_routed(rep: Any, contact: Any, lead: Any) -> None:
    rep("Rita")
    imported = lead(contact("Ada"), stage="new")
    with activities.caused_by(3):
        leads.move([imported.pk], "mql", actor="import 3")
    jobs.settle()
    assert not Assignment.objects.exists()


def test_routing_twice_gives_once(rep: Any, contact: Any, lead: Any) -> None:
    rep("Rita")
    hers = lead(contact("Ada"))
    jobs.settle()
    leads.move([hers.pk], "new", actor="Mara")
    leads.move([hers.pk], "mql", actor="Mara")
    jobs.settle(everything=True)
    assert Assignment.objects.count() == Task.objects.count() == 1


def test_accepting_makes_a_lead_sal_and_answers(rep: Any, contact: Any, lead: Any) -> None:
    rita, hers = rep("Rita"), lead(contact("Ada"))
    jobs.settle()
    assert assignments.accept(hers, rita)
    assert not assignments.accept(hers, rita)
    hers.refresh_from_db()
    given = Assignment.objects.get()
    assert (hers.stage, given.answer, given.answered_at) == ("sal", "accepted", clock.now())


def test_rejecting_needs_a_reason_and_recycles(rep: Any, contact: Any, lead: Any) -> None:
    rita, hers = rep("Rita"), lead(contact("Ada"))
    jobs.settle()
    with pytest.raises(leads.NeedsReason):
        assignments.reject(hers, rita)
    reason = leads.reasons("recycled")[0]
    assert assignments.reject(hers, rita, reason_id=reason.pk)
    hers.refresh_from_db()
    assert (hers.stage, hers.reason) == ("recycled", reason)
    assert Task.objects.get().done_at
    assert Assignment.objects.get().answer == "rejected"


def test_a_lead_closed_elsewhere_leaves_no_task_behind(rep: Any, contact: Any, lead: Any) -> None:
    rep("Rita")
    hers = lead(contact("Ada"))
    jobs.settle()
    leads.move([hers.pk], "won", actor="Mara")
    jobs.settle()
    assert Task.objects.get().done_at
    assert Assignment.objects.get().answered_at


def test_a_lead_given_on_takes_its_tasks_along(rep: Any, contact: Any, lead: Any) -> None:
    rep("Rita")
    hers = lead(contact("Ada"))
    jobs.settle()
    rob = rep("Rob")
    assert assignments.give([hers.pk], rob, by="Mara") == 1
    assert Task.objects.get().user == rob
    assert [each.answer for each in Assignment.objects.order_by("pk")] == ["passed_on", ""]


def test_late_leads_are_shown(rep: Any, contact: Any, lead: Any) -> None:
    rep("Rita")
    lead(contact("Ada"))
    jobs.settle()
    assert not assignments.late()
    clock.advance(timedelta(minutes=31))
    assert assignments.late().count() == 1


def test_whoever_works_a_lead_on_the_board_has_answered_it(rep: Any, contact: Any, lead: Any) -> None:
    rita = rep("Rita")
    hers = lead(contact("Ada"))
    jobs.settle()
    clock.advance(timedelta(minutes=20))
    leads.move([hers.pk], "sql", actor="Rita", user=rita)
    moved_at = clock.now()
    clock.advance(timedelta(hours=2))
    jobs.settle()
    given = Assignment.objects.get()
    assert (given.answer, given.answered_at) == ("accepted", moved_at)
    assert not assignments.late().exists()


def test_a_lead_given_by_hand_is_handed_over_with_a_task_and_a_clock(rep: Any, contact: Any, lead: Any) -> None:
    rita, rob = rep("Rita"), rep("Rob")
    ada = contact("Ada")
    hers = lead(ada)
    jobs.settle()
    first = Assignment.objects.get()
    other = rob if first.user == rita else rita
    assert leads.give([hers.pk], other, actor="Mila") == 1
    assert leads.give([hers.pk], other, actor="Mila") == 0
    jobs.settle()
    first.refresh_from_db()
    assert first.answer == "passed_on"
    given = Assignment.objects.exclude(pk=first.pk).get()
    assert (given.user, given.rule, given.why) == (other, "by hand", "Given by Mila.")
    assert Task.objects.get(done_at=None).user == other
    ada.refresh_from_db()
    assert ada.owner == other
    jobs.settle()
    assert Assignment.objects.count() == 2


def test_a_new_lead_given_by_hand_is_not_routed_again(rep: Any, contact: Any, lead: Any) -> None:
    rita = rep("Rita")
    rep("Rob")
    fresh = lead(contact("Ada"), stage="new")
    leads.give([fresh.pk], rita, actor="Mila")
    jobs.settle()
    leads.move([fresh.pk], "mql", actor="score", reason="hot")
    jobs.settle()
    assert [each.user for each in Assignment.objects.all()] == [rita]
