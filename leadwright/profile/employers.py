"""Which firm somebody works for, as the site's own server tells it with Segment's `group`: by domain, else by name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from leadwright.kit import clock, database, jobs, numbers, sql
from leadwright.profile import companies, rules

SQL = sql.load("employers")
SOURCE = "group"
MOST_PEOPLE = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Told:
    """What is told of a contact's firm."""

    contact_id: int
    at: datetime
    traits: Mapping[str, Any]


def belong(told: Sequence[Told]) -> None:
    """Give contacts the firms that are told, made where absent, and keep what is told of them; the last word holds.

    A firm without a name and without a domain of its own changes nothing.
    """
    firms = [_firm(each.traits) for each in told]
    found = companies.ensure([(firm.domain, firm.name) for firm in firms])
    people = {each.contact_id: (company, each.at) for each, company in zip(told, found, strict=True) if company}
    known = {company: firm for firm, company in zip(firms, found, strict=True) if company}
    if not people:
        return
    database.execute(
        SQL["fill"],
        ids=list(known),
        names=[firm.name for firm in known.values()],
        industries=[firm.industry for firm in known.values()],
        sizes=[firm.size for firm in known.values()],
        cities=[firm.city for firm in known.values()],
        source=SOURCE,
        now=clock.now(),
    )
    moved = database.execute(
        SQL["belong"],
        contacts=list(people),
        companies=[company for company, _ in people.values()],
        ats=[at for _, at in people.values()],
        source=SOURCE,
        now=clock.now(),
    )
    if moved:
        jobs.wake("contacts")


@dataclass(frozen=True, slots=True)
class _Firm:
    domain: str
    name: str
    industry: str
    size: int | None
    city: str


def _firm(traits: Mapping[str, Any]) -> _Firm:
    domain = next((found for key in ("domain", "website", "email") if (found := _domain(traits.get(key)))), "")
    size = traits.get("employees", traits.get("size"))
    number = numbers.whole(str(size).strip()) if isinstance(size, int | float | str) else None
    address = traits.get("address")
    city = address.get("city") if isinstance(address, Mapping) else traits.get("city")
    return _Firm(
        domain,
        _text(traits.get("name") or traits.get("company"), 200),
        _text(traits.get("industry"), 120),
        number if number is not None and 0 < number <= MOST_PEOPLE else None,
        _text(city, 120),
    )


def _domain(value: Any) -> str:
    return rules.company_domain(value[:500]) if isinstance(value, str) else ""


def _text(value: Any, longest: int) -> str:
    return value.strip()[:longest].strip() if isinstance(value, str) else ""
