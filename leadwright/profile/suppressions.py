"""Addresses that must not be used, and why. Whoever sends asks in the same statement; see `consents.ALLOWED`."""

from collections.abc import Sequence

from leadwright.kit import clock, database, jobs, sql
from leadwright.profile.models import Suppression

SQL = sql.load("suppressions")
Reason = Suppression.Reason

# A word from the person may lift what the person has asked for; what a mail server says, no one lifts by a form.
LIFTED_BY_CONSENT = (Reason.UNSUBSCRIBED, Reason.ERASED)


def add(keys: Sequence[str], reason: Reason | str, source: str) -> int:
    """Never write to these addresses again (normalised, see `rules.normalise_email`); answers how many are new.

    A weightier reason replaces a lighter one: complaint, then bounce, then the person's own wish.
    """
    if not keys:
        return 0
    count = database.execute(
        SQL["add"], keys=sorted(set(keys)), reason=str(reason), now=clock.now(), source=source[:120]
    )
    if count:
        jobs.wake("consent")
    return count


def lift(keys: Sequence[str], reasons: Sequence[Reason] = LIFTED_BY_CONSENT) -> int:
    """Let these addresses be used again, where they were held for one of the reasons."""
    count = database.execute(SQL["lift"], keys=sorted(set(keys)), reasons=[str(reason) for reason in reasons])
    if count:
        jobs.wake("consent")
    return count
