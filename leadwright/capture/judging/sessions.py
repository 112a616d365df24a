"""Step: visits, which are acts of one visitor less than 30 minutes apart."""

from dataclasses import replace
from datetime import timedelta

import msgspec

from leadwright.capture.judging.hits import Batch, Hit, Visitor, text
from leadwright.kit import ids

encode = msgspec.json.Encoder().encode
SESSION = timedelta(minutes=30)


def find_session(batch: Batch) -> Batch:
    """Visits: acts of one visitor less than 30 minutes apart; another way in begins a new one."""
    hits = []
    for hit in batch.hits:
        visitor = batch.visitors.get(hit.visitor_id) if hit.visitor_id else None
        if visitor is None or (hit.human is None and not hit.touch):
            channel = hit.channel or (hit.touch.channel if hit.touch else "")
            first = (visitor.first_channel, visitor.first_campaign_id) if visitor else ("", None)
            hits.append(
                msgspec.structs.replace(hit, channel=channel, first_channel=first[0], first_campaign_id=first[1])
            )
        else:
            hits.append(_in_session(hit, visitor))
    return replace(batch, hits=tuple(hits))


def _in_session(hit: Hit, visitor: Visitor) -> Hit:
    """Put a hit into the visitor's session, or begin a new one; moves the visitor along."""
    touch = hit.touch
    visitor.is_changed = True
    if hit.is_evidence and visitor.confirmed_at is None:
        visitor.confirmed_at = hit.at
        visitor.is_newly_confirmed = True
    visitor.first_seen_at = min(visitor.first_seen_at, hit.at)
    is_first = visitor.session_id is None
    is_history = not is_first and hit.at < visitor.last_seen_at - SESSION
    apart = is_first or hit.at - visitor.last_seen_at > SESSION
    came_anew = bool(
        touch
        and touch.is_evident
        and not is_first
        and (touch.channel, hit.campaign_id) != (visitor.session_channel, visitor.session_campaign_id)
    )
    if is_history:
        return msgspec.structs.replace(
            hit,
            session_id=ids.uuid7(hit.at),
            channel=touch.channel if touch else "",
            first_channel=visitor.first_channel,
            first_campaign_id=visitor.first_campaign_id,
        )
    if apart or came_anew:
        visitor.session_id = ids.uuid7(hit.at)
        visitor.session_channel = touch.channel if touch else ""
        visitor.session_campaign_id = hit.campaign_id
    elif not visitor.session_channel and touch:
        visitor.session_channel = touch.channel
    if touch and not visitor.first_channel:
        visitor.first_channel = touch.channel
        visitor.first_campaign_id = hit.campaign_id
        page, referrer = text(hit.page.get("url"), 500), text(hit.page.get("referrer"), 500)
        visitor.first_touch = encode(dict(touch.said) | {"page": page, "referrer": referrer}).decode()
    visitor.last_seen_at = max(visitor.last_seen_at, hit.at)
    return msgspec.structs.replace(
        hit,
        session_id=visitor.session_id,
        channel=visitor.session_channel,
        campaign_id=hit.campaign_id or visitor.session_campaign_id,
        first_channel=visitor.first_channel,
        first_campaign_id=visitor.first_campaign_id,
    )
