"""The screens of `measure`: the reports, the goals, the leads behind a figure, and the first screen's panels."""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import NoReverseMatch, reverse

from leadwright.attract.models import Campaign, Channel
from leadwright.capture.models import Import
from leadwright.kit import clock, numbers
from leadwright.measure import backlogs, channels, cohorts, funnels, goals, metrics, questions, records
from leadwright.measure.questions import BLANK, PERIODS, Question
from leadwright.measure.records import Set
from leadwright.qualify.models import WAY, Lead, Stage
from leadwright.ui.charts import Chart, Series
from leadwright.workspace.access import allowed, user_of
from leadwright.workspace.models import User

PAGE = 100
CAMPAIGNS_ASKED = 500  # at most so many in one call; a list's page has fifty
# The sets that templates link to, and the definitions that they show.
SETS = {
    "opened": Set("opened"),
    "won": Set("cohort", "won"),
    "disordered": Set("disordered"),
    "unanswered_set": Set("unanswered"),
    "definitions": {key: metric.definition for key, metric in metrics.METRICS.items()},
}
STRIP = ("leads", "mql", "sal", "sql", "won", "cost_per_sql")
NAMES_KEPT = 200  # sources offered in a filter


def _question(request: HttpRequest, default: str = "year") -> tuple[Question, str]:
    """The question in the address; one that cannot be understood is said, and the default answered."""
    viewer = questions.viewer_of(user_of(request))
    try:
        return questions.parse(request.GET, viewer=viewer, default=default), ""
    except ValidationError as error:
        return questions.parse({}, viewer=viewer, default=default), " ".join(error.messages)


def _widened(question: Question, request: HttpRequest) -> Question:
    """All time instead of the default period, where that holds no lead but an earlier one does."""
    asked = set(request.GET) & {"period", "from", "until"}
    if asked or records.size(Set("opened"), question):
        return question
    everything = questions.parse(request.GET.dict() | {"period": "all"}, viewer=question.viewer)
    return everything if Lead.objects.exists() else question


def _filters(question: Question) -> dict[str, Any]:
    """What the filter row offers: each filter with its options, as far as the viewer sees them, and the one asked."""
    viewer = question.viewer
    seen = Lead.objects.all() if viewer is None else Lead.objects.filter(Q(owner=viewer) | Q(owner=None))
    sources = seen.exclude(source="").order_by("source").values_list("source", flat=True).distinct()
    files = Import.objects.filter(kind="leads") if viewer is None else Import.objects.none()
    imports = files.order_by("-pk").values_list("pk", "file_name")[:50]
    owners = User.objects.filter(pk__in=Lead.objects.values("owner")).order_by("name").values_list("pk", "name")
    offers = [
        ("channel", "Channel", [(c, c) for c in Channel.values], question.channel),
        ("source", "Source", [(s, s) for s in sources[:NAMES_KEPT]], question.source),
        ("campaign", "Campaign", list(Campaign.objects.order_by("name").values_list("pk", "name")), question.campaign),
        ("owner", "Owner", list(owners), question.owner),
        ("import", "Import", list(imports), question.imported),
    ]
    found = []
    for name, label, options, asked in offers:
        if not options or (name == "owner" and question.viewer is not None):
            continue
        blank = [] if name == "import" else [(BLANK, f"No {label.lower()}")]
        chosen = BLANK if asked in ("", 0) else str(asked) if asked is not None else ""
        rows = [(str(value), text, str(value) == chosen) for value, text in [*options, *blank]]
        found.append({"name": name, "label": label, "options": rows, "chosen": chosen})
    own = not question.period
    return {
        "periods": [(key, label, key == question.period) for key, label in PERIODS.items()],
        "own": own,
        "from": question.first_day if own and question.start > questions.EARLIEST else None,
        "until": question.last_day if own else None,
        "offers": found,
        "is_filtered": any(each["chosen"] for each in found),
    }


@allowed("measure.view_report")
def funnel(request: HttpRequest) -> HttpResponse:
    """The leads of a period on their way."""
    question, wrong = _question(request)
    question = _widened(question, request)
    report = funnels.funnel(question)
    context = {"report": report, "question": question, "filters": _filters(question), "wrong": wrong} | SETS
    context["chart"] = Chart(
        "Leads that came at least so far",
        [step.label for step in report.steps],
        [Series("Leads", [step.leads for step in report.steps])],
        kind="sideways",
        label_heading="Stage",
        height=320,
    )
    return render(request, "measure/funnel.html", context)


@allowed("measure.view_report")
def cohort(request: HttpRequest) -> HttpResponse:
    """Leads by month of opening, and how soon they were won."""
    question, wrong = _question(request, default="all")
    report = cohorts.report(question)
    context: dict[str, Any] = SETS | {
        "report": report,
        "question": question,
        "filters": _filters(question),
        "wrong": wrong,
        "windows": cohorts.WINDOWS,
        "largest": max((cell.share.value or 0 for each in report.cohorts for cell in each.cells), default=0),
        "rows": [(each, _month_of(question, each.month)) for each in report.cohorts],
        "sources": [(each, replace(question, source=each.source)) for each in report.sources],
        "chart": _cohort_chart(report),
    }
    return render(request, "measure/cohorts.html", context)


def _cohort_chart(report: cohorts.Cohorts) -> Chart:
    """Share won within each window, by month; a month too young for a window, or of too few leads, is left out."""

    def known(cell: cohorts.Cell) -> float | None:
        hidden = cell.is_open or cell.share.is_too_few or cell.share.value is None
        return None if hidden else round((cell.share.value or 0) * 100, 2)

    columns = zip(*(each.cells for each in report.cohorts), strict=True)
    series = (
        [
            Series(f"{days} days", [known(cell) for cell in column])
            for days, column in zip(cohorts.WINDOWS, columns, strict=True)
        ]
        if report.cohorts
        else []
    )
    months = [f"{each.month:%b %Y}{' (cut off)' if each.is_cut else ''}" for each in report.cohorts]
    return Chart("Won within so many days, by month of opening", months, series, "line", "%", "Opened in", 300)


def _month_of(question: Question, month: date) -> Question:
    """The question about one month of its period alone."""
    start = max(questions.midnight(month, question.zone), question.start)
    end = min(questions.midnight(questions.next_month(month), question.zone), question.end)
    return replace(question, start=start, end=end, period="")


@allowed("measure.view_report")
def channel(request: HttpRequest) -> HttpResponse:
    """What each channel or campaign brought and cost."""
    question, wrong = _question(request)
    question = _widened(question, request)
    by = request.GET.get("by", "channel")
    by = by if by in channels.BY else "channel"
    report = channels.report(question, by)
    context: dict[str, Any] = SETS | {
        "report": report,
        "question": question,
        "filters": _filters(question),
        "wrong": wrong,
        "by": by,
        "report_query": question.query(by=by),
        "rows": [(line, _line_question(question, by, line.key)) for line in report.lines],
        "tabs": [(key, label, f"?{question.query(by=key)}") for key, label in channels.BY.items()],
        "sets": channels.SETS,
    }
    return render(request, "measure/channels.html", context)


def _line_question(question: Question, by: str, key: str) -> Question:
    return replace(question, campaign=int(key)) if by == "campaign" else replace(question, channel=key)


@allowed("measure.view_report")
def goal(request: HttpRequest) -> HttpResponse:
    """The plan month by month, and where this month stands."""
    today = clock.now().astimezone(questions.month().zone).date()
    months = goals.months(today)
    may_change = request.user.has_perm("measure.change_goal")
    wrong: Mapping[str, str] = {}
    if request.method == "POST" and may_change:
        wrong = _save_goals(request, months)
        if not wrong:
            messages.success(request, "The plan is saved. The first screen compares with it from now on.")
            return HttpResponseRedirect(reverse("goals"))
    chosen = _chosen_month(request.GET.get("month", ""), today)
    question = questions.month(chosen, questions.viewer_of(user_of(request)))
    plans = {month: goals.plan(month) for month in months}
    grid = [
        (
            metric,
            [
                (
                    month,
                    name := f"{metric.key}:{month}",
                    request.POST.get(name, _plain(plans[month].get(metric.key))),
                    wrong.get(name),
                )
                for month in months
            ],
        )
        for metric in goals.PLANNED
    ]
    context = {
        "question": question,
        "month": chosen,
        "months": months,
        "this_month": today.replace(day=1),
        "lines": goals.lines(question),
        "has_plan": bool(goals.plan(chosen)),
        "shortfall": goals.shortfall(question),
        "grid": grid,
        "may_change": may_change,
        "wrong": wrong,
    }
    return render(request, "measure/goals.html", context, status=422 if wrong else 200)


def _plain(value: Decimal | None) -> str:
    return "" if value is None else f"{value.normalize():f}"


def _chosen_month(text: str, today: date) -> date:
    try:
        return date.fromisoformat(f"{text}-01") if text else today.replace(day=1)
    except ValueError:
        return today.replace(day=1)


def _save_goals(request: HttpRequest, months: list[date]) -> dict[str, str]:
    """Keep what was entered, whole or not at all; answers what cannot be used, by field."""
    wrong: dict[str, str] = {}
    wanted: dict[date, dict[str, Decimal | None]] = {month: {} for month in months}
    for month in months:
        for metric in goals.PLANNED:
            name = f"{metric.key}:{month}"
            if name not in request.POST:
                continue
            text = request.POST[name].strip().replace(" ", "").replace(",", "")
            try:
                value = Decimal(text) if text else None
            except InvalidOperation:
                value = Decimal(-1)
            if value is not None and not 0 <= value < Decimal(10) ** 12:
                wrong[name] = "Give a number of zero or more."
            else:
                wanted[month][metric.key] = value
    if not wrong:
        for month, targets in wanted.items():
            goals.save(month, targets)
    return wrong


@allowed("measure.view_report")
def leads(request: HttpRequest) -> HttpResponse:
    """The leads behind a figure."""
    question, wrong = _question(request)
    which = _set(request.GET)
    rows = records.page(which, question, after=_after(request.GET.get("after", "")), limit=PAGE + 1)
    shown = list(rows[:PAGE])
    following = ""
    if len(rows) > PAGE:
        following = f"?{_with(request.GET, after=_token(shown[-1].at, shown[-1].lead_id))}"
    context = {
        "question": question,
        "which": which,
        "size": records.size(which, question),
        "rows": [(row, _lead_url(row.lead_id)) for row in shown],
        "following": following,
        "is_first": "after" not in request.GET,
        "wrong": wrong,
        "chips": _chips(question),
    }
    return render(request, "measure/leads.html", context)


def _set(asked: Mapping[str, str]) -> Set:
    kind, stage, days = asked.get("set", "opened"), asked.get("stage", ""), asked.get("days", "")
    if kind not in records.KINDS or (stage and stage not in Stage.values):
        raise Http404("There is no such set of leads; go back to the report and choose a figure.")
    if kind in {"reached", "cohort"} and stage not in WAY:
        raise Http404("This set needs a stage of the way, such as sql; go back to the report and choose a figure.")
    if kind == "standing" and not stage:
        raise Http404("This set needs a stage, such as lost; go back to the report and choose a figure.")
    reason = asked.get("reason")
    return Set(kind, stage, numbers.whole(days, most=9999) or 0, "" if reason == BLANK else reason)


def _chips(question: Question) -> list[str]:
    """The filters of a question, as words."""
    said = []
    if question.channel is not None:
        said.append(f"Channel is {question.channel or 'not known'}")
    if question.source is not None:
        said.append(f"Source is {question.source or 'blank'}")
    if question.campaign is not None:
        found = Campaign.objects.filter(pk=question.campaign).first()
        said.append(f"Campaign is {found or 'none'}")
    if question.owner is not None:
        owner = User.objects.filter(pk=question.owner).first()
        said.append(f"Owner is {owner or 'nobody'}")
    if question.imported is not None:
        said.append(f"Import is {question.imported}")
    return said


def _with(asked: QueryDict, **more: str) -> str:
    changed = asked.copy()
    for name, value in more.items():
        changed[name] = value
    return changed.urlencode()


def _token(at: datetime, lead: int) -> str:
    return base64.urlsafe_b64encode(json.dumps([at.isoformat(), lead]).encode()).decode().rstrip("=")


def _after(token: str) -> tuple[datetime, int] | None:
    try:
        at, lead = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        return datetime.fromisoformat(at), int(lead)
    except (ValueError, TypeError, OverflowError, binascii.Error):
        return None


def _lead_url(lead: int) -> str:
    """The page of a lead, as far as one is served."""
    for name in ("lead", "qualify_lead"):
        try:
            return reverse(name, args=[lead])
        except NoReverseMatch:
            continue
    return ""


# -- the first screen


def _panel(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponseBase:
    answer = render(request, f"measure/{template}", SETS | context)
    answer["Cache-Control"] = "no-store"
    return answer


@allowed("measure.view_report")
def month_panel(request: HttpRequest) -> HttpResponseBase:
    """This month: what was reached, against the plan or the month before."""
    question = questions.month(viewer=questions.viewer_of(user_of(request)))
    return _panel(request, "_month_panel.html", {"question": question, "lines": goals.lines(question, STRIP)})


@allowed("measure.view_report")
def shortfall_panel(request: HttpRequest) -> HttpResponseBase:
    """Where the month falls short, in words."""
    question = questions.month(viewer=questions.viewer_of(user_of(request)))
    context = {
        "question": question,
        "shortfall": goals.shortfall(question),
        "has_plan": bool(goals.plan(question.first_day)),
        "unanswered": metrics.ask(question, ("unanswered",))["unanswered"],
    }
    return _panel(request, "_shortfall_panel.html", context)


@allowed("measure.view_report")
def funnel_panel(request: HttpRequest) -> HttpResponseBase:
    """The funnel of the last 90 days."""
    question = questions.parse({"period": "quarter"}, viewer=questions.viewer_of(user_of(request)))
    return _panel(request, "_funnel_panel.html", {"question": question, "steps": funnels.counts(question)})


@allowed("measure.view_report")
def channel_panel(request: HttpRequest) -> HttpResponseBase:
    """The channels of the last 90 days."""
    question = questions.parse({"period": "quarter"}, viewer=questions.viewer_of(user_of(request)))
    report = channels.report(question, warn=False)
    rows = [(line, replace(question, channel=line.key)) for line in report.lines[:8]]
    context = {"question": question, "report": report, "rows": rows, "sets": channels.SETS}
    return _panel(request, "_channel_panel.html", context)


@allowed("measure.view_report")
def campaign_leads(request: HttpRequest) -> HttpResponseBase:
    """How many leads each campaign of a list has brought, as pieces that find their own cells."""
    question = questions.parse({"period": "all"}, viewer=questions.viewer_of(user_of(request)))
    asked = numbers.keys(request.GET.get("campaigns", "").split(","))
    counted = channels.leads(question, asked[:CAMPAIGNS_ASKED])
    cells = [(campaign, number, replace(question, campaign=campaign)) for campaign, number in counted.items()]
    return render(request, "measure/_campaign_leads.html", {"cells": cells, "set": channels.SETS["leads"]})


@allowed("measure.view_report")
def campaign_panel(request: HttpRequest, campaign_id: int) -> HttpResponseBase:
    """What one campaign has brought in all its time."""
    campaign = get_object_or_404(Campaign, pk=campaign_id)
    everything = questions.parse({"period": "all"}, viewer=questions.viewer_of(user_of(request)))
    question = replace(everything, campaign=campaign.pk)
    line = channels.report(question, "campaign", warn=False).total
    context = {"campaign": campaign, "question": question, "line": line, "sets": channels.SETS}
    return _panel(request, "_campaign_panel.html", context)


@allowed("measure.view_report")
def health_panel(request: HttpRequest) -> HttpResponseBase:
    """What waits in the machine."""
    return _panel(request, "_health_panel.html", {"lines": backlogs.lines(), "as_of": clock.now()})
