"""The screens of campaigns as a person meets them: wide and narrow, light and dark, without a fault."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from leadwright.attract.models import Campaign, Form, FormField, Spend, TrackedLink
from leadwright.workspace.models import Role

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def fair() -> Campaign:
    Form.objects.create(name="Ask for a demo", code="demo", consent_purpose="newsletter", consent_wording="News.")
    Form.objects.create(name="Old fair form with a long name that nobody uses", code="old-fair", is_active=False)
    FormField.objects.create(form=Form.objects.get(code="demo"), label="E-mail", name="email", kind="email")
    Campaign.objects.create(name="Spring mailing to plant managers", code="spring", channel="Email")
    made = Campaign.objects.create(
        name="Hannover fair",
        code="hannover",
        channel="Event",
        manner="concentration",
        goal="Forty talks with plant managers who run more than ten machines",
        goal_leads=40,
        budget=Decimal(12000),
        starts_on=date(2026, 4, 20),
        ends_on=date(2026, 4, 24),
    )
    for code in ("stand", "flyer"):
        TrackedLink.objects.create(
            campaign=made,
            code=f"hannover-{code}",
            target="https://nordwind.example/a-page-with-a-rather-long-address/that-goes-on-and-on/?for=the-fair",
            source=code,
            medium="qr",
            content="hall-9",
        )
    for day in range(1, 6):
        Spend.objects.create(campaign=made, spent_on=date(2026, 4, day), amount=Decimal(800 * day), note="Stand")
    return made


def test_no_screen_has_a_fault(console: Callable[..., Any]) -> None:
    made = fair()
    link, spend = TrackedLink.objects.order_by("pk")[0], made.spends.order_by("pk")[0]
    paths = [
        *(reverse(name) for name in ("campaigns", "links", "forms", "resources", "campaign_new")),
        *(reverse(name, args=[made.pk]) for name in ("campaign", "campaign_edit", "link_new", "spend_new")),
        reverse("link_remove", args=[link.pk]),
        reverse("spend_edit", args=[spend.pk]),
    ]
    assert not console().walk(paths)


def test_an_address_is_copied_and_the_leads_arrive(console: Callable[..., Any]) -> None:
    made = fair()
    here = console(role=Role.MARKETER)
    page = here.open(reverse("campaigns"))
    assert page.inner_text(f"#campaign-leads-{made.pk}") == "0"
    page = here.open(reverse("campaign", args=[made.pk]))
    button = page.locator("button[data-lw-copy]").first
    button.click()
    page.wait_for_function("document.querySelector('button[data-lw-copy]').textContent === 'Copied'")
    assert not here.complaints
