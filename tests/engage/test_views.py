from datetime import datetime, timedelta

import pytest
from django.test import Client

from leadwright.engage import broadcasts, emails, messages, sending
from leadwright.engage.models import Broadcast, EmailVersion, MailboxMessage, Message
from leadwright.kit import clock, jobs
from leadwright.profile.models import Contact
from leadwright.qualify.models import Member, Segment
from leadwright.workspace import keys, roles
from leadwright.workspace.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def nora(client: Client, db: None) -> User:
    from django.contrib.auth.models import Group

    roles.sync()
    user = User.objects.create_user("nora@nordwind.example", name="Nora Nord", role="marketer")
    user.groups.add(Group.objects.get(name="marketer"))
    client.force_login(user)
    return user


@pytest.fixture
def segment(ada: Contact, ben: Contact) -> Segment:
    segment = Segment.objects.create(name="Everyone")
    Member.objects.bulk_create(Member(segment=segment, contact=who, since=clock.now()) for who in (ada, ben))
    return segment


def test_an_email_is_looked_at_as_a_contact(client: Client, nora: User, guide: EmailVersion, ada: Contact) -> None:
    page = client.get(f"/app/emails/{guide.email_id}/look/?contact={ada.pk}").content.decode()
    assert "A guide for Ada" in page
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in page
    framed = client.get(f"/app/emails/{guide.email_id}/look/html/?contact={ada.pk}")
    assert "Hello Ada" in framed.content.decode()
    assert "sandbox" in framed["Content-Security-Policy"]
    assert "script" not in framed["Content-Security-Policy"].replace("default-src 'none'", "")
    text = client.get(f"/app/emails/{guide.email_id}/look/?show=text").content.decode()
    assert "Unsubscribe: #" in text


def test_the_editor_says_what_is_missing(client: Client, nora: User, guide: EmailVersion) -> None:
    assert client.get("/app/emails/").status_code == 200
    page = client.get(f"/app/emails/edit/{guide.email_id}/").content.decode()
    assert "Nothing is missing" in page
    assert client.get("/app/emails/add/").status_code == 200


def test_a_test_goes_to_whoever_asks(client: Client, nora: User, guide: EmailVersion, ada: Contact) -> None:
    client.post(f"/app/emails/{guide.email_id}/test/", {"contact": ada.pk})
    mail = MailboxMessage.objects.get()
    assert (mail.rcpt_to, mail.subject) == (["nora@nordwind.example"], "[Test] A guide for Ada")
    assert not Message.objects.exists()


def test_a_broadcast_is_confirmed_with_its_counts_and_then_leaves(
    client: Client, nora: User, guide: EmailVersion, segment: Segment
) -> None:
    assert client.get("/app/broadcasts/").status_code == 200
    fields = {"name": "Spring", "email": guide.email_id, "segment": segment.pk}
    made = client.post("/app/broadcasts/new/", fields)
    broadcast = Broadcast.objects.get()
    assert made["Location"] == f"/app/broadcasts/{broadcast.pk}/"
    page = client.get(made["Location"]).content.decode()
    assert "Send to 1 now" in page
    assert "no consent" in page
    client.post(f"/app/broadcasts/{broadcast.pk}/start/")
    jobs.settle()
    sending.flush()
    jobs.settle()
    assert "1 <span>sent" in client.get(made["Location"]).content.decode()
    assert client.get(f"/app/broadcasts/{broadcast.pk}/report/").status_code == 286


def test_an_unsure_mail_waits_for_a_decision(
    client: Client, nora: User, guide: EmailVersion, ada: Contact, monday: datetime
) -> None:
    messages.queue(guide, [(ada.pk, "test:1")])
    (letter,) = sending.Sender().claim()
    clock.advance(timedelta(minutes=11))
    assert "ada@firm.example" in client.get("/app/messages/unsure/").content.decode()
    client.post("/app/messages/unsure/", {"ids": [letter.message_id], "what": "sent"})
    assert Message.objects.get().state == "sent"
    assert "Nothing is unsure" in client.get("/app/messages/unsure/").content.decode()


def test_the_contact_page_says_what_she_got_and_what_not(
    client: Client, nora: User, guide: EmailVersion, ben: Contact
) -> None:
    messages.queue(guide, [(ben.pk, "test:1")])
    panel = client.get(f"/app/contacts/{ben.pk}/messages/").content.decode()
    assert "Why? There is no consent to this purpose." in panel


def test_a_rep_sees_neither_cleos_messages_nor_a_button_to_send(
    client: Client, guide: EmailVersion, ada: Contact, segment: Segment
) -> None:
    from django.contrib.auth.models import Group

    roles.sync()
    rep = User.objects.create_user("ray@nordwind.example", name="Ray", role="rep")
    rep.groups.add(Group.objects.get(name="rep"))
    cleo = User.objects.create_user("cleo@nordwind.example", name="Cleo", role="rep")
    client.force_login(rep)
    ada.owner, ada.first_name = cleo, "Zelda"
    ada.save()
    assert client.get(f"/app/contacts/{ada.pk}/messages/").status_code == 404
    broadcast = Broadcast.objects.create(name="B", email=guide.email, segment=segment)
    assert client.post(f"/app/broadcasts/{broadcast.pk}/start/").status_code == 403
    assert "Zelda" not in client.get(f"/app/emails/{guide.email_id}/look/html/?contact={ada.pk}").content.decode()


def test_the_api_tells_of_messages_emails_and_broadcasts(
    client: Client, guide: EmailVersion, ada: Contact, ben: Contact, segment: Segment
) -> None:
    _, secret = keys.create("write")
    headers = {"Authorization": f"Bearer {secret}"}
    answer = client.post(
        "/api/v1/broadcasts",
        {"name": "B", "email": guide.email_id, "segment": segment.pk, "start": True},
        content_type="application/json",
        headers=headers,
    )
    assert answer.status_code == 201
    jobs.settle()
    first = client.get("/api/v1/messages?limit=1", headers=headers).json()
    assert first["items"][0]["held_reason"] == "no_consent"
    second = client.get(first["next"], headers=headers).json()
    assert (second["items"][0]["state"], second["next"]) == ("queued", None)
    one = client.get(f"/api/v1/messages/{second['items'][0]['id']}", headers=headers).json()
    assert one["contact_id"] == ada.pk
    report = client.get(f"/api/v1/broadcasts/{answer.json()['id']}", headers=headers).json()["report"]
    assert (report["waiting"], report["held"]) == (1, {"no_consent": 1})
    assert client.get("/api/v1/emails", headers=headers).json()["items"][0]["version"] == 1
    assert "<html" in client.get(f"/api/v1/emails/{guide.email_id}", headers=headers).json()["html"]
    again = {"name": "B", "email": guide.email_id, "segment": 999_999}
    refused = client.post("/api/v1/broadcasts", again, content_type="application/json", headers=headers)
    assert refused.status_code == 422


def test_a_forgotten_contact_leaves_no_mail_behind(guide: EmailVersion, ada: Contact) -> None:
    messages.queue(guide, [(ada.pk, "test:1")])
    sending.flush()
    assert messages.export(ada.pk)["messages"][0]["state"] == "sent"
    assert messages.erase([ada.pk]) == 2
    assert not Message.objects.exists()
    assert not MailboxMessage.objects.exists()
    assert emails.current(guide.email) == guide


def test_a_forgotten_contact_is_not_named_in_colleagues_mails_either(ada: Contact, ben: Contact) -> None:
    for about in (ada, ben):
        broken = about.email[:7].encode() + b"=\r\n" + about.email[7:].encode()  # as quoted-printable breaks a line
        MailboxMessage.objects.create(rcpt_to=["mia@firm.example"], raw=b"Subject: \xc3\xa4\r\n\r\n" + broken + b"\r\n")
    assert messages.erase([ada.pk]) == 1
    assert ben.email[:7].encode() in bytes(MailboxMessage.objects.get().raw)


def test_a_draft_broadcast_can_be_stopped(client: Client, nora: User, guide: EmailVersion, segment: Segment) -> None:
    broadcast = Broadcast.objects.create(name="B", email=guide.email, segment=segment)
    client.post(f"/app/broadcasts/{broadcast.pk}/stop/")
    with pytest.raises(broadcasts.NotReady):
        broadcasts.start(broadcast)
