"""Leads for the tests of `measure`, put straight into the tables: what is tested is counting, not qualifying."""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from leadwright.measure import questions
from leadwright.measure.questions import Question
from leadwright.profile.models import Contact
from leadwright.qualify.models import Lead, Reason, StageMove
from leadwright.workspace.models import Role, User

OLIST = Path(__file__).resolve().parents[2] / ".." / "shared" / "data" / "olist"
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
needs_olist = pytest.mark.skipif(not OLIST.is_dir(), reason="the Olist files are not in ../shared/data/olist")


@dataclass
class Way:
    """A lead to make: when it was opened, and (stage, days later) for each move."""

    opened_at: datetime = NOW - timedelta(days=10)
    moves: tuple[tuple[str, float], ...] = ()
    name: str = ""
    reason: str = ""
    more: dict[str, Any] = field(default_factory=dict)


def make(ways: Iterable[Way]) -> list[Lead]:
    """Write contacts, leads and their moves, in sets."""
    ways = list(ways)
    contacts = Contact.objects.bulk_create(
        Contact(first_name=way.name, external_id=None, created_at=way.opened_at) for way in ways
    )
    reasons: dict[tuple[str, str], Reason] = {}
    leads, moves = [], []
    for way, contact in zip(ways, contacts, strict=True):
        stage = way.moves[-1][0] if way.moves else "new"
        last = way.opened_at + timedelta(days=max(way.moves[-1][1] if way.moves else 0, 0))
        if way.reason and (stage, way.reason) not in reasons:
            reasons[stage, way.reason] = Reason.objects.create(stage=stage, label=way.reason)
        closed = way.opened_at + timedelta(days=way.moves[-1][1]) if stage in {"won", "lost"} else None
        leads.append(
            Lead(
                contact=contact,
                stage=stage,
                opened_at=way.opened_at,
                stage_since=last,
                closed_at=closed,
                reason=reasons.get((stage, way.reason)),
                **way.more,
            )
        )
    leads = Lead.objects.bulk_create(leads)
    for way, lead in zip(ways, leads, strict=True):
        before, at = "new", way.opened_at
        moves.append(StageMove(lead=lead, from_stage="", to_stage="new", at=at, actor="test"))
        for stage, days in way.moves:
            at = max(at, way.opened_at + timedelta(days=days))  # as qualify does: history runs forward
            moves.append(StageMove(lead=lead, from_stage=before, to_stage=stage, at=at, actor="test"))
            before = stage
    StageMove.objects.bulk_create(moves)
    return leads


def make_olist() -> None:
    """Olist's 8,000 leads and 842 outcomes, as its two files say it."""
    with (OLIST / "olist_closed_deals_dataset.csv").open() as file:
        deals: Mapping[str, dict[str, str]] = {row["mql_id"]: row for row in csv.DictReader(file)}
    ways = []
    with (OLIST / "olist_marketing_qualified_leads_dataset.csv").open() as file:
        for row in csv.DictReader(file):
            opened = datetime.fromisoformat(row["first_contact_date"]).replace(tzinfo=UTC)
            more: dict[str, Any] = {"external_id": row["mql_id"], "source": row["origin"]}
            moves: tuple[tuple[str, float], ...] = ()
            if deal := deals.get(row["mql_id"]):
                won = datetime.fromisoformat(deal["won_date"]).replace(tzinfo=UTC)
                moves = (("won", (won - opened) / timedelta(days=1)),)
                more["value"] = Decimal(deal["declared_monthly_revenue"] or 0)
            ways.append(Way(opened, moves, more=more))
    make(ways)


def ask(**asked: Any) -> Question:
    """A question over all time, unless told otherwise."""
    viewer = asked.pop("viewer", None)
    return questions.parse({"period": "all"} | asked, viewer=viewer)


def user(email: str, role: str = Role.HEAD) -> User:
    """Somebody who signs in."""
    return User.objects.create_user(email, name=email.partition("@")[0].title(), role=role)
