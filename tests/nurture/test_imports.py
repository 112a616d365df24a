"""An import brings history: it starts nothing, while whoever does something himself is met."""

from pathlib import Path
from typing import Any

import pytest

from leadwright.capture import activities
from leadwright.capture.imports import runs
from leadwright.capture.models import Activity, Import
from leadwright.engage.models import Message
from leadwright.handover.models import Assignment, Task
from leadwright.kit import clock, jobs
from leadwright.kit.registries import IMPORT_KINDS
from leadwright.nurture.models import Enrollment
from leadwright.profile.models import Consent, Contact, Purpose
from leadwright.qualify import segments
from leadwright.qualify.models import Lead, Member, Point, ScoreModel, ScoreRule, Segment
from leadwright.workspace.models import Role, User

pytestmark = pytest.mark.django_db

HEADS = {
    "any": [
        {"kind": "contact", "field": "title", "is": "contains", "value": "Head"},
        {"kind": "activity", "did": "yes", "activity": "form_submitted"},
        {"kind": "activity", "did": "yes", "activity": "lead_opened"},
    ]
}


@pytest.fixture
def heads(journey: Any, contact: Any) -> Segment:
    """A firm in which everything would start: a segment with a journey, rules for points, a rep who takes leads."""
    from leadwright.engage import emails

    news = Purpose.objects.create(key="news", name="News")
    email = emails.write(name="Hello", subject="Hello", body=[("text", "<p>Hello</p>")], purpose=news).email
    segment = segments.save(Segment(name="Heads", conditions=HEADS))
    journey(
        [("email", {"email": str(email.pk)}), ("exit", {"why": "enough"})], ("segment", {"segment": str(segment.pk)})
    )
    model = ScoreModel.standard()
    for kind in ("lead_opened", "stage_moved", "segment_entered"):
        ScoreRule.objects.create(model=model, kind="engagement", activity_kind=kind, points=99)
    User.objects.create_user("rita@firm.example", name="Rita", role=Role.REP, takes_leads=True)
    for name in ("Ada", "Cleo"):
        Consent.objects.create(contact=contact(name), purpose=news, state="granted", at=clock.now())
    jobs.settle()
    return segment


def take(kind: str, folder: Path, text: str, raw: dict[str, Any] | None = None) -> Import:
    path = folder / f"{kind}.csv"
    path.write_text(text, encoding="utf-8")
    done = runs.import_file(IMPORT_KINDS.get(kind), path, raw)
    assert done.state == Import.State.DONE, done.error
    jobs.settle()
    return done


def started() -> dict[str, int]:
    found = (Enrollment, Message, Task, Assignment, Point)
    return {model.__name__: count for model in found if (count := model.objects.count())}


def entries(segment: Segment) -> dict[str, int | None]:
    """Who entered a segment, and by which import."""
    facts = Activity.objects.filter(kind="segment_entered", object_id=str(segment.pk))
    names = dict(Contact.objects.values_list("uid", "first_name"))
    return {names[fact.subject_id]: fact.properties.get("import") for fact in facts}


def test_who_enters_a_segment_by_an_import_is_a_member_and_nothing_starts(heads: Segment, tmp_path: Path) -> None:
    done = take(
        "contacts", tmp_path, "Email,First Name,Job Title\nada@example.com,Ada,Head\nben@example.com,Ben,Head\n"
    )
    assert Member.objects.filter(segment=heads).count() == 2
    assert entries(heads) == {"Ada": done.pk, "Ben": done.pk}
    assert started() == {}


def test_leads_from_a_file_give_no_points_and_wake_no_rep(heads: Segment, tmp_path: Path) -> None:
    raw = {"kind": "leads", "columns": {"id": "external_id", "mail": "email", "at": "opened_at", "mql": "mql_at"}}
    done = take("leads", tmp_path, "id,mail,at,mql\n1,ada@example.com,2026-02-27,2026-03-01\n", raw)
    assert Lead.objects.get().stage == "mql"
    assert entries(heads) == {"Ada": done.pk}
    assert started() == {}


def test_an_undo_starts_nothing_either(heads: Segment, tmp_path: Path) -> None:
    title = "Email,Job Title\nada@example.com,{}\n"
    take("contacts", tmp_path, title.format("Head"))
    second = take("contacts", tmp_path, title.format("Clerk"))
    assert not Member.objects.filter(segment=heads).exists()
    runs.start_undo(second)
    runs.undo(second.pk)
    jobs.settle()
    assert Member.objects.filter(segment=heads).exists()
    assert started() == {}


def test_a_changed_segment_does_not_start_what_an_import_has_just_touched(heads: Segment, tmp_path: Path) -> None:
    with jobs.by_hand():
        heads.is_stale = True
        heads.save()
        take("contacts", tmp_path, "Email,First Name,Job Title\nben@example.com,Ben,Head\n")
    assert list(entries(heads)) == ["Ben"]
    assert started() == {}


def test_who_sends_a_form_is_met_also_after_an_import(heads: Segment, tmp_path: Path) -> None:
    take("contacts", tmp_path, "Email,First Name\ncleo@example.com,Cleopatra\n")
    cleo = Contact.objects.get(email_key="cleo@example.com")
    form = {"kind": "form_submitted", "object_kind": "form", "object_id": "demo", "human": 1.0}
    activities.record([activities.Fact(at=clock.now(), subject_id=cleo.uid, **form)])
    jobs.settle()
    jobs.settle(everything=True)
    assert entries(heads) == {"Cleopatra": None}
    assert Enrollment.objects.get().contact == cleo
    assert Message.objects.get().state == "queued"
    assert Point.objects.filter(contact=cleo).exists()
