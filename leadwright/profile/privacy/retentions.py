"""How long each kind of data is kept: the firm's rules, what they would take, and the night's work.

Promise: nothing goes that nobody asked to go. What only serves for some weeks (raw hits, refusals, files) has a time
from the start; people, and what they did, are kept until the firm says otherwise. The ledger of consent is never
thinned out, and a contact under a legal hold keeps everything.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import structlog
from django.db.models import Count, QuerySet, Sum

from leadwright.capture import judging
from leadwright.capture.forms import uploads
from leadwright.capture.judging import leftovers
from leadwright.capture.models import Import, Upload
from leadwright.kit import clock, config, database, sql
from leadwright.kit.registries import RETENTIONS, Holdings, Retention
from leadwright.profile.models import Identity, RetentionRule, RetentionRun
from leadwright.profile.privacy import erasures
from leadwright.workspace import audit

log = structlog.get_logger()
SQL = sql.load("retentions")
CHUNK = 5_000
# A night's work for one kind ends after this; the next night goes on.
SECONDS = 600.0
MONTH = timedelta(days=30)
MONTHS_AHEAD = 3


def days_of(key: str) -> int | None:
    """For how many days a kind is kept: the firm's rule, else what we propose; None: for ever."""
    rule = RetentionRule.objects.filter(pk=key).first()
    return rule.days if rule else RETENTIONS.get(key).days


class TooShort(ValueError):
    """A period is shorter than the kind needs."""


def check(key: str, days: int | None) -> None:
    """Raises TooShort where a kind cannot be kept so short."""
    kind = RETENTIONS.get(key)
    if days is not None and days < kind.least_days:
        raise TooShort(f"“{kind.label}” must be kept at least {kind.least_days} days; or for ever.")


def keep_for(rules: dict[str, int | None], by: Any) -> list[str]:
    """Set the firm's rules; answers the kinds that changed. Raises TooShort."""
    for key, days in rules.items():
        check(key, days)
    changed = [key for key, days in rules.items() if days != days_of(key)]
    _, actor = audit.who(by)
    for key in changed:
        RetentionRule.objects.update_or_create(
            pk=key, defaults={"days": rules[key], "changed_at": clock.now(), "by": actor[:120]}
        )
        audit.note(by, "changed a retention rule", "retention", key, days=rules[key])
    return changed


@dataclass(frozen=True)
class Forecast:
    """What a period would take now, and in each of the coming months."""

    now: Holdings
    months: tuple[int, ...] = ()
    is_known: bool = True


def forecast(key: str, days: int | None) -> Forecast:
    """What would go now, and month by month, if nothing else changed; counts and removes nothing."""
    if days is None:
        return Forecast(Holdings(0))
    kind, now = RETENTIONS.get(key), clock.now()
    try:
        with database.atomic():
            database.execute(SQL["patience"])
            counts = [kind.count(now - timedelta(days=days) + MONTH * n) for n in range(MONTHS_AHEAD + 1)]
    except database.TookTooLong:
        return Forecast(Holdings(0), is_known=False)
    rows = [each.rows for each in counts]
    return Forecast(counts[0], tuple(max(0, later - earlier) for earlier, later in pairwise(rows)))


def run() -> int:
    """The night's work: each kind in chunks, a line a kind; answers how many rows went. Safe to kill and to repeat."""
    total = 0
    for key, kind in RETENTIONS.items():
        days = days_of(key)
        if days is None:
            continue
        before = clock.now() - timedelta(days=max(days, kind.least_days))
        removed, note, ends = 0, "", time.monotonic() + SECONDS
        try:
            while count := kind.remove(before, CHUNK):
                removed += count
                if time.monotonic() > ends:
                    note = "There is more; the next night goes on."
                    break
        except Exception as error:
            log.exception("retention stopped at a kind", kind=key)
            note = f"It stopped: {error}"[:250]
        RetentionRun.objects.create(key=key, at=clock.now(), before=before, removed=removed, note=note)
        total += removed
    return total


# The kinds of `capture` and `profile`


def _counting(name: str) -> Callable[[datetime], Holdings]:
    def count(before: datetime) -> Holdings:
        found = database.row(SQL[f"count_{name}"], before=before)
        return Holdings(found.rows, getattr(found, "people", 0) or 0, int(getattr(found, "size_bytes", 0) or 0))

    return count


def _removing(name: str) -> Callable[[datetime, int], int]:
    def remove(before: datetime, limit: int) -> int:
        return database.execute(SQL[f"remove_{name}"], before=before, limit=limit)

    return remove


def drop_months(before: datetime) -> int:
    """Drop whole months of the log in which nothing must stay; answers how many rows went that way.

    Only where both visitors' and contacts' acts of that month are too old. The log is locked for that moment only: who
    does not get the lock at once leaves the month to the rows' own removal.
    """
    gone = 0
    for month in database.rows(SQL["months"], before=before):
        try:
            with database.atomic():
                database.execute("SET LOCAL lock_timeout = '500ms'")
                if database.value(SQL["month_keeps"].format(month=month.name)):
                    continue
                gone += int(database.value(f'SELECT count(*) FROM "{month.name}"'))
                database.execute(f'DROP TABLE "{month.name}"')
        except database.TookTooLong:
            log.info("a month of the log is busy; its rows go one by one", month=month.name)
    return gone


def _remove_visitors_acts(before: datetime, limit: int) -> int:
    of_contacts = days_of("contact_activities")
    if of_contacts is not None:
        oldest = min(before, clock.now() - timedelta(days=of_contacts))
        if gone := drop_months(oldest):
            return gone
    return database.execute(SQL["remove_visitor_activities"], before=before, limit=limit)


def _idle(before: datetime, limit: int) -> list[int]:
    return [row.id for row in database.rows(SQL["idle"], before=before, limit=limit)]


def _count_idle(before: datetime) -> int:
    """How many `_idle` would find in all, by the very same rule."""
    return int(database.value(f"SELECT count(*) FROM ({SQL['idle']}) AS found", before=before, limit=None))


def _remove_idle(before: datetime, limit: int) -> int:
    found = _idle(before, min(limit, 500))
    erasures.erase(found, "Leadwright", erasures.BY_AGE)
    return len(found)


def _files(before: datetime) -> list[tuple[int, Path]]:
    """Files of imports that were never started, or failed, and wait since before a moment."""
    waiting = Import.objects.filter(
        state__in=("uploaded", "looking", "previewed", "failed"), created_at__lt=before
    ).exclude(path="")
    found = [(pk, config.data_folder() / path) for pk, path in waiting.values_list("pk", "path")]
    return [(pk, path) for pk, path in found if path.is_file()]


def _count_files(before: datetime) -> Holdings:
    found = _files(before)
    return Holdings(len(found), 0, sum(path.stat().st_size for _, path in found))


def _remove_files(before: datetime, limit: int) -> int:
    found = _files(before)[:limit]
    for pk, path in found:
        path.unlink(missing_ok=True)
        Import.objects.filter(pk=pk).update(path="")
    return len(found)


def _old_uploads(before: datetime) -> QuerySet[Upload]:
    """Files that came with forms before a moment, but for those of contacts under a legal hold."""
    held = Identity.objects.filter(contact__legal_hold__isnull=False).values("subject_id")
    return Upload.objects.filter(received_at__lt=before).exclude(subject_id__in=held)


def _count_uploads(before: datetime) -> Holdings:
    found = _old_uploads(before).aggregate(
        rows=Count("pk"), people=Count("subject_id", distinct=True), size=Sum("size")
    )
    return Holdings(found["rows"], found["people"], found["size"] or 0)


def _remove_uploads(before: datetime, limit: int) -> int:
    """The files first: a row without its file is found again and goes the next time."""
    keys = list(_old_uploads(before).order_by("received_at").values_list("pk", flat=True)[: min(limit, 500)])
    uploads.remove_all(keys)
    Upload.objects.filter(pk__in=keys).delete()
    return len(keys)


def register() -> None:
    """Announce what `capture` and `profile` keep for a time, and `workspace`, which knows no people."""
    kinds = {
        "hits": Retention(
            "Raw hits",
            "What browsers and forms sent, as it came in, with network address and browser. It serves to judge again "
            "and to find faults; the activities made of it stay.",
            30,
            leftovers.count_hits,
            judging.forget_hits,
        ),
        "refusals": Retention(
            "Refused hits", "What was not taken, and why: spam, repeats, crawlers.", 90, _counting("refusals"),
            _removing("refusals"),
        ),
        "visitor_activities": Retention(
            "Acts of unknown visitors",
            "Pages and clicks of browsers that never became a contact. Without them, reports of longer ago count fewer "
            "visits.",
            425, _counting("visitor_activities"), _remove_visitors_acts, least_days=30,
        ),
        "contact_activities": Retention(
            "Acts of contacts",
            "What people did and what was done with them. Scores, segments and reports of longer ago rest on it. "
            "Consent stays in any case.",
            None, _counting("contact_activities"), _removing("contact_activities"), least_days=90,
        ),
        "idle_contacts": Retention(
            "People of whom nothing is heard",
            "Contacts without an act of their own and without a consent for so long are forgotten, with a receipt.",
            None,
            lambda before: Holdings(*(_count_idle(before),) * 2),
            _remove_idle, least_days=180,
        ),
        "uploads": Retention(
            "Files that came with forms", "What people sent, such as a drawing or a list of needs.", None,
            _count_uploads, _remove_uploads, least_days=30,
        ),
        "held_submissions": Retention(
            "Forms that were kept aside", "Too much spoke against a person; nobody has released them.", 90,
            _counting("held_submissions"), _removing("held_submissions"), least_days=7,
        ),
        "import_files": Retention(
            "Files of imports never started",
            "A file goes by itself when its import is done; these wait for nobody.",
            30,
            _count_files, _remove_files,
        ),
        "import_rejects": Retention(
            "Refused rows of imports", "They can be downloaded until then.", 180, _counting("import_rejects"),
            _removing("import_rejects"),
        ),
        "audit": Retention(
            "The trail", "Who saw, exported or changed what. Keep it as long as somebody may ask.", None,
            _counting("audit"), _removing("audit"), least_days=365,
        ),
    }  # fmt: skip
    for order, (key, kind) in enumerate(kinds.items()):
        RETENTIONS.add(key, kind, order=order * 10)
