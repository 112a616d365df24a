from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from leadwright.capture import activities
from leadwright.capture.activities import Fact
from leadwright.engage import broadcasts, sending
from leadwright.engage.models import Broadcast, EmailVersion, Message
from leadwright.kit import clock, jobs
from leadwright.profile.models import Contact, Purpose
from leadwright.qualify.models import Member, Segment

pytestmark = pytest.mark.django_db


@pytest.fixture
def everyone(ada: Contact, ben: Contact, person: Callable[..., Contact], newsletter: Purpose) -> Segment:
    people = [ada, ben, *(person(f"p{n}@firm.example", "granted", newsletter) for n in range(5))]
    segment = Segment.objects.create(name="Everyone")
    Member.objects.bulk_create(Member(segment=segment, contact=who, since=clock.now()) for who in people)
    return segment


@pytest.fixture
def broadcast(guide: EmailVersion, everyone: Segment) -> Broadcast:
    return Broadcast.objects.create(name="Spring", email=guide.email, segment=everyone)


def test_a_broadcast_reaches_everyone_who_wants_it_once(broadcast: Broadcast) -> None:
    broadcasts.start(broadcast)
    jobs.settle()
    assert sending.flush() == 6
    jobs.settle()
    broadcast.refresh_from_db()
    assert broadcast.state == "sent"
    report = broadcasts.report(broadcast)
    assert (report.sent, report.held, report.waiting) == (6, {"no_consent": 1}, 0)


def test_a_killed_broadcast_goes_on_behind_its_checkpoint(
    broadcast: Broadcast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broadcasts, "CHUNK", 2)
    broadcasts.start(broadcast)
    assert broadcasts.queue_chunk(broadcast.pk)  # and here the worker dies
    assert Message.objects.count() == 2
    jobs.settle()
    assert Message.objects.count() == 7


def test_a_broadcast_waits_for_its_moment(broadcast: Broadcast, monday: datetime) -> None:
    broadcasts.start(broadcast, monday + timedelta(hours=3))
    jobs.settle()
    assert not Message.objects.exists()
    clock.advance(timedelta(hours=3))
    jobs.settle()
    assert Message.objects.count() == 7


def test_a_broadcast_starts_once(broadcast: Broadcast) -> None:
    broadcasts.start(broadcast)
    with pytest.raises(broadcasts.NotReady, match="started before"):
        broadcasts.start(broadcast)


def test_service_mail_is_not_broadcast(service: EmailVersion, everyone: Segment) -> None:
    broadcast = Broadcast.objects.create(name="No", email=service.email, segment=everyone)
    with pytest.raises(broadcasts.NotReady, match="no purpose"):
        broadcasts.start(broadcast)


def test_a_stopped_broadcast_holds_back_what_has_not_left(broadcast: Broadcast) -> None:
    broadcasts.start(broadcast)
    jobs.settle()
    assert broadcasts.stop(broadcast) == 6
    assert sending.flush() == 0
    assert broadcasts.report(broadcast).held == {"stopped": 6, "no_consent": 1}


def test_the_report_tells_people_from_machines(broadcast: Broadcast, ada: Contact) -> None:
    broadcasts.start(broadcast)
    jobs.settle()
    sending.flush()
    first, second, *_ = Message.objects.filter(state="sent").select_related("contact").order_by("id")
    for message, human in ((first, 0.9), (first, 0.9), (second, 0.1)):
        activities.record(
            [Fact(clock.now(), message.contact.uid, "email_clicked", "Guide", "message", str(message.pk), human=human)]
        )
    assert broadcasts.report(broadcast).clicked == broadcasts.Echo(1, 2)
