"""Scores: every point stands written with its rule and its activity; a score is their sum, fading by itself.

Fit says who somebody is and stays; engagement says what somebody did and halves with every half-life. Whoever reaches
both thresholds is hot: an open new lead becomes mql, a recycled one comes back, and where there is none, one is opened
(never for somebody whose last lead was disqualified). Whoever cools leaves an mql that nobody has taken, and that the
score itself had made, as new again; what people moved, or own, stays where they put it.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any
from uuid import UUID

from leadwright.capture import activities
from leadwright.kit import clock, database, jobs, sql
from leadwright.qualify import leads, rules, segments
from leadwright.qualify.conditions import BadCondition
from leadwright.qualify.models import Score, ScoreModel, ScoreRule

SQL = sql.load("scores")
ACTOR = "score"
# After so many half-lives a point is worth less than a thousandth; older acts are not looked at.
HORIZON = 10
CHUNK = 20_000


@dataclass(frozen=True)
class Line:
    """Points that somebody got: from which rule, when, for what, and what they are worth now."""

    rule: str
    kind: str
    points: int
    at: datetime
    worth: float
    what: str
    activity_id: UUID | None
    activity_kind: str
    object_kind: str
    object_id: str


@dataclass(frozen=True)
class Standing:
    """A contact's score at this moment, with every point behind it."""

    fit: int
    engagement: float
    grade: str
    is_hot: bool
    below_at: datetime | None
    fit_threshold: int
    engagement_threshold: int
    half_life_days: float
    lines: tuple[Line, ...]


# ---- Following ----------------------------------------------------------------------------------------------------


def follow_changes() -> datetime | None:
    """Give and take points for all that happened, judge who is hot; answers when the next one cools by itself."""
    _renew()
    book = Book(ScoreModel.standard())

    def take(span: activities.Span) -> None:
        given = _give(book, activities.WITHIN, **span.parameters)
        statement = SQL["judged_again"].format(within=activities.WITHIN)
        judged = [row.contact_id for row in database.rows(statement, **span.parameters)]
        _sum(book.model, given | _give_anew(book, judged))

    activities.follow("qualify.scores", take)
    while _take_changes(book):
        pass
    while _take_due(book):
        pass
    cools_at: datetime | None = database.value(SQL["next_due"], since=clock.since())
    return cools_at


@dataclass
class Book:
    """The model and its rules, read once for as long as a round of work lasts."""

    model: ScoreModel

    @cached_property
    def active(self) -> list[ScoreRule]:
        """The rules that count, in the order of their making."""
        return list(self.model.rules.filter(is_active=True).order_by("pk"))

    def rules(self, kind: ScoreRule.Kind) -> list[ScoreRule]:
        """Those of one kind."""
        return [rule for rule in self.active if rule.kind == kind]


def _take_changes(book: Book) -> bool:
    with database.atomic():
        rows = database.rows(segments.SQL["take_changes"], reader="scores")
        if not rows:
            return False
        for import_id, changed in segments.by_cause(rows):
            with activities.caused_by(import_id):
                _take_changed(book, changed)
    return bool(sum(row.found for row in rows) >= CHUNK)


def _take_changed(book: Book, changed: dict[str, set[int]]) -> None:
    joined = changed.get("identity", set())
    touched = set(joined)
    for rule in book.rules(ScoreRule.Kind.FIT):
        touched |= _fit(rule, sorted(_concerned(rule, changed)))
    _give_anew(book, sorted(joined))
    _sum(book.model, touched)


def _concerned(rule: ScoreRule, changed: dict[str, set[int]]) -> set[int]:
    """The changed contacts that a rule must be asked about again: that somebody was seen concerns few rules."""
    seen = changed.get("seen", set())
    if not seen or _asks_when_seen(rule):
        return set[int]().union(*changed.values())
    return set[int]().union(*(contacts for topic, contacts in changed.items() if topic != "seen"))


def _asks_when_seen(rule: ScoreRule) -> bool:
    try:
        return "seen" in segments.depends_on(rule.condition)
    except BadCondition:
        return False  # as in `_fit`


def _give_anew(book: Book, contacts: Sequence[int]) -> set[int]:
    """Count anew what some contacts did, because other acts are theirs or count now."""
    if contacts:
        database.execute(SQL["take_back_of_contacts"], contacts=list(contacts))
        _give(book, "i.contact_id = ANY(%(contacts)s)", contacts=list(contacts))
    return set(contacts)


def _take_due(book: Book) -> bool:
    with database.atomic():
        due = [row.contact_id for row in database.rows(SQL["due"], now=clock.now(), since=clock.since())]
        _sum(book.model, due)
    return len(due) >= CHUNK


def _renew() -> None:
    """Give the points of new and changed rules anew, and sum all scores where a rule or the model has changed."""
    if not database.value(SQL["is_stale"]):
        return
    with database.atomic():
        model = ScoreModel.objects.select_for_update().get(pk=ScoreModel.standard().pk)
        stale = list(model.rules.filter(is_stale=True))
        if not stale and not model.is_stale:
            return
        for rule in stale:
            database.execute(SQL["take_back_of_rule"], rule=rule.pk)
            if rule.is_active and rule.kind == ScoreRule.Kind.FIT:
                _fit(rule, None)
        if any(rule.kind == ScoreRule.Kind.ENGAGEMENT and rule.is_active for rule in stale):
            _give(Book(model), "rule.id = ANY(%(rules)s)", rules=[rule.pk for rule in stale])
        ScoreRule.objects.filter(pk__in=[rule.pk for rule in stale]).update(is_stale=False)
        ScoreModel.objects.filter(pk=model.pk).update(is_stale=False)
        _sum(model, None)


def _give(book: Book, which: str, **parameters: Any) -> set[int]:
    kinds = {rule.activity_kind for rule in book.rules(ScoreRule.Kind.ENGAGEMENT)}
    if not kinds:
        return set()
    model = book.model
    rows = database.rows(
        SQL["give"].format(which=which, live=activities.LIVE),
        model=model.pk,
        kinds=list(kinds),
        epoch=rules.EPOCH,
        half_life=model.half_life_days,
        horizon=clock.now() - timedelta(days=HORIZON * model.half_life_days),
        **parameters,
    )
    return {row.contact_id for row in rows}


def _fit(rule: ScoreRule, contacts: Sequence[int] | None) -> set[int]:
    try:
        compiled = segments.where(rule.condition, whole=contacts is None)
    except BadCondition:
        return set()  # such as a campaign that was deleted; the rule's own screen says so
    statement = SQL["fit"].format(where=compiled.sql, among=_among(contacts))
    rows = database.rows(
        statement,
        rule=rule.pk,
        points=rule.points,
        contacts=list(contacts or ()),
        now=clock.now(),
        **compiled.parameters,
    )
    return {row.contact_id for row in rows}


def _sum(model: ScoreModel, contacts: Sequence[int] | set[int] | None) -> None:
    """Sum the points of some or all contacts, and act on who crossed the thresholds."""
    if contacts is not None and not contacts:
        return
    row = database.row(
        SQL["sum"].format(among=_among(contacts)),
        contacts=sorted(contacts or ()),
        model=model.pk,
        epoch=rules.EPOCH,
        half_life=model.half_life_days,
        fit_threshold=model.fit_threshold,
        threshold_level=math.log2(model.engagement_threshold),
        hot_level=_hot_level(model),
        now=clock.now(),
    )
    if row.changed:
        jobs.wake("scores")
    _note(model, "hot", row.hot)
    _note(model, "cooled", row.cooled)
    _raise_leads(row.hot)
    _lower_leads(row.cooled)


def _among(contacts: Sequence[int] | set[int] | None) -> str:
    return "TRUE" if contacts is None else "c.id = ANY(%(contacts)s)"


def _hot_level(model: ScoreModel) -> float:
    return rules.half_lives(clock.now(), model.half_life_days) + math.log2(model.engagement_threshold)


def _note(model: ScoreModel, name: str, contacts: list[int]) -> None:
    if contacts:
        activities.record_from(
            SQL["crossed_facts"],
            name=name,
            contacts=contacts,
            now_level=rules.half_lives(clock.now(), model.half_life_days),
        )


def _raise_leads(contacts: list[int]) -> None:
    if not contacts:
        return
    rows = database.rows(SQL["leads_of"], contacts=contacts, open_stages=list(rules.OPEN))
    fates = {row.contact_id: rules.when_hot(row.stage) for row in rows}
    fresh = [contact for contact, fate in fates.items() if fate == "open"]
    ready = [row.lead_id for row in rows if fates[row.contact_id] == "mql"]
    if fresh:
        ready += leads.open_from(SQL["score_leads"], actor=ACTOR, contacts=fresh).new
    if ready:
        leads.move(ready, "mql", actor=ACTOR, reason="fit and engagement reached their thresholds")


def _lower_leads(contacts: list[int]) -> None:
    if not contacts:
        return
    rows = database.rows(SQL["leads_of"], contacts=contacts, open_stages=list(rules.OPEN))
    cold = [row.lead_id for row in rows if row.stage == "mql" and row.owner_id is None and row.actor == ACTOR]
    if cold:
        leads.move(cold, "new", actor=ACTOR, reason="the score has fallen below a threshold")


# ---- Looking ------------------------------------------------------------------------------------------------------


def standing(contact_id: int) -> Standing:
    """A contact's score now, with every point, its rule and its activity."""
    model = ScoreModel.standard()
    score = Score.objects.filter(pk=contact_id).first() or Score(contact_id=contact_id)
    now = clock.now()
    engagement = rules.now_worth(score.engagement_level, now, model.half_life_days)
    lines = []
    for row in database.rows(SQL["points_of"], contact=contact_id, model=model.pk):
        is_fit = row.kind == ScoreRule.Kind.FIT
        lines.append(
            Line(
                rule=row.rule,
                kind=row.kind,
                points=row.points,
                at=row.at,
                worth=row.points if is_fit else rules.faded(row.points, row.at, now, model.half_life_days),
                what=_say_condition(row.condition) if is_fit else row.activity_name or "",
                activity_id=row.activity_id,
                activity_kind=row.activity_kind or "",
                object_kind=row.object_kind or "",
                object_id=row.object_id or "",
            )
        )
    return Standing(
        fit=score.fit,
        engagement=engagement,
        grade=rules.grade(score.fit, engagement, model.fit_threshold, model.engagement_threshold),
        is_hot=score.is_hot,
        below_at=score.below_at,
        fit_threshold=model.fit_threshold,
        engagement_threshold=model.engagement_threshold,
        half_life_days=model.half_life_days,
        lines=tuple(lines),
    )


def _say_condition(text: str) -> str:
    try:
        return segments.words(json.loads(text))
    except BadCondition as error:
        return str(error)


def grid() -> list[list[int]]:
    """How many contacts lie in each field: rows are fit (reached, half-way, below), columns engagement alike."""
    model = ScoreModel.standard()
    counts = [[0, 0, 0] for _ in range(3)]
    for row in database.rows(SQL["grid"], fit_threshold=model.fit_threshold, hot_level=_hot_level(model)):
        counts[row.fit][row.engagement] = row.contacts
    return counts


# ---- Editing ------------------------------------------------------------------------------------------------------


def check_rule(rule: ScoreRule) -> None:
    """Raise BadCondition where a rule cannot be used, with a sentence that says how to mend it."""
    if rule.kind == ScoreRule.Kind.ENGAGEMENT:
        if not rule.activity_kind:
            raise BadCondition("Choose what somebody must do to get the points.")
        return
    if not rule.condition:
        raise BadCondition("Add a condition that says who gets the points.")
    segments.check(rule.condition)
    for kind in segments.kinds(rule.condition):
        if not kind.for_fit:
            raise BadCondition(f"Fit says who somebody is; “{kind.label}” cannot be asked here, but in a segment.")


def save_rule(rule: ScoreRule) -> ScoreRule:
    """Keep a rule that was checked, and have its points given anew."""
    check_rule(rule)
    rule.is_stale = True
    rule.save()
    jobs.wake("rules")
    return rule


def save_model(model: ScoreModel) -> ScoreModel:
    """Keep half-life and thresholds, and have all scores judged anew; a new half-life gives all points anew."""
    before = ScoreModel.objects.filter(pk=model.pk).values_list("half_life_days", flat=True).first()
    model.is_stale = True
    model.save()
    if before != model.half_life_days:
        model.rules.update(is_stale=True)
    jobs.wake("rules")
    return model


def delete_rule(rule: ScoreRule) -> None:
    """Remove a rule with its points; scores follow."""
    with database.atomic():
        database.execute(SQL["take_back_of_rule"], rule=rule.pk)
        ScoreModel.objects.filter(pk=rule.model_id).update(is_stale=True)
        rule.delete()
    jobs.wake("rules")


def _any_of(kind: str, field: str, words: Sequence[str]) -> dict[str, Any]:
    return {"any": [{"kind": kind, "field": field, "is": "contains", "value": word} for word in words]}


def ensure_rules() -> None:
    """Give an empty model rules to start from."""
    model = ScoreModel.standard()
    if model.rules.exists():
        return
    fit, did = ScoreRule.Kind.FIT, ScoreRule.Kind.ENGAGEMENT
    decides = ("head", "director", "chief", "vp ", "vice president", "manager", "owner", "founder")
    big = {"kind": "company", "field": "size", "is": "at_least", "value": 50}
    ScoreRule.objects.bulk_create(
        [
            ScoreRule(model=model, kind=fit, name="Decides", points=15, condition=_any_of("contact", "title", decides)),
            ScoreRule(model=model, kind=fit, name="Firm of 50 people or more", points=10, condition=big),
            ScoreRule(
                model=model,
                kind=fit,
                name="Private address",
                points=-10,
                condition={"kind": "mail_domain", "is": "free"},
            ),
            ScoreRule(
                model=model,
                kind=did,
                name="Looked at prices",
                points=8,
                activity_kind="page",
                activity_name="/pricing*",
                cap=3,
            ),
            ScoreRule(model=model, kind=did, name="Read a page", points=1, activity_kind="page", cap=10),
            ScoreRule(model=model, kind=did, name="Sent a form", points=20, activity_kind="form_submitted", cap=3),
            ScoreRule(
                model=model,
                kind=did,
                name="Downloaded a resource",
                points=10,
                activity_kind="resource_downloaded",
                cap=4,
            ),
            ScoreRule(
                model=model, kind=did, name="Clicked in an email", points=6, activity_kind="email_clicked", cap=5
            ),
            ScoreRule(model=model, kind=did, name="Unsubscribed", points=-20, activity_kind="unsubscribed"),
        ]
    )
    jobs.wake("rules")
