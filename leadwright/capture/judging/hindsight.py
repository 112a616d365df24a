"""Steps: what later hits tell of earlier ones. Their verdicts stand beside the facts, which are never changed.

A burst over the links of one mail, the hidden link followed, and movement in a browser are all found from what is
written by then, so that it makes no difference in how many sets the hits were judged.
"""

import json
import uuid
from collections.abc import Iterable
from datetime import timedelta

from leadwright.capture import activities, machines, verdicts
from leadwright.capture.activities import WITHIN, Span
from leadwright.capture.judging import evidence
from leadwright.capture.judging.hits import Batch, Hit, text
from leadwright.kit import clock, database, sql

SQL = sql.load("hindsight")
BURST = timedelta(seconds=10)
BURST_LINKS = 3
LOOKS_BACK = timedelta(days=30)


def spot_canaries(batch: Batch) -> Batch:
    """A hit on the link in a mail that nobody can see is a machine's: it changes nothing and speaks against it."""
    return batch.refuse(
        {
            hit.id: ("canary", f"The hidden link in message {hit.payload.get('message')} was followed.")
            for hit in batch.hits
            if hit.kind == "canary"
        }
    )


def look_back(batch: Batch) -> Batch:
    """Judge earlier acts again where later ones tell who did them."""
    asked = _note(batch)
    if asked:
        uids, messages = zip(*sorted(asked), strict=True)
        parameters = {"uids": list(uids), "messages": list(messages)}
        _turn("canary", **parameters)
        _turn("burst", within=BURST, links=BURST_LINKS, **parameters)
        _turn("headed", **parameters)
        _doubt_soon(asked & _unsent(batch))
    if moved := [key for key, visitor in batch.visitors.items() if visitor.is_newly_confirmed]:
        _turn("moved", visitors=sorted(moved), since=clock.now() - LOOKS_BACK, hard=list(machines.HARD))
    return batch


def _unsent(batch: Batch) -> set[tuple[uuid.UUID, int]]:
    """The messages in which a set clicks, and of which it did not know when they were sent."""
    return {
        (_contact(hit), int(hit.payload["message"])) for hit in batch.hits if hit.kind == "click" and hit.sent is None
    }


def follow_sending() -> None:
    """Judge clicks again that were judged before the log said when their message was sent."""
    activities.follow("capture.sent", _take_sent, begin=_first_click)


def _first_click() -> activities.Place:
    """The oldest click that is kept: of what was sent before it, judging knew. The log's end where none is."""
    verdicts.hold()  # so that no click is being judged that did not know of what the log says by now
    click = database.row(SQL["first_click"])
    return (click.tx, click.seq) if click else activities.end()


def _take_sent(span: Span) -> None:
    if not database.value(SQL["any_sent"].format(within=WITHIN), **span.parameters):
        return
    verdicts.hold()  # a set that is being judged now either knows of the sending, or its clicks are found here
    found = database.rows(SQL["sent"].format(within=WITHIN), **span.parameters)
    _doubt_soon([(row.contact_uid, row.message) for row in found])


def _doubt_soon(asked: Iterable[tuple[uuid.UUID, int]]) -> None:
    """How soon after its sending a click came, where that is known only now."""
    if not (pairs := sorted(asked)):
        return
    uids, messages = zip(*pairs, strict=True)
    rows = database.rows(SQL["soon"], uids=list(uids), messages=list(messages), soon=evidence.SOON)
    if not rows:
        return
    hows = [evidence.how_soon(row.after) for row in rows]
    spoke = [(*json.loads(row.reasons), how) for row, how in zip(rows, hows, strict=True)]
    verdicts.decide(
        "by_evidence",
        SQL["told"],
        ids=[row.activity_id for row in rows],
        ats=[row.at for row in rows],
        humans=[machines.weighed(evidence.BASE["click"], each) for each in spoke],
        reasons=[f'["{how}"]' for how in hows],
    )


def _note(batch: Batch) -> set[tuple[uuid.UUID, int]]:
    """Keep the clicks and canaries of a set; answers whose messages they were in."""
    canaries = [hit for hit, reason, _ in batch.refused if reason == "canary"]
    clicks = [*(hit for hit in batch.hits if hit.kind == "click"), *canaries]
    if not clicks:
        return set()
    database.execute(
        SQL["note"],
        contacts=[_contact(hit) for hit in clicks],
        messages=[int(hit.payload["message"]) for hit in clicks],
        hits=[hit.id for hit in clicks],
        ats=[hit.at for hit in clicks],
        urls=[text(hit.payload.get("url"), 2000) for hit in clicks],
        canaries=[hit.kind == "canary" for hit in clicks],
        addresses=[hit.address for hit in clicks],
        agents=[hit.user_agent[:500] for hit in clicks],
        visitors=[hit.visitor_id for hit in clicks],
        activities=[batch.recorded.get(hit.id) for hit in clicks],
    )
    return {(_contact(hit), int(hit.payload["message"])) for hit in clicks}


def _contact(hit: Hit) -> uuid.UUID:
    return uuid.UUID(hit.payload["contact"])


def _turn(evidence: str, **parameters: object) -> None:
    """Let a piece of evidence speak about the acts that its statement finds."""
    decided = machines.EVIDENCE[evidence].sets
    verdicts.decide("by_evidence", SQL[evidence], human=decided, reason=f'["{evidence}"]', **parameters)
