import json
from datetime import timedelta

import pytest
from django.test import Client

from leadwright.attract.models import Campaign, Spend
from leadwright.kit import clock
from leadwright.qualify.models import Lead
from leadwright.workspace import keys, roles
from leadwright.workspace.models import Role
from tests.measure.people import NOW, Way, ask, make, user

pytestmark = pytest.mark.django_db

PAGES = ("funnel", "cohorts", "channels", "leads")
PANELS = ("month", "shortfall", "funnel", "channels")


@pytest.fixture(autouse=True)
def firm():
    clock.set_to(NOW)
    roles.sync()
    campaign = Campaign.objects.create(name="Autumn", code="autumn", channel="Paid Search")
    Spend.objects.create(campaign=campaign, spent_on=NOW.date(), amount=600)
    more = {"channel": "Paid Search", "campaign": campaign, "source": "form demo"}
    ways = [Way(NOW - timedelta(days=5), (("mql", 1), ("sql", 2)), more=more) for _ in range(6)]
    ways += [Way(NOW - timedelta(days=6), (("mql", 1), ("lost", 2)), reason="Price", more={"channel": "Email"})]
    ways += [Way(NOW - timedelta(days=40), (("won", 38),), more={"channel": "Email", "value": 900})]
    make(ways)


def signed_in(role):
    somebody = user(f"{role}@example.com", role)
    client = Client()
    client.force_login(somebody, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client, somebody


@pytest.fixture
def head():
    return signed_in(Role.HEAD)[0]


@pytest.mark.parametrize("page", PAGES)
def test_a_report_shows_and_says_for_when_it_holds(head, page):
    answer = head.get(f"/app/reports/{page}/")
    assert answer.status_code == 200
    assert "as of 20 Nov, 12:00" in answer.content.decode()


@pytest.mark.parametrize("panel", PANELS)
def test_a_panel_of_the_first_screen_shows(head, panel):
    answer = head.get(f"/app/reports/panels/{panel}/")
    assert answer.status_code == 200
    assert "data-lw-live" in answer.content.decode()


@pytest.mark.parametrize("path", ["reports/funnel/", "goals/", "reports/panels/month/"])
def test_whoever_is_not_signed_in_sees_nothing(path):
    assert Client().get(f"/app/{path}").status_code == 302


def test_screen_and_api_give_the_same_numbers(head):
    _, secret = keys.create("read")
    headers = {"authorization": f"Bearer {secret}"}
    api = Client().get("/api/v1/reports/metrics?period=month", headers=headers).json()
    figures = {metric["key"]: metric["value"] for metric in api["metrics"]}
    assert figures | {"sql": 7, "leads": 7, "won": 1, "cost_per_sql": 85.71, "spend": 600, "value_won": 900} == figures
    strip = head.get("/app/reports/panels/month/").context["lines"]
    assert {line.metric.key: float(line.actual) for line in strip} == {
        k: float(figures[k]) for k in (line.metric.key for line in strip)
    }
    channels = Client().get("/api/v1/reports/channels?period=month", headers=headers).json()
    assert channels["total"]["sql"] == sum(line["sql"] for line in channels["lines"]) == figures["sql"]
    assert channels["total"]["cost_per_sql"] == figures["cost_per_sql"]
    funnel = Client().get("/api/v1/reports/funnel?period=month", headers=headers).json()
    assert funnel["stages"][0]["leads"] == figures["leads"]
    shown = head.get("/app/reports/funnel/?period=month").context["report"]
    assert [step.leads for step in shown.steps] == [stage["leads"] for stage in funnel["stages"]]


def test_every_figure_of_the_funnel_opens_as_many_leads_as_it_says(head):
    from leadwright.measure import records

    report = head.get("/app/reports/funnel/?period=all").context["report"]
    for step in report.steps:
        assert records.size(step.records, report.question) == step.leads
    for aside in report.asides:
        assert records.size(aside.records, report.question) == aside.leads
    page = head.get("/app/reports/leads/?set=cohort&stage=sql&period=all")
    assert len(page.context["rows"]) == page.context["size"] == 7


def test_the_list_behind_a_figure_pages_by_key(head, monkeypatch):
    monkeypatch.setattr("leadwright.measure.views.PAGE", 3)
    seen, address = [], "/app/reports/leads/?period=all"
    for _ in range(5):
        page = head.get(address)
        seen += [row.lead_id for row, _ in page.context["rows"]]
        if not page.context["following"]:
            break
        address = "/app/reports/leads/" + page.context["following"]
    assert len(seen) == len(set(seen)) == 8


def test_a_rep_counts_the_own_leads_and_those_of_nobody():
    client, rep = signed_in(Role.REP)
    cleo = user("cleo@example.com", Role.REP)
    mine, others = Lead.objects.order_by("pk")[:2], Lead.objects.order_by("pk")[2:5]
    Lead.objects.filter(pk__in=[lead.pk for lead in mine]).update(owner=rep)
    Lead.objects.filter(pk__in=[lead.pk for lead in others]).update(owner=cleo)
    report = client.get("/app/reports/funnel/?period=all").context["report"]
    assert report.opened == Lead.objects.visible_to(rep).count() == 5
    listed = client.get("/app/reports/leads/?period=all").context["rows"]
    assert {row.lead_id for row, _ in listed} == set(Lead.objects.visible_to(rep).values_list("pk", flat=True))
    assert client.get(f"/app/reports/leads/?period=all&owner={cleo.pk}").context["size"] == 0


def test_a_rep_cannot_change_the_plan():
    client, _ = signed_in(Role.REP)
    from leadwright.measure import goals

    client.post("/app/goals/", {"sql:2026-11-01": "10"})
    assert goals.plan(NOW.date()) == {}


def test_the_plan_is_saved_whole_or_not_at_all(head):
    from leadwright.measure import goals

    wrong = head.post("/app/goals/", {"sql:2026-11-01": "21", "leads:2026-11-01": "many"})
    assert wrong.status_code == 422
    assert goals.plan(NOW.date()) == {}
    head.post("/app/goals/", {"sql:2026-11-01": "21", "leads:2026-11-01": "1,000"})
    assert goals.plan(NOW.date()) == {"sql": 21, "leads": 1000}
    assert "short of plan" in head.get("/app/goals/").content.decode()


def test_goals_are_set_and_read_over_the_api():
    _, secret = keys.create("write")
    headers = {"authorization": f"Bearer {secret}"}
    body = json.dumps({"month": "2026-11-01", "targets": {"sql": 30, "leads": 60}})
    answer = Client().put("/api/v1/goals", body, content_type="application/json", headers=headers)
    assert answer.status_code == 200
    lines = {line["metric"]: line for line in Client().get("/api/v1/goals", headers=headers).json()["lines"]}
    assert lines["sql"]["target"] == 30
    assert lines["sql"]["due"] == pytest.approx(30 * 19.5 / 30)
    refused = Client().put(
        "/api/v1/goals",
        json.dumps({"month": "2026-11-01", "targets": {"fame": 1}}),
        content_type="application/json",
        headers=headers,
    )
    assert refused.status_code == 422
    assert "no metric" in refused.json()["errors"][0]["say"]


def test_a_period_that_cannot_be_understood_is_said(head):
    _, secret = keys.create("read")
    asked = "from=2026-12-01&until=2026-11-01"
    answer = Client().get(f"/api/v1/reports/funnel?{asked}", headers={"authorization": f"Bearer {secret}"})
    assert answer.status_code == 422
    assert "ends before it begins" in head.get(f"/app/reports/funnel/?{asked}").content.decode()


def test_the_address_of_a_report_carries_its_whole_question():
    question = ask(
        **{"from": "2026-01-01", "until": "2026-06-30", "channel": "-", "source": "form demo", "campaign": "4"}
    )
    from django.http import QueryDict

    again = ask(**QueryDict(question.query()).dict())
    assert (again.start, again.end, again.channel, again.source, again.campaign) == (
        question.start, question.end, "", "form demo", 4,
    )  # fmt: skip


def test_an_administrator_sees_what_waits():
    client, _ = signed_in(Role.ADMINISTRATOR)
    said = client.get("/app/reports/panels/health/").content.decode()
    assert "Messages unsure" in said
    assert "none heard of for a minute" in said
