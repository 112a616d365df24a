"""Saved mappings: how files were mapped, kept for the next one; by its headers without a name, or by a name.

Promise: a file whose headers were seen before gets its mapping at once; one that is nearly the same gets the mapping
that fits it best. A named one stays as it was kept until somebody keeps another under its name.
"""

from collections.abc import Sequence
from typing import Any

from leadwright.capture.imports import mappings, statements
from leadwright.capture.imports.kinds import CannotImport, Kind
from leadwright.capture.imports.mappings import bare
from leadwright.capture.imports.tables import Table
from leadwright.capture.models import Import, SavedMapping
from leadwright.kit import clock
from leadwright.workspace.models import User

# How a file is read belongs to that file.
READING = ("sheet", "encoding", "header_row", "delimiter", "quote")
LEAST_SHARE = 0.6  # of a mapping's columns must be in a file for it to be proposed
LONGEST_NAME = 80


def remember(imported: Import, columns: Sequence[str]) -> None:
    """Keep an import's mapping for the next file with the same headers; days stated for this file stay with it."""
    if len(columns) < 2:
        return
    SavedMapping.objects.update_or_create(
        kind=imported.kind,
        headers=mappings.headers_key(columns),
        name="",
        defaults={
            "mapping": _kept(statements.forget_days(imported.mapping)),
            "columns": list(columns),
            "user": imported.user,
            "used_at": clock.now(),
        },
    )


def keep(imported: Import, columns: Sequence[str], name: str, user: User | None) -> SavedMapping:
    """Keep an import's mapping under a name; one of that name is replaced. Raises CannotImport without a name."""
    clean = _clean(name)
    found = SavedMapping.objects.filter(kind=imported.kind, name__iexact=clean).first()
    made = found or SavedMapping(kind=imported.kind)
    made.name, made.headers, made.columns = clean, mappings.headers_key(columns), list(columns)
    made.mapping, made.user, made.used_at = _kept(imported.mapping), user, clock.now()
    made.save()
    return made


def rename(saved: SavedMapping, name: str) -> None:
    """Call it otherwise; raises CannotImport where the name is blank or another's."""
    clean = _clean(name)
    if SavedMapping.objects.filter(kind=saved.kind, name__iexact=clean).exclude(pk=saved.pk).exists():
        raise CannotImport(f"There is a mapping “{clean}” already; choose another name.")
    saved.name = clean
    saved.save(update_fields=["name"])


def _clean(name: str) -> str:
    clean = " ".join(name.split())[:LONGEST_NAME]
    if not clean:
        raise CannotImport("Give the mapping a name.")
    return clean


def _kept(raw: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in raw.items() if key not in READING}


def named(kind: Kind, name: str) -> SavedMapping:
    """The mapping of a name; raises CannotImport with the names there are."""
    found = SavedMapping.objects.filter(kind=kind.key, name__iexact=" ".join(name.split())).exclude(name="").first()
    if found is None:
        names = ", ".join(f"“{each.name}”" for each in offered(kind)) or "none yet"
        raise CannotImport(f"No mapping for {kind.label} is called “{name}”. There are: {names}.")
    return found


def offered(kind: Kind) -> list[SavedMapping]:
    """The named mappings of a kind, by name."""
    return list(SavedMapping.objects.filter(kind=kind.key).exclude(name="").order_by("name"))


def proposed(kind: Kind, table: Table) -> SavedMapping | None:
    """The mapping that fits a file best: the last used of those for the very same headers, else the likest named."""
    same = SavedMapping.objects.filter(kind=kind.key, headers=mappings.headers_key(table.columns))
    if found := same.order_by("-used_at").first():
        return found
    present = {bare(column) or column for column in table.columns}
    shares = [(_share(saved, present), saved.used_at, saved.pk, saved) for saved in offered(kind)]
    best = max(shares, default=None, key=lambda each: each[:3])
    return best[3] if best and best[0] >= LEAST_SHARE else None


def _share(saved: SavedMapping, present: set[str]) -> float:
    """How many of a mapping's columns a file has; nothing where it has one only."""
    used = {bare(column) or column for column in saved.mapping.get("columns", {})}
    hits = len(used & present)
    return hits / len(used) if hits > 1 else 0.0


def fitted(saved: SavedMapping, guessed: dict[str, Any], table: Table) -> dict[str, Any]:
    """A saved mapping for a file: columns by name however they are spelt; those that it never saw are guessed."""
    here = {bare(column) or column: column for column in reversed(table.columns)}
    seen = {bare(column) or column for column in saved.columns} | {bare(each) for each in saved.mapping["columns"]}
    columns: dict[str, Any] = {}
    for column, target in saved.mapping.get("columns", {}).items():
        if column in table.columns:
            columns[column] = target
        elif found := here.get(bare(column) or column):
            columns.setdefault(found, target)
    filled = _fields(columns.values()) | set(saved.mapping.get("constants") or {})
    for column, target in guessed.get("columns", {}).items():
        if column not in columns and (bare(column) or column) not in seen and not _fields([target]) & filled:
            columns[column] = target
    ordered = {column: columns[column] for column in table.columns if column in columns}
    return guessed | _kept(saved.mapping) | {"columns": ordered}


def _fields(targets: Any) -> set[str]:
    return {
        str(one.get("to") if isinstance(one, dict) else one)
        for each in targets
        for one in mappings.as_list(each)
        if one
    }


def use(saved: SavedMapping) -> None:
    """Note that it was taken again."""
    SavedMapping.objects.filter(pk=saved.pk).update(used_at=clock.now())
