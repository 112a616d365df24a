import base64
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import dkim
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from leadwright.capture.models import Activity
from leadwright.engage import mailbox, messages, sending, signatures
from leadwright.engage.models import EmailVersion, MailboxMessage, Message
from leadwright.engage.relays import Answer, Outcome
from leadwright.kit import clock, signing
from leadwright.profile.models import Consent, Contact, Purpose
from tests.engage.relaying import CUT, Server, serving

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
    assert targets == {"https://firm.example/guide?a=1&b=2", "http://127.0.0.1:8000/guide/", "canary:"}
    (pixel,) = re.findall(r"/t/o/([\w-]+)\.gif", page)
    assert signing.read("open", pixel) == [ada.uid.bytes, Message.objects.get().pk]
    text = mail.get_body(("plain",)).get_content()
    assert "Hello Ada, read the guide (http://127.0.0.1:8000/t/c/" in text
    assert "Unsubscribe: http" in text


def test_a_hidden_link_waits_for_machines_where_no_reader_comes(guide: EmailVersion, ada: Contact) -> None:
    from bs4 import BeautifulSoup

    messages.queue(guide, [(ada.pk, "test:1")])
    sending.flush()
    (mail,) = mails()
    links = BeautifulSoup(mail.get_body(("html",)).get_content(), "html.parser").find_all("a", href=True)
    (hidden,) = [link for link in links if link.get("aria-hidden")]
    assert signing.read("click", hidden["href"].rpartition("/")[2])[2] == "canary:"
    assert hidden["tabindex"] == "-1"
    assert "display:none" in hidden["style"]
    assert hidden.get_text() == ""
    assert hidden["href"].rpartition("/")[2] not in mail.get_body(("plain",)).get_content()


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


# --- over a real relay ------------------------------------------------------------------------------------------------


@pytest.fixture
def relay(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    with serving(Server(), enable_SMTPUTF8=True) as server:
        monkeypatch.setenv("LEADWRIGHT_SMTP_URL", f"smtp://127.0.0.1:{server.port}")
        yield server


def test_a_message_that_is_refused_for_now_is_tried_again_later(
    guide: EmailVersion, ada: Contact, monday: datetime, relay: Server
) -> None:
    relay.says = lambda verb, whom: "451 greylisted" if verb == "RCPT" else None
    messages.queue(guide, [(ada.pk, "test:1")])
    assert sending.flush() == 0
    message = Message.objects.get()
    assert (message.state, message.answer, message.attempts) == ("queued", "451 greylisted", 1)
    assert message.due_at == monday + timedelta(minutes=1)
    relay.says = lambda verb, whom: None
    assert sending.flush() == 0, "too early"
    clock.advance(timedelta(minutes=1))
    assert sending.flush() == 1
    message.refresh_from_db()
    assert (message.state, message.answer, message.attempts) == ("sent", "250 taken", 2)
    assert len(relay.mails) == 1


def test_a_message_that_is_refused_for_good_has_failed_with_the_relay_s_words(
    guide: EmailVersion, ada: Contact, relay: Server
) -> None:
    relay.says = lambda verb, whom: "550 5.1.1 no such mailbox" if verb == "RCPT" else None
    messages.queue(guide, [(ada.pk, "test:1")])
    assert sending.flush() == 0
    message = Message.objects.get()
    assert (message.state, message.answer) == ("failed", "550 5.1.1 no such mailbox")
    assert not Activity.objects.filter(kind="email_sent").exists()
    assert sending.flush() == 0
    assert not relay.mails


def test_a_message_whose_answer_was_cut_off_is_unsure_and_not_sent_again(
    guide: EmailVersion, ada: Contact, monday: datetime, relay: Server
) -> None:
    relay.says = lambda verb, whom: CUT if verb == "DATA" else None
    messages.queue(guide, [(ada.pk, "test:1")])
    assert sending.flush() == 0
    relay.says = lambda verb, whom: None
    clock.advance(timedelta(minutes=11))
    assert sending.flush() == 0
    assert not relay.mails
    assert messages.unsure().get().contact_id == ada.pk


def test_a_letter_is_signed_so_that_anybody_can_check_it(
    guide: EmailVersion, ada: Contact, relay: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    key = rsa.generate_private_key(65537, 2048)
    monkeypatch.setenv("LEADWRIGHT_DATA", str(tmp_path))
    (tmp_path / "dkim").mkdir()
    (tmp_path / "dkim" / "lw.nordwind.example.pem").write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    )
    signatures.key.cache_clear()
    messages.queue(guide, [(ada.pk, "test:1")])
    assert sending.flush() == 1
    signatures.key.cache_clear()
    public = base64.b64encode(key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
    asked = []

    def published(name: bytes, timeout: int = 5) -> bytes:
        asked.append(name)
        return b"v=DKIM1; k=rsa; p=" + public

    (raw,) = relay.mails
    assert dkim.verify(raw, dnsfunc=published)
    assert asked == [b"lw._domainkey.nordwind.example."]
    assert not dkim.verify(raw.replace(b"Ada Okafor", b"Eve Okafor"), dnsfunc=published)
    assert not dkim.verify(raw.replace(b"Twelve pages", b"Eleven pages"), dnsfunc=published)


def test_an_international_address_is_written_as_mail_servers_know_it(
    guide: EmailVersion, person: Callable[..., Contact], newsletter: Purpose, relay: Server
) -> None:
    jose = person("josé@bücher.example", "granted", newsletter, first_name="José")
    messages.queue(guide, [(jose.pk, "test:1")])
    assert sending.flush() == 1
    assert relay.envelopes[0][1:] == (["josé@xn--bcher-kva.example"], ["SMTPUTF8"])
    jane = person("jane@bücher.example", "granted", newsletter)
    messages.queue(guide, [(jane.pk, "test:1")])
    assert sending.flush() == 1
    assert relay.envelopes[1][1:] == (["jane@xn--bcher-kva.example"], [])
    assert mailbox.parse(relay.mails[0])["To"].addresses[0].display_name == "José"
