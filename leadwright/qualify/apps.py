"""Registers this package with Django and with the registries of earlier stages."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig

from leadwright.kit.registries import (
    ACTIVITY_KINDS,
    CHECKS,
    COMPANY_PANELS,
    CONTACT_PANELS,
    ERASERS,
    EXPORTERS,
    FIELD_NEEDS,
    FOUNDATIONS,
    HOME_PANELS,
    IMPORT_KINDS,
    MENU,
    MERGERS,
    ActivityKind,
    Check,
    Eraser,
    Exporter,
    Follow,
    MenuEntry,
    Merger,
    Once,
    Panel,
)

KINDS = {
    "segment_entered": ActivityKind("Entered a segment", "entered the segment “{name}”", icon="group"),
    "segment_left": ActivityKind("Left a segment", "left the segment “{name}”", icon="group"),
    "score_crossed": ActivityKind(
        "Crossed the score", "became {name}: fit {fit}, engagement {engagement}", icon="pick"
    ),
    "lead_opened": ActivityKind("Lead opened", "became a lead: {interest} ({name})", icon="plus-inverse"),
    "lead_given": ActivityKind("Lead given by hand", "lead was given to {name} by {actor}", icon="user"),
    "stage_moved": ActivityKind("Lead moved", "lead moved from {from} to {to} by {actor} {reason}", icon="arrow-right"),
}
TABLES = (
    "qualify_lead",
    "qualify_stagemove",
    "qualify_point",
    "qualify_score",
    "qualify_member",
    "qualify_turn",
    "qualify_change",
    "qualify_hand",
)


# Both leads stay, also two open ones: they are two episodes. Points of one rule for one act count once; memberships and
# scores are asked anew, since the change of identity is noted.
MERGER = Merger(
    "contact",
    (
        Follow("qualify_lead"),
        Follow("qualify_member", once=(Once(("segment_id",)),)),
        Follow("qualify_turn", once=(Once(("segment_id",)),)),
        Follow("qualify_point", once=(Once(("rule_id", "activity_id")),)),
        Follow("qualify_score", key="contact_id", once=(Once(),)),
    ),
    ("qualify_change",),
)


class QualifyConfig(AppConfig):
    """The `qualify` package."""

    name = "leadwright.qualify"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Announce what this package has for the console, for erasing, for checks and for the background."""
        from leadwright.qualify import conditions, jobs, leads, scores, segments  # noqa: F401
        from leadwright.qualify.imports import LEADS

        for key, kind in KINDS.items():
            ACTIVITY_KINDS.add(key, kind)
        IMPORT_KINDS.add("leads", LEADS, order=20)
        MERGERS.add("qualify", MERGER, order=50)
        ERASERS.add("qualify", Eraser(TABLES, _erase), order=50)
        EXPORTERS.add("qualify", Exporter(TABLES, _export), order=50)
        CHECKS.add("qualify.rules", Check("Score rules", _look_for_rules, url_name="scores", setup=True))
        CHECKS.add("qualify.segments", Check("Segments can be asked", _look_for_trouble, url_name="segments"))
        CHECKS.add("qualify.lag", Check("Qualifying keeps up", _look_for_lag))
        MENU.add("leads", MenuEntry("Leads", "leads", "pick", "qualify.view_lead", order=30))
        MENU.add("board", MenuEntry("Board", "leads_board", "table", "qualify.view_lead", "Qualify", order=30))
        MENU.add("segments", MenuEntry("Segments", "segments", "group", "qualify.view_segment", "Qualify", order=10))
        MENU.add("scores", MenuEntry("Scores", "scores", "order", "qualify.view_scorerule", "Qualify", order=20))
        CONTACT_PANELS.add("qualify.leads", Panel("Leads", "contact_leads", permission="qualify.view_lead"), order=20)
        CONTACT_PANELS.add("qualify.score", Panel("Score", "contact_score", permission="qualify.view_score"), order=30)
        CONTACT_PANELS.add(
            "qualify.segments", Panel("Segments", "contact_segments", permission="qualify.view_segment"), order=50
        )
        COMPANY_PANELS.add("qualify.leads", Panel("Leads", "company_leads", permission="qualify.view_lead"), order=20)
        HOME_PANELS.add(
            "qualify.hot",
            Panel(
                "Hot and waiting",
                "leads_hot",
                permission="qualify.view_lead",
                roles=("marketer", "head", "administrator"),
            ),
            order=30,
        )
        FIELD_NEEDS.add("qualify", segments.needs)
        FOUNDATIONS.add("qualify.reasons", leads.ensure_reasons, order=50)
        FOUNDATIONS.add("qualify.rules", scores.ensure_rules, order=51)


def _erase(contact_ids: Sequence[int]) -> int:
    from leadwright.kit import database, sql

    statements = sql.load("erasing")
    return sum(database.execute(statement, contacts=list(contact_ids)) for statement in statements.values())


def _export(contact_id: int) -> dict[str, Any]:
    from leadwright.qualify import leads, scores
    from leadwright.qualify.models import Member

    standing = scores.standing(contact_id)
    return {
        "leads": [
            {
                "interest": lead.interest,
                "source": lead.source,
                "channel": lead.channel,
                "stage": lead.stage,
                "opened_at": lead.opened_at,
                "value": lead.value,
                "moves": list(
                    lead.moves.order_by("at", "id").values("from_stage", "to_stage", "at", "actor", "reason")
                ),
            }
            for lead in leads.of_contact(contact_id)
        ],
        "scores": [{"fit": standing.fit, "engagement": round(standing.engagement, 1)}],
        "points": [{"rule": each.rule, "points": each.points, "at": each.at} for each in standing.lines],
        "segments": [
            {"segment": each.segment.name, "since": each.since}
            for each in Member.objects.filter(contact_id=contact_id).select_related("segment").order_by("since")
        ],
    }


def _look_for_rules() -> tuple[bool, str]:
    from leadwright.qualify.models import ScoreRule

    count = ScoreRule.objects.filter(is_active=True).count()
    if count:
        return True, f"{count} rules give points."
    return False, "No rule gives points yet, so nobody becomes hot. Add one under Qualify, Scores."


def _look_for_trouble() -> tuple[bool, str]:
    from leadwright.qualify import segments
    from leadwright.qualify.models import Segment

    for segment in Segment.objects.order_by("name"):
        if said := segments.trouble(segment):
            return False, f"The segment “{segment.name}” keeps its old members, because it cannot be asked: {said}"
    return True, "Every segment can be asked."


def _look_for_lag() -> tuple[bool, str]:
    from leadwright.qualify.models import Change

    waiting = Change.objects.count()
    if waiting < 50_000:
        return True, "Segments and scores are up to date."
    return False, f"{waiting:,} changes wait to reach segments and scores. Is a `leadwright work` process running?"
