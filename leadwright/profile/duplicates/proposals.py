"""Likely duplicates among contacts and companies: found in the background, proposed once, decided by people.

Promise: whatever was changed is compared with all others that share a piece with it, in memory bounded by a batch; a
pair that somebody has decided is never proposed again; what speaks for and against stands with each pair in words.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import F, Q, QuerySet
from django.http import HttpRequest

from leadwright.kit import clock, database, jobs, sql
from leadwright.profile.duplicates import likenesses
from leadwright.profile.duplicates.likenesses import Compared, Pair, Pieces
from leadwright.profile.models import Company, Contact, Duplicate, MatchModel, RecordKind
from leadwright.workspace import audit
from leadwright.workspace.models import User

SQL = sql.load("proposals")

BATCH = 5_000
EVERY = timedelta(minutes=5)  # between two looks
MOST = 50  # others that are looked at for one shared piece
LIKELY = 0.8  # probability from which a pair is proposed
SAMPLE = 30_000  # records to learn from
GROWN = 2.0  # learn anew when there are so many times as many

TABLES = {"contact": "profile_contact", "company": "profile_company"}
READS = {"contact": "contacts", "company": "companies"}
FIRST = datetime(1970, 1, 1, tzinfo=UTC)

# Kinds of pieces (see likenesses.tokens) that only together are rare enough.
TOGETHER = (("surname", "company"), ("given", "company"), ("surname", "domain"), ("surname", "city"))


def look(kind: str, *, at_once: bool = False) -> int:
    """Compare what has changed since the last look; answers how many pairs are proposed. Does nothing within EVERY of
    the last look, unless at once."""
    model, _ = MatchModel.objects.get_or_create(kind=kind)
    now = clock.now()
    if model.looked_until and not at_once and now - model.looked_until < EVERY:
        return 0
    safe: datetime = database.value(SQL["safe"], now=now)
    since, after, total = model.looked_until or FIRST, 0, 0
    statement = SQL["changed"].replace("/*table*/", TABLES[kind])
    while rows := database.rows(statement, since=since, after=after, limit=BATCH):
        if not total and since == (model.looked_until or FIRST):
            _learn(model)
        total += _compare(model, [row.id for row in rows])
        since, after = rows[-1].updated_at, rows[-1].id
        MatchModel.objects.filter(kind=kind).update(looked_until=min(since, safe))
        if len(rows) < BATCH:
            break
    MatchModel.objects.filter(kind=kind).update(looked_until=max(safe, model.looked_until or FIRST))
    return total


def looked_at(kind: str) -> datetime | None:
    """Up to when changed records of a kind have been compared; None where that was never done."""
    found = MatchModel.objects.filter(kind=kind).values_list("looked_until", flat=True).first()
    return found if found and found > FIRST else None


def look_soon() -> None:
    """Have what has changed compared at once instead of within EVERY."""
    MatchModel.objects.filter(looked_until__gt=FIRST).update(looked_until=F("looked_until") - EVERY)
    jobs.wake("duplicates")


def _read(kind: str, ids: Sequence[int]) -> list[tuple[int, Pieces]]:
    """The pieces of records, in the order of their ids."""
    found = database.rows(SQL[READS[kind]], ids=list(ids))
    read = []
    for row in sorted(found, key=lambda each: each.id):
        told = row._asdict()
        told.pop("id")
        read.append((row.id, likenesses.normalise({name: value for name, value in told.items() if value})))
    return read


def _learn(model: MatchModel) -> None:
    """Learn how duplicates differ, where that was never done or there are many more records since."""
    table = TABLES[model.kind]
    count = int(database.value(f"SELECT count(*) FROM {table}"))
    if model.trained_at and count < GROWN * max(model.trained_on, 50):
        return
    ids = [row.id for row in database.rows(SQL["sample"].replace("/*table*/", table), limit=SAMPLE)]
    records = [pieces for _, pieces in _read(model.kind, ids)]
    learned = likenesses.learn(records, firms=model.kind == "company")
    # The share of pairs that are the same falls as the records grow: each has its few doubles, among ever more others.
    learned["share"] = learned.get("share", 0.0) * len(records) / max(1, count)
    model.settings, model.trained_at, model.trained_on = learned, clock.now(), count
    MatchModel.objects.filter(kind=model.kind).update(
        settings=learned, trained_at=model.trained_at, trained_on=model.trained_on
    )


def keys(record: Pieces) -> Iterator[str]:
    """The pieces by which a record is found again."""
    weak: dict[str, str] = {}
    for kind, value, is_enough in likenesses.tokens(record):
        if (is_enough and kind != "firm") or (kind == "firm" and "surname" not in record and "given" not in record):
            yield f"{kind}={value}"
        else:
            weak.setdefault(kind, value)
    for one, other in TOGETHER:
        if one in weak and other in weak:
            yield f"{one}={weak[one]},{other}={weak[other]}"


@database.atomic
def _compare(model: MatchModel, ids: Sequence[int]) -> int:
    """Compare a batch of records with those that share a piece with them, and propose what is likely the same."""
    kind = model.kind
    told = [(record, key) for record, pieces in _read(kind, ids) for key in dict.fromkeys(keys(pieces))]
    database.execute(SQL["forget_keys"], kind=kind, ids=list(ids))
    if told:
        database.execute(SQL["keep_keys"], kind=kind, ids=[each for each, _ in told], keys=[key for _, key in told])
    pairs = [(row.low, row.high) for row in database.rows(SQL["candidates"], kind=kind, ids=list(ids), most=MOST)]
    records = _read(kind, sorted({record for pair in pairs for record in pair}))
    place = {record: at for at, (record, _) in enumerate(records)}
    met = [(place[low], place[high]) for low, high in pairs if low in place and high in place]
    found = Compared([])
    if met:
        found = likenesses.compare(
            [pieces for _, pieces in records], firms=kind == "company", model=model.settings, least=LIKELY, pairs=met
        )
    lows = [records[pair.left][0] for pair in found.pairs]
    highs = [records[pair.right][0] for pair in found.pairs]
    database.execute(SQL["withdraw"], kind=kind, ids=list(ids), lows=lows, highs=highs)
    if not found.pairs:
        return 0
    return database.execute(
        SQL["propose"],
        kind=kind,
        lows=lows,
        highs=highs,
        probabilities=[pair.probability for pair in found.pairs],
        evidence=[json.dumps(evidence(found, pair)) for pair in found.pairs],
        now=clock.now(),
    )


def evidence(found: Compared, pair: Pair) -> list[dict[str, Any]]:
    """What speaks for and against a pair, in words, the weightiest first. It holds no values of the records."""
    told = [
        {"field": trait.name, "label": trait.label, "say": trait.levels[level].say, "weight": round(bits, 1)}
        for trait, level, bits in zip(found.traits, pair.levels, pair.bits, strict=True)
        if level >= 0
    ]
    return sorted(told, key=lambda each: -abs(float(str(each["weight"]))))


# Deciding


def open_for(user: User, kind: str) -> QuerySet[Duplicate]:
    """The pairs to be decided of which a user may see both records; the surest first."""
    records: QuerySet[Any]
    records = Contact.objects.visible_to(user) if kind == RecordKind.CONTACT else Company.objects.visible_to(user)
    visible: Any = records.values("pk")
    return Duplicate.objects.filter(kind=kind, state="open", low_id__in=visible, high_id__in=visible).order_by(
        "-probability", "pk"
    )


def of(user: User, kind: str, record_id: int) -> QuerySet[Duplicate]:
    """The pairs that a record is in."""
    return open_for(user, kind).filter(Q(low_id=record_id) | Q(high_id=record_id))


def dismiss(duplicate: Duplicate, by: User | HttpRequest) -> bool:
    """The two are not the same. False where somebody has decided before."""
    user, _ = audit.who(by)
    done = bool(database.execute(SQL["dismiss"], id=duplicate.pk, now=clock.now(), user=user.pk if user else None))
    if done:
        audit.note(by, "told apart", duplicate.kind, duplicate.low_id, other=duplicate.high_id)
    return done


def ask_again(duplicate: Duplicate, by: User | HttpRequest) -> bool:
    """Take back that two are not the same."""
    done = bool(database.execute(SQL["ask_again"], id=duplicate.pk))
    if done:
        audit.note(by, "asked again", duplicate.kind, duplicate.low_id, other=duplicate.high_id)
    return done
