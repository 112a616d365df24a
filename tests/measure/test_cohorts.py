from datetime import UTC, date, datetime, timedelta

import pytest

from leadwright.kit import clock
from leadwright.measure import cohorts, funnels
from tests.measure.people import NOW, Way, ask, make, make_olist, needs_olist

pytestmark = pytest.mark.django_db


def kinds(report):
    return {warning.kind for warning in report.warnings}


@needs_olist
def test_the_real_funnel_of_olist_is_counted_right_and_warned_of_in_words():
    make_olist()
    clock.set_to(NOW)
    report = cohorts.report(ask())
    assert (report.won.hits, report.won.trials) == (842, 8000)
    assert f"{report.won.value:.2%}" == "10.53%"
    assert funnels.funnel(ask()).steps[-1].leads == 842
    assert round(report.days_to_win, 1) == 14.7

    said = {warning.kind: warning for warning in report.warnings}
    assert said["left_truncation"].evidence["recorded_from"] == date(2017, 12, 5)
    assert "no win is recorded before 5 Dec 2017" in said["left_truncation"].sentence
    assert said["right_censoring"].evidence["known_until"] == date(2018, 11, 14)
    assert said["right_censoring"].evidence["too_young"] == {180: [date(2018, 5, 1)]}
    assert said["impossible_order"].evidence["count"] == 1
    assert said["outlier"].evidence["share"] == pytest.approx(0.809, abs=0.001)
    assert said["unknown_source"].evidence["blank"] == 60
    assert said["unknown_source"].evidence["unknown"] == 1099

    cut = [cohort.month for cohort in report.cohorts if cohort.is_cut]
    assert cut == [date(2017, month, 1) for month in range(6, 13)]
    assert report.comparable_since == date(2018, 1, 1)

    clean = cohorts.report(ask(**{"from": "2018-01-01", "until": "2018-12-31"}))
    assert [f"{cell.share.value:.1%}" for cell in clean.comparable] == ["4.1%", "9.1%", "11.3%", "12.5%"]
    assert "left_truncation" not in kinds(clean)


def steady(months=8, per_day=3, every=4, days=12.0, since=None):
    """Leads day by day, one of four won after twelve days."""
    since = since or NOW - timedelta(days=30 * months)
    ways = []
    for n in range(months * 30 * per_day):
        opened = since + timedelta(days=n / per_day)
        is_won = n % every == 0 and opened + timedelta(days=days) < NOW
        ways.append(
            Way(opened, (("won", days),) if is_won else (), more={"source": "ads", "value": 100 if is_won else None})
        )
    return ways


def test_a_steady_firm_is_warned_of_nothing_but_its_youngest_cohorts():
    clock.set_to(NOW)
    make(steady())
    assert kinds(cohorts.report(ask())) == {"right_censoring"}


def test_old_enough_cohorts_of_a_steady_firm_raise_no_warning():
    clock.set_to(NOW)
    make(steady())
    assert kinds(cohorts.report(ask(**{"from": "2026-04-01", "until": "2026-05-20"}))) == set()


def test_wins_that_were_not_recorded_at_first_are_noticed():
    clock.set_to(NOW)
    ways = steady()
    start = NOW - timedelta(days=120)
    for way in ways:
        if way.moves and way.opened_at + timedelta(days=12) < start:
            way.moves, way.more["value"] = (), None
    make(ways)
    report = cohorts.report(ask())
    assert "left_truncation" in kinds(report)
    said = next(warning for warning in report.warnings if warning.kind == "left_truncation")
    assert abs((said.evidence["recorded_from"] - start.date()).days) <= 2


def test_a_lead_won_before_it_was_opened_is_named_and_left_out_of_the_days():
    clock.set_to(NOW)
    make([*steady(), Way(NOW - timedelta(days=50), (("won", -3.0),), name="Ada", more={"source": "ads", "value": 100})])
    report = cohorts.report(ask())
    said = next(warning for warning in report.warnings if warning.kind == "impossible_order")
    assert "Ada (3.0 days before)" in said.sentence
    assert report.days_to_win == pytest.approx(12.0)


def test_a_month_is_the_workspaces_month():
    from leadwright.workspace.models import Workspace

    clock.set_to(NOW)
    Workspace.objects.all().delete()
    Workspace.objects.create(time_zone="Asia/Tokyo")
    make([Way(datetime(2026, 9, 30, 20, 0, tzinfo=UTC))])
    assert [cohort.month for cohort in cohorts.report(ask()).cohorts] == [date(2026, 10, 1)]


def test_an_empty_installation_has_an_empty_report():
    clock.set_to(NOW)
    report = cohorts.report(ask())
    assert (report.cohorts, report.warnings, report.won.value) == ((), (), None)
