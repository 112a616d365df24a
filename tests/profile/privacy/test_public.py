"""The preference page and what it leads to: only a POST changes anything, and a forwarded mail gives nothing away."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client

from leadwright.engage import mailbox, sending, tokens
from leadwright.engage.models import MailboxMessage, Message
from leadwright.kit import clock, jobs
from leadwright.profile.models import (
    ConsentRecord,
    Contact,
    Preference,
    PrivacyRequest,
    Purpose,
    Suppression,
    VisitorConsent,
)
from leadwright.profile.privacy import consents, requests, suppressions
from leadwright.profile.privacy.consents import Entry, State
from leadwright.workspace import settings
from leadwright.workspace.models import AuditEntry

pytestmark = pytest.mark.django_db
Kind = PrivacyRequest.Kind


@pytest.fixture
def firm() -> None:
    workspace = settings.current()
    workspace.firm, workspace.sender_address = "Nordwind", "hello@nordwind.example"
    workspace.save()


@pytest.fixture
def ada(contact: Callable[..., Contact], firm: None, noon: datetime) -> Contact:
    made = contact("Ada", language="de")
    Purpose.objects.get_or_create(key="letter", defaults={"name": "Our letter", "description": "Once a month."})
    consents.record([Entry(made.pk, "letter", State.GRANTED, clock.now(), "form")])
    return made


def page(who: Contact) -> str:
    return tokens.preferences(who.uid)


def path(url: str) -> str:
    return "/t/" + url.partition("/t/")[2]


def mailed() -> str:
    """The link in the one mail that went out."""
    jobs.settle()
    sending.flush()
    mail = mailbox.parts(bytes(MailboxMessage.objects.latest("pk").raw))
    [found] = set(re.findall(r"/t/p/r/[\w-]+", mail["html"]))
    assert found in mail["text"]
    return str(found)


def test_looking_changes_nothing(client: Client, ada: Contact) -> None:
    before = ConsentRecord.objects.count()
    for method in (client.get, client.head):
        assert method(path(page(ada))).status_code == 200
    assert (ConsentRecord.objects.count(), Preference.objects.count(), PrivacyRequest.objects.count()) == (before, 0, 0)


def test_it_names_purposes_as_people_know_them(client: Client, ada: Contact) -> None:
    said = client.get(path(page(ada))).content.decode()
    assert "Our letter" in said
    assert "Once a month." in said
    assert ada.email not in said


def test_each_purpose_is_switched_and_everything_ends_in_one_click(client: Client, ada: Contact) -> None:
    client.post(path(page(ada)), {"do": "save"})
    assert consents.standing(ada.pk) == {"letter": "withdrawn"}
    client.post(path(page(ada)), {"do": "save", "purpose": "letter"})
    assert consents.standing(ada.pk) == {"letter": "granted"}
    client.post(path(page(ada)), {"do": "nothing"})
    assert consents.standing(ada.pk) == {"letter": "withdrawn"}
    assert Suppression.objects.get().reason == "unsubscribed"


def test_a_pause_ends_by_itself_or_by_its_button(client: Client, ada: Contact, noon: datetime) -> None:
    client.post(path(page(ada)), {"do": "pause", "days": "30"})
    assert Preference.objects.get().paused_until == noon + timedelta(days=30)
    client.post(path(page(ada)), {"do": "pause", "days": "0"})
    assert Preference.objects.get().paused_until is None
    client.post(path(page(ada)), {"do": "pause", "days": "31"})  # was never offered
    assert Preference.objects.get().paused_until is None


def test_language_and_how_often_are_kept(client: Client, ada: Contact) -> None:
    client.post(path(page(ada)), {"do": "how", "every": "14", "language": "fr"})
    ada.refresh_from_db()
    assert (ada.language, ada.origins["language"]["from"]) == ("fr", "preference page")
    assert Preference.objects.get().every_days == 14


def test_a_copy_is_sent_to_the_known_address_and_not_shown_on_the_page(client: Client, ada: Contact) -> None:
    assert "a link is on its way" in client.post(path(page(ada)), {"do": "copy"}).content.decode()
    link = mailed()
    assert Message.objects.get().address == ada.email
    assert ada.email not in client.get(link).content.decode()
    shown = client.post(link, {"form": "page"}).content.decode()
    assert ada.email in shown
    assert "Our letter" in shown
    assert client.post(link, {"form": "json"}).json()["sections"]["who"]["rows"]
    assert AuditEntry.objects.filter(action="exported a person").count() == 1


def test_the_link_ends_after_seven_days(client: Client, ada: Contact, noon: datetime) -> None:
    client.post(path(page(ada)), {"do": "copy"})
    link = mailed()
    clock.set_to(noon + timedelta(days=8))
    assert client.get(link).status_code == 404
    assert client.post(link).status_code == 404


def test_another_address_holds_once_it_is_confirmed_there(client: Client, ada: Contact) -> None:
    client.post(path(page(ada)), {"do": "move", "new_email": "Ada@New.example"})
    link = mailed()
    assert Message.objects.get().address == "Ada@New.example"
    assert MailboxMessage.objects.get().rcpt_to == ["ada@new.example"]
    ada.refresh_from_db()
    assert ada.email == "ada@example.com"
    client.get(link)
    ada.refresh_from_db()
    assert ada.email == "ada@example.com"
    client.post(link)
    ada.refresh_from_db()
    assert ada.email_key == "ada@new.example"
    assert consents.standing(ada.pk) == {"letter": "granted"}


def test_an_address_of_somebody_else_waits_for_a_look(
    client: Client, ada: Contact, contact: Callable[..., Contact]
) -> None:
    ben = contact("Ben")
    client.post(path(page(ada)), {"do": "move", "new_email": ben.email})
    client.post(mailed())
    ada.refresh_from_db()
    assert ada.email == "ada@example.com"
    assert [each.state for each in requests.waiting()] == ["confirmed"]


def test_a_suppressed_new_address_gets_no_mail(client: Client, ada: Contact) -> None:
    suppressions.add(["@competitor.example"], "manual", "test")
    client.post(path(page(ada)), {"do": "move", "new_email": "ada@competitor.example"})
    jobs.settle()
    assert Message.objects.get().held_reason == "suppressed"


def test_to_be_forgotten_is_confirmed_then_decided(client: Client, ada: Contact, admin_client: Client) -> None:
    client.post(path(page(ada)), {"do": "forget"})
    link = mailed()
    client.get(link)
    assert PrivacyRequest.objects.get().state == "asked"
    client.post(link)
    asked = PrivacyRequest.objects.get()
    assert asked.state == "confirmed"
    assert consents.standing(ada.pk) == {"letter": "withdrawn"}  # nothing more is sent meanwhile
    admin_client.post(f"/app/privacy/{asked.pk}/", {"do": "forget"})
    assert not Contact.objects.filter(pk=ada.pk).exists()
    assert not PrivacyRequest.objects.exists()
    assert client.get(link).status_code == 404
    assert client.get(path(page(ada))).status_code == 404


def test_a_refusal_needs_a_reason(ada: Contact, admin_client: Client) -> None:
    asked = requests.confirm(requests.ask(ada, Kind.FORGET, address=None))
    admin_client.post(f"/app/privacy/{asked.pk}/", {"do": "refuse", "note": " "})
    asked.refresh_from_db()
    assert asked.state == "confirmed"
    admin_client.post(f"/app/privacy/{asked.pk}/", {"do": "refuse", "note": "An open invoice"})
    asked.refresh_from_db()
    assert (asked.state, asked.note) == ("refused", "An open invoice")


def test_the_same_is_asked_three_times_a_day_at_most(client: Client, ada: Contact) -> None:
    answers = [client.post(path(page(ada)), {"do": "copy"}).status_code for _ in range(4)]
    assert answers == [200, 200, 200, 422]


class TestCookies:
    @pytest.fixture(autouse=True)
    def asks(self, firm: None) -> None:
        workspace = settings.current()
        workspace.cookies = "consent"
        workspace.save()

    def test_yes_sets_the_cookie_and_keeps_the_answer(self, client: Client) -> None:
        answer = client.post("/t/p/cookies", {"choice": "yes", "back": "/guides/"})
        assert (answer.status_code, answer["Location"]) == (303, "/guides/")
        name = answer.cookies["lw_vid"].value
        kept = VisitorConsent.objects.get()
        assert (kept.choice, kept.anonymous_id, kept.page) == (True, name, "/guides/")
        assert "one cookie" in kept.wording

    def test_no_takes_it_away(self, client: Client) -> None:
        client.post("/t/p/cookies", {"choice": "yes"})
        answer = client.post("/t/p/cookies", {"choice": "no"})
        assert answer.cookies["lw_vid"].value == ""
        assert answer.cookies["lw_cookies"].value == "no"
        assert list(VisitorConsent.objects.order_by("pk").values_list("choice", flat=True)) == [True, False]

    def test_looking_sets_nothing(self, client: Client) -> None:
        assert not client.get("/t/p/cookies").cookies
        assert not VisitorConsent.objects.exists()

    def test_global_privacy_control_answers_by_itself(self, client: Client) -> None:
        answer = client.post("/t/p/cookies", {"choice": "yes"}, headers={"Sec-GPC": "1"})
        assert answer.cookies["lw_vid"].value == ""

    def test_it_leads_nowhere_else(self, client: Client) -> None:
        answer = client.post("/t/p/cookies", {"choice": "no", "back": "https://evil.example/"})
        assert answer["Location"] == "/"

    def test_the_site_asks_until_it_is_answered(self, client: Client) -> None:
        from leadwright.attract import sites

        sites.ensure()
        assert "One cookie?" in client.get("/").content.decode()
        client.post("/t/p/cookies", {"choice": "no"})
        assert "One cookie?" not in client.get("/").content.decode()
        assert "One cookie?" not in Client(headers={"Sec-GPC": "1"}).get("/").content.decode()

    @pytest.mark.parametrize("mode", ["always", "never"])
    def test_where_the_firm_does_not_ask_there_is_no_banner(self, client: Client, mode: str) -> None:
        from leadwright.attract import sites

        workspace = settings.current()
        workspace.cookies = mode
        workspace.save()
        sites.ensure()
        assert "One cookie?" not in client.get("/").content.decode()
