"""What each kind of step does to a set of people."""

from datetime import timedelta
from typing import Any

import pytest

from leadwright.engage.models import Message
from leadwright.handover.models import Task
from leadwright.kit import jobs
from leadwright.nurture import enrollments
from leadwright.nurture.models import StepRecord
from leadwright.qualify import leads
from leadwright.qualify.models import Lead

pytestmark = pytest.mark.django_db


@pytest.fixture
def email(db: None) -> Any:
    from leadwright.engage import emails

    return emails.write(name="Welcome", subject="Welcome", body=[("text", "<p>Hello</p>")]).email


def walk(journey: Any, *people: Any) -> dict[str, tuple[str, str]]:
    enrollments.enroll(journey, [each.pk for each in people], cause="test", why="asked")
    jobs.settle()
    found = StepRecord.objects.select_related("enrollment__contact").order_by("pk")

    return {record.enrollment.contact.first_name: (record.outcome, record.why) for record in found}


def test_an_email_is_queued_with_the_step_as_its_cause(journey: Any, contact: Any, email: Any) -> None:
    ada = contact("Ada")
    welcome = journey([("email", {"email": str(email.pk)})])
    assert walk(welcome, ada) == {"Ada": ("sent", "“Welcome”")}
    message = Message.objects.get()
    record = StepRecord.objects.get()
    assert message.cause == f"enrollment:{record.enrollment_id}:step:{record.step_id}"
    assert (message.contact, message.state) == (ada, "queued")


def test_who_may_not_get_it_is_held_back_with_the_reason_and_goes_on(journey: Any, contact: Any) -> None:
    from leadwright.engage import emails
    from leadwright.profile.models import Consent, Purpose

    news = Purpose.objects.create(key="news", name="News")
    email = emails.write(name="News", subject="News", body=[("text", "<p>News</p>")], purpose=news).email
    ada, ben = contact("Ada"), contact("Ben")
    Consent.objects.create(contact=ada, purpose=news, state="granted", at="2026-01-01T00:00Z")
    taken = walk(journey([("email", {"email": str(email.pk)})]), ada, ben)
    assert taken["Ada"][0] == "sent"
    assert taken["Ben"] == ("held", "there is no consent to this purpose")


def test_a_lead_is_moved_forward_never_back(journey: Any, contact: Any) -> None:
    people = {name: contact(name) for name in ("Ada", "Ben", "Cleo")}
    opened = leads.open([leads.NewLead(people[name].pk, "form x") for name in ("Ada", "Ben")], actor="form")
    leads.move([opened.new[1]], "sql", actor="Mara")
    taken = walk(journey([("stage", {"stage": "mql"})]), *people.values())
    assert taken["Ada"] == ("done", "moved to mql")
    assert taken["Ben"] == taken["Cleo"] == ("done", "no open lead before this stage")
    assert set(Lead.objects.values_list("contact__first_name", "stage")) == {("Ada", "mql"), ("Ben", "sql")}


def test_a_task_is_made_for_the_owner(journey: Any, contact: Any) -> None:
    from leadwright.workspace.models import User

    rita = User.objects.create_user("rita@firm.example", name="Rita")
    walk(
        journey([("task", {"kind": "call", "title": "Ask {name} about the paper", "user": "", "hours": 4})]),
        contact("Ada", owner=rita),
    )
    task = Task.objects.get()
    assert (task.title, task.user, task.kind) == ("Ask Ada about the paper", rita, "call")
    assert task.why == "Step of the journey “Welcome”."


def test_a_branch_goes_two_ways_and_both_go_on_below(journey: Any, contact: Any) -> None:
    from leadwright.kit import clock
    from leadwright.nurture.models import Enrollment
    from leadwright.qualify.models import Member, Segment

    ada, ben = contact("Ada"), contact("Ben")
    hot = Segment.objects.create(name="Hot", is_active=False)
    Member.objects.create(segment=hot, contact=ada, since=clock.now())
    asked = [{"type": "segment", "value": {"is": "in", "segment": str(hot.pk)}}]
    inner = {"conditions": asked, "yes": [("exit", {"why": "hot"})], "no": []}
    branch = {"conditions": asked, "yes": [("branch", inner)], "no": [("wait", {"amount": 1, "unit": "days"})]}
    welcome = journey([("branch", branch), ("exit", {"why": "end"})])
    version = welcome.versions.get()
    assert version.shape == [[1, [[2, [[3]], []]], [[4]]], [5]]
    assert version.steps.get(number=1).label == "If is in “Hot”"
    walk(welcome, ada, ben)
    found = StepRecord.objects.filter(enrollment__contact=ada).order_by("pk")
    assert [(r.step.number, r.outcome) for r in found] == [(1, "yes"), (2, "yes"), (3, "left")]
    assert Enrollment.objects.get(contact=ben).step.number == 4
    clock.advance(timedelta(days=1))
    jobs.settle()
    found = StepRecord.objects.filter(enrollment__contact=ben).order_by("pk")
    assert [(r.step.number, r.outcome) for r in found] == [(1, "no"), (4, "done"), (5, "left")]


def test_a_field_is_set_in_its_own_form_with_the_journey_as_its_origin(journey: Any, contact: Any) -> None:
    from leadwright.profile.fields import definitions
    from leadwright.profile.models import PastValue

    definitions.make("contact", "Region", "choice", options=["North", "South"])
    ada, ben = contact("Ada", custom={"region": "South"}), contact("Ben")
    taken = walk(journey([("field", {"field": "custom.region", "value": "north", "how": "always"})]), ada, ben)
    assert taken["Ada"] == taken["Ben"] == ("done", "Set Region to “north”")
    ada.refresh_from_db()
    assert ada.custom == {"region": "North"}
    assert ada.origins["custom.region"]["from"] == "journey Welcome"
    assert PastValue.objects.get(contact=ada, field="custom.region").value == "South"


def test_a_field_that_says_something_is_left_alone_where_the_step_only_fills(journey: Any, contact: Any) -> None:
    ada, ben = contact("Ada", buying_role="user"), contact("Ben")

    taken = walk(journey([("field", {"field": "buying_role", "value": "Decider", "how": "blank"})]), ada, ben)
    assert taken == {
        "Ada": ("done", "it stays as it was"),
        "Ben": ("done", "Set Role in buying to “Decider” where it is blank"),
    }
    for each in (ada, ben):
        each.refresh_from_db()
    assert (ada.buying_role, ben.buying_role) == ("user", "decider")


def test_a_value_that_the_field_does_not_take_is_refused_when_it_is_written_and_held_when_it_runs(
    journey: Any, contact: Any
) -> None:
    from wagtail.blocks.struct_block import StructBlockValidationError

    from leadwright.nurture.steps.value import SetField
    from leadwright.profile.fields import definitions

    definitions.make("contact", "Seats", "number")
    block = SetField().block(1)
    with pytest.raises(StructBlockValidationError):
        block.clean(block.to_python({"field": "custom.seats", "value": "many", "how": "always"}))
    taken = walk(journey([("field", {"field": "custom.seats", "value": "many", "how": "always"})]), contact("Ada"))
    assert taken["Ada"][0] == "held"
