"""Journeys run: all who are due at a step take it together, exactly once, and nobody who fails stops the others."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import InterfaceError, OperationalError
from django.db.transaction import TransactionManagementError

from leadwright.capture import activities
from leadwright.kit import clock, database, jobs, sql
from leadwright.kit.registries import JOURNEY_STEPS
from leadwright.nurture import enrollments, rules
from leadwright.nurture.models import Journey, Step
from leadwright.nurture.steps import Batch, Outcome, Outcomes, Person

log = structlog.get_logger()

SQL = sql.load("journeys")
LIMIT = 20_000
HOPELESS = 8  # so many single failures without one success: the step itself is broken

# Trouble of the database, not of a row: the sweep comes again.
PASSING = (OperationalError, InterfaceError, TransactionManagementError)

STATE_AT_THE_END = {"next": "done", "other": "done", "end": "exited"}


def activate(journey: Journey) -> None:
    """Let a published journey run: from now on its trigger lets people in, and those inside move on."""
    if not journey.versions.filter(is_current=True).exists():
        raise ValueError("Publish this journey first; only a published version can run.")
    Journey.objects.filter(pk=journey.pk, is_active=False).update(is_active=True, active_since=clock.now())
    jobs.wake("journeys")


def pause(journey: Journey) -> None:
    """Stop a journey where it stands: nobody enters, and whoever is inside rests until it runs again."""
    Journey.objects.filter(pk=journey.pk).update(is_active=False)


def advance() -> datetime | None:
    """Move everyone who is due, in sets, until nobody is; answers when the next one is."""
    taken = True
    while taken:
        steps = database.rows(SQL["due_steps"], now=clock.now(), since=clock.since())
        taken = sum(take(_step(row.id), clock.now()) for row in steps) > 0
    due: datetime | None = database.value(SQL["next_due"], since=clock.since())
    # Somebody may be due and yet held by another transaction; a moment later he is free.
    return due and max(due, clock.now() + timedelta(seconds=1))


def _step(step_id: int) -> Step:
    return Step.objects.select_related("version__journey", "next_step", "other_step").get(pk=step_id)


def take(step: Step, now: datetime, limit: int = LIMIT) -> int:
    """Let the next of those who are due at a step take it; answers how many did.

    Where it fails, the set is halved until the rows that fail stand alone; they are postponed, and at last set aside.
    """
    claimed: list[Person] = []
    try:
        with database.atomic():
            claimed += [Person(*row) for row in _due(step, now, limit)]
            _advance(step, claimed, now)
        return len(claimed)
    except PASSING:
        raise
    except Exception as error:  # noqa: BLE001  whatever a kind of step may raise
        log.warning("step failed", step=step.pk, people=len(claimed), error=str(error))
        return _take_apart(step, [person.enrollment_id for person in claimed], now, error)


def _due(step: Step, now: datetime, limit: int) -> list[Any]:
    return database.rows(SQL["due"], step=step.pk, now=now, since=clock.since(), limit=limit)


def _take_among(step: Step, ids: Sequence[int], now: datetime) -> int:
    with database.atomic():
        people = [Person(*row) for row in database.rows(SQL["due_among"], ids=ids, step=step.pk, now=now)]
        _advance(step, people, now)
    return len(people)


def _take_apart(step: Step, ids: list[int], now: datetime, error: Exception) -> int:
    """Take what can be taken of a set that failed as a whole; nobody else waits for a row that fails."""
    if len(ids) == 1:
        _postpone(step, ids, now, error)
        return 0
    taken = failed = 0
    parts = list(rules.halves(ids))[::-1]
    while parts:
        part = parts.pop()
        try:
            taken += _take_among(step, part, now)
        except PASSING:
            raise
        except Exception as fault:  # noqa: BLE001  as above
            if len(part) > 1:
                parts += list(rules.halves(part))[::-1]
                continue
            failed += 1
            if failed >= HOPELESS and not taken:
                _postpone(step, part + [each for rest in parts for each in rest], now, fault)
                break
            _postpone(step, part, now, fault)
    return taken


def _postpone(step: Step, ids: list[int], now: datetime, error: Exception) -> None:
    text = f"{type(error).__name__}: {' '.join(str(error).split())}"
    rests = [rules.retry_after(failures) for failures in range(1, rules.FAILURES_ALLOWED + 1)]
    rows = database.rows(
        SQL["postpone"], ids=ids, step=step.pk, now=now, error=text, allowed=rules.FAILURES_ALLOWED, rests=rests
    )
    aside = sum(row.is_aside for row in rows)
    if aside:
        log.error("set aside", journey=step.version.journey.name, step=step.label, people=aside, error=text)


@dataclass
class _Moves:
    """What becomes of a batch: who goes which of a few ways, as columns of one statement."""

    ids: list[int] = field(default_factory=list)
    ways: list[int] = field(default_factory=list)
    numbers: dict[tuple[Outcome, int | None, datetime | None], int] = field(default_factory=dict)
    ended: list[int] = field(default_factory=list)


def _advance(step: Step, people: list[Person], now: datetime) -> None:
    """Take a step with everyone claimed, and move them on, in the current transaction."""
    if not people:
        return
    outcomes: Outcomes = JOURNEY_STEPS.get(step.kind).advance(Batch(step, people, now))
    moves = _moves(step, people, outcomes, now)
    ways = list(moves.numbers)
    database.execute(
        SQL["settle"],
        step=step.pk,
        now=now,
        ids=moves.ids,
        ways=moves.ways,
        numbers=list(moves.numbers.values()),
        outcomes=[outcome.name[:40] for outcome, _, _ in ways],
        whys=[outcome.why[:250] for outcome, _, _ in ways],
        to_steps=[to_step for _, to_step, _ in ways],
        dues=[due_at for _, _, due_at in ways],
        states=[STATE_AT_THE_END[outcome.way] if to_step is None else "active" for outcome, to_step, _ in ways],
    )
    if moves.ended:
        activities.record_from(enrollments.SQL["ended"], ids=moves.ended)


def _moves(step: Step, people: list[Person], outcomes: Outcomes, now: datetime) -> _Moves:
    targets = {"next": step.next_step, "other": step.other_step, "end": None}
    rests: dict[str, dict[int, datetime]] = {}
    for way, target in targets.items():
        if target is not None and JOURNEY_STEPS.get(target.kind).waits:
            going = [person.contact_id for person in people if outcomes.of(person.enrollment_id).way == way]
            rests[way] = enrollments.due_at(target, going, now) if going else {}
    moves = _Moves()
    known: dict[
        tuple[int, datetime | None], int
    ] = {}  # most have the same outcome; to compare it by value takes longer
    for enrollment_id, contact_id in people:
        outcome = outcomes.of(enrollment_id)
        target = targets[outcome.way]
        due = None if target is None else rests.get(outcome.way, {}).get(contact_id, now)
        number = known.get((id(outcome), due))
        if number is None:
            taken = (outcome, target.pk if target else None, due)
            number = known[id(outcome), due] = moves.numbers.setdefault(taken, len(moves.numbers))
        moves.ids.append(enrollment_id)
        moves.ways.append(number)
        if target is None:
            moves.ended.append(enrollment_id)
    return moves
