"""The screens of what was refused: how many for which reason, each hit as it came in, and a second judgement."""

import json
from datetime import timedelta

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from leadwright.capture.judging import refusals
from leadwright.capture.judging.refusals import REASONS
from leadwright.capture.models import Refusal
from leadwright.kit import clock
from leadwright.ui.lists import Action, Choice, Column, Empty, List, Query, Since, View
from leadwright.workspace import audit
from leadwright.workspace.access import allowed

DAYS = 7
ADMINISTER = "workspace.change_workspace"


def _again(request: HttpRequest, rows: Query, _answers: dict[str, object]) -> str:
    count = refusals.judge_again(list(rows.values_list("hit_id", flat=True)[:10_000]), request)
    return f"{count} will be judged again in a moment." if count else "None of these can be judged again."


REFUSED = List(
    name="refusals",
    title="Refused hits",
    rows=lambda request: Refusal.objects.all(),
    columns=(
        Column("reason", "Why", lambda row: REASONS[row.reason].say if row.reason in REASONS else row.reason),
        Column("detail", "More exactly", "detail"),
        Column("at", "Came in", "received_at", kind="moment"),
        Column("again", "Judged again", "again_at", kind="ago"),
    ),
    link=lambda row: f"/app/refused/{row.hit_id}/",
    filters=(
        Choice("reason", "Why", "reason", [(key, reason.say) for key, reason in REASONS.items()]),
        Since("came", "Came in", "received_at"),
    ),
    views=(View("All"),),
    actions=(Action("again", "Judge again", _again, permission=ADMINISTER, confirm="Judge {count} hits again?"),),
    empty=Empty("Nothing was refused", "Hits that are not taken stand here, each with its reason."),
)


@require_GET
@allowed("capture.view_refusal")
def summary(request: HttpRequest) -> HttpResponse:
    """How many hits were refused lately, by reason and day."""
    found = refusals.counts(DAYS)
    today = clock.now().date()
    days = [today - timedelta(days=number) for number in range(DAYS)]
    lines = [
        (key, REASONS.get(key), sum(by_day.values()), [(day, by_day.get(day, 0)) for day in days])
        for key, by_day in sorted(found.items(), key=lambda pair: -sum(pair[1].values()))
    ]
    return render(request, "capture/refusals/index.html", {"lines": lines, "days": days, "number": DAYS})


@allowed("capture.view_refusal")
def index(request: HttpRequest) -> HttpResponseBase:
    """The refused hits, latest first."""
    return REFUSED.respond(request)


@require_GET
@allowed("capture.view_refusal")
def one(request: HttpRequest, hit_id: int) -> HttpResponse:
    """One refused hit, as it came in."""
    found = refusals.hit(hit_id)
    if found is None:
        raise Http404
    audit.saw(request, "hit", hit_id)
    raw = json.dumps(json.loads(found.payload), indent=2, ensure_ascii=False) if found.payload else ""
    context = {"hit": found, "reason": REASONS.get(found.reason), "raw": raw}
    return render(request, "capture/refusals/one.html", context)


@require_POST
@allowed(ADMINISTER)
def again(request: HttpRequest, hit_id: int) -> HttpResponseBase:
    """Judge one hit again."""
    if refusals.judge_again([hit_id], request):
        messages.success(request, "It will be judged again in a moment.")
    else:
        messages.error(
            request, "It cannot be judged again: it was already, its reason stands, or it is no longer kept."
        )
    return redirect("refusals_one", hit_id)
