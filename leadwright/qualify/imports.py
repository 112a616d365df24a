"""Leads from files: matched by external id, so that a second file can add their outcome.

Promise: a row makes one lead or adds to one; a stage only rises; each move is a row with its time, named after the
import; what the file tells is history and starts nothing. Besides `leads`, this is the only writer of stages.
Reads: the staged rows of `capture.imports`. Writes: leads, moves, the facts about them, contacts through `profile`.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from leadwright.attract.models import Campaign
from leadwright.capture import activities
from leadwright.capture.imports import cells, undos
from leadwright.capture.imports.cells import Field, Reading, Refused
from leadwright.capture.imports.kinds import Columns, Faults, Kind, Scope, Undone
from leadwright.capture.imports.mappings import Mapping
from leadwright.kit import database, sql
from leadwright.profile import imports as contacts
from leadwright.qualify import rules
from leadwright.qualify.models import Lead, Reason, Stage

SQL = sql.load("imports")

# The order in which a file's stages are walked: forward, then aside.
ORDER: tuple[str, ...] = (*rules.WAY[:-1], *rules.ASIDE, "won")

_STAGES = {str(stage.value): str(stage.value) for stage in Stage} | {
    str(stage.label).lower(): str(stage.value) for stage in Stage
}


def _campaign(_: Reading) -> cells.Parse:
    known: dict[str, int] = {}
    for campaign in Campaign.objects.all():
        known[campaign.name.lower()] = known[campaign.code.lower()] = campaign.pk

    def parse(cell: str) -> int:
        if cell.lower() not in known:
            raise Refused(f"There is no campaign “{cell[:60]}”. Make it first, or leave the column out.")
        return known[cell.lower()]

    return parse


def _field(name: str) -> Field:
    """A field of the lead's contact, as `profile` reads it."""
    return contacts.CONTACTS.field(name)


FIELDS: tuple[Field, ...] = (
    Field(
        "external_id",
        "Lead's external id",
        cells.identifier(120),
        headers=("leadid", "dealid", "opportunityid", "recordid", "mqlid", "id"),
        help="The lead's id in the system that the file comes from; a later file finds the lead by it.",
    ),
    Field(
        "opened_at",
        "Opened at",
        cells.moment,
        sql="timestamptz",
        headers=("createddate", "createdate", "createdat", "firstcontactdate", "created", "opendate"),
        help="When the interest was first known.",
        is_moment=True,
    ),
    Field("source", "Source", cells.text(120), headers=("leadsource", "originalsource", "origin", "utmsource")),
    Field(
        "channel",
        "Channel",
        cells.choice(contacts.CHANNELS),
        headers=("channelgroup",),
        options=lambda: list(contacts.CHANNELS.values()),
    ),
    Field(
        "campaign",
        "Campaign",
        _campaign,
        sql="bigint",
        headers=("campaignname", "utmcampaign"),
        options=contacts.campaigns,
    ),
    Field("interest", "Interest", cells.text(200), headers=("product", "productinterest", "dealname", "description")),
    Field(
        "value",
        "Value",
        cells.amount,
        sql="numeric",
        headers=("amount", "dealvalue", "dealamount", "expectedrevenue", "revenue"),
        help="In the workspace's currency.",
    ),
    Field(
        "owner",
        "Owner",
        contacts.owner,
        sql="bigint",
        headers=("leadowner", "contactowner", "dealowner", "ownername"),
        help="A user, by address or name.",
        options=contacts.owners,
    ),
    Field("stage", "Stage", cells.choice(_STAGES), headers=("leadstatus", "status", "dealstage", "lifecyclestage")),
    Field("stage_at", "In this stage since", cells.moment, sql="timestamptz", headers=("stagedate",), is_moment=True),
    *(
        Field(
            f"{stage}_at",
            f"Became {Stage(stage).label.lower()} at",
            cells.moment,
            sql="timestamptz",
            headers=(f"{stage}date", f"{stage}on"),
            help="A filled cell moves the lead to this stage, at this time.",
            is_moment=True,
        )
        for stage in ORDER
        if stage != "new"
    ),
    Field(
        "reason",
        "Reason",
        cells.text(80),
        headers=("lostreason", "disqualificationreason", "closedlostreason"),
        help="Why it was lost, disqualified or recycled; from the list.",
    ),
    _field("email"),
    Field(
        "contact_external_id",
        "Contact's external id",
        cells.identifier(120),
        headers=("contactid", "personid", "customerid"),
        help="Without it and without an address, the lead's id stands for the contact's, too.",
    ),
    *(
        _field(name)
        for name in (
            "first_name", "last_name", "name", "title", "company", "company_domain", "phone", "country", "city",
        )
    ),
)  # fmt: skip


def check(mapping: Mapping) -> list[str]:
    """A file of leads must say which lead a row is about, and when it was opened where it makes one."""
    faults = []
    if "external_id" not in mapping.fields:
        faults.append("No column fills “external_id”. Leads are found again by it: map the column with the lead's id.")
    if mapping.create and "opened_at" not in mapping.fields:
        faults.append(
            "No column fills “opened_at”. Map the column that says when each lead came; or, where this file only adds "
            "to leads that are there, write “create: false”."
        )
    if "stage_at" in mapping.fields and "stage" not in mapping.fields:
        faults.append("“stage_at” says since when, but no column says in which “stage”. Map both.")
    return faults


def derive(values: Columns, count: int, mapping: Mapping) -> tuple[Faults, Faults]:
    """The steps that each row tells, in order, the last of them; and what `profile` derives for the contact."""
    nothing: Sequence[Any] = [None] * count
    refused, warned = contacts.derive(values, count, mapping)
    values["campaign_id"] = list(values.pop("campaign", nothing))
    named = values.pop("stage", nothing)
    since = values.pop("stage_at", nothing)
    reasons = values.get("reason", nothing)
    opened = values.get("opened_at", nothing)
    told = [(stage, values.pop(f"{stage}_at")) for stage in ORDER if f"{stage}_at" in values]
    known = {(row.stage, row.label.lower()): row.pk for row in Reason.objects.all()} if told or named else {}
    made: dict[str, list[Any]] = {
        name: [None] * count for name in ("steps", "last_stage", "first_move_stage", "first_move_at", "reason_id")
    }
    for position in range(count):
        if values["external_id"][position] is None:
            refused.setdefault(position, "The row has no external id; without it the lead could not be found again.")
        if mapping.create and opened[position] is None:
            refused.setdefault(position, "The row does not say when the lead was opened.")
        at = {stage: column[position] for stage, column in told if column[position] is not None}
        if named[position] and named[position] != "new":
            at.setdefault(named[position], since[position] or opened[position])
        if not at:
            continue
        fault = _walk(position, at, reasons[position], known, made)
        if fault:
            refused.setdefault(position, fault)
    values.update(made)
    return refused, warned


def _walk(
    position: int,
    at: dict[str, datetime | None],
    reason: str | None,
    known: dict[tuple[str, str], int],
    made: dict[str, list[Any]],
) -> str:
    """Fill what a row tells of its lead's way; answers what is wrong with it, or nothing."""
    steps = sorted(at, key=ORDER.index)
    last = steps[-1]
    undated = [stage for stage in steps if at[stage] is None]
    if undated:
        return f"The row does not say when the lead became {undated[0]}; map “{undated[0]}_at” or “stage_at”."
    if last in rules.NEEDS_REASON:
        found = known.get((last, (reason or "").lower()))
        if found is None:
            labels = "; ".join(label for stage, label in known if stage == last)
            return (
                f"A lead becomes {last} for a reason from the list, and “{reason or ''}” is none. There are: {labels}."
            )
        made["reason_id"][position] = found
    first = min(steps, key=lambda stage: at[stage])  # type: ignore[arg-type, return-value]
    told = [{"stage": stage, "at": moment.isoformat()} for stage in steps if (moment := at[stage])]
    made["steps"][position] = json.dumps(told)
    made["last_stage"][position] = last
    made["first_move_stage"][position], made["first_move_at"][position] = first, at[first]
    return ""


def judge(scope: Scope) -> None:
    """Say of each staged row whether it makes a lead, adds to one, or neither."""
    mapping = scope.mapping
    database.execute(SQL["match"])
    database.execute(SQL["people"], now=scope.now, create=mapping.create)
    database.execute(
        SQL["judge"],
        id=scope.import_id,
        now=scope.now,
        label=scope.label,
        way=list(rules.WAY),
        create=mapping.create,
        never=mapping.update == "never",
        fill=mapping.update == "fill",
    )


def apply(scope: Scope) -> None:
    """Write what was judged: contacts, leads, their values, moves and facts, and the undo log."""
    who = {"label": scope.label, "user": scope.user_id, "now": scope.now}
    contacts.make_people(scope)
    database.execute(SQL["make_leads"], **who)
    database.execute(SQL["remember"])
    database.execute(SQL["change_leads"], now=scope.now)
    database.execute(
        SQL["move_leads"],
        way=list(rules.WAY),
        order=list(ORDER),
        closed=list(rules.CLOSED),
        needs_reason=list(rules.NEEDS_REASON),
        **who,
    )
    database.execute(SQL["log_changes"], id=scope.import_id)
    moments = [row.at for row in database.rows(SQL["moments"], label=scope.label)]
    if moments:
        activities.record_from(SQL["opened_facts"], moments=moments, id=scope.import_id)
        activities.record_from(SQL["moved_facts"], moments=moments, id=scope.import_id, label=scope.label)


def undo(import_id: int, first: int, last: int, now: datetime) -> Undone:
    """Take back a range of the undo log: leads first, then the contacts that were made for them."""
    span = {"id": import_id, "first": first, "last": last, "label": f"import {import_id}"}
    done = Undone()
    restored = database.rows(SQL["restore"], now=now, **span)
    undos.forget_facts(import_id, [row.uid for row in restored if row.is_unmoved])
    for row in restored:
        done.restored += row.is_whole
        if not row.is_whole:
            say = "Some of its values or its stage were changed after the import and were kept."
            done.conflicts.append({"row": row.row_number, "lead": row.id, "say": say})
    made = database.rows(SQL["created"], **span)
    gone = [row for row in made if not row.conflict]
    done.conflicts += [
        {"row": row.row_number, "lead": row.id, "say": f"{row.conflict} It was kept."} for row in made if row.conflict
    ]
    undos.forget_facts(import_id, [row.uid for row in gone])
    undos.remove(Lead, [row.id for row in gone])
    done.deleted += len(gone)
    done.conflicts += contacts.undo(import_id, first, last, now).conflicts
    return done


LEADS = Kind(
    key="leads",
    label="leads",
    permission="qualify.add_lead",
    fields=FIELDS,
    matches=("external_id",),
    unique=("external_id",),
    derived=(
        ("email_key", "text"),
        ("owner_id", "bigint"),
        ("company_key", "text"),
        ("company_given", "boolean"),
        ("campaign_id", "bigint"),
        ("steps", "jsonb"),
        ("last_stage", "text"),
        ("first_move_stage", "text"),
        ("first_move_at", "timestamptz"),
        ("reason_id", "bigint"),
    ),
    check=check,
    derive=derive,
    judge=judge,
    apply=apply,
    undo=undo,
    topics=("contacts", "leads", "activities"),
    tables=("profile_contact", "profile_identity", "profile_company", "qualify_lead", "qualify_stagemove"),
)
