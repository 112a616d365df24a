"""Values of custom fields: one canonical form, and sentences for what cannot be one."""

from decimal import Decimal
from typing import Any

import pytest

from leadwright.profile.fields import values
from leadwright.profile.fields.values import BadValue, Definition, Option


def field(kind: str, **more: Any) -> Definition:
    return Definition("contact", "budget", "Budget", kind, **more)


REGIONS = (Option("North", "Northern Europe"), Option("South", "South"), Option("East", "East", is_retired=True))


@pytest.mark.parametrize(
    ("kind", "told", "kept"),
    [
        ("text", "  two   words ", "two words"),
        ("long_text", "a \n b", "a\n b"),
        ("number", "1,234.50", 1234.5),
        ("number", "1.234,50", 1234.5),
        ("number", "12", 12),
        ("number", 3.0, 3),
        ("money", "€ 12.345", 12.35),
        ("date", "2026-03-31", "2026-03-31"),
        ("date", "2026-03-31T10:00:00Z", "2026-03-31"),
        ("date", "31.3.2026", "2026-03-31"),
        ("moment", "2026-03-31T14:05:00+02:00", "2026-03-31T12:05:00Z"),
        ("yes_no", "Ja", True),
        ("yes_no", False, False),
        ("choice", "northern europe", "North"),
        ("choice", "North", "North"),
        ("choice", "East", "East"),
        ("choices", "South; North", ["North", "South"]),
        ("choices", ["South"], ["South"]),
        ("url", "nordwind.example/a", "https://nordwind.example/a"),
        ("email", "Ada@Nordwind.example", "Ada@Nordwind.example"),
        ("phone", "+49 40 123456", "+4940123456"),
        ("country", "de", "DE"),
        ("country", "Germany", "DE"),
        ("text", "", None),
        ("choices", [], None),
        ("number", None, None),
    ],
)
def test_a_value_is_kept_in_one_form(kind: str, told: Any, kept: Any) -> None:
    found = values.read(field(kind, options=REGIONS), told)
    assert found == kept
    assert type(found) is type(kept)


@pytest.mark.parametrize(
    "kind", ["number", "money", "date", "moment", "yes_no", "choice", "url", "email", "phone", "country"]
)
@pytest.mark.parametrize("told", ["abc??", "NaN", "inf", "--", {"a": 1}])
def test_what_is_no_value_is_refused_with_the_fields_name(kind: str, told: Any) -> None:
    with pytest.raises(BadValue, match="“Budget” takes"):
        values.read(field(kind, options=REGIONS), told)


def test_range_length_and_pattern_hold_and_say_the_fields_own_sentence() -> None:
    with pytest.raises(BadValue, match="between 1 and 10; 11 does not"):
        values.read(field("number", lowest=Decimal(1), highest=Decimal(10)), 11)
    with pytest.raises(BadValue, match="Only customers' numbers"):
        values.read(field("text", pattern="C[0-9]{4}", says="Only customers' numbers, such as C1234."), "D1")
    assert values.read(field("text", pattern="C[0-9]{4}"), "C1234") == "C1234"
    with pytest.raises(BadValue, match="at most 5 characters"):
        values.read(field("text", longest=5), "abcdef")


def test_a_value_is_said_in_todays_words() -> None:
    assert values.words(field("choice", options=REGIONS), "North") == "Northern Europe"
    assert values.words(field("choices", options=REGIONS), ["North", "South"]) == "Northern Europe, South"
    assert values.words(field("yes_no"), False) == "no"
    assert values.words(None, 12) == "12"
