"""Lists come back from the database as they went in, whatever stands in them."""

import uuid
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadwright.kit import database
from leadwright.kit.arrays import QuickListDumper

pytestmark = pytest.mark.django_db
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))


def back(values: list[Any], kind: str) -> list[Any]:
    found: list[Any] = database.value(f"SELECT %(values)s::{kind}[]", values=values)
    return found


def test_lists_are_written_by_us() -> None:
    from django.db import connection

    connection.ensure_connection()
    with connection.cursor() as cursor:
        dumper = cursor.cursor.adapters.get_dumper(list, psycopg.adapt.PyFormat.TEXT)
    assert issubclass(dumper, QuickListDumper)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.one_of(TEXT, st.none())))
def test_texts_survive(values: list[str | None]) -> None:
    assert back(values, "text") == values


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1, None, -(2**62)], "bigint"),
        ([True, False, None], "boolean"),
        ([uuid.UUID(int=7), None], "uuid"),
        ([datetime(2026, 3, 2, 10, 0, 0, 123456, tzinfo=UTC), None], "timestamptz"),
        ([0.1, None, 5e-324], "float8"),
        (["null", "NULL", "", "{", '","', "\\", 'a"b', "a,b", " ", "\n"], "text"),
        ([], "text"),
        ([None], "bigint"),
    ],
)
def test_plain_lists_survive(values: list[Any], kind: str) -> None:
    assert back(values, kind) == values


def test_a_text_with_nul_is_refused() -> None:
    with pytest.raises(Exception, match="NUL"):
        back(["a\x00b"], "text")
