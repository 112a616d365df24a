"""Contacts on their way: letting them in, in sets and once, and taking them out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from leadwright.capture import activities
from leadwright.kit import clock, database, jobs, sql
from leadwright.kit.registries import JOURNEY_STEPS
from leadwright.nurture import rules
from leadwright.nurture.models import Admission, Journey, Step
from leadwright.qualify.models import Segment
from leadwright.workspace.models import User, Workspace

SQL = sql.load("enrollments")
CHUNK = 20_000
KNOCKS_KEPT = timedelta(days=1)


def follow() -> None:
    """Let in, exactly once, everyone who did what a running journey waits for, as soon as we know who it was."""
    activities.follow("nurture.enroll", _note)
    while _let_in_known() == CHUNK:
        pass
    database.execute(SQL["forget_knocks"], before=clock.now() - KNOCKS_KEPT)


def _note(span: activities.Span) -> None:
    database.execute(SQL["knock"].format(within=activities.WITHIN, live=activities.LIVE), **span.parameters)


def _let_in_known() -> int:
    with database.atomic():
        known = database.rows(SQL["known"], limit=CHUNK)
        if known:
            subjects, journeys, causes, ats, whys = (list(column) for column in zip(*known, strict=True))
            _enroll(SQL["knockers"], subjects=subjects, journeys=journeys, activities=causes, ats=ats, whys=whys)
    return len(known)


def enroll(journey: Journey, contact_ids: Sequence[int], *, cause: str, why: str) -> int:
    """Let chosen contacts in, unless they are inside or the re-entry rule keeps them out; answers how many entered.

    The same cause lets a contact in once, however often it is said.
    """
    with database.atomic():
        return _enroll(SQL["chosen"], journey=journey.pk, contacts=list(contact_ids), cause=cause[:120], why=why)


def _enroll(candidates: str, **parameters: Any) -> int:
    """Let candidates in, in the current transaction; see `enroll` in the SQL."""
    now = clock.now()
    entered = database.rows(SQL["enroll"].format(candidates=candidates), now=now, **parameters)
    if not entered:
        return 0
    steps = {step.pk: step for step in Step.objects.filter(pk__in={row.step_id for row in entered})}
    for step in steps.values():
        if JOURNEY_STEPS.get(step.kind).waits:
            here = [row for row in entered if row.step_id == step.pk]
            dues = due_at(step, [row.contact_id for row in here], now)
            database.execute(SQL["rest"], ids=[row.id for row in here], dues=[dues[row.contact_id] for row in here])
    activities.record_from(SQL["entered"], ids=[row.id for row in entered])
    jobs.wake("journeys")
    return len(entered)


def due_at(step: Step, contact_ids: Sequence[int], now: datetime) -> dict[int, datetime]:
    """When each contact who arrives at a waiting step now takes it, by his own time zone."""
    kind = JOURNEY_STEPS.get(step.kind)
    fallback = Workspace.objects.values_list("time_zone", flat=True).first() or "UTC"
    dues: dict[int, datetime] = {}
    for zone, ids in database.rows(SQL["zones"], contacts=list(contact_ids)):
        dues |= dict.fromkeys(ids, kind.due_at(step.settings, now, rules.zone(zone or fallback, fallback)))
    return dues


@dataclass(frozen=True)
class Forecast:
    """What letting in a segment would do."""

    members: int
    entering: int

    @property
    def staying(self) -> int:
        """Members who are inside already, or whom the re-entry rule keeps out."""
        return self.members - self.entering


def forecast(journey: Journey, segment: Segment) -> Forecast:
    """How many of a segment would enter a journey now."""
    return Forecast(*database.row(SQL["would_enter"], journey=journey.pk, segment=segment.pk, now=clock.now()))


def admit(journey: Journey, segment: Segment, *, token: str, actor: str, user: User | None = None) -> Admission:
    """Ask that everyone in a segment enters; done in the background, in chunks. The same token asks once."""
    admission, is_new = Admission.objects.get_or_create(
        token=token,
        defaults={
            "journey": journey,
            "segment": segment,
            "actor": actor[:80],
            "user": user,
            "asked_at": clock.now(),
        },
    )
    if is_new:
        jobs.wake("journeys")
    return admission


def admit_asked() -> None:
    """Let in the segments that users asked for, a chunk and its checkpoint in one transaction."""
    for admission in Admission.objects.filter(done_at=None).select_related("journey", "segment").order_by("pk"):
        while _admit_chunk(admission):
            pass


def _admit_chunk(admission: Admission) -> bool:
    with database.atomic():
        held = Admission.objects.select_for_update().get(pk=admission.pk)
        segment, after = held.segment_id, held.last_contact_id
        upto = database.value(SQL["members_reach"], segment=segment, after=after, limit=CHUNK)
        if held.done_at or upto is None:
            Admission.objects.filter(pk=held.pk, done_at=None).update(done_at=clock.now())
            return False
        held.enrolled += _enroll(
            SQL["members"],
            journey=held.journey_id,
            segment=segment,
            after=after,
            upto=upto,
            cause=f"admission:{held.pk}",
            why=f"{held.actor} let in the segment “{admission.segment}”",
        )
        held.last_contact_id = upto
        held.save(update_fields=["enrolled", "last_contact_id"])
    return True


def again(enrollment_ids: Iterable[int]) -> int:
    """Let those who were set aside try their step again; answers how many do."""
    found = database.rows(SQL["again"], ids=list(enrollment_ids), now=clock.now())
    jobs.wake("journeys")
    return len(found)


def take_out(enrollment_ids: Iterable[int], *, why: str) -> int:
    """End enrollments by hand; answers how many were on their way."""
    with database.atomic():
        found = [row.id for row in database.rows(SQL["take_out"], ids=list(enrollment_ids), now=clock.now(), why=why)]
        if found:
            activities.record_from(SQL["ended"], ids=found)
    return len(found)
