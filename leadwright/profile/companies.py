"""Companies, found or made in sets: by domain, else by name; never by a free-mail domain."""

from collections.abc import Mapping, Sequence
from typing import Any

from leadwright.kit import clock, database, jobs, sql
from leadwright.profile.fields import definitions
from leadwright.profile.fields.values import BadValue
from leadwright.profile.models import Company

SQL = sql.load("companies")
FIELDS = ("name", "domain", "industry", "size", "country", "city", "custom")


def ensure(wanted: Sequence[tuple[str, str]]) -> list[int | None]:
    """The companies for (domain, name) pairs, made where absent; None where both are empty.

    A domain decides; a name alone finds the firm that is written the same, whatever the case.
    """
    domains: dict[str, str] = {}
    names: dict[str, str] = {}
    for domain, name in wanted:
        if domain:
            domains[domain] = domains.get(domain) or name or domain
        elif name:
            names.setdefault(name.lower(), name)
    by_domain, by_name = _by_domain(domains), _by_name(names)
    return [by_domain[domain] if domain else by_name[name.lower()] if name else None for domain, name in wanted]


def _by_domain(domains: dict[str, str]) -> dict[str, int]:
    if not domains:
        return {}
    keys = sorted(domains)
    database.execute(SQL["make"], domains=keys, names=[domains[key] for key in keys], now=clock.now())
    return {row.domain: row.id for row in database.rows(SQL["by_domain"], domains=keys)}


def _by_name(names: dict[str, str]) -> dict[str, int]:
    if not names:
        return {}
    keys = sorted(names)
    parameters = {"keys": keys, "names": [names[key] for key in keys], "now": clock.now()}
    database.execute(SQL["lock_names"], keys=keys)
    database.execute(SQL["make_named"], **parameters)
    return {row.key: row.id for row in database.rows(SQL["by_name"], keys=keys)}


@database.atomic
def change(company_id: int, told: Mapping[str, Any], source: str = "") -> None:
    """Change what is told of a company, with where it came from; None empties a field. Raises BadValue."""
    given = {name: value for name, value in told.items() if name in FIELDS}
    for name in ("industry", "country", "city", "name"):
        if name in given:
            given[name] = (given[name] or "").strip()
    if given.get("name") == "":
        del given["name"]
    if not given:
        return
    company = Company.objects.select_for_update().only("custom", "origins", "domain").get(pk=company_id)
    names = [name for name in given if name != "custom"]
    if "custom" in given:
        own = definitions.read(definitions.known("company"), given["custom"] or {})
        if own.wrong:
            raise BadValue(" ".join(own.wrong.values()))
        _check_unique(company_id, own.values)
        merged = company.custom | own.values
        given["custom"] = {key: value for key, value in merged.items() if value is not None}
        names += [f"custom.{key}" for key in own.values]
    if source:
        origin = {"from": source, "at": clock.now().isoformat()}
        given["origins"] = company.origins | dict.fromkeys(names, origin)
    if "domain" in given:
        rehome(company_id, company.domain, given["domain"] or None)
    Company.objects.filter(pk=company_id).update(**given, updated_at=clock.now())
    if given.get("domain"):
        take_in(company_id, given["domain"])


def _check_unique(company_id: int, told: Mapping[str, Any]) -> None:
    known = definitions.known("company")
    filled = {known[key]: value for key, value in told.items() if key in known and value is not None}
    unique = [(each, value) for each, value in filled.items() if each.is_unique]
    if unique:
        definitions.hold([each for each, _ in unique])
        found = zip(unique, definitions.holders(unique), strict=True)
        if taken := [definitions.say_taken(each) for (each, _), ids in found if ids - {company_id}]:
            raise ValueTaken(" ".join(taken))


class ValueTaken(BadValue):
    """Another company has a value that must be unique."""


class DomainTaken(ValueError):
    """The domain is another company's already; the message names it."""


def rehome(company_id: int, before: str | None, after: str | None) -> None:
    """A company's domain changes: who still writes from the old one belongs to it. Raises DomainTaken."""
    if before == after:
        return
    if after and (other := database.row(SQL["other_with"], company=company_id, domain=after)):
        raise DomainTaken(f"The domain {after} belongs to {other.name}; merge the two companies instead.")
    database.execute(SQL["domain_goes"], company=company_id, before=before, after=after, now=clock.now())


def take_in(company_id: int, domain: str) -> int:
    """People without a company who write from a domain belong to its company now; answers how many."""
    count = database.execute(SQL["take_in"], company=company_id, domain=domain, now=clock.now())
    if count:
        jobs.wake("contacts")
    return count
