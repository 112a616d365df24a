"""Step: how each hit came: by which channel, and for which campaign."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from leadwright.capture import rules
from leadwright.capture.judging.hits import FROM_MAIL, SEGMENT, Batch, Hit, decode, mapping, text
from leadwright.kit import config, database, sql

SQL = sql.load("channels")


def name_channel(batch: Batch) -> Batch:
    """How each hit came: campaign names, click ids, referrer."""
    known_hosts = home()
    links = _links({text(hit.payload.get("link"), 40) for hit in batch.hits if hit.kind == "link"})
    hits = [_come(hit, known_hosts, links) for hit in batch.hits]
    known = _campaigns({hit.touch.campaign for hit in hits if hit.touch and hit.touch.campaign})
    own_channels = _channels_of({hit.campaign_id for hit in hits if hit.campaign_id})
    if known or own_channels:
        hits = [_of_campaign(hit, known, own_channels) for hit in hits]
    return replace(batch, hits=tuple(hits))


def _come(hit: Hit, known: "Home", links: Mapping[str, int]) -> Hit:
    """The hit with how it came; of a mail or a campaign's link also with the campaign."""
    touch, campaign = None, None
    if hit.kind in FROM_MAIL:
        touch = OF_MAIL if hit.kind == "click" else None
        campaign = hit.sent.campaign_id if hit.sent else None
    elif hit.kind == "link":
        touch = known.touch(text(hit.payload.get("url"), 2000), text(hit.payload.get("referrer"), 2000))
        campaign = links.get(text(hit.payload.get("link"), 40))
    else:
        touch = _touch_of(hit, known)
    if touch is None and campaign is None:
        return hit
    return msgspec.structs.replace(hit, touch=touch, campaign_id=campaign)


OF_MAIL = rules.Touch("email", "email", "", "Email", is_evident=True)


@dataclass(frozen=True, slots=True)
class Home:
    """Hosts that are no way in: the firm's own sites, and those that visitors only pass to pay or to sign in."""

    own: tuple[str, ...]
    passing: tuple[str, ...]

    def touch(self, url: str, referrer: str, named: Mapping[str, str] | None = None) -> rules.Touch:
        """How somebody came, as an address and a referrer say."""
        return rules.touch(url, referrer, self.own, named, self.passing)


def home() -> Home:
    """The hosts as the workspace names them now, and the one that serves this."""
    row = database.row(SQL["home"])
    own, passing = (_hosts(row.own), _hosts(row.passing)) if row else ((), ())
    return Home((*own, rules.host_of(config.base_url())), passing)


def _hosts(found: str) -> tuple[str, ...]:
    return tuple(str(each).lower().removeprefix("www.") for each in decode(found))


def _touch_of(hit: Hit, known: Home) -> rules.Touch | None:
    if hit.kind == "form":
        page, referrer = text(hit.payload.get("page"), 2000), text(hit.payload.get("referrer"), 2000)
        return known.touch(page, referrer, _texts(hit.payload.get("touch")))
    if hit.kind not in SEGMENT:
        return None
    said = hit.context.get("campaign")
    campaign = (
        {f"utm_{'campaign' if k == 'name' else k}": text(v, 250) for k, v in mapping(said).items()} if said else {}
    )
    url, referrer = text(hit.page.get("url"), 2000), text(hit.page.get("referrer"), 2000)
    if not referrer:
        referrer = text(mapping(hit.context.get("referrer")).get("url"), 2000)
    if not (url or referrer or campaign):
        return None
    return known.touch(url, referrer, campaign)


def _texts(value: Any) -> dict[str, str]:
    return {name: said for name, value in mapping(value).items() if (said := text(value, 1000))}


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
