"""Reports and goals over the API: the same figures as on the screens, with their definitions and warnings."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query, Router, Schema

from leadwright.measure import answers, channels, cohorts, funnels, goals, metrics, questions
from leadwright.workspace import keys

router = Router(tags=["Reports"])


def _viewer(request: HttpRequest) -> int | None:
    user = keys.maker(request)
    return questions.viewer_of(user) if user else None


class Asked(Schema):
    """The period and the filters of a report. `-` asks for leads without a channel, source, campaign or owner."""

    period: str | None = None
    since: Annotated[date | None, Query(alias="from")] = None
    until: date | None = None
    channel: str | None = None
    source: str | None = None
    campaign: str | None = None
    owner: str | None = None
    imported: Annotated[str | None, Query(alias="import")] = None

    def question(self, request: HttpRequest, default: str = "year") -> questions.Question:
        """What is asked, of the leads that the call's key may see."""
        given = self.dict() | {"from": self.since, "import": self.imported}
        return questions.parse(given, viewer=_viewer(request), default=default)


class Plan(Schema):
    """The targets of a month by metric; null takes one away."""

    month: date
    targets: dict[str, Decimal | None]


@router.get("/reports/metrics", summary="Figures of a period, each with its definition")
@keys.scope("read", "measure.view_report")
def figures(request: HttpRequest, asked: Query[Asked]) -> dict[str, Any]:
    """Every metric for a period; by default this month."""
    question = asked.question(request, "month")
    return answers.figures(question, metrics.ask(question))


@router.get("/reports/funnel", summary="The funnel of the leads opened in a period")
@keys.scope("read", "measure.view_report")
def funnel(request: HttpRequest, asked: Query[Asked]) -> dict[str, Any]:
    """Counts, conversions and days between stages; by default of the last twelve months."""
    return answers.funnel(funnels.funnel(asked.question(request)))


@router.get("/reports/cohorts", summary="Leads by month of opening, and how soon they were won")
@keys.scope("read", "measure.view_report")
def cohort(request: HttpRequest, asked: Query[Asked]) -> dict[str, Any]:
    """Cohorts, sources and warnings; by default of all time."""
    return answers.cohorts(cohorts.report(asked.question(request, "all")))


@router.get("/reports/channels", summary="What channels or campaigns brought and cost")
@keys.scope("read", "measure.view_report")
def channel(request: HttpRequest, asked: Query[Asked], by: str = "channel") -> dict[str, Any]:
    """Leads, sql, won, spend and cost per sql with its interval; by default of the last twelve months."""
    return answers.channels(channels.report(asked.question(request), by if by in channels.BY else "channel"))


@router.get("/goals", summary="The plan of a month, and where it stands")
@keys.scope("read", "measure.view_report")
def read_goals(request: HttpRequest, month: date | None = None) -> dict[str, Any]:
    """Plan, the part due by now, actual and gap of each metric, and the gap of sql taken apart."""
    question = questions.month(month.replace(day=1) if month else None, _viewer(request))
    return answers.goals(question, goals.lines(question), goals.shortfall(question))


@router.put("/goals", summary="Set the plan of a month")
@keys.scope("write", "measure.change_goal")
def write_goals(request: HttpRequest, plan: Plan) -> dict[str, Any]:
    """Set or take away targets; metrics that are not named stay as they are."""
    goals.save(plan.month, plan.targets)
    question = questions.month(plan.month.replace(day=1), _viewer(request))
    return answers.goals(question, goals.lines(question), goals.shortfall(question))
