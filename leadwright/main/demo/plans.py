"""What the example firm asks, scores, sends and expects: segments, score rules, emails, journeys and goals."""

from datetime import date
from decimal import Decimal
from typing import Any

from leadwright.attract.models import Persona
from leadwright.engage import emails
from leadwright.engage.models import Email
from leadwright.kit import config
from leadwright.main.demo import details
from leadwright.main.demo.made import Made, plan
from leadwright.measure import goals
from leadwright.nurture import journeys
from leadwright.nurture.models import Journey
from leadwright.profile.models import Purpose
from leadwright.qualify import scores, segments
from leadwright.qualify.models import ScoreModel, ScoreRule, Segment

PREFERRED = {"awareness": "Energy manager", "consideration": "Operations lead", "decision": "Managing director"}


def build(made: Made, first_day: date) -> None:
    """Make all of it; what an installation has already is left alone."""
    _purposes(made)
    details.define(made)
    for each in plan()["segments"]:
        if not Segment.objects.filter(name=each["name"]).exists():
            made.note(segments.save(Segment(**each)))
    _scores(made)
    versions = {each["key"]: _email(made, each) for each in plan()["emails"]}
    for each in plan()["letters"]:
        _email(made, each | {"body": _letter(each), "purpose": "newsletter", "stage": "awareness"})
    for each in plan()["journeys"]:
        _journey(made, each, versions)
    _goals(first_day)


def _purposes(made: Made) -> None:
    for each in plan()["purposes"]:
        purpose, is_new = Purpose.objects.update_or_create(key=each["key"], defaults=each)
        if is_new:
            made.note(purpose)


def _scores(made: Made) -> None:
    planned = plan()["scores"]
    model = ScoreModel.standard()
    for name in ("half_life_days", "fit_threshold", "engagement_threshold"):
        setattr(model, name, planned[name])
    scores.save_model(model)
    for each in planned["rules"]:
        if not ScoreRule.objects.filter(model=model, name=each["name"]).exists():
            made.note(scores.save_rule(ScoreRule(model=model, **each)))


def _email(made: Made, each: dict[str, Any]) -> Email:
    base = config.base_url()
    body = []
    for block in each["body"]:
        ((kind, value),) = block.items()
        if kind == "button":
            value = value | {"url": value["url"].replace("{base}", base)}
        body.append((kind, value))
    version = emails.write(
        name=each["name"],
        subject=each["subject"],
        preheader=each["preheader"],
        purpose=Purpose.objects.get(pk=each["purpose"]),
        body=body,
        persona=Persona.objects.filter(name=PREFERRED[each["stage"]]).first(),
        buying_stage=each["stage"],
        is_demo=True,
    )
    email: Email = made.note(version.email)
    return email


def _letter(each: dict[str, Any]) -> list[dict[str, Any]]:
    """A letter to the readers: one story, one number, one thing to try."""
    return [
        {"heading": each["story"]},
        {"text": f"<p>Hello {{{{ contact.first_name | default: 'there' }}}},</p>{each['text']}"},
        {"button": {"text": each["button"], "url": "{base}" + each["path"]}},
        {"heading": "One number"},
        {"text": f"<p>{each['number']}</p>"},
        {"heading": "One thing to try"},
        {"text": f"<p>{each['try']}</p>"},
    ]


def _journey(made: Made, each: dict[str, Any], mails: dict[str, Email]) -> None:
    journey = Journey(
        name=each["name"],
        description=each["description"],
        live=False,
        is_demo=True,
        trigger=[{"type": each["trigger"][0], "value": each["trigger"][1]}],
        steps=[_step(step, mails) for step in each["steps"]],
    )
    journey.full_clean()
    journey.save()
    journey.save_revision().publish()
    journeys.activate(made.note(journey))


def _step(step: Any, mails: dict[str, Email]) -> dict[str, Any]:
    if isinstance(step, dict):
        ways = step["branch"]
        value = {way: [_step(each, mails) for each in ways[way]] for way in ("yes", "no")}
        value["conditions"] = [{"type": kind, "value": asked} for kind, asked in ways["conditions"]]
        return {"type": "branch", "value": value}
    kind, value = step
    return {"type": kind, "value": {"email": str(mails[value].pk)} if kind == "email" else value}


def _goals(first_day: date) -> None:
    """Sixteen months of plan from the first day on: each metric grows evenly from its first to its second number."""
    month = first_day.replace(day=1)
    for number in range(16):
        share = min(1, number / 12)
        targets = {
            metric: Decimal(round(first + (last - first) * share)) for metric, (first, last) in plan()["goals"].items()
        }
        if not goals.plan(month):
            goals.save(month, targets)
        month = (month.replace(day=28) + (date(2000, 1, 5) - date(2000, 1, 1))).replace(day=1)
