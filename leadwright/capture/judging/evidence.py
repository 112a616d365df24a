"""Step: how likely a person did it, and what speaks for and against. What each piece weighs stands in machines.py.

Only what a hit itself shows, and what was seen in its browser before, is weighed here, so that it makes no difference
how many hits are judged at once. What turns out later is `hindsight`.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import lru_cache
from pathlib import Path

import msgspec
import structlog

from leadwright.capture import machines, networks, verdicts
from leadwright.capture.judging.hits import SEGMENT, Batch, Hit, text
from leadwright.capture.machines import HUMAN
from leadwright.capture.models import HouseRule
from leadwright.capture.networks import Networks
from leadwright.kit import config

log = structlog.get_logger()

TOO_SOON = timedelta(seconds=2)  # nobody reads a mail and clicks in it within this time of its delivery
SOON = timedelta(seconds=10)  # few do
BASE = {"click": 0.75, "link": 0.75, "form": 0.9, "open": 0.3, "resource": 0.75}  # and 0.7 where a page's script ran

Weighed = tuple[float | None, tuple[str, ...]]


@dataclass(frozen=True)
class House:
    """What a firm says of programs and networks: the rules of the house, and its list of data centres."""

    agents: tuple[tuple[str, bool], ...] = ()
    networks: tuple[tuple[Networks, bool], ...] = ()
    data_centres: Networks | None = None
    is_secure: bool = False  # the site is served by HTTPS, so that browsers send all their marks
    _of_agent: dict[str, bool | None] = field(default_factory=dict)

    def says(self, user_agent: str, address: str | None) -> bool | None:
        """Whether a rule of the house says person (True) or machine (False); None where none speaks."""
        for known, is_person in self.networks:
            if address and known.of(address):
                return is_person
        if not self.agents:
            return None
        if user_agent not in self._of_agent:
            name = user_agent.lower()
            self._of_agent[user_agent] = next((person for words, person in self.agents if words in name), None)
        return self._of_agent[user_agent]

    def is_data_centre(self, address: str | None) -> bool:
        """Whether an address belongs to a network of servers."""
        return bool(self.data_centres and address and self.data_centres.of(address))


def house() -> House:
    """The house as it stands now."""
    rules = verdicts.holding()
    return House(
        agents=tuple((rule.pattern.lower(), rule.is_person) for rule in rules if rule.kind == HouseRule.Kind.AGENT),
        networks=tuple(
            (_network(rule.pattern), rule.is_person) for rule in rules if rule.kind == HouseRule.Kind.NETWORK
        ),
        data_centres=data_centres(),
        is_secure=config.base_url().startswith("https:"),
    )


@lru_cache(maxsize=500)
def _network(pattern: str) -> Networks:
    return Networks([(pattern, pattern)])


def data_centres() -> Networks | None:
    """The configured list of data centres, read anew when its file changes; none where it is absent or wrong."""
    if not (path := config.get("LEADWRIGHT_NETWORKS")):
        return None
    try:
        return _read(path, Path(path).stat().st_mtime_ns)
    except OSError as error:
        log.error("the list of networks cannot be read", file=path, error=str(error))
        return None


@lru_cache(maxsize=1)
def _read(path: str, _changed: int) -> Networks | None:
    try:
        return networks.read(Path(path))
    except networks.BadNetworks as error:
        log.error("the list of networks is not used", error=str(error))
        return None


def weigh_machine_evidence(batch: Batch) -> Batch:
    """How likely a person did it, and what speaks for and against; None where a server spoke for itself."""
    seen: dict[uuid.UUID, bool] = {key: visitor.confirmed_at is not None for key, visitor in batch.visitors.items()}
    stands = house()
    hits = []
    for hit in batch.hits:
        if hit.visitor_id and hit.is_evidence:
            seen[hit.visitor_id] = True
        is_confirmed = seen.get(hit.visitor_id, False) if hit.visitor_id else False
        human, reasons = weigh(hit, stands, is_confirmed=is_confirmed)
        hits.append(msgspec.structs.replace(hit, human=human, reasons=reasons))
    return replace(batch, hits=tuple(hits))


def weigh(hit: Hit, stands: House, *, is_confirmed: bool) -> Weighed:
    """The probability that a person did it, with its reasons."""
    if hit.kind in ("unsubscribe", "confirm"):
        return None, ()  # done on purpose, by POST only
    marks = hit.marks
    agent = (text(hit.context.get("userAgent"), 500) if hit.kind in SEGMENT else "") or hit.user_agent
    sign = machines.sign(agent)
    if hit.key_id is not None and not marks.get("origin") and sign in ("script", "no_user_agent"):
        return None, ("server",)
    person = stands.says(agent, hit.address)
    if person is not None:
        return (verdicts.SAYS_PERSON if person else verdicts.SAYS_MACHINE), ("house_rule",)
    found = [sign] if sign else []
    if stands.is_data_centre(hit.address):
        found.append("data_centre")
    return WAYS.get(hit.kind, _weigh_page)(hit, stands, found, is_confirmed)


def _weigh_form(hit: Hit, _stands: House, found: list[str], is_confirmed: bool) -> Weighed:
    """A form is a deliberate act: it is marked, never thrown away; only the trap field speaks for itself."""
    found += [flag for flag in hit.payload.get("flags", ()) if flag in ("too_fast", "no_timing")]
    if is_confirmed:
        found.append("moved")
    less = {"too_fast": 0.15, "no_timing": 0.1, "moved": -0.2}
    human = BASE["form"] - sum(less.get(reason, 0.15) for reason in found)
    return round(min(max(human, HUMAN), 0.98), 2), tuple(found)


def _weigh_open(hit: Hit, _stands: House, found: list[str], _is_confirmed: bool) -> Weighed:
    """Mail programs and their proxies load pictures unasked: an open is unknown at best."""
    if "image_proxy" in found or (hit.address and networks.PROXIES.of(hit.address)):
        return BASE["open"], ("image_proxy",)
    reasons = (*found, "pictures_load_unasked")
    return machines.weighed(BASE["open"], reasons), reasons if found else ("pictures_load_unasked",)


def _weigh_click(hit: Hit, stands: House, found: list[str], is_confirmed: bool) -> Weighed:
    """A click, on a link in a mail or of a campaign: by the marks that a browser leaves, and by when it came."""
    marks = hit.marks
    if marks.get("method") == "HEAD":
        found.insert(0, "head")
    if marks.get("purpose"):
        found.append("fetched_ahead")
    if not is_confirmed:
        if hit.sent and hit.kind == "click" and (how := how_soon(hit.at - hit.sent.at)):
            found.append(how)
        hints = (text(marks.get(name), 200) for name in ("hints", "platform", "mobile"))
        if machines.contradicts(hit.user_agent, *hints):
            found.append("contradiction")
        if not marks.get("language"):
            found.append("no_language")
        if stands.is_secure and not marks.get("fetch") and machines.is_modern(hit.user_agent):
            found.append("no_fetch_marks")
    elif not any(reason in machines.HARD for reason in found):
        return _moved(found)
    return machines.weighed(BASE["click"], tuple(found)), tuple(found)


def how_soon(after: timedelta) -> str:
    """What it tells that a click came so long after its mail; nothing where people do so, too."""
    return "too_soon" if after < TOO_SOON else "soon" if after < SOON else ""


def _weigh_page(hit: Hit, _stands: House, found: list[str], is_confirmed: bool) -> Weighed:
    """What a page's script tells, and all else that somebody does on a site."""
    if "image_proxy" in found:
        return 0.05, ("image_proxy",)
    if is_confirmed and not any(reason in machines.HARD for reason in found):
        return _moved(found)
    ran = ("ran_script",) if hit.kind in SEGMENT and not found else ()
    return machines.weighed(0.7, (*found, *ran)), (*found, *ran)


def _moved(found: list[str]) -> Weighed:
    """Movement outweighs where somebody sits, which may be an office behind a data centre, but less surely."""
    return (0.6 if found else 0.95), (*found, "moved")


WAYS: dict[str, Callable[[Hit, House, list[str], bool], Weighed]] = {
    "form": _weigh_form,
    "open": _weigh_open,
    "click": _weigh_click,
    "link": _weigh_click,
}
