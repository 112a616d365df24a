"""Step: who it was, as far as a form, a signed link or the site itself tells."""

import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import msgspec

from leadwright.capture.judging import visitors
from leadwright.capture.judging.claims import Claim, Found
from leadwright.capture.judging.hits import FOR_ONE, Batch, Hit, SomebodyElse, mapping, text
from leadwright.capture.machines import HUMAN
from leadwright.kit import database, ids, sql
from leadwright.kit.registries import IDENTIFIERS

SQL = sql.load("identifying")
SPEAKING = frozenset({"form", "identify", "alias", "click", "open", "unsubscribe", "resource", "confirm"})


def identify(batch: Batch) -> Batch:
    """Who it was, as far as a form, a signed link or the site itself tells; asks the registered identifiers."""
    forms = _forms(batch)
    claims = [claim for hit in batch.hits if hit.kind in SPEAKING or hit.user_id if (claim := _claim(hit, forms))]
    found: dict[int, Found] = {}
    for each in IDENTIFIERS:
        found |= each.identify(claims) if claims else {}
    last = {hit.anonymous_id: hit.id for hit in batch.hits} if found else {}
    hits = []
    for hit in batch.hits:
        who = found.get(hit.id)
        if who is None and hit.visitor_id:
            hits.append(msgspec.structs.replace(hit, subject_id=hit.visitor_id))
            continue
        visitor_id = hit.visitor_id
        if who and who.visitor_id and who.visitor_id != visitor_id:
            if last[hit.anonymous_id] != hit.id:
                raise SomebodyElse(hit)
            if visitor_id:  # `rotate` has freed the name of one that is written already
                batch.visitors[visitor_id].anonymous_id = visitors.freed(visitor_id)
            visitor_id = who.visitor_id
        contact = who.contact_uid if who else None
        subject = (who.subject_id if who else None) or (contact if hit.kind in FOR_ONE else None)
        hits.append(
            msgspec.structs.replace(
                hit,
                visitor_id=visitor_id,
                contact_uid=contact,
                subject_id=subject or visitor_id or contact or ids.uuid7(hit.at),
            )
        )
    told = tuple((claim, found[claim.hit_id]) for claim in claims if claim.hit_id in found)
    return replace(batch, hits=tuple(hits), claims=told)


def _forms(batch: Batch) -> dict[str, dict[str, str]]:
    """Of each form in the set: which field of the contact a question fills."""
    codes = {text(hit.payload.get("form"), 60) for hit in batch.hits if hit.kind == "form"}
    if not codes:
        return {}
    maps: dict[str, dict[str, str]] = {}
    for row in database.rows(SQL["maps"], codes=sorted(codes)):
        maps.setdefault(row.code, {})[row.name] = row.maps_to or (row.name if row.kind != "email" else "email")
    return maps


def _consent(hit: Hit) -> dict[str, Any]:
    """What a form says of consent, and the page on which it was asked."""
    said = mapping(hit.payload.get("consent"))
    return {**said, "page": text(hit.payload.get("page"), 500)} if said else {}


def _claim(hit: Hit, forms: Mapping[str, Mapping[str, str]]) -> Claim | None:  # noqa: PLR0911
    """What a hit says of who somebody is; None where it says nothing."""
    common: dict[str, Any] = {
        "first_channel": hit.first_channel,
        "first_campaign_id": hit.first_campaign_id,
        "hit_id": hit.id,
        "at": hit.at,
        "address": hit.address,
        "anonymous_id": hit.anonymous_id,
        "visitor_id": hit.visitor_id,
        "is_human": hit.human is None or hit.human >= HUMAN,
        "is_seen": hit.human is not None and hit.human >= HUMAN,
        "channel": hit.channel,
        "campaign_id": hit.campaign_id,
    }
    match hit.kind:
        case "form":
            code = text(hit.payload.get("form"), 60)
            maps = forms.get(code, {})
            fields = {maps.get(name, name): value for name, value in mapping(hit.payload.get("fields")).items()}
            return Claim(kind="form", source=f"form {code}", fields=fields, consent=_consent(hit), **common)
        case "identify" | "alias":
            traits = mapping(hit.payload.get("traits")) or mapping(hit.context.get("traits"))
            return Claim(
                kind=hit.kind,
                source=hit.kind,
                external_id=hit.user_id,
                fields=traits,
                overwrites=_is_secret(hit),
                **common,
            )
        case "group" if _is_secret(hit):
            traits = mapping(hit.payload.get("traits"))
            return Claim(kind="seen", source="group", external_id=hit.user_id, company=traits, **common)
        case "click":
            return Claim(
                kind="click",
                source=f"link in message {hit.payload['message']}",
                contact_uid=uuid.UUID(hit.payload["contact"]),
                message=hit.payload["message"],
                **common,
            )
        case "open" | "unsubscribe":
            source = f"message {hit.payload['message']}"
            return Claim(
                kind=hit.kind,
                source=source,
                contact_uid=uuid.UUID(hit.payload["contact"]),
                message=hit.payload["message"],
                consent={"purpose": hit.payload.get("purpose", ""), "one_click": hit.payload.get("one_click", False)},
                **common,
            )
        case "resource":
            if not hit.payload.get("contact"):
                return None
            # As with an open: it is the contact's, but tells nothing of whose browser it is.
            return Claim(kind="open", source="resource link", contact_uid=uuid.UUID(hit.payload["contact"]), **common)
        case "confirm":
            consent = {"record": hit.payload.get("record"), "purpose": hit.payload.get("purpose", "")}
            uid = uuid.UUID(hit.payload["contact"])
            return Claim(kind="confirm", source="confirmation link", contact_uid=uid, consent=consent, **common)
    if hit.user_id:
        return Claim(kind="seen", source=hit.kind, external_id=hit.user_id, **common)
    return None


def _is_secret(hit: Hit) -> bool:
    """Whether the site's own server told it with a key that stands in no page."""
    return hit.marks.get("scope") in ("write", "admin") and not hit.marks.get("origin")
