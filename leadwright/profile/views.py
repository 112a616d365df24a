"""The screens of contacts and companies."""

from django.http import HttpRequest, HttpResponseBase

from leadwright.attract.models import BuyingStage
from leadwright.profile.models import Company, Contact
from leadwright.ui.lists import Choice, Column, Empty, List, Since, by_words
from leadwright.workspace.access import allowed

CONTACTS = List(
    name="contacts",
    title="Contacts",
    rows=lambda request: Contact.objects.select_related("company", "owner").defer("search"),
    columns=(
        Column("name", "Name", sort=("last_name", "first_name")),
        Column("email", "E-mail"),
        Column("company", "Company", "company.name"),
        Column("created", "Since", "created_at", sort="created_at", kind="ago"),
    ),
    search=by_words,
    filters=(
        Choice("stage", "Buying stage", "buying_stage", BuyingStage.choices),
        Since("created", "Created", "created_at"),
    ),
    empty=Empty("No contacts yet", "Whoever fills a form, or comes in with an import, appears here."),
    sort="-created",
)
COMPANIES = List(
    name="companies",
    title="Companies",
    rows=lambda request: Company.objects.select_related("owner").defer("search"),
    columns=(Column("name", "Name", sort="name"), Column("domain", "Domain")),
    search=by_words,
    empty=Empty("No companies yet", "A company appears with the first contact from its domain."),
    sort="name",
)


@allowed("profile.view_contact")
def contacts(request: HttpRequest) -> HttpResponseBase:
    """All contacts that the user may see."""
    return CONTACTS.respond(request)


@allowed("profile.view_company")
def companies(request: HttpRequest) -> HttpResponseBase:
    """All companies."""
    return COMPANIES.respond(request)
