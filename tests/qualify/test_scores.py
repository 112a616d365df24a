"""Points are given once for what people did and who they are; scores fade, cross thresholds, and move leads."""

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from leadwright.capture.models import Activity
from leadwright.kit import clock, jobs
from leadwright.profile.models import Contact, Identity
from leadwright.qualify import leads, rules, scores
from leadwright.qualify.conditions import BadCondition
from leadwright.qualify.models import Lead, Member, Point, Score, ScoreModel, ScoreRule, Segment, StageMove
from leadwright.workspace.models import User

Did = Callable[..., uuid.UUID]
HEADS = {"kind": "contact", "field": "title", "is": "contains", "value": "head"}


@pytest.fixture
def model(noon: datetime) -> ScoreModel:
    """Fit 20 for heads; 10 for a price page (three times), 30 for a form, −15 for unsubscribing; hot at 20 and 30."""
    model = ScoreModel.standard()
    did = ScoreRule.Kind.ENGAGEMENT
    for rule in (
        ScoreRule(name="Head", kind=ScoreRule.Kind.FIT, points=20, condition=HEADS),
        ScoreRule(name="Prices", kind=did, points=10, activity_kind="page", activity_name="/pricing*", cap=3),
        ScoreRule(name="Form", kind=did, points=30, activity_kind="form_submitted"),
        ScoreRule(name="Left", kind=did, points=-15, activity_kind="unsubscribed"),
    ):
        rule.model = model
        scores.save_rule(rule)
    jobs.settle()
    return model


def price(contact: Contact | uuid.UUID, did: Did, **more: object) -> None:
    did(contact, "page", "Prices", properties={"path": "/pricing/"}, **more)


def engagement(contact: Contact) -> float:
    return scores.standing(contact.pk).engagement


def test_acts_of_people_give_points_and_those_of_machines_none(model: ScoreModel, ada: Contact, did: Did) -> None:
    price(ada, did, human=0.9)
    price(ada, did, human=0.3)
    did(ada, "page", "Home", properties={"path": "/"})
    jobs.settle()
    assert engagement(ada) == pytest.approx(10)
    assert Score.objects.get(pk=ada.pk).fit == 20


def test_a_cap_holds_for_a_half_life(model: ScoreModel, ada: Contact, did: Did) -> None:
    for _ in range(2):
        price(ada, did)
        price(ada, did)
        jobs.settle()
    assert Point.objects.filter(contact=ada, activity_id__isnull=False).count() == 3
    clock.advance(timedelta(days=31))
    price(ada, did)
    jobs.settle()
    assert Point.objects.filter(contact=ada, activity_id__isnull=False).count() == 4


def test_negative_points_take_away_but_not_below_nought(model: ScoreModel, ada: Contact, did: Did) -> None:
    price(ada, did)
    did(ada, "unsubscribed")
    jobs.settle()
    assert engagement(ada) == 0
    did(ada, "form_submitted")
    jobs.settle()
    assert engagement(ada) == pytest.approx(25)


def test_running_twice_and_dying_between_gives_each_point_once(
    model: ScoreModel, ada: Contact, did: Did, monkeypatch: pytest.MonkeyPatch
) -> None:
    did(ada, "form_submitted")
    with monkeypatch.context() as patch:
        patch.setattr("leadwright.qualify.scores._note", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            jobs.settle()
    for _ in range(2):
        jobs.settle(everything=True)
    assert engagement(ada) == pytest.approx(30)
    assert Activity.objects.filter(kind="score_crossed").count() == 1


def test_what_a_visitor_did_counts_as_soon_as_the_visitor_is_known_and_no_longer_when_it_is_taken_away(
    model: ScoreModel, ada: Contact, did: Did, visitor: uuid.UUID
) -> None:
    price(visitor, did)
    jobs.settle()
    assert not Score.objects.filter(pk=ada.pk, engagement_level__isnull=False).exists()
    identity = Identity.objects.create(subject_id=visitor, contact=ada, kind=Identity.Kind.VISITOR)
    jobs.wake("contacts")
    jobs.settle()
    assert engagement(ada) == pytest.approx(10)
    identity.delete()
    jobs.wake("contacts")
    jobs.settle()
    assert engagement(ada) == 0


def test_fit_follows_the_contact(model: ScoreModel, ben: Contact) -> None:
    jobs.settle(everything=True)
    assert not Score.objects.filter(pk=ben.pk).exists()
    for title, fit in (("Head", 20), ("Cook", 0)):
        Contact.objects.filter(pk=ben.pk).update(title=title)
        jobs.wake("contacts")
        jobs.settle()
        assert Score.objects.get(pk=ben.pk).fit == fit


def test_crossing_both_thresholds_makes_the_new_lead_an_mql(model: ScoreModel, ada: Contact, did: Did) -> None:
    lead_id = leads.open([leads.NewLead(ada.pk, "console")], actor="test").new[0]
    did(ada, "form_submitted")
    jobs.settle()
    lead = Lead.objects.get()
    assert (lead.pk, lead.stage) == (lead_id, "mql")
    assert StageMove.objects.get(to_stage="mql").actor == "score"
    crossed = Activity.objects.get(kind="score_crossed")
    assert (crossed.name, crossed.properties) == ("hot", {"fit": 20, "engagement": 30.0})


def test_somebody_hot_without_a_lead_gets_one(model: ScoreModel, ada: Contact, did: Did) -> None:
    did(ada, "form_submitted")
    jobs.settle()
    lead = Lead.objects.get()
    assert (lead.contact, lead.source, lead.stage) == (ada, "score", "mql")


@pytest.mark.parametrize(
    ("stage", "then"),
    [("recycled", ["mql"]), ("disqualified", ["disqualified"]), ("lost", ["lost", "mql"]), ("sal", ["sal"])],
)
def test_what_becomes_of_an_earlier_lead(
    model: ScoreModel, ada: Contact, did: Did, stage: str, then: list[str]
) -> None:
    old = leads.open([leads.NewLead(ada.pk, "console")], actor="test").new
    leads.move(old, stage, actor="test", reason=(rules.REASONS.get(stage) or ("",))[0])
    did(ada, "form_submitted")
    jobs.settle()
    assert sorted(Lead.objects.values_list("stage", flat=True)) == then


def test_whoever_cools_leaves_an_mql_that_nobody_took_as_new_again(
    model: ScoreModel, ada: Contact, did: Did, noon: datetime
) -> None:
    did(ada, "form_submitted")
    price(ada, did)
    jobs.settle()
    due = jobs.next_due()
    assert due is not None
    assert timedelta(days=12) < due - noon < timedelta(days=13)
    clock.set_to(due - timedelta(seconds=5))
    jobs.settle()
    assert Score.objects.get().is_hot
    clock.set_to(due)
    jobs.settle()
    assert not Score.objects.get().is_hot
    assert Lead.objects.get().stage == "new"
    assert list(Activity.objects.filter(kind="score_crossed").order_by("seq").values_list("name", flat=True)) == [
        "hot",
        "cooled",
    ]


def test_an_mql_with_an_owner_stays_when_the_contact_cools(
    model: ScoreModel, ada: Contact, did: Did, rep: User
) -> None:
    did(ada, "form_submitted")
    jobs.settle()
    Lead.objects.update(owner=rep)
    clock.advance(timedelta(days=60))
    jobs.settle()
    assert (Score.objects.get().is_hot, Lead.objects.get().stage) == (False, "mql")


def test_a_changed_rule_gives_its_points_anew(model: ScoreModel, ada: Contact, did: Did) -> None:
    price(ada, did)
    jobs.settle()
    rule = ScoreRule.objects.get(name="Prices")
    rule.points = 4
    scores.save_rule(rule)
    jobs.settle()
    assert engagement(ada) == pytest.approx(4)
    scores.delete_rule(rule)
    jobs.settle()
    assert engagement(ada) == 0


def test_changed_thresholds_judge_everybody_anew(model: ScoreModel, ada: Contact, did: Did) -> None:
    did(ada, "form_submitted")
    jobs.settle()
    model.engagement_threshold = 40
    scores.save_model(model)
    jobs.settle()
    assert not Score.objects.get().is_hot
    assert scores.grid()[0][1] == 1


def test_a_segment_of_hot_contacts_follows_the_score(model: ScoreModel, ada: Contact, did: Did) -> None:
    conditions = {"kind": "score", "which": "engagement", "is": "at_least", "points": 15}
    segment = Segment.objects.create(name="Warm", conditions=conditions)
    did(ada, "form_submitted")
    jobs.settle(everything=True)
    assert Member.objects.filter(segment=segment).count() == 1
    clock.advance(timedelta(days=31))
    jobs.settle()
    assert Member.objects.filter(segment=segment).count() == 0


def test_every_point_can_be_traced(model: ScoreModel, ada: Contact, did: Did) -> None:
    activity = did(ada, "form_submitted", "demo")
    jobs.settle()
    clock.advance(timedelta(days=30))
    told = scores.standing(ada.pk)
    lines = {line.rule: line for line in told.lines}
    assert lines["Form"].activity_id == activity
    assert lines["Form"].worth == pytest.approx(15)
    assert lines["Head"].what == "Job title contains “head”"
    assert (told.fit, round(told.engagement), told.grade) == (20, 15, "A2")


def test_fit_may_only_ask_who_somebody_is(model: ScoreModel) -> None:
    wrong = {"all": [{"kind": "activity", "did": "yes", "activity": "page"}]}
    with pytest.raises(BadCondition, match="who somebody is"):
        scores.save_rule(ScoreRule(model=model, name="X", kind=ScoreRule.Kind.FIT, points=1, condition=wrong))


def test_the_rules_to_start_from_can_all_be_asked(noon: datetime, ada: Contact, did: Did) -> None:
    scores.ensure_rules()
    scores.ensure_rules()
    for rule in ScoreRule.objects.all():
        scores.check_rule(rule)
    did(ada, "form_submitted")
    jobs.settle()
    assert scores.standing(ada.pk).fit == 15
