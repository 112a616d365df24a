"""What a form shows to whom: less to whoever is known, and values only to the reader of a link of her own."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import RequestFactory

from leadwright.attract import drawings, embeds, offers, showings
from leadwright.attract.models import Form, FormField, FormVariant
from leadwright.capture.models import Visitor
from leadwright.kit import clock
from leadwright.profile.models import Contact, Identity

pytestmark = pytest.mark.django_db


@pytest.fixture
def form() -> Form:
    form = Form.objects.create(name="Talk", code="talk", most_unknown=1)
    for number, (name, more) in enumerate(
        (("email", {"kind": "email"}), ("title", {"asked": "unknown"}), ("city", {"asked": "unknown"}),
         ("budget", {"asked": "unknown"}), ("first_name", {}))
    ):  # fmt: skip
        FormField.objects.create(form=form, label=name, name=name, sort_order=number, **more)
    return form


@pytest.fixture
def ada() -> Contact:
    ada = Contact.objects.create(
        first_name="Ada-Secret", email="ada@secret.example", email_key="ada@secret.example", title="Head", city="Bergen"
    )
    at = clock.now()
    visitor = Visitor.objects.create(anonymous_id="browser-1", first_seen_at=at, last_seen_at=at)
    Identity.objects.create(subject_id=visitor.pk, contact=ada, kind="visitor")
    Identity.objects.get_or_create(subject_id=ada.uid, defaults={"contact": ada, "kind": "self"})
    return ada


def drawn(form: Form, path: str = "/", **more: Any) -> str:
    request = RequestFactory().get(path, **more)
    return drawings.draw(showings.show(form, request))


def asked(page: str) -> list[str]:
    return [name for name in ("email", "title", "city", "budget", "first_name") if f'name="{name}"' in page]


def test_a_stranger_is_asked_the_first_of_a_list_and_a_known_browser_the_next(form: Form, ada: Contact) -> None:
    assert asked(drawn(form)) == ["email", "title", "first_name"]
    known = drawn(form, HTTP_COOKIE="lw_vid=browser-1")
    assert asked(known) == ["email", "budget", "first_name"]


def test_a_browser_that_only_has_a_cookie_sees_no_value(form: Form, ada: Contact) -> None:
    page = drawn(form, HTTP_COOKIE="lw_vid=browser-1")
    assert not [word for word in ("Secret", "secret", "Bergen", "Head") if word in page]
    silent = drawn(form, HTTP_COOKIE="lw_vid=browser-1", HTTP_SEC_GPC="1")
    assert asked(silent) == ["email", "title", "first_name"]


def test_a_link_that_was_signed_for_her_fills_the_form_in_while_it_lasts(form: Form, ada: Contact) -> None:
    link = f"/?{offers.fill_in(ada.uid, clock.now())}"
    page = drawn(form, link)
    assert 'value="ada@secret.example"' in page
    assert 'value="Ada-Secret"' in page
    assert asked(page) == ["email", "budget", "first_name"]
    for bad in (link + "x", f"/?{offers.fill_in(ada.uid, clock.now() - timedelta(days=31))}", "/?lw=forged"):
        assert "ecret" not in drawn(form, bad)


def test_a_variant_is_kept_in_the_signed_token(form: Form) -> None:
    FormVariant.objects.create(form=form, code="short", weight=1, button="Go", leaves_out="first_name")
    Form.objects.update(own_weight=0)
    form.refresh_from_db()
    showing = showings.show(form, RequestFactory().get("/"))
    assert "Go</button>" in drawings.draw(showing)
    assert asked(drawings.draw(showing)) == ["email", "title"]
    timing = offers.timing(showing.timing)
    assert timing is not None
    assert (timing.variant, timing.left_out) == ("short", ("city", "budget"))


def test_only_sites_that_a_form_names_may_draw_it(form: Form) -> None:
    form.allowed_origins = "https://partner.example"
    form.save()
    for origin, status in (("https://partner.example", 200), ("https://evil.example", 403), ("http://testserver", 200)):
        request = RequestFactory().get("/t/e/talk.json", HTTP_ORIGIN=origin)
        assert embeds.drawn(request, "talk").status_code == status, origin
    frame = embeds.frame(RequestFactory().get("/t/e/talk/"), "talk")
    ancestors = frame["Content-Security-Policy"].partition("frame-ancestors ")[2]
    assert "https://partner.example" in ancestors
    assert "*" not in ancestors
