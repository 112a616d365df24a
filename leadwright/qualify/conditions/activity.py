"""What the contact did or did not do: which kind, its name or object, how often, within how many days."""

from datetime import timedelta
from typing import ClassVar

from leadwright.kit.registries import ACTIVITY_KINDS, CONDITIONS
from leadwright.qualify import rules
from leadwright.qualify.conditions.base import (
    Act,
    BadCondition,
    Condition,
    Facts,
    Parameters,
    Setting,
    Settings,
    day,
    whole_number,
)

DID = (("yes", "did"), ("no", "did not"))
# Kinds that a firm asks about before anybody registered them still have a readable name.
LABELS = {
    "page": "view a page",
    "form_submitted": "send a form",
    "resource_downloaded": "download a resource",
    "email_clicked": "click in an email",
    "email_opened": "open an email",
    "track": "a tracked event",
    "link_followed": "follow a tracked link",
}


class Activity(Condition):
    """What somebody did, counting only what a person did."""

    key: ClassVar[str] = "activity"
    label: ClassVar[str] = "Activity"

    def form(self, settings: Settings) -> list[Setting]:
        """Did or did not, what, and the limits."""
        return [
            Setting("did", "Did or not", "choice", DID),
            Setting("activity", "What", "choice", kinds()),
            Setting("name", "Its name or page (* at the end: begins with)", placeholder="any", is_required=False),
            Setting("object", "Its code or number", placeholder="any", is_required=False),
            Setting("times", "At least so many times", "number", placeholder="1", is_required=False),
            Setting("days", "Within the last days", "number", placeholder="ever", is_required=False),
        ]

    def check(self, settings: Settings) -> None:
        """As always; how often and how long must be at least 1 where they are given."""
        super().check({**settings, "activity": _known(settings)})
        for name, label in (("times", "how often"), ("days", "the number of days")):
            if settings.get(name) not in (None, "") and whole_number(settings[name]) < 1:
                raise BadCondition(f"“{self.label}”: {label} must be at least 1, or empty.")

    def sql(self, settings: Settings, params: Parameters) -> str:
        """Over all subjects of the contact. Carried by capture_activity_subject (subject_id, at DESC).

        Over all contacts a repeated act is counted once for the whole set instead of once per contact.
        """
        times = _times(settings)
        wanted = self._wanted(settings, params)
        source = "profile_identity i JOIN capture_judged a ON a.subject_id = i.subject_id"
        if times == 1:
            found = f"EXISTS (SELECT FROM {source} WHERE i.contact_id = c.id AND {wanted})"
        elif params.whole:
            found = (
                f"c.id IN (SELECT i.contact_id FROM {source} WHERE {wanted} "
                f"GROUP BY i.contact_id HAVING count(*) >= {params.add(times)})"
            )
        else:
            found = f"(SELECT count(*) FROM {source} WHERE i.contact_id = c.id AND {wanted}) >= {params.add(times)}"
        return found if settings.get("did") != "no" else f"NOT {found}"

    def turns(self, settings: Settings, params: Parameters) -> str | None:
        """When the act that makes the number leaves the window."""
        days = whole_number(settings.get("days"))
        if not days:
            return None
        return (
            "(SELECT a.at FROM profile_identity i JOIN capture_judged a ON a.subject_id = i.subject_id "
            f"WHERE i.contact_id = c.id AND {self._wanted(settings, params)} "
            f"ORDER BY a.at DESC OFFSET {params.add(_times(settings) - 1)} LIMIT 1) "
            f"+ {params.add(timedelta(days=days))}::interval"
        )

    def topics(self, settings: Settings) -> frozenset[str]:
        """New activities of the kind."""
        return frozenset({f"activity:{settings.get('activity')}"})

    def holds(self, settings: Settings, facts: Facts) -> bool:
        """The same over the acts."""
        enough = len(_matching(settings, facts)) >= _times(settings)
        return enough if settings.get("did") != "no" else not enough

    def words(self, settings: Settings) -> str:
        """Such as: did view a page “Pricing*” at least 2 times within 30 days."""
        kind = str(settings.get("activity"))
        label = LABELS.get(kind) or (ACTIVITY_KINDS.get(kind).label if kind in ACTIVITY_KINDS else kind)
        parts = ["did not" if settings.get("did") == "no" else "did", label]
        parts += [f"“{settings[name]}”" for name in ("name", "object") if settings.get(name)]
        parts += [f"at least {_times(settings)} times"] if _times(settings) > 1 else []
        parts += [f"within {whole_number(settings['days'])} days"] if settings.get("days") else []
        return " ".join(parts)

    def why(self, settings: Settings, facts: Facts) -> str:
        """How often, and when last."""
        found = _matching(settings, facts)
        machines = len(_matching(settings, facts, human=False))
        note = f" {machines} more by machines do not count." if machines else ""
        if not found:
            return f"It never happened{' in that time' if settings.get('days') else ''}.{note}"
        times = "once" if len(found) == 1 else f"{len(found)} times"
        return f"It happened {times}, last on {day(max(act.at for act in found))}.{note}"

    @staticmethod
    def _wanted(settings: Settings, params: Parameters) -> str:
        parts = [f"a.kind = {params.add(str(settings.get('activity')))}::text", "(a.human IS NULL OR a.human >= 0.5)"]
        if name := str(settings.get("name") or ""):
            parts.append(f"({named('a.name', name, params)} OR {named(PATH, name, params)})")
        if wanted := str(settings.get("object") or ""):
            parts.append(f"a.object_id = {params.add(wanted)}::text")
        if days := whole_number(settings.get("days")):
            parts.append(f"a.at > {params.now_sql} - {params.add(timedelta(days=days))}::interval")
        return " AND ".join(parts)


# A page is named by its title; a rule may as well name its path.
PATH = "COALESCE(a.properties ->> 'path', '')"


def named(column: str, pattern: str, params: Parameters) -> str:
    """Whether a column is a name as a rule or condition writes it: exact, or a prefix before a *; case is ignored."""
    if pattern.endswith("*"):
        return f"starts_with(lower({column}), lower({params.add(pattern[:-1])}::text))"
    return f"lower({column}) = lower({params.add(pattern)}::text)"


def kinds() -> tuple[tuple[str, str], ...]:
    """The kinds of activities that can be asked about, the usual ones first."""
    others = {key: kind.label for key, kind in ACTIVITY_KINDS.items() if key not in LABELS}
    return tuple({**LABELS, **others}.items())


def _known(settings: Settings) -> str | None:
    kind = settings.get("activity")
    return kind if kind in LABELS or kind in ACTIVITY_KINDS else None if not kind else str(kind)


def _times(settings: Settings) -> int:
    return max(1, whole_number(settings.get("times"), 1))


def _matching(settings: Settings, facts: Facts, *, human: bool = True) -> list[Act]:
    days = whole_number(settings.get("days"))
    since = facts.now - timedelta(days=days) if days else None
    name = str(settings.get("name") or "")
    return [
        act
        for act in facts.acts
        if act.kind == settings.get("activity")
        and act.counts == human
        and (not name or rules.name_matches(name, act.name) or rules.name_matches(name, act.path))
        and (not settings.get("object") or act.object_id == settings["object"])
        and (since is None or act.at > since)
    ]


CONDITIONS.add(Activity.key, Activity(), order=30)
