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
    """For which campaign each hit came: that of its mail or link, else the one whose code its address names."""
    links = _links({text(hit.payload.get("link"), 40) for hit in batch.hits if hit.kind == "link"})
    own = {hit.id: campaign for hit in batch.hits if hit.kind in OWN and (campaign := _own(hit, links)) is not None}
    named = _campaigns({hit.touch.campaign for hit in batch.hits if hit.touch and hit.touch.campaign})
    if not (own or named):
        return batch
    channels = _channels_of(set(own.values()))
    return replace(batch, hits=tuple(_of_campaign(hit, own.get(hit.id), named, channels) for hit in batch.hits))


OWN = FROM_MAIL | {"link"}  # made by us for one campaign


def _own(hit: Hit, links: Mapping[str, int]) -> int | None:
    """The campaign of a hit's mail or link."""
    if hit.kind == "link":
        return links.get(text(hit.payload.get("link"), 40))
    campaign: int | None = hit.sent.campaign_id if hit.sent else None
    return campaign


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


def touch_of(hit: Hit, known: Home) -> rules.Touch | None:
    """How a hit came, as it says itself: campaign names, click ids, referrer; None where it says nothing of that."""
    if hit.kind == "click":
        return OF_MAIL
    if hit.kind == "link":
        return known.touch(text(hit.payload.get("url"), 2000), text(hit.payload.get("referrer"), 2000))
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


def _channels_of(campaigns: set[int]) -> dict[int, str]:
    if not campaigns:
        return {}
    return {row.id: row.channel for row in database.rows(SQL["channels"], campaigns=sorted(campaigns))}


def _of_campaign(hit: Hit, own: int | None, named: Mapping[str, Any], channels: Mapping[int, str]) -> Hit:
    """A campaign that we planned knows its own channel better than the names in an address do."""
    touch = hit.touch
    campaign = named.get(touch.campaign.lower()) if touch and touch.campaign else None
    key = campaign.id if own is None and campaign else own
    if key is None:
        return hit
    if touch and hit.kind not in FROM_MAIL and (channel := campaign.channel if campaign else channels.get(key)):
        touch = msgspec.structs.replace(touch, channel=channel, is_evident=True)
    return msgspec.structs.replace(hit, touch=touch, campaign_id=key)
