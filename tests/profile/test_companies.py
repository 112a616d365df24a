"""Companies by domain: subdomains, free mail, several domains, and a domain that changes."""

import pytest

from leadwright.kit import domains
from leadwright.profile import companies, contacts, rules
from leadwright.profile.contacts import Incoming
from leadwright.profile.models import Company, CompanyDomain, Contact

pytestmark = pytest.mark.django_db


def made(email: str) -> Contact:
    [outcome] = contacts.upsert([Incoming({"email": email}, "test")])
    return Contact.objects.select_related("company").get(pk=outcome.contact_id)


def domain_of(email: str) -> str:
    found = made(email).company
    return (found.domain or "") if found else ""


@pytest.mark.parametrize(
    ("email", "domain"),
    [
        ("ada@mail.nordwind.co.uk", "nordwind.co.uk"),
        ("ada@mail.nordwind.example", "nordwind.example"),
        ("ada@nordwind.de", "nordwind.de"),
        ("ada@gmail.com", ""),
        ("ada@yahoo.co.jp", ""),
        ("ada@mailinator.com", ""),
    ],
)
def test_a_company_is_the_domain_under_the_public_suffix_and_never_a_provider(email: str, domain: str) -> None:
    assert domain_of(email) == domain


def test_the_operator_adds_free_mail_domains(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEADWRIGHT_FREE_MAIL", "kielnet.example, @foerde.example")
    domains.added.cache_clear()
    rules._company_domain.cache_clear()
    assert domain_of("ada@kielnet.example") == domain_of("ben@post.foerde.example") == ""
    monkeypatch.undo()
    domains.added.cache_clear()
    rules._company_domain.cache_clear()


def test_people_who_write_from_the_old_domain_still_belong_to_the_firm() -> None:
    firm = made("ada@nordwind.example").company
    assert firm
    loner = Contact.objects.create(email="ben@new.example", email_key="ben@new.example")
    companies.change(firm.pk, {"domain": "new.example"})
    assert made("cleo@nordwind.example").company_id == firm.pk
    assert made("dana@new.example").company_id == firm.pk
    loner.refresh_from_db()
    assert loner.company_id == firm.pk
    companies.change(firm.pk, {"domain": "nordwind.example"})
    assert list(CompanyDomain.objects.values_list("domain", flat=True)) == ["new.example"]


def test_a_domain_of_another_firm_is_refused_with_its_name() -> None:
    firm, other = made("ada@nordwind.example").company, made("ben@other.example").company
    assert firm
    assert other
    with pytest.raises(companies.DomainTaken, match=r"belongs to other\.example; merge"):
        companies.change(firm.pk, {"domain": "other.example"})
    assert Company.objects.get(pk=firm.pk).domain == "nordwind.example"
