"""The screen “Machine or human”: both numbers, what spoke for each, and what people and the house say."""

from ipaddress import ip_network
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from leadwright.attract.models import Campaign, Channel
from leadwright.capture import makers, verdicts
from leadwright.capture.makers import BY, DAYS, Question
from leadwright.capture.models import HouseRule
from leadwright.kit import clock, numbers
from leadwright.workspace.access import allowed

WORDS = {"true": True, "false": False, "none": None}
NAMES = ("kind", "channel", "campaign", "email", "reason", "agent", "network", "maker")


def _question(request: HttpRequest) -> Question:
    days = numbers.whole(request.GET.get("days", ""), most=400) or 30
    asked = {name: request.GET.get(name, "").replace("\x00", "")[:500] for name in NAMES}
    try:
        asked["network"] = str(ip_network(asked["network"], strict=False)) if asked["network"] else ""
    except ValueError:
        asked["network"] = ""
    return Question(days=max(1, days), **asked)


@require_GET
@allowed("capture.view_verdict")
def index(request: HttpRequest) -> HttpResponse:
    """Both numbers, apart by what is asked; the rest loads after it."""
    question = _question(request)
    by = request.GET.get("by", "kind")
    by = by if by in BY else "kind"
    total, lines = makers.apart(question, by)
    context = {
        "question": question,
        "by": by,
        "tabs": [(key, label, _with(request, by=key)) for key, (label, _) in BY.items()],
        "total": total,
        "unsure": total.everything - total.people - total.machines,
        "lines": lines,
        "filter_of": {"kind": "kind", "channel": "channel", "email": "email"}.get(by, ""),
        "days": DAYS,
        "channels": Channel.values,
        "campaigns": list(Campaign.objects.order_by("name").values_list("pk", "name")[:200]),
        "emails": makers.emails(question),
        "query": request.GET.urlencode(),
        "rest": _with(request),
        "chosen": [(name, getattr(question, name), _with(request, **{name: ""})) for name in NAMES[4:]],
        **_rules(),
        "as_of": clock.now(),
    }
    return render(request, "capture/makers/index.html", context)


def _with(request: HttpRequest, **more: str) -> str:
    """The address of this screen with some of its words changed."""
    words = {name: value for name, value in request.GET.items() if value} | more
    return "?" + urlencode({name: value for name, value in words.items() if value})


@require_GET
@allowed("capture.view_verdict")
def evidence(request: HttpRequest) -> HttpResponse:
    """What spoke, and which programs and networks were judged machines most often."""
    question = _question(request)
    context = {
        "reasons": makers.reasons(question),
        "agents": makers.agents(question),
        "networks": makers.networks(question),
        "most": makers.MOST_WEIGHED,
        "question": question,
        "home": reverse("makers"),
        "rest": _with(request),
    }
    return render(request, "capture/makers/_evidence.html", context)


@require_GET
@allowed("capture.view_verdict")
def acts(request: HttpRequest) -> HttpResponse:
    """A sample of the acts, each of which can be marked."""
    context = {"acts": makers.sample(_question(request)), "back": f"{reverse('makers')}{_with(request)}"}
    return render(request, "capture/makers/_acts.html", context)


@require_POST
@allowed("capture.change_verdict")
def mark(request: HttpRequest, activity_id: UUID) -> HttpResponseRedirect:
    """Somebody says who did something, or takes that back."""
    word = request.POST.get("is_person", "")
    if word in WORDS:
        verdicts.mark([activity_id], is_person=WORDS[word], by=request)
        said = {"true": "It counts as a person's now.", "false": "It counts as a machine's now."}
        messages.success(request, f"{said.get(word, 'The mark is taken back.')} Scores and segments follow.")
    return _back(request)


def _rules() -> dict[str, Any]:
    """The rules that hold, and those that are being taken back."""
    found = list(HouseRule.objects.filter(Q(ended_at=None) | Q(is_settled=False)).order_by("-made_at"))
    return {"rules": found, "is_busy": any(not rule.is_settled for rule in found)}


@require_GET
@allowed("capture.view_verdict")
def rules(request: HttpRequest) -> HttpResponse:
    """The rules of the house, and how far each has judged the past."""
    return render(request, "capture/makers/_rules.html", _rules() | {"back": f"{reverse('makers')}{_with(request)}"})


@require_POST
@allowed("capture.add_houserule")
def make_rule(request: HttpRequest) -> HttpResponseRedirect:
    """Always a machine, or always a person: a program or a network."""
    kind = HouseRule.Kind.NETWORK if request.POST.get("kind") == "network" else HouseRule.Kind.AGENT
    try:
        rule = verdicts.make_rule(
            kind, request.POST.get("pattern", ""), is_person=request.POST.get("is_person") == "true", by=request
        )
    except verdicts.BadRule as error:
        messages.error(request, str(error))
    else:
        who = "people" if rule.is_person else "machines"
        messages.success(request, f"{rule.pattern} counts as {who} from now on; the hits that are still kept follow.")
    return _back(request)


@require_POST
@allowed("capture.change_houserule")
def end_rule(request: HttpRequest, rule_id: int) -> HttpResponseRedirect:
    """A rule of the house no longer holds."""
    rule = get_object_or_404(HouseRule, pk=rule_id, ended_at=None)
    verdicts.end_rule(rule, request)
    messages.success(
        request, f"The rule for {rule.pattern} has ended; what it decided about the past is being taken back."
    )
    return _back(request)


def _back(request: HttpRequest) -> HttpResponseRedirect:
    back = request.POST.get("back", "")
    if url_has_allowed_host_and_scheme(back, allowed_hosts=None) and back.startswith("/"):
        return HttpResponseRedirect(back)
    return HttpResponseRedirect(reverse("makers"))
