"""Campaigns and what was spent on them: the only writer of spend."""

import re
import unicodedata
from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db.models import Sum

from leadwright.attract.models import Campaign, Spend

# What GA4 expects as utm_medium of a channel, as the first guess for a new link.
MEDIUMS: dict[str, str] = {
    "Paid Search": "cpc",
    "Paid Social": "paid-social",
    "Paid Video": "paid-video",
    "Paid Shopping": "cpc",
    "Paid Other": "cpc",
    "Display": "display",
    "Organic Social": "social",
    "Organic Video": "video",
    "Organic Search": "organic",
    "Referral": "referral",
    "Email": "email",
    "Affiliates": "affiliate",
    "Audio": "audio",
    "SMS": "sms",
    "Event": "qr",
    "Direct Mail": "qr",
    "Product Literature": "qr",
}


def code_of(name: str, taken: Iterable[str], longest: int = 60) -> str:
    """A code for a name, in small letters, digits and hyphens, that nobody has yet."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    base = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[: longest - 5].strip("-") or "campaign"
    known = set(taken)
    number, found = 1, base
    while found in known:
        number += 1
        found = f"{base}-{number}"
    return found


def free_code(name: str) -> str:
    """A code for a new campaign."""
    start = code_of(name, ())
    return code_of(name, Campaign.objects.filter(code__startswith=start).values_list("code", flat=True))


def spent(campaign_ids: Iterable[int]) -> dict[int, Decimal]:
    """All that was spent on some campaigns; one read of spend's unique index, which begins with the campaign."""
    rows = Spend.objects.filter(campaign__in=list(campaign_ids)).order_by().values_list("campaign")
    return {key: amount for key, amount in rows.annotate(total=Sum("amount")) if amount is not None}


def check_amount(amount: Decimal, currency: str = "", expected: str = "") -> None:
    """Refuse what cannot be money spent here, in words that say how to mend it."""
    if currency and currency.upper() != expected:
        raise ValidationError(
            {"currency": f"Spend is kept in {expected}, the workspace's currency; convert the amount and send that."}
        )
    if amount < 0:
        raise ValidationError({"amount": "Money spent is zero or more; to take an entry back, remove or replace it."})


def keep_spend(campaign: Campaign, spent_on: date, amount: Decimal, note: str = "") -> tuple[Spend, bool]:
    """Write what was spent on a day; the same campaign, day and note replace the amount. Answers whether it is new."""
    check_amount(amount)
    wanted = Spend(campaign=campaign, spent_on=spent_on, amount=amount, note=note)
    wanted.full_clean(validate_unique=False, validate_constraints=False)
    return Spend.objects.update_or_create(campaign=campaign, spent_on=spent_on, note=note, defaults={"amount": amount})
