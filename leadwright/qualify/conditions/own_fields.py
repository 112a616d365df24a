"""Asking a custom field by its kind: the operators of each shape, in SQL that an index can carry, and in Python.

A value that does not fit its field's kind (left over from before it was described) counts as none, in both readings.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from leadwright.profile.fields import definitions, values
from leadwright.profile.fields.values import Definition
from leadwright.qualify.conditions.base import (
    BadCondition,
    Facts,
    Parameters,
    Setting,
    Settings,
    is_number,
    moment_of,
    whole_number,
)

PREFIX = "custom."
_ENDS = {"filled": "is filled in", "empty": "is empty"}
_TIMES = {
    "within": "is within the last … days",
    "ahead": "is within the next … days",
    "older": "is more than … days ago",
    "after": "is on or after",
    "before": "is before",
}
OPERATORS: Mapping[str, Mapping[str, str]] = {
    "text": {
        "is": "is",
        "is_not": "is not",
        "contains": "contains",
        "not_contains": "does not contain",
        "starts": "starts with",
        "in": "is one of",
        "not_in": "is none of",
        **_ENDS,
    },
    "number": {
        "at_least": "is at least",
        "at_most": "is at most",
        "more": "is more than",
        "less": "is less than",
        "between": "is between",
        "is": "is",
        "is_not": "is not",
        **_ENDS,
    },
    "choice": {"in": "is one of", "not_in": "is none of", "is": "is", "is_not": "is not", **_ENDS},
    "flag": {"is": "is", **_ENDS},
    "set": {"any": "has any of", "all": "has all of", "not_any": "has none of", **_ENDS},
    "day": {**_TIMES, "is": "is", **_ENDS},
    "moment": {**_TIMES, **_ENDS},
}
NEGATED = {"is_not": "is", "not_contains": "contains", "not_in": "in", "not_any": "any", "empty": "filled"}
FLAGS = (("true", "yes"), ("false", "no"))


@dataclass(frozen=True)
class Asked:
    """A question about a custom field, as far as it is settled."""

    defined: Definition
    how: str
    value: Any
    most: Any = None

    @property
    def positive(self) -> str:
        """The operator without its "not"."""
        return NEGATED.get(self.how, self.how)

    @property
    def is_negated(self) -> bool:
        """Whether the answer is turned round."""
        return self.how in NEGATED

    def list(self) -> list[str]:
        """The values asked for, as a list of texts."""
        return [str(each) for each in (self.value if isinstance(self.value, list) else [self.value])]


def find(of: str, name: str) -> Definition | None:
    """The custom field that a condition names as custom.<key>; None where it names none that there is."""
    return definitions.known(of).get(name.removeprefix(PREFIX)) if name.startswith(PREFIX) else None


def names(of: str) -> dict[str, str]:
    """The custom fields that can be asked, for the choice of fields."""
    return {f"{PREFIX}{key}": each.label for key, each in definitions.known(of).items() if not each.is_retired}


def asked(defined: Definition, settings: Settings) -> Asked:
    """What a condition asks."""
    how = str(settings.get("is") or next(iter(OPERATORS[defined.shape])))
    return Asked(defined, how, settings.get("value"), settings.get("most"))


def inputs(defined: Definition, settings: Settings) -> list[Setting]:
    """The operator and, where it needs one, its value."""
    operators = OPERATORS[defined.shape]
    how = str(settings.get("is") or next(iter(operators)))
    found = [Setting("is", "How", "choice", tuple(operators.items()), redraws=True)]
    options = FLAGS if defined.shape == "flag" else tuple((each.key, each.label) for each in defined.options)
    if how in ("filled", "empty"):
        return found
    if how in ("within", "older", "ahead"):
        return [*found, Setting("value", "Days", "number", placeholder="30")]
    if how == "between":
        return [*found, Setting("value", "From", "text"), Setting("most", "To", "text")]
    if defined.shape in ("choice", "set", "flag"):
        kind = "choices" if how in ("in", "not_in", "any", "all", "not_any") else "choice"
        return [*found, Setting("value", "Value", kind, options)]
    if how in ("in", "not_in"):
        return [*found, Setting("value", "Values", "words", placeholder="one, another")]
    return [*found, Setting("value", "Value", "date" if defined.shape in ("day", "moment") else "text")]


def check(defined: Definition, settings: Settings) -> None:
    """Raise BadCondition where a value cannot be compared with the field's."""
    question = asked(defined, settings)
    if question.how not in OPERATORS[defined.shape]:
        known = ", ".join(OPERATORS[defined.shape])
        raise BadCondition(f"“{defined.label}” cannot be asked with “{question.how}”; ask with one of {known}.")
    if defined.shape == "number" and question.how not in _ENDS:
        for value in (question.value, question.most) if question.how == "between" else (question.value,):
            if not is_number(value):
                raise BadCondition(f"“{defined.label}” is compared with a number, not with “{value}”.")


# ---- SQL ----------------------------------------------------------------------------------------------------------


def sql(question: Asked, alias: str, params: Parameters) -> str:
    """The positive question as SQL that is never NULL and that an index over the field's expression can carry."""
    column = definitions.expression(question.defined, alias)
    if question.positive == "filled":
        return f"{column} IS NOT NULL"
    return f"({column} IS NOT NULL AND {_compare(question, column, params)})"


def _compare(question: Asked, column: str, params: Parameters) -> str:
    how, value, shape = question.positive, question.value, question.defined.shape
    if shape == "set":
        return f"{column} {'?&' if how == 'all' else '?|'} {params.add(question.list())}::text[]"
    if shape == "number":
        return _compare_number(question, column, params)
    if shape in ("day", "moment"):
        low, high = _span(question, params.now)
        parts = [
            f"{column} >= {params.add(low)}::text" if low else "",
            f"{column} < {params.add(high)}::text" if high else "",
        ]
        return " AND ".join(part for part in parts if part)
    if how == "in":
        found = question.list() if shape == "choice" else [each.lower() for each in question.list()]
        return f"{column} = ANY({params.add(found)}::text[])"
    told = params.add(str(value) if shape in ("choice", "flag") else str(value).lower())
    if how == "contains":
        return f"position({told}::text IN {column}) > 0"
    return f"starts_with({column}, {told}::text)" if how == "starts" else f"{column} = {told}::text"


COMPARED = {"at_least": ">=", "at_most": "<=", "more": ">", "less": "<", "is": "="}


def _compare_number(question: Asked, column: str, params: Parameters) -> str:
    if question.how == "between":
        return f"{column} BETWEEN {params.add(_number(question.value))} AND {params.add(_number(question.most))}"
    return f"{column} {COMPARED[question.positive]} {params.add(_number(question.value))}::numeric"


def _number(value: Any) -> Decimal:
    return Decimal(str(value))


def _span(question: Asked, now: datetime) -> tuple[str, str]:
    """The first value that fits and the first after those that fit, as they are stored; empty where there is no end."""
    is_day = question.defined.shape == "day"
    today = now.astimezone(UTC)
    days = timedelta(days=whole_number(question.value)) if question.how in ("within", "older", "ahead") else timedelta()
    match question.how:
        case "within":
            low, high = today - days, today + (timedelta(days=1) if is_day else timedelta(seconds=1))
        case "ahead":
            low, high = today, today + days + (timedelta(days=1) if is_day else timedelta())
        case "older":
            return "", _stored(today - days, is_day=is_day)
        case "is":
            low = moment_of(str(question.value))
            high = low + timedelta(days=1)
        case "after":
            return _stored(moment_of(str(question.value)), is_day=is_day), ""
        case _:
            return "", _stored(moment_of(str(question.value)), is_day=is_day)
    return _stored(low, is_day=is_day), _stored(high, is_day=is_day)


def _stored(at: datetime, *, is_day: bool) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d}" if is_day else f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def turns(question: Asked, alias: str, params: Parameters) -> list[str]:
    """The moments at which time alone turns a question about the last or the next days, as SQL."""
    if question.how not in ("within", "older", "ahead"):
        return []
    at = _moment_sql(question.defined.shape, definitions.expression(question.defined, alias))
    days = f"make_interval(days => {params.add(whole_number(question.value))}::int)"
    # A day fits until it is over; a moment until the second after.
    over = "interval '1 day'" if question.defined.shape == "day" else "interval '1 second'"
    if question.how == "within":
        return [at, f"{at} + {days} + {over}"]
    if question.how == "older":
        return [f"{at} + {days} + {over}"]
    early = "" if question.defined.shape == "day" else f" + {over}"
    return [f"{at} - {days}{early}", f"{at} + {over}"]


def _moment_sql(shape: str, column: str) -> str:
    """The moment that a stored day or moment stands for; reckoned, so that no odd value can stop the statement."""
    day = (
        f"(make_timestamptz(left({column}, 4)::int, substr({column}, 6, 2)::int, 1, 0, 0, 0, 'UTC')"
        f" + make_interval(days => substr({column}, 9, 2)::int - 1"
    )
    if shape == "day":
        return f"{day}))"
    return (
        f"{day}, hours => substr({column}, 12, 2)::int, mins => substr({column}, 15, 2)::int,"
        f" secs => substr({column}, 18, 2)::int))"
    )


# ---- Python -------------------------------------------------------------------------------------------------------


def fitting(defined: Definition, value: Any) -> Any:
    """A stored value as the SQL reads it; None where it does not fit the field's shape."""
    if value is None:
        return None
    match defined.shape:
        case "number":
            return _number(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
        case "set":
            return value
        case "day" | "moment":
            return value if isinstance(value, str) and definitions.STORED[defined.shape].fullmatch(value) else None
        case "text":
            return _plain(value).lower()
    return _plain(value)


def _plain(value: Any) -> str:
    """A value as PostgreSQL's ->> tells it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def holds(question: Asked, value: Any, facts: Facts) -> bool:
    """The same question over the value that the record has."""
    found = fitting(question.defined, value)
    answer = found is not None and (question.positive == "filled" or _holds(question, found, facts))
    return not answer if question.is_negated else answer


def _holds(question: Asked, found: Any, facts: Facts) -> bool:
    how, shape = question.positive, question.defined.shape
    if shape == "set":
        has = set(found) if isinstance(found, list) else {found}
        return has >= set(question.list()) if how == "all" else bool(has & set(question.list()))
    if shape == "number":
        return _number_holds(question, found)
    if shape in ("day", "moment"):
        low, high = _span(question, facts.now)
        return (not low or found >= low) and (not high or found < high)
    if how == "in":
        return found in (question.list() if shape == "choice" else [each.lower() for each in question.list()])
    told = str(question.value) if shape in ("choice", "flag") else str(question.value).lower()
    if how == "contains":
        return told in found
    return bool(found.startswith(told) if how == "starts" else found == told)


def _number_holds(question: Asked, found: Decimal) -> bool:
    told = _number(question.value)
    match question.positive:
        case "between":
            return told <= found <= _number(question.most)
        case "at_least":
            return found >= told
        case "at_most":
            return found <= told
        case "more":
            return found > told
        case "less":
            return found < told
    return found == told


def words(question: Asked) -> str:
    """The question as it is read, with today's labels."""
    verb = OPERATORS[question.defined.shape].get(question.how, question.how)
    label = question.defined.label
    if question.how in _ENDS:
        return f"{label} {verb}"
    if "…" in verb:
        return f"{label} {verb.replace('…', str(question.value))}"
    if question.how == "between":
        return f"{label} is between “{question.value}” and “{question.most}”"
    return f"{label} {verb} {', '.join(f'“{_named(question.defined, each)}”' for each in question.list())}"


def _named(defined: Definition, value: str) -> str:
    return dict(FLAGS).get(value, value) if defined.shape == "flag" else defined.label_of(value)


def why(defined: Definition, value: Any) -> str:
    """What the record has, in words."""
    if value is None:
        return f"{defined.label} is empty."
    if fitting(defined, value) is None:
        return f"{defined.label} is “{value}”, which is no {values.KINDS[defined.kind][0].lower()}; it counts as empty."
    return f"{defined.label} is “{values.words(defined, value)}”."
