"""What waits in the machine, in words: hits, messages, jobs."""

from dataclasses import dataclass
from typing import Any

from leadwright.kit import clock, database, sql
from leadwright.workspace import settings

SQL = sql.load("backlogs")
LATE_SECONDS = 60  # mail due for longer than this, or hits in numbers, mean that a process does not keep up
MANY = 1000


@dataclass(frozen=True)
class Line:
    """One backlog: what, how many, whether that is fine, and what it means or how to mend it."""

    name: str
    count: int
    ok: bool
    say: str
    url_name: str = ""  # the screen where it is decided about


def now() -> Any:
    """Every backlog at this moment, as one row whose columns are what /metrics shows."""
    return database.row(SQL["backlog"], now=clock.now())


def lines() -> list[Line]:
    """Every backlog at this moment, in words."""
    row = now()
    if settings.current().lives_a_past:  # whose mails of a year ago are not late
        lived = "the process that lives the example firm's past does it meanwhile"
        return [Line("Work", row.jobs_waiting, True, lived), Line("Hits waiting", row.hits_waiting, True, lived)]
    late = float(row.messages_due_seconds)
    return [
        Line("Workers alive", row.workers_alive, row.workers_alive > 0, _workers(row.workers_alive)),
        Line(
            "Hits waiting",
            row.hits_waiting,
            row.hits_waiting < MANY,
            f"to be judged; {row.hits_refused:,} refused in the last 24 hours" if row.hits_refused else "to be judged",
        ),
        Line(
            "Messages due",
            row.messages_due,
            late < LATE_SECONDS,
            f"the oldest for {late:,.0f} s; start a sender: leadwright send" if late >= LATE_SECONDS else "to be sent",
        ),
        Line(
            "Messages unsure",
            row.messages_unsure,
            not row.messages_unsure,
            "handed over without an answer; they are not sent again by themselves, decide about each"
            if row.messages_unsure
            else "handed over without an answer",
            "unsure_messages",
        ),
        Line("Jobs waiting", row.jobs_waiting, row.jobs_waiting < MANY, "that could run now"),
        Line("Jobs failing", row.jobs_failed, not row.jobs_failed, row.failed_names or "none has failed lately"),
    ]


def _workers(count: int) -> str:
    return "heard of within a minute" if count else "none heard of for a minute; leadwright up starts one"
