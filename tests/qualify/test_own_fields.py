"""Segments on custom fields: typed, incremental, explained in labels, carried by indexes."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadwright.kit import clock, database, jobs
from leadwright.profile.fields import definitions, indexes
from leadwright.profile.models import Company, Contact, FieldIndex
from leadwright.qualify import segments
from leadwright.qualify.conditions import BadCondition
from leadwright.qualify.models import Change, Member, ScoreModel, Segment

pytestmark = pytest.mark.django_db

KINDS = {
    "note": "text", "seats": "number", "since": "date", "call": "moment", "agreed": "yes_no", "tier": "choice",
    "tags": "choices",
}  # fmt: skip
OPTIONS = ["gold", "silver", "50% off"]
DAYS = st.sampled_from(["2026-03-09", "2026-03-10", "2026-03-17", "2026-03-01"])
MOMENTS = st.sampled_from(
    ["2026-03-10T12:00:00Z", "2026-03-10T11:59:59Z", "2026-03-13T12:00:01Z", "2026-03-03T12:00:00Z"]
)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "note": st.sampled_from(["Ab", "ab c", "b%", 5]),
    "seats": st.sampled_from([1, 2.5, 10, "10", "many", True]),
    "since": st.one_of(DAYS, st.sampled_from(["soon", "2026-99-01", 7])),
    "call": st.one_of(MOMENTS, st.sampled_from(["soon", "2026-03-02"])),
    "agreed": st.sampled_from([True, False, "true"]),
    "tier": st.sampled_from(OPTIONS),
    "tags": st.one_of(st.lists(st.sampled_from(OPTIONS), unique=True), st.just("gold")),
}
ENDS = ["filled", "empty"]


def conditions() -> st.SearchStrategy[dict[str, Any]]:
    def one(key: str, how: list[str], value: st.SearchStrategy[Any], **more: st.SearchStrategy[Any]) -> Any:
        of = st.sampled_from(["contact", "company"])
        names = {"kind": of, "field": st.just(f"custom.{key}"), "is": st.sampled_from(how), "value": value}
        return st.fixed_dictionaries(names | more)

    several = st.lists(st.sampled_from(OPTIONS), min_size=1, max_size=2)
    number = st.sampled_from([1, 2.5, "10", 0])
    spans = st.sampled_from([0, 1, 3, 7])
    return st.one_of(
        one("note", ["is", "is_not", "contains", "not_contains", "starts", *ENDS], st.sampled_from(["AB", "b", "%"])),
        one("note", ["in", "not_in"], st.just(["ab", "5"])),
        one("seats", ["at_least", "at_most", "more", "less", "is", "is_not", *ENDS], number),
        one("seats", ["between"], number, most=number),
        one("since", ["within", "ahead", "older"], spans),
        one("since", ["after", "before", "is", *ENDS], DAYS),
        one("call", ["within", "ahead", "older"], spans),
        one("call", ["after", "before", *ENDS], st.one_of(DAYS, MOMENTS)),
        one("agreed", ["is", *ENDS], st.sampled_from(["true", "false"])),
        one("tier", ["is", "is_not", *ENDS], st.sampled_from(OPTIONS)),
        one("tier", ["in", "not_in"], several),
        one("tags", ["any", "all", "not_any", *ENDS], several),
    )


def define() -> None:
    for of in ("contact", "company"):
        for key, kind in KINDS.items():
            definitions.make(of, key.capitalize(), kind, key, OPTIONS if kind.startswith("choice") else ())


RECORD = st.fixed_dictionaries({}, optional=VALUES)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tree=conditions(), people=st.lists(st.tuples(RECORD, RECORD), min_size=1, max_size=4))
def test_sql_and_plain_python_agree(noon: datetime, tree: dict[str, Any], people: list[Any]) -> None:
    with database.atomic():
        ScoreModel.objects.get_or_create(half_life_days=30)
        define()
        made = []
        for number, (own, firms) in enumerate(people):
            firm = Company.objects.create(name=str(number), custom=firms) if number % 2 == 0 else None
            made.append(Contact.objects.create(email=f"{number}@b.example", custom=own, company=firm).pk)
        facts = segments.facts_of(made)
        compiled = segments.where(tree, whole=True)
        rows = database.rows(f"SELECT c.id FROM profile_contact c WHERE {compiled.sql}", **compiled.parameters)
        assert {row.id for row in rows} == {each.contact["id"] for each in facts if segments.holds(tree, each)}
        nulls = database.value(
            f"SELECT count(*) FROM profile_contact c WHERE ({compiled.sql}) IS NULL", **compiled.parameters
        )
        assert nulls == 0
        assert segments.explain(tree, facts[0]).why
        for turn in compiled.turns:
            database.rows(f"SELECT {turn} FROM profile_contact c", **compiled.parameters)
        from django.db import transaction

        transaction.set_rollback(True)


def segment(tree: dict[str, Any]) -> Segment:
    made = segments.save(Segment(name="Some", conditions=tree))
    jobs.settle()
    return made


def members(of: Segment) -> set[str]:
    return set(Member.objects.filter(segment=of).values_list("contact__first_name", flat=True))


def test_a_segment_on_a_custom_field_follows_the_field_and_says_why_in_labels(noon: datetime) -> None:
    made = definitions.make("contact", "Contract tier", "choice", "tier", OPTIONS)
    ada = Contact.objects.create(first_name="Ada", custom={"tier": "gold"})
    best = segment({"kind": "contact", "field": "custom.tier", "is": "in", "value": ["gold"]})
    assert members(best) == {"Ada"}
    definitions.change(made, [{"key": "gold", "label": "Premium"}, "silver"])
    assert segments.words(best.conditions) == "Contract tier is one of “Premium”"
    assert segments.why(best, ada.pk).why == "Contract tier is “Premium”."
    Contact.objects.update(custom={"tier": "silver"})
    jobs.wake("contacts")
    jobs.settle()
    assert members(best) == set()


def test_only_segments_that_ask_for_what_changed_are_asked_again(noon: datetime) -> None:
    define()
    ada = Contact.objects.create(first_name="Ada", custom={"tier": "gold", "seats": 1})
    segment({"kind": "contact", "field": "custom.tier", "is": "filled"})
    Change.objects.all().delete()
    Contact.objects.filter(pk=ada.pk).update(custom={"tier": "gold", "seats": 2})
    noted = Change.objects.filter(reader="segments").values_list("topic", flat=True)
    assert set(noted) == {"custom:seats"}
    Change.objects.all().delete()
    Contact.objects.filter(pk=ada.pk).update(custom={}, title="Head")
    assert set(noted.all()) == {"contact", "custom"}
    Change.objects.all().delete()
    Contact.objects.filter(pk=ada.pk).update(origins={"title": "x"})
    assert not Change.objects.exists()


def test_that_somebody_was_seen_concerns_only_questions_about_that(noon: datetime) -> None:
    ada = Contact.objects.create(first_name="Ada")
    lately = segment({"kind": "contact", "field": "last_seen_at", "is": "within", "value": 7})
    assert members(lately) == set()
    Change.objects.all().delete()
    Contact.objects.filter(pk=ada.pk).update(last_seen_at=noon)
    assert set(Change.objects.values_list("reader", "topic")) == {("segments", "seen"), ("scores", "seen")}
    assert segments.depends_on({"kind": "contact", "field": "title", "is": "filled"}) == {"new", "contact"}
    jobs.wake("contacts")
    jobs.settle()
    assert members(lately) == {"Ada"}


def test_contacts_that_changed_alike_share_a_note(noon: datetime) -> None:
    titled = segment({"kind": "contact", "field": "title", "is": "filled"})
    assert members(titled) == set()
    Contact.objects.bulk_create(Contact(first_name=f"P{n}") for n in range(450))
    Change.objects.all().delete()
    Contact.objects.update(title="Head")
    notes = Change.objects.filter(reader="segments", topic="contact").values_list("contacts", flat=True)
    assert sorted(map(len, notes)) == [50, 200, 200]
    assert {contact for note in notes for contact in note} == set(Contact.objects.values_list("pk", flat=True))
    jobs.wake("contacts")
    jobs.settle()
    assert len(members(titled)) == 450
    assert not Change.objects.exists()


def test_a_day_ahead_comes_and_goes_by_time_alone(noon: datetime) -> None:
    define()
    Contact.objects.create(first_name="Ada", custom={"since": "2026-03-17"})
    soon = segment({"kind": "contact", "field": "custom.since", "is": "ahead", "value": 3})
    assert members(soon) == set()
    clock.set_to(datetime.fromisoformat("2026-03-14T00:00:00+00:00"))
    jobs.settle()
    assert members(soon) == {"Ada"}
    clock.set_to(datetime.fromisoformat("2026-03-18T00:00:00+00:00"))
    jobs.settle()
    assert members(soon) == set()


def test_a_wrong_question_is_refused_with_a_sentence(noon: datetime) -> None:
    define()
    with pytest.raises(BadCondition, match="“Seats” is compared with a number"):
        segments.check({"kind": "contact", "field": "custom.seats", "is": "at_least", "value": "many"})
    with pytest.raises(BadCondition, match="cannot be asked"):
        segments.check({"kind": "contact", "field": "custom.seats", "is": "contains", "value": "1"})
    with pytest.raises(BadCondition, match="no company field"):
        segments.check({"kind": "company", "field": "custom.nothing", "is": "filled"})


@pytest.mark.django_db(transaction=True)
def test_an_index_is_made_when_a_segment_needs_it_used_and_dropped_when_nobody_does() -> None:
    for kind, key in (("number", "seats"), ("text", "note"), ("choices", "tags"), ("date", "since")):
        definitions.make("contact", key.capitalize(), kind, key, ["gold", "rare"] if kind == "choices" else ())
    database.execute(
        """INSERT INTO profile_contact (uid, email, first_name, last_name, title, phone, country, city, language,
               time_zone, buying_stage, first_channel, custom, origins)
           SELECT gen_random_uuid(), '', '', '', '', '', '', '', '', '', '', '', jsonb_build_object('seats', n, 'note',
               'n' || n, 'tags', jsonb_build_array(CASE n WHEN 77 THEN 'rare' ELSE 'gold' END),
               'since', to_char(date '2020-01-01' + n, 'YYYY-MM-DD')), '{}' FROM generate_series(1, 3000) AS n"""
    )
    trees = [
        {"kind": "contact", "field": "custom.seats", "is": "is", "value": 77},
        {"kind": "contact", "field": "custom.note", "is": "is", "value": "N77"},
        {"kind": "contact", "field": "custom.tags", "is": "any", "value": ["rare"]},
        {"kind": "contact", "field": "custom.since", "is": "before", "value": "2020-01-05"},
    ]
    for number, tree in enumerate(trees):
        Segment.objects.create(name=str(number), conditions=tree)
    indexes.bring_in_line()
    assert FieldIndex.objects.filter(state="ready").count() == 4
    for tree in trees:
        compiled = segments.where(tree, whole=True)
        statement = f"EXPLAIN SELECT c.id FROM profile_contact c WHERE {compiled.sql}"
        plan = "\n".join(row[0] for row in database.rows(statement, **compiled.parameters))
        defined = definitions.known("contact")[tree["field"].removeprefix("custom.")]
        assert indexes.name_of(defined) in plan, plan
    Segment.objects.all().delete()
    clock.set_to(clock.now() + timedelta(days=31))
    indexes.bring_in_line()
    assert not FieldIndex.objects.exists()
    assert not database.value("SELECT count(*) FROM pg_class WHERE relname LIKE 'own\\_contact\\_%%'")
