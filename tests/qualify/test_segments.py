"""A segment is the same question in SQL and in plain Python, and its members follow every change."""

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadwright.capture.models import Activity
from leadwright.kit import clock, database, jobs
from leadwright.profile.models import Company, Consent, Contact, Identity, Purpose, Suppression
from leadwright.profile.privacy import suppressions
from leadwright.qualify import leads, segments
from leadwright.qualify.conditions import BadCondition
from leadwright.qualify.models import Change, Lead, Member, Score, ScoreModel, Segment, Stage

Did = Callable[..., uuid.UUID]
HEADS = {"kind": "contact", "field": "title", "is": "contains", "value": "head"}
READ_PRICES = {"kind": "activity", "did": "yes", "activity": "page", "name": "Pricing*", "days": 30}


def members(segment: Segment) -> set[str]:
    return set(Member.objects.filter(segment=segment).values_list("contact__first_name", flat=True))


def segment(conditions: dict[str, Any], name: str = "Some") -> Segment:
    made = segments.save(Segment(name=name, conditions=conditions))
    jobs.settle()
    made.refresh_from_db()
    return made


def test_a_segment_holds_those_it_fits_and_says_how_many(ada: Contact, ben: Contact) -> None:
    heads = segment(HEADS)
    assert members(heads) == {"Ada"}
    assert heads.size == 1


def test_a_changed_contact_comes_and_goes_and_both_are_activities(ada: Contact, ben: Contact) -> None:
    heads = segment(HEADS)
    Contact.objects.filter(pk=ben.pk).update(title="HEAD of marketing")
    Contact.objects.filter(pk=ada.pk).update(title="Retired")
    jobs.wake("contacts")
    jobs.settle()
    heads.refresh_from_db()
    assert members(heads) == {"Ben"}
    assert heads.size == 1
    facts = Activity.objects.filter(object_kind="segment", object_id=str(heads.pk)).order_by("seq")
    assert [(fact.kind, fact.subject_id) for fact in facts] == [
        ("segment_entered", ada.uid),
        ("segment_entered", ben.uid),
        ("segment_left", ada.uid),
    ]


def test_a_new_contact_is_asked_by_segments_about_what_it_did_not_do(
    noon: datetime, known: Callable[..., Contact]
) -> None:
    quiet = segment(READ_PRICES | {"did": "no"})
    known("Ada")
    jobs.wake("contacts")
    jobs.settle()
    assert members(quiet) == {"Ada"}


def test_an_act_shows_and_time_alone_ends_it(ada: Contact, did: Did, noon: datetime) -> None:
    readers = segment(READ_PRICES)
    did(ada, "page", "Pricing for teams", human=0.9)
    jobs.settle()
    assert members(readers) == {"Ada"}
    assert jobs.next_due() == noon + timedelta(days=30)
    clock.advance(timedelta(days=29))
    did(ada, "page", "Pricing for one")
    jobs.settle()
    clock.advance(timedelta(days=1))
    jobs.settle()
    assert members(readers) == {"Ada"}
    clock.advance(timedelta(days=29))
    jobs.settle()
    assert members(readers) == set()


def test_machines_do_not_enter(ada: Contact, did: Did) -> None:
    readers = segment(READ_PRICES)
    did(ada, "page", "Pricing", human=0.2)
    jobs.settle()
    assert members(readers) == set()


def test_a_path_names_a_page_as_well_as_its_title(ada: Contact, did: Did) -> None:
    readers = segment(READ_PRICES | {"name": "/pricing*"})
    did(ada, "page", "What it costs", properties={"path": "/pricing/teams/"})
    jobs.settle()
    assert members(readers) == {"Ada"}


def test_what_a_visitor_did_counts_from_the_moment_the_visitor_is_known(
    ada: Contact, did: Did, visitor: uuid.UUID
) -> None:
    readers = segment(READ_PRICES)
    did(visitor, "page", "Pricing")
    jobs.settle()
    assert members(readers) == set()
    Identity.objects.create(subject_id=visitor, contact=ada, kind=Identity.Kind.VISITOR)
    jobs.wake("contacts")
    jobs.settle()
    assert members(readers) == {"Ada"}


def test_a_segment_of_a_segment_follows_it(ada: Contact, ben: Contact) -> None:
    heads = segment(HEADS, "Heads")
    others = segment({"kind": "segment", "is": "not_in", "segment": heads.pk}, "Others")
    assert members(others) == {"Ben"}
    Contact.objects.filter(pk=ben.pk).update(title="Head")
    jobs.wake("contacts")
    jobs.settle()
    assert members(others) == set()


def test_a_segment_cannot_ask_about_itself(ada: Contact) -> None:
    one = segment(HEADS, "One")
    two = segment({"kind": "segment", "is": "in", "segment": one.pk}, "Two")
    one.conditions = {"all": [{"kind": "segment", "is": "in", "segment": two.pk}]}
    with pytest.raises(BadCondition, match="itself"):
        segments.save(one)


def test_consent_suppression_company_and_lead_changes_show(ada: Contact) -> None:
    Purpose.objects.create(key="news", name="News")
    by = {
        "consent": segment({"kind": "consent", "state": "granted", "purpose": "news"}, "A"),
        "suppression": segment({"kind": "suppression", "is": "yes"}, "B"),
        "company": segment({"kind": "company", "field": "size", "is": "at_least", "value": 50}, "C"),
        "lead": segment({"kind": "lead", "has": "yes", "stages": ["mql"]}, "D"),
    }
    company = Company.objects.create(name="Nordwind")
    Contact.objects.filter(pk=ada.pk).update(company=company)
    jobs.settle(everything=True)
    assert not Member.objects.exists()
    Consent.objects.create(contact=ada, purpose_id="news", state="granted", at=clock.now())
    Suppression.objects.create(email_key=ada.email_key, reason="manual")
    Company.objects.filter(pk=company.pk).update(size=80)
    leads.move(leads.open([leads.NewLead(ada.pk, "test")], actor="test").new, "mql", actor="test")
    jobs.settle(everything=True)
    assert {key: members(each) for key, each in by.items()} == {key: {"Ada"} for key in by}


@pytest.mark.parametrize("mark", [1, 2, 3], ids=["sha256", "md5", "domain"])
def test_a_line_that_is_a_fingerprint_or_a_domain_shows_at_once_as_does_its_end(
    ada: Contact, known: Callable[..., Contact], mark: int
) -> None:
    known("Noor", email="noor@elsewhere.example", email_key="noor@elsewhere.example")
    known("Nameless", email="", email_key=None)
    suppressed = segment({"kind": "suppression", "is": "yes"})
    line = database.value("SELECT (profile_marks(%(key)s))[%(nth)s]", key=ada.email_key, nth=mark + 1)
    suppressions.add([line], "manual", "test")
    jobs.settle()
    assert "Ada" in members(suppressed)
    assert "Noor" not in members(suppressed)
    suppressions.take_off([Suppression.objects.get().pk], "A mistake", "Cleo")
    jobs.settle()
    assert members(suppressed) == set()


def test_lines_of_many_cost_no_look_at_the_contacts_where_no_segment_asks(
    ada: Contact, monkeypatch: pytest.MonkeyPatch
) -> None:
    segment(HEADS)
    suppressions.add(["@elsewhere.example"], "manual", "test")
    monkeypatch.setattr(segments, "SQL", {**segments.SQL, "under_lines": "SELECT 1 / 0 AS id"})
    jobs.settle()
    assert not Change.objects.exists()


def test_running_twice_changes_nothing_and_a_killed_run_is_made_good(
    ada: Contact, monkeypatch: pytest.MonkeyPatch
) -> None:
    heads = segment(HEADS)
    Contact.objects.filter(pk=ada.pk).update(title="Retired")
    with monkeypatch.context() as patch:
        patch.setattr("leadwright.capture.activities.record_from", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            jobs.settle(everything=True)
    for _ in range(2):
        jobs.settle(everything=True)
    assert members(heads) == set()
    assert Activity.objects.filter(kind="segment_left").count() == 1


def test_a_segment_that_is_switched_off_stands_still(ada: Contact, ben: Contact) -> None:
    heads = segment(HEADS)
    Segment.objects.filter(pk=heads.pk).update(is_active=False)
    Contact.objects.filter(pk=ben.pk).update(title="Head")
    jobs.settle(everything=True)
    assert members(heads) == {"Ada"}


def test_why_says_for_each_condition_what_is_so(ada: Contact, did: Did) -> None:
    did(ada, "page", "Pricing")
    readers = segment({"all": [HEADS, READ_PRICES, {"none": [{"kind": "suppression", "is": "yes"}]}]})
    told = segments.why(readers, ada.pk)
    assert told.holds
    assert [(part.holds, part.why) for part in told.parts] == [
        (True, "Job title is “Head of Operations”."),
        (True, "It happened once, last on 10 Mar 2026."),
        (True, ""),
    ]


@pytest.mark.parametrize(
    ("conditions", "say"),
    [
        ({"kind": "moon"}, "no kind of condition"),
        ({"kind": "contact", "field": "password", "is": "is", "value": "x"}, "no contact field"),
        ({"kind": "contact", "field": "title", "is": "contains"}, "fill in value"),
        ({"kind": "contact", "field": "created_at", "is": "within", "value": "soon"}, "must be a number"),
        ({"kind": "contact", "field": "created_at", "is": "after", "value": "soon"}, "must be a date"),
        ({"kind": "contact", "field": "title", "is": "resembles", "value": "x"}, "not among the choices"),
        ({"kind": "activity", "did": "yes", "activity": "page", "times": 0}, "at least 1"),
        ({"kind": "lead", "has": "yes", "stages": ["nirvana"]}, "no stage"),
        ({"all": {"kind": "suppression"}}, "group is written"),
    ],
)
def test_a_question_that_cannot_be_asked_says_how_to_mend_it(db: None, conditions: dict[str, Any], say: str) -> None:
    with pytest.raises(BadCondition, match=say):
        segments.where(conditions)


def test_values_never_become_sql(ada: Contact) -> None:
    for value in ("'; DROP TABLE qualify_member; --", "%(now)s", "100%", "\\", "Ö'“"):
        for conditions in (
            HEADS | {"value": value},
            HEADS | {"is": "in", "value": [value]},
            {"kind": "contact", "field": "custom", "own": value, "is": "is", "value": value},
            READ_PRICES | {"name": value, "object": value},
        ):
            compiled = segments.where(conditions)
            assert value not in compiled.sql
            assert segments.count(conditions) == 0


# ---- SQL against plain Python -------------------------------------------------------------------------------------

WORDS = st.sampled_from(["", "Head", "head of sales", "Student", "HEAD", "b"])
DAYS = st.integers(1, 40)


def contact_fields() -> st.SearchStrategy[dict[str, Any]]:
    text = st.fixed_dictionaries(
        {
            "kind": st.just("contact"),
            "field": st.sampled_from(["title", "city", "external_id", "custom"]),
            "own": st.just("budget"),
            "is": st.sampled_from(["is", "is_not", "contains", "not_contains", "starts", "filled", "empty"]),
            "value": st.sampled_from(["head", "b", "Student", "5", "true"]),
        }
    )
    among = st.fixed_dictionaries(
        {
            "kind": st.just("contact"),
            "field": st.sampled_from(["title", "city"]),
            "is": st.sampled_from(["in", "not_in"]),
            "value": st.lists(st.sampled_from(["head", "STUDENT", "b"]), min_size=1, max_size=3),
        }
    )
    moments = st.fixed_dictionaries(
        {
            "kind": st.just("contact"),
            "field": st.sampled_from(["created_at", "last_seen_at"]),
            "is": st.sampled_from(["within", "older"]),
            "value": DAYS,
        }
    )
    dates = st.fixed_dictionaries(
        {
            "kind": st.just("contact"),
            "field": st.sampled_from(["created_at", "last_seen_at"]),
            "is": st.sampled_from(["after", "before", "filled", "empty"]),
            "value": st.sampled_from(["2026-03-01", "2026-02-20"]),
        }
    )
    stage = st.fixed_dictionaries(
        {
            "kind": st.just("contact"),
            "field": st.just("buying_stage"),
            "is": st.sampled_from(["is", "is_not", "filled", "empty"]),
            "value": st.just("decision"),
        }
    )
    return st.one_of(text, among, moments, dates, stage)


def other_kinds(segment_id: int) -> st.SearchStrategy[dict[str, Any]]:
    yes = st.sampled_from(["yes", "no"])
    return st.one_of(
        st.fixed_dictionaries(
            {
                "kind": st.just("company"),
                "field": st.sampled_from(["industry", "name"]),
                "is": st.sampled_from(["is", "is_not", "contains", "filled", "empty"]),
                "value": st.just("b"),
            }
        ),
        st.fixed_dictionaries(
            {
                "kind": st.just("company"),
                "field": st.just("size"),
                "is": st.sampled_from(["at_least", "at_most", "filled", "empty"]),
                "value": st.sampled_from([10, 50]),
            }
        ),
        st.fixed_dictionaries(
            {
                "kind": st.just("activity"),
                "did": yes,
                "activity": st.sampled_from(["page", "track"]),
                "name": st.sampled_from(["", "pri*", "Pricing", "/p*"]),
                "object": st.sampled_from(["", "7"]),
                "times": st.one_of(st.none(), st.integers(1, 3)),
                "days": st.one_of(st.none(), DAYS),
            }
        ),
        st.fixed_dictionaries(
            {
                "kind": st.just("consent"),
                "state": st.sampled_from(["granted", "withdrawn", "pending", "none"]),
                "purpose": st.just("news"),
            }
        ),
        st.fixed_dictionaries({"kind": st.just("suppression"), "is": yes}),
        st.fixed_dictionaries(
            {"kind": st.just("mail_domain"), "is": st.sampled_from(["free", "disposable", "firm", "none"])}
        ),
        st.fixed_dictionaries(
            {
                "kind": st.just("score"),
                "which": st.sampled_from(["fit", "engagement", "hot"]),
                "is": st.sampled_from(["at_least", "below"]),
                "points": st.sampled_from([0, 5, 20]),
            }
        ),
        st.fixed_dictionaries(
            {
                "kind": st.just("lead"),
                "has": yes,
                "stages": st.lists(st.sampled_from(["new", "mql", "won"]), max_size=2),
            }
        ),
        st.fixed_dictionaries(
            {
                "kind": st.just("came_by"),
                "what": st.just("channel"),
                "is": st.sampled_from(["is", "is_not"]),
                "value": st.just("Email"),
            }
        ),
        st.fixed_dictionaries(
            {"kind": st.just("segment"), "is": st.sampled_from(["in", "not_in"]), "segment": st.just(segment_id)}
        ),
    )


PEOPLE = st.lists(
    st.fixed_dictionaries(
        {
            "title": WORDS,
            "city": WORDS,
            "external_id": st.booleans(),
            "budget": st.sampled_from([None, 5, True, "b", ""]),
            "buying_stage": st.sampled_from(["", "decision", "awareness"]),
            "first_channel": st.sampled_from(["", "Email", "Direct"]),
            "created": DAYS,
            "seen": st.one_of(st.none(), DAYS),
            "industry": st.sampled_from([None, "", "b"]),
            "size": st.one_of(st.none(), st.sampled_from([5, 10, 60])),
            "acts": st.lists(
                st.tuples(
                    st.sampled_from(["page", "track"]),
                    st.sampled_from(["Pricing", "price list", "Home"]),
                    st.sampled_from(["7", ""]),
                    st.sampled_from([None, 0.5, 0.49]),
                    DAYS,
                    st.sampled_from(["/pricing/", ""]),
                    st.booleans(),
                ),
                max_size=4,
            ),
            "consent": st.sampled_from([None, "granted", "withdrawn", "pending"]),
            "is_suppressed": st.booleans(),
            "domain": st.sampled_from(["example.com", "gmail.com", "gmx.de", "mailinator.com"]),
            "score": st.one_of(st.none(), st.tuples(st.sampled_from([0, 5, 20]), st.floats(-1, 6), st.booleans())),
            "stages": st.lists(st.sampled_from(["new", "mql", "won"]), max_size=2),
            "is_member": st.booleans(),
        }
    ),
    min_size=1,
    max_size=4,
)


def _settle(person: dict[str, Any], number: int, group: Segment) -> Contact:
    now = clock.now()
    company = None
    if person["industry"] is not None:
        company = Company.objects.create(name=f"b{number}", industry=person["industry"], size=person["size"])
    contact = Contact.objects.create(
        email=f"p{number}@{person['domain']}",
        email_key=f"p{number}@{person['domain']}",
        title=person["title"],
        city=person["city"],
        external_id=f"b{number}" if person["external_id"] else None,
        custom={} if person["budget"] is None else {"budget": person["budget"]},
        buying_stage=person["buying_stage"],
        first_channel=person["first_channel"],
        created_at=now - timedelta(days=person["created"]),
        last_seen_at=person["seen"] and now - timedelta(days=person["seen"]),
        company=company,
    )
    browser = uuid.uuid4()
    Identity.objects.get_or_create(subject_id=contact.uid, defaults={"contact": contact, "kind": "self"})
    Identity.objects.create(subject_id=browser, contact=contact, kind="visitor")
    from leadwright.capture import activities

    activities.record(
        activities.Fact(
            now - timedelta(days=days),
            browser if by_browser else contact.uid,
            kind,
            name,
            object_id=thing,
            human=human,
            properties={"path": path} if path else {},
        )
        for kind, name, thing, human, days, path, by_browser in person["acts"]
    )
    if person["consent"]:
        Consent.objects.create(contact=contact, purpose_id="news", state=person["consent"], at=now)
    if person["is_suppressed"]:
        Suppression.objects.create(email_key=contact.email_key, reason="manual")
    if person["score"]:
        fit, powers, is_hot = person["score"]
        from leadwright.qualify import rules

        level = rules.half_lives(now, 30) + powers
        Score.objects.create(contact=contact, fit=fit, engagement_level=level, is_hot=is_hot, updated_at=now)
    for stage in person["stages"]:
        Lead.objects.create(contact=contact, stage=Stage(stage))
    if person["is_member"]:
        Member.objects.create(segment=group, contact=contact, since=now)
    return contact


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), people=PEOPLE)
def test_sql_and_plain_python_agree_on_every_contact(noon: datetime, data: st.DataObject, people: list[Any]) -> None:
    with database.atomic():
        ScoreModel.objects.get_or_create(half_life_days=30)
        Purpose.objects.get_or_create(key="news", defaults={"name": "News"})
        group, _ = Segment.objects.get_or_create(name="Group", defaults={"is_active": False})
        contacts = [_settle(person, number, group) for number, person in enumerate(people)]
        leaf = st.one_of(contact_fields(), other_kinds(group.pk))
        tree = data.draw(
            st.recursive(
                leaf,
                lambda inner: st.dictionaries(
                    st.sampled_from(["all", "any", "none"]), st.lists(inner, max_size=3), min_size=1, max_size=1
                ),
                max_leaves=5,
            )
        )
        facts = segments.facts_of([contact.pk for contact in contacts])
        expected = {each.contact["id"] for each in facts if segments.holds(tree, each)}
        for whole in (False, True):
            compiled = segments.where(tree, whole=whole)
            rows = database.rows(f"SELECT c.id FROM profile_contact c WHERE {compiled.sql}", **compiled.parameters)
            assert {row.id for row in rows} == expected
            nulls = database.value(
                f"SELECT count(*) FROM profile_contact c WHERE ({compiled.sql}) IS NULL", **compiled.parameters
            )
            assert nulls == 0
        assert {each.contact["id"] for each in facts if segments.explain(tree, each).holds} == expected
        assert segments.words(tree)
        from django.db import transaction

        transaction.set_rollback(True)


def test_conditions_that_differ_in_their_value_only_are_said_once(db: None) -> None:
    assert segments.words({"any": [HEADS, HEADS | {"value": "chief"}]}) == "Job title contains “head” or “chief”"
    mixed = {"any": [HEADS, {"kind": "suppression", "is": "no"}]}
    assert segments.words(mixed) == "Job title contains “head” or address is not suppressed"


def test_a_segment_about_something_deleted_keeps_its_members_and_holds_up_nobody(ada: Contact, ben: Contact) -> None:
    inner = segment({"kind": "contact", "field": "first_name", "is": "is", "value": ben.first_name}, "Inner")
    broken = segment({"kind": "segment", "is": "in", "segment": str(inner.pk)}, "Broken")
    heads = segment(HEADS, "Heads")
    assert segments.used_by(inner) == [broken]
    inner.delete()
    assert "not among the choices" in segments.trouble(broken)
    before = members(broken)
    Contact.objects.filter(pk=ben.pk).update(title="Head of nothing")
    jobs.wake("contacts")
    jobs.settle()
    assert members(broken) == before == {ben.first_name}
    assert ben.first_name in members(heads)
