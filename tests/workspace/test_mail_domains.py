"""What the firm says of mail domains holds from then on, wherever a domain is judged."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client

from leadwright.attract import questions
from leadwright.capture.imports import runs
from leadwright.capture.imports.kinds import kind_of
from leadwright.kit import domains
from leadwright.profile import rules
from leadwright.profile.models import Company, Contact
from leadwright.workspace import keys, mail_domains
from leadwright.workspace.models import AuditEntry, MailDomain, Role, User

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    domains.say([])
    yield
    domains.say([])


@pytest.fixture
def administrator() -> Client:
    client = Client()
    client.force_login(User.objects.create_user("ann@firm.example", name="Ann", role=Role.ADMINISTRATOR))
    return client


def test_a_domain_becomes_free_mail_throw_away_or_a_firm_s_own() -> None:
    assert rules.company_domain("ada@localnet.example") == "localnet.example"
    said = mail_domains.set_kind("localnet.example", "free", None)
    assert rules.company_domain("ada@localnet.example") == ""
    assert domains.is_free_mail("localnet.example")
    mail_domains.set_kind("localnet.de", "free", None)
    assert domains.is_free_mail("mail.localnet.de")
    mail_domains.set_kind("localnet.example", "disposable", None)
    assert domains.is_disposable("localnet.example")
    assert not domains.is_free_mail("localnet.example")
    mail_domains.take_back(MailDomain.objects.get(pk=said.pk))
    assert rules.company_domain("ada@localnet.example") == "localnet.example"


def test_what_our_lists_call_free_or_throw_away_can_be_a_firm_s_own() -> None:
    mail_domains.set_kind("mailinator.com", "firm", None)
    mail_domains.set_kind("gmx.de", "firm", None)
    assert rules.company_domain("ada@gmx.de") == "gmx.de"
    assert not domains.is_disposable("mailinator.com")
    assert "gmx.de" not in domains.listed("free")
    assert mail_domains.ours("gmx.de") == "free"


def test_imports_the_api_and_forms_go_by_it(tmp_path: Path) -> None:
    mail_domains.set_kind("localnet.example", "free", None)
    path = tmp_path / "people.csv"
    path.write_text("Email\nada@localnet.example\nben@gmx.de\n", encoding="utf-8")
    runs.import_file(kind_of("contacts"), path, None)
    assert not Company.objects.exists()
    _, secret = keys.create("write", name="site")
    api = Client(headers={"Authorization": f"Bearer {secret}"})
    api.post("/api/v1/contacts", {"email": "cleo@localnet.example"}, content_type="application/json")
    assert Contact.objects.get(email_key="cleo@localnet.example").company is None
    asked = [{"name": "email", "kind": "email", "label": "E-mail", "required": True}]
    form = questions.read({"code": "paper", "name": "Paper", "free_mail": "refuse"}, asked)
    assert questions._address_fault(form, "dan@localnet.example", is_sure=False)[0]
    assert not questions._address_fault(form, "dan@nordwind.example", is_sure=False)[0]


def test_the_screen_says_what_holds_what_changes_and_leaves_a_trail(administrator: Client) -> None:
    page = administrator.get("/app/settings/mail-domains/?domain=Ada@GMX.de").content.decode()
    assert "<strong>gmx.de</strong>: Free mail: anybody gets an address there, as our lists say" in page
    answer = administrator.post(
        "/app/settings/mail-domains/",
        {"domain": "@Localnet.example", "kind": "free", "note": "A provider"},
        follow=True,
    )
    page = answer.content.decode()
    assert "localnet.example: anybody gets an address there, so no company is made of it from now on." in page
    assert "What is there stays" in page
    kept = MailDomain.objects.get()
    assert AuditEntry.objects.get(action="said of a mail domain").detail["before"] == "firm"
    answer = administrator.post(f"/app/settings/mail-domains/{kept.pk}/forget/", follow=True)
    assert "Our own lists hold for localnet.example again" in answer.content.decode()
    assert AuditEntry.objects.filter(action="took back a mail domain").exists()


@pytest.mark.parametrize("text", ["gmail", "", "a b.com", "-x.com", "10.0.0.1", "münchen@"])
def test_what_is_no_domain_is_refused(administrator: Client, text: str) -> None:
    answer = administrator.post("/app/settings/mail-domains/", {"domain": text, "kind": "free"})
    assert answer.status_code == 422
    assert not MailDomain.objects.exists()


@pytest.mark.parametrize("role", [Role.MARKETER, Role.REP, Role.HEAD])
def test_only_an_administrator_says_so(role: Role) -> None:
    client = Client()
    client.force_login(User.objects.create_user("x@firm.example", name="X", role=role))
    assert client.get("/app/settings/mail-domains/").status_code == 403
    assert client.post("/app/settings/mail-domains/", {"domain": "x.example", "kind": "free"}).status_code == 403


def test_another_process_hears_of_it_when_it_looks_again() -> None:
    MailDomain.objects.create(domain="localnet.example", kind="free")
    assert not domains.is_free_mail("localnet.example")
    domains.refresh(now=True)
    assert domains.is_free_mail("localnet.example")
