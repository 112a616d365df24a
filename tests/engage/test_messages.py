import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadwright.engage import emails, messages
from leadwright.engage.models import EmailVersion, Message
from leadwright.kit import clock, database
from leadwright.profile.models import Consent, Contact, Purpose, Suppression

pytestmark = pytest.mark.django_db


def test_a_contact_with_consent_is_queued_at_once(guide: EmailVersion, ada: Contact, monday: datetime) -> None:
    assert messages.queue(guide, [(ada.pk, "test:1")], campaign_id=7) == messages.Counts(queued=1)
    message = Message.objects.get()
    assert (message.state, message.address, message.due_at, message.campaign_id) == (
        "queued", "ada@firm.example", monday, 7,
    )  # fmt: skip


def test_a_repeat_changes_nothing(guide: EmailVersion, ada: Contact) -> None:
    messages.queue(guide, [(ada.pk, "test:1")])
    assert messages.queue(guide, [(ada.pk, "test:1")]) == messages.Counts(repeated=1)
    assert Message.objects.count() == 1


def test_who_is_held_back_has_a_row_with_the_reason(
    guide: EmailVersion, ada: Contact, ben: Contact, person: Callable[..., Contact], newsletter: Purpose
) -> None:
    cleo, dan = person("cleo@firm.example"), person("")
    eve = person("eve@firm.example", "granted", newsletter)
    Suppression.objects.create(email_key="eve@firm.example", reason="bounce")
    counts = messages.queue(guide, [(who.pk, "test:1") for who in (ada, ben, cleo, dan, eve)])
    assert counts == messages.Counts(1, {"no_consent": 2, "no_address": 1, "suppressed": 1})
    assert dict(Message.objects.filter(state="held").values_list("contact", "held_reason")) == {
        ben.pk: "no_consent", cleo.pk: "no_consent", dan.pk: "no_address", eve.pk: "suppressed",
    }  # fmt: skip


def test_service_mail_needs_no_consent_but_respects_a_bounce(
    service: EmailVersion, ben: Contact, person: Callable[..., Contact]
) -> None:
    fay, gil = person("fay@firm.example"), person("gil@firm.example")
    Suppression.objects.create(email_key="fay@firm.example", reason="unsubscribed")
    Suppression.objects.create(email_key="gil@firm.example", reason="bounce")
    counts = messages.queue(service, [(who.pk, "test:1") for who in (ben, fay, gil)])
    assert counts == messages.Counts(2, {"suppressed": 1})


def test_the_same_email_is_not_sent_twice_within_a_day(guide: EmailVersion, ada: Contact, monday: datetime) -> None:
    messages.queue(guide, [(ada.pk, "test:1")])
    assert messages.queue(guide, [(ada.pk, "test:2")]).held == {"duplicate": 1}
    clock.advance(timedelta(days=2))
    assert messages.queue(guide, [(ada.pk, "test:3")]).queued == 1


def test_a_contact_that_stands_twice_in_a_set_gets_one_mail(guide: EmailVersion, ada: Contact) -> None:
    assert messages.queue(guide, [(ada.pk, "test:1"), (ada.pk, "test:2")]) == messages.Counts(1, {"duplicate": 1})


def test_the_frequency_cap_counts_mails_of_a_week(
    firm: object, ada: Contact, newsletter: Purpose, monday: datetime, service: EmailVersion
) -> None:
    for day in range(3):
        version = emails.write(name=f"N{day}", subject="S", purpose=newsletter, body=[("text", "<p>x</p>")])
        assert messages.queue(version, [(ada.pk, "test:1")]).queued == 1
        clock.advance(timedelta(days=1))
    fourth = emails.write(name="N4", subject="S", purpose=newsletter, body=[("text", "<p>x</p>")])
    assert messages.queue(fourth, [(ada.pk, "test:1")]).held == {"frequency_cap": 1}
    assert messages.queue(service, [(ada.pk, "test:1")]).queued == 1
    clock.advance(timedelta(days=5))
    assert messages.queue(fourth, [(ada.pk, "test:2")]).queued == 1


def test_hold_ups_say_beforehand_what_queue_will_say(
    guide: EmailVersion, ada: Contact, ben: Contact, person: Callable[..., Contact]
) -> None:
    from leadwright.qualify.models import Member, Segment

    segment = Segment.objects.create(name="All")
    people = [ada, ben, person("")]
    Member.objects.bulk_create(Member(segment=segment, contact=who, since=clock.now()) for who in people)
    before = messages.hold_ups(guide.email, segment.pk)
    assert before == messages.queue(guide, [(who.pk, "test:1") for who in people])


pairs = st.lists(st.tuples(st.integers(0, 4), st.sampled_from(["a:1", "b:1", "c:1"])), max_size=12)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(calls=st.lists(pairs, max_size=5))
def test_however_often_queue_is_called_each_contact_version_and_cause_has_one_row(
    calls: list[list[tuple[int, str]]],
    guide: EmailVersion,
    service: EmailVersion,
    newsletter: Purpose,
    person: Callable[..., Contact],
) -> None:
    Message.objects.all().delete()
    Contact.objects.all().delete()
    people = [person(f"p{n}@firm.example") for n in range(5)]
    for who in people[:3]:
        Consent.objects.create(contact=who, purpose=newsletter, state="granted", at=clock.now())
    wanted = set()
    for version in (guide, service):
        for call in calls:
            counts = messages.queue(version, [(people[n].pk, cause) for n, cause in call])
            assert counts.queued + sum(counts.held.values()) + counts.repeated == len(call)
            wanted |= {(people[n].pk, version.pk, cause) for n, cause in call}
    assert sorted(Message.objects.values_list("contact", "version", "cause")) == sorted(wanted)
    queued = Message.objects.filter(version=guide, state="queued")
    assert len(set(queued.values_list("contact"))) == queued.count()  # of non-service mail, one a day
    assert set(queued.values_list("contact_id", flat=True)) <= {who.pk for who in people[:3]}


@pytest.mark.django_db(transaction=True)
def test_two_that_queue_for_the_same_contact_at_once_keep_to_the_cap_together(
    firm: object, ada: Contact, newsletter: Purpose, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEADWRIGHT_MAIL_CAP", "1/7")
    first, second = (
        emails.write(name=name, subject=name, purpose=newsletter, body=[("text", "<p>Hello</p>")])
        for name in ("First", "Second")
    )
    answers: list[messages.Counts] = []

    def queue_second() -> None:
        try:
            answers.append(messages.queue(second, [(ada.pk, "test:2")]))
        finally:
            connection.close()

    other = threading.Thread(target=queue_second)
    with database.atomic():
        assert messages.queue(first, [(ada.pk, "test:1")]).queued == 1
        other.start()
        waiting = """SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database
                     WHERE l.locktype = 'advisory' AND NOT l.granted AND d.datname = current_database()"""
        deadline = time.monotonic() + 20
        while not database.value(waiting) and other.is_alive() and time.monotonic() < deadline:
            other.join(0.01)
        assert answers == []
    other.join(20)
    assert answers == [messages.Counts(0, {"frequency_cap": 1})]
