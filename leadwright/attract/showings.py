"""A form for one visitor: in a variant, without what is known already, and filled in for whoever has a link of his own.

Promise: to a browser that only holds a cookie no value is shown; questions are left out, that is all. Values come only
with a link that was signed for one person (docs/forms.md).
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from django.http import HttpRequest

from leadwright.attract import offers, proofs, questions
from leadwright.attract.drawings import Showing
from leadwright.attract.models import Form
from leadwright.attract.pages import ResourcePage, SitePage
from leadwright.kit import addresses, clock
from leadwright.kit.registries import RECOGNISERS

VISITOR_COOKIE = "lw_vid"
LONGEST_PREFILLED = 2_000


@dataclass(frozen=True, slots=True)
class Place:
    """Where a form is shown, if not on a page of ours: by script or in a frame, at which address, in which browser."""

    where: str = ""
    base: str = ""  # leads back to us
    address: str = ""
    visitor: str = ""


HERE = Place()


def show(
    form: Form, request: HttpRequest | None, *, title: str = "", page: SitePage | None = None, place: Place = HERE
) -> Showing:
    """The form as this request's visitor sees it."""
    plan, where = form.plan(), place.where
    is_preview = request is None or bool(getattr(request, "is_preview", False))
    variant = "" if is_preview else plan.choose(_key(request))
    plan = plan.varied(variant)
    values: dict[str, list[str]] = {}
    left_out: tuple[str, ...] = ()
    if request is not None and not is_preview:
        known, told = _known(request, place.visitor)
        plan, left_out = plan.without(known)
        values = _values(plan, told)
    now = clock.now()
    return Showing(
        plan,
        action=f"{place.base}/t/f/{form.code}",
        prefix=f"f-{form.code}" if not where else f"lw-{form.code}-{uuid.uuid4().hex[:6]}",
        title=title,
        timing=offers.rendered(form.code, now, variant, left_out, where),
        message_id=uuid.uuid4().hex,
        offer=offers.offer(form.code, page.pk) if isinstance(page, ResourcePage) and page.pk else "",
        page=place.address or (page.address if page else ""),
        work="" if is_preview else proofs.riddle(form.code),
        variant=variant,
        where=where,
        values=values,
        touch=_touch(request) if request is not None and not where else {},
        is_preview=is_preview,
    )


def _key(request: HttpRequest | None) -> str:
    """What a browser is told apart by for the length of a visit, without a cookie."""
    if request is None:
        return ""
    caller = addresses.caller(request.META.get("REMOTE_ADDR", ""), request.headers.get("X-Forwarded-For", ""))
    return f"{caller} {request.headers.get('User-Agent', '')}"


def _known(request: HttpRequest, visitor: str) -> tuple[frozenset[str], Mapping[str, str]]:
    """Which fields are known of whoever asks, and their values where the link was signed for that person."""
    recogniser = next(iter(RECOGNISERS), None)
    if recogniser is None:
        return frozenset(), {}
    contact = offers.prefilled_for(request.GET.get("lw", "")) if request.GET.get("lw") else None
    if contact is not None:
        told = recogniser.told(contact)
        return frozenset(told), told
    browser = visitor or request.COOKIES.get(VISITOR_COOKIE, "")
    if not browser or request.headers.get("Sec-GPC") == "1":
        return frozenset(), {}
    return recogniser.known(browser[:100]), {}


def _values(plan: questions.Form, told: Mapping[str, str]) -> dict[str, list[str]]:
    """What stands in the form already; never a consent, a file or a password-like hidden value."""
    kinds = ("hidden", "consent", "file", "checkbox")
    return {
        question.name: [told[question.field][:LONGEST_PREFILLED]]
        for question in plan.questions
        if question.kind not in kinds and told.get(question.field)
    }


def _touch(request: HttpRequest) -> dict[str, str]:
    """Campaign names and click ids of the page's address, for browsers without script."""
    return {
        name: str(value)[:250]
        for name, value in request.GET.items()
        if (name.startswith("utm_") or name.endswith("clid")) and len(name) <= 40
    }
