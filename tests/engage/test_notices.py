"""Whom a form tells of its submissions: each of them once, in words, and not too often."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from typing import Any

import pytest

from leadwright.attract.models import Form, FormField
from leadwright.capture import activities
from leadwright.capture.activities import Fact
from leadwright.capture.forms import held
from leadwright.capture.models import HeldSubmission
from leadwright.engage import mailbox, notices, sending
from leadwright.engage.models import MailboxMessage, Notice
from leadwright.engage.relays import Answer, Outcome
from leadwright.kit import clock, jobs
from leadwright.profile.models import Contact
from leadwright.qualify.models import Lead
from leadwright.workspace.models import Role, User, Workspace

pytestmark = pytest.mark.django_db


@pytest.fixture
def mia(db: None) -> User:
    return User.objects.create_user("mia@nordwind.example", name="Mia", role=Role.MARKETER)


@pytest.fixture
def form(firm: Workspace, mia: User) -> Form:
    form: Form = Form.objects.create(name="Ask for a demo", code="demo")
    FormField.objects.create(form=form, label="Work address", name="email", kind="email")
    FormField.objects.create(form=form, label="What for?", name="words", kind="long_text")
    form.notify.set([mia])
    form.save()
    return form


def send(person: Contact, /, human: float | None = 0.9, **fields: Any) -> None:
    fact = Fact(
        clock.now(),
        person.uid,
        "form_submitted",
        "Ask for a demo",
        object_kind="form",
        object_id="demo",
        human=human,
        properties={"fields": {"email": person.email} | fields},
    )
    activities.record([fact])
    jobs.settle()


def later(seconds: float) -> None:
    clock.set_to(clock.now() + timedelta(seconds=seconds))


def mails() -> list[Any]:
    found = MailboxMessage.objects.order_by("id").values_list("raw", flat=True)
    return [message_from_bytes(bytes(raw), policy=policy.default) for raw in found]


def text(mail: Any) -> str:
    return str(mail.get_body(("plain",)).get_content()).replace("\r\n", "\n")


def test_a_submission_is_told_with_every_answer_and_the_way_to_contact_and_lead(
    form: Form, ada: Contact, monday: datetime
) -> None:
    send(ada, words="Forty seats,\nContact: nobody", topics=["prices", "support"])
    later(5)
    assert sending.flush_notices() == 1
    [mail] = mails()
    assert (mail["To"], mail["Subject"]) == ("mia@nordwind.example", "New submission: Ask for a demo")
    said = text(mail)
    assert "Ada Okafor" in said
    assert "Work address: ada@firm.example" in said
    assert "What for? Forty seats,\n    Contact: nobody" in said
    assert "topics: prices, support" in said
    assert f"/app/contacts/{ada.pk}/" in said
    assert f"/app/leads/{Lead.objects.get().pk}/" in said


def test_each_submission_is_told_once_however_often_the_work_is_done(
    form: Form, ada: Contact, monday: datetime
) -> None:
    send(ada)
    for _ in range(3):
        jobs.settle(everything=True)
        later(70)
        sending.flush_notices()
    assert (Notice.objects.get().state, len(mails())) == ("sent", 1)


def test_a_burst_is_one_mail_a_minute(form: Form, ada: Contact, ben: Contact, monday: datetime) -> None:
    for number in range(3):
        send(ada, words=f"first {number}")
    later(5)
    sending.flush_notices()
    for number in range(60):
        send(ben, words=f"then {number}")
    later(30)
    assert sending.flush_notices() == 0
    later(30)
    assert sending.flush_notices() == 1
    assert [mail["Subject"] for mail in mails()] == [
        "3 new submissions: Ask for a demo",
        "60 new submissions: Ask for a demo",
    ]
    assert "then 49" in text(mails()[1])
    assert "And 10 more" in text(mails()[1])


def test_nobody_else_is_told_and_nobody_of_what_a_machine_or_an_import_did(
    form: Form, ada: Contact, monday: datetime
) -> None:
    User.objects.create_user("rob@nordwind.example", name="Rob", role=Role.REP)
    left = User.objects.create_user("lou@nordwind.example", name="Lou", role=Role.MARKETER, is_active=False)
    form.notify.add(left)
    form.save()
    send(ada, human=0.1)
    with activities.caused_by(7):
        send(ada)
    assert not Notice.objects.exists()
    send(ada)
    assert [each.user.email for each in Notice.objects.all()] == ["mia@nordwind.example"]


def test_what_is_kept_aside_is_told_when_it_is_released_and_once(form: Form, monday: datetime) -> None:
    payload = {"form": "demo", "fields": {"email": "eva@x.example"}, "flags": ["honeypot"], "anonymousId": "b-1"}
    kept = HeldSubmission.objects.create(
        message_id="form-1",
        form_code="demo",
        received_at=monday,
        address="192.0.2.1",
        user_agent="Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36",
        email="eva@x.example",
        reasons=["honeypot"],
        payload=payload,
    )
    jobs.settle(everything=True)
    assert not Notice.objects.exists()
    assert [held.release([kept.pk]), held.release([kept.pk])] == [1, 0]
    jobs.settle(everything=True)
    later(5)
    assert sending.flush_notices() == 1
    assert "eva@x.example" in text(mails()[0])


def test_what_people_write_cannot_become_a_header_or_markup(
    form: Form, person: Callable[..., Contact], monday: datetime
) -> None:
    Form.objects.update(name="Demo\r\nBcc: all@x.example")
    eve = person("eve@x.example", first_name="Eve\r\nBcc: all@x.example", last_name="<b>")
    send(eve, words="</td><script>alert(1)</script>\r\n.\r\nMAIL FROM:<x@x.example>")
    later(5)
    sending.flush_notices()
    [stored] = MailboxMessage.objects.all()
    assert stored.rcpt_to == ["mia@nordwind.example"]
    [mail] = mails()
    assert mail["Bcc"] is None
    assert mail["Subject"] == "New submission: Demo Bcc: all@x.example"
    page = mail.get_body(("html",)).get_content()
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "Eve Bcc: all@x.example &lt;b&gt;" in page


def test_a_mail_whose_sender_died_goes_out_again_as_the_same_mail(form: Form, ada: Contact, monday: datetime) -> None:
    send(ada)
    later(5)
    [lost] = notices.claim()
    assert notices.claim() == []
    later(300)
    send(ada, words="meanwhile")
    later(5)
    [other] = notices.claim()
    notices.settle([other], [Answer(other.letter.message_id, Outcome.TAKEN, "250 yes")])
    later(300)
    [again] = notices.claim()
    assert again.id == lost.id
    named = [message_from_bytes(each.letter.raw)["Message-ID"] for each in (lost, again, other)]
    assert named[0] == named[1] != named[2]


def test_a_relay_that_is_down_loses_nothing(form: Form, ada: Contact, monday: datetime) -> None:
    send(ada)
    later(5)
    [mail] = notices.claim()
    notices.settle([mail], [Answer(0, Outcome.UNTRIED, "connection refused")])
    assert sending.flush_notices() == 0
    assert notices.next_due() == clock.now() + notices.PAUSE
    later(60)
    assert sending.flush_notices() == 1


def test_of_a_person_who_was_forgotten_meanwhile_nothing_is_told(form: Form, ada: Contact, monday: datetime) -> None:
    from leadwright.profile.privacy import erasures

    send(ada)
    erasures.erase([ada.pk])
    later(5)
    assert sending.flush_notices() == 0
    assert (Notice.objects.get().state, mails()) == ("failed", [])


@pytest.mark.django_db(transaction=True)
def test_the_sender_at_work_sends_them_beside_the_messages(
    form: Form, ada: Contact, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(ada)
    Notice.objects.update(due_at=clock.now())

    async def work() -> list[mailbox.Received]:
        received: list[mailbox.Received] = []
        came, stop = asyncio.Event(), asyncio.Event()

        def take(mail: mailbox.Received) -> None:
            received.append(mail)
            came.set()

        async with mailbox.listening(take) as port:
            monkeypatch.setenv("LEADWRIGHT_SMTP_URL", f"smtp://127.0.0.1:{port}")
            sender = asyncio.create_task(sending.run(until=stop))
            await asyncio.wait_for(came.wait(), 30)
            stop.set()
            await asyncio.wait_for(sender, 30)
        return received

    with ThreadPoolExecutor(1) as beside:
        [mail] = beside.submit(asyncio.run, work()).result()
    assert mail.rcpt_to == ("mia@nordwind.example",)
    assert Notice.objects.get().state == "sent"
