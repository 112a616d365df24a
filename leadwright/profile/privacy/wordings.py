"""The words under which purposes are asked for: each text is a version, and the same text is the same version."""

import hashlib
from collections.abc import Iterable

from leadwright.kit import clock, database, sql
from leadwright.profile.models import Purpose

SQL = sql.load("wordings")


def versions(texts: Iterable[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """The version of each (purpose, text), numbered anew where the text is; in the caller's transaction."""
    wanted = {(purpose, digest(text)): (purpose, text) for purpose, text in texts}
    found = _known(wanted)
    if missing := sorted(wanted.keys() - found.keys()):
        database.rows(SQL["hold"], purposes=sorted({purpose for purpose, _ in missing}))
        database.execute(
            SQL["add"],
            purposes=[purpose for purpose, _ in missing],
            digests=[mark for _, mark in missing],
            texts=[wanted[pair][1] for pair in missing],
            now=clock.now(),
        )
        found |= _known(missing)
    return {wanted[pair]: key for pair, key in found.items()}


def _known(pairs: Iterable[tuple[str, str]]) -> dict[tuple[str, str], int]:
    asked = sorted(pairs)
    if not asked:
        return {}
    rows = database.rows(SQL["known"], purposes=[purpose for purpose, _ in asked], digests=[mark for _, mark in asked])
    return {(row.purpose_id, row.digest): row.id for row in rows}


def digest(text: str) -> str:
    """What tells two texts apart."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def of(purpose: Purpose) -> str:
    """The words that our own pages ask with: the purpose's name and description."""
    return f"{purpose.name}: {purpose.description}".strip(": ")
