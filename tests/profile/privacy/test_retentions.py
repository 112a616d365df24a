"""Retention: what a period takes, what stays in any case, and that looking removes nothing."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client

from leadwright.capture import activities, judging
from leadwright.capture.activities import Fact
from leadwright.capture.models import Activity, Hit, Import, Refusal
from leadwright.kit import clock, config, ids, jobs
from leadwright.kit.registries import RETENTIONS
from leadwright.profile.models import Contact, Erasure, LegalHold, RetentionRule, RetentionRun, Suppression
from leadwright.profile.privacy import consents, erasures, retentions
from leadwright.profile.privacy.consents import Entry, State

pytestmark = pytest.mark.django_db
YEAR = timedelta(days=365)


def act(who: object, at: datetime, kind: str = "page") -> None:
    activities.record([Fact(at, who, kind, "Prices")])  # type: ignore[arg-type]


@pytest.fixture
def ada(contact: Callable[..., Contact], noon: datetime) -> Contact:
    return contact("Ada")


class TestRules:
    def test_without_a_rule_what_we_propose_holds(self) -> None:
        assert (retentions.days_of("hits"), retentions.days_of("contact_activities")) == (30, None)

    def test_a_rule_holds_also_where_it_says_for_ever(self) -> None:
        assert retentions.keep_for({"hits": None, "refusals": 90}, "Cleo") == ["hits"]
        assert retentions.days_of("hits") is None
        assert RetentionRule.objects.get().by == "Cleo"

    def test_a_period_that_is_too_short_is_refused_and_changes_nothing(self) -> None:
        with pytest.raises(retentions.TooShort, match="at least 90 days"):
            retentions.keep_for({"hits": 7, "contact_activities": 3}, "Cleo")
        assert not RetentionRule.objects.exists()

    def test_each_kind_can_be_counted_and_removed(self, noon: datetime) -> None:
        for kind in RETENTIONS:
            assert kind.count(noon).rows >= 0
            assert kind.remove(noon - 30 * YEAR, 10) == 0


class TestNight:
    def test_old_hits_go_and_young_ones_stay(self, noon: datetime) -> None:
        for number, days in enumerate((1, 29, 31, 60)):
            Hit.objects.create(
                received_at=noon - timedelta(days=days), kind="track", message_id=f"m{number}", payload={"event": "x"}
            )
        judging.judge()  # what nobody has judged stays in any case
        retentions.run()
        assert Hit.objects.count() == 2
        assert RetentionRun.objects.get(key="hits").removed == 2

    def test_refusals_go_after_their_time(self, noon: datetime) -> None:
        for number, days in enumerate((10, 100)):
            Refusal.objects.create(hit_id=number, received_at=noon - timedelta(days=days), reason="spam")
        retentions.run()
        assert Refusal.objects.count() == 1

    def test_acts_of_strangers_go_and_those_of_contacts_stay(self, ada: Contact, noon: datetime) -> None:
        act(ids.uuid7(), noon - 2 * YEAR)
        act(ids.uuid7(), noon - timedelta(days=10))
        act(ada.uid, noon - 2 * YEAR)
        retentions.run()
        assert Activity.objects.count() == 2
        assert Activity.objects.filter(subject_id=ada.uid).exists()

    def test_consent_its_proof_and_whoever_is_held_stay(
        self, ada: Contact, contact: Callable[..., Contact], noon: datetime
    ) -> None:
        ben, then = contact("Ben"), noon - 3 * YEAR
        [form] = activities.record([Fact(then, ada.uid, "form_submitted", "paper")])
        proof = {"activity": str(form)}
        consents.record([Entry(ada.pk, "letter", State.GRANTED, then, "form", "Yes", proof=proof)])
        act(ada.uid, then)
        act(ben.uid, then)
        LegalHold.objects.create(contact=ben, reason="A dispute", by="Cleo")
        retentions.keep_for({"contact_activities": 365}, "Cleo")
        retentions.run()
        assert sorted(Activity.objects.values_list("kind", flat=True)) == ["consent_granted", "form_submitted", "page"]
        assert Activity.objects.filter(subject_id=ben.uid).exists()

    def test_a_month_in_which_nothing_must_stay_is_dropped_as_a_whole(self, ada: Contact, noon: datetime) -> None:
        old = noon - 3 * YEAR
        for _ in range(3):
            act(ids.uuid7(), old)
        act(ada.uid, old)
        retentions.keep_for({"contact_activities": 365}, "Cleo")
        assert retentions.drop_months(noon - YEAR) == 4
        name = f"capture_activity_{old:%Y_%m}"
        assert name not in connection.introspection.table_names()

    def test_people_of_whom_nothing_is_heard_are_forgotten_with_a_receipt(
        self, contact: Callable[..., Contact], noon: datetime
    ) -> None:
        people = {name: contact(name) for name in ("Ada", "Ben", "Cleo", "Dan")}
        Contact.objects.update(created_at=noon - 4 * YEAR, updated_at=noon - 4 * YEAR)
        consents.record([Entry(people["Ada"].pk, "letter", State.GRANTED, noon - 4 * YEAR, "form", "Yes")])
        act(people["Ben"].uid, noon - YEAR)
        LegalHold.objects.create(contact=people["Cleo"], reason="A dispute", by="Cleo")
        retentions.keep_for({"idle_contacts": 1095}, "Cleo")
        assert retentions.forecast("idle_contacts", 1095).now.people == 1
        retentions.run()
        assert sorted(Contact.objects.values_list("first_name", flat=True)) == ["Ada", "Ben", "Cleo"]
        receipt = Erasure.objects.get()
        assert (receipt.why, receipt.people) == ("retention", 1)
        assert not Suppression.objects.exists()  # she did not ask for it, so she may be written to when she comes back

    def test_that_an_act_was_judged_again_is_no_act(self, contact: Callable[..., Contact], noon: datetime) -> None:
        ada = contact("Ada")
        Contact.objects.update(created_at=noon - 4 * YEAR, updated_at=noon - 4 * YEAR)
        act(ada.uid, noon - timedelta(days=1), "judged_again")
        assert retentions.forecast("idle_contacts", 1095).now.people == 1

    def test_files_that_wait_for_nobody_go(self, noon: datetime) -> None:
        path = config.data_folder() / "imports" / "5" / "file.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("email")
        found = Import.objects.create(kind="contacts", file_name="x.csv", path="imports/5/file.csv")
        retentions.run()
        assert path.exists()
        Import.objects.update(created_at=noon - timedelta(days=31))
        retentions.run()
        assert not path.exists()
        found.refresh_from_db()
        assert found.path == ""

    def test_it_comes_by_itself_once_a_day(self, noon: datetime) -> None:
        jobs.settle(everything=True)
        assert RetentionRun.objects.filter(key="hits").count() == 1
        jobs.settle()
        assert RetentionRun.objects.filter(key="hits").count() == 1
        clock.set_to(noon + timedelta(days=1, seconds=1))
        jobs.settle()
        assert RetentionRun.objects.filter(key="hits").count() == 2


class TestScreen:
    def test_looking_shows_what_would_go_and_keeps_nothing(self, admin_client: Client, ada: Contact) -> None:
        act(ada.uid, clock.now() - 2 * YEAR)
        periods = dict.fromkeys(RETENTIONS.keys(), "")
        said = admin_client.post(
            "/app/retention/", periods | {"contact_activities": "365", "do": "look"}
        ).content.decode()
        assert "Keep these periods" in said
        assert "of 1 people" in said
        assert not RetentionRule.objects.exists()
        assert Activity.objects.count() == 1

    def test_keeping_holds_from_tonight_on(self, admin_client: Client) -> None:
        periods = dict.fromkeys(RETENTIONS.keys(), "")
        admin_client.post("/app/retention/", periods | {"hits": "14", "do": "keep"})
        assert retentions.days_of("hits") == 14
        assert retentions.days_of("refusals") is None

    @pytest.mark.parametrize("given", ["x", "-3", "0", "9" * 30])
    def test_what_is_no_period_is_refused(self, admin_client: Client, given: str) -> None:
        answer = admin_client.post("/app/retention/", {"hits": given, "do": "keep"})
        assert answer.status_code == 422
        assert not RetentionRule.objects.exists()


def test_nobody_is_forgotten_by_counting(ada: Contact, noon: datetime) -> None:
    for key in RETENTIONS.keys():  # noqa: SIM118
        retentions.forecast(key, 365)
    assert Contact.objects.filter(pk=ada.pk).exists()
    assert erasures.go_on() == 0
