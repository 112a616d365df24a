"""Segments: a tree of conditions becomes one SQL query; its members are stored, and follow every change by themselves.

How they follow: triggers note which contacts changed and in what (`qualify_change`, migration 0007), the log of
activities says who did something, and `qualify_turn` says whose answer time alone may change, and when. Only those
contacts are asked again, and only by segments that depend on what changed.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from leadwright.capture import activities
from leadwright.kit import clock, database, jobs, sql
from leadwright.kit.registries import CONDITIONS
from leadwright.qualify.conditions import Act, BadCondition, Condition, Facts, Parameters, Settings, own_fields
from leadwright.qualify.models import ScoreModel, Segment

SQL = sql.load("segments")
GROUPS = {"all": "all of these", "any": "any of these", "none": "none of these"}
DEPTH = 6
CHUNK = 20_000
LINE = "line:"  # begins the topic of a line of the suppression list that is no address; see migration 0006

Tree = Mapping[str, Any]


@dataclass(frozen=True)
class Compiled:
    """A question in SQL: a boolean over the contact `c` that is never NULL, with its parameters.

    `topics` are the changes that can change an answer; `turns` are moments at which time alone can.
    """

    sql: str
    parameters: dict[str, Any]
    topics: frozenset[str]
    turns: tuple[str, ...] = ()


@dataclass(frozen=True)
class Change:
    """Who came into a segment and who left it."""

    entered: list[int] = field(default_factory=list)
    left: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class Explained:
    """Whether a condition holds for one contact, in words, with what is so; a group has parts."""

    holds: bool
    words: str
    why: str = ""
    parts: tuple["Explained", ...] = ()


# ---- Questions ----------------------------------------------------------------------------------------------------


def where(conditions: Tree, *, prefix: str = "c", whole: bool = False) -> Compiled:
    """A tree of conditions as SQL over the contact `c`; an empty tree fits everybody.

    Use `prefix` to put several into one statement, and `whole` where the statement runs over all contacts. The values
    are parameters; relative times count from `clock.now()` at this call. Raises BadCondition.
    """
    params = Parameters(prefix=prefix, whole=whole)
    check(conditions)
    text = _sql(conditions, params)
    leaves = list(_leaves(conditions))
    turns = tuple(turn for kind, settings in leaves if (turn := kind.turns(settings, params)))
    topics = frozenset[str]().union(*(kind.topics(settings) for kind, settings in leaves))
    return Compiled(text, params.values, topics, turns)


def check(conditions: Tree, depth: int = 0) -> None:
    """Raise BadCondition where a tree cannot be asked, with a sentence that says how to mend it."""
    if not isinstance(conditions, Mapping) or depth > DEPTH:
        raise BadCondition(f"Conditions are a tree of groups and conditions, at most {DEPTH} deep.")
    group, parts = _group(conditions)
    if group:
        for part in parts:
            check(part, depth + 1)
    elif conditions:
        kind_of(conditions).check(conditions)


def kind_of(settings: Settings) -> Condition:
    """The kind of one condition; raises BadCondition where there is none."""
    key = settings.get("kind")
    if key not in CONDITIONS:
        raise BadCondition(f"There is no kind of condition “{key}”; choose one of {', '.join(CONDITIONS.keys())}.")
    kind: Condition = CONDITIONS.get(str(key))
    return kind


def holds(conditions: Tree, facts: Facts) -> bool:
    """The same question in plain Python, about one contact."""
    group, parts = _group(conditions)
    if not group:
        return not conditions or kind_of(conditions).holds(conditions, facts)
    answers = [holds(part, facts) for part in parts]
    return {"all": all(answers), "any": any(answers), "none": not any(answers)}[group]


def kinds(conditions: Tree) -> list[Condition]:
    """The kinds of condition that a question uses."""
    return [kind for kind, _ in _leaves(conditions)]


def words(conditions: Tree) -> str:
    """A question as it is read."""
    group, parts = _group(conditions)
    if not group:
        return kind_of(conditions).words(conditions) if conditions else "everybody"
    if not parts:
        return "nobody" if group == "any" else "everybody"
    if group == "any" and (alike := _alike(parts)):
        return alike
    joined = (" or " if group == "any" else " and ").join(
        f"({words(part)})" if _group(part)[0] and len(_group(part)[1]) > 1 else words(part) for part in parts
    )
    return f"not ({joined})" if group == "none" else joined


def _alike(parts: Sequence[Tree]) -> str:
    """Conditions that differ only in their value, said once with all values; empty where they differ in more."""
    bare = [{name: part[name] for name in part if name != "value"} for part in parts]
    if len(parts) < 2 or bare[0].get("is") not in {"is", "contains", "starts"} or any(b != bare[0] for b in bare):
        return ""
    first = words(parts[0]).rpartition(" “")[0]
    return f"{first} {' or '.join('“' + words(part).rpartition(' “')[2] for part in parts)}"


def explain(conditions: Tree, facts: Facts) -> Explained:
    """Why a question holds or does not, condition by condition."""
    group, parts = _group(conditions)
    if not group:
        if not conditions:
            return Explained(True, "everybody")
        kind = kind_of(conditions)
        return Explained(kind.holds(conditions, facts), kind.words(conditions), kind.why(conditions, facts))
    return Explained(holds(conditions, facts), GROUPS[group], parts=tuple(explain(part, facts) for part in parts))


def _group(conditions: Tree) -> tuple[str, Sequence[Tree]]:
    for group in GROUPS:
        if group in conditions:
            parts = conditions[group]
            if not isinstance(parts, list) or len(conditions) != 1:
                raise BadCondition(f"A group is written as {{“{group}”: [conditions]}} and holds nothing else.")
            return group, parts
    return "", ()


def _sql(conditions: Tree, params: Parameters) -> str:
    group, parts = _group(conditions)
    if not group:
        return f"({kind_of(conditions).sql(conditions, params)})" if conditions else "TRUE"
    if not parts:
        return "FALSE" if group == "any" else "TRUE"
    joined = (" AND " if group == "all" else " OR ").join(_sql(part, params) for part in parts)
    return f"NOT ({joined})" if group == "none" else f"({joined})"


def _leaves(conditions: Tree) -> Iterable[tuple[Condition, Settings]]:
    group, parts = _group(conditions)
    if group:
        for part in parts:
            yield from _leaves(part)
    elif conditions:
        yield kind_of(conditions), conditions


# ---- Facts about contacts -----------------------------------------------------------------------------------------


def facts_of(contacts: Sequence[int]) -> list[Facts]:
    """What conditions may know about some contacts now, for explaining; in the order of ids."""
    acts: dict[int, list[Act]] = {}
    for row in database.rows(SQL["acts"], contacts=list(contacts)):
        acts.setdefault(row.contact_id, []).append(Act(row.kind, row.at, row.name, row.object_id, row.human, row.path))
    half_life = ScoreModel.standard().half_life_days
    found = []
    for row in database.rows(SQL["facts"].format(), contacts=list(contacts)):
        contact = {**row._asdict()}
        contact |= {name: contact.get(f"{name}_id") for name in ("persona", "owner", "first_campaign")}
        contact["custom"] = _json(row.custom)
        found.append(
            Facts(
                now=clock.now(),
                contact=contact,
                company=_json(row.company),
                acts=acts.get(row.id, ()),
                consents=_json(row.consents),
                is_suppressed=row.is_suppressed,
                fit=row.fit or 0,
                engagement_level=row.engagement_level,
                is_hot=bool(row.is_hot),
                half_life_days=half_life,
                stages=row.stages,
                segments=frozenset(row.segments),
            )
        )
    return found


def why(segment: Segment, contact_id: int) -> Explained:
    """Why a contact is, or is not, in a segment: per condition, with what is so."""
    return explain(segment.conditions, facts_of([contact_id])[0])


# ---- Members ------------------------------------------------------------------------------------------------------


def refresh(segment: Segment, contacts: Sequence[int] | None = None) -> Change:
    """Bring the stored members in line with the conditions, all of them or only some contacts, in one statement.

    Who came and who left is recorded as activities in the same transaction. Answers the change.
    """
    compiled = where(segment.conditions, whole=contacts is None)
    with database.atomic():
        database.rows(SQL["lock"], segment=segment.pk)
        statement = SQL["refresh_all" if contacts is None else "refresh_some"].format(where=compiled.sql)
        given = {} if contacts is None else {"contacts": list(contacts)}
        row = database.row(statement, segment=segment.pk, now=clock.now(), **given, **compiled.parameters)
        change = Change(list(row.entered), list(row.gone))
        _note_turns(segment, compiled, contacts)
        for import_id, entered in _causes(change.entered) if contacts is None else [(None, change.entered)]:
            with activities.caused_by(import_id) if import_id else nullcontext():
                _record(segment, "segment_entered", entered)
        _record(segment, "segment_left", change.left)
        if contacts is None or change.entered or change.left:
            database.execute(
                SQL["summarise"],
                segment=segment.pk,
                now=clock.now(),
                size=row.size if contacts is None else None,
                change=len(change.entered) - len(change.left),
                whole=contacts is None,
            )
    return change


def _causes(entered: Sequence[int]) -> list[tuple[int | None, Sequence[int]]]:
    """Those who came when the whole segment was asked, apart by the import that has just touched them, if one has."""
    touched = {row.contact_id: row.import_id for row in database.rows(SQL["awaited"], contacts=entered)}
    apart: dict[int | None, list[int]] = {}
    for contact in entered:
        apart.setdefault(touched.get(contact), []).append(contact)
    return list(apart.items())


def _note_turns(segment: Segment, compiled: Compiled, contacts: Sequence[int] | None) -> None:
    if contacts is None:
        database.execute(SQL["forget_turns"], segment=segment.pk)
    if compiled.turns:
        database.execute(
            SQL["turns"].format(turns=", ".join(compiled.turns)),
            segment=segment.pk,
            now=clock.now(),
            contacts=None if contacts is None else list(contacts),
            **compiled.parameters,
        )


def _record(segment: Segment, kind: str, contacts: Sequence[int]) -> None:
    for start in range(0, len(contacts), 50_000):
        activities.record_from(
            SQL["entered_facts"].format(),
            kind=kind,
            name=segment.name,
            segment=segment.pk,
            contacts=contacts[start : start + 50_000],
        )


def count(conditions: Tree) -> int:
    """How many contacts a question fits now."""
    compiled = where(conditions, whole=True)
    return int(database.value(SQL["count"].format(where=compiled.sql), **compiled.parameters))


def examples(conditions: Tree, limit: int = 10) -> list[int]:
    """The ids of some contacts that a question fits now, latest changed first."""
    compiled = where(conditions, whole=True)
    statement = SQL["examples"].format(where=compiled.sql)
    return [row.id for row in database.rows(statement, limit=limit, **compiled.parameters)]


# ---- Following changes --------------------------------------------------------------------------------------------


def follow_changes() -> datetime | None:
    """Bring every segment in line with all that changed; answers when the next answer turns by itself."""
    asked = in_order()
    for segment in asked:
        if segment.is_stale and not trouble(segment):
            with database.atomic():
                change = refresh(segment)
                _pass_on(asked, {f"segment:{segment.pk}": {*change.entered, *change.left}})
    activities.follow("qualify.segments", lambda span: _take_activities(asked, span))
    while _take_changes(asked):
        pass
    while _take_turns(asked):
        pass
    turns_at: datetime | None = database.value(SQL["next_turn"], since=clock.since())
    return turns_at


def trouble(segment: Segment) -> str:
    """Why a segment cannot be asked any more, such as for a campaign that was deleted; empty where it can.

    It keeps the members that it had, and holds up nobody else; the checks name it.
    """
    try:
        check(segment.conditions)
    except BadCondition as error:
        return str(error)
    return ""


def used_by(segment: Segment) -> list[Segment]:
    """The segments whose question asks for this one."""
    return [each for each in Segment.objects.order_by("name") if segment.pk in asked_about(each.conditions)]


def in_order() -> list[Segment]:
    """The active segments, each behind those it asks about."""
    found = {segment.pk: segment for segment in Segment.objects.filter(is_active=True).order_by("pk")}
    ordered: dict[int, Segment] = {}

    def place(segment: Segment, above: frozenset[int]) -> None:
        for other in asked_about(segment.conditions):
            if other in found and other not in above:
                place(found[other], above | {other})
        ordered.setdefault(segment.pk, segment)

    for segment in found.values():
        place(segment, frozenset({segment.pk}))
    return list(ordered.values())


def needs() -> set[tuple[str, str]]:
    """The custom fields that active segments ask all contacts for: those get an index."""
    found: set[tuple[str, str]] = set()
    for segment in Segment.objects.filter(is_active=True):
        for kind, settings in _leaves(segment.conditions):
            name = str(settings.get("field", ""))
            if kind.key in ("contact", "company") and name.startswith(own_fields.PREFIX):
                found.add((kind.key, name.removeprefix(own_fields.PREFIX)))
    return found


def asked_about(conditions: Tree) -> set[int]:
    """The segments that a question asks about directly."""
    topics = frozenset[str]().union(*(kind.topics(settings) for kind, settings in _leaves(conditions)))
    return {int(topic.removeprefix("segment:")) for topic in topics if topic.startswith("segment:")}


def check_circle(segment_id: int, conditions: Tree) -> None:
    """Raise BadCondition where a segment would ask about itself, if only through others."""
    seen: set[int] = set()
    waiting = asked_about(conditions)
    while waiting:
        if segment_id in waiting:
            raise BadCondition(
                "A segment cannot ask about itself, not even through another one. Remove that condition."
            )
        seen |= waiting
        trees = Segment.objects.filter(pk__in=waiting).values_list("conditions", flat=True)
        waiting = set[int]().union(*(asked_about(tree) for tree in trees)) - seen


def _take_activities(asked: Sequence[Segment], span: activities.Span) -> None:
    kinds = {
        topic.removeprefix("activity:")
        for segment in asked
        for kind, settings in _leaves(segment.conditions)
        for topic in kind.topics(settings)
        if topic.startswith("activity:")
    }
    if kinds:
        statement = SQL["acted"].format(within=activities.WITHIN)
        _pass_on_by_cause(asked, database.rows(statement, kinds=list(kinds), **span.parameters))


def _take_changes(asked: Sequence[Segment]) -> bool:
    with database.atomic():
        rows = database.rows(SQL["take_changes"], reader="segments")
        _pass_on_by_cause(asked, [row for row in rows if not row.topic.startswith(LINE)])
        if lines := {row.topic.removeprefix(LINE) for row in rows if row.topic.startswith(LINE)}:
            _pass_on(asked, {"suppression": _under(asked, lines)})
    return bool(sum(row.found for row in rows) >= CHUNK)


def _under(asked: Sequence[Segment], lines: Collection[str]) -> set[int]:
    """The contacts whom some lines of the suppression list concern that are no addresses; nobody where none asks."""
    if not any("suppression" in depends_on(segment.conditions) for segment in asked if not trouble(segment)):
        return set()
    kinds = {
        name: sorted(line for line in lines if line.startswith(start))
        for name, start in (("domains", "@"), ("md5", "md5:"), ("sha256", "sha256:"))
    }
    return {row.id for row in database.rows(SQL["under_lines"], **kinds)}


def _take_turns(asked: Sequence[Segment]) -> bool:
    with database.atomic():
        rows = database.rows(SQL["take_turns"], now=clock.now(), since=clock.since())
        due: dict[int, set[int]] = {}
        for row in rows:
            due.setdefault(row.segment_id, set()).add(row.contact_id)
        if due:
            _pass_on(asked, {}, due)
    return len(rows) >= CHUNK


def by_cause(rows: Iterable[Any]) -> list[tuple[int | None, dict[str, set[int]]]]:
    """Changes (topic, import_id, contacts) apart by the import that they come of: what people did (None) comes first,
    so that whoever did something himself counts, whatever an import changed besides."""
    found: dict[int | None, dict[str, set[int]]] = {}
    for row in rows:
        found.setdefault(row.import_id, {})[row.topic] = set(row.contacts)
    return sorted(found.items(), key=lambda each: each[0] or 0)


def _pass_on_by_cause(asked: Sequence[Segment], rows: Iterable[Any]) -> None:
    for import_id, changed in by_cause(rows):
        with activities.caused_by(import_id):
            _pass_on(asked, changed)


def _pass_on(asked: Sequence[Segment], changed: dict[str, set[int]], due: Mapping[int, set[int]] | None = None) -> None:
    """Ask the changed contacts again, in each segment that depends on what changed, and then in those behind it."""
    if not any(changed.values()) and not due:
        return
    for segment in asked:
        contacts = set[int]().union(
            (due or {}).get(segment.pk, set()),
            *(changed.get(topic, set()) for topic in depends_on(segment.conditions)),
        )
        if contacts and not trouble(segment):
            change = refresh(segment, sorted(contacts))
            changed[f"segment:{segment.pk}"] = {*change.entered, *change.left}


def depends_on(conditions: Tree) -> frozenset[str]:
    """The topics of a question; a new contact concerns every question, and what somebody did also changes when a
    visitor turns out to be that contact."""
    topics = frozenset({"new"}).union(*(kind.topics(settings) for kind, settings in _leaves(conditions)))
    return topics | {"identity"} if any(topic.startswith("activity:") for topic in topics) else topics


def save(segment: Segment) -> Segment:
    """Keep a segment whose question was checked, and have its members brought in line."""
    check(segment.conditions)
    if segment.pk:
        check_circle(segment.pk, segment.conditions)
    segment.is_stale = True
    segment.save()
    jobs.wake("segments")
    return segment


def _json(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value
