"""Every list and first screen as a person meets it: wide and narrow, light and dark, without a fault."""

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse

from leadwright.profile.models import Company, Contact
from leadwright.workspace.models import Role

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SCREENS = (
    "today",
    "contacts",
    "companies",
    "leads",
    "leads_board",
    "queue",
    "segment_new",
    "scores",
    "journeys",
    "campaigns",
    "broadcasts",
    "imports",
    "links",
    "forms",
    "resources",
    "unsure_messages",
    "funnel_report",
    "channel_report",
    "cohort_report",
    "contact_new",
    "goals",
    "workspace_settings",
    "workspace_users",
    "workspace_keys",
)


def people() -> Contact:
    firm = Company.objects.create(name="Nordwind", domain="nordwind.example")
    for n in range(60):
        made = Contact.objects.create(
            first_name="Ada", last_name=f"Okafor-With-A-Long-Name {n}", email=f"ada{n}@nordwind.example", company=firm
        )
    return made


def test_no_screen_has_a_fault(console: Callable[..., Any]) -> None:
    somebody = people()
    assert not console().walk([*(reverse(name) for name in SCREENS), reverse("contact", args=[somebody.pk])])


def test_a_rep_walks_a_list_by_keyboard(console: Callable[..., Any]) -> None:
    people()
    here = console(role=Role.REP)
    page = here.open(reverse("contacts"))
    page.keyboard.press("/")
    page.keyboard.type("nordwind")
    page.wait_for_selector(".lw-chip")
    page.keyboard.press("Tab")
    page.locator("h1").click()
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/app/contacts/*/")
    assert not here.complaints


def test_rows_that_come_anew_leave_the_reader_where_he_was(console: Callable[..., Any]) -> None:
    people()
    page = console(role=Role.REP).open(reverse("contacts"))
    for _ in range(3):
        page.keyboard.press("j")
    stands = "document.querySelector('.lw-here').dataset.href"
    before = page.evaluate(stands)
    with page.expect_response(lambda answer: "/contacts/" in answer.url):
        page.evaluate("document.querySelector('#lw-q').form.requestSubmit()")
    page.wait_for_load_state("networkidle")
    assert page.evaluate(stands) == before
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{before}")


def test_a_selection_offers_all_that_match(console: Callable[..., Any]) -> None:
    people()
    page = console().open(reverse("contacts"))
    page.check("[data-lw-tick-page]")
    page.click("[data-lw-bulk-all]")
    assert page.inner_text("[data-lw-bulk-say]") == "All 60 that match"
    page.click("button[value=give]")
    assert "60" in page.inner_text(".lw-page")
