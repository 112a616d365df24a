"""The contract with later stages: what hits claim of who somebody is, and who that turns out to be.

Whoever registers an Identifier in kit.registries.IDENTIFIERS is asked, once a set, who the claims of its hits stand
for, and is told in the same transaction what was taken. So facts, contacts and consents commit together, and a kill at
any line leaves either all of a set or nothing.
"""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from leadwright.capture.verdicts import JudgedClick


class Claim(msgspec.Struct, frozen=True, gc=False):
    """What a hit says of who somebody is."""

    hit_id: int
    at: datetime
    kind: str  # form, identify, alias, seen (a call that names a known user), click, confirm, unsubscribe
    source: str  # "form white-paper", "identify", "link in message 17"
    address: str | None = None
    anonymous_id: str = ""
    visitor_id: uuid.UUID | None = None
    contact_uid: uuid.UUID | None = None  # from a link that we signed
    external_id: str = ""
    fields: Mapping[str, Any] = {}  # fields of the contact, email among them
    overwrites: bool = False  # sent with a secret key: may change what is known, not only fill blanks
    is_human: bool = True
    is_seen: bool = False  # somebody was there: a person, and not a server on somebody's behalf
    message: int | None = None
    channel: str = ""
    campaign_id: int | None = None
    first_channel: str = ""  # how the visitor came for the first time
    first_campaign_id: int | None = None
    consent: Mapping[str, Any] = {}  # purpose, wording, given; or record, purpose
    company: Mapping[str, Any] = {}  # what a secret key tells of the contact's firm


class Found(msgspec.Struct, frozen=True, gc=False):
    """Who a claim stands for: the visitor from now on (another one after a different person came), and the contact."""

    visitor_id: uuid.UUID | None
    contact_uid: uuid.UUID | None
    subject_id: uuid.UUID | None = None  # whose activity it is, where that is neither of the two by itself


class Taken(msgspec.Struct, frozen=True, gc=False):
    """A claim whose hit was taken, with the activity it became; None for a confirmation, which only changes consent."""

    claim: Claim
    found: Found
    activity_id: uuid.UUID | None


@dataclass(frozen=True)
class Identifier:
    """How a later stage tells who somebody is , and learns what was taken, and which clicks were judged again."""

    identify: Callable[[Sequence[Claim]], Mapping[int, Found]]
    taken: Callable[[Sequence[Taken]], None]
    judged_again: Callable[[Sequence[JudgedClick]], None] | None = None
