"""What files say of consent: provable or refused, never over what somebody did later, taken back with its import."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadwright.capture.imports import mappings, runs
from leadwright.capture.imports.previews import Preview
from leadwright.capture.models import Import, ImportReject
from leadwright.kit import clock, jobs
from leadwright.profile import rules
from leadwright.profile.imports import CONTACTS
from leadwright.profile.models import Consent, ConsentRecord, Contact, Purpose, Suppression
from leadwright.profile.privacy import consents, suppressions
from leadwright.profile.privacy.consents import Entry, State
from leadwright.qualify.models import Change

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
WORDS = "Yes, send me the monthly letter."
PROOF = {
    "consent.letter.wording": WORDS,
    "consent.letter.source": "Checkout of shop.firm.example",
    "consent.letter.at": "2025-01-10",
}
COLUMNS = {"Email": "email", "Opt-in": "consent.letter.given"}
STATED: dict[str, Any] = {"columns": COLUMNS, "constants": PROOF}


@pytest.fixture(autouse=True)
def letter() -> Purpose:
    return Purpose.objects.create(key="letter", name="Letter", double_opt_in=False)


@pytest.fixture
def take(tmp_path: Path) -> Callable[..., Import]:
    def run(text: str, raw: dict[str, Any] = STATED, head: str = "Email,Opt-in") -> Import:
        path = tmp_path / "people.csv"
        path.write_text(f"{head}\n{text}", encoding="utf-8")
        done = runs.import_file(CONTACTS, path, raw)
        assert done.state == Import.State.DONE, done.error
        return done

    return run


@pytest.fixture
def look(tmp_path: Path) -> Callable[..., Preview]:
    def run(text: str, raw: dict[str, Any] = STATED, head: str = "Email,Opt-in") -> Preview:
        path = tmp_path / "people.csv"
        path.write_text(f"{head}\n{text}", encoding="utf-8")
        imported = runs.keep(CONTACTS, path.name, path)
        return runs.preview(imported, raw)

    return run


def undo(done: Import) -> dict[str, Any]:
    runs.start_undo(done)
    undone = runs.undo(done.pk)
    assert undone.state == Import.State.UNDONE, undone.error
    report: dict[str, Any] = undone.report
    return report


def known(email: str = "ada@x.example") -> Contact:
    return Contact.objects.get(email_key=email)


def held(email: str = "ada@x.example") -> str:
    return consents.standing(known(email).pk).get("letter", "")


def herself(state: str, at: datetime, email: str = "ada@x.example", **proof: Any) -> list[int]:
    return consents.record([Entry(known(email).pk, "letter", State(state), at, "form", "Yes", proof=proof)])


def at(day: str) -> datetime:
    return datetime.fromisoformat(day).replace(tzinfo=UTC)


def only_contacts(take: Callable[..., Import], text: str) -> None:
    take(text, {"columns": {"Email": "email"}}, "Email")


class TestGranting:
    def test_a_yes_becomes_an_entry_with_words_place_time_and_the_import_as_proof(
        self, take: Callable[..., Import]
    ) -> None:
        done = take("ada@x.example,yes\nben@x.example,\n")
        entry = ConsentRecord.objects.select_related("version").get()
        assert (entry.state, entry.wording, entry.at) == ("granted", WORDS, at("2025-01-10"))
        assert (entry.source, entry.note, entry.actor) == (
            f"import {done.pk}",
            "Checkout of shop.firm.example",
            "command line",
        )
        assert entry.version is not None
        assert entry.proof == {"import": done.pk, "row": 2, "given_at": "2025-01-10T00:00:00+00:00"}
        assert held() == "granted"
        assert held("ben@x.example") == ""
        assert Import.objects.get().statements == {"letter": {"granted": 1}}

    @pytest.mark.parametrize("cell", ["yes", "JA", "1", "x", "Opt-in", "opted_in", "Subscribed", "true", "✓"])
    def test_a_yes_has_many_spellings(self, take: Callable[..., Import], cell: str) -> None:
        take(f"ada@x.example,{cell}\n")
        assert held() == "granted"

    @pytest.mark.parametrize("cell", ["no", "nein", "0", "opt-out", "Unsubscribed", "FALSE"])
    def test_a_no_has_many_spellings_and_takes_back(self, take: Callable[..., Import], cell: str) -> None:
        only_contacts(take, "ada@x.example\n")
        herself("granted", at("2024-05-01"))
        done = take(f"ada@x.example,{cell}\n")
        assert held() == "withdrawn"
        assert done.statements == {"letter": {"withdrawn": 1}}

    def test_a_cell_that_says_neither_refuses_the_row(self, take: Callable[..., Import]) -> None:
        done = take("ada@x.example,perhaps\nben@x.example,yes\n")
        assert done.rejected == 1
        assert ImportReject.objects.get().reason.startswith("Opt-in: “perhaps” says neither yes nor no.")
        assert not Contact.objects.filter(email_key="ada@x.example").exists()

    def test_each_part_may_come_from_a_column_and_one_column_serves_two_purposes(
        self, take: Callable[..., Import]
    ) -> None:
        Purpose.objects.create(key="events", name="Events", double_opt_in=False)
        raw = {
            "columns": {
                "Email": "email",
                "Letter": "consent.letter.given",
                "Events": "consent.events.given",
                "On": [
                    {"to": "consent.letter.at", "format": "%d.%m.%Y"},
                    {"to": "consent.events.at", "format": "%d.%m.%Y"},
                ],
                "Where": ["consent.letter.source", "consent.events.source"],
                "Words": "consent.letter.wording",
                "From": "consent.letter.address",
            },
            "constants": {"consent.events.wording": "Invite me."},
            "time_zone": "Europe/Berlin",
        }
        head = "Email,Letter,Events,On,Where,Words,From"
        take("ada@x.example,ja,nein,03.05.2025,https://firm.example/letter,Please write.,203.0.113.7\n", raw, head)
        entry = ConsentRecord.objects.get(purpose="letter")
        assert entry.at == datetime(2025, 5, 2, 22, tzinfo=UTC)
        assert (entry.page, entry.wording, entry.address) == (
            "https://firm.example/letter",
            "Please write.",
            "203.0.113.7",
        )
        assert ConsentRecord.objects.get(purpose="events").state == "withdrawn"

    def test_words_of_ours_are_named_by_their_version(self, take: Callable[..., Import]) -> None:
        only_contacts(take, "ben@x.example\n")
        consents.record([Entry(known("ben@x.example").pk, "letter", State.GRANTED, clock.now(), "form", "Our words")])
        constants = {name: value for name, value in PROOF.items() if not name.endswith("wording")}
        take("ada@x.example,yes\n", {"columns": COLUMNS, "constants": constants | {"consent.letter.version": 1}})
        entry = ConsentRecord.objects.select_related("version").get(contact=known())
        assert entry.wording == "Our words"
        assert entry.version is not None
        assert entry.version.number == 1

    def test_the_same_file_again_writes_nothing(self, take: Callable[..., Import]) -> None:
        take("ada@x.example,yes\n")
        again = take("ada@x.example,yes\n")
        assert again.statements == {"letter": {"already": 1}}
        assert ConsentRecord.objects.count() == 1

    def test_it_starts_nothing_and_stands_on_the_timeline(self, take: Callable[..., Import]) -> None:
        from leadwright.capture.models import Activity

        done = take("ada@x.example,yes\n")
        fact = Activity.objects.get(kind="consent_granted")
        assert fact.properties["import"] == done.pk
        assert set(Change.objects.values_list("import_id", flat=True)) == {done.pk}


class TestProvable:
    @pytest.mark.parametrize(
        ("left_out", "say"),
        [
            ("wording", "the exact words that they agreed to (consent.letter.wording)"),
            ("source", "where and how they said it (consent.letter.source)"),
            ("at", "when (consent.letter.at)"),
        ],
    )
    def test_without_words_place_and_time_it_is_refused(
        self, take: Callable[..., Import], left_out: str, say: str
    ) -> None:
        constants = {name: value for name, value in PROOF.items() if not name.endswith(left_out)}
        with pytest.raises(mappings.BadMapping, match="has to be provable") as fault:
            take("ada@x.example,yes\n", {"columns": COLUMNS, "constants": constants})
        assert say in str(fault.value)
        assert not Contact.objects.exists()

    def test_what_is_said_of_nobody_is_refused(self, take: Callable[..., Import]) -> None:
        with pytest.raises(mappings.BadMapping, match="not who said yes or no"):
            take("ada@x.example,yes\n", {"columns": {"Email": "email"}, "constants": PROOF})

    def test_a_list_of_those_who_said_no_needs_no_words(self, take: Callable[..., Import]) -> None:
        take("ada@x.example\n", {"columns": {"Email": "email"}, "constants": {"consent.letter.given": "no"}}, "Email")
        assert held() == "withdrawn"

    def test_a_row_that_says_yes_without_its_proof_is_refused(self, take: Callable[..., Import]) -> None:
        raw = {
            "columns": COLUMNS | {"On": "consent.letter.at"},
            "constants": {name: value for name, value in PROOF.items() if not name.endswith("at")},
        }
        done = take("ada@x.example,yes,\nben@x.example,no,\n", raw, "Email,Opt-in,On")
        assert ImportReject.objects.get().reason == (
            "The row says yes to “Letter” and not when; without, nobody could prove it."
        )
        assert done.statements == {"letter": {"withdrawn": 1}}

    def test_a_date_to_come_is_refused(self, take: Callable[..., Import]) -> None:
        later = f"{clock.now() + 9 * DAY:%Y-%m-%d}"
        done = take("ada@x.example,yes\n", {"columns": COLUMNS, "constants": PROOF | {"consent.letter.at": later}})
        assert done.rejected == 1
        assert "lies in the future" in ImportReject.objects.get().reason

    def test_a_purpose_that_is_not_there_or_retired_is_no_field(self, take: Callable[..., Import]) -> None:
        Purpose.objects.update(is_active=False)
        with pytest.raises(mappings.BadMapping, match="which is no field"):
            take("ada@x.example,yes\n")


class TestNeverOverruling:
    def test_a_later_no_stands(self, take: Callable[..., Import], look: Callable[..., Preview]) -> None:
        only_contacts(take, "ada@x.example\n")
        herself("withdrawn", at("2025-03-01"))
        found = look("ada@x.example,yes\n")
        assert found.statements == {"letter": {"later_no": 1}}
        assert take("ada@x.example,yes\n").statements == {"letter": {"later_no": 1}}
        assert held() == "withdrawn"

    def test_a_no_of_the_same_moment_stands(self, take: Callable[..., Import]) -> None:
        only_contacts(take, "ada@x.example\n")
        herself("withdrawn", at("2025-01-10"))
        take("ada@x.example,yes\n")
        assert held() == "withdrawn"

    def test_an_earlier_no_gives_way_to_a_provable_later_yes(self, take: Callable[..., Import]) -> None:
        only_contacts(take, "ada@x.example\n")
        herself("withdrawn", at("2024-03-01"))
        take("ada@x.example,yes\n")
        assert held() == "granted"

    def test_an_old_no_does_not_end_a_later_yes(self, take: Callable[..., Import]) -> None:
        only_contacts(take, "ada@x.example\n")
        herself("granted", at("2025-03-01"))
        assert take("ada@x.example,no\n").statements == {"letter": {"later_yes": 1}}
        assert held() == "granted"

    @pytest.mark.parametrize("reason", [Suppression.Reason.UNSUBSCRIBED, Suppression.Reason.BOUNCE])
    @pytest.mark.parametrize("line", ["ada@x.example", "@x.example", rules.fingerprint("ada@x.example")])
    def test_a_suppression_stays_and_nothing_is_written(
        self, take: Callable[..., Import], reason: Suppression.Reason, line: str
    ) -> None:
        suppressions.add([line], reason, "test")
        assert take("Ada@x.example,yes\n").statements == {"letter": {"suppressed": 1}}
        assert Suppression.objects.filter(email_key=line).exists()
        assert not ConsentRecord.objects.exists()

    def test_the_preview_counts_all_of_it_and_writes_nothing(
        self, take: Callable[..., Import], look: Callable[..., Preview]
    ) -> None:
        only_contacts(take, "".join(f"{name}@x.example\n" for name in ("ada", "ben", "cleo", "dan", "eva")))
        herself("withdrawn", at("2025-03-01"))
        herself("granted", at("2024-03-01"), "ben@x.example")
        herself("granted", at("2024-03-01"), "cleo@x.example")
        suppressions.add(["dan@x.example"], Suppression.Reason.BOUNCE, "test")
        before = ConsentRecord.objects.count()
        rows = "ada@x.example,yes\nben@x.example,yes\ncleo@x.example,no\ndan@x.example,yes\neva@x.example,yes\n"
        found = look(rows + "new@x.example,yes\n")
        assert found.statements == {
            "letter": {"later_no": 1, "already": 1, "withdrawn": 1, "suppressed": 1, "granted": 2}
        }
        assert {each["outcome"] for each in found.stated} == {"later_no", "withdrawn", "suppressed"}
        assert ConsentRecord.objects.count() == before
        assert take(rows + "new@x.example,yes\n").statements == found.statements

    def test_two_rows_about_one_person_are_taken_one_after_the_other(self, take: Callable[..., Import]) -> None:
        take("7,ada@x.example\n", {"columns": {"Id": "external_id", "Email": "email"}}, "Id,Email")
        raw = {"columns": {"Id": "external_id", **COLUMNS, "On": "consent.letter.at"}}
        raw["constants"] = {name: value for name, value in PROOF.items() if not name.endswith("at")}
        take("7,,yes,2025-01-10\n,ada@x.example,no,2025-02-10\n", raw, "Id,Email,Opt-in,On")
        assert held() == "withdrawn"
        assert ConsentRecord.objects.count() == 2


class TestConfirming:
    @pytest.fixture(autouse=True)
    def double(self, letter: Purpose) -> None:
        Purpose.objects.update(double_opt_in=True)

    def test_a_yes_without_its_confirmation_asks_nobody_and_is_not_written(self, take: Callable[..., Import]) -> None:
        done = take("ada@x.example,yes\n")
        assert done.statements == {"letter": {"unconfirmed": 1}}
        assert not ConsentRecord.objects.exists()
        assert done.created == 1

    def test_the_confirmation_of_the_other_system_counts_from_its_moment(self, take: Callable[..., Import]) -> None:
        raw = {"columns": COLUMNS | {"Confirmed": "consent.letter.confirmed_at"}, "constants": PROOF}
        rows = "ada@x.example,yes,2025-01-11 10:00\nben@x.example,yes,\ncleo@x.example,yes,2025-01-09\n"
        done = take(rows, raw, "Email,Opt-in,Confirmed")
        assert done.statements == {"letter": {"granted": 1, "unconfirmed": 1}}
        entry = ConsentRecord.objects.get()
        assert entry.at == datetime(2025, 1, 11, 10, tzinfo=UTC)
        assert entry.proof["given_at"].startswith("2025-01-10")
        assert "confirmed before it was given" in ImportReject.objects.get().reason

    def test_a_form_asks_for_no_mail_where_an_import_told_of_a_confirmation(self, take: Callable[..., Import]) -> None:
        take("ada@x.example,yes\n", STATED | {"constants": PROOF | {"consent.letter.confirmed_at": "2025-01-11"}})
        herself("pending", at("2025-06-01"))
        assert held() == "granted"


class TestUndo:
    def test_people_that_it_made_go_with_their_entries(self, take: Callable[..., Import]) -> None:
        done = take("ada@x.example,yes\nben@x.example,no\n")
        report = undo(done)
        assert (report["deleted"], report["taken_back"]) == (2, 2)
        assert not Contact.objects.exists()
        assert not ConsentRecord.objects.exists()

    def test_others_stand_as_before_and_the_ledger_says_why(self, take: Callable[..., Import]) -> None:
        only_contacts(take, "ada@x.example\n")
        done = take("ada@x.example,yes\n")
        assert undo(done)["taken_back"] == 1
        assert held() == ""
        assert not Consent.objects.exists()
        granted, undone = ConsentRecord.objects.order_by("pk")
        assert (undone.state, undone.source) == ("undone", f"import {done.pk} undone")
        assert undone.proof == {"undoes": granted.pk, "import": done.pk}

    def test_later_stages_hear_of_it_without_starting_anything(self, take: Callable[..., Import]) -> None:
        only_contacts(take, "ada@x.example\n")
        done = take("ada@x.example,yes\n")
        jobs.settle()
        Change.objects.all().delete()
        undo(done)
        assert [*Change.objects.values_list("contacts", "import_id")] == [([known().pk], done.pk)]

    def test_undone_and_imported_again_it_holds_again(self, take: Callable[..., Import]) -> None:
        only_contacts(take, "ada@x.example\n")
        undo(take("ada@x.example,yes\n"))
        take("ada@x.example,yes\n")
        assert held() == "granted"

    def test_somebody_who_unsubscribed_meanwhile_stays_so(self, take: Callable[..., Import]) -> None:
        only_contacts(take, "ada@x.example\n")
        herself("granted", at("2024-01-01"))
        done = take("ada@x.example,no\n")
        assert herself("withdrawn", at("2025-05-01"))  # it changes nothing now, and must stand without the import
        undo(done)
        assert held() == "withdrawn"

    def test_somebody_who_confirmed_meanwhile_stays_so(self, take: Callable[..., Import]) -> None:
        Purpose.objects.update(double_opt_in=True)
        only_contacts(take, "ada@x.example\n")
        [asked] = herself("pending", at("2025-01-01"))
        done = take(
            "ada@x.example,yes\n", STATED | {"constants": PROOF | {"consent.letter.confirmed_at": "2025-01-11"}}
        )
        assert herself("granted", at("2025-01-12"), confirms=asked)
        undo(done)
        assert held() == "granted"

    def test_a_choice_on_the_preference_page_stays(self, take: Callable[..., Import]) -> None:
        only_contacts(take, "ada@x.example\nben@x.example\n")
        done = take("ada@x.example,yes\nben@x.example,yes\n")
        consents.choose(known().uid, ["letter"], source="preferences", address=None)
        undo(done)
        assert held() == "granted"
        assert held("ben@x.example") == ""

    def test_a_person_of_the_import_who_acted_since_is_kept(self, take: Callable[..., Import]) -> None:
        done = take("ada@x.example,yes\nben@x.example,yes\n")
        herself("withdrawn", at("2025-05-01"))
        report = undo(done)
        assert (report["deleted"], report["conflicts"]) == (1, 1)
        assert held() == "withdrawn"

    def test_the_facts_of_what_was_taken_back_are_forgotten(self, take: Callable[..., Import]) -> None:
        from leadwright.capture.models import Activity

        only_contacts(take, "ada@x.example\n")
        herself("granted", at("2024-01-01"))
        done = take("ada@x.example,no\n")
        undo(done)
        assert list(Activity.objects.filter(kind__startswith="consent").values_list("kind", flat=True)) == [
            "consent_granted"
        ]

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        acts=st.lists(
            st.tuples(
                st.sampled_from(["pending", "confirm", "granted", "withdrawn", "file yes", "file no", "undo"]),
                st.integers(0, 11),
            ),
            max_size=9,
        )
    )
    def test_with_all_imports_undone_everybody_stands_as_if_there_had_been_none(
        self, acts: list[tuple[str, int]]
    ) -> None:
        ada, twin = Contact.objects.create(first_name="Ada"), Contact.objects.create(first_name="Twin")
        waiting: dict[int, list[int]] = {ada.pk: [], twin.pk: []}
        told: list[list[int]] = []
        start = at("2025-01-01")
        for number, (what, day) in enumerate(acts):
            if what == "undo":
                if told:
                    consents.take_back(told.pop(), "import 1 undone")
                continue
            if what.startswith("file"):
                # what an import writes: dated anywhere in the past, and only where nothing later says otherwise
                ledger = consents.read_ledgers([ada.pk]).get(ada.pk, {}).get("letter", [])
                moment = start + day * DAY
                outcome = rules.told(ledger, is_given=what == "file yes", at=moment)
                if outcome in ("granted", "withdrawn"):
                    entry = ConsentRecord.objects.create(
                        contact=ada, purpose_id="letter", state=outcome, at=moment, proof={"import": 1}
                    )
                    consents.recount([ada.pk])
                    told.append([entry.pk])
                continue
            for who in (ada.pk, twin.pk):  # both do the same, in the order of time
                moment = start + number * DAY + DAY / 2
                refers = {"confirms": waiting[who][-1]} if what == "confirm" and waiting[who] else {}
                if what == "confirm" and not refers:
                    continue
                state = State.GRANTED if what == "confirm" else State(what)
                made = consents.record([Entry(who, "letter", state, moment, "form", proof=refers)])
                if what == "pending" and made:
                    waiting[who] += made
        for each in told:
            consents.take_back(each, "import 1 undone")
        assert consents.standing(ada.pk) == consents.standing(twin.pk)
