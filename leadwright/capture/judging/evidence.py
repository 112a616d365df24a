"""Step: how likely a person did it, and what speaks for and against."""

import uuid
from dataclasses import replace
from datetime import timedelta

import msgspec

from leadwright.capture import machines
from leadwright.capture.judging.hits import SEGMENT, Batch, Hit, text

TOO_SOON = timedelta(seconds=2)  # nobody reads a mail and clicks in it within this time of its sending
HUMAN = 0.5


def weigh_machine_evidence(batch: Batch) -> Batch:
    """How likely a person did it, and what speaks for and against; None where a server spoke for itself."""
    seen: dict[uuid.UUID, bool] = {key: visitor.confirmed_at is not None for key, visitor in batch.visitors.items()}
    hits = []
    for hit in batch.hits:
        if hit.is_evidence and hit.visitor_id:
            seen[hit.visitor_id] = True
        is_confirmed = seen.get(hit.visitor_id, False) if hit.visitor_id else False
        human, reasons = weigh(hit, is_confirmed=is_confirmed)
        hits.append(msgspec.structs.replace(hit, human=human, reasons=reasons))
    return replace(batch, hits=tuple(hits))


def weigh(hit: Hit, *, is_confirmed: bool) -> tuple[float | None, tuple[str, ...]]:  # noqa: PLR0911
    """The probability that a person did it, with its reasons."""
    sign = machines.sign(text(hit.context.get("userAgent"), 500) or hit.user_agent)
    match hit.kind:
        case "form":
            return _weigh_form(hit, sign, is_confirmed=is_confirmed)
        case "open":
            return _weigh_open(hit, sign)
        case "unsubscribe" | "confirm":
            return None, ()
    if hit.key_id is not None and not hit.marks.get("origin") and sign in ("script", "no_user_agent"):
        return None, ("server",)  # the site's own server tells what it knows
    if sign in ("crawler", "script", "no_user_agent", "image_proxy"):
        return 0.05, (sign,)
    if hit.kind in ("click", "link") and not is_confirmed:
        return _weigh_click(hit, sign)
    if is_confirmed:
        return (0.6 if sign else 0.95), (*((sign,) if sign else ()), "moved")
    return (0.2, (sign,)) if sign else (0.7, ("ran_script",) if hit.kind in SEGMENT else ())


def _weigh_form(hit: Hit, sign: str, *, is_confirmed: bool) -> tuple[float, tuple[str, ...]]:
    """A form is a deliberate act: it is marked, never thrown away; only the trap field speaks for itself."""
    reasons = [flag for flag in hit.payload.get("flags", ()) if flag in ("too_fast", "no_timing")]
    if sign:
        reasons.append(sign)
    if is_confirmed:
        reasons.append("moved")
    weight = {"too_fast": 0.15, "no_timing": 0.1, "moved": -0.2}
    human = 0.9 - sum(weight.get(reason, 0.15) for reason in reasons)
    return round(min(max(human, HUMAN), 0.98), 2), tuple(reasons)


def _weigh_open(hit: Hit, sign: str) -> tuple[float, tuple[str, ...]]:
    """Mail programs and their proxies load pictures unasked: an open is unknown at best."""
    if sign in ("crawler", "script", "headless", "no_user_agent"):
        return 0.05, (sign,)
    return 0.3, ("image_proxy",) if sign == "image_proxy" else ("pictures_load_unasked",)


def _weigh_click(hit: Hit, sign: str) -> tuple[float, tuple[str, ...]]:
    reasons, human = [], 0.75
    if hit.sent and hit.at - hit.sent.at < TOO_SOON:
        reasons.append("too_soon")
        human = 0.1
    if sign:
        reasons.append(sign)
        human = min(human, 0.2)
    if not hit.marks.get("language"):
        reasons.append("no_language")
        human -= 0.2
    return round(max(human, 0.05), 2), tuple(reasons)
