"""The ledger of consent: what it keeps, what holds, and that nobody changes it."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, connection, connections, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from leadwright.kit import addresses, jobs
from leadwright.profile import rules
from leadwright.profile.models import Consent, ConsentRecord, Contact, Purpose, Suppression, Wording
from leadwright.profile.privacy import consents, suppressions
from leadwright.profile.privacy.consents import Entry, State
from leadwright.workspace.models import Workspace

MINUTE = timedelta(minutes=1)


def act(contact: Contact, state: str, at: datetime, purpose: str = "letter", **more: object) -> list[int]:
    return consents.record([Entry(contact.pk, purpose, State(state), at, "test", **more)])  # type: ignore[arg-type]


@pytest.fixture
def ada(contact: Callable[..., Contact], noon: datetime) -> Contact:
    return contact("Ada")


@pytest.mark.django_db
class TestWording:
    def test_the_same_words_are_the_same_version(
        self, ada: Contact, contact: Callable[..., Contact], noon: datetime
    ) -> None:
        ben = contact("Ben")
        for who, words in ((ada, "Yes, write to me."), (ben, "Yes, write to me."), (ben, "Yes, please.")):
            act(who, "granted", noon, wording=words)
        assert [(each.number, each.text) for each in Wording.objects.order_by("number")] == [
            (1, "Yes, write to me."),
            (2, "Yes, please."),
        ]
        kept = ConsentRecord.objects.select_related("version").order_by("pk")
        assert [(each.version.number, each.wording) for each in kept if each.version] == [
            (1, "Yes, write to me."),
            (1, "Yes, write to me."),
            (2, "Yes, please."),
        ]

    def test_each_purpose_counts_its_own_versions(self, ada: Contact, noon: datetime) -> None:
        act(ada, "granted", noon, wording="Yes", purpose="letter")
        act(ada, "granted", noon, wording="Yes", purpose="events")
        assert sorted(Wording.objects.values_list("purpose_id", "number")) == [("events", 1), ("letter", 1)]

    def test_an_address_is_shortened_where_the_firm_wants_it(self, ada: Contact, noon: datetime) -> None:
        Workspace.objects.update_or_create(pk=1, defaults={"shorten_addresses": True})
        act(ada, "granted", noon, address="203.0.113.77")
        assert ConsentRecord.objects.get().address == "203.0.113.0"
        assert addresses.shortened("2001:db8:1:2:3::9") == "2001:db8:1::"


@pytest.mark.django_db
class TestKept:
    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE profile_consentrecord SET state = 'granted'",
            "UPDATE profile_consentrecord SET wording = 'Yes to all'",
            "DELETE FROM profile_consentrecord",
            "TRUNCATE profile_consentrecord",
        ],
    )
    @pytest.mark.parametrize("door", ["", "merge"])
    def test_the_database_refuses_to_change_an_entry(
        self, ada: Contact, noon: datetime, statement: str, door: str
    ) -> None:
        act(ada, "granted", noon)
        act(ada, "withdrawn", noon + MINUTE)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SELECT set_config('leadwright.ledger', %s, true)", [door])
        refused = pytest.raises(IntegrityError, match="only written to")
        with refused, transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)

    def test_only_an_erasure_takes_entries_away(self, ada: Contact, noon: datetime) -> None:
        act(ada, "granted", noon)
        with consents.opened("erasure"):
            ConsentRecord.objects.all().delete()
        act(ada, "granted", noon)
        with pytest.raises(IntegrityError), transaction.atomic():
            ConsentRecord.objects.all().delete()


@pytest.mark.django_db
class TestDoubleOptIn:
    def test_a_confirmation_counts_while_it_is_waited_for(self, ada: Contact, noon: datetime) -> None:
        [asked] = act(ada, "pending", noon)
        assert act(ada, "granted", noon + MINUTE, proof={"confirms": asked})
        assert consents.standing(ada.pk) == {"letter": "granted"}

    def test_a_withdrawal_wins_over_an_older_question(self, ada: Contact, noon: datetime) -> None:
        [asked] = act(ada, "pending", noon)
        act(ada, "withdrawn", noon + MINUTE)
        assert act(ada, "granted", noon + 2 * MINUTE, proof={"confirms": asked}) == []
        assert consents.standing(ada.pk) == {"letter": "withdrawn"}

    def test_the_link_of_before_a_withdrawal_confirms_no_later_question(self, ada: Contact, noon: datetime) -> None:
        [first] = act(ada, "pending", noon)
        act(ada, "withdrawn", noon + MINUTE)
        [second] = act(ada, "pending", noon + 2 * MINUTE)
        assert act(ada, "granted", noon + 3 * MINUTE, proof={"confirms": first}) == []
        assert act(ada, "granted", noon + 4 * MINUTE, proof={"confirms": second})

    def test_two_tabs_confirm_once(self, ada: Contact, noon: datetime) -> None:
        [asked] = act(ada, "pending", noon)
        assert act(ada, "granted", noon + MINUTE, proof={"confirms": asked})
        assert act(ada, "granted", noon + MINUTE, proof={"confirms": asked}) == []
        assert ConsentRecord.objects.filter(state="granted").count() == 1

    def test_what_came_late_counts_by_its_own_time(self, ada: Contact, noon: datetime) -> None:
        act(ada, "withdrawn", noon + MINUTE)
        act(ada, "granted", noon)  # a form that was sent before, and judged after
        assert consents.standing(ada.pk) == {"letter": "withdrawn"}
        assert ConsentRecord.objects.count() == 2

    def test_what_nobody_confirms_lapses(self, ada: Contact, noon: datetime) -> None:
        [asked] = act(ada, "pending", noon - consents.LAPSES_AFTER - MINUTE)
        assert consents.lapse() == 1
        assert consents.lapse() == 0
        assert consents.standing(ada.pk) == {"letter": "lapsed"}
        assert act(ada, "granted", noon, proof={"confirms": asked}) == []

    def test_it_lapses_by_itself_once_a_day(self, ada: Contact, noon: datetime) -> None:
        act(ada, "pending", noon - consents.LAPSES_AFTER - MINUTE)
        jobs.settle(everything=True)
        assert Consent.objects.get().state == "lapsed"

    def test_what_was_asked_lately_does_not_lapse(self, ada: Contact, noon: datetime) -> None:
        act(ada, "pending", noon - consents.CONFIRM_WITHIN)
        assert consents.lapse() == 0

    def test_consent_lifts_what_the_person_asked_for_and_nothing_else(self, ada: Contact, noon: datetime) -> None:
        suppressions.add([ada.email_key], "unsubscribed", "test")
        suppressions.add(["@example.com"], "manual", "test")
        act(ada, "granted", noon)
        assert list(Suppression.objects.values_list("email_key", flat=True)) == ["@example.com"]


@pytest.mark.django_db(transaction=True)
def test_two_tabs_at_once_leave_one_entry(contact: Callable[..., Contact], noon: datetime) -> None:
    ada = contact("Ada")
    [asked] = act(ada, "pending", noon)
    barrier = threading.Barrier(2)

    def tab() -> None:
        barrier.wait()
        act(ada, "granted", noon + MINUTE, proof={"confirms": asked})
        connections.close_all()

    tabs = [threading.Thread(target=tab) for _ in range(2)]
    for each in tabs:
        each.start()
    for each in tabs:
        each.join()
    assert ConsentRecord.objects.filter(state="granted").count() == 1
    assert consents.standing(ada.pk) == {"letter": "granted"}


# The plain reading, told as what holds at the end and not step by step: an independent account of the same ledger.


def read_plainly(entries: list[ConsentRecord]) -> str:
    """What holds: nothing before the last withdrawal counts; a confirmation counts for what still waited for it."""
    told = sorted(entries, key=lambda each: (each.at, each.pk))
    ends = [number for number, each in enumerate(told) if each.state == "withdrawn"]
    since = told[ends[-1] + 1 :] if ends else told
    asked = {each.pk: number for number, each in enumerate(since) if each.state == "pending"}
    lapsed = {each.proof["lapses"]: number for number, each in enumerate(since) if each.state == "lapsed"}

    def waited(confirmed: int, number: int) -> bool:
        if asked.get(confirmed, number) >= number:
            return False
        return not any(asked[key] >= asked[confirmed] and at < number for key, at in lapsed.items() if key in asked)

    yes = [
        number
        for number, each in enumerate(since)
        if each.state == "granted" and ("confirms" not in each.proof or waited(each.proof["confirms"], number))
    ]
    if yes:
        return "granted"
    open_ones = [key for key in asked if waited(key, len(since))]
    if open_ones:
        return "pending"
    if asked:
        return "lapsed"
    return "withdrawn" if ends else ""


ACTS = st.lists(
    st.tuples(
        st.sampled_from(["ada", "ben"]),
        st.sampled_from(["pending", "granted", "withdrawn", "confirm", "lapse", "merge", "undo"]),
        st.integers(0, 6),  # minutes after noon: acts arrive in any order, and several at one moment
        st.integers(0, 5),  # which of the questions a confirmation names
    ),
    max_size=14,
)


@pytest.mark.django_db
@given(acts=ACTS)
@settings(max_examples=120, deadline=None)
def test_what_holds_is_what_a_plain_reading_of_the_ledger_says(acts: list[tuple[str, str, int, int]]) -> None:
    noon = datetime.fromisoformat("2026-03-02T12:00:00+00:00")
    with transaction.atomic():
        Purpose.objects.get_or_create(key="letter", defaults={"name": "Letter"})
        people = {name: Contact.objects.create(first_name=name) for name in ("ada", "ben")}
        moved: list[int] | None = None
        for name, what, minutes, which in acts:
            who, at = people[name], noon + minutes * MINUTE
            asked = list(ConsentRecord.objects.filter(state="pending").order_by("pk").values_list("pk", flat=True))
            match what:
                case "confirm" if asked:
                    act(who, "granted", at, proof={"confirms": asked[which % len(asked)]})
                case "lapse" if asked:
                    act(who, "lapsed", at, proof={"lapses": asked[which % len(asked)]})
                case "merge" if moved is None:
                    moved = consents.gather([people["ben"].pk], people["ada"].pk)
                case "undo" if moved is not None:
                    consents.give_back(moved, people["ben"].pk, people["ada"].pk)
                    moved = None
                case "pending" | "granted" | "withdrawn":
                    act(who, what, at)
            for each in people.values():
                expected = read_plainly(list(ConsentRecord.objects.filter(contact=each)))
                assert consents.standing(each.pk).get("letter", "") == expected
        transaction.set_rollback(True)


def test_the_latest_moment_is_kept() -> None:
    noon = datetime.fromisoformat("2026-03-02T12:00:00+00:00")
    found = rules.standing([rules.Act(noon, 1, "pending"), rules.Act(noon + MINUTE, 2, "granted", 9)])
    assert found == rules.Standing("pending", noon, (1,))
