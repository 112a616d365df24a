"""What is thought by now of who did an activity: later evidence, rules of the house, and marks by people.

Facts are never changed. A verdict stands beside its activity, and the view `capture_judged` shows what counts by now;
where it turns what counts, a fact `judged_again` names the activity, so that whoever follows the log hears of it
(`capture_told` tells it the activity once more). See docs/decisions/0019.

`capture_verdict` has no other writer than this module.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_network
from typing import Any, Literal

from leadwright.capture import activities
from leadwright.capture.models import HouseRule
from leadwright.kit import clock, database, jobs, sql
from leadwright.kit.registries import IDENTIFIERS
from leadwright.workspace import audit

SQL = sql.load("verdicts")
HUMAN = 0.5  # from here on an act counts as a person's
SAYS_PERSON, SAYS_MACHINE = 0.99, 0.01  # what a person's mark and a rule of the house are worth

Voice = Literal["by_person", "by_rule", "by_evidence"]


@dataclass(frozen=True, slots=True)
class Turned:
    """An activity of which something else counts now."""

    activity_id: uuid.UUID
    at: datetime
    subject_id: uuid.UUID
    kind: str
    name: str
    is_human: bool


@dataclass(frozen=True, slots=True)
class JudgedClick:
    """A click in a mail that was judged again: whether its browser tells anything of the contact after all."""

    visitor_id: uuid.UUID
    contact_uid: uuid.UUID
    message: int
    at: datetime
    is_human: bool


class BadRule(ValueError):
    """A rule of the house that cannot be kept, with a sentence that says how to mend it."""


def hold() -> None:
    """Nobody else decides until the transaction ends, so that what counted before is known."""
    database.rows(SQL["alone"])


def decide(voice: Voice, query: str, **parameters: Any) -> list[Turned]:
    """Let one voice speak about the activities that a query tells (`decide` in the SQL), in the caller's transaction.

    Answers those of which something else counts now; each of them is told to the log.
    """
    hold()
    spoken = {name: f"v.{name}" for name in ("by_person", "by_rule", "by_evidence")} | {voice: f"excluded.{voice}"}
    rows = database.rows(SQL["decide"].format(query=query, voice=voice, **spoken), now=clock.now(), **parameters)
    turned = [
        Turned(row.activity_id, row.at, row.subject_id, row.kind, row.name, row.human >= HUMAN)
        for row in rows
        if (row.was >= HUMAN) != (row.human >= HUMAN)
    ]
    activities.record(
        activities.Fact(
            at=clock.now(),
            subject_id=each.subject_id,
            kind="judged_again",
            name=f"{each.name or each.kind}: a {'person' if each.is_human else 'machine'} did it",
            object_kind="activity",
            object_id=str(each.activity_id),
            properties={"at": each.at.isoformat(), "kind": each.kind, "is_human": each.is_human},
        )
        for each in turned
    )
    _tell_identifiers([each for each in turned if each.kind == "email_clicked"])
    return turned


def _tell_identifiers(clicks: Sequence[Turned]) -> None:
    """A machine's click told nothing of whose browser it was; a person's does."""
    if not clicks:
        return
    is_human = {each.activity_id: each.is_human for each in clicks}
    contacts = sorted({each.subject_id for each in clicks})
    found = [
        JudgedClick(row.visitor_id, row.contact_uid, row.message, row.at, is_human[row.activity_id])
        for row in database.rows(SQL["clicks"], contacts=contacts, activities=list(is_human))
    ]
    for each in IDENTIFIERS:
        if found and each.judged_again:
            each.judged_again(found)


def mark(activity_ids: Sequence[uuid.UUID], *, is_person: bool | None, by: Any) -> list[Turned]:
    """Somebody says who did some activities; None takes the mark back. Stands in the trail; answers what turned."""
    human = None if is_person is None else SAYS_PERSON if is_person else SAYS_MACHINE
    with database.atomic():
        found = database.rows(SQL["find"], ids=list(activity_ids))
        said = {None: "took back who did", True: "marked as a person's", False: "marked as a machine's"}[is_person]
        for row in found:
            entry = audit.note(by, said, "activity", row.id)
        if not found:
            return []
        return decide(
            "by_person",
            SQL["chosen"],
            ids=[row.id for row in found],
            ats=[row.at for row in found],
            human=human,
            by=entry.actor,
        )


def make_rule(kind: str, pattern: str, *, is_person: bool, by: Any) -> HouseRule:
    """Keep a rule of the house. It holds for all that comes from now on; `house_rules` judges the past by it."""
    pattern = checked(kind, pattern)
    if HouseRule.objects.filter(kind=kind, pattern=pattern, ended_at=None).exists():
        raise BadRule(f"There is a rule for {pattern} already; end it first.")
    with database.atomic():
        entry = audit.note(by, "made a rule of the house", kind, pattern, is_person=is_person)
        rule = HouseRule.objects.create(kind=kind, pattern=pattern, is_person=is_person, made_by=entry.actor)
        jobs.wake("rules")
    return rule


def end_rule(rule: HouseRule, by: Any) -> None:
    """End a rule of the house; `house_rules` takes back what it decided about the past, and no other rule says, too."""
    with database.atomic():
        entry = audit.note(by, "ended a rule of the house", rule.kind, rule.pattern)
        HouseRule.objects.filter(pk=rule.pk, ended_at=None).update(
            ended_at=clock.now(), ended_by=entry.actor, is_settled=False, past_to=None, past_total=0, past_done=0
        )
        jobs.wake("rules")


def checked(kind: str, pattern: str) -> str:
    """A rule's pattern as it is kept; raises BadRule where it cannot be used, or would hit nearly everybody."""
    pattern = pattern.strip()[:250]
    if kind == HouseRule.Kind.NETWORK:
        try:
            network = ip_network(pattern, strict=False)
        except ValueError:
            raise BadRule("A network is written as 192.0.2.0/24, 2001:db8::/32 or one address.") from None
        if network.prefixlen < (8 if network.version == 4 else 16):
            raise BadRule("That network is too large a part of the world; name a smaller one.")
        return str(network)
    if len(pattern) < 4:
        raise BadRule("Write at least four letters of the program's name.")
    return pattern


def holding() -> list[Any]:
    """The rules of the house that hold: (id, kind, pattern, is_person)."""
    return database.rows(SQL["rules"])
