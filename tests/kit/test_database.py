"""What bulk writers may rely on."""

import pytest

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
