"""Two records become one and two again: nothing is lost, no is no, and both come back as they were."""

import uuid
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadwright.attract.models import Form, FormField
from leadwright.capture import activities
from leadwright.capture.activities import Fact
from leadwright.capture.models import Activity
from leadwright.engage.models import Email, EmailVersion, Message
from leadwright.handover.models import Task
from leadwright.kit import clock, database
from leadwright.kit.registries import MERGERS
from leadwright.nurture.models import Enrollment, Journey, JourneyVersion
from leadwright.profile import contacts
from leadwright.profile.contacts import Incoming
from leadwright.profile.duplicates import merges
from leadwright.profile.models import Company, Consent, Contact, Identity, Merge, Suppression
from leadwright.profile.privacy import consents, suppressions
from leadwright.profile.privacy.consents import Entry, State
from leadwright.qualify.models import Lead, Member, Point, Score, ScoreModel, ScoreRule, Segment
from leadwright.workspace import audit
from leadwright.workspace.models import AuditEntry, User
from tests.capture.test_judging import hit, judged

pytestmark = pytest.mark.django_db

WRITTEN_BY_ITSELF = {"profile_merge", "profile_mergepart", "workspace_auditentry", "qualify_change", "capture_activity"}


@pytest.fixture
def user() -> User:
    return User.objects.create_user("marketer@firm.example", role="marketer")


def made(email: str, external_id: str = "", **fields: Any) -> Contact:
    [outcome] = contacts.upsert([Incoming({"email": email, **fields}, "test", external_id=external_id)])
    return Contact.objects.get(pk=outcome.contact_id)


def picture() -> dict[str, list[str]]:
    """Every row of every table that a merge may touch, as text."""
    found = {}
    for table in sorted(connection.introspection.table_names()):
        if (
            table.startswith(("profile_", "qualify_", "engage_", "nurture_", "handover_"))
            and table not in WRITTEN_BY_ITSELF
        ):
            row = "to_jsonb(t) - 'id'" if table == "profile_consent" else "to_jsonb(t)"
            found[table] = [
                each.line for each in database.rows(f'SELECT ({row})::text AS line FROM "{table}" t ORDER BY 1')
            ]
    return {table: rows for table, rows in found.items() if rows}


def lived(email: str, other: str) -> tuple[Contact, Contact]:
    """Two contacts about whom every package keeps something, partly the same."""
    ada = made(email, first_name="Ada", company="Nordwind", external_id="a-1")
    twin = made(other, last_name="Okafor", phone="+49 431 1200450", plan="pro")
    segment = Segment.objects.create(name="All")
    rule = ScoreRule.objects.create(model=ScoreModel.standard(), name="Here", kind="fit", points=5)
    version = EmailVersion.objects.create(
        email=Email.objects.create(name="Hello", subject="Hello"), number=1, subject="Hello", html="", text="",
        sender_name="Firm", sender_address="firm@firm.example",
    )  # fmt: skip
    journey = Journey.objects.create(name="Welcome")
    way = JourneyVersion.objects.create(journey=journey, number=1, trigger={})
    now = clock.now()
    for each in (ada, twin):
        Member.objects.create(segment=segment, contact=each, since=now)
        Point.objects.create(contact=each, rule=rule, points=5, at=now)
        Score.objects.create(contact=each, fit=5, updated_at=now)
        lead = Lead.objects.create(contact=each, source="form demo")
        Task.objects.create(contact=each, lead=lead, title="Call", cause=f"lead:{lead.pk}", due_at=now)
        Message.objects.create(
            contact=each,
            version=version,
            cause="broadcast:1",
            address=each.email,
            state="queued",
            queued_at=now,
            due_at=now,
        )
        Enrollment.objects.create(
            contact=each, journey=journey, version=way, cause="segment:1", entered_at=now, step_since=now, due_at=now
        )
        activities.record([Fact(at=now, subject_id=each.uid, kind="note_added", name="hello")])
    consents.record([Entry(ada.pk, "newsletter", State.GRANTED, now, "form")])
    consents.record([Entry(twin.pk, "newsletter", State.WITHDRAWN, now, "form")])
    consents.record([Entry(twin.pk, "events", State.GRANTED, now, "form")])
    return ada, twin


def test_everything_follows_and_undo_brings_both_back_exactly(user: User) -> None:
    ada, twin = lived("ada@nordwind.example", "a.okafor@other.example")
    before = picture()
    done = merges.merge("contact", ada.pk, twin.pk, user)
    ada.refresh_from_db()
    assert not Contact.objects.filter(pk=twin.pk).exists()
    assert (ada.email, ada.last_name, ada.phone, ada.custom) == (
        "ada@nordwind.example", "Okafor", "+494311200450", {"plan": "pro"},
    )  # fmt: skip
    assert Lead.objects.filter(contact=ada).count() == Task.objects.filter(contact=ada).count() == 2
    assert sorted(Message.objects.filter(contact=ada).values_list("state", flat=True)) == ["held", "queued"]
    assert sorted(Enrollment.objects.filter(contact=ada).values_list("state", flat=True)) == ["active", "exited"]
    assert Identity.objects.get(subject_id=twin.uid).kind == "merged"
    assert Activity.objects.filter(kind="note_added").count() == 2
    assert AuditEntry.objects.filter(action="merged", object_id=str(ada.pk)).exists()
    merges.undo(done.pk, user)
    after = picture()
    assert {table: after.get(table) for table in before} == before
    assert after.keys() == before.keys()


def test_who_said_no_at_one_address_is_not_written_to_at_the_other(user: User) -> None:
    ada, twin = made("ada@nordwind.example"), made("ada@other.example")
    consents.record([Entry(twin.pk, "newsletter", State.WITHDRAWN, clock.now(), "form")])
    consents.record([Entry(ada.pk, "newsletter", State.GRANTED, clock.now(), "form")])
    suppressions.add(["ada@other.example"], "complaint", "message 7")
    done = merges.merge("contact", ada.pk, twin.pk, user)
    assert Consent.objects.get(contact=ada, purpose="newsletter").state == "withdrawn"
    assert Suppression.objects.get(email_key="ada@nordwind.example").reason == "complaint"
    merges.undo(done.pk, user)
    assert Consent.objects.get(contact=ada).state == "granted"
    assert [each.email_key for each in Suppression.objects.all()] == ["ada@other.example"]


def test_a_mailbox_that_bounced_says_nothing_of_another(user: User) -> None:
    ada, twin = made("ada@nordwind.example"), made("ada@old.example")
    suppressions.add(["ada@old.example"], "bounce", "message 7")
    merges.merge("contact", ada.pk, twin.pk, user)
    assert not Suppression.objects.filter(email_key="ada@nordwind.example").exists()


def test_each_value_can_be_chosen_with_its_origin(user: User) -> None:
    ada = made("ada@nordwind.example", first_name="Ada", city="Kiel")
    [outcome] = contacts.upsert([Incoming({"email": "ada@new.example", "city": "Bremen"}, "form contact")])
    merges.merge("contact", ada.pk, outcome.contact_id or 0, user, {"email": outcome.contact_id, "city": "absorbed"})
    ada.refresh_from_db()
    assert (ada.email, ada.email_key, ada.city, ada.first_name) == (
        "ada@new.example",
        "ada@new.example",
        "Bremen",
        "Ada",
    )
    assert ada.origins["city"]["from"] == "form contact"
    with pytest.raises(merges.Unmergeable, match="no field “shoe”"):
        merges.merge("contact", ada.pk, made("x@y.example").pk, user, {"shoe": "survivor"})


def test_an_absorbed_address_still_leads_to_the_survivor(user: User) -> None:
    ada, twin = made("ada@nordwind.example"), made("ada@other.example", external_id="u-7")
    merges.merge("contact", ada.pk, twin.pk, user)
    assert made("ADA@other.example", city="Kiel").pk == ada.pk
    ada.refresh_from_db()
    assert (ada.email, ada.city) == ("ada@nordwind.example", "Kiel")
    [by_id] = contacts.upsert([Incoming({"title": "Boss"}, "API", external_id="u-7")])
    assert by_id.contact_id == ada.pk


def form() -> None:
    form = Form.objects.create(name="Paper", code="paper")
    FormField.objects.create(form=form, label="E-mail", name="email", kind="email", maps_to="email")


def test_what_happens_after_the_merge_stays_with_whom_it_belongs_to(user: User) -> None:
    form()
    ada, twin = made("ada@nordwind.example"), made("ben@other.example")
    done = merges.merge("contact", ada.pk, twin.pk, user)
    for email, browser in (("ada@nordwind.example", "v1"), ("ben@other.example", "v2")):
        hit("form", {"form": "paper", "fields": {"email": email}, "anonymousId": browser, "flags": []})
    click = {"contact": str(twin.uid), "message": 7, "url": "https://site.example/x", "anonymousId": "v3"}
    hit("click", click)
    judged()
    assert set(Identity.objects.values_list("contact_id", flat=True)) == {ada.pk}
    merges.undo(done.pk, user)
    owners = {
        (each.kind, Identity.objects.get(subject_id=each.subject_id).contact.email)
        for each in Activity.objects.filter(kind__in=["form_submitted", "email_clicked"])
    }
    assert owners >= {("form_submitted", "ada@nordwind.example"), ("form_submitted", "ben@other.example")}
    assert ("email_clicked", "ben@other.example") in owners
    assert Identity.objects.filter(contact_id=twin.pk, kind="visitor").count() == 2


def test_a_later_merge_is_undone_first(user: User) -> None:
    one, two, three = made("a@a.example"), made("b@b.example"), made("c@c.example")
    before = picture()
    first = merges.merge("contact", two.pk, one.pk, user)
    second = merges.merge("contact", three.pk, two.pk, user)
    with pytest.raises(merges.Unmergeable, match=f"merge {second.pk}"):
        merges.undo(first.pk, user)
    merges.undo(second.pk, user)
    merges.undo(first.pk, user)
    assert picture() == before
    with pytest.raises(merges.Unmergeable, match="already"):
        merges.undo(first.pk, user)


def test_the_second_of_two_clicks_says_what_the_first_did(user: User) -> None:
    one, two = made("a@a.example"), made("b@b.example")
    merges.merge("contact", one.pk, two.pk, user)
    with pytest.raises(merges.Unmergeable, match="was merged into"):
        merges.merge("contact", one.pk, two.pk, user)
    with pytest.raises(merges.Unmergeable, match="with itself"):
        merges.merge("contact", one.pk, one.pk, user)
    assert Merge.objects.count() == 1


def test_companies_merge_with_their_people_and_domains(user: User) -> None:
    ada, ben = made("ada@nordwind.example"), made("ben@nordwind-group.example")
    mine, other = ada.company, ben.company
    assert mine
    assert other
    before = picture()
    done = merges.merge("company", mine.pk, other.pk, user)
    assert set(Contact.objects.values_list("company_id", flat=True)) == {mine.pk}
    assert made("cleo@nordwind-group.example").company_id == mine.pk
    Contact.objects.filter(email="cleo@nordwind-group.example").delete()
    merges.undo(done.pk, user)
    after = picture()
    for each in ("profile_company", "profile_companydomain"):
        assert after.get(each) == before.get(each)
    assert Contact.objects.get(pk=ben.pk).company_id == other.pk
    assert Company.objects.count() == 2


REFERRING = """
SELECT r.relname::text AS name, a.attname::text AS column
FROM pg_constraint f JOIN pg_class r ON r.oid = f.conrelid JOIN pg_class k ON k.oid = f.confrelid
JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum = f.conkey[1]
WHERE f.contype = 'f' AND k.relname = %(table)s
UNION
SELECT r.relname::text, a.attname::text FROM pg_class r JOIN pg_attribute a ON a.attrelid = r.oid
WHERE r.relkind IN ('r', 'p') AND NOT r.relispartition AND a.attnum > 0 AND NOT a.attisdropped
  AND a.attname = %(column)s
ORDER BY 1
"""


@pytest.mark.parametrize("kind", ["contact", "company"])
def test_every_table_that_leads_to_a_record_has_a_merger(kind: str) -> None:
    found = {row.name for row in database.rows(REFERRING, table=f"profile_{kind}", column=f"{kind}_id")}
    answered = {follow.table for merger in MERGERS if merger.kind == kind for follow in merger.follows}
    answered |= {table for merger in MERGERS if merger.kind == kind for table in merger.tables}
    assert found >= ({"qualify_lead", "engage_message"} if kind == "contact" else {"profile_contact"})
    missing = sorted(found - answered)
    assert missing == [], f"Say in MERGERS how these follow when two {kind} records are merged: {missing}"


def test_a_kill_in_the_middle_leaves_both(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    ada, twin = lived("ada@nordwind.example", "a.okafor@other.example")
    before = picture()
    monkeypatch.setattr(audit, "note", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        merges.merge("contact", ada.pk, twin.pk, user)
    assert picture() == before


ACTS = st.lists(
    st.tuples(
        st.sampled_from(["consent", "suppress", "lead", "task", "note", "browser"]), st.booleans(), st.booleans()
    ),
    max_size=8,
)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(before=ACTS, turned=st.booleans(), takes_other=st.booleans())
def test_merge_then_undo_changes_nothing_whatever_was_there(
    before: list[tuple[str, bool, bool]], turned: bool, takes_other: bool
) -> None:
    with database.atomic():
        one, two = (
            made("one@a.example", first_name="Ada", city="Kiel"),
            made("two@b.example", last_name="Okafor", city="Ulm"),
        )
        for at, (kind, is_first, flag) in enumerate(before):
            act(kind, one if is_first else two, at, flag)
        was = picture()
        survivor, absorbed = (two, one) if turned else (one, two)
        choices = {"email": "absorbed", "city": "absorbed"} if takes_other else {}
        done = merges.merge("contact", survivor.pk, absorbed.pk, "test", choices)
        assert Contact.objects.count() == 1
        merges.undo(done.pk, "test")
        assert picture() == was
        transaction.set_rollback(True)


def act(kind: str, who: Contact, at: int, flag: bool) -> None:
    now = clock.now()
    match kind:
        case "consent":
            state = State.GRANTED if flag else State.WITHDRAWN
            consents.record([Entry(who.pk, "newsletter", state, now, f"form {at}")])
        case "suppress":
            suppressions.add([who.email_key or ""], "complaint" if flag else "bounce", f"message {at}")
        case "lead":
            Lead.objects.create(contact=who, source=f"form {at}")
        case "task":
            Task.objects.create(contact=who, title="Call", cause=f"user:{at}", due_at=now)
        case "note":
            activities.record([Fact(at=now, subject_id=who.uid, kind="note_added", name=str(at))])
        case "browser":
            Identity.objects.create(
                subject_id=uuid.uuid4(), contact=who, kind="visitor", evidence="form", told_by=who.email_key
            )
