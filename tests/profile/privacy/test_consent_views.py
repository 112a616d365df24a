"""The tab “Consent” of a contact, and the purposes of the firm."""

from collections.abc import Callable
from datetime import datetime

import pytest
from django.test import Client

from leadwright.kit import clock
from leadwright.profile.models import ConsentRecord, Contact, LegalHold, Purpose, Suppression
from leadwright.profile.privacy import consents, purposes, suppressions
from leadwright.profile.privacy.consents import Entry, State
from leadwright.workspace.models import AuditEntry, Role, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(contact: Callable[..., Contact], noon: datetime) -> Contact:
    made = contact("Ada")
    Purpose.objects.get_or_create(key="letter", defaults={"name": "Our letter"})
    entry = Entry(
        made.pk, "letter", State.GRANTED, clock.now(), "form paper", "Yes, write to me.", "203.0.113.9", {"hit": 7},
        page="https://firm.example/paper",
    )  # fmt: skip
    consents.record([entry])
    return made


def tab(ada: Contact, deed: str = "") -> str:
    return f"/app/contacts/{ada.pk}/{deed or 'consent'}/"


def test_it_tells_state_words_place_and_proof(admin_client: Client, ada: Contact) -> None:
    said = admin_client.get(tab(ada), headers={"HX-Request": "true"}).content.decode()
    for word in ("Our letter", "Yes, write to me.", "form paper", "https://firm.example/paper", "203.0.113.9", "hit 7"):
        assert word in said
    assert "<html" not in said
    assert "<html" in admin_client.get(tab(ada)).content.decode()


def test_a_consent_by_phone_needs_words_and_a_note(admin_client: Client, ada: Contact) -> None:
    Purpose.objects.create(key="events", name="Events")
    told = {"purpose": "events", "state": "granted", "wording": "May we invite you?", "way": "by phone", "note": ""}
    answer = admin_client.post(tab(ada, "consent/record"), told, headers={"HX-Request": "true"})
    assert "this is the proof" in answer.content.decode()
    assert consents.standing(ada.pk) == {"letter": "granted"}
    admin_client.post(tab(ada, "consent/record"), told | {"note": "Call of 2 March"})
    kept = ConsentRecord.objects.get(purpose="events")
    assert (kept.wording, kept.note, kept.proof) == ("May we invite you?", "Call of 2 March", {"way": "by phone"})
    assert kept.actor
    assert kept.version
    assert kept.version.text == "May we invite you?"


def test_she_takes_it_back(admin_client: Client, ada: Contact) -> None:
    admin_client.post(tab(ada, "consent/record"), {"purpose": "letter", "state": "withdrawn"})
    assert consents.standing(ada.pk) == {"letter": "withdrawn"}


def test_a_retired_purpose_cannot_be_allowed(admin_client: Client, ada: Contact) -> None:
    Purpose.objects.update(is_active=False)
    told = {"purpose": "letter", "state": "granted", "wording": "Yes", "note": "Call"}
    answer = admin_client.post(tab(ada, "consent/record"), told, headers={"HX-Request": "true"})
    assert "retired" in answer.content.decode()


def test_a_suppression_is_shown_and_lifted_with_a_reason(admin_client: Client, ada: Contact) -> None:
    suppressions.add([ada.email_key, "@example.com"], "complaint", "message 3")
    said = admin_client.get(tab(ada)).content.decode()
    assert "This address must not be used" in said
    assert "Nothing is sent to @example.com" in said
    lines = list(Suppression.objects.values_list("pk", flat=True))
    admin_client.post(tab(ada, "lift"), {"line": lines, "why": ""})
    assert Suppression.objects.count() == 2
    admin_client.post(tab(ada, "lift"), {"line": lines, "why": "A mistake of the provider"})
    assert [line.email_key for line in Suppression.objects.all()] == ["@example.com"]


def test_a_hold_is_put_and_lifted_with_a_reason(admin_client: Client, ada: Contact) -> None:
    admin_client.post(tab(ada, "hold"), {"do": "hold", "why": "A dispute"})
    assert LegalHold.objects.get().reason == "A dispute"
    assert admin_client.post(tab(ada, "forget"), {"sure": "forget"}).status_code == 302
    assert Contact.objects.filter(pk=ada.pk).exists()
    admin_client.post(tab(ada, "hold"), {"do": "lift", "why": "Settled"})
    assert not LegalHold.objects.exists()
    assert AuditEntry.objects.filter(action="lifted a legal hold").exists()


def test_forgetting_asks_for_the_word_and_leaves_a_receipt(admin_client: Client, ada: Contact) -> None:
    assert "Consent ledger" in admin_client.get(tab(ada, "forget")).content.decode()
    assert admin_client.post(tab(ada, "forget"), {"sure": "yes"}).status_code == 422
    assert Contact.objects.filter(pk=ada.pk).exists()
    admin_client.post(tab(ada, "forget"), {"sure": " Forget ", "why": "her letter"})
    assert not Contact.objects.filter(pk=ada.pk).exists()
    assert "her letter" in admin_client.get("/app/privacy/receipts/?address=ADA@example.com").content.decode()


def test_what_we_know_is_a_page_and_json_and_stands_in_the_trail(admin_client: Client, ada: Contact) -> None:
    assert "Yes, write to me." in admin_client.get(tab(ada, "everything")).content.decode()
    found = admin_client.get(tab(ada, "everything") + "?format=json").json()
    assert found["sections"]["consent_ledger"]["rows"][0]["version"] == 1
    assert AuditEntry.objects.filter(action="exported a person", object_id=str(ada.pk)).count() == 2


def test_a_rep_writes_consent_down_and_neither_exports_nor_forgets(client: Client, ada: Contact) -> None:
    client.force_login(User.objects.create_user("ben@firm.example", name="Ben", role=Role.REP))
    told = {"purpose": "letter", "state": "withdrawn"}
    assert client.post(tab(ada, "consent/record"), told).status_code == 302
    assert client.get(tab(ada, "everything")).status_code == 403
    assert client.post(tab(ada, "forget"), {"sure": "forget"}).status_code == 403
    assert client.post(tab(ada, "hold"), {"why": "x"}).status_code == 403


class TestPurposes:
    def test_a_new_one_gets_a_key_of_its_own_for_ever(self, admin_client: Client) -> None:
        for name in ("Spring tour", "Spring Tour!"):
            admin_client.post("/app/purposes/new/", {"name": name, "double_opt_in": "on", "position": 20})
        assert set(Purpose.objects.filter(name__istartswith="spring").values_list("key", flat=True)) == {
            "spring-tour",
            "spring-tour-2",
        }
        admin_client.post("/app/purposes/spring-tour/", {"name": "Tour", "position": 5})
        assert Purpose.objects.get(pk="spring-tour").double_opt_in is False

    def test_one_on_record_is_retired_and_never_removed(self, admin_client: Client, ada: Contact) -> None:
        admin_client.post("/app/purposes/letter/retire/", {"do": "remove"})
        assert Purpose.objects.filter(pk="letter", is_active=True).exists()
        admin_client.post("/app/purposes/letter/retire/", {"do": "retire"})
        assert Purpose.objects.filter(pk="letter", is_active=False).exists()
        assert consents.standing(ada.pk) == {"letter": "granted"}
        assert "version" in admin_client.get("/app/purposes/letter/").content.decode().lower()

    def test_the_list_says_how_many_allow_each(self, admin_client: Client, ada: Contact) -> None:
        Purpose.objects.create(key="never", name="Never")
        found = {each.key: (each.is_granted, each.is_withdrawn, each.versions) for each in purposes.listed()}
        assert found["letter"] == (1, 0, 1)
        assert found["never"] == (0, 0, 0)
        assert "letter" in admin_client.get("/app/purposes/").content.decode().lower()

    def test_one_that_nobody_was_asked_for_goes(self, admin_client: Client) -> None:
        Purpose.objects.create(key="never", name="Never")
        admin_client.post("/app/purposes/never/retire/", {"do": "remove"})
        assert not Purpose.objects.filter(pk="never").exists()


def test_the_ledger_says_which_entries_an_undone_import_left(
    admin_client: Client, contact: Callable[..., Contact]
) -> None:
    ben = contact("Ben")
    Purpose.objects.create(key="letter", name="Our letter")
    proof = {"import": 3, "row": 7, "confirmed_at": "2025-01-11T10:00:00+00:00"}
    told = ConsentRecord.objects.create(
        contact=ben, purpose_id="letter", state="granted", source="import 3", proof=proof
    )
    consents.take_back([told.pk], "import 3 undone")
    page = admin_client.get(tab(ben)).content.decode()
    assert "its import was undone" in page
    assert "counts no more" in page
    assert "confirmed elsewhere 11 Jan 2025, 10:00 · row 7" in page
    assert f"entry {told.pk} counts as never written" in page
    assert "never asked" in page
