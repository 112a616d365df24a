"""Statements: what a file says of consent, and how it becomes entries of the ledger.

Promise: no consent without its exact words, where it was given and when; a file never overrules what somebody did
later, a suppression or a bounce; a "no" takes back. Nobody is asked anything: where a purpose asks for a confirmation,
a yes counts only with the moment of its confirmation in the other system (docs/decisions/0029). What an import wrote is
taken back with it, by counter-entries: the ledger is never deleted from.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from ipaddress import ip_address
from typing import Any

from leadwright.capture import activities
from leadwright.capture.imports import cells
from leadwright.capture.imports.cells import Doubtful, Field, Reading, Refused
from leadwright.capture.imports.kinds import Columns, Faults, Scope, Statements, Subject
from leadwright.capture.imports.mappings import Mapping
from leadwright.kit import addresses, clock, database, jobs, sql
from leadwright.profile import rules
from leadwright.profile.models import Purpose, Wording
from leadwright.profile.privacy import consents, wordings
from leadwright.workspace import settings
from leadwright.workspace.models import User

SQL = sql.load("statements")

PREFIX = "consent."

# What a file can say of a consent: part, label, what it means.
PARTS: tuple[tuple[str, str, str], ...] = (
    ("given", "who said yes or no", "Yes or no; a blank cell says nothing."),
    ("refused", "who said no", "Such as “opted out”: yes means no, and a no says nothing."),
    ("wording", "exact words", "The words that the person agreed to."),
    ("version", "words of ours", "The number of one of our versions of the words."),
    ("source", "where and how", "Where and how it was given, or the address of the page."),
    ("at", "when", "When it was given or taken back."),
    ("confirmed_at", "confirmed when", "When the person confirmed it in the other system."),
    ("address", "from which network address", "The network address that it came from."),
)

# What becomes of a statement, as previews and results call it.
OUTCOMES: tuple[tuple[str, str, str], ...] = (
    ("granted", "granted", "Written to the ledger; these people may be written to."),
    ("withdrawn", "withdrawn", "The file says no; from then on nothing is sent to them for this purpose."),
    ("already", "already so", "The ledger says so already; nothing is written."),
    (
        "unconfirmed",
        "not confirmed",
        (
            "The purpose asks for a confirmation, and the file does not say when they gave it: nothing is written. "
            "Say which column tells the day of their confirmation, if one does."
        ),
    ),
    ("later_no", "held back, a later no", "They said no after that; their no stands."),
    ("later_yes", "held back, a later yes", "They said yes, or were asked, after that; that stands."),
    ("suppressed", "suppressed", "Their address is on the suppression list; nothing is written."),
)


# ── Cells ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _given(_: Reading) -> cells.Parse:
    return cells.yes_or_no


def _refused(_: Reading) -> cells.Parse:
    return lambda cell: True if cells.yes_or_no(cell) else None


def _words(_: Reading) -> cells.Parse:
    def parse(cell: str) -> str:
        if len(cell) > 5_000:
            raise Refused("The words of a consent have at most 5,000 letters.")
        return cell

    return parse


def _version(purpose: Purpose) -> Callable[[Reading], cells.Parse]:
    def parser(_: Reading) -> cells.Parse:
        known = dict(Wording.objects.filter(purpose=purpose).values_list("number", "text"))

        def parse(cell: str) -> str:
            digits = cell.lower().removeprefix("version").removeprefix("v").strip()
            if not digits.isascii() or not digits.isdigit() or int(digits[:9]) not in known:
                has = ", ".join(str(number) for number in sorted(known)) or "none yet"
                raise Refused(f"“{purpose}” has no version “{cell[:40]}” of its words; it has: {has}.")
            return known[int(digits[:9])]

        return parse

    return parser


def _address(_: Reading) -> cells.Parse:
    shorten = settings.current().shorten_addresses

    def parse(cell: str) -> str:
        try:
            found = str(ip_address(cell))
        except ValueError:
            raise Doubtful(f"“{cell[:40]}” is no network address and was left out.") from None
        return addresses.shortened(found) if shorten else found

    return parse


def fields() -> tuple[Field, ...]:
    """What a file can say of each purpose that people can allow: consent.newsletter.given, and so on."""
    found = []
    for purpose in Purpose.objects.filter(is_active=True):
        parsers: dict[str, Callable[[Reading], cells.Parse]] = {
            "given": _given,
            "refused": _refused,
            "wording": _words,
            "version": _version(purpose),
            "source": cells.text(500),
            "at": cells.moment,
            "confirmed_at": cells.moment,
            "address": _address,
        }
        found += [
            Field(
                f"{PREFIX}{purpose.key}.{part}",
                f"{purpose.name}: {label}",
                parsers[part],
                help=help_text,
                is_moment=part in ("at", "confirmed_at"),
            )
            for part, label, help_text in PARTS
        ]
    return tuple(found)


def parts_of(names: set[str]) -> dict[str, set[str]]:
    """Which parts are told of which purpose, by the fields that a mapping fills."""
    found: dict[str, set[str]] = {}
    for name in names:
        if name.startswith(PREFIX):
            purpose, _, part = name.removeprefix(PREFIX).rpartition(".")
            found.setdefault(purpose, set()).add(part)
    return found


def check(mapping: Mapping) -> list[str]:
    """A consent is stated with its words, where it was given and when, or not at all."""
    faults: list[str] = []
    stated = parts_of(mapping.fields)
    names = dict(Purpose.objects.values_list("key", "name")) if stated else {}
    for purpose, parts in sorted(stated.items()):
        name, field = names.get(purpose, purpose), f"{PREFIX}{purpose}"
        if not parts & {"given", "refused"}:
            faults.append(
                f"“{name}”: the file says {_in_words(parts)}, and not who said yes or no. Map such a column to "
                f"“{field}.given”, or state “yes” for the whole file."
            )
            continue
        if {"wording", "version"} <= parts:
            faults.append(f"“{name}”: the words are told twice. Take “{field}.wording” or “{field}.version”, not both.")
        if "given" not in parts or _only_no(mapping, f"{field}.given"):
            continue
        missing = [
            words
            for has, words in (
                (parts & {"wording", "version"}, f"the exact words that they agreed to ({field}.wording)"),
                ("source" in parts, f"where and how they said it ({field}.source)"),
                ("at" in parts, f"when ({field}.at)"),
            )
            if not has
        ]
        if missing:
            faults.append(
                f"A consent to “{name}” has to be provable one day, so it is taken only with {_list(missing)}. "
                "Choose a column for it, or state it for the whole file."
            )
    return faults


def _only_no(mapping: Mapping, field: str) -> bool:
    try:
        return field in mapping.constants and not cells.yes_or_no(mapping.constants[field])
    except Refused:
        return False


def _list(items: Sequence[str]) -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"


def _in_words(parts: set[str]) -> str:
    return _list([label for part, label, _ in PARTS if part in parts])


def derive(values: Columns, count: int, mapping: Mapping) -> Faults:
    """The statements of each row, as one value for the database; refusals by position."""
    told = parts_of(mapping.fields)
    if not told:
        return {}
    refused: Faults = {}
    found: list[list[dict[str, Any]]] = [[] for _ in range(count)]
    names, now = dict(Purpose.objects.values_list("key", "name")), clock.now()
    nothing: Sequence[Any] = [None] * count
    for purpose in sorted(told):
        parts = {part: values.pop(f"{PREFIX}{purpose}.{part}", nothing) for part, _, _ in PARTS}
        for position, (said, is_refused) in enumerate(zip(parts["given"], parts["refused"], strict=True)):
            if (given := False if is_refused else said) is None:
                continue
            one = {part: column[position] for part, column in parts.items()} | {"given": given}
            fault = _fault(names.get(purpose, purpose), one, now)
            if fault:
                refused.setdefault(position, fault)
                continue
            at = (one["confirmed_at"] if given else None) or one["at"] or now
            found[position].append(
                {
                    "purpose": purpose,
                    "given": given,
                    "at": at.isoformat(),
                    "wording": one["wording"] or one["version"] or "",
                    "source": one["source"] or "",
                    "address": one["address"],
                    "told_at": one["at"].isoformat() if one["at"] else None,
                    "confirmed_at": one["confirmed_at"].isoformat() if given and one["confirmed_at"] else None,
                }
            )
    values["consents"] = [cells.as_json(each) if each else None for each in found]
    return refused


def _fault(name: str, one: dict[str, Any], now: datetime) -> str:
    """What is wrong with a row's statement, or nothing."""
    at, confirmed = one["at"], one["confirmed_at"]
    if (at and at > now) or (one["given"] and confirmed and confirmed > now):
        return f"The consent to “{name}” lies in the future. Check the date, its format and the time zone."
    if not one["given"]:
        return ""
    missing = [
        words
        for words, has in (
            ("the words", one["wording"] or one["version"]),
            ("where it was given", one["source"]),
            ("when", at),
        )
        if not has
    ]
    if missing:
        return f"The row says yes to “{name}” and not {_list(missing)}; without, nobody could prove it."
    if confirmed and confirmed < at:
        return f"The consent to “{name}” was confirmed before it was given. Check the two dates."
    return ""


# ── Judging and writing, in sets ──────────────────────────────────────────────────────────────────────────────────────


def judge(scope: Scope) -> None:
    """Say what becomes of each statement, in `import_consent`; runs once the rows are judged."""
    if not parts_of(scope.mapping.fields):
        return
    if scope.import_id:
        database.rows(SQL["hold"])
    database.execute(SQL["unfold"])
    asked = database.rows(SQL["by_ledger"])
    if not asked:
        return
    ledgers = consents.read_ledgers({row.contact_id for row in asked})
    outcomes = []
    for number, row in enumerate(asked):
        acts = ledgers.setdefault(row.contact_id, {}).setdefault(row.purpose, [])
        outcome = rules.told(acts, is_given=row.given, at=row.at)
        if outcome == "granted" and row.is_unconfirmed:
            outcome = "unconfirmed"
        elif outcome in ("granted", "withdrawn"):
            acts.append(rules.Act(row.at, consents.NOT_YET + number, outcome, is_told=True))
        outcomes.append(outcome)
    database.execute(
        SQL["judged"],
        rows=[row.row_number for row in asked],
        purposes=[row.purpose for row in asked],
        outcomes=outcomes,
    )


def apply(scope: Scope, keep: Callable[[Scope, str], None]) -> None:
    """Write what was judged: entries, what holds, facts; `keep` puts `import_made` into the undo log."""
    if not parts_of(scope.mapping.fields):
        return
    database.execute(SQL["number"])
    versions = wordings.versions((row.purpose, row.wording) for row in database.rows(SQL["words"]))
    user = User.objects.filter(pk=scope.user_id).first() if scope.user_id else None
    wrote = database.execute(
        SQL["write"],
        id=scope.import_id,
        label=scope.label,
        actor=str(user or "command line")[:120],
        purposes=[purpose for purpose, _ in versions],
        texts=[text for _, text in versions],
        versions=list(versions.values()),
    )
    if not wrote:
        return
    database.execute(SQL["hold_now"])
    activities.record_from(SQL["facts"], moments=[row.at for row in database.rows(SQL["moments"])], label=scope.label)
    database.execute(SQL["keep"])
    keep(scope, "profile_consentrecord")
    jobs.wake("consent")


def tally(mapping: Mapping) -> dict[str, dict[str, int]]:
    """How many statements of a chunk come to what, by purpose; after `judge`."""
    found: dict[str, dict[str, int]] = {}
    if parts_of(mapping.fields):
        for row in database.rows(SQL["tally"]):
            found.setdefault(row.purpose, {})[row.outcome] = row.found
    return found


def examples() -> list[dict[str, Any]]:
    """A few rows of each outcome that asks for a look; after `judge`."""
    return [dict(row._asdict()) for row in database.rows(SQL["examples"])]


def subjects() -> list[Subject]:
    """The purposes that people can allow, with the words that they were asked with, newest first."""
    words: dict[str, list[tuple[int, str]]] = {}
    for each in Wording.objects.order_by("purpose", "-number"):
        words.setdefault(each.purpose_id, []).append((each.number, each.text))
    return [
        Subject(each.key, each.name, each.double_opt_in, tuple(words.get(each.key, ())))
        for each in Purpose.objects.filter(is_active=True)
    ]


CONSENTS = Statements(fields, subjects, PARTS, OUTCOMES, tally, examples)
