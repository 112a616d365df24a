"""The buying group of a company: who is in it, in which role, how much they did lately, and who is missing.

Reads contacts, identities and activities; one statement for the figures of all people shown.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F

from leadwright.attract.models import Persona
from leadwright.kit import clock, database, sql
from leadwright.profile.models import BuyingRole, Company, Contact
from leadwright.workspace.models import User

SQL = sql.load("groups")
SHOWN = 60
DAYS = 90
# What each role is, for whoever has to choose one.
MEANINGS = {
    BuyingRole.DECIDER: "says yes or no",
    BuyingRole.ECONOMIC: "has the budget",
    BuyingRole.INFLUENCER: "is asked for an opinion",
    BuyingRole.USER: "will work with it",
    BuyingRole.GATEKEEPER: "lets others through, or not",
}


@dataclass(frozen=True)
class Member:
    """Somebody of the group, with what she did lately."""

    contact: Contact
    acts: int  # by people, in the last DAYS days
    last_at: datetime | None
    share: int  # of the busiest member's acts, in percent


@dataclass(frozen=True)
class Seat:
    """A role, and who has it."""

    key: str
    label: str
    meaning: str
    members: Sequence[Member]


@dataclass(frozen=True)
class Group:
    """A company's people as a buying group."""

    members: Sequence[Member]
    total: int
    seats: Sequence[Seat]
    personas: Sequence[tuple[Persona, Sequence[Member]]]

    @property
    def covered(self) -> int:
        """How many roles somebody has."""
        return sum(bool(seat.members) for seat in self.seats)

    @property
    def missing(self) -> list[str]:
        """The roles that nobody has."""
        return [seat.label.lower() for seat in self.seats if not seat.members]

    @property
    def absent(self) -> list[Persona]:
        """The personas that nobody here is."""
        return [persona for persona, members in self.personas if not members]

    @property
    def without(self) -> list[Member]:
        """Those without a role."""
        return [member for member in self.members if not member.contact.buying_role]

    @property
    def silent(self) -> int:
        """How many did nothing lately."""
        return sum(not member.acts for member in self.members)

    @property
    def say(self) -> str:
        """The group in one sentence."""
        if not self.members:
            return "Nobody is known here yet."
        if not self.missing:
            return "All roles are covered."
        if not self.covered:
            return "No roles are known yet. Say who decides, who pays, who is asked and who uses it."
        return f"{self.covered} of {len(self.seats)} roles are covered; missing: {', '.join(self.missing)}."


def of_company(company: Company, user: User) -> Group:
    """The group of a company, over the contacts that the user may see, the latest seen first."""
    visible = Contact.objects.visible_to(user).filter(company=company)
    latest = visible.select_related("persona", "owner").defer("custom", "origins")
    people = list(latest.order_by(F("last_seen_at").desc(nulls_last=True), "pk")[:SHOWN])
    since = clock.now() - timedelta(days=DAYS)
    found = {row.contact_id: row for row in database.rows(SQL["acts"], contacts=[p.pk for p in people], since=since)}
    most = max((row.acts for row in found.values()), default=0) or 1
    members = []
    for person in people:
        row = found.get(person.pk)
        acts = row.acts if row else 0
        last_at = row.last_at if row else person.last_seen_at
        members.append(Member(person, acts, last_at, round(100 * acts / most)))
    members.sort(key=lambda member: (-member.acts, member.contact.last_name, member.contact.pk))
    seats = [
        Seat(role.value, str(role.label), MEANINGS[role], [m for m in members if m.contact.buying_role == role.value])
        for role in BuyingRole
    ]
    personas = [(each, [m for m in members if m.contact.persona_id == each.pk]) for each in Persona.objects.all()]
    total = visible.count() if len(people) == SHOWN else len(people)
    return Group(members, total, seats, personas)
