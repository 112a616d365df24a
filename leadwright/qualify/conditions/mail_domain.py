"""Whether the contact's address is of free mail, a throw-away one, or a firm's own."""

from functools import lru_cache
from typing import ClassVar

from leadwright.kit import domains
from leadwright.kit.registries import CONDITIONS
from leadwright.qualify.conditions.base import Condition, Facts, Parameters, Setting, Settings

IS = (
    ("free", "is of free mail"),
    ("disposable", "is a throw-away one"),
    ("firm", "is a firm's own"),
    ("none", "is not known"),
)


class MailDomain(Condition):
    """By our lists of mail domains, and by what the firm says of them under Settings."""

    key: ClassVar[str] = "mail_domain"
    label: ClassVar[str] = "Kind of address"
    for_fit: ClassVar[bool] = True

    def form(self, settings: Settings) -> list[Setting]:
        """Which kind."""
        return [Setting("is", "The address", "choice", IS)]

    def sql(self, settings: Settings, params: Parameters) -> str:
        """Some thousand domains, hashed once a statement; read from the contact itself."""
        wanted = str(settings.get("is") or "free")
        domain = "split_part(coalesce(c.email_key, ''), '@', 2)"
        if wanted == "none":
            return f"{domain} = ''"
        if wanted == "firm":
            others = params.add(sorted(_names("free") | _names("disposable")))
            return f"({domain} <> '' AND NOT {domain} = ANY ({others}::text[]))"
        return f"{domain} = ANY ({params.add(sorted(_names(wanted)))}::text[])"

    def topics(self, settings: Settings) -> frozenset[str]:
        """The contact, whose address may change."""
        return frozenset({"contact"})

    def holds(self, settings: Settings, facts: Facts) -> bool:
        """The same over the address."""
        return _kind(facts) == str(settings.get("is") or "free")

    def words(self, settings: Settings) -> str:
        """Such as: address is of free mail."""
        return f"address {dict(IS).get(str(settings.get('is') or 'free'), IS[0][1])}"

    def why(self, settings: Settings, facts: Facts) -> str:
        """What is so."""
        return f"The address {dict(IS)[_kind(facts)]}."


def _kind(facts: Facts) -> str:
    domain = _domain(facts)
    if not domain:
        return "none"
    if domain in _names("disposable"):
        return "disposable"
    return "free" if domain in _names("free") else "firm"


def _domain(facts: Facts) -> str:
    return str(facts.contact.get("email_key") or "").partition("@")[2]


def _names(kind: str) -> frozenset[str]:
    return _listed(kind, domains.version())


@lru_cache(maxsize=8)
def _listed(kind: str, _: int) -> frozenset[str]:
    return frozenset(domains.listed(kind))


CONDITIONS.add(MailDomain.key, MailDomain(), order=55)
