"""Suppressions: what a line can be, who takes it off, and that sending honours each kind."""

import hashlib
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from leadwright.engage import emails, messages, sending
from leadwright.engage.models import Message
from leadwright.kit import clock
from leadwright.profile import contacts, rules
from leadwright.profile.models import Contact, Preference, Purpose, Suppression
from leadwright.profile.privacy import consents, preferences, suppressions
from leadwright.profile.privacy.consents import Entry, State
from leadwright.workspace import keys, settings
from leadwright.workspace.models import AuditEntry

ADDRESS = "ada@example.com"
SHA, MD5 = hashlib.sha256(ADDRESS.encode()).hexdigest(), hashlib.md5(ADDRESS.encode()).hexdigest()


class TestReading:
    @pytest.mark.parametrize(
        ("given", "means"),
        [
            (" Ada@Example.com ", ADDRESS),
            ('"ada@example.com"', ADDRESS),
            ("@Competitor.Example", "@competitor.example"),
            ("'@competitor.example", "@competitor.example"),  # as our own export writes it for sheets
            ("@müller.example", "@xn--mller-kva.example"),
            (SHA.upper(), f"sha256:{SHA}"),
            (f"sha256:{SHA}", f"sha256:{SHA}"),
            (MD5, f"md5:{MD5}"),
        ],
    )
    def test_a_line_is_an_address_a_domain_or_a_digest(self, given: str, means: str) -> None:
        assert suppressions.read(given) == means

    @pytest.mark.parametrize("given", ["ada", "@", "@x", "sha256:abc", f"md5:{SHA}", "f" * 63, "@a b.example"])
    def test_anything_else_is_refused(self, given: str) -> None:
        with pytest.raises(rules.BadAddress):
            suppressions.read(given)


@pytest.mark.django_db
class TestTheList:
    def test_a_list_is_taken_but_for_the_lines_that_are_none(self) -> None:
        lines = ["email;why", "ada@example.com;left", "", "@competitor.example", "nonsense", SHA, "ADA@example.com"]
        told = suppressions.take_in(lines, "manual", "test")
        assert (told.lines, told.added, told.known, told.refused) == (5, 3, 0, 1)
        assert [(number, text) for number, text, _ in told.examples] == [(5, "nonsense")]

    def test_a_weightier_reason_stays(self) -> None:
        suppressions.add([ADDRESS], "complaint", "message 3")
        suppressions.take_in([ADDRESS], "unsubscribed", "file list.csv")
        assert Suppression.objects.get().reason == "complaint"

    def test_an_import_of_contacts_takes_nothing_off(self) -> None:
        suppressions.add([ADDRESS], "unsubscribed", "test")
        contacts.upsert([contacts.Incoming({"email": ADDRESS, "first_name": "Ada"}, source="import 3", overwrite=True)])
        assert Suppression.objects.count() == 1

    def test_taking_off_needs_a_reason_that_the_trail_keeps_without_the_address(self) -> None:
        suppressions.add([ADDRESS], "manual", "test")
        line = Suppression.objects.get()
        with pytest.raises(suppressions.NeedsReason):
            suppressions.take_off([line.pk], " ", "Cleo")
        assert suppressions.take_off([line.pk], "She called", "Cleo") == 1
        kept = AuditEntry.objects.get(action="lifted a suppression")
        assert kept.detail == {"reason": "manual", "why": "She called"}
        assert kept.object_id == rules.fingerprint(ADDRESS)[:60]

    def test_an_address_is_found_however_it_stands_there(self) -> None:
        suppressions.add(["@example.com", f"md5:{MD5}", f"sha256:{SHA}", ADDRESS, "ben@example.com"], "manual", "test")
        assert len(suppressions.of(ADDRESS)) == 4
        assert [line.kind for line in suppressions.of("x@example.com")] == ["domain"]


@pytest.fixture
def letter(db: None) -> Any:
    workspace = settings.current()
    workspace.sender_address = "hello@nordwind.example"
    workspace.save()
    purpose, _ = Purpose.objects.get_or_create(key="letter", defaults={"name": "Letter"})
    return emails.write(name="Letter", subject="Hello", purpose=purpose, body=[("text", "<p>Hello</p>")])


@pytest.fixture
def ada(contact: Callable[..., Contact], noon: datetime) -> Contact:
    made = contact("Ada")
    Purpose.objects.get_or_create(key="letter", defaults={"name": "Letter"})
    consents.record([Entry(made.pk, "letter", State.GRANTED, clock.now(), "test")])
    return made


@pytest.mark.parametrize("line", [ADDRESS, "@example.com", f"sha256:{SHA}", f"md5:{MD5}"])
class TestSending:
    def test_nothing_is_queued(self, ada: Contact, letter: Any, line: str) -> None:
        suppressions.add([line], "manual", "test")
        assert messages.queue(letter, [(ada.pk, "x")]).held == {"suppressed": 1}

    def test_what_is_queued_is_held_at_hand_over(self, ada: Contact, letter: Any, line: str) -> None:
        assert messages.queue(letter, [(ada.pk, "x")]).queued == 1
        suppressions.add([line], "manual", "test")
        assert sending.flush() == 0
        assert Message.objects.get().held_reason == "suppressed"

    def test_service_mail_is_stopped_but_by_her_own_unsubscribing(self, ada: Contact, letter: Any, line: str) -> None:
        service = emails.write(name="Service", subject="Yours", body=[("text", "<p>As you asked</p>")])
        suppressions.add([line], "unsubscribed", "test")
        assert messages.queue(service, [(ada.pk, "x")]).queued == 1
        suppressions.add([line], "manual", "test")
        assert messages.queue(service, [(ada.pk, "y")]).held == {"suppressed": 1}


class TestPausing:
    def test_a_pause_holds_mail_but_not_service_mail(self, ada: Contact, letter: Any, noon: datetime) -> None:
        preferences.pause(ada.pk, 30)
        service = emails.write(name="Service", subject="Yours", body=[("text", "<p>As you asked</p>")])
        assert messages.queue(letter, [(ada.pk, "x")]).held == {"paused": 1}
        assert messages.queue(service, [(ada.pk, "x")]).queued == 1
        assert messages.queue(letter, [(ada.pk, "later")], due_at=noon + timedelta(days=31)).queued == 1

    def test_a_pause_that_began_meanwhile_holds_at_hand_over(self, ada: Contact, letter: Any) -> None:
        messages.queue(letter, [(ada.pk, "x")])
        preferences.pause(ada.pk, 30)
        assert sending.flush() == 0
        assert Message.objects.get().held_reason == "paused"

    def test_whoever_wants_fewer_mails_gets_fewer(self, ada: Contact, letter: Any, noon: datetime) -> None:
        Preference.objects.create(contact=ada, every_days=14)
        other = emails.write(
            name="Other", subject="Other", purpose=Purpose.objects.get(key="letter"), body=[("text", "<p>Hi</p>")]
        )
        assert messages.queue(letter, [(ada.pk, "x")]).queued == 1
        assert messages.queue(other, [(ada.pk, "x")], due_at=noon + timedelta(days=10)).held == {"own_cap": 1}
        assert messages.queue(other, [(ada.pk, "y")], due_at=noon + timedelta(days=15)).queued == 1


@pytest.mark.django_db
class TestScreens:
    def test_a_file_is_handed_in(self, admin_client: Client) -> None:
        file = SimpleUploadedFile("list.csv", b"\xef\xbb\xbfaddress,why\r\nada@example.com,x\r\nnone,y\r\n")
        said = admin_client.post(
            "/app/suppressions/add/", {"file": file, "reason": "manual", "note": "Old system"}
        ).content.decode()
        assert "1 refused" in said.replace("</strong>", "").replace("<strong>", "")
        line = Suppression.objects.get()
        assert (line.email_key, line.source, line.note) == (ADDRESS, "file list.csv", "Old system")

    def test_fingerprints_give_no_address_away(self, admin_client: Client) -> None:
        suppressions.add([ADDRESS, "@competitor.example"], "manual", "test", note="=1+1")
        taken = b"".join(admin_client.get("/app/suppressions/take/?as=hashed")).decode()  # type: ignore[call-overload]
        assert SHA in taken
        assert ADDRESS not in taken
        plain = b"".join(admin_client.get("/app/suppressions/take/?as=plain")).decode()  # type: ignore[call-overload]
        assert "'=1+1" in plain
        told = suppressions.take_in(plain.splitlines(), "manual", "again")
        assert (told.refused, told.known) == (0, 2)

    def test_what_is_searched_is_found_by_its_fingerprint(self, admin_client: Client) -> None:
        suppressions.add([f"sha256:{SHA}"], "manual", "test")
        assert "fingerprint" in admin_client.get(f"/app/suppressions/?q={ADDRESS}").content.decode()


@pytest.mark.django_db
def test_the_api_adds_tells_and_lifts(client: Client, ada: Contact) -> None:
    _, secret = keys.create("write", "CRM")
    head = {"Authorization": f"Bearer {secret}"}

    def call(method: str, path: str, body: Any = None) -> tuple[int, Any]:
        answer = client.generic(
            method, f"/api/v1{path}", json.dumps(body) if body else "", "application/json", headers=head
        )
        return answer.status_code, answer.json()

    assert call("POST", "/suppressions", {"lines": [ADDRESS, "no"]})[1]["refused"] == 1
    found = call("GET", f"/suppressions?address={ADDRESS}")[1]["items"]
    assert [(line["line"], line["reason"]) for line in found] == [(ADDRESS, "manual")]
    assert call("DELETE", f"/suppressions/{found[0]['id']}")[0] == 422
    assert call("DELETE", f"/suppressions/{found[0]['id']}?why=mistake")[0] == 200
    told = {"purpose": "letter", "state": "granted", "wording": ""}
    assert call("POST", f"/contacts/{ada.pk}/consents", told)[0] == 422
    assert call("POST", f"/contacts/{ada.pk}/consents", told | {"wording": "Yes"})[1]["written"]
    ledger = call("GET", f"/contacts/{ada.pk}/consents")[1]
    assert (ledger["holds"], ledger["items"][0]["actor"]) == ({"letter": "granted"}, "API key CRM")
    assert call("GET", f"/contacts/{ada.pk}/export")[1]["sections"]["consent_ledger"]["rows"]
