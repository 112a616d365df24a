"""The screens of scores: rules and thresholds with their grid, one rule, and "why this score"."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from leadwright.qualify import builders, scores, segments
from leadwright.qualify.conditions import BadCondition
from leadwright.qualify.forms import RuleForm, ThresholdForm
from leadwright.qualify.models import ScoreModel, ScoreRule
from leadwright.qualify.views.leads import visible_contacts
from leadwright.workspace import audit
from leadwright.workspace.access import allowed


@allowed("qualify.view_scorerule")
def index(request: HttpRequest) -> HttpResponseBase:
    """Rules, thresholds, and how contacts spread over fit and engagement."""
    scores.ensure_rules()
    model = ScoreModel.standard()
    may_change = request.user.has_perm("qualify.change_scoremodel")
    form = ThresholdForm(request.POST if request.method == "POST" and may_change else None, instance=model)
    if request.method == "POST" and may_change and form.is_valid():
        scores.save_model(form.save(commit=False))
        audit.note(request, "changed", "score model", str(model.pk), fields=form.changed_data)
        messages.success(request, "Kept; all scores are being judged anew.")
        return HttpResponseRedirect(reverse("scores"))
    names = ("reached", "half-way", "below half")
    rules = list(model.rules.order_by("-is_active", "-points", "name"))
    context = {
        "title": "Scores",
        "lead": "Fit says who somebody is; engagement what somebody did, and it fades. Both reached: hot, and an mql.",
        "model": model,
        "form": form,
        "fit_rules": [(rule, _says(rule)) for rule in rules if rule.kind == ScoreRule.Kind.FIT],
        "did_rules": [(rule, _says(rule)) for rule in rules if rule.kind == ScoreRule.Kind.ENGAGEMENT],
        "grid": [
            {"name": name, "letter": letter, "cells": list(zip(row, "123", strict=True))}
            for name, letter, row in zip(names, "ABC", scores.grid(), strict=True)
        ],
        "names": names,
        "may_change": may_change,
    }
    return render(request, "qualify/scores.html", context)


def _says(rule: ScoreRule) -> str:
    if rule.kind == ScoreRule.Kind.ENGAGEMENT:
        name = f" “{rule.activity_name}”" if rule.activity_name else ""
        from leadwright.qualify.conditions.activity import kinds

        cap = f", at most {rule.cap} times per half-life" if rule.cap else ""
        return f"{dict(kinds()).get(rule.activity_kind, rule.activity_kind)}{name}{cap}"
    try:
        return segments.words(rule.condition)
    except BadCondition as error:
        return str(error)


@allowed("qualify.add_scorerule")
def new(request: HttpRequest) -> HttpResponseBase:
    """A new rule, for fit or for engagement."""
    kind = ScoreRule.Kind.FIT if request.GET.get("kind") == "fit" else ScoreRule.Kind.ENGAGEMENT
    return _edit(request, ScoreRule(model=ScoreModel.standard(), kind=kind, points=5))


@allowed("qualify.change_scorerule")
def edit(request: HttpRequest, rule_id: int) -> HttpResponseBase:
    """Change a rule."""
    return _edit(request, get_object_or_404(ScoreRule, pk=rule_id))


def _edit(request: HttpRequest, rule: ScoreRule) -> HttpResponseBase:
    form = RuleForm(request.POST or None, instance=rule)
    start = rule.condition or {"any": [{"kind": "contact", "field": "title", "is": "contains"}]}
    tree = builders.read(request.POST) if request.method == "POST" else builders.rooted(start)
    wrong = ""
    if request.method == "POST" and form.is_valid():
        changed = form.save(commit=False)
        changed.condition = tree if changed.kind == ScoreRule.Kind.FIT else {}
        try:
            scores.save_rule(changed)
        except BadCondition as error:
            wrong = str(error)
        else:
            audit.note(request, "changed", "score rule", str(changed.pk), name=changed.name, points=changed.points)
            messages.success(request, f"“{changed.name}” is kept; its points are being given anew.")
            return HttpResponseRedirect(reverse("scores"))
    context = {
        "title": rule.name if rule.pk else f"New {rule.kind} rule",
        "rule": rule,
        "form": form,
        "wrong": wrong,
        "part": builders.draw(tree, for_fit=True),
        "is_fit": rule.kind == ScoreRule.Kind.FIT,
    }
    return render(request, "qualify/rule.html", context, status=422 if wrong or form.errors else 200)


@require_POST
@allowed("qualify.delete_scorerule")
def delete(request: HttpRequest, rule_id: int) -> HttpResponse:
    """Remove a rule and its points."""
    rule = get_object_or_404(ScoreRule, pk=rule_id)
    scores.delete_rule(rule)
    audit.note(request, "removed", "score rule", str(rule_id), name=rule.name)
    messages.success(request, f"“{rule.name}” is gone, and so are its points.")
    return HttpResponseRedirect(reverse("scores"))


@allowed("qualify.view_score")
def panel(request: HttpRequest, contact_id: int) -> HttpResponse:
    """Why this score: every rule, its points, when, and what they are worth now."""
    get_object_or_404(visible_contacts(request), pk=contact_id)
    standing = scores.standing(contact_id)
    context: dict[str, Any] = {"standing": standing, "lines": standing.lines[:60], "more": len(standing.lines) - 60}
    return render(request, "qualify/_contact_score.html", context)
