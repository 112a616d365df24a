"""Forgetting a person: every table and file with a contact in it, in reverse order of the stages, with a receipt.

What happened stays countable: activities keep their time, kind and object under an id that leads to nobody. The address
stays as a fingerprint only, so that an import cannot bring it back into a mailing. The receipt is written first and
names the contacts until it is done: whoever is killed meanwhile is forgotten by the next run.
"""

from collections.abc import Sequence
from typing import Any

from leadwright.capture.models import Import
from leadwright.kit import clock, config, database, files, jobs, sql
from leadwright.kit.registries import ERASERS, FILES, Eraser, FileKeeper
from leadwright.profile import rules
from leadwright.profile.models import Erasure, LegalHold
from leadwright.profile.privacy import consents, suppressions
from leadwright.workspace import audit

SQL = sql.load("erasures")


class Held(ValueError):
    """Somebody is under a legal hold, and may not be forgotten before it is lifted."""


# A forgetting that nobody asked for: whoever comes back by herself may be written to again.
BY_AGE = "retention"


def erase(contact_ids: Sequence[int], by: Any = "erasure", why: str = "") -> Erasure | None:
    """Forget people, everywhere; answers the receipt. None where there is nobody. Raises Held.

    `by` is a request, a user, a key, or a process by name; `why` says at whose wish, such as "request 3".
    """
    if not contact_ids:
        return None
    receipt = begin(contact_ids, by, why)
    carry_out(receipt.pk)
    receipt.refresh_from_db()
    return receipt


def begin(contact_ids: Sequence[int], by: Any = "erasure", why: str = "") -> Erasure:
    """Write the receipt of a forgetting that is about to be carried out. Raises Held."""
    if held := LegalHold.objects.filter(contact_id__in=contact_ids).select_related("contact").first():
        raise Held(f"{held.contact} is under a legal hold since {held.since:%d %B %Y} ({held.reason}). Lift it first.")
    user, actor = audit.who(by)
    keys = [row.email_key for row in database.rows(SQL["addresses"], contacts=list(contact_ids)) if row.email_key]
    receipt = Erasure.objects.create(
        at=clock.now(),
        by=actor[:120],
        user=user,
        why=why[:120],
        people=len(set(contact_ids)),
        contact_ids=sorted(set(contact_ids)),
        fingerprints=sorted(rules.fingerprint(key) for key in keys),
    )
    jobs.wake("erasures")
    return receipt


def carry_out(receipt_id: int) -> None:
    """Do what a receipt says, or what a kill has left of it: the files first, then all tables in one transaction."""
    contacts: list[int] = Erasure.objects.values_list("contact_ids", flat=True).get(pk=receipt_id)
    if not contacts:
        return
    kept = {keeper.say: count for keeper in FILES if (count := keeper.erase(contacts))}
    with database.atomic():
        receipt = Erasure.objects.select_for_update().get(pk=receipt_id)
        if receipt.done_at is not None:
            return
        before = _written()
        keys = [row.email_key for row in database.rows(SQL["addresses"], contacts=contacts) if row.email_key]
        with consents.opened("erasure"):
            for _, eraser in reversed(ERASERS.items()):
                eraser.erase(contacts)
        if receipt.why != BY_AGE:
            marks = [rules.fingerprint(key) for key in keys]
            suppressions.add(marks, suppressions.Reason.ERASED, f"receipt {receipt.pk}")
        after = _written()
        receipt.tables = {
            name: count - before.get(name, 0) for name, count in after.items() if count > before.get(name, 0)
        }
        receipt.files = kept
        receipt.contact_ids = []
        receipt.done_at = clock.now()
        receipt.save()
        audit.note(
            receipt.user or receipt.by, "erased", "receipt", receipt.pk, contacts=receipt.people, tables=receipt.tables
        )
        jobs.wake("contacts", "consent")


def _written() -> dict[str, int]:
    """How many rows of which of the erasers' tables this transaction has removed or blanked so far."""
    own = {table for eraser in ERASERS for table in eraser.tables}
    return {row.name: row.count for row in database.rows(SQL["written"]) if row.name in own}


def go_on() -> int:
    """Carry out what was begun and not done, because somebody was killed; answers how many."""
    waiting = list(Erasure.objects.filter(done_at=None).order_by("pk").values_list("pk", flat=True))
    for receipt_id in waiting:
        carry_out(receipt_id)
    return len(waiting)


def receipts_of(address: str) -> list[Erasure]:
    """The receipts that tell of an address, found by its fingerprint. Carried by erasure_fingerprints."""
    try:
        key = rules.normalise_email(address).key
    except rules.BadAddress:
        return []
    return list(Erasure.objects.filter(fingerprints__contains=[rules.fingerprint(key)]).order_by("-pk"))


def by_whom_named(contact_ids: Sequence[int]) -> list[str]:
    """The addresses under which people stand in files."""
    found = database.rows(SQL["addresses"], contacts=list(contact_ids))
    return sorted({row.email_key for row in found if row.email_key})


# What an import says whose file went with a person that stood in it.
FILE_GONE = "Somebody who stood in this file was forgotten, and the file with her. Upload it again without her."


def _erase_import_files(contact_ids: Sequence[int]) -> int:
    """Files of imports in which somebody stands. One that is being read goes by itself as soon as it is through."""
    gone = 0
    folder = config.data_folder() / "imports"
    words = by_whom_named(contact_ids)
    busy = {
        (config.data_folder() / path).resolve()
        for path in Import.objects.filter(state__in=("running", "undoing")).values_list("path", flat=True)
        if path
    }
    for path in sorted(folder.rglob("*")) if folder.is_dir() else []:
        if path.resolve() in busy or not files.mentions(path, words):
            continue
        own = str(path.relative_to(config.data_folder()))
        Import.objects.filter(path=own, state__in=("uploaded", "looking", "previewed")).update(
            state="failed", error=FILE_GONE
        )
        Import.objects.filter(path=own).update(path="")
        path.unlink(missing_ok=True)
        gone += 1
    return gone


def _export_import_files(contact_id: int) -> list[dict[str, Any]]:
    folder = config.data_folder() / "imports"
    words = by_whom_named([contact_id])
    found = (path for path in (sorted(folder.rglob("*")) if folder.is_dir() else []) if files.mentions(path, words))
    return [{"file": path.name, "size_bytes": path.stat().st_size} for path in found]


def _erase_profile(contact_ids: Sequence[int]) -> int:
    database.execute(SQL["consents"], contacts=list(contact_ids))
    database.execute(SQL["suppressions"], contacts=list(contact_ids))
    for name in ("duplicates", "match_keys", "merge_parts", "merges", "requests", "trail"):
        database.execute(SQL[name], contacts=list(contact_ids))
    return database.execute(SQL["contacts"], contacts=list(contact_ids))


def _erase_capture(contact_ids: Sequence[int]) -> int:
    """Facts stay, without what they say of the person; raw hits and browsers go."""
    given = {"contacts": list(contact_ids)}
    hits = int(database.value(SQL["hits"], **given))
    blanked = database.execute(SQL["activities"], **given)
    database.execute(SQL["visitor_consents"], **given)
    visitors = database.execute(SQL["visitors"], **given)
    changes = database.execute(SQL["import_changes"], **given) + database.execute(SQL["rejects"], **given)
    for name in ("held_submissions", "uploads"):
        database.execute(SQL[name], **given)
    answers = database.execute(SQL["answers"], **given) + database.execute(SQL["mail_clicks"], **given)
    return hits + blanked + visitors + changes + answers


def register() -> None:
    """Announce the erasers of `capture` and `profile`. Capture knows no contacts, so profile answers for its tables."""
    ERASERS.add(
        "capture",
        Eraser(
            (
                "capture_hit",
                "capture_refusal",
                "capture_activity",
                "capture_visitor",
                "capture_mailclick",
                "capture_heldsubmission",
                "capture_upload",
                "capture_importchange",
                "capture_importreject",
                "kit_keptanswer",
            ),
            _erase_capture,
        ),
        order=31,
    )
    ERASERS.add(
        "profile",
        Eraser(
            (
                "profile_contact",
                "profile_contactwords",  # a trigger takes them away
                "profile_identity",
                "profile_contactkey",
                "profile_consent",
                "profile_consentrecord",
                "profile_suppression",
                "profile_duplicate",
                "profile_matchkey",
                "profile_merge",
                "profile_mergepart",
                "profile_pastvalue",
                "profile_preference",
                "profile_legalhold",
                "profile_privacyrequest",
                "profile_visitorconsent",
                "workspace_auditentry",
            ),
            _erase_profile,
        ),
        order=30,
    )
    FILES.add("imports", FileKeeper("files of imports", _erase_import_files, _export_import_files))
