"""Merging two records into one, and undoing it: nothing is lost, nobody is mailed who said no, and both come back.

Promise: the survivor gets everything that is kept about the absorbed record, in one transaction and one statement a
table (what each package adds is in kit.registries.MERGERS). Activities are never rewritten: the absorbed contact's uid
leads to the survivor from then on, and so do its addresses and user ids. Of two consents the stricter holds. Undo
brings back both records as they were; what happened since stays with whom it belongs to by address or link.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from django.db import IntegrityError

from leadwright.kit import clock, database, jobs, sql
from leadwright.kit.registries import MERGERS, Follow, Merger, Once
from leadwright.profile.models import Company, Contact, Merge, MergePart, Preference, RecordKind
from leadwright.profile.privacy import consents
from leadwright.profile.privacy.consents import Entry, State
from leadwright.workspace import audit
from leadwright.workspace.models import ApiKey, User

SQL = sql.load("merges")

# What somebody may choose from either record, besides each custom field; the rest follows from both.
FIELDS: Mapping[str, tuple[str, ...]] = {
    "contact": (
        "email", "external_id", "first_name", "last_name", "title", "phone", "company_id", "country", "city",
        "language", "time_zone", "owner_id", "persona_id", "buying_stage", "buying_role",
    ),
    "company": ("name", "domain", "industry", "size", "country", "city", "owner_id"),
}  # fmt: skip
TABLES: Mapping[str, str] = {"contact": "profile_contact", "company": "profile_company"}
EARLIEST = ("created_at",)
LATEST = ("last_seen_at",)


class Unmergeable(ValueError):
    """These two cannot be merged, or not be parted again; the message says why and what to do."""


@dataclass
class Merging:
    """A merge under way: what the packages need to follow it."""

    id: int
    kind: str
    survivor: int
    absorbed: int
    at: datetime
    actor: str
    before: dict[str, Any]  # the survivor's row as it was
    gone: dict[str, Any]  # the absorbed one's
    parts: dict[tuple[str, str], list[Any]] = field(default_factory=dict)

    def note(self, table: str, act: MergePart.Act, rows: Sequence[Any]) -> None:
        """Keep what was done to a table, for undo."""
        if rows:
            self.parts.setdefault((table, str(act)), []).extend(rows)


# Merging


def merge(
    kind: str,
    survivor: int,
    absorbed: int,
    by: User | ApiKey | Any,
    choices: Mapping[str, Any] | None = None,
) -> Merge:
    """Merge one contact or company into another. `choices`: field -> the id of the record whose value is to stay;
    without one, the survivor's value stays, or the other's where it has none. Raises Unmergeable."""
    if survivor == absorbed:
        raise Unmergeable("A record cannot be merged with itself; choose another one.")
    with database.atomic():
        rows = _hold(kind, survivor, absorbed)
        taken = _choose(kind, rows[survivor], rows[absorbed], choices or {})
        user, actor = audit.who(by)
        now = clock.now()
        made = Merge.objects.create(
            kind=kind,
            survivor_id=survivor,
            absorbed_id=absorbed,
            absorbed_uid=rows[absorbed].get("uid"),
            absorbed=rows[absorbed],
            choices={name: (survivor if side == "survivor" else absorbed) for name, side in taken.items()},
            at=now,
            by=user,
            actor=actor[:120],
        )
        merging = Merging(made.pk, kind, survivor, absorbed, now, actor, rows[survivor], rows[absorbed])
        for merger in _mergers(kind):
            for follow in merger.follows:
                _follow(merging, follow)
            if merger.merge:
                merger.merge(merging)
        made.before, made.after = _fill(merging, taken)
        made.save(update_fields=["before", "after"])
        for (table, act), parts in merging.parts.items():
            database.execute(SQL["part"], merge=made.pk, table=table, acts=[act], rows=[json.dumps(parts)])
        database.execute(
            SQL["decide"], kind=kind, survivor=survivor, absorbed=absorbed, now=now, user=user.pk if user else None
        )
        audit.note(by, "merged", kind, survivor, absorbed=absorbed, merge=made.pk, fields=sorted(made.after))
    jobs.wake("contacts", "consent", "leads", "tasks")
    return made


def _mergers(kind: str) -> list[Merger]:
    return [merger for merger in MERGERS if merger.kind == kind]


def _hold(kind: str, survivor: int, absorbed: int) -> dict[int, dict[str, Any]]:
    if kind not in TABLES:
        raise Unmergeable(f"There is nothing called “{kind}” to merge; contacts and companies can be merged.")
    found = database.rows(SQL["hold"].replace("/*table*/", TABLES[kind]), ids=[survivor, absorbed])
    rows = {row.id: _read(row.row) for row in found}
    for each in (survivor, absorbed):
        if each not in rows:
            earlier = Merge.objects.filter(kind=kind, absorbed_id=each, undone_at=None).order_by("-at").first()
            if earlier:
                raise Unmergeable(
                    f"This {kind} was merged into {kind} {earlier.survivor_id} by {earlier.actor} "
                    f"on {earlier.at:%d %B %Y at %H:%M} UTC already."
                )
            raise Unmergeable(f"There is no {kind} {each} any more; look it up again.")
    return rows


def _read(text: str) -> dict[str, Any]:
    """A row as the database tells it."""
    row: dict[str, Any] = json.loads(text)
    return row


Side = Literal["survivor", "absorbed"]


def _choose(
    kind: str, survivor: Mapping[str, Any], absorbed: Mapping[str, Any], choices: Mapping[str, Any]
) -> dict[str, Side]:
    """From which record each field is taken where the two differ."""
    names = [*FIELDS[kind], *(f"custom.{name}" for name in {**survivor["custom"], **absorbed["custom"]})]
    if unknown := sorted(set(choices) - set(names)):
        raise Unmergeable(f"There is no field “{unknown[0]}” to choose; there are: {', '.join(names)}.")
    sides: dict[str, Side] = {}
    for name in names:
        mine, other = value(survivor, name), value(absorbed, name)
        if mine == other:
            continue
        chosen = choices.get(name)
        if chosen is None:
            sides[name] = "absorbed" if mine in (None, "") else "survivor"
        elif chosen in ("survivor", survivor["id"], str(survivor["id"])):
            sides[name] = "survivor"
        elif chosen in ("absorbed", absorbed["id"], str(absorbed["id"])):
            sides[name] = "absorbed"
        else:
            raise Unmergeable(
                f"The choice of “{name}” names neither of the two; give {survivor['id']} or {absorbed['id']}."
            )
    return sides


def value(row: Mapping[str, Any], name: str) -> Any:
    """A field of a record's row; custom fields as `custom.budget`."""
    return row["custom"].get(name.removeprefix("custom.")) if name.startswith("custom.") else row.get(name)


def _fill(  # noqa: C901, PLR0912
    merging: Merging, taken: Mapping[str, Side]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Give the survivor what was chosen, after the absorbed row is gone; answers what changed, before and after."""
    mine, other, table = merging.before, merging.gone, TABLES[merging.kind]
    after: dict[str, Any] = {}
    custom, origins = dict(mine["custom"]), dict(mine.get("origins") or {})
    for name, side in taken.items():
        if side == "survivor":
            continue
        if name.startswith("custom."):
            bare = name.removeprefix("custom.")
            custom.pop(bare, None)
            if bare in other["custom"]:
                custom[bare] = other["custom"][bare]
        else:
            after[name] = other[name]
        origin = (other.get("origins") or {}).get(name.removesuffix("_id")) or (other.get("origins") or {}).get(name)
        key = name.removesuffix("_id")
        origins.pop(key, None)
        if origin:
            origins[key] = origin
    if "email" in after:
        after["email_key"] = other["email_key"]
    for names, pick in ((EARLIEST, min), (LATEST, max)):
        for name in names:
            both = [each[name] for each in (mine, other) if each.get(name)]
            if both and pick(both, key=_moment) != mine.get(name):
                after[name] = pick(both, key=_moment)
    if "created_at" in after:  # whoever is known for longer says how she came
        after |= {name: other[name] for name in ("first_channel", "first_campaign_id", "first_source") if name in other}
    if custom != mine["custom"]:
        after["custom"] = custom
    if "origins" in mine and origins != (mine.get("origins") or {}):
        after["origins"] = origins
    after = {name: each for name, each in after.items() if each != mine.get(name)}
    of = f"{merging.kind}_id"
    last = database.value(SQL["past"].replace("/*of*/", of), id=merging.survivor)
    database.execute(f"DELETE FROM {table} WHERE id = %(id)s", id=merging.absorbed)
    _set(table, merging.survivor, after | {"updated_at": merging.at.isoformat()})
    top = database.value(SQL["past"].replace("/*of*/", of), id=merging.survivor)
    merging.note("profile_pastvalue", MergePart.Act.MADE, [last, top])
    before = {name: mine.get(name) for name in after} | {"updated_at": mine["updated_at"]}
    return before, after | {"updated_at": merging.at.isoformat()}


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _set(table: str, record: int, fields: Mapping[str, Any]) -> None:
    """Write fields of one row, from their values as JSON."""
    if fields:
        names = ", ".join(f'"{name}" = r."{name}"' for name in fields)
        database.execute(
            f"UPDATE {table} t SET {names} FROM jsonb_populate_record(NULL::{table}, %(row)s::jsonb) r "
            "WHERE t.id = %(id)s",
            row=json.dumps(dict(fields)),
            id=record,
        )


# Rows that follow


def _clashing(follow: Follow) -> str:
    """When a row of the absorbed record `t` has its like at the survivor `s`, in SQL."""

    def one(once: Once) -> str:
        same = "".join(f' AND t."{name}" IS NOT DISTINCT FROM s."{name}"' for name in once.columns)
        theirs = once.where.replace("t.", "s.")
        return (
            f"(({once.where}) AND EXISTS (SELECT FROM {follow.table} s "
            f'WHERE s."{follow.column}" = %(survivor)s{same} AND ({theirs})))'
        )

    return " OR ".join(one(once) for once in follow.once) or "false"


def _follow(merging: Merging, follow: Follow) -> None:
    """Let the rows of one table follow, in one statement."""
    table, column, key = follow.table, follow.column, follow.key
    if follow.clash:
        sets = ", ".join(f'"{name}" = {expression}' for name, expression in follow.clash)
        bear = (
            f', changed AS (UPDATE {table} t SET "{column}" = %(survivor)s, {sets} FROM clashing c '
            f'WHERE t."{key}" = c.key RETURNING t."{key}" AS key, to_jsonb(t) AS after)'
        )
        told = (
            "SELECT 'changed' AS act, jsonb_agg(jsonb_build_object('before', c.row, 'after', g.after)) AS rows "
            "FROM changed g JOIN clashing c ON c.key = g.key"
        )
    else:
        bear = f', changed AS (DELETE FROM {table} t USING clashing c WHERE t."{key}" = c.key RETURNING c.row)'
        told = "SELECT 'dropped' AS act, jsonb_agg(row) AS rows FROM changed"
    statement = f"""
        WITH clashing AS MATERIALIZED (
            SELECT t."{key}" AS key, to_jsonb(t) AS row FROM {table} t
            WHERE t."{column}" = %(absorbed)s AND ({_clashing(follow)})
        ){bear}, moved AS (
            UPDATE {table} t SET "{column}" = %(survivor)s
            WHERE t."{column}" = %(absorbed)s AND t."{key}" NOT IN (SELECT key FROM clashing)
            RETURNING t."{key}"::text AS key
        )
        SELECT 'moved' AS act, jsonb_agg(key) AS rows FROM moved UNION ALL {told}"""
    for row in database.rows(
        statement, survivor=merging.survivor, absorbed=merging.absorbed, merge=merging.id, now=merging.at
    ):
        merging.note(table, MergePart.Act(row.act), json.loads(row.rows) if row.rows else [])


def _give_back(merging: Merging, follow: Follow) -> None:
    """The rows of one table come back: those that moved, those that changed, those that had gone."""
    table, column, key = follow.table, follow.column, follow.key
    if moved := merging.parts.get((table, "moved")):
        keys = [str(merging.survivor)] if key == column else moved
        database.execute(
            f'UPDATE {table} SET "{column}" = %(absorbed)s '
            f'WHERE "{key}" = ANY (%(keys)s::{follow.key_type}[]) AND "{column}" = %(survivor)s',
            absorbed=merging.absorbed, survivor=merging.survivor, keys=keys,
        )  # fmt: skip
    if changed := merging.parts.get((table, "changed")):
        sets = ", ".join(
            f'"{name}" = CASE WHEN t."{name}" IS NOT DISTINCT FROM a."{name}" THEN b."{name}" ELSE t."{name}" END'
            for name, _ in follow.clash
        )
        database.execute(
            f'UPDATE {table} t SET "{column}" = %(absorbed)s, {sets} '
            f"FROM jsonb_populate_recordset(NULL::{table}, %(before)s::jsonb) b, "
            f"jsonb_populate_recordset(NULL::{table}, %(after)s::jsonb) a "
            f'WHERE t."{key}" = b."{key}" AND a."{key}" = b."{key}" AND t."{column}" = %(survivor)s',
            absorbed=merging.absorbed, survivor=merging.survivor,
            before=json.dumps([each["before"] for each in changed]),
            after=json.dumps([each["after"] for each in changed]),
        )  # fmt: skip
    if dropped := merging.parts.get((table, "dropped")):
        _insert(table, dropped)


def _insert(table: str, rows: Sequence[Mapping[str, Any]]) -> int:
    """Bring back rows as they were; one that is there already stays as it is."""
    names = ", ".join(f'"{row.name}"' for row in database.rows(SQL["columns"], table=table))
    return database.execute(
        f"INSERT INTO {table} ({names}) OVERRIDING SYSTEM VALUE SELECT {names} "
        f"FROM jsonb_populate_recordset(NULL::{table}, %(rows)s::jsonb) ON CONFLICT DO NOTHING",
        rows=json.dumps(list(rows)),
    )


# Undo


def undo(merge_id: int, by: User | ApiKey | Any) -> Merge:  # noqa: C901
    """Part two records again. Raises Unmergeable where that is not possible, with what to do first."""
    with database.atomic():
        found = Merge.objects.select_for_update().filter(pk=merge_id).first()
        if found is None:
            raise Unmergeable("There is no such merge any more; one of the two was forgotten since.")
        if found.undone_at:
            raise Unmergeable(f"{found.undone_by} has undone this on {found.undone_at:%d %B %Y at %H:%M} UTC already.")
        later = database.row(SQL["later"], kind=found.kind, merge=found.pk, survivor=found.survivor_id)
        if later:
            raise Unmergeable(
                f"{found.kind.capitalize()} {found.survivor_id} was merged once more since (merge {later.id}); "
                "undo that first."
            )
        table = TABLES[found.kind]
        held = database.rows(SQL["hold"].replace("/*table*/", table), ids=[found.survivor_id])
        if not held:
            raise Unmergeable(
                f"{found.kind.capitalize()} {found.survivor_id} is not there any more, so nothing can be parted."
            )
        now_row = _read(held[0].row)
        user, actor = audit.who(by)
        merging = Merging(
            found.pk, found.kind, found.survivor_id, found.absorbed_id, found.at, actor, now_row, found.absorbed
        )
        for part in found.parts.order_by("pk"):
            merging.parts.setdefault((part.table, part.act), []).extend(part.rows)
        back = {
            name: before
            for name, before in found.before.items()
            if now_row.get(name) == found.after.get(name) or _is_same_moment(now_row.get(name), found.after.get(name))
        }
        if "email" not in back:
            back.pop("email_key", None)
        past = SQL["past"].replace("/*of*/", f"{found.kind}_id")
        forget = SQL["forget_past"].replace("/*of*/", f"{found.kind}_id")
        last = database.value(past, id=found.survivor_id)
        try:
            with database.atomic():
                _set(table, found.survivor_id, back)
        except IntegrityError:
            raise Unmergeable(
                "The address, user id or domain that the record had before belongs to somebody else by now. "
                "Change it there first, then undo the merge."
            ) from None
        _free(merging)
        if not _insert(table, [found.absorbed]):
            raise Unmergeable(
                "Its address or user id belongs to somebody else by now. Change it there first, then undo the merge."
            )
        for merger in reversed(_mergers(found.kind)):
            if merger.undo:
                merger.undo(merging)
            for follow in reversed(merger.follows):
                _give_back(merging, follow)
        made = merging.parts.get(("profile_pastvalue", "made"), [0, 0])
        for after, until in (made, (last, database.value(past, id=found.survivor_id))):
            database.execute(forget, id=found.survivor_id, after=after, until=until)
        found.undone_at, found.undone_by = clock.now(), actor[:120]
        found.save(update_fields=["undone_at", "undone_by"])
        database.execute(
            SQL["reopen"], kind=found.kind, survivor=found.survivor_id, absorbed=found.absorbed_id, now=found.undone_at,
            user=user.pk if user else None,
        )  # fmt: skip
        audit.note(by, "undid a merge", found.kind, found.survivor_id, absorbed=found.absorbed_id, merge=found.pk)
    jobs.wake("contacts", "consent", "leads", "tasks")
    return found


def _is_same_moment(one: Any, other: Any) -> bool:
    try:
        return _moment(one) == _moment(other)
    except (TypeError, ValueError):
        return False


def _free(merging: Merging) -> None:
    """Take away what the merge has made, so that the absorbed record can come back."""
    for table in ("profile_contactkey", "profile_suppression", "profile_companydomain"):
        if made := merging.parts.get((table, "made")):
            database.execute(f"DELETE FROM {table} WHERE id = ANY (%(ids)s)", ids=made)


# What profile itself keeps


def _merge_contact(merging: Merging) -> None:
    uid = merging.gone["uid"]
    given = {"survivor": merging.survivor, "absorbed": merging.absorbed}
    subjects = [row.key for row in database.rows(SQL["identities"], **given, uid=uid)]
    merging.note("profile_identity", MergePart.Act.MOVED, subjects)
    _merge_keys(merging)
    _merge_suppressions(merging)
    _merge_consents(merging)
    _merge_preferences(merging)


def _merge_keys(merging: Merging) -> None:
    """Each address and user id of the two leads to the survivor, whichever it shows."""
    told = [
        (kind, row[column])
        for row in (merging.before, merging.gone)
        for kind, column in (("email", "email_key"), ("external", "external_id"))
        if row[column]
    ]
    kinds, keys = zip(*told, strict=True) if told else ((), ())
    made = database.rows(
        SQL["keys"], survivor=merging.survivor, kinds=list(kinds), keys=list(keys), now=merging.at,
        source=f"merge {merging.id}",
    )  # fmt: skip
    merging.note("profile_contactkey", MergePart.Act.MADE, [row.id for row in made])


def _merge_suppressions(merging: Merging) -> None:
    """Who does not want to be written to at one address, is not written to at the other. A bounce speaks of a mailbox
    only, and stays with it."""
    keys = [row["email_key"] for row in (merging.before, merging.gone) if row["email_key"]]
    found = database.row(SQL["suppressed"], keys=keys)
    if found:
        made = database.rows(
            SQL["suppress"], keys=keys, reason=found.reason, now=merging.at, source=f"merge {merging.id}",
            note="held for another address of the same person", actor=merging.actor[:120],
        )  # fmt: skip
        merging.note("profile_suppression", MergePart.Act.MADE, [row.id for row in made])
        if made:
            jobs.wake("consent")


def _merge_consents(merging: Merging) -> None:
    """The ledgers become one; where one of the two had said no, no holds, and the ledger says so."""
    both = [consents.standing(merging.survivor), consents.standing(merging.absorbed)]
    moved = consents.gather([merging.absorbed], merging.survivor)
    merging.note("profile_consentrecord", MergePart.Act.MOVED, moved)
    now = consents.standing(merging.survivor)
    refused = [
        purpose
        for purpose, state in now.items()
        if state != State.WITHDRAWN and any(each.get(purpose) == State.WITHDRAWN for each in both)
    ]
    written = consents.record(
        Entry(
            merging.survivor,
            purpose,
            State.WITHDRAWN,
            merging.at,
            f"merge {merging.id}",
            actor=merging.actor[:120],
            note="one of the two records that were merged had withdrawn it",
            proof={"merge": merging.id},
        )
        for purpose in refused
    )
    merging.note("profile_consentrecord", MergePart.Act.MADE, written)


def _merge_preferences(merging: Merging) -> None:
    kept = {
        each.contact_id: each for each in Preference.objects.filter(contact_id__in=[merging.survivor, merging.absorbed])
    }
    mine, other = kept.get(merging.survivor), kept.get(merging.absorbed)
    if mine and other:
        row = {
            "paused_until": mine.paused_until.isoformat() if mine.paused_until else None,
            "every_days": mine.every_days,
        }
        merging.note("profile_preference", MergePart.Act.CHANGED, [row])
        database.execute(
            SQL["stricter_preference"], survivor=merging.survivor, paused=other.paused_until, days=other.every_days
        )


def _part_contact(merging: Merging) -> None:
    parts = merging.parts
    marks = [
        mark for mark in (merging.gone["email_key"], merging.gone["external_id"], str(merging.gone["uid"])) if mark
    ]
    with consents.opened("erasure"):
        database.execute(SQL["forget_entries"], records=parts.get(("profile_consentrecord", "made"), []))
    consents.give_back(parts.get(("profile_consentrecord", "moved"), []), merging.absorbed, merging.survivor)
    database.execute(
        SQL["identities_back"],
        survivor=merging.survivor,
        absorbed=merging.absorbed,
        uid=merging.gone["uid"],
        subjects=parts.get(("profile_identity", "moved"), []),
        marks=marks,
    )
    for row in parts.get(("profile_preference", "changed"), []):
        Preference.objects.filter(contact_id=merging.survivor).update(**row)


def _merge_company(merging: Merging) -> None:
    """Each domain of the two leads to the survivor."""
    domains = [row["domain"] for row in (merging.before, merging.gone) if row["domain"]]
    made = database.rows(
        "INSERT INTO profile_companydomain (company_id, domain, since, source) "
        "SELECT %(company)s, domain, %(now)s, %(source)s FROM unnest(%(domains)s::text[]) AS domain "
        "ON CONFLICT (domain) DO NOTHING RETURNING id",
        company=merging.survivor, domains=domains, now=merging.at, source=f"merge {merging.id}",
    )  # fmt: skip
    merging.note("profile_companydomain", MergePart.Act.MADE, [row.id for row in made])


def register() -> None:
    """Announce how profile's own tables follow."""
    alone = (Once(),)
    MERGERS.add(
        "profile",
        Merger(
            "contact",
            (
                Follow("profile_contactkey"),
                Follow("profile_preference", key="contact_id", once=alone),
                Follow("profile_legalhold", key="contact_id", once=alone),
                Follow("profile_privacyrequest"),
                Follow("profile_pastvalue"),
            ),
            # words are written by triggers
            (
                "profile_identity",
                "profile_consent",
                "profile_consentrecord",
                "profile_suppression",
                "profile_contactwords",
            ),
            _merge_contact,
            _part_contact,
        ),
        order=30,
    )
    MERGERS.add(
        "profile.companies",
        Merger(
            "company",
            (
                Follow("profile_contact", column="company_id"),
                Follow("profile_companydomain", column="company_id"),
                Follow("profile_pastvalue", column="company_id"),
            ),
            ("profile_companywords",),
            _merge_company,
        ),
        order=30,
    )


def default_survivor(one: Contact | Company, other: Contact | Company) -> Contact | Company:
    """Who stays where nobody chooses: the more complete record, then the older."""

    def worth(record: Contact | Company) -> tuple[int, float]:
        kind = "contact" if isinstance(record, Contact) else "company"
        filled = sum(1 for name in FIELDS[kind] if getattr(record, name) not in (None, ""))
        return (filled + len(record.custom), -record.created_at.timestamp())

    return max(one, other, key=worth)


def of(kind: str, record_id: int) -> list[Merge]:
    """The merges into a record that can be undone, the latest first."""
    return list(Merge.objects.filter(kind=kind, survivor_id=record_id, undone_at=None).order_by("-at", "-pk"))


MODELS: Mapping[str, type[Contact] | type[Company]] = {RecordKind.CONTACT: Contact, RecordKind.COMPANY: Company}
