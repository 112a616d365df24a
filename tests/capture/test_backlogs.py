"""What is read ahead is judged once, in order, and not where it was removed meanwhile."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from django.db import transaction

from leadwright.attract.models import Form, FormField
from leadwright.capture import judging
from leadwright.capture.judging import backlogs
from leadwright.capture.judging.backlogs import Backlog, open_backlog
from leadwright.capture.judging.hits import Batch, Hit
from leadwright.capture.models import Activity, Refusal
from leadwright.kit import clock, database
from leadwright.profile.models import Contact, Identity
from tests.capture.test_cuts import ADA, BEN, PEOPLE_NOW, REFUSED, WHAT, judged
from tests.capture.test_cuts import write as write_story
from tests.capture.test_judging import AT, BROWSER, page

pytestmark = pytest.mark.django_db(transaction=True)
READ: list[str] = []  # by which threads hits were read


@pytest.fixture(autouse=True)
def small_sets(monkeypatch: pytest.MonkeyPatch) -> None:
    read = backlogs._read
    READ.clear()

    def noted(*words: Any) -> list[Hit]:
        READ.append(threading.current_thread().name)
        return read(*words)

    monkeypatch.setattr(backlogs, "_read", noted)
    monkeypatch.setattr(judging, "SET_SIZE", 3)


def visit(number: int) -> None:
    for each in range(number):
        page(f"https://site.example/{each}", f"v{each % 4}", received_at=AT + timedelta(minutes=each))


def taken(backlog: Backlog, limit: int = 3) -> list[int]:
    """The hits of a set that is judged, and committed."""
    with database.atomic():
        hits = backlog.take(limit)
        if hits:
            judging._move(hits[-1].tx, hits[-1].id)
        return [hit.id for hit in hits]


def hits() -> list[int]:
    return [row.id for row in database.rows("SELECT id FROM capture_hit ORDER BY tx, id")]


@pytest.mark.parametrize("number", [0, 2, 3, 10, 24])
def test_all_that_waits_is_judged_once_and_in_order(number: int) -> None:
    visit(number)
    judging.judge()
    assert list(Activity.objects.order_by("seq").values_list("hit_id", flat=True)) == hits()
    assert any(name.startswith("backlog") for name in READ) == (number >= 3)


def test_what_was_removed_since_it_was_read_is_not_judged() -> None:
    visit(9)
    waiting = hits()
    with open_backlog(3) as backlog:
        assert taken(backlog) == waiting[:3]
        assert backlog.ahead
        assert len(backlog.ahead.result()) == 3
        database.execute("DELETE FROM capture_hit WHERE id = %(id)s", id=waiting[4])
        assert taken(backlog) == [waiting[3], waiting[5], waiting[6]]
        assert taken(backlog) == waiting[7:]


def test_where_somebody_else_has_judged_it_is_read_anew() -> None:
    visit(9)
    waiting = hits()
    with open_backlog(3) as backlog, open_backlog(3) as other:
        assert taken(backlog) == waiting[:3]
        assert taken(other, 2) == waiting[3:5]
        assert taken(backlog) == waiting[5:8]


def test_what_failed_is_taken_again() -> None:
    visit(7)
    waiting = hits()
    with open_backlog(3) as backlog:
        with transaction.atomic():
            backlog.take(3)
            transaction.set_rollback(True)
        assert taken(backlog, 1) == waiting[:1]
        assert taken(backlog) == waiting[1:4]


def test_what_came_while_others_were_judged_is_taken_too() -> None:
    visit(4)
    with open_backlog(3) as backlog:
        assert len(taken(backlog)) == 3
        assert backlog.ahead
        backlog.ahead.result()
        visit(3)
        assert taken(backlog) == hits()[3:6]


def test_an_odd_hit_among_those_read_ahead_is_set_aside_and_holds_up_nobody() -> None:
    visit(9)
    database.execute("UPDATE capture_hit SET payload = '[]' WHERE id = %(id)s", id=hits()[5])
    judging.judge()
    assert Activity.objects.count() == 8
    assert list(Refusal.objects.values_list("hit_id", "reason")) == [(hits()[5], "failed")]


class Killed(BaseException):
    """The process ends here."""


def killed_at(moments: Iterator[int]) -> Any:
    """A step in the place of each, which ends the process at its first, third, sixth … call."""
    ends, calls = next(moments), 0

    def around(step: Any) -> Any:
        def stepping(batch: Batch) -> Batch:
            nonlocal ends, calls
            batch = step(batch)
            calls += 1
            if calls == ends:
                ends, calls = next(moments), 0
                raise Killed
            return batch

        return stepping

    return around


def test_a_kill_after_any_step_loses_and_doubles_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    visit(30)
    monkeypatch.setattr(judging, "STEPS", tuple(map(killed_at(count(1)), judging.STEPS)))
    kills = 0
    while True:
        try:
            judging.judge()
        except Killed:
            kills += 1
            continue
        break
    assert kills > 10
    assert list(Activity.objects.order_by("seq").values_list("hit_id", flat=True)) == hits()
    assert database.value("SELECT count(*) FROM capture_visitor") == 4


STORY: list[Any] = [
    (("page", "a", "https://site.example/?gclid=1", ""), 0, BROWSER, "127.0.0.1", "fresh", 0),
    (("page", "b", "https://site.example/x", "https://www.google.com/"), 1, BROWSER, "192.0.2.7", "fresh", 0),
    (("form", "a", (ADA, "ada@nordwind.example")), 40, BROWSER, "127.0.0.1", "fresh", 0),
    (("page", "a", "https://site.example/x", ""), 1, BROWSER, "127.0.0.1", "fresh", 0),
    (("form", "a", (BEN, "ben@other.example")), 2400, BROWSER, "127.0.0.1", "fresh", 0),
    (("page", "a", "https://site.example/x", ""), 1, BROWSER, "127.0.0.1", "again", 0),
    (("page", "a", "https://site.example/x", ""), 3, BROWSER, "127.0.0.1", "fresh", 0),
    (("click", "c", (ADA, "ada@nordwind.example"), 1), 8, BROWSER, "192.0.2.7", "fresh", 0),
    (("moved", "c"), 3, BROWSER, "192.0.2.7", "fresh", 0),
    (("click", "c", (ADA, "ada@nordwind.example"), 2), 40, BROWSER, "192.0.2.7", "fresh", 0),
    (("canary", "b", (BEN, "ben@other.example")), 1, BROWSER, "192.0.2.7", "fresh", 0),
    (("identify", "b", (BEN, "ben@other.example")), 40, BROWSER, "192.0.2.7", "fresh", 0),
    (("page", "b", "https://site.example/x", ""), 1, BROWSER, "192.0.2.7", "fresh", 5400),
    (("open", (BEN, "ben@other.example")), 1, BROWSER, "192.0.2.7", "fresh", 0),
]


def test_it_makes_no_difference_whether_hits_are_read_ahead() -> None:
    form = Form.objects.create(name="Paper", code="paper", guard="off")
    FormField.objects.create(form=form, label="E-mail", name="email", kind="email", is_required=True, maps_to="email")
    for uid, email in ((ADA, "ada@nordwind.example"), (BEN, "ben@other.example")):
        contact = Contact.objects.create(uid=uid, email=email, email_key=email)
        Identity.objects.create(subject_id=uid, contact=contact, kind="self", since=AT, evidence="")
    at_once = judged(STORY, [])
    with transaction.atomic():
        write_story(STORY)
    with clock.frozen(AT + timedelta(days=2)):
        judging.judge()
    assert any(name.startswith("backlog") for name in READ)
    assert [row.kind for row in database.rows(WHAT)] == [act[1] for act in at_once["acts"]]
    for what, query in (("refused", REFUSED), ("people", PEOPLE_NOW)):
        assert [tuple(row) for row in database.rows(query)] == at_once[what]
    told = [tuple(row)[:8] for row in database.rows(WHAT)]
    assert told == [act[:8] for act in at_once["acts"]]
