"""Asking a field: one set of operators for text, choices, numbers and moments, in SQL and in Python."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from leadwright.qualify.conditions.base import (
    Facts,
    Parameters,
    Setting,
    Settings,
    day,
    moment_of,
    whole_number,
)

OPERATORS: dict[str, dict[str, str]] = {
    "text": {
        "is": "is",
        "is_not": "is not",
        "contains": "contains",
        "not_contains": "does not contain",
        "starts": "starts with",
        "in": "is one of",
        "not_in": "is none of",
        "filled": "is filled in",
        "empty": "is empty",
    },
    "choice": {
        "is": "is",
        "is_not": "is not",
        "filled": "is filled in",
        "empty": "is empty",
    },
    "number": {
        "at_least": "is at least",
        "at_most": "is at most",
        "filled": "is filled in",
        "empty": "is empty",
    },
    "moment": {
        "within": "is within the last … days",
        "older": "is more than … days ago",
        "after": "is on or after",
        "before": "is before",
        "filled": "is filled in",
        "empty": "is empty",
    },
}
NEGATED = {"is_not": "is", "not_contains": "contains", "not_in": "in", "empty": "filled"}


@dataclass(frozen=True)
class Field:
    """A field that can be asked. `column` is SQL; a text column is never NULL there."""

    name: str
    label: str
    kind: str
    column: str
    options: Callable[[], tuple[tuple[str, str], ...]] = tuple


def inputs(field: Field, settings: Settings) -> list[Setting]:
    """The operator and, where it needs one, its value."""
    operators = tuple(OPERATORS[field.kind].items())
    chosen = settings.get("is") or operators[0][0]
    found = [Setting("is", "How", "choice", operators, redraws=True)]
    if chosen in {"within", "older"}:
        found.append(Setting("value", "Days", "number", placeholder="30"))
    elif chosen in {"after", "before"}:
        found.append(Setting("value", "Day", "date"))
    elif chosen in {"in", "not_in"}:
        found.append(Setting("value", "Values", "words", placeholder="one, another"))
    elif chosen not in {"filled", "empty"}:
        kind = {"text": "text", "choice": "choice", "number": "number", "moment": "date"}[field.kind]
        found.append(Setting("value", "Value", kind, field.options()))
    return found


def sql(field: Field, settings: Settings, params: Parameters) -> tuple[str, bool]:
    """The positive form of the question as SQL that may be NULL for "no", and whether the answer is to be negated."""
    asked = str(settings.get("is") or next(iter(OPERATORS[field.kind])))
    return _positive(field, NEGATED.get(asked, asked), settings.get("value"), params), asked in NEGATED


def _positive(field: Field, asked: str, value: Any, params: Parameters) -> str:  # noqa: PLR0911  one line an operator
    column = field.column
    if asked == "filled":
        return f"{column} <> ''" if field.kind == "text" else f"{column} IS NOT NULL"
    if field.kind == "number":
        return f"{column} {'>=' if asked == 'at_least' else '<='} {params.add(float(value))}::float8"
    if field.kind == "choice":
        return f"{column}::text = {params.add(str(value))}::text"
    if asked == "is":
        return f"lower({column}) = lower({params.add(str(value))}::text)"
    if asked == "contains":
        return f"position(lower({params.add(str(value))}::text) IN lower({column})) > 0"
    if asked == "starts":
        return f"starts_with(lower({column}), lower({params.add(str(value))}::text))"
    if asked == "in":
        return f"lower({column}) = ANY({params.add([str(each).lower() for each in value])}::text[])"
    if asked in {"after", "before"}:
        return f"{column} {'>=' if asked == 'after' else '<'} {params.add(moment_of(str(value)))}::timestamptz"
    border = f"{params.now_sql} - {params.add(timedelta(days=whole_number(value)))}::interval"
    return f"{column} {'>' if asked == 'within' else '<='} {border}"


def turns(field: Field, settings: Settings, params: Parameters) -> str | None:
    """When a question about "the last … days" turns by itself."""
    if field.kind != "moment" or (settings.get("is") or "within") not in {"within", "older"}:
        return None
    return f"{field.column} + {params.add(timedelta(days=whole_number(settings.get('value'))))}::interval"


def holds(field: Field, settings: Settings, value: Any, facts: Facts) -> bool:
    """The same question in Python, over the value that the record has (None: there is no record)."""
    asked = str(settings.get("is") or next(iter(OPERATORS[field.kind])))
    answer = _holds(field, NEGATED.get(asked, asked), settings.get("value"), value, facts)
    return not answer if asked in NEGATED else answer


def _holds(field: Field, asked: str, wanted: Any, value: Any, facts: Facts) -> bool:  # noqa: PLR0911
    if value is None or (field.kind in {"text", "choice"} and value == ""):
        return False
    if asked == "filled":
        return True
    if field.kind == "number":
        return float(value) >= float(wanted) if asked == "at_least" else float(value) <= float(wanted)
    if field.kind == "choice":
        return str(value) == str(wanted)
    if field.kind == "text":
        return _text_holds(asked, str(value).lower(), wanted)
    if asked in {"after", "before"}:
        border = moment_of(str(wanted))
        return bool(value >= border) if asked == "after" else bool(value < border)
    border = facts.now - timedelta(days=whole_number(wanted))
    return bool(value > border) if asked == "within" else bool(value <= border)


def _text_holds(asked: str, value: str, wanted: Any) -> bool:
    if asked == "in":
        return value in [str(each).lower() for each in wanted]
    word = str(wanted).lower()
    if asked == "contains":
        return word in value
    return value.startswith(word) if asked == "starts" else value == word


def words(field: Field, settings: Settings) -> str:
    """The question as it is read."""
    asked = str(settings.get("is") or next(iter(OPERATORS[field.kind])))
    value = settings.get("value")
    verb = OPERATORS[field.kind].get(asked, asked)
    if asked in {"filled", "empty"}:
        return f"{field.label} {verb}"
    if "…" in verb:
        return f"{field.label} {verb.replace('…', str(value))}"
    if isinstance(value, list):
        return f"{field.label} {verb} {', '.join(f'“{each}”' for each in value)}"
    return f"{field.label} {verb} “{dict(field.options()).get(str(value), value)}”"


def why(field: Field, value: Any) -> str:
    """What the record has."""
    if value in (None, ""):
        return f"{field.label} is empty."
    if field.kind == "moment":
        return f"{field.label} is {day(value)}."
    return f"{field.label} is “{dict(field.options()).get(str(value), value)}”."
