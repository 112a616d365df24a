from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadwright.attract.models import Form, FormField
from leadwright.capture import judging
from leadwright.capture.models import Activity, Visitor
from leadwright.kit import clock, database
from leadwright.profile import contacts
from leadwright.profile.contacts import Incoming
from leadwright.profile.models import Consent, ConsentRecord, Contact, Identity, Suppression
from tests.capture.test_judging import AT, hit, judged, page

pytestmark = pytest.mark.django_db


@pytest.fixture
def form() -> Form:
    return made_form()


def made_form() -> Form:
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


def test_whoever_fills_a_form_was_seen_to_do_so_but_not_whom_a_server_tells_of(form: Form) -> None:
    send("ada@nordwind.example")
    judged()
    assert Contact.objects.get().last_seen_at == AT
    contacts.upsert([Incoming({"email": "ben@other.example"}, "API key CRM", at=AT)])
    assert Contact.objects.get(email="ben@other.example").last_seen_at is None


def test_a_campaign_that_is_gone_is_left_out_of_a_new_contact(form: Form) -> None:
    contacts.upsert([Incoming({"email": "ada@nordwind.example"}, "identify", at=AT, first_campaign_id=987_654)])
    assert Contact.objects.get().first_campaign is None


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


@pytest.mark.parametrize("cuts", [(), (1, 2, 3), (3,)], ids=["at once", "one by one", "the person apart"])
def test_whoever_clicks_after_a_scanner_is_first_however_the_hits_are_cut(form: Form, cuts: tuple[int, ...]) -> None:
    send("ada@nordwind.example", "ada-browser")
    judged()
    ada = Contact.objects.get()
    for number, (browser, after) in enumerate([("s1", 0), ("s2", 2), ("s3", 4), ("home", 4000)]):
        if number in cuts:
            judged()
        click = {"contact": str(ada.uid), "message": 7, "url": f"https://site.example/{number}", "anonymousId": browser}
        hit("click", click, AT + timedelta(seconds=after))
    judged()
    linked = Identity.objects.filter(contact=ada, kind="visitor").values_list("subject_id", flat=True)
    names = set(Visitor.objects.filter(pk__in=linked).values_list("anonymous_id", flat=True))
    assert names == {"ada-browser", "home"}


def test_the_sites_own_server_names_its_user(form: Form) -> None:
    hit("track", {"userId": "u1", "event": "Signed up"}, key_id=1, user_agent="analytics-python/2")
    hit("identify", {"userId": "u1", "traits": {"email": "ada@nordwind.example", "name": "Ada Okafor"}}, key_id=1)
    hit("track", {"userId": "u1", "event": "Pricing viewed"}, key_id=1, user_agent="analytics-python/2")
    activities = judged()
    ada = Contact.objects.get()
    assert (ada.external_id, ada.email) == ("u1", "ada@nordwind.example")
    assert {owner(each) for each in activities} == {ada.email}
    assert activities[0].human is None


def test_a_reader_of_a_forwarded_mail_who_fills_a_form_leaves_nothing_with_the_first_reader(form: Form) -> None:
    send("ada@nordwind.example", "ada-browser")
    judged()
    ada = Contact.objects.get()
    hit("click", {"contact": str(ada.uid), "message": 7, "url": "https://site.example/x", "anonymousId": "bens"})
    page("https://site.example/price", "bens")
    send("ben@other.example", "bens")
    page("https://site.example/demo", "bens")
    judged()
    owners = {each.name: Identity.objects.filter(subject_id=each.subject_id).first() for each in Activity.objects.all()}
    assert owners["/price"] is None  # nobody's: it was not Ada, and who it was before the form is not proved
    assert owners["/demo"]
    assert owners["/demo"].contact.email == "ben@other.example"
    assert set(Identity.objects.filter(contact=ada, kind="visitor").values_list("evidence", flat=True)) == {
        "form paper"
    }


def test_at_a_shared_computer_each_keeps_her_own_visits(form: Form) -> None:
    send("ada@nordwind.example", "shared")
    judged()
    ada = Contact.objects.get()
    hit("click", {"contact": str(ada.uid), "message": 7, "url": "https://site.example/x", "anonymousId": "phone"})
    page("https://site.example/ada", "phone")
    send("ben@other.example", "phone", at=AT + timedelta(days=2))
    page("https://site.example/ben", "phone", at=AT + timedelta(days=2))
    owners = {each.name: owner(each)[:3] for each in judged_at(AT + timedelta(days=3)) if each.kind == "page"}
    assert owners == {"/ada": "ada", "/ben": "ben"}


def judged_at(moment: datetime) -> list[Activity]:
    with clock.frozen(moment):
        judging.judge()
    return list(Activity.objects.order_by("seq"))


def test_an_address_that_changes_keeps_the_user_and_the_old_one_may_be_somebody_elses(form: Form) -> None:
    hit("identify", {"userId": "u1", "anonymousId": "v1", "traits": {"email": "ada@old.example"}}, key_id=1)
    secret = {"lw": {"scope": "write"}}
    hit("identify", {"userId": "u1", "anonymousId": "v1", "traits": {"email": "ada@new.example"}} | secret, key_id=1)
    hit("identify", {"userId": "u1", "anonymousId": "v2", "traits": {}}, key_id=1)
    send("ada@old.example", "v3")
    judged()
    ada = Contact.objects.get(external_id="u1")
    assert (ada.email, Contact.objects.count()) == ("ada@new.example", 2)
    assert ada.identities.filter(kind="visitor").count() == 2


def test_a_user_id_that_two_addresses_claim_stays_with_the_first(form: Form) -> None:
    hit("identify", {"userId": "u1", "anonymousId": "v1", "traits": {"email": "ada@a.example"}}, key_id=1)
    hit("identify", {"userId": "u2", "anonymousId": "v2", "traits": {"email": "ben@b.example"}}, key_id=1)
    hit("identify", {"userId": "u1", "anonymousId": "v3", "traits": {"email": "ben@b.example"}}, key_id=1)
    judged()
    people = {each.external_id: each.email for each in Contact.objects.all()}
    assert people == {"u1": "ada@a.example", "u2": "ben@b.example"}


PEOPLE = ("ada", "ben", "cleo")
BROWSERS = ("v1", "v2", "v3")
ACTS = st.lists(
    st.tuples(
        st.sampled_from(["page", "form", "identify", "seen", "click", "server"]),
        st.sampled_from(PEOPLE),
        st.sampled_from(BROWSERS),
    ),
    min_size=1,
    max_size=10,
)


MINUTES = 12  # between two acts


def do(at: int, act: tuple[str, str, str], uids: dict[str, str]) -> None:
    kind, who, browser = act
    moment = {"at": AT + timedelta(minutes=MINUTES * at)}
    address = f"{who}@{who}.example"
    match kind:
        case "page":
            page(f"https://site.example/{at}", browser, **moment)
        case "form":
            send(address, browser, **moment)
        case "identify":
            hit("identify", {"userId": who, "anonymousId": browser, "traits": {"email": address}}, key_id=1, **moment)
        case "seen":
            hit("track", {"userId": who, "anonymousId": browser, "event": str(at)}, key_id=1, **moment)
        case "server":
            hit("identify", {"userId": who, "traits": {"email": address}}, key_id=1, **moment)
        case "click":
            link = {"contact": uids[who], "message": 7, "url": "https://site.example/", "anonymousId": browser}
            hit("click", link, **moment)


def reading(acts: list[tuple[str, str, str]]) -> list[set[str]]:  # noqa: C901
    """Who may own each act, read in plain words: a strong word says who sits at a browser until another is said."""
    named: set[str] = set()  # user ids that the site has told
    sits: dict[str, str] = {}
    clicked: dict[str, set[str]] = {}
    spans: list[list[str]] = []
    open_spans: dict[str, list[str]] = {}
    linked: dict[str, int] = {}  # browsers that only a link speaks of
    for at, (kind, who, browser) in enumerate(acts):
        span = open_spans.setdefault(browser, [])
        said = kind in ("form", "identify") or (kind == "seen" and who in named)
        if kind in ("identify", "server"):
            named.add(who)
        if said and sits.get(browser, who) != who:
            if kind == "form" and browser in linked and (at - linked[browser]) * MINUTES < 30:
                span.clear()  # the mail was forwarded: what was done there is nobody's
            span = open_spans[browser] = []
        if said:
            sits[browser] = who
            linked.pop(browser, None)
        if kind == "click":
            if browser not in sits and not clicked.get(who, set()) - {browser}:
                sits[browser] = who
                linked[browser] = at
                span[:] = [who]
            if sits.get(browser, who) == who:
                clicked.setdefault(who, set()).add(browser)
                spans.append([who])
                continue
        if kind == "server":
            spans.append([who])
            continue
        if browser in sits:
            span[:] = [sits[browser]]
        spans.append(span)
    return [set(span) for span in spans]


def world(acts: list[tuple[str, str, str]], cuts: set[int]) -> list[set[str]]:
    """The same by the product, judged in sets that end at the cuts: whom each act belongs to, in the order of acts."""
    for name in PEOPLE:
        contacts.upsert([Incoming({"email": f"{name}@{name}.example"}, "test")])
    uids = {each.email.partition("@")[0]: str(each.uid) for each in Contact.objects.all()}
    for at, act in enumerate(acts):
        do(at, act, uids)
        if at in cuts:
            judged_at(AT + timedelta(days=1))
    found = judged_at(AT + timedelta(days=1))
    made = [each for each in found if not each.kind.startswith("consent")]
    owners = dict(Identity.objects.values_list("subject_id", "contact__email"))
    assert Contact.objects.count() == len(PEOPLE)
    assert len(made) == len(acts)  # no act is lost
    return [{owners[each.subject_id].partition("@")[0]} if each.subject_id in owners else set() for each in made]


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(acts=ACTS, cuts=st.sets(st.integers(0, 9)))
def test_whoever_acts_wherever_however_it_is_cut_two_people_never_become_one(
    acts: list[tuple[str, str, str]], cuts: set[int]
) -> None:
    answers = []
    for each in (set(), cuts):
        with database.atomic():
            Form.objects.filter(code="paper").exists() or made_form()
            answers.append(world(acts, each))
            transaction.set_rollback(True)
    assert answers[0] == answers[1]
    assert answers[0] == reading(acts)
