"""Forgetting a person: every table with a contact in it, in reverse order of the stages, with a receipt.

What happened stays countable: activities keep their time, kind and object under an id that leads to nobody. The address
stays as a fingerprint only, so that an import cannot bring it back into a mailing.
"""

from collections.abc import Sequence
from typing import Any

from leadwright.kit import clock, database, jobs, sql
from leadwright.kit.registries import ERASERS, Eraser
from leadwright.profile import rules, suppressions
from leadwright.workspace import audit

SQL = sql.load("erasures")


def erase(contact_ids: Sequence[int], by: Any = "erasure") -> dict[str, int]:
    """Forget people, everywhere, in one transaction; answers the receipt: rows removed or blanked, by package."""
    if not contact_ids:
        return {}
    with database.atomic():
        keys = [row.email_key for row in database.rows(SQL["addresses"], contacts=list(contact_ids)) if row.email_key]
        receipt = {key: eraser.erase(list(contact_ids)) for key, eraser in reversed(ERASERS.items())}
        suppressions.add([rules.fingerprint(key) for key in keys], suppressions.Reason.ERASED, "erasure")
        audit.note(by, "erased", "contact", "", contacts=len(contact_ids), receipt=receipt, at=clock.now().isoformat())
        jobs.wake("contacts", "consent")
    return receipt


def known(contact_id: int) -> dict[str, Any]:
    """Everything that is known of a person, by package: what she gets when she asks."""
    return {key: eraser.export(contact_id) for key, eraser in ERASERS.items() if eraser.export}


def _erase_profile(contact_ids: Sequence[int]) -> int:
    database.execute(SQL["consents"], contacts=list(contact_ids))
    database.execute(SQL["suppressions"], contacts=list(contact_ids))
    for name in ("duplicates", "match_keys", "merge_parts", "merges"):
        database.execute(SQL[name], contacts=list(contact_ids))
    return database.execute(SQL["contacts"], contacts=list(contact_ids))


def _erase_capture(contact_ids: Sequence[int]) -> int:
    """Facts stay, without what they say of the person; raw hits and browsers go."""
    given = {"contacts": list(contact_ids)}
    hits = int(database.value(SQL["hits"], **given))
    blanked = database.execute(SQL["activities"], **given)
    visitors = database.execute(SQL["visitors"], **given)
    changes = database.execute(SQL["import_changes"], **given) + database.execute(SQL["rejects"], **given)
    answers = database.execute(SQL["answers"], **given) + database.execute(SQL["mail_clicks"], **given)
    return hits + blanked + visitors + changes + answers


def _export_profile(contact_id: int) -> dict[str, Any]:
    return {
        name: [row._asdict() for row in database.rows(SQL[f"know_{name}"], contact=contact_id)]
        for name in ("contact", "past_values", "consent", "identities")
    }


def _export_capture(contact_id: int) -> dict[str, Any]:
    return {"activities": [row._asdict() for row in database.rows(SQL["know_activities"], contact=contact_id)]}


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
                "capture_importchange",
                "capture_importreject",
                "kit_keptanswer",
            ),
            _erase_capture,
            _export_capture,
        ),
        order=31,
    )
    ERASERS.add(
        "profile",
        Eraser(
            (
                "profile_contact",
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
            ),
            _erase_profile,
            _export_profile,
        ),
        order=30,
    )
