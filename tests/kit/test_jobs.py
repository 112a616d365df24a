from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from django.db import connection

from leadwright.kit import clock, jobs

pytestmark = pytest.mark.django_db


@pytest.fixture
def drains(monkeypatch):
    """Drains of this test only."""
    monkeypatch.setattr(jobs, "DRAINS", {})
    return jobs.DRAINS


def add(name, work, wakes_on=(), order=100):
    jobs.DRAINS[name] = jobs.Drain(name, work, wakes_on, order)


def test_a_topic_wakes_those_who_listen_in_stage_order(drains):
    ran = []
    add("late", lambda: ran.append("late"), ("facts",), 50)
    add("early", lambda: ran.append("early"), ("facts",), 10)
    add("deaf", lambda: ran.append("deaf"), ("other",))
    jobs.wake("facts")
    jobs.settle()
    assert ran == ["early", "late"]


def test_settling_goes_on_until_nothing_wakes_any_more(drains):
    left = [3]

    def work():
        left[0] -= 1
        if left[0]:
            jobs.wake("facts")

    add("counting", work, ("facts",))
    jobs.wake("facts")
    jobs.settle()
    assert left == [0]


def test_a_round_does_what_lies_ahead_and_leaves_what_lies_behind(drains):
    ran = []

    def late():
        ran.append("late")
        jobs.wake("facts")

    add("early", lambda: ran.append("early") or jobs.wake("later"), ("facts",), 10)
    add("late", late, ("later",), 50)
    jobs.wake("facts")
    assert jobs.go_round()
    assert ran == ["early", "late"]
    with jobs.by_hand():
        assert not jobs.go_round(), "another hand has other work"
    jobs.go_round()
    assert ran == ["early", "late"] * 2


def test_what_is_queued_for_workers_can_be_taken_over(drains):
    ran = []
    add("asked", lambda: ran.append("asked"))
    jobs.queue(["asked"])
    jobs.queue(["asked"], datetime(2100, 1, 1, tzinfo=UTC))
    assert jobs.take_over() == {"asked"}
    assert jobs.take_over() == set()
    jobs.settle()
    assert ran == ["asked"]


def test_work_that_never_rests_is_reported(drains):
    add("restless", lambda: jobs.wake("facts"), ("facts",))
    jobs.wake("facts")
    with pytest.raises(RuntimeError, match="restless"):
        jobs.settle()


def test_it_runs_again_at_the_moment_it_named(drains):
    now = datetime(2026, 3, 29, 12, tzinfo=UTC)
    ran = []

    def work():
        ran.append(clock.now())
        return now + timedelta(hours=1) if len(ran) == 1 else None

    add("waiting", work, ("facts",))
    with clock.frozen(now):
        jobs.wake("facts")
        jobs.settle()
        assert jobs.next_due() == now + timedelta(hours=1)
    with clock.frozen(now + timedelta(hours=1)):
        jobs.settle()
    assert ran == [now, now + timedelta(hours=1)]


def test_whoever_waits_for_a_long_run_comes_again_instead_of_keeping_a_worker(drains, monkeypatch):
    ran = []
    add("long", lambda: ran.append("long"))
    monkeypatch.setattr(jobs, "_by_hand", False)
    monkeypatch.setattr(jobs, "WAIT_SECONDS", 0.0)
    with psycopg.connect(**connection.get_connection_params() | {"cursor_factory": None}) as elsewhere:
        elsewhere.execute("SELECT pg_advisory_lock(23, %s::bit(32)::int)", [jobs._place("run", "long")])
        jobs.run("long")
        assert ran == []
    with connection.cursor() as cursor:
        cursor.execute("SELECT scheduled_at > %s FROM procrastinate_jobs WHERE task_name = 'long'", [clock.now()])
        assert cursor.fetchall() == [(True,)]
    jobs.run("long")
    assert ran == ["long"]


def test_a_waiting_job_is_not_queued_twice_and_a_later_one_stands_beside_it():
    later = datetime(2030, 1, 1, tzinfo=UTC)
    jobs.queue(["capture.judge"])
    jobs.queue(["capture.judge"])
    jobs.queue(["capture.judge"], later)
    with connection.cursor() as cursor:
        cursor.execute("SELECT scheduled_at FROM procrastinate_jobs WHERE task_name = 'capture.judge' ORDER BY id")
        assert [row[0] for row in cursor.fetchall()] == [None, later]


def test_jobs_of_dead_workers_and_old_ends_are_forgotten():
    jobs.queue(["capture.judge", "kept.waiting"])
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing' WHERE task_name = 'capture.judge'")
        jobs.tidy()
        cursor.execute("SELECT task_name FROM procrastinate_jobs")
        assert cursor.fetchall() == [("kept.waiting",)]
