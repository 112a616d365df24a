"""What waits in the machine, in words: hits, messages, jobs."""

from dataclasses import dataclass

from leadwright.kit import clock, database, sql

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


def lines() -> list[Line]:
    """Every backlog as of now."""
    row = database.row(SQL["backlog"], now=clock.now())
    late = float(row.due_seconds or 0)
    return [
        Line("Workers alive", row.workers, row.workers > 0, _workers(row.workers)),
        Line(
            "Hits waiting",
            row.hits,
            row.hits < MANY,
            f"to be judged; {row.refused:,} refused in the last 24 hours" if row.refused else "to be judged",
        ),
        Line(
            "Messages due",
            row.due,
            late < LATE_SECONDS,
            f"the oldest for {late:,.0f} s; start a sender: leadwright send" if late >= LATE_SECONDS else "to be sent",
        ),
        Line(
            "Messages unsure",
            row.unsure,
            not row.unsure,
            "handed over without an answer; they are not sent again by themselves, decide about each"
            if row.unsure
            else "handed over without an answer",
        ),
        Line("Jobs waiting", row.jobs, row.jobs < MANY, "that could run now"),
        Line("Jobs failing", row.failed, not row.failed, row.failed_names or "none has failed lately"),
    ]


def _workers(count: int) -> str:
    return "heard of within a minute" if count else "none heard of for a minute; leadwright up starts one"
