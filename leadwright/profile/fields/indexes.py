"""Indexes over custom fields: made where a segment or a list asks many records for one, dropped when nobody does.

Promise: an index is made without holding up anybody (CONCURRENTLY), in the background, never inside a request; each
stands in `FieldIndex` with its state; one whose making was cut short is begun anew. Writes: FieldIndex.
"""

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta

import structlog
from django.db import DatabaseError, connection

from leadwright.kit import clock, database, jobs, sql
from leadwright.kit.registries import FIELD_NEEDS
from leadwright.profile.fields import definitions
from leadwright.profile.fields.values import Definition
from leadwright.profile.models import FieldIndex

SQL = sql.load("indexes")
KEEP = timedelta(days=30)  # how long an index stays after a list has last asked for it
AGAIN = timedelta(hours=6)  # after a failure
log = structlog.get_logger()


def name_of(defined: Definition) -> str:
    """The name of a field's index; another kind of field has another one."""
    told = hashlib.sha256(f"{defined.key}:{defined.shape}".encode()).hexdigest()[:12]
    return f"own_{defined.of}_{told}"


def is_ready(defined: Definition) -> bool:
    """Whether a field has its index, so that a list may sort by it."""
    return FieldIndex.objects.filter(name=name_of(defined), state=FieldIndex.State.READY).exists()


def ready(of: str) -> set[str]:
    """The keys of the fields that have their index."""
    return set(FieldIndex.objects.filter(of=of, state=FieldIndex.State.READY).values_list("key", flat=True))


def ask(defined: Definition) -> None:
    """Note that a list asks for a field; the index is made in the background."""
    now = clock.now()
    row, is_new = FieldIndex.objects.get_or_create(
        name=name_of(defined), defaults={"of": defined.of, "key": defined.key, "shape": defined.shape, "asked_at": now}
    )
    if not is_new and row.asked_at < now - timedelta(days=1):
        FieldIndex.objects.filter(pk=row.pk).update(asked_at=now)
    if row.state == FieldIndex.State.WANTED:
        jobs.wake("fields")


def may_have(defined: Definition) -> bool:
    """Whether an index over a field makes sense: not over long texts."""
    return defined.kind != "long_text"


def bring_in_line() -> datetime | None:
    """Make the indexes that are needed and drop those that are not; answers when to look again.

    Outside of a transaction only: PostgreSQL makes an index concurrently nowhere else.
    """
    if connection.in_atomic_block:
        return None
    _want(_needed())
    now, made = clock.now(), 0
    for row in FieldIndex.objects.order_by("pk"):
        defined = definitions.known(row.of).get(row.key)
        if defined is None or defined.is_retired or name_of(defined) != row.name or row.asked_at < now - KEEP:
            _drop(row)
        elif row.state != FieldIndex.State.READY and (not row.made_at or row.made_at < now - AGAIN):
            made += _make(row, defined)
    for of in {row.of for row in FieldIndex.objects.all()} if made else ():
        database.execute(f"ANALYZE profile_{of}")
    first = FieldIndex.objects.order_by("asked_at").first()
    return max(first.asked_at + KEEP, now + AGAIN) if first else None


def _needed() -> list[Definition]:
    """The fields that stages ask many records for, and those whose values must be unique."""
    known = {of: definitions.known(of) for of in ("contact", "company")}
    wanted = {(of, key) for provide in FIELD_NEEDS for of, key in provide()}
    wanted |= {(of, key) for of, each in known.items() for key, defined in each.items() if defined.is_unique}
    return [known[of][key] for of, key in sorted(wanted) if key in known.get(of, {}) and may_have(known[of][key])]


def _want(needed: Iterable[Definition]) -> None:
    for defined in needed:
        FieldIndex.objects.update_or_create(
            name=name_of(defined),
            defaults={"asked_at": clock.now()},
            create_defaults={"of": defined.of, "key": defined.key, "shape": defined.shape, "asked_at": clock.now()},
        )


def _make(row: FieldIndex, defined: Definition) -> int:
    """Make an index; answers 1 where it was made. One that was cut short is dropped first."""
    if database.value(SQL["is_whole"], name=row.name):
        FieldIndex.objects.filter(pk=row.pk).update(state=FieldIndex.State.READY, made_at=clock.now(), trouble="")
        return 0
    over = (
        f"USING gin ({definitions.expression(defined, '')})"
        if row.shape == "set"
        else f"({definitions.expression(defined, '')}, id)"
    )
    try:
        database.execute(SQL["drop"].format(name=row.name))
        database.execute(SQL["make"].format(name=row.name, table=f"profile_{row.of}", over=over))
    except DatabaseError as error:
        log.warning("The index of a custom field could not be made.", field=row.key, why=str(error)[:200])
        state, trouble = FieldIndex.State.FAILED, str(error)[:250]
        FieldIndex.objects.filter(pk=row.pk).update(state=state, made_at=clock.now(), trouble=trouble)
        return 0
    FieldIndex.objects.filter(pk=row.pk).update(state=FieldIndex.State.READY, made_at=clock.now(), trouble="")
    return 1


def _drop(row: FieldIndex) -> None:
    database.execute(SQL["drop"].format(name=row.name))
    row.delete()
