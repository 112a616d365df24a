"""Step: how each hit came: by which channel, and for which campaign."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import msgspec

from leadwright.capture import rules
from leadwright.capture.judging.hits import FROM_MAIL, SEGMENT, Batch, Hit, decode, mapping, text
from leadwright.kit import config, database, sql

SQL = sql.load("channels")


def name_channel(batch: Batch) -> Batch:
    """How each hit came: campaign names, click ids, referrer."""
    own = own_hosts()
    links = _links({text(hit.payload.get("link"), 40) for hit in batch.hits if hit.kind == "link"})
    hits = []
    for hit in batch.hits:
        if hit.kind in FROM_MAIL:
            touch = rules.Touch("email", "email", "", "Email", True) if hit.kind == "click" else None
            campaign = hit.sent.campaign_id if hit.sent else None
        elif hit.kind == "link":
            touch = rules.touch(text(hit.payload.get("url"), 2000), text(hit.payload.get("referrer"), 2000), own)
            campaign = links.get(text(hit.payload.get("link"), 40))
        else:
            touch, campaign = _touch_of(hit, own), None
        hits.append(msgspec.structs.replace(hit, touch=touch, campaign_id=campaign))
    known = _campaigns({hit.touch.campaign for hit in hits if hit.touch and hit.touch.campaign})
    own_channels = _channels_of({hit.campaign_id for hit in hits if hit.campaign_id})
    return replace(batch, hits=tuple(_of_campaign(hit, known, own_channels) for hit in hits))


def own_hosts() -> tuple[str, ...]:
    """Hosts of the firm's own sites, which are no referrers."""
    found = decode(database.value(SQL["own"]) or "[]")
    return (*(str(each).lower().removeprefix("www.") for each in found), rules.host_of(config.base_url()))


def _touch_of(hit: Hit, own: Sequence[str]) -> rules.Touch | None:
    if hit.kind == "form":
        return rules.touch(text(hit.payload.get("page"), 2000), "", own, mapping(hit.payload.get("touch")))
    if hit.kind not in SEGMENT:
        return None
    campaign = {
        f"utm_{'campaign' if k == 'name' else k}": text(v, 250) for k, v in mapping(hit.context.get("campaign")).items()
    }
    url, referrer = text(hit.page.get("url"), 2000), text(hit.page.get("referrer"), 2000)
    if not referrer:
        referrer = text(mapping(hit.context.get("referrer")).get("url"), 2000)
    if not (url or referrer or campaign):
        return None
    return rules.touch(url, referrer, own, campaign)


def _campaigns(codes: set[str]) -> dict[str, Any]:
    if not codes:
        return {}
    return {row.code: row for row in database.rows(SQL["campaigns"], codes=sorted(codes))}


def _links(codes: set[str]) -> dict[str, int]:
    if not codes:
        return {}
    return {row.code: row.campaign_id for row in database.rows(SQL["links"], codes=sorted(codes))}


def _channels_of(campaigns: set[int | None]) -> dict[int, str]:
    if not campaigns:
        return {}
    return {row.id: row.channel for row in database.rows(SQL["channels"], campaigns=sorted(campaigns))}


def _of_campaign(hit: Hit, known: Mapping[str, Any], channels: Mapping[int, str]) -> Hit:
    """A campaign that we planned knows its own channel better than the names in an address do."""
    campaign = known.get(hit.touch.campaign.lower()) if hit.touch and hit.touch.campaign else None
    if hit.campaign_id is None and campaign:
        hit = msgspec.structs.replace(hit, campaign_id=campaign.id)
    if hit.touch and hit.kind not in FROM_MAIL and hit.campaign_id:
        channel = campaign.channel if campaign else channels.get(hit.campaign_id)
        if channel:
            return msgspec.structs.replace(hit, touch=replace(hit.touch, channel=channel, is_evident=True))
    return hit
