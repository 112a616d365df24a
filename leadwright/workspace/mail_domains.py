"""What the firm says of mail domains, over our own lists: free mail, throw-away, or a firm's own.

Promise: what is said holds from then on in every process, within seconds, wherever a domain is judged: companies by
domain, forms, imports, the API, the conditions of segments and scores. What is there already stays as it is.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from leadwright.kit import clock, domains
from leadwright.workspace.models import MailDomain, User


class NoDomain(ValueError):
    """What was given is no mail domain; the message says how to mend it."""


def said() -> Iterable[tuple[str, str]]:
    """Each domain and its kind. A few rows."""
    return list(MailDomain.objects.values_list("domain", "kind"))


def ours(domain: str) -> str:
    """What our own lists say: free, disposable or firm."""
    parts = domains.extract(domain)
    brand, suffix = parts.domain, parts.suffix
    if domain in domains.DISPOSABLE:
        return MailDomain.Kind.DISPOSABLE
    is_free = (
        domain in domains.added()
        or suffix in domains.FREE_EXACT.get(brand, ())
        or (brand not in domains.FREE_EXACT and brand in domains.FREE_BRANDS and suffix in domains.FREE_SUFFIXES)
    )
    return MailDomain.Kind.FREE if is_free else MailDomain.Kind.FIRM


def kind_of(domain: str) -> str:
    """What holds for a domain: free, disposable or firm."""
    if domains.is_disposable(domain):
        return MailDomain.Kind.DISPOSABLE
    return MailDomain.Kind.FREE if domains.is_free_mail(domain) else MailDomain.Kind.FIRM


EFFECTS = {
    MailDomain.Kind.FREE: "anybody gets an address there, so no company is made of it from now on.",
    MailDomain.Kind.DISPOSABLE: "addresses there are taken for throw-away, so no company is made of it from now on.",
    MailDomain.Kind.FIRM: "it is a firm's own, so from now on people with an address there belong to that company.",
}


def effect(kind: str) -> str:
    """What it means for what comes, as the end of a sentence."""
    return EFFECTS[MailDomain.Kind(kind)]


@dataclass(frozen=True)
class Found:
    """What holds for one domain."""

    domain: str
    kind: str
    label: str
    is_said: bool


def look_up(text: str) -> Found:
    """What holds for a domain or an address, and by whose word."""
    domain = read(text)
    domains.refresh(now=True)
    kind = kind_of(domain)
    above = domains.extract(domain).top_domain_under_public_suffix
    is_said = bool(domains.kind_said(domain, above))
    return Found(domain, kind, str(MailDomain.Kind(kind).label), is_said)


def counts() -> dict[str, int]:
    """How many domains our own lists have."""
    return {"free": len(domains.listed(domains.FREE)), "disposable": len(domains.DISPOSABLE)}


def read(text: str) -> str:
    """The domain that somebody means, also from an address; raises NoDomain."""
    host = text.strip().lower().rpartition("@")[2].removeprefix("https://").removeprefix("http://").removeprefix("www.")
    host = host.partition("/")[0].rstrip(".")
    try:
        host = host if host.isascii() else host.encode("idna").decode()
    except UnicodeError:
        host = ""
    labels = host.split(".")
    if len(labels) < 2 or len(host) > 253 or not all(_is_label(label) for label in labels) or labels[-1].isdigit():
        raise NoDomain(f"“{text.strip()[:80]}” is no mail domain; write it like gmail.com.")
    return host


def _is_label(label: str) -> bool:
    return 0 < len(label) <= 63 and label.replace("-", "").isalnum() and not label.startswith("-")


def set_kind(domain: str, kind: str, user: User | None, note: str = "") -> MailDomain:
    """Say what a domain is; what was said before is replaced."""
    kept, _ = MailDomain.objects.update_or_create(
        domain=domain,
        defaults={"kind": kind, "user": user, "note": " ".join(note.split())[:200], "at": clock.now()},
    )
    domains.refresh(now=True)
    return kept


def take_back(kept: MailDomain) -> None:
    """Say nothing of a domain any more; our own lists hold again."""
    kept.delete()
    domains.refresh(now=True)
