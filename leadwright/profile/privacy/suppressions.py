"""Addresses that must not be used, and why. Whoever sends asks in the same statement, with `profile_marks`.

A line of the list is an address in its normal form, the fingerprint of one ("sha256:…", "md5:…"), for lists whose
addresses nobody may see, or "@domain" for everybody there. Nothing but a person's own consent, or somebody who gives a
reason, takes a line away: an import of contacts never does.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from leadwright.kit import clock, database, jobs, sql
from leadwright.profile import rules
from leadwright.profile.models import Suppression
from leadwright.workspace import audit

SQL = sql.load("suppressions")
Reason = Suppression.Reason

# A word from the person may lift what the person has asked for; what a mail server says, no one lifts by a form.
LIFTED_BY_CONSENT = (Reason.UNSUBSCRIBED, Reason.ERASED)

# What somebody may give as a reason; that somebody was erased only an erasure says.
GIVEN = (Reason.MANUAL, Reason.UNSUBSCRIBED, Reason.COMPLAINT, Reason.BOUNCE)

CHUNK = 5_000
SHOWN = 20
_DIGESTS = {64: "sha256", 32: "md5"}
_HEX = re.compile(r"[0-9a-f]+")


def add(keys: Sequence[str], reason: Reason | str, source: str, *, note: str = "", actor: str = "") -> int:
    """Never write to these again (see the module for what a line can be); answers how many are new or weightier.

    A weightier reason replaces a lighter one: complaint, then bounce, then the person's own wish.
    """
    if not keys:
        return 0
    count = database.execute(
        SQL["add"],
        keys=sorted(set(keys)),
        reason=str(reason),
        now=clock.now(),
        source=source[:120],
        note=note[:250],
        actor=actor[:120],
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


class NeedsReason(ValueError):
    """Nothing is lifted without a reason."""


def take_off(lines: Sequence[int], why: str, by: Any) -> int:
    """Take lines off the list by hand, with a reason that stands in the trail; answers how many there were.

    The trail names each by its fingerprint, so that it can be found by its address and says nobody's name.
    """
    if not why.strip():
        raise NeedsReason("Say why this address may be used again; the reason is kept in the trail.")
    with database.atomic():
        gone = database.rows(SQL["take_off"], ids=list(lines))
        for row in gone:
            audit.note(
                by, "lifted a suppression", "suppression", fingerprint(row.email_key)[:60], reason=row.reason, why=why
            )
    if gone:
        jobs.wake("consent")
    return len(gone)


def of(email_key: str | None) -> list[Suppression]:
    """The lines that keep an address from being used: its own, its fingerprint's, its domain's; weightiest first."""
    if not email_key:
        return []
    return list(Suppression.objects.raw(SQL["of"], {"key": email_key}))


def fingerprint(line: str) -> str:
    """How the trail names a line: as it is where it names nobody, else by its fingerprint."""
    return line if line.startswith(("sha256:", "md5:", "@")) else rules.fingerprint(line)


def read(text: str) -> str:
    """The line that somebody means: an address, "@domain", or the hex of a SHA-256 or MD5. Raises BadAddress."""
    given = text.strip().strip("\"'").strip()  # an apostrophe is what an export puts before an "@"
    low = given.lower()
    for prefix in ("sha256:", "md5:"):
        bare = low.removeprefix(prefix)
        if _HEX.fullmatch(bare) and _DIGESTS.get(len(bare)) and low in (bare, f"{_DIGESTS[len(bare)]}:{bare}"):
            return f"{_DIGESTS[len(bare)]}:{bare}"
    if low.startswith("@"):
        try:
            return "@" + rules.normalise_email(f"anybody{low}").key.partition("@")[2]
        except rules.BadAddress:
            raise rules.BadAddress(f"“{given[:80]}” is no domain; write it like @competitor.example.") from None
    return rules.normalise_email(given).key


@dataclass
class Told:
    """What became of a list that was handed in."""

    lines: int = 0
    added: int = 0
    known: int = 0
    refused: int = 0
    examples: list[tuple[int, str, str]] = field(default_factory=list)  # line, text, why


def take_in(lines: Iterable[str], reason: Reason | str, source: str, *, note: str = "", actor: str = "") -> Told:
    """Add a list: one a line, or the first column of a CSV; a heading is passed over. In chunks of their own.

    A line that is none of these is refused with its number and why; the others are taken.
    """
    told = Told()
    found = _read_all(lines, told)
    while chunk := list(islice(found, CHUNK)):
        with database.atomic():
            added = add(chunk, reason, source, note=note, actor=actor)
        told.added += added
        told.known += len(set(chunk)) - added
    return told


def _read_all(lines: Iterable[str], told: Told) -> Iterator[str]:
    for number, line in enumerate(lines, 1):
        cell = re.split(r"[;,\t]", line.strip().lstrip("\ufeff"), maxsplit=1)[0].strip()
        if not cell:
            continue
        told.lines += 1
        try:
            yield read(cell)
        except rules.BadAddress as error:
            if number == 1 and "@" not in cell:
                told.lines -= 1
                continue  # the heading of a column
            told.refused += 1
            if len(told.examples) < SHOWN:
                told.examples.append((number, cell[:80], str(error)))
