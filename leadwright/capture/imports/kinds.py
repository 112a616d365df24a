"""What files can be imported as: each kind is defined by the package that owns the records.

Rows travel in chunks: parsed by column, copied into a temporary table, judged and written by the kind in a few
statements, committed together with the checkpoint.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from leadwright.capture.imports.cells import Field
from leadwright.capture.imports.mappings import Mapping
from leadwright.kit.registries import IMPORT_KINDS, RecordField

Columns = dict[str, list[Any]]
Faults = dict[int, str]
Progress = Callable[[int, int], None]


class CannotImport(ValueError):
    """The import cannot go on as asked; the message says why and how to mend it."""


@dataclass(frozen=True)
class Scope:
    """What a kind needs to know while it judges and writes a chunk. `import_id` is 0 where one only looks."""

    import_id: int
    now: datetime
    user_id: int | None
    mapping: Mapping

    @property
    def label(self) -> str:
        """How the import is named as an actor and as an origin."""
        return f"import {self.import_id}"


@dataclass
class Undone:
    """What undoing a piece did. A conflict is a record that somebody changed since, and why it was left."""

    deleted: int = 0
    restored: int = 0
    taken_back: int = 0  # statements, such as consents
    conflicts: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Made:
    """The records of one table that one chunk made: ids, row numbers and marks, of one length."""

    table: str
    records: Sequence[int]
    row_numbers: Sequence[int]
    marks: Sequence[int | None]


def _nothing_made(import_id: int, made: Made, now: datetime) -> Undone:
    raise NotImplementedError(f"This kind of import keeps no {made.table} in chunks.")


@dataclass(frozen=True)
class Subject:
    """Something that people allow or refuse, as the wizard offers it."""

    key: str
    name: str
    needs_confirmation: bool
    versions: tuple[tuple[int, str], ...]  # number and words, newest first


@dataclass(frozen=True)
class Statements:
    """What a file can say of people besides the fields of their records: what they allowed, and how that is known.

    `fields` are called consent.<subject>.<part>. `tally` counts what became of the statements of a judged chunk, by
    subject and outcome; `examples` are rows of it (purpose, outcome, row_number, name) that ask for a look.
    """

    fields: Callable[[], tuple[Field, ...]]
    subjects: Callable[[], list[Subject]]
    parts: tuple[tuple[str, str, str], ...]  # key, label, what it means
    outcomes: tuple[tuple[str, str, str], ...]  # key, label, what it means
    tally: Callable[[Mapping], dict[str, dict[str, int]]]
    examples: Callable[[], list[dict[str, Any]]]


@dataclass(frozen=True)
class Kind:
    """Something that files are imported as.

    `judge` reads the temporary table `import_row`: row_number, a column for each field, `custom`, the `derived` ones.
    It makes `import_judged`: row_number, verdict (create, update, unchanged, refuse), reason, warning, record_id, name,
    before, after. `apply` writes what was judged, and the undo log. `undo` takes back a range of the log of changes,
    `unmake` the records that a chunk made.
    """

    key: str
    label: str
    permission: str
    fields: tuple[Field, ...]
    matches: tuple[str, ...]
    unique: tuple[str, ...]  # columns of import_row that stand once in a file
    derived: tuple[tuple[str, str], ...]
    check: Callable[[Mapping], list[str]]
    derive: Callable[[Columns, int, Mapping], tuple[Faults, Faults]]  # -> refusals, warnings by position
    judge: Callable[[Scope], None]
    apply: Callable[[Scope], None]
    undo: Callable[[int, int, int, datetime], Undone]  # import id, first and last change, now
    unmake: Callable[[int, Made, datetime], Undone] = _nothing_made
    likely: Callable[[], Sequence[Any]] | None = None  # staged rows that likely are there already
    statements: Statements | None = None
    own: Callable[[], dict[str, RecordField]] = dict  # the custom fields that the firm has described, by key
    define: Callable[[str, str], str] | None = None  # makes a custom field of a label and a type; answers its key
    topics: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()  # what a large import fills: their statistics are renewed as it grows

    def field(self, name: str) -> Field:
        """A field by name."""
        own = next((each for each in self.fields if each.name == name), None)
        return own or next(each for each in self.stated() if each.name == name)

    def stated(self) -> tuple[Field, ...]:
        """What a file can say besides the records' own fields."""
        return self.statements.fields() if self.statements else ()

    def keys(self, mapping: Mapping) -> tuple[str, ...]:
        """The columns of which each value may stand once in a file that is mapped so."""
        known = {each.name for each in self.fields}
        more = (mapping.match,) if mapping.match in known and mapping.match not in ("email", *self.unique) else ()
        return (*self.unique, *more)


def kind_of(key: str) -> Kind:
    """The kind of import with a key."""
    try:
        kind = IMPORT_KINDS.get(key)
    except KeyError as error:
        raise CannotImport(str(error.args[0])) from None
    assert isinstance(kind, Kind)  # noqa: S101  only kinds are registered
    return kind
