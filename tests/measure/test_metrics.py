from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadwright.attract.models import Campaign, Spend
from leadwright.kit import clock
from leadwright.measure import channels, funnels, goals, metrics, questions, records
from leadwright.qualify.models import WAY, Lead, StageMove
from tests.measure.people import NOW, Way, ask, make

pytestmark = pytest.mark.django_db

STAGES = [str(stage) for stage in WAY]


@pytest.fixture(autouse=True)
def standing_clock():
    clock.set_to(NOW)


def test_every_metric_has_a_sentence_that_says_what_it_counts():
    for metric in metrics.METRICS.values():
        assert metric.definition.endswith(".")
        assert metric.definition[0].isupper()


def test_a_lead_that_leaps_has_reached_what_it_leapt_over():
    make([Way(moves=(("opportunity", 2),))])
    answer = metrics.ask(ask(period="month"))
    assert [answer[key] for key in ("leads", "mql", "sal", "sql", "opportunity", "won")] == [1, 1, 1, 1, 1, 0]


def test_a_lead_that_falls_back_and_comes_again_counts_once_and_in_the_first_month():
    make([Way(NOW - timedelta(days=60), (("mql", 5), ("recycled", 10), ("mql", 55)))])
    assert metrics.ask(ask(period="month"))["mql"] == 0
    assert metrics.ask(ask(period="all"))["mql"] == 1


def test_reaching_counts_when_it_happens_and_opening_when_it_happened():
    make([Way(NOW - timedelta(days=60), (("won", 55),), more={"value": 700})])
    answer = metrics.ask(ask(period="month"))
    assert (answer["leads"], answer["won"], answer["value_won"]) == (0, 1, 700)


def test_a_cost_without_sql_is_no_number():
    campaign = Campaign.objects.create(name="A", code="a", channel="Email")
    Spend.objects.create(campaign=campaign, spent_on=NOW.date(), amount=100)
    answer = metrics.ask(ask(period="month"))
    assert answer["spend"] == 100
    assert answer["cost_per_sql"] is None


def test_spend_is_not_split_by_what_it_does_not_know():
    assert metrics.ask(ask(source="form demo"))["spend"] is None
    assert metrics.ask(ask(channel="Email"))["spend"] == 0


moves = st.lists(
    st.tuples(st.sampled_from([*STAGES[1:], "lost", "recycled", "disqualified"]), st.floats(0.1, 40)), max_size=5
)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(st.floats(0, 300), moves), max_size=12))
def test_whatever_leads_do_the_funnel_narrows_and_every_way_of_asking_agrees(ways):
    StageMove.objects.all().delete()
    Lead.objects.all().delete()
    made = []
    for age, steps in ways:
        at, days = NOW - timedelta(days=age), 0.0
        way = []
        for stage, wait in steps:
            days += wait
            if at + timedelta(days=days) < NOW:
                way.append((stage, days))
        made.append(Way(at, tuple(way), more={"channel": "Email" if len(way) % 2 else "Direct"}))
    make(made)
    question = ask()
    report, quick, answer = funnels.funnel(question), funnels.counts(question), metrics.ask(question)
    counted = [step.leads for step in report.steps]
    assert counted == sorted(counted, reverse=True)
    assert counted == [step.leads for step in quick]
    assert counted == [int(answer[key]) for key in ("leads", "mql", "sal", "sql", "opportunity", "won")]
    assert [records.size(step.records, question) for step in report.steps] == counted
    total = channels.report(question)
    assert sum(line.leads for line in total.lines) == counted[0]
    assert sum(line.sql for line in total.lines) == total.total.sql == counted[3]


def test_a_month_is_compared_with_as_many_days_of_the_month_before():
    clock.set_to(datetime(2026, 3, 31, 12, tzinfo=UTC))
    before = questions.month_before(questions.month())
    assert (before.first_day, before.last_day) == (date(2026, 2, 1), date(2026, 2, 28))
    clock.set_to(datetime(2026, 3, 10, 12, tzinfo=UTC))
    before = questions.month_before(questions.month())
    assert before.end == datetime(2026, 2, 10, 12, tzinfo=UTC)


def test_a_shortfall_is_told_in_words():
    goals.save(NOW.date(), {"leads": Decimal(60), "mql": Decimal(30), "sql": Decimal(15)})
    make([Way(NOW - timedelta(days=5), (("mql", 1), ("sql", 2)), more={"channel": "Email"}) for _ in range(4)])
    make([Way(NOW - timedelta(days=4)) for _ in range(36)])
    make([Way(NOW - timedelta(days=45), (("sql", 1),), more={"channel": "Event"}) for _ in range(3)])
    found = goals.shortfall(questions.month())
    assert found is not None
    assert found.gap == found.volume + found.conversion
    said = goals.explain(found)
    assert said.startswith("5.8 sql short of plan: 4 where 9.8 were due by now.")
    assert "leads → mql is 10 % instead of 50 %" in said
    assert "Event: 0 after 3" in said


def test_without_a_plan_the_month_before_is_the_measure():
    make([Way(NOW - timedelta(days=40), (("sql", 1),)) for _ in range(3)])
    found = goals.shortfall(questions.month())
    assert found is not None
    assert found.against == "the month before"
    assert goals.explain(found).startswith("3 sql short of the month before: 0 where 3 were there by this day.")


def test_without_plan_and_past_there_is_nothing_to_fall_short_of():
    assert goals.shortfall(questions.month()) is None
