"""Machine or human, counted: both numbers for a time, a campaign, an email or a channel, and what spoke for each."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from leadwright.capture import machines
from leadwright.kit import clock, database, sql
from leadwright.kit.registries import ACTIVITY_KINDS

SQL = sql.load("makers")
DAYS = (1, 7, 30, 90, 365)
BY: Mapping[str, tuple[str, str]] = {  # tab -> label, expression over the activity `a` and its campaign `c`
    "kind": ("What was done", "a.kind"),
    "channel": ("Channel", "a.channel"),
    "campaign": ("Campaign", "coalesce(c.name, '')"),
    "email": ("Email", "CASE WHEN a.object_kind = 'message' THEN a.name ELSE '' END"),
}
MACHINE_BELOW = 0.3


@dataclass(frozen=True)
class Question:
    """Which acts are asked about. Empty means any."""

    days: int = 30
    kind: str = ""
    channel: str = ""
    campaign: str = ""  # its id
    email: str = ""  # the subject
    reason: str = ""
    agent: str = ""
    network: str = ""
    maker: str = ""  # person, machine, unsure

    @property
    def since(self) -> datetime:
        """When the time begins."""
        return clock.now() - timedelta(days=self.days)


@dataclass(frozen=True)
class Line:
    """How many acts there were of one sort, by whom."""

    key: str
    label: str
    everything: int
    people: int
    machines: int

    @property
    def unsure(self) -> int:
        """Acts that count for nobody, though no machine is proved."""
        return self.everything - self.people - self.machines

    @property
    def share(self) -> float:
        """The share of people."""
        return self.people / self.everything if self.everything else 0.0


@dataclass(frozen=True)
class Act:
    """One act, with what spoke for and against a person."""

    id: UUID
    at: datetime
    label: str
    name: str
    human: float
    maker: str
    reasons: tuple[tuple[str, str], ...]  # what it is called, and what it means
    agent: str
    address: str
    contact_id: int | None
    contact: str
    is_marked: bool
    marked_by: str
    was_judged_again: bool


def total(question: Question) -> Any:
    """How many acts, by people, by machines, and judged again."""
    where, parameters = _where(question)
    return database.row(SQL["total"].format(where=where), **parameters)


def apart(question: Question, by: str) -> tuple[Any, list[Line]]:
    """The same as `total`, and the acts apart by kind, channel, campaign or email, the most first; in one scan."""
    where, parameters = _where(question)
    everything, *rows = database.rows(SQL["apart"].format(where=where, by=BY[by][1]), **parameters)
    return everything, [_line(row, _kind(row.key) if by == "kind" else row.key or "none") for row in rows]


def counts(question: Question, by: str) -> list[Line]:
    """The acts apart by kind, channel, campaign or email, the most first."""
    return apart(question, by)[1]


MOST_WEIGHED = 20_000  # acts whose evidence is counted, the latest: enough to say what comes often


def reasons(question: Question) -> list[Line]:
    """The acts by the evidence that spoke, the most frequent first; an act may have several."""
    where, parameters = _where(question)
    rows = database.rows(SQL["reasons"].format(where=where), most=MOST_WEIGHED, **parameters)
    return [_line(row, machines.say(row.key)) for row in rows]


def agents(question: Question) -> list[Line]:
    """The programs most often judged machines."""
    where, parameters = _where(question)
    rows = database.rows(SQL["agents"].format(where=where), most=MOST_WEIGHED, **parameters)
    return [_line(row, machines.agent_name(row.key)) for row in rows]


def networks(question: Question) -> list[Line]:
    """The networks most often judged machines."""
    where, parameters = _where(question)
    rows = database.rows(SQL["networks"].format(where=where), most=MOST_WEIGHED, **parameters)
    return [_line(row, row.key) for row in rows]


def sample(question: Question, limit: int = 40) -> list[Act]:
    """The latest acts."""
    where, parameters = _where(question)
    rows = database.rows(SQL["sample"].format(where=where), limit=limit, **parameters)
    return [
        Act(
            id=row.id,
            at=row.at,
            label=_kind(row.kind),
            name=row.name,
            human=row.human,
            maker=maker(row.human),
            reasons=tuple(_reason(reason) for reason in json.loads(row.reasons)),
            agent=machines.agent_name(row.user_agent) if row.user_agent is not None else "",
            address=row.address or "",
            contact_id=row.contact_id,
            contact=row.email or "",
            is_marked=row.is_marked,
            marked_by=row.marked_by or "",
            was_judged_again=row.human != row.human_at_first,
        )
        for row in rows
    ]


def emails(question: Question) -> list[str]:
    """The subjects of mails that something is known of."""
    return [row.name for row in database.rows(SQL["emails"], since=question.since)]


def maker(human: float) -> str:
    """Who most likely did it: person, machine or unsure."""
    return "person" if human >= machines.HUMAN else "machine" if human < MACHINE_BELOW else "unsure"


def _reason(key: str) -> tuple[str, str]:
    known = machines.EVIDENCE.get(key)
    return (known.say, known.because) if known else (key.replace("_", " "), "")


def _kind(key: str) -> str:
    return ACTIVITY_KINDS.get(key).label if key in ACTIVITY_KINDS else key


def _line(row: Any, label: str) -> Line:
    return Line(str(row.key or ""), label, row.everything, row.people, row.machines)


def _where(question: Question) -> tuple[str, dict[str, Any]]:
    """The condition of a question over the activity `a`, and its parameters."""
    parts = ["a.at >= %(since)s AND a.human IS NOT NULL"]
    parameters: dict[str, Any] = {"since": question.since}
    for name in ("kind", "channel"):
        if value := getattr(question, name):
            parts.append(f"a.{name} = %({name})s")
            parameters[name] = value
    if question.campaign.isdigit():
        parts.append("a.campaign_id = %(campaign)s::bigint")
        parameters["campaign"] = question.campaign[:18]
    if question.email:
        parts.append("a.object_kind = 'message' AND a.name = %(email)s")
        parameters["email"] = question.email
    if question.reason:
        parts.append("jsonb_exists(a.reasons, %(reason)s)")
        parameters["reason"] = question.reason
    if question.agent:
        parts.append("a.hit_id IN (SELECT id FROM capture_hit WHERE user_agent = %(agent)s)")
        parameters["agent"] = question.agent
    if question.network:
        parts.append("a.hit_id IN (SELECT id FROM capture_hit WHERE address <<= %(network)s::inet)")
        parameters["network"] = question.network
    limits = {"person": "a.human >= 0.5", "machine": "a.human < 0.3", "unsure": "a.human >= 0.3 AND a.human < 0.5"}
    if question.maker in limits:
        parts.append(limits[question.maker])
    return " AND ".join(parts), parameters
