"""What is found out later about who did something reaches scores, segments and raised hands."""

import uuid
from collections.abc import Callable

import pytest

from leadwright.attract.models import Form
from leadwright.capture import verdicts
from leadwright.kit import jobs
from leadwright.profile.models import Contact
from leadwright.qualify import scores, segments
from leadwright.qualify.models import Lead, Member, ScoreModel, ScoreRule, Segment

Did = Callable[..., uuid.UUID]


@pytest.fixture
def clickers(ada: Contact) -> Segment:
    """Who clicked in an email; a click gives ten points."""
    rule = ScoreRule(
        model=ScoreModel.standard(),
        name="Clicked",
        kind=ScoreRule.Kind.ENGAGEMENT,
        points=10,
        activity_kind="email_clicked",
    )
    scores.save_rule(rule)
    made = segments.save(
        Segment(name="Clickers", conditions={"kind": "activity", "did": "yes", "activity": "email_clicked"})
    )
    jobs.settle()
    return made


def standing(contact: Contact) -> tuple[float, bool]:
    jobs.settle()
    return round(scores.standing(contact.pk).engagement), Member.objects.filter(contact=contact).exists()


def test_a_click_that_was_a_machine_s_is_taken_back(clickers: Segment, ada: Contact, did: Did) -> None:
    click = did(ada, "email_clicked", "Guide", human=0.75)
    assert standing(ada) == (10, True)
    verdicts.mark([click], is_person=False, by="nora")
    assert standing(ada) == (0, False)
    verdicts.mark([click], is_person=None, by="nora")
    assert standing(ada) == (10, True)


def test_a_click_that_is_confirmed_later_counts_from_then_on(clickers: Segment, ada: Contact, did: Did) -> None:
    click = did(ada, "email_clicked", "Guide", human=0.2)
    assert standing(ada) == (0, False)
    verdicts.mark([click], is_person=True, by="nora")
    assert standing(ada) == (10, True)


def test_a_raised_hand_that_is_confirmed_opens_its_lead_once(demo_form: Form, ada: Contact, did: Did) -> None:
    form = did(ada, "form_submitted", "demo", object_kind="form", object_id="demo", human=0.2)
    jobs.settle()
    assert not Lead.objects.exists()
    for word in (True, None, True):
        verdicts.mark([form], is_person=word, by="nora")
        jobs.settle()
    assert Lead.objects.count() == 1
