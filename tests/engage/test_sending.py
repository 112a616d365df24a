from datetime import datetime, timedelta
from email.message import EmailMessage

import pytest

from leadwright.capture.models import Activity
from leadwright.engage import mailbox, messages, sending
from leadwright.engage.models import EmailVersion, MailboxMessage, Message
from leadwright.engage.relays import Answer, Outcome
from leadwright.kit import clock, signing
from leadwright.profile.models import Consent, Contact

pytestmark = pytest.mark.django_db


def mails() -> list[EmailMessage]:
    return [mailbox.parse(bytes(raw)) for raw in MailboxMessage.objects.order_by("id").values_list("raw", flat=True)]


def test_a_due_message_arrives_in_the_mailbox_and_is_sent(guide: EmailVersion, ada: Contact, monday: datetime) -> None:
    messages.queue(guide, [(ada.pk, "test:1")], campaign_id=3)
    assert sending.flush() == 1
    message = Message.objects.get()
    assert (message.state, message.sent_at, message.attempts) == ("sent", monday, 1)
    assert message.answer.startswith("250")
    kept = MailboxMessage.objects.get()
    assert (kept.rcpt_to, kept.subject, kept.received_at) == (["ada@firm.example"], "A guide for Ada", monday)
    fact = Activity.objects.get(kind="email_sent")
    assert (fact.subject_id, fact.object_id, fact.campaign_id, fact.at) == (ada.uid, str(message.pk), 3, monday)
    assert fact.name == "A guide for you"


def test_what_is_not_due_waits(guide: EmailVersion, ada: Contact, monday: datetime) -> None:
    messages.queue(guide, [(ada.pk, "test:1")], due_at=monday + timedelta(hours=2))
    assert sending.flush() == 0
    clock.advance(timedelta(hours=2))
    assert sending.flush() == 1


def test_who_withdraws_while_it_waits_is_held_back(guide: EmailVersion, ada: Contact) -> None:
    messages.queue(guide, [(ada.pk, "test:1")])
    Consent.objects.update(state="withdrawn")
    assert sending.flush() == 0
    message = Message.objects.get()
    assert (message.state, message.held_reason) == ("held", "no_consent")
    assert not MailboxMessage.objects.exists()


def test_the_headers_let_her_unsubscribe_with_one_click(guide: EmailVersion, ada: Contact, monday: datetime) -> None:
    messages.queue(guide, [(ada.pk, "test:1")])
    sending.flush()
    (mail,) = mails()
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    token = mail["List-Unsubscribe"].strip("<>").rpartition("/")[2]
    message = Message.objects.get()
    assert signing.read("unsubscribe", token) == [ada.uid.bytes, message.pk, "news-letter"]
    assert mail["List-Id"] == "<news-letter.nordwind.example>"
    assert mail["From"] == "Nora Nord <nora@nordwind.example>"
    assert mail["To"] == "Ada Okafor <ada@firm.example>"
    assert mail["Date"].datetime == monday
    assert mail["Auto-Submitted"] is None
    kept = MailboxMessage.objects.get()
    assert kept.mail_from.startswith(f"bounces+{message.pk}-")
    assert max(len(line) for line in bytes(kept.raw).split(b"\r\n")) <= 998


def test_links_are_tracked_and_lead_to_their_targets(guide: EmailVersion, ada: Contact) -> None:
    import re

    messages.queue(guide, [(ada.pk, "test:1")])
    sending.flush()
    (mail,) = mails()
    page = mail.get_body(("html",)).get_content()
    targets = {signing.read("click", token)[2] for token in re.findall(r"/t/c/([\w-]+)", page)}
    assert targets == {"https://firm.example/guide?a=1&b=2", "http://127.0.0.1:8000/guide/"}
    (pixel,) = re.findall(r"/t/o/([\w-]+)\.gif", page)
    assert signing.read("open", pixel) == [ada.uid.bytes, Message.objects.get().pk]
    text = mail.get_body(("plain",)).get_content()
    assert "Hello Ada, read the guide (http://127.0.0.1:8000/t/c/" in text
    assert "Unsubscribe: http" in text


def test_service_mail_says_that_a_machine_wrote_it(service: EmailVersion, ada: Contact) -> None:
    messages.queue(service, [(ada.pk, "test:1")])
    sending.flush()
    (mail,) = mails()
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["List-Unsubscribe"] is None
    assert "nsubscribe" not in mail.as_string()
    assert "Hafenstraße 1" in mail.get_body(("plain",)).get_content()


def test_a_message_without_an_answer_is_never_sent_again_by_itself(
    guide: EmailVersion, ada: Contact, monday: datetime
) -> None:
    messages.queue(guide, [(ada.pk, "test:1")])
    (letter,) = sending.Sender().claim()  # and here the sender dies
    assert sending.flush() == 0
    assert not messages.unsure().exists()
    clock.advance(timedelta(minutes=11))
    assert sending.flush() == 0
    assert messages.unsure().get().pk == letter.message_id
    assert messages.decide([letter.message_id], "again", "Nora") == 1
    assert sending.flush() == 1


def test_an_unsure_message_can_be_written_down_as_sent(guide: EmailVersion, ada: Contact, monday: datetime) -> None:
    messages.queue(guide, [(ada.pk, "test:1")])
    (letter,) = sending.Sender().claim()
    assert messages.decide([letter.message_id], "sent", "Nora") == 0  # too early: it may still be on the wire
    clock.advance(timedelta(minutes=11))
    assert messages.decide([letter.message_id], "sent", "Nora") == 1
    assert Message.objects.get().state == "sent"
    assert Activity.objects.filter(kind="email_sent").count() == 1


@pytest.mark.django_db(transaction=True)
async def test_a_sender_stops_when_it_is_told_to(monkeypatch: pytest.MonkeyPatch) -> None:
    import asyncio

    monkeypatch.setenv("LEADWRIGHT_SMTP_URL", "smtp://127.0.0.1:9")
    stop = asyncio.Event()
    work = asyncio.create_task(sending.run(until=stop))
    await asyncio.sleep(0)
    stop.set()
    await asyncio.wait_for(work, 20)


def test_a_domain_rests_after_three_refused_batches_and_not_after_three_letters_of_one(monday: datetime) -> None:
    sender, domains = sending.Sender(), dict.fromkeys(range(20), "busy.example")
    refused = [Answer(number, Outcome.LATER, "451 Not now") for number in range(20)]
    for _ in range(2):
        sender.note(refused, domains)
        assert sender.rest.domains() == []
    sender.note(refused, domains)
    assert sender.rest.domains() == ["busy.example"]
    clock.advance(timedelta(minutes=1, seconds=1))
    assert sender.rest.domains() == []
    sender.note([*refused, Answer(20, Outcome.TAKEN, "250 Good")], domains | {20: "busy.example"})
    sender.note(refused, domains)
    assert sender.rest.domains() == [], "one letter was taken in between"
