from typing import Any

import pytest

from leadwright.attract.models import Form, FormField
from leadwright.capture.models import Activity, Visitor
from leadwright.profile.models import Consent, ConsentRecord, Contact, Identity, Suppression
from tests.capture.test_judging import hit, judged, page

pytestmark = pytest.mark.django_db


@pytest.fixture
def form() -> Form:
    form = Form.objects.create(
        name="Paper", code="paper", consent_purpose="newsletter", consent_wording="Yes, mail me."
    )
    FormField.objects.create(form=form, label="E-mail", name="email", kind="email", is_required=True, maps_to="email")
    FormField.objects.create(form=form, label="Name", name="full_name", maps_to="name", sort_order=1)
    FormField.objects.create(form=form, label="Budget", name="budget", sort_order=2)
    return form


def send(email: str, visitor: str = "v1", consent: bool = False, **more: Any) -> None:
    payload = {
        "form": "paper",
        "fields": {"email": email, "full_name": "Ada Okafor", "budget": "9"},
        "consent": {"purpose": "newsletter", "wording": "Yes, mail me.", "given": consent},
        "anonymousId": visitor,
        "flags": [],
    }
    hit("form", payload, **more)


def owner(activity: Activity) -> str:
    return Identity.objects.get(subject_id=activity.subject_id).contact.email


def test_earlier_visits_belong_to_the_contact_that_a_form_reveals(form: Form) -> None:
    page("https://site.example/pricing?utm_source=google&utm_medium=cpc")
    judged()
    send("Ada@Nordwind.example")
    activities = judged()
    ada = Contact.objects.get()
    assert (ada.email, ada.email_key, ada.first_name, ada.last_name) == (
        "Ada@Nordwind.example",
        "ada@nordwind.example",
        "Ada",
        "Okafor",
    )
    assert ada.custom == {"budget": "9"}
    assert ada.company
    assert ada.company.domain == "nordwind.example"
    assert ada.first_channel == "Paid Search"
    assert ada.origins["first_name"]["from"] == "form paper"
    assert [owner(each) for each in activities] == [ada.email, ada.email]


def test_another_person_at_the_same_browser_begins_a_new_visitor(form: Form) -> None:
    send("ada@nordwind.example")
    page("https://site.example/a")
    send("ben@other.example")
    page("https://site.example/b")
    send("ada@nordwind.example", consent=True)
    page("https://site.example/c")
    owners = [(each.kind, owner(each)[:3]) for each in judged()]
    assert owners == [
        ("form_submitted", "ada"),
        ("page", "ada"),
        ("form_submitted", "ben"),
        ("page", "ben"),
        ("form_submitted", "ada"),
        ("consent_pending", "ada"),
        ("page", "ada"),
    ]
    assert Visitor.objects.count() == 3
    assert Contact.objects.count() == 2


def test_consent_in_a_form_waits_for_its_confirmation(form: Form) -> None:
    send("ada@nordwind.example", consent=True)
    judged()
    record = ConsentRecord.objects.get()
    assert (record.state, record.wording, record.source, record.address) == (
        "pending",
        "Yes, mail me.",
        "form paper",
        "127.0.0.1",
    )
    ada = Contact.objects.get()
    hit("confirm", {"contact": str(ada.uid), "record": record.pk, "purpose": "newsletter"})
    judged()
    assert Consent.objects.get().state == "granted"
    hit("unsubscribe", {"contact": str(ada.uid), "message": 7, "purpose": "newsletter"})
    hit("confirm", {"contact": str(ada.uid), "record": record.pk, "purpose": "newsletter"})
    judged()
    assert Consent.objects.get().state == "withdrawn"
    assert not Suppression.objects.exists()
    hit("unsubscribe", {"contact": str(ada.uid), "message": 7, "purpose": ""})
    kinds = [each.kind for each in judged()]
    assert Suppression.objects.get().email_key == "ada@nordwind.example"
    assert kinds.count("unsubscribed") == 2
    assert kinds.count("consent_granted") == 1


def test_a_forwarded_mail_does_not_identify(form: Form) -> None:
    send("ada@nordwind.example", "ada-browser")
    judged()
    ada = Contact.objects.get()
    click = {"contact": str(ada.uid), "message": 7, "url": "https://site.example/x"}
    hit("click", click | {"anonymousId": "ada-phone"})
    hit("click", click | {"anonymousId": "colleague"})
    judged()
    linked = set(Identity.objects.filter(contact=ada, kind="visitor").values_list("subject_id", flat=True))
    names = set(Visitor.objects.filter(pk__in=linked).values_list("anonymous_id", flat=True))
    assert names == {"ada-browser", "ada-phone"}
    send("ben@other.example", "ben-browser")
    hit("click", click | {"anonymousId": "ben-browser"})
    clicked = [each for each in judged() if each.kind == "email_clicked"]
    assert [owner(each)[:3] for each in clicked] == ["ada", "ada", "ben"]


def test_the_sites_own_server_names_its_user(form: Form) -> None:
    hit("track", {"userId": "u1", "event": "Signed up"}, key_id=1, user_agent="analytics-python/2")
    hit("identify", {"userId": "u1", "traits": {"email": "ada@nordwind.example", "name": "Ada Okafor"}}, key_id=1)
    hit("track", {"userId": "u1", "event": "Pricing viewed"}, key_id=1, user_agent="analytics-python/2")
    activities = judged()
    ada = Contact.objects.get()
    assert (ada.external_id, ada.email) == ("u1", "ada@nordwind.example")
    assert {owner(each) for each in activities} == {ada.email}
    assert activities[0].human is None
