"""Campaigns, spend, forms and personas over the API."""

import json
from typing import Any

import pytest
from django.test import Client

from leadwright.attract import questions
from leadwright.attract.models import Campaign, Form, FormField, Persona, Spend, TrackedLink
from leadwright.workspace import keys
from leadwright.workspace.models import Workspace

pytestmark = pytest.mark.django_db


class Caller:
    """A program with a key."""

    def __init__(self, scope: str) -> None:
        self.client = Client(headers={"Authorization": f"Bearer {keys.create(scope)[1]}"})

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        answer = self.client.generic(
            method, f"/api/v1{path}", json.dumps(body) if body is not None else "", "application/json", headers=headers
        )
        return answer.status_code, answer.json()

    def all(self, path: str) -> list[Any]:
        """Every item of a list, page by page."""
        seen: list[Any] = []
        address: str | None = path
        while address:
            answer = self("GET", address)[1]
            seen += answer["items"]
            address = answer["next"] and answer["next"].partition("/api/v1")[2]
        return seen


@pytest.fixture
def call() -> Caller:
    return Caller("write")


@pytest.fixture
def fair() -> Campaign:
    return Campaign.objects.create(name="Hannover fair", code="hannover", channel="Event")


def says(problem: Any) -> str:
    return " ".join([problem["detail"], *(each["say"] for each in problem.get("errors", []))])


def test_a_campaign_is_planned_read_and_changed(call: Caller) -> None:
    Persona.objects.create(name="Plant manager", role="Head of Operations")
    told = {"name": "Spring", "channel": "Paid Search", "budget": "500.50", "persona": "Plant manager"}
    status, made = call("POST", "/campaigns", told)
    assert status == 201
    assert (made["code"], made["manner"], made["budget"], made["spent"]) == ("spring", "broadcast", "500.50", "0")
    TrackedLink.objects.create(
        campaign_id=made["id"], code="ad", target="https://a.example/", source="google", medium="cpc"
    )
    status, changed = call("PATCH", f"/campaigns/{made['id']}", {"goal": "40 demos", "persona": None, "budget": None})
    assert status == 200
    assert (changed["goal"], changed["persona"], changed["budget"], changed["name"]) == (
        "40 demos",
        None,
        None,
        "Spring",
    )
    found = call("GET", f"/campaigns/{made['id']}")[1]
    assert found == changed
    assert found["links"][0]["address"].endswith("/t/l/ad")
    assert [each["code"] for each in call("GET", "/campaigns?channel=Paid+Search")[1]["items"]] == ["spring"]
    assert call("GET", "/campaigns?code=other")[1]["items"] == []


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"channel": "Email"}, "blank"),
        ({"name": "Spring", "channel": "Pigeon"}, "Pigeon"),
        ({"name": "Spring", "channel": "Email", "code": "Not a code"}, "small letters"),
        ({"name": "Spring", "channel": "Email", "budget": "-1"}, "zero or more"),
        (
            {"name": "Spring", "channel": "Email", "starts_on": "2026-02-02", "ends_on": "2026-02-01"},
            "before it begins",
        ),
        ({"name": "Spring", "channel": "Email", "persona": "Nobody"}, "/api/v1/personas"),
        ({"name": "Spring", "channel": "Email", "manner": "loud"}, "broadcast"),
    ],
)
def test_a_plan_that_cannot_be_is_refused_in_words(call: Caller, told: dict[str, str], words: str) -> None:
    status, problem = call("POST", "/campaigns", told)
    assert status == 422
    assert words in says(problem)
    assert not Campaign.objects.exists()


def test_a_code_belongs_to_one_campaign(call: Caller, fair: Campaign) -> None:
    status, problem = call("POST", "/campaigns", {"name": "Other", "channel": "Event", "code": "hannover"})
    assert status == 409
    assert "PATCH" in says(problem)
    other = Campaign.objects.create(name="Other", code="other", channel="Event")
    assert call("PATCH", f"/campaigns/{other.pk}", {"code": "hannover"})[0] == 422


def test_what_is_not_there_is_not_found(call: Caller) -> None:
    for method, path in (("GET", "/campaigns/9"), ("PATCH", "/campaigns/9"), ("GET", "/forms/9")):
        assert call(method, path, {} if method == "PATCH" else None)[0] == 404


def test_spend_of_a_day_and_note_replaces_itself(call: Caller, fair: Campaign) -> None:
    told = {"campaign": "hannover", "spent_on": "2026-03-02", "amount": "100", "note": "Stand"}
    status, first = call("POST", "/spend", told)
    assert (status, first["amount"], first["currency"]) == (201, "100", Workspace.objects.get().currency)
    status, again = call("POST", "/spend", told | {"campaign": fair.pk, "amount": 120.5})
    assert (status, again["id"]) == (200, first["id"])
    assert call("POST", "/spend", told | {"note": "Carpet"})[0] == 201
    assert call("GET", f"/campaigns/{fair.pk}")[1]["spent"] == "220.50"


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"amount": "-5"}, "zero or more"),
        ({"amount": "5.001"}, "decimal places"),
        ({"amount": "much"}, "decimal"),
        ({"amount": "NaN"}, "finite"),
        ({"currency": "XXX"}, "convert"),
        ({"spent_on": "yesterday"}, "date"),
        ({"campaign": "nobody"}, "/api/v1/campaigns"),
        ({"campaign": 99}, "/api/v1/campaigns"),
        ({"campaign": "9" * 30}, "/api/v1/campaigns"),
    ],
)
def test_spend_that_cannot_be_is_refused_in_words(
    call: Caller, fair: Campaign, told: dict[str, Any], words: str
) -> None:
    given = {"campaign": "hannover", "spent_on": "2026-03-02", "amount": "5"}
    status, problem = call("POST", "/spend", given | told)
    assert status == 422
    assert words in says(problem)
    assert not Spend.objects.exists()


def test_spend_is_found_by_campaign_and_days(call: Caller, fair: Campaign) -> None:
    other = Campaign.objects.create(name="Other", code="other", channel="Email")
    for day in range(1, 6):
        Spend.objects.create(campaign=fair, spent_on=f"2026-03-0{day}", amount=day)
    Spend.objects.create(campaign=other, spent_on="2026-03-03", amount=50)
    found = call("GET", "/spend?campaign=hannover&from=2026-03-02&until=2026-03-04")[1]["items"]
    assert [each["amount"] for each in found] == ["2.00", "3.00", "4.00"]
    assert len(call("GET", f"/spend?campaign={other.pk}")[1]["items"]) == 1
    assert "/api/v1/campaigns" in says(call("GET", "/spend?campaign=nobody")[1])


def test_lists_come_in_pages_that_lose_and_repeat_nothing(call: Caller) -> None:
    for n in range(5):
        campaign = Campaign.objects.create(name=f"C{n}", code=f"c{n}", channel="Email")
        Spend.objects.create(campaign=campaign, spent_on="2026-03-01", amount=n)
        Form.objects.create(name=f"F{n}", code=f"f{n}")
        Persona.objects.create(name=f"P{n}", role="Head")
    for path in ("/campaigns", "/spend?from=2026-01-01", "/forms", "/personas"):
        mark = "&" if "?" in path else "?"
        whole = call("GET", path)[1]
        assert (len(whole["items"]), whole["next"]) == (5, None)
        assert call.all(f"{path}{mark}limit=2") == whole["items"]
        assert call("GET", f"{path}{mark}limit=0")[0] == 422


def test_a_page_of_campaigns_costs_the_same_whatever_its_size(call: Caller, django_assert_max_num_queries: Any) -> None:
    for n in range(30):
        Campaign.objects.create(name=f"C{n}", code=f"c{n}", channel="Email")
        FormField.objects.create(form=Form.objects.create(name=f"F{n}", code=f"f{n}"), label="E-mail", name="email")
    for path in ("/campaigns", "/forms"):
        with django_assert_max_num_queries(8):
            assert len(call("GET", path)[1]["items"]) == 30


def test_a_form_tells_its_address_consent_and_questions(call: Caller, fair: Campaign) -> None:
    form = Form.objects.create(
        name="Demo", code="demo", campaign=fair, consent_purpose="newsletter", consent_wording="Send me news."
    )
    FormField.objects.create(form=form, label="People", name="size", kind="choice", options="1–49\n50–250")
    found = call("GET", f"/forms/{form.pk}")[1]
    assert found["address"].endswith("/t/f/demo")
    assert (found["campaign"], found["consent"]["wording"]) == ("hannover", "Send me news.")
    assert found["fields"][0]["options"] == ["1–49", "50–250"]
    Form.objects.create(name="Old", code="old", is_active=False)
    assert [each["code"] for each in call("GET", "/forms?is_active=true")[1]["items"]] == ["demo"]


def test_a_reading_key_cannot_write_and_none_reads_nothing(fair: Campaign) -> None:
    reader = Caller("read")
    assert reader("POST", "/campaigns", {"name": "Mine", "channel": "Email"})[0] == 403
    assert reader("PATCH", f"/campaigns/{fair.pk}", {"name": "Mine"})[0] == 403
    assert reader("POST", "/spend", {"campaign": "hannover", "spent_on": "2026-03-02", "amount": 1})[0] == 403
    for path in ("/campaigns", f"/campaigns/{fair.pk}", "/spend", "/forms", "/personas"):
        assert reader("GET", path)[0] == 200
        assert Client().get(f"/api/v1{path}").status_code == 401
        assert Caller("collect")("GET", path)[0] == 401


def test_a_repeated_call_is_done_once(call: Caller) -> None:
    told = {"name": "Spring", "channel": "Email"}
    first = call("POST", "/campaigns", told, **{"Idempotency-Key": "k1"})
    assert call("POST", "/campaigns", told, **{"Idempotency-Key": "k1"}) == first
    assert Campaign.objects.count() == 1


def test_when_a_question_is_asked_is_told_and_said_as_groups_within_groups(call: Caller) -> None:
    form = Form.objects.create(name="Demo", code="demo")
    for number, (name, kind, options) in enumerate(
        (("size", "radio", "small\nlarge"), ("country", "country", ""), ("sites", "number", ""))
    ):
        FormField.objects.create(
            form=form, label=name, name=name, kind=kind, options=options, sort_order=number, show_when=[]
        )
    when = {
        "all": [
            {"question": "size", "is": "is", "value": "Large"},
            {"any": [{"question": "country", "is": "is", "value": "DE"}, {"question": "country", "is": "is_empty"}]},
        ]
    }
    status, told = call("PUT", f"/forms/{form.pk}/fields/sites/when", when)
    assert status == 200
    assert [each["when"] for each in told["fields"]] == [{}, {}, when]
    assert call("GET", f"/forms/{form.pk}")[1]["fields"][2]["when"] == when
    plan = Form.objects.get().plan()
    assert set(questions.asked(plan, {"size": ["large"], "country": ["FR"]})) == {"size", "country"}
    assert set(questions.asked(plan, {"size": ["large"]})) == {"size", "country", "sites"}
    for wrong, part in (
        ({"all": [{"question": "nobody", "is": "is_set"}]}, "no question above it"),
        ({"all": [{"question": "size", "is": "is", "value": "huge"}]}, "it offers small, large"),
        ({"all": [{"question": "size", "is": "resembles"}]}, "no relation"),
        ({"all": []}, "with one at least"),
        ({"all": [], "any": []}, "with one at least"),
        ({"any": [{"any": [{"any": [{"any": [{"question": "size", "is": "is_set"}]}]}]}]}, "3 deep"),
    ):
        status, problem = call("PUT", f"/forms/{form.pk}/fields/sites/when", wrong)
        assert (status, part in says(problem)) == (422, True), problem
    assert call("PUT", f"/forms/{form.pk}/fields/sites/when", {})[1]["fields"][2]["when"] == {}
    assert Caller("read")("PUT", f"/forms/{form.pk}/fields/sites/when", when)[0] == 403
