import re
from datetime import datetime

import pytest

from leadwright.capture import activities
from leadwright.capture.activities import Fact
from leadwright.engage import emails, mailbox, sending
from leadwright.engage.models import Email, EmailVersion, MailboxMessage, Message
from leadwright.kit import jobs, signing
from leadwright.profile.models import Consent, ConsentRecord, Contact, Purpose
from leadwright.workspace import settings

pytestmark = pytest.mark.django_db


def ask(contact: Contact, purpose: Purpose, at: datetime, state: str = "pending") -> ConsentRecord:
    record = ConsentRecord.objects.create(contact=contact, purpose=purpose, state=state, at=at)
    Consent.objects.update_or_create(contact=contact, purpose=purpose, defaults={"state": state, "at": at})
    activities.record([Fact(at, contact.uid, f"consent_{state}", purpose.key)])
    return record


def test_whoever_asks_gets_one_mail_with_a_link_to_confirm(
    firm: object, ben: Contact, newsletter: Purpose, monday: datetime
) -> None:
    record = ask(ben, newsletter, monday)
    jobs.settle()
    jobs.settle(everything=True)
    assert sending.flush() == 1
    mail = mailbox.parts(bytes(MailboxMessage.objects.get().raw))
    assert mail["headers"]["Subject"] == "Please confirm: Our letter"
    (token,) = set(re.findall(r"/t/d/([\w-]+)", mail["html"]))
    assert signing.read("confirm", token) == [ben.uid.bytes, record.pk, "news-letter"]
    assert f"/t/d/{token}" in mail["text"]
    assert "/t/c/" not in mail["html"]


def test_a_consent_that_was_granted_meanwhile_is_not_asked_for(
    firm: object, ben: Contact, newsletter: Purpose, monday: datetime
) -> None:
    ask(ben, newsletter, monday)
    ask(ben, newsletter, monday, "granted")
    jobs.settle()
    assert not Message.objects.exists()


def test_the_firm_may_write_its_own_words(firm: object, ben: Contact, newsletter: Purpose, monday: datetime) -> None:
    from leadwright.engage import emails

    emails.confirmation()
    email = Email.objects.get(code="confirm")
    email.subject = "Sure, {{ contact.first_name }}?"
    email.save_revision().publish()
    assert EmailVersion.objects.filter(email=email).count() == 2
    ask(ben, newsletter, monday)
    jobs.settle()
    sending.flush()
    assert MailboxMessage.objects.get().subject == "Sure, Ben?"


def test_the_mail_comes_from_the_firm_as_it_is_called_now(ben: Contact, newsletter: Purpose, monday: datetime) -> None:
    emails.confirmation()  # as when the installation was made, before anybody had set the firm's name
    firm = settings.current()
    firm.firm, firm.sender_name, firm.sender_address = "Nordwind GmbH", "Nora Nord", "nora@nordwind.example"
    firm.save()
    ask(ben, newsletter, monday)
    jobs.settle()
    jobs.settle(everything=True)
    assert sending.flush() == 1
    mail = mailbox.parts(bytes(MailboxMessage.objects.get().raw))
    assert mail["headers"]["From"] == "Nora Nord <nora@nordwind.example>"
    assert "Nordwind GmbH" in mail["html"]
    assert "Your firm" not in mail["html"]


def test_any_mail_comes_from_the_firm_as_it_is_called_now(newsletter: Purpose, db: None) -> None:
    old = emails.write(name="Letter", subject="A letter", purpose=newsletter, body=[("text", "<p>Hello</p>")])
    firm = settings.current()
    firm.sender_name, firm.sender_address = "Nora Nord", "nora@nordwind.example"
    firm.save()
    new = emails.current(old.email)
    assert new is not None
    assert (new.number, new.sender_name, new.sender_address) == (2, "Nora Nord", "nora@nordwind.example")
    assert emails.current(old.email) == new
