"""Leads open once per raised hand, move only by rule, and every stage is what the last move says."""

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadwright.attract.models import Form
from leadwright.capture.models import Activity
from leadwright.kit import clock, database, jobs
from leadwright.profile.models import Contact, Identity
from leadwright.qualify import leads, rules, segments
from leadwright.qualify.models import Hand, Lead, Member, Reason, Segment, StageMove
from leadwright.workspace.models import User

Did = Callable[..., uuid.UUID]


def opened(contact: Contact, **more: object) -> Lead:
    return Lead.objects.get(pk=leads.open([leads.NewLead(contact.pk, "console", **more)], actor="test").new[0])  # type: ignore[arg-type]


def test_a_form_of_a_known_contact_opens_a_lead_that_starts_at_the_moment_of_the_form(
    ada: Contact, demo_form: Form, did: Did, noon: datetime
) -> None:
    activity = did(ada, "form_submitted", object_kind="form", object_id="demo", channel="Paid Search", human=0.9)
    clock.advance(timedelta(minutes=5))
    jobs.settle()
    lead = Lead.objects.get()
    assert (lead.contact, lead.stage, lead.opened_at, lead.activity_id) == (ada, "new", noon, activity)
    assert (lead.source, lead.interest, lead.channel) == ("form demo", "Demo request", "Paid Search")
    assert StageMove.objects.get().at == noon
    assert Activity.objects.get(kind="lead_opened").object_id == str(lead.pk)


def test_a_form_of_a_visitor_waits_until_somebody_knows_who_it_is(
    ada: Contact, demo_form: Form, did: Did, visitor: uuid.UUID
) -> None:
    did(visitor, "form_submitted", object_kind="form", object_id="demo")
    jobs.settle()
    assert not Lead.objects.exists()
    Identity.objects.create(subject_id=visitor, contact=ada, kind=Identity.Kind.VISITOR)
    jobs.wake("contacts")
    jobs.settle()
    assert Lead.objects.get().contact == ada


def test_a_form_at_a_browser_known_by_a_mails_link_opens_one_lead(
    ada: Contact, demo_form: Form, did: Did, visitor: uuid.UUID
) -> None:
    """Such a link may turn out to say nothing, so the hand is kept besides; it opens no second lead."""
    Identity.objects.create(
        subject_id=visitor, contact=ada, kind=Identity.Kind.VISITOR, evidence="link in message 17", since=clock.now()
    )
    did(visitor, "form_submitted", object_kind="form", object_id="demo")
    jobs.settle()
    assert Lead.objects.get().contact == ada
    assert not Hand.objects.exists()


def test_many_raised_hands_are_taken_in_trust_and_all_is_noted(demo_form: Form, did: Did) -> None:
    people = Contact.objects.bulk_create(Contact(first_name=f"P{n}") for n in range(database.MANY + 1))
    Identity.objects.bulk_create(
        Identity(subject_id=each.uid, contact=each, kind=Identity.Kind.SELF, since=clock.now()) for each in people
    )
    with_lead = segments.save(Segment(name="With a lead", conditions={"kind": "lead", "has": "yes"}))
    jobs.settle()
    for each in people:
        did(each, "form_submitted", object_kind="form", object_id="demo")
    jobs.settle()
    assert set(Lead.objects.values_list("contact", flat=True)) == {each.pk for each in people}
    assert StageMove.objects.count() == len(people)
    assert Member.objects.filter(segment=with_lead).count() == len(people)


def test_what_is_opened_for_a_campaign_that_is_gone_is_refused(ada: Contact) -> None:
    @transaction.atomic
    def open_for(campaign: int) -> None:
        opened(ada, campaign_id=campaign)
        database.execute("SET CONSTRAINTS ALL IMMEDIATE")

    with pytest.raises(IntegrityError):
        open_for(987_654)


def test_a_second_form_adds_its_interest_to_the_open_lead(ada: Contact, demo_form: Form, did: Did) -> None:
    Form.objects.create(name="Price list", code="prices")
    did(ada, "form_submitted", object_kind="form", object_id="demo")
    jobs.settle()
    for _ in range(2):
        did(ada, "form_submitted", object_kind="form", object_id="prices")
        jobs.settle()
    assert Lead.objects.get().interest == "Demo request · Price list"


def test_two_forms_at_once_make_one_lead(ada: Contact, demo_form: Form, did: Did) -> None:
    Form.objects.create(name="Price list", code="prices")
    did(ada, "form_submitted", object_kind="form", object_id="prices")
    did(ada, "form_submitted", object_kind="form", object_id="demo")
    jobs.settle()
    assert Lead.objects.get().interest == "Demo request · Price list"


def test_a_form_after_the_last_lead_was_closed_opens_a_new_one(ada: Contact, demo_form: Form, did: Did) -> None:
    leads.move([opened(ada).pk], "lost", actor="test", reason="Price")
    did(ada, "form_submitted", object_kind="form", object_id="demo")
    jobs.settle()
    assert sorted(Lead.objects.values_list("stage", flat=True)) == ["lost", "new"]


def test_machines_and_forms_that_open_no_lead_open_none(ada: Contact, demo_form: Form, did: Did) -> None:
    Form.objects.create(name="Newsletter", code="news", opens_lead=False)
    did(ada, "form_submitted", object_kind="form", object_id="news")
    did(ada, "form_submitted", object_kind="form", object_id="demo", human=0.1)
    jobs.settle()
    assert not Lead.objects.exists()


def test_a_job_killed_before_its_commit_repeats_without_a_second_lead(
    ada: Contact, demo_form: Form, did: Did, monkeypatch: pytest.MonkeyPatch
) -> None:
    did(ada, "form_submitted", object_kind="form", object_id="demo")
    with monkeypatch.context() as patch:
        patch.setattr("leadwright.capture.activities.record_from", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            jobs.settle()
    assert not Lead.objects.exists()
    jobs.settle(everything=True)
    jobs.settle(everything=True)
    assert Lead.objects.count() == StageMove.objects.count() == Activity.objects.filter(kind="lead_opened").count() == 1


def test_the_same_external_id_opens_one_lead_and_others_open_their_own(ada: Contact) -> None:
    rows = [leads.NewLead(ada.pk, "import 1", external_id=key) for key in ("a", "b", "a")]
    assert len(leads.open(rows, actor="import 1").new) == 2
    assert leads.open(rows, actor="import 1").new == ()


def test_leads_of_any_year_can_be_opened_and_won_and_keep_their_moments(ada: Contact, noon: datetime) -> None:
    then = noon.replace(year=2018)
    lead = opened(ada, opened_at=then)
    leads.move([lead.pk], "won", actor="import 3", at=then + timedelta(days=9), value=Decimal("1200.50"))
    lead.refresh_from_db()
    assert (lead.stage, lead.value, lead.closed_at) == ("won", Decimal("1200.50"), then + timedelta(days=9))
    assert Activity.objects.get(kind="stage_moved").properties["to"] == "won"
    assert Activity.objects.get(kind="stage_moved").at == then + timedelta(days=9)


def test_a_win_dated_before_the_lead_keeps_its_date_while_history_runs_forward(ada: Contact, noon: datetime) -> None:
    lead = opened(ada)
    leads.move([lead.pk], "won", actor="import", at=noon - timedelta(days=3))
    lead.refresh_from_db()
    assert lead.closed_at == noon - timedelta(days=3)
    assert lead.stage_since == StageMove.objects.get(to_stage="won").at == noon


def test_lost_needs_a_reason_from_the_list(ada: Contact) -> None:
    lead = opened(ada)
    with pytest.raises(leads.NeedsReason, match="No budget"):
        leads.move([lead.pk], "lost", actor="test", reason="Because")
    price = Reason.objects.get(stage="lost", label="Price")
    leads.move([lead.pk], "lost", actor="test", reason_id=price.pk, reason="twice the other's")
    lead.refresh_from_db()
    assert (lead.stage, lead.reason) == ("lost", price)
    assert StageMove.objects.get(to_stage="lost").reason == "Price: twice the other's"


def test_moving_twice_moves_once_and_says_why_the_second_did_not(ada: Contact) -> None:
    lead = opened(ada)
    assert leads.move([lead.pk], "mql", actor="test").leads == (lead.pk,)
    again = leads.move([lead.pk], "mql", actor="test")
    assert again.leads == ()
    assert again.stayed == ((lead.pk, "It is in stage mql already."),)


def test_a_bulk_move_can_be_taken_back_except_where_somebody_moved_on(ada: Contact, ben: Contact) -> None:
    first, second = opened(ada), opened(ben)
    leads.move([second.pk], "recycled", actor="test", reason="Not now")
    moved = leads.move([first.pk, second.pk], "sal", actor="test")
    back = leads.take_back(moved.moves, actor="test")
    assert set(back.leads) == {first.pk, second.pk}
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.stage, second.stage, second.reason and second.reason.label) == ("new", "recycled", "Not now")
    assert leads.take_back(moved.moves, actor="test").leads == ()


def test_a_rep_sees_own_and_free_leads_but_not_those_of_another(
    ada: Contact, cleo: Contact, rep: User, other_rep: User, marketer: User
) -> None:
    free, hers = opened(ada), opened(cleo, owner_id=other_rep.pk)
    assert set(Lead.objects.visible_to(rep)) == {free}
    assert set(Lead.objects.visible_to(marketer)) == {free, hers}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(rules.STAGES), st.integers(-5, 5), st.booleans()), max_size=12))
def test_a_stage_is_always_what_the_last_move_says(ada: Contact, moves: list[tuple[str, int, bool]]) -> None:
    lead = opened(ada)
    leads.ensure_reasons()
    for to, minutes, twice in moves:
        clock.advance(timedelta(seconds=10))
        before = Lead.objects.get(pk=lead.pk).stage
        reason = rules.REASONS[to][0] if to in rules.REASONS else ""
        at = clock.now() + timedelta(minutes=minutes)
        moved = leads.move([lead.pk, lead.pk], to, actor="test", reason=reason, at=at)
        assert bool(moved.leads) == rules.may_move(before, to)
        if twice:
            assert leads.move([lead.pk], to, actor="test", reason=reason, at=at).leads == ()
    lead.refresh_from_db()
    history = list(lead.moves.order_by("at", "id"))
    assert history[-1].to_stage == lead.stage
    assert history[-1].at == lead.stage_since
    assert [move.from_stage for move in history[1:]] == [move.to_stage for move in history[:-1]]
    assert (lead.closed_at is not None) == (lead.stage in rules.CLOSED)
    assert (lead.reason is not None) == (lead.stage in rules.NEEDS_REASON)
