"""Step: submissions that too much speaks against are kept aside, for somebody to look at."""

import json
from collections.abc import Iterable, Mapping

from leadwright.capture import machines
from leadwright.capture.judging.hits import Batch, Hit, mapping, text
from leadwright.kit import clock, database, sql

SQL = sql.load("quarantines")

# What each sign weighs. A real buyer must not be lost to a guess: no weak sign alone sets anything aside, nor
# does what a program of the firm's own shows, which posts at once, names itself, and has never seen our page.
POINTS: Mapping[str, int] = {
    "honeypot": 5,
    "replayed": 4,
    "links": 2,
    "markup": 2,
    "bad_work": 2,
    "reused_work": 1,
    "no_work": 1,
    "too_fast": 1,
    "no_timing": 1,
    "odd_answers": 1,
    "disposable": 1,
    "crawler": 1,
    "script": 1,
    "headless": 1,
    "no_user_agent": 1,
}
ENOUGH = 4
UNSEEN = frozenset({"no_timing", "no_work"})  # one sign: both say that it was not filled in on a page of ours
UNVOUCHED = frozenset({"no_timing", "no_work", "bad_work", "reused_work", "replayed"})


def quarantine(batch: Batch) -> Batch:
    """Keep aside the forms that a machine has most likely sent; each with its reasons, until somebody decides."""
    forms = [hit for hit in batch.hits if hit.kind == "form" and not hit.payload.get("released")]
    if not forms:
        return batch
    used = _used(forms)
    held: dict[int, tuple[Hit, list[str]]] = {}
    for hit in forms:
        reasons = [*(str(flag) for flag in hit.payload.get("flags", ())), *used.get(hit.id, ())]
        if sign := machines.sign(hit.user_agent):
            reasons.append(sign)
        if is_held(reasons, text(hit.payload.get("guard"), 10)):
            held[hit.id] = hit, [reason for reason in reasons if reason in POINTS]
    _hold(list(held.values()))
    return batch.refuse({key: ("quarantined", _detail(hit, reasons)) for key, (hit, reasons) in held.items()})


def is_held(reasons: list[str], guard: str) -> bool:
    """Whether a form with this guard keeps a submission aside for these reasons."""
    if "honeypot" in reasons:
        return True
    if guard == "off":
        return False
    if guard == "strict" and UNVOUCHED.intersection(reasons):
        return True
    return weight(reasons) >= ENOUGH


def weight(reasons: Iterable[str]) -> int:
    """What some signs weigh together."""
    signs = {"no_work" if reason in UNSEEN else reason for reason in reasons}
    return sum(POINTS.get(reason, 0) for reason in signs)


def _detail(hit: Hit, reasons: list[str]) -> str:
    if "honeypot" in reasons:
        return f"form {hit.payload.get('form')}: the hidden field was filled"
    return f"form {hit.payload.get('form')}: {', '.join(reasons)}"


def _used(forms: list[Hit]) -> dict[int, tuple[str, ...]]:
    """Of riddles that were answered before: once more happens (back, and a correction), a third time is no person."""
    asked = [(hit, number) for hit in forms if (number := text(hit.payload.get("work"), 40))]
    found: dict[int, tuple[str, ...]] = {}
    flags: tuple[tuple[str, ...], ...] = ((), ("reused_work",), ("replayed",))
    for turn in range(2):
        fresh = _remember([f"work:{number}:{turn}" for _, number in asked])
        left = []
        for hit, number in asked:
            key = f"work:{number}:{turn}"
            if key in fresh:
                fresh.discard(key)
                found[hit.id] = flags[turn]
            else:
                left.append((hit, number))
        asked = left
    return found | {hit.id: flags[2] for hit, _ in asked}


def _remember(keys: list[str]) -> set[str]:
    if not keys:
        return set()
    fresh = database.rows(SQL["remember"], keys=sorted(set(keys)), now=clock.now())
    return {row.message_id for row in fresh}


def _hold(held: list[tuple[Hit, list[str]]]) -> None:
    if not held:
        return
    database.execute(
        SQL["hold"],
        messages=[hit.message_id for hit, _ in held],
        forms=[text(hit.payload.get("form"), 60) for hit, _ in held],
        ats=[hit.received_at for hit, _ in held],
        addresses=[hit.address for hit, _ in held],
        agents=[hit.user_agent for hit, _ in held],
        emails=[_email(hit) for hit, _ in held],
        reasons=[json.dumps(reasons) for _, reasons in held],
        payloads=[json.dumps(hit.payload) for hit, _ in held],
    )


def _email(hit: Hit) -> str:
    fields = mapping(hit.payload.get("fields"))
    found = (value for value in fields.values() if isinstance(value, str) and "@" in value and " " not in value)
    return next(found, "").lower()[:254]
