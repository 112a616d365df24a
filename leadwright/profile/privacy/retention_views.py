"""How long what is kept: the rules, what they would take, and what the last nights took."""

from typing import Any

from django.contrib import messages as notices
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from leadwright.kit import numbers
from leadwright.kit.registries import RETENTIONS
from leadwright.profile.models import RetentionRun
from leadwright.profile.privacy import retentions
from leadwright.workspace.access import allowed

NIGHTS = 60
# What the screen offers besides a number of days of one's own.
OFFERED = (30, 90, 180, 365, 425, 730, 1095, 1825, 3650)


@allowed("profile.change_retentionrule")
def index(request: HttpRequest) -> HttpResponse:
    """The rules; with `look`, what other periods would take; with `keep`, they hold from tonight on."""
    asked, fault = _asked(request)
    if request.method == "POST" and request.POST.get("do") == "keep" and not fault:
        changed = retentions.keep_for(asked, request)
        notices.success(
            request, f"{len(changed)} rule{'s'[: len(changed) != 1]} changed." if changed else "All as before."
        )
        return redirect("retention")
    lines = [
        _line(key, asked.get(key, retentions.days_of(key)), is_asked=request.method == "POST")
        for key in RETENTIONS.keys()  # noqa: SIM118  a registry is walked by its items
    ]
    context = {
        "lines": lines,
        "fault": fault,
        "is_look": request.method == "POST",
        "runs": _runs(),
        "offered": OFFERED,
    }
    return render(request, "profile/retention.html", context, status=422 if fault else 200)


def _asked(request: HttpRequest) -> tuple[dict[str, int | None], str]:
    """The periods of the form, by kind; and what is wrong with them."""
    asked: dict[str, int | None] = {}
    for key in RETENTIONS.keys() if request.method == "POST" else ():
        given = request.POST.get(key, "").strip()
        days = numbers.whole(given, most=36_500) if given else None
        if given and days is None:
            return asked, f"“{given[:20]}” is no number of days for “{RETENTIONS.get(key).label}”."
        asked[key] = days
        try:
            retentions.check(key, days)
        except retentions.TooShort as error:
            return asked, str(error)
    return asked, ""


def _line(key: str, days: int | None, *, is_asked: bool) -> dict[str, Any]:
    kind, holds = RETENTIONS.get(key), retentions.days_of(key)
    return {
        "key": key,
        "kind": kind,
        "days": days,
        "holds": holds,
        "is_changed": is_asked and days != holds,
        "forecast": retentions.forecast(key, days),
        "proposed": kind.days,
    }


def _runs() -> list[RetentionRun]:
    runs = list(RetentionRun.objects.order_by("-at", "-pk")[:NIGHTS])
    for each in runs:
        each.label = RETENTIONS.get(each.key).label if each.key in RETENTIONS else each.key  # type: ignore[attr-defined]
    return runs
