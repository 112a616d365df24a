"""What a search finds contacts and companies by: words in narrow tables of their own.

Promise: a record is found by what it says from the commit that wrote it. Bulk alone may come later: a writer that sets
`leadwright.words` to 'later' for its transaction leaves a note, and `catch_up` follows in the background, for a million
contacts in less than a minute. Written by triggers (migration 0011), so that no writer can forget it.
"""

import re

from django.contrib.postgres.search import SearchQuery

from leadwright.kit import database, sql

SQL = sql.load("searches")
KINDS = ("contact", "company")
LATER = "SET LOCAL leadwright.words = 'later'"
_WITHIN = re.compile(r"(?<=[^\W_])[@./_+-]+(?=[^\W_])")  # what the words of migration 0011 are parted by as well


def asked(words: str) -> SearchQuery:
    """What somebody asks for as a search engine takes it: words, "phrases", or, -not; an address in its parts."""
    return SearchQuery(_WITHIN.sub(" ", words), config="simple", search_type="websearch")


def catch_up() -> int:
    """Make findable what bulk writers left for later; answers how many records. Each note in its own transaction."""
    found = 0
    while (done := _next()) is not None:
        found += done
    if found:
        for kind in KINDS:
            database.value(SQL["take_in"], index=f"{kind}_words")
    return found


def _next() -> int | None:
    with database.atomic():
        due = database.row(SQL["take"])
        if due is None:
            return None
        database.execute("SET LOCAL gin_pending_list_limit = '64MB'")  # many at once, or each word pays for itself
        return database.execute(SQL[f"find_{due.kind}"], first=due.first_id, last=due.last_id)
