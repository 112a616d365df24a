"""What bulk writers may rely on."""

import uuid
from datetime import UTC, datetime

import pytest
from django.db import DatabaseError, connection

from leadwright.kit import database

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "table",
    [
        "profile_contact",
        "profile_identity",
        "profile_consent",
        "profile_consentrecord",
        "qualify_lead",
        "qualify_stagemove",
    ],
)
def test_each_trigger_of_ours_on_what_is_written_in_trust_fires_always(table: str) -> None:
    """Whoever adds a trigger to such a table adds ENABLE ALWAYS TRIGGER to its migration."""
    sleeping = database.rows(
        "SELECT tgname AS name FROM pg_trigger WHERE tgrelid = %(table)s::regclass AND NOT tgisinternal"
        " AND tgtype & 4 <> 0 AND tgenabled <> 'A'",
        table=table,
    )
    assert sleeping == []


def test_foreign_keys_are_asked_again_after_a_block_of_trust() -> None:
    with database.trusted():
        assert database.value("SHOW session_replication_role") == "replica"
    assert database.value("SHOW session_replication_role") == "origin"


def test_for_few_rows_foreign_keys_are_asked() -> None:
    with database.trusted(database.MANY - 1):
        assert database.value("SHOW session_replication_role") == "origin"


def test_a_column_is_written_as_copy_has_it() -> None:
    at, key = datetime(2026, 3, 2, 10, 0, 0, 123456, tzinfo=UTC), uuid.UUID(int=7)
    assert database.copied_all([at, None]) == ["2026-03-02T10:00:00.123456Z", r"\N"]
    assert database.copied_all([key]) == [str(key)]
    assert database.copied_all([0.7, None, 12]) == ["0.7", r"\N", "12"]
    assert database.copied_all([]) == []


@pytest.mark.parametrize("text", ["plain", "", "a\tb", "a\\b", "a\nb\rc", "\\N", 'quoted "so"'])
def test_a_text_survives_a_line_of_copy(text: str) -> None:
    database.execute("CREATE TEMPORARY TABLE told (text text) ON COMMIT DROP")
    database.copy_lines("told (text)", iter([f"{database.copied(text)}\n"]))
    assert database.value("SELECT text FROM told") == text


@pytest.mark.django_db(transaction=True)
def test_a_lost_connection_is_told_from_a_wrong_statement() -> None:
    with pytest.raises(DatabaseError) as wrong:
        database.value("SELECT 1 / 0")
    assert not database.is_lost(wrong.value)
    slowly = "SET LOCAL statement_timeout = 1; SELECT count(*) FROM generate_series(1, 100000000)"
    with pytest.raises(DatabaseError) as slow, database.atomic():
        database.value(slowly)
    assert not database.is_lost(slow.value)
    with pytest.raises(DatabaseError) as lost:
        database.value("SELECT pg_terminate_backend(pg_backend_pid())")
    assert database.is_lost(lost.value)
    connection.close()


def test_no_trigger_that_joins_what_was_with_what_is_may_loop() -> None:
    """Its plan lasts as long as the session: made for a first update of one row, it compared each of many with each."""
    looping = database.rows(
        "SELECT proname AS name FROM pg_proc WHERE prosrc LIKE '%%went JOIN came%%'"
        " AND NOT coalesce(proconfig, '{}') @> ARRAY['enable_nestloop=off']"
    )
    assert looping == []
