import threading
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction

from leadwright.capture import activities, jobs
from leadwright.capture.activities import Fact
from leadwright.kit import clock, database

ADA = uuid.UUID(int=1)
AT = datetime(2026, 3, 29, 12, tzinfo=UTC)


def taken(reader="test"):
    names = []

    def take(span):
        query = f"SELECT a.name FROM capture_activity a WHERE {activities.WITHIN} ORDER BY a.tx, a.seq"
        names.extend(row.name for row in database.rows(query, **span.parameters))

    activities.follow(reader, take, limit=3)
    return names


@pytest.mark.django_db
def test_what_is_recorded_can_be_read_with_all_it_said():
    activities.record(
        [Fact(at=AT, subject_id=ADA, kind="track", name="Pricing viewed", human=0.9, properties={"a": 1})]
    )
    row = database.row("SELECT * FROM capture_activity")
    assert (row.at, row.subject_id, row.kind, row.name, row.human) == (
        AT,
        ADA,
        "track",
        "Pricing viewed",
        pytest.approx(0.9),
    )


@pytest.mark.django_db
def test_old_and_new_months_get_a_partition_of_their_own():
    activities.record([Fact(at=AT - timedelta(days=400 * i), subject_id=ADA, kind="page") for i in range(3)])
    assert database.value("SELECT count(*) FROM capture_activity_rest") == 0
    assert database.value("SELECT count(*) FROM capture_activity_2026_03") == 1


@pytest.mark.django_db
def test_a_reader_takes_each_fact_once_and_in_order():
    for i in range(8):
        activities.record([Fact(at=AT, subject_id=ADA, kind="track", name=str(i))])
    assert taken() == [str(i) for i in range(8)]
    assert taken() == []
    activities.record([Fact(at=AT - timedelta(days=300), subject_id=ADA, kind="track", name="late")])
    assert taken() == ["late"]
    assert len(taken("another")) == 9


@pytest.mark.django_db(transaction=True)
def test_a_fact_that_commits_late_is_not_skipped():
    database.value("SELECT capture_partition(%(month)s)", month=AT.date())  # who makes a month holds the others up
    written, may_commit = threading.Event(), threading.Event()

    def slow():
        try:
            with transaction.atomic():
                activities.record([Fact(at=AT, subject_id=ADA, kind="track", name="slow")])
                written.set()
                assert may_commit.wait(10)
        finally:
            connection.close()

    thread = threading.Thread(target=slow)
    thread.start()
    assert written.wait(10)
    activities.record([Fact(at=AT, subject_id=ADA, kind="track", name="quick")])
    before = taken()
    may_commit.set()
    thread.join()
    assert before == []
    assert taken() == ["slow", "quick"]


@pytest.mark.django_db(transaction=True)
def test_a_reader_that_fails_takes_the_same_facts_again():
    activities.record([Fact(at=AT, subject_id=ADA, kind="track", name="once")])

    def fail(span):
        database.execute("INSERT INTO capture_refusal (hit_id, received_at, reason, detail) VALUES (1, now(), 'x', '')")
        raise RuntimeError("killed")

    with pytest.raises(RuntimeError, match="killed"):
        activities.follow("test", fail)
    assert database.value("SELECT count(*) FROM capture_refusal") == 0
    assert taken() == ["once"]


@pytest.mark.django_db
def test_a_set_that_sql_knows_is_recorded_in_one_statement():
    with clock.frozen(AT):
        count = activities.record_from(
            "SELECT %(at)s::timestamptz, %(who)s::uuid, 'track', n::text, '', '', '', NULL::bigint, '{}'::jsonb "
            "FROM generate_series(1, 5) AS n",
            at=AT,
            who=ADA,
        )
    assert count == 5
    assert sorted(taken()) == ["1", "2", "3", "4", "5"]


@pytest.mark.django_db(transaction=True)
def test_a_transaction_in_another_database_of_the_server_holds_nobody_back():
    import os

    import psycopg

    with psycopg.connect(os.environ["DATABASE_URL"].partition("&test_template=")[0]) as elsewhere:
        assert elsewhere.execute("SELECT current_database(), pg_current_xact_id()").fetchone()
        activities.record([Fact(at=AT, subject_id=ADA, kind="track", name="ours")])
        assert taken() == ["ours"]


@pytest.mark.django_db
def test_the_coming_months_are_made_before_anybody_writes_into_them():
    clock.set_to(datetime(2031, 12, 31, 23, 30, tzinfo=UTC))
    assert jobs.months() == clock.now() + timedelta(days=1)
    made = "SELECT to_regclass('capture_activity_' || month) IS NOT NULL FROM unnest(%(months)s::text[]) AS month"
    assert all(row[0] for row in database.rows(made, months=["2031_12", "2032_01", "2032_02"]))
