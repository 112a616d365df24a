from datetime import UTC, datetime

import pytest

from leadwright.kit import database, ids

AT = datetime(2026, 3, 29, 12, 30, 15, 123000, tzinfo=UTC)


def test_they_are_uuids_of_version_7_that_begin_with_their_moment():
    made = ids.uuid7(AT)
    assert made.version == 7
    assert made.variant == "specified in RFC 4122"
    assert made.int >> 80 == int(AT.timestamp() * 1000)


@pytest.mark.django_db
def test_those_from_sql_are_their_twins():
    made = database.value("SELECT leadwright_uuid7(%(at)s)", at=AT)
    assert made.version == 7
    assert made.variant == "specified in RFC 4122"
    assert made.int >> 80 == int(AT.timestamp() * 1000)
    assert (
        database.value("SELECT count(DISTINCT leadwright_uuid7(%(at)s)) FROM generate_series(1, 1000)", at=AT) == 1000
    )


def test_many_keep_their_order_within_a_millisecond_and_are_uuids_of_version_7():
    made = ids.many([AT] * 4_000)
    assert len(set(made)) == 4_000
    assert made == sorted(made)
    assert {each.version for each in made} == {7}
    assert {each.variant for each in made} == {"specified in RFC 4122"}
    assert {each.int >> 80 for each in made} == {int(AT.timestamp() * 1000)}
    assert ids.many([]) == []
