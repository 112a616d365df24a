"""The pure rules of `profile`: addresses, domains, names. No database, no clock, no Django."""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from leadwright.kit import countries, domains

_PLAIN = re.compile(
    r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:(?!xn--)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}"
)


class BadAddress(ValueError):
    """This cannot be an e-mail address; the message says why."""


@dataclass(frozen=True, slots=True)
class Address:
    """An e-mail address as it is written, and the key that tells people apart."""

    email: str
    key: str


@lru_cache(maxsize=10_000)
def normalise_email(text: str) -> Address:
    """An address and its key: Unicode NFKC, small letters, the domain in its ASCII form. Raises BadAddress.

    What only one provider does (dots and plus signs at Gmail) does not change the key: it flags a likely duplicate.
    """
    given = text.strip()
    if given[:7].lower() == "mailto:":
        given = given[7:]
    low = given.lower()
    at = low.rfind("@")
    if len(low) <= 254 and at <= 64 and _PLAIN.fullmatch(low):
        return Address(given, low)
    folded = unicodedata.normalize("NFKC", given)
    try:
        found = validate_email(folded, check_deliverability=False, test_environment=True, globally_deliverable=False)
    except EmailNotValidError as error:
        raise BadAddress(f"“{given[:80]}” is not an e-mail address: {error}") from None
    domain = found.ascii_domain.lower()
    if "." not in domain or domain.rpartition(".")[2].isdigit() or domain.startswith("["):
        raise BadAddress(f"“{given[:80]}” is not an e-mail address: its domain is incomplete.")
    key = f"{unicodedata.normalize('NFKC', found.local_part.lower())}@{domain}"
    if len(key) > 254 or len(found.normalized) > 254:
        raise BadAddress(f"“{given[:80]}…” is longer than the 254 characters an address may have.")
    return Address(found.normalized, key)


def fingerprint(key: str) -> str:
    """What is kept of an address that must be forgotten and yet never be written to again."""
    return "sha256:" + hashlib.sha256(key.encode()).hexdigest()


def company_domain(text: str) -> str:
    """The domain by which a firm is known, of an address, a host or a web address; nothing for free mail, throw-away
    addresses and what is no domain."""
    return _company_domain(text, domains.version())


@lru_cache(maxsize=10_000)
def _company_domain(text: str, _: int) -> str:
    host = text.strip().lower().partition("//")[2] or text.strip().lower()
    host = host.partition("/")[0].partition("?")[0].rpartition("@")[2].partition(":")[0].rstrip(".")
    try:
        host = host.encode("ascii").decode() if host.isascii() else host.encode("idna").decode()
    except UnicodeError:
        return ""
    parts = domains.extract(host)
    domain = parts.top_domain_under_public_suffix
    if not domain:  # not under a public suffix: a firm's inner domain, such as nordwind.test
        labels = host.split(".")
        domain = ".".join(labels[-2:]) if len(labels) > 1 and all(labels) and not labels[-1].isdigit() else ""
    if not domain or len(domain) > 200 or domains.is_free_mail(domain) or domains.is_disposable(domain):
        return ""
    return domain


# Fields of a contact that may come from outside, with the longest text each takes.
LENGTHS: Mapping[str, int] = {
    "first_name": 120,
    "last_name": 120,
    "title": 160,
    "phone": 40,
    "country": 2,
    "city": 120,
    "language": 16,
    "time_zone": 64,
    "buying_stage": 20,
    "buying_role": 20,
}
# Those of them that have one of some values: its key, and what it is called.
CHOICES: Mapping[str, Mapping[str, str]] = {
    "buying_stage": {"awareness": "Awareness", "consideration": "Consideration", "decision": "Decision"},
    "buying_role": {
        "decider": "Decider",
        "economic_buyer": "Economic buyer",
        "influencer": "Influencer",
        "user": "User",
        "gatekeeper": "Gatekeeper",
    },
}
# Other names of the same fields: Segment's traits, and what forms and files call them.
ALIASES: Mapping[str, str] = {
    "firstname": "first_name",
    "given_name": "first_name",
    "lastname": "last_name",
    "family_name": "last_name",
    "surname": "last_name",
    "job_title": "title",
    "jobtitle": "title",
    "position": "title",
    "telephone": "phone",
    "mobile": "phone",
    "locale": "language",
    "timezone": "time_zone",
    "e_mail": "email",
    "email_address": "email",
    "company_name": "company",
    "organization": "company",
    "organisation": "company",
    "website": "company_domain",
    "company_website": "company_domain",
}
MOST_CUSTOM = 600  # names that one call may bring besides the contact's own
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class Fields:
    """What is told of a person, in the contact's own fields; the rest is custom."""

    values: dict[str, str]
    email: Address | None
    company: str
    domain: str  # by which the company is found
    custom: dict[str, Any]
    persona: str = ""  # by name or key; who knows the personas looks for it
    wrong: Mapping[str, str] = field(default_factory=dict)  # fields told something that none of their values is


def read_fields(told: Mapping[str, Any]) -> Fields:  # noqa: C901  one for each kind of field
    """Sort what is told of a person into fields. Raises BadAddress for an address that is none."""
    values: dict[str, str] = {}
    custom: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    email: Address | None = None
    company = domain = persona = ""
    for raw_name, value in _flat(told):
        if value is None or value == "":
            continue
        words = " ".join(str(value).split()) if isinstance(value, str | int | float) else ""
        match _field_of(raw_name):
            case "email":
                email = normalise_email(words)
            case "name":
                first, last = split_name(words)
                values = {"first_name": first[:120], "last_name": last[:120]} | values
            case "company" | "company_name":
                company = words[:200]
            case "company_domain":
                domain = company_domain(words)
            case "persona" if raw_name.lower() == "persona" and words:
                persona = words
            case name if name in LENGTHS and words and (clean := _clean(name, words)):
                values[name] = clean
            case name if len(custom) < MOST_CUSTOM:
                if name in CHOICES:
                    wrong[name] = _not_one_of(name, str(value))
                custom[raw_name.removeprefix("custom.")[:60]] = value if not isinstance(value, str) else value[:10_000]
    if not domain and email:
        domain = company_domain(email.key.rpartition("@")[2])
    if (phone := values.get("phone")) and not phone.startswith("+"):
        values["phone"] = e164(phone, values.get("country", ""))[:40]
    values |= tidy_names({name: values[name] for name in ("first_name", "last_name") if values.get(name)})
    told_values = {name: value for name, value in values.items() if value}
    return Fields(told_values, email, company, domain, custom, persona, wrong)


def _not_one_of(name: str, told: str) -> str:
    return f"“{told[:60]}” is no {name.replace('_', ' ')}; there are {', '.join(CHOICES[name])}."


_SUFFIXES = frozenset({"jr", "sr", "ii", "iii", "iv", "junior", "senior", "phd", "md"})
_SMALL = frozenset(
    re.findall(r"\w+", "van von der den de del della di da dos du la le zu zur zum ter ten el al bin ibn")
)
_SHORTEST_SHOUT = 4


def split_name(text: str) -> tuple[str, str]:
    """First and last name of a name in one piece; “Okafor, Ada” is turned, “Ada Okafor, Jr.” is not."""
    head, comma, tail = (part.strip() for part in text.partition(","))
    if comma and tail and not set(tail.lower().replace(".", "").split()) <= _SUFFIXES:
        return tail, head
    first, _, last = text.partition(" ")
    return first, last


def tidy_names(names: Mapping[str, str]) -> dict[str, str]:
    """Names composed (NFC) and without outer blanks; those that are shouted (ADA OKAFOR) in ordinary letters. Initials,
    short names that may be meant so, and names in mixed letters stay as they are written."""
    composed = {key: " ".join(unicodedata.normalize("NFC", name).split()) for key, name in names.items()}
    letters = [sign for name in composed.values() for sign in name if sign.isalpha()]
    if len(letters) < _SHORTEST_SHOUT or not all(sign.isupper() for sign in letters):
        return composed
    return {key: name if len(name.strip(".")) == 1 else _quietly(name) for key, name in composed.items()}


def _quietly(name: str) -> str:
    words = re.sub(r"[^\W\d_]+", lambda word: word[0].capitalize(), name).split(" ")
    quiet = [word.lower() if at < len(words) - 1 and word.lower() in _SMALL else word for at, word in enumerate(words)]
    return re.sub(r"\bMc([a-z])", lambda word: f"Mc{word[1].upper()}", " ".join(quiet))


@lru_cache(maxsize=10_000)
def _field_of(raw_name: str) -> str:
    """The contact's own name for what others call `firstName`, `First name` or `company.domain`."""
    name = _CAMEL.sub("_", raw_name).lower().replace("-", "_").replace(" ", "_").replace(".", "_").strip("_")
    return ALIASES.get(name, name)


@lru_cache(maxsize=10_000)
def field_key(name: str) -> str:
    """The key that a custom field of some spelling has: “Shoe size”, shoeSize and shoe-size are shoe_size."""
    found = _CAMEL.sub("_", name.removeprefix("custom.")).lower()
    return re.sub(r"[^a-z0-9]+", "_", found).strip("_")[:60]


def _flat(told: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Segment nests `company` and `address`, and the API nests `custom`."""
    pairs: list[tuple[str, Any]] = []
    for name, value in told.items():
        if isinstance(value, Mapping) and name in ("company", "address", "custom"):
            prefix = {"company": "company.", "custom": "custom."}.get(name, "")
            pairs += [(f"{prefix}{inner}", each) for inner, each in value.items()]
        else:
            pairs.append((name, value))
    return pairs


def _clean(name: str, words: str) -> str:
    match name:
        case "phone":
            return e164(words)[:40]
        case "country":
            return countries.code_of(words)
        case "buying_stage" | "buying_role":
            key = words.lower().replace(" ", "_")
            return key if key in CHOICES[name] else ""
    return words[: LENGTHS[name]]


def e164(text: str, country: str = "") -> str:
    """A phone number in E.164 where its country is told, in it or beside it; else as it was written."""
    try:
        number = phonenumbers.parse(text, country or None)
    except phonenumbers.NumberParseException:
        return text
    if not phonenumbers.is_possible_number(number):
        return text
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


# What the ledger of consent says

# How long the link of a double opt-in is good for.
CONFIRM_WITHIN = timedelta(days=14)


@dataclass(frozen=True, slots=True, order=True)
class Act:
    """One entry of the ledger: when, its number, what it says, and which entry it confirms, lets lapse or takes back.

    What a file told (`is_told`) may be taken back with its import; what the person did herself never is.
    """

    at: datetime
    id: int
    state: str  # pending, granted, withdrawn, lapsed, undone
    refers: int | None = None
    is_told: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """What holds after some acts (nothing: ""), since when, and which pending entries may still be confirmed."""

    state: str = ""
    at: datetime | None = None
    waiting: tuple[int, ...] = ()


def standing(acts: Iterable[Act]) -> Standing:
    """Read a ledger of one contact and purpose: its acts in the order of their moments, and of their numbers.

    A withdrawal ends everything before it, also what waits for its confirmation; a confirmation counts only for an
    entry that still waits; what was granted stays so when it is asked for again. An entry that was taken back counts
    as never written, and so does the entry that takes it back.
    """
    state = ""
    at: datetime | None = None
    waiting: tuple[int, ...] = ()
    ledger = sorted(acts)
    gone = {act.refers for act in ledger if act.state == "undone"}
    for act in ledger:
        if act.state == "undone" or act.id in gone:
            continue
        was = state
        match act.state:
            case "withdrawn":
                state, waiting = "withdrawn", ()
            case "pending":
                state, waiting = ("granted" if state == "granted" else "pending"), (*waiting, act.id)
            case "lapsed":
                waiting = waiting[waiting.index(act.refers) + 1 :] if act.refers in waiting else waiting
                state = "lapsed" if state == "pending" and not waiting else state
            case "granted" if act.refers is None or act.refers in waiting:
                state = "granted"
        at = at if at is not None and state == was and act.state != state else act.at
    return Standing(state, at, waiting)


def effect(before: Standing, state: str, refers: int | None) -> str | None:
    """What an act writes into a ledger that stands so; None where it changes nothing."""
    match state:
        case "withdrawn":
            return None if before.state == "withdrawn" else "withdrawn"
        case "lapsed":
            return "lapsed" if before.state == "pending" and refers in before.waiting else None
        case "granted" if refers is not None:
            return "granted" if before.state == "pending" and refers in before.waiting else None
        case "pending" if before.state == "granted":
            return "granted"  # she has confirmed before; new wording, same permission
    return state


def written(acts: Iterable[Act], state: str, refers: int | None) -> str | None:
    """What a person's act writes into her ledger, as it stood at the act's moment; None where it need not be written.

    What she does must stand also when an import is taken back. So the act is judged twice, with what files told and
    without, and is left out only where it changes nothing either way. Where the two differ, the weaker is written.
    """
    ledger = list(acts)
    now = effect(standing(ledger), state, refers)
    if not any(act.is_told for act in ledger):
        return now
    own = effect(standing(act for act in ledger if not act.is_told), state, refers)
    return "pending" if {now, own} == {"granted", "pending"} else own or now


def told(acts: Iterable[Act], *, is_given: bool, at: datetime) -> str:
    """What becomes of what a file tells: granted, withdrawn; or why nothing is written: already, later_no, later_yes.

    A file never overrules: what she did later, or in the same moment, stands.
    """
    ledger = list(acts)
    wanted = "granted" if is_given else "withdrawn"
    if standing(ledger).state == wanted:
        return "already"
    entry = Act(at, -1 if is_given else _LAST, wanted)
    return wanted if standing([*ledger, entry]).state == wanted else "later_no" if is_given else "later_yes"


_LAST = 2**62  # behind all numbers that entries have
