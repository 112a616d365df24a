"""Whom a form tells of its submissions: each of them once, in words, and not too often."""

import asyncio
import hashlib
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

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
from leadwright.profile.privacy import erasures, suppressions
from leadwright.qualify.models import Lead
from leadwright.workspace.models import Role, User, Workspace
from tests.engage import relaying

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


def parsed(raw: bytes) -> Any:
    return message_from_bytes(raw, policy=policy.default)


def mails() -> list[Any]:
    return [parsed(bytes(raw)) for raw in MailboxMessage.objects.order_by("id").values_list("raw", flat=True)]


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
    send(ada)
    erasures.erase([ada.pk])
    later(5)
    assert sending.flush_notices() == 0
    assert (Notice.objects.get().state, mails()) == ("failed", [])


def told_addresses(form: Form, *addresses: str) -> None:
    form.notify_addresses = "\n".join(addresses)
    form.full_clean()
    form.save()


def test_a_team_s_mailbox_hears_over_real_smtp_beside_colleagues_each_in_a_mail_of_its_own(
    form: Form, ada: Contact, monday: datetime, monkeypatch: pytest.MonkeyPatch, client: Client
) -> None:
    told_addresses(form, "Sales@Nordwind.example, desk@münchen.example; sales@nordwind.example")
    send(ada, words="Forty seats")
    later(5)
    with relaying.serving(relaying.Server()) as relay:
        monkeypatch.setenv("LEADWRIGHT_SMTP_URL", f"smtp://127.0.0.1:{relay.port}")
        assert sending.flush_notices() == 3
        assert sending.flush_notices() == 0
    assert sorted(to for _, [to], _ in relay.envelopes) == [
        "desk@xn--mnchen-3ya.example",
        "mia@nordwind.example",
        "sales@nordwind.example",
    ]
    mail = next(mail for mail in map(parsed, relay.mails) if mail["To"] == "sales@nordwind.example")
    assert mail["Auto-Submitted"] == "auto-generated"
    said = text(mail) + mail.get_body(("html",)).get_content()
    assert "What for? Forty seats" in said
    links = set(re.findall(r"https?://[^\s<>\"']+", said))
    assert {urlsplit(link).path.split("/")[1] for link in links} == {"app"}
    for link in links:
        answer = client.get(urlsplit(link).path)
        assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/app/sign-in/login/")


def test_whoever_sends_the_form_may_be_one_of_its_addresses_and_a_ticked_colleague_hears_once(
    form: Form, ada: Contact, monday: datetime
) -> None:
    told_addresses(form, ada.email, "MIA@nordwind.example")
    send(ada)
    later(5)
    assert sending.flush_notices() == 2
    assert sorted(mail["To"] for mail in mails()) == ["ada@firm.example", "mia@nordwind.example"]
    jobs.settle(everything=True)
    later(70)
    assert sending.flush_notices() == 0


@pytest.mark.parametrize("line", ["desk@elsewhere.example", "@elsewhere.example", "md5"])
def test_an_address_that_must_not_be_used_is_left_out_and_the_form_s_page_says_so(
    form: Form, ada: Contact, monday: datetime, line: str, client: Client, mia: User
) -> None:
    told_addresses(form, "desk@elsewhere.example", "fine@nordwind.example")
    if line == "md5":
        line = "md5:" + hashlib.md5(b"desk@elsewhere.example").hexdigest()
    suppressions.add([line], "bounce", "test")
    send(ada)
    later(5)
    sending.flush_notices()
    assert sorted(mail["To"] for mail in mails()) == ["fine@nordwind.example", "mia@nordwind.example"]
    client.force_login(mia)
    page = client.get(f"/app/forms/{form.pk}/told/").content.decode()
    row = page.split("desk@elsewhere.example")[1].split("</li>")[0]
    assert "left out" in row
    assert "This address must not be used." in row
    assert page.count("left out") == 1


def test_an_address_suppressed_or_taken_off_while_its_mail_waits_gets_none(
    form: Form, ada: Contact, monday: datetime
) -> None:
    told_addresses(form, "desk@elsewhere.example", "old@elsewhere.example")
    form.notify.clear()
    form.save()
    send(ada)
    suppressions.add(["desk@elsewhere.example"], "complaint", "test")
    told_addresses(form, "desk@elsewhere.example")
    later(5)
    assert sending.flush_notices() == 0
    assert sorted(Notice.objects.values_list("state", "answer")) == [
        ("failed", "The form does not tell this address any more."),
        ("failed", "This address must not be used."),
    ]


def test_an_address_of_somebody_who_has_left_does_not_hear(form: Form, ada: Contact, monday: datetime) -> None:
    User.objects.create_user("lou@nordwind.example", name="Lou", role=Role.MARKETER, is_active=False)
    told_addresses(form, "lou@nordwind.example")
    send(ada)
    later(5)
    assert sending.flush_notices() == 1
    assert [each.hindrance for each in notices.told(form.pk)] == ["", "This colleague has left."]


def test_a_relay_s_no_is_said_on_the_form_s_page_and_the_next_submission_tries_again(
    form: Form, ada: Contact, monday: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    told_addresses(form, "gone@elsewhere.example")
    send(ada)
    later(5)
    refuse = relaying.Server(says=lambda verb, to: "550 5.1.1 no such user" if to.startswith("gone@") else None)
    with relaying.serving(refuse) as relay:
        monkeypatch.setenv("LEADWRIGHT_SMTP_URL", f"smtp://127.0.0.1:{relay.port}")
        assert sending.flush_notices() == 1
    *_, gone = notices.told(form.pk)
    assert "no such user" in gone.refused
    later(70)
    send(ada, words="again")
    later(5)
    with relaying.serving(relaying.Server()) as relay:
        monkeypatch.setenv("LEADWRIGHT_SMTP_URL", f"smtp://127.0.0.1:{relay.port}")
        assert sending.flush_notices() == 2
    *_, gone = notices.told(form.pk)
    assert (gone.refused, gone.waiting) == ("", 0)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("not an address", "“not” is no e-mail address"),
        ("team@firm.example\r\nBcc: all@x.example", "“Bcc:” is no e-mail address"),
        ("Team <team@firm.example>", "“Team” is no e-mail address"),
        ("a@localhost", "“a@localhost” is no e-mail address"),
        (" ".join(f"a{n}@firm.example" for n in range(11)), "At most 10 addresses"),
    ],
)
def test_only_addresses_are_taken_and_not_too_many(form: Form, given: str, says: str) -> None:
    form.notify_addresses = given
    with pytest.raises(ValidationError, match=re.escape(says)):
        form.full_clean()


def test_of_an_address_that_is_forgotten_no_notice_is_left(form: Form, ada: Contact, monday: datetime) -> None:
    told_addresses(form, ada.email)
    send(ada)
    erasures.erase([ada.pk])
    assert [each.user_id is None for each in Notice.objects.all()] == [False]


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
