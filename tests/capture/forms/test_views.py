"""The console screens of forms: a form's numbers, and the submissions that were kept aside."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

import pytest
from django.test import Client

from leadwright.attract.models import Form, FormField
from leadwright.capture import activities
from leadwright.capture.activities import Fact
from leadwright.capture.forms import held
from leadwright.capture.forms import numbers as form_numbers
from leadwright.capture.judging import refusals
from leadwright.capture.models import Activity, HeldSubmission, Hit, Refusal
from leadwright.kit import clock, jobs
from leadwright.profile.models import Contact
from leadwright.workspace.models import AuditEntry, Role, User

pytestmark = pytest.mark.django_db

BROWSER = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
QUARANTINE = "/app/forms/quarantine/"


def signed_in(role: Role) -> Client:
    client = Client()
    client.force_login(User.objects.create_user(f"{role}@firm.example", name=role.title(), role=role))
    return client


@pytest.fixture
def marketer(db: None) -> Client:
    return signed_in(Role.MARKETER)


@pytest.fixture
def form(db: None) -> Form:
    form: Form = Form.objects.create(name="Ask for a demo", code="demo")
    for number, (name, label, kind) in enumerate(
        (("email", "Work address", "email"), ("words", "What for?", "long_text"))
    ):
        FormField.objects.create(form=form, label=label, name=name, kind=kind, sort_order=number)
    return form


@pytest.fixture
def keep(form: Form) -> Callable[..., HeldSubmission]:
    """Keeps a submission aside, as judging would."""

    def make(email: str, **fields: Any) -> HeldSubmission:
        payload = {
            "form": form.code,
            "fields": {"email": email} | fields,
            "flags": ["honeypot"],
            "anonymousId": f"browser {email}",
            "page": "https://firm.example/demo/",
        }
        return HeldSubmission.objects.create(
            message_id=f"form-{email}",
            form_code=form.code,
            received_at=clock.now() - timedelta(hours=1),
            address="192.0.2.1",
            user_agent=BROWSER,
            email=email,
            reasons=["honeypot"],
            payload=payload,
        )

    return make


# Kept aside


def test_the_list_says_what_was_sent_and_why_it_waits(marketer: Client, keep: Callable[..., HeldSubmission]) -> None:
    keep("eva@x.example", words="<script>alert(1)</script>")
    page = marketer.get(QUARANTINE).content.decode()
    assert "eva@x.example" in page
    assert "filled in the field that people cannot see" in page
    assert "<script>alert(1)</script>" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_one_submission_is_shown_as_text_with_the_labels_of_its_form(
    marketer: Client, keep: Callable[..., HeldSubmission]
) -> None:
    kept = keep("eva@x.example", words="<b>Forty</b> seats")
    page = marketer.get(f"{QUARANTINE}{kept.pk}/").content.decode()
    assert "What for?" in page
    assert "&lt;b&gt;Forty&lt;/b&gt; seats" in page
    assert "192.0.2.1" in page


def test_a_double_click_on_release_makes_one_contact(marketer: Client, keep: Callable[..., HeldSubmission]) -> None:
    kept = keep("eva@x.example")
    first = marketer.post(f"{QUARANTINE}{kept.pk}/release/", follow=True).content.decode()
    second = marketer.post(f"{QUARANTINE}{kept.pk}/release/", follow=True).content.decode()
    assert "Released." in first
    assert "decided about this submission already" in second
    jobs.settle(everything=True)
    assert Contact.objects.get().email == "eva@x.example"
    assert Activity.objects.filter(kind="form_submitted").count() == 1
    assert AuditEntry.objects.filter(action="released", object_kind="held_submission").count() == 1
    assert marketer.get(f"{QUARANTINE}{kept.pk}/").status_code == 302


def test_what_was_removed_cannot_be_released(marketer: Client, keep: Callable[..., HeldSubmission]) -> None:
    kept = keep("eva@x.example")
    marketer.post(f"{QUARANTINE}{kept.pk}/remove/")
    said = marketer.post(f"{QUARANTINE}{kept.pk}/release/", follow=True).content.decode()
    assert "decided about this submission already" in said
    jobs.settle(everything=True)
    assert not Contact.objects.exists()


def test_many_are_released_or_removed_at_once(marketer: Client, keep: Callable[..., HeldSubmission]) -> None:
    people = [keep(f"p{number}@x.example") for number in range(3)]
    spam = keep("spam@x.example")
    said = marketer.post(QUARANTINE, {"deed": "release", "ids": [each.pk for each in people]}, follow=True)
    assert "3 submissions released" in said.content.decode()
    asked = marketer.post(QUARANTINE, {"deed": "remove", "ids": [spam.pk]}, follow=True).content.decode()
    assert "for good" in asked
    assert HeldSubmission.objects.filter(pk=spam.pk).exists()  # until somebody says yes
    marketer.post(QUARANTINE, {"deed": "remove", "ids": [spam.pk], "sure": "1"})
    jobs.settle(everything=True)
    assert sorted(Contact.objects.values_list("email", flat=True)) == [f"p{n}@x.example" for n in range(3)]
    assert not HeldSubmission.objects.exists()


def test_only_whoever_may_decide_sees_what_is_kept_aside(keep: Callable[..., HeldSubmission]) -> None:
    kept, rep, nobody = keep("eva@x.example"), signed_in(Role.REP), Client()
    for path in ("", f"{kept.pk}/", "count/"):
        assert rep.get(QUARANTINE + path).status_code in (403, 404), path
        assert nobody.get(QUARANTINE + path).status_code == 302, path
    for path in (f"{kept.pk}/release/", f"{kept.pk}/remove/"):
        assert rep.post(QUARANTINE + path).status_code == 403, path
        assert nobody.post(QUARANTINE + path).status_code == 302, path
    assert rep.post(QUARANTINE, {"deed": "release", "ids": [kept.pk]}).status_code == 403
    assert HeldSubmission.objects.count() == 1


def test_a_link_decides_nothing(marketer: Client, keep: Callable[..., HeldSubmission]) -> None:
    kept = keep("eva@x.example")
    for deed in ("release", "remove"):
        assert marketer.get(f"{QUARANTINE}{kept.pk}/{deed}/").status_code == 405
    assert HeldSubmission.objects.count() == 1


# Beside the refused hits


def test_what_is_kept_aside_is_let_in_by_release_alone(keep: Callable[..., HeldSubmission]) -> None:
    boss = signed_in(Role.ADMINISTRATOR)
    fields = {"email": "eva@x.example"}
    hit = Hit.objects.create(
        received_at=clock.now(),
        kind="form",
        message_id="form-1",
        address="192.0.2.1",
        user_agent=BROWSER,
        payload={"form": "demo", "fields": fields, "flags": ["honeypot"], "anonymousId": "b-1"},
    )
    jobs.settle(everything=True)
    [kept] = HeldSubmission.objects.all()
    assert Refusal.objects.get().reason == "quarantined"
    said = boss.post(f"/app/refused/{hit.pk}/again/", follow=True).content.decode()
    assert "It cannot be judged again" in said
    assert held.release([kept.pk]) == 1
    assert refusals.judge_again([hit.pk], "somebody") == 0
    jobs.settle(everything=True)
    assert refusals.judge_again([hit.pk], "somebody") == 0
    jobs.settle(everything=True)
    assert Activity.objects.filter(kind="form_submitted").count() == 1
    assert not HeldSubmission.objects.exists()


# Numbers


def person(number: int) -> UUID:
    return uuid5(UUID(int=0), str(number))


def did(who: int, name: str, minutes: int, human: float = 0.9, **properties: Any) -> Fact:
    """A visit of its own for each person: seen, begun, left at a field, or sent."""
    at = clock.now() - timedelta(days=1) + timedelta(minutes=minutes)
    told = {"page": "https://firm.example/demo/?utm_source=x", "variant": ""} | properties
    if name == "sent":
        return Fact(at, person(who), "form_submitted", "Ask for a demo", "form", "demo", human=human, properties=told)
    return Fact(at, person(who), "track", f"Form {name}", human=human, properties={"form": "demo"} | told)


@pytest.fixture
def visits(form: Form, noon: datetime) -> None:
    """Five people and a machine saw it, four people began, two of them stopped at the address, and two sent it."""
    activities.record(
        [
            *(did(who, "viewed", 0) for who in (1, 2, 3, 4, 5)),
            did(1, "viewed", 1),  # the same visit again
            did(9, "viewed", 0, human=0.1),
            *(did(who, "started", 1) for who in (1, 2, 3, 4)),
            did(9, "started", 1, human=0.1),
            did(1, "abandoned", 2, field="email"),  # and came back
            did(2, "abandoned", 2, field="words"),
            did(2, "abandoned", 3, field="email"),
            did(3, "abandoned", 2, field="email"),
            did(1, "sent", 5, seconds=30),
            did(4, "sent", 5, seconds=90),
            did(9, "sent", 2, human=0.1, seconds=1),
        ]
    )


def test_the_numbers_are_those_that_one_counts_by_hand(visits: None) -> None:
    found = form_numbers.count("demo", clock.now() - timedelta(days=7), clock.now())
    total = found.total
    assert (total.views, total.views_all) == (5, 6)
    assert (total.starts, total.starts_all) == (4, 5)
    assert (total.sent, total.sent_all) == (2, 3)
    assert (total.conversion, total.started_share, total.median_seconds) == (0.4, 0.8, 60)
    assert [(stop.question, stop.people) for stop in found.stops] == [("email", 2)]
    assert [(line.of, line.views, line.sent) for line in found.pages] == [("https://firm.example/demo/", 5, 2)]


def test_what_lies_before_the_period_does_not_count(visits: None) -> None:
    found = form_numbers.count("demo", clock.now() - timedelta(hours=1), clock.now())
    assert (found.total.views_all, found.total.sent_all, list(found.stops)) == (0, 0, [])


def test_the_screen_shows_them_with_the_labels_that_people_read(marketer: Client, form: Form, visits: None) -> None:
    page = marketer.get(f"/app/forms/{form.pk}/?days=7").content.decode()
    said = " ".join(re.sub(r"<[^>]+>", " ", page).split())
    for words in ("5 saw it", "4 began", "2 sent it", "Work address 2"):
        assert words in said, words
    assert "1 by machines" in said
    assert marketer.get(f"/app/forms/{form.pk}/?days=nonsense").status_code == 200
    assert marketer.get("/app/forms/999999/").status_code == 404


def test_numbers_are_for_people_who_sign_in(form: Form, visits: None) -> None:
    assert Client().get(f"/app/forms/{form.pk}/").status_code == 302
    assert signed_in(Role.REP).get(f"/app/forms/{form.pk}/").status_code == 200
