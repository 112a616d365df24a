"""Reports as documents: what the API and the command line answer."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from leadwright.measure import channels as channel_reports
from leadwright.measure import cohorts as cohort_reports
from leadwright.measure import funnels, metrics, rules
from leadwright.measure import goals as plans
from leadwright.measure.questions import Question

Document = dict[str, Any]


def _frame(question: Question) -> Document:
    return {
        "as_of": question.as_of.isoformat(),
        "from": question.first_day.isoformat() if question.period != "all" else None,
        "until": question.last_day.isoformat(),
        "filters": {
            name: value
            for name, value in (
                ("channel", question.channel),
                ("source", question.source),
                ("campaign", question.campaign),
                ("owner", question.owner),
                ("import", question.imported),
            )
            if value is not None
        },
    }


def _share(of: rules.Share | None) -> Document | None:
    if of is None or of.value is None:
        return None
    low, high = of.interval
    return {
        "hits": of.hits,
        "of": of.trials,
        "share": round(of.value, 6),
        "interval": [round(low, 6), round(high, 6)],
        "too_few": of.is_too_few,
    }


def _warnings(found: Iterable[rules.Warning]) -> list[Document]:
    return [
        {"kind": each.kind, "title": each.title, "say": each.sentence, "evidence": _plain(each.evidence)}
        for each in found
    ]


def _plain(value: Any) -> Any:
    """Evidence as JSON takes it: keys as text, days in ISO form."""
    if hasattr(value, "items"):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value.isoformat() if hasattr(value, "isoformat") else value


def _days(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


def _number(value: Decimal | None) -> int | float | None:
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else round(float(value), 2)


def figures(question: Question, answer: metrics.Answer) -> Document:
    """Figures with their definitions."""
    return _frame(question) | {
        "metrics": [
            {
                "key": key,
                "name": metric.name,
                "unit": metric.unit,
                "value": _number(value),
                "definition": metric.definition,
            }
            for key, value in answer.figures.items()
            for metric in (metrics.METRICS[key],)
        ]
    }


def funnel(report: funnels.Funnel) -> Document:
    """A funnel."""
    return _frame(report.question) | {
        "stages": [
            {
                "stage": step.stage,
                "leads": step.leads,
                "share": _share(step.share),
                "conversion": _share(step.conversion),
                "median_days_between": _days(step.days_between),
                "median_days_since_opened": _days(step.days_since_opened),
            }
            for step in report.steps
        ],
        "aside": [{"stage": each.stage, "reason": each.reason, "leads": each.leads} for each in report.asides],
        "warnings": _warnings(report.warnings),
    }


def _cells(cells: Sequence[cohort_reports.Cell]) -> list[Document]:
    return [{"days": cell.days, "won": _share(cell.share), "complete": not cell.is_open} for cell in cells]


def cohorts(report: cohort_reports.Cohorts) -> Document:
    """A cohort report."""
    return _frame(report.question) | {
        "known_until": report.known_until.isoformat(),
        "won": _share(report.won),
        "median_days_to_win": _days(report.days_to_win),
        "value": {
            "count": report.value.count,
            "sum": report.value.total,
            "mean": report.value.mean,
            "median": report.value.median,
        },
        "cohorts": [
            {
                "month": f"{each.month:%Y-%m}",
                "leads": each.leads,
                "won": _share(each.won),
                "windows": _cells(each.cells),
                "median_days_to_win": _days(each.days_to_win),
                "cut_off": each.is_cut,
            }
            for each in report.cohorts
        ],
        "comparable": {
            "since": f"{report.comparable_since:%Y-%m}" if report.comparable_since else None,
            "won": _share(report.comparable_won),
            "windows": _cells(report.comparable),
        },
        "sources": [
            {"source": each.source, "won": _share(each.won), "median_days_to_win": _days(each.days_to_win)}
            for each in report.sources
        ],
        "warnings": _warnings(report.warnings),
    }


def _line(line: channel_reports.Line) -> Document:
    interval = line.cost.interval
    return {
        "key": line.key,
        "name": line.name,
        "leads": line.leads,
        "sql": line.sql,
        "won": line.won,
        "lead_to_sql": _share(line.to_sql),
        "spend": _number(line.spend),
        "cost_per_sql": None if line.cost.value is None else round(line.cost.value, 2),
        "cost_per_sql_interval": [round(interval[0], 2), round(interval[1], 2)]
        if interval and line.cost.events
        else None,
        "too_few": line.cost.is_too_few,
    }


def channels(report: channel_reports.Channels) -> Document:
    """A channel report."""
    return _frame(report.question) | {
        "by": report.by,
        "lines": [_line(line) for line in report.lines],
        "total": _line(report.total),
        "warnings": _warnings(report.warnings),
    }


def goals(question: Question, lines: Sequence[plans.Line], shortfall: plans.Shortfall | None) -> Document:
    """A month's plan and actual, and the gap of sql taken apart."""
    return _frame(question) | {
        "month": f"{question.first_day:%Y-%m}",
        "lines": [
            {
                "metric": line.metric.key,
                "target": _number(line.target),
                "due": _number(line.due),
                "actual": _number(line.actual),
                "gap": _number(line.gap),
                "month_before": _number(line.before),
            }
            for line in lines
        ],
        "shortfall": shortfall
        and {
            "metric": shortfall.metric.key,
            "against": shortfall.against,
            "expected": round(float(shortfall.expected), 4),
            "actual": float(shortfall.actual),
            "gap": round(float(shortfall.gap), 4),
            "parts": [{"name": name, "part": round(float(part), 4)} for name, part in shortfall.parts],
            "say": plans.explain(shortfall),
        },
    }
