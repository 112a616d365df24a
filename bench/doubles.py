"""Records of people and firms that were written down more than once, with every error that people make, and the truth.

Nobody here exists. Each record's truth is kept beside it, never in it; what makes the task hard is in the world: homes
with several people of one name, twins, father and son, common names, colleagues, namesakes at two firms.
"""

import csv
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from leadwright.market.words import CITIES, ENDINGS, FIRM_STEMS, FIRST_NAMES, LAST_NAMES

Record = dict[str, str]
SHORT = {
    "alexander": "alex", "andrew": "andy", "benjamin": "ben", "christopher": "chris", "daniel": "dan", "david": "dave",
    "edward": "ted", "elizabeth": "liz", "james": "jim", "jennifer": "jenny", "john": "jack", "joseph": "joe",
    "katherine": "kate", "margaret": "peggy", "matthew": "matt", "michael": "mike", "nicholas": "nick",
    "patricia": "pat",
    "peter": "pete", "rebecca": "becky", "richard": "dick", "robert": "bob", "samuel": "sam", "stephen": "steve",
    "susan": "sue", "thomas": "tom", "timothy": "tim", "victoria": "vicky", "william": "bill",
}  # fmt: skip
STREET_KINDS = ("street", "road", "avenue", "place", "close", "crescent", "drive", "court", "circuit")
STATES = ("nsw", "vic", "qld", "sa", "wa", "tas", "act", "nt")
HEARD = (
    ("ph", "f"),
    ("ck", "k"),
    ("ie", "y"),
    ("ei", "ai"),
    ("th", "t"),
    ("v", "w"),
    ("ss", "s"),
    ("tt", "t"),
    ("e", "a"),
)
SEEN = (("l", "1"), ("o", "0"), ("rn", "m"), ("s", "5"), ("g", "q"), ("cl", "d"), ("i", "j"), ("b", "6"))
ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm", "1234567890")


@dataclass(frozen=True)
class Errors:
    """How records are written down: the share of fields with an error, and how often a field is empty or wrong."""

    wrong: float = 0.16  # of the fields of a copy have a typing error
    missing: float = 0.06
    replaced: float = 0.01  # another value altogether
    swapped: float = 0.03  # first and last name, or day and month
    short: float = 0.06  # a nickname or an initial


LIGHT = Errors(0.07, 0.03, 0.003, 0.01, 0.03)
USUAL = Errors()
HEAVY = Errors(0.26, 0.12, 0.02, 0.05, 0.08)


def mistype(text: str, chance: random.Random) -> str:  # noqa: C901, PLR0911  one for each slip
    """A text with one slip of finger, eye or ear."""
    if not text:
        return text
    at = chance.randrange(len(text))
    kind = chance.randrange(8)
    if kind == 0:
        return text[:at] + text[at + 1 :]
    if kind == 1:
        return text[:at] + text[at] + text[at:]
    if kind == 2 and at + 1 < len(text):
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    if kind == 3:
        for row in ROWS:
            if text[at] in row:
                beside = row[max(0, row.index(text[at]) - 1) : row.index(text[at]) + 2].replace(text[at], "")
                return text[:at] + chance.choice(beside) + text[at + 1 :]
    if kind in (4, 5):
        found = [pair for pair in (HEARD if kind == 4 else SEEN) if pair[0] in text]
        if found and not text.isdigit():
            old, new = chance.choice(found)
            return text.replace(old, new, 1)
    pool = "0123456789" if text[at].isdigit() else "abcdefghijklmnopqrstuvwxyz"
    if kind == 6:
        return text[:at] + chance.choice(pool) + text[at:]
    return text[:at] + chance.choice(pool) + text[at + 1 :]


class World:
    """Names as frequent as names are: few very common, a long tail of rare ones."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        syllables = [
            "ba",
            "be",
            "bo",
            "da",
            "de",
            "du",
            "fa",
            "fe",
            "ga",
            "ha",
            "he",
            "ja",
            "ka",
            "ko",
            "la",
            "le",
            "li",
            "lo",
            "ma",
            "me",
            "mi",
            "mo",
            "na",
            "ne",
            "no",
            "pa",
            "pe",
            "ra",
            "re",
            "ri",
            "ro",
            "sa",
            "se",
            "si",
            "ta",
            "te",
            "ti",
            "to",
            "va",
            "ve",
            "vi",
            "wa",
            "za",
        ]
        tails = ["n", "s", "r", "l", "rd", "tt", "ck", "ng", "ch", "man", "son", "er", "ler", "ski", "ert", "ing"]

        def made(count: int) -> list[str]:
            return [
                "".join(self.chance.choices(syllables, k=self.chance.choice((1, 2, 2, 3)))) + self.chance.choice(tails)
                for _ in range(count)
            ]

        self.given = [*SHORT, *(name.lower() for name in FIRST_NAMES), *made(150)]
        self.surnames = [
            *["smith", "jones", "brown", "taylor", "wilson", "miller", "white", "martin", "nguyen", "lee"],
            *(n.lower() for n in LAST_NAMES),
            *made(3000),
        ]
        self.streets = made(1500)
        self.towns = [*(city.lower() for city, _ in CITIES), *made(400)]
        self.stems = [*(stem.lower() for stem in FIRM_STEMS), *made(1500)]
        self._used: set[str] = set()

    def zipf(self, values: Sequence[str]) -> str:
        """One of the values, the first far more often than the last."""
        return values[min(len(values) - 1, int(len(values) ** self.chance.random() - 1 + self.chance.random()))]

    def digits(self, count: int) -> str:
        """A number nobody else has."""
        while (found := str(self.chance.randrange(10 ** (count - 1), 10**count))) in self._used:
            pass
        self._used.add(found)
        return found

    def day(self, first: int = 1920, last: int = 2000) -> str:
        """A birthday."""
        return f"{self.chance.randint(first, last)}{self.chance.randint(1, 12):02}{self.chance.randint(1, 28):02}"


def people(size: int, seed: int = 1, errors: Errors = USUAL, *, homes: bool = True) -> list[tuple[int, Record]]:
    """Records with name, address, birthday and number; about two in five are copies."""
    world = World(seed)
    chance = world.chance
    persons: list[Record] = []
    while len(persons) < size * 0.6:
        home = {
            "street_number": str(int(chance.paretovariate(0.9)) % 400 + 1),
            "address_1": f"{world.zipf(world.streets)} {chance.choice(STREET_KINDS)}",
            "address_2": f"{world.zipf(world.stems)} {chance.choice(('park', 'lodge', 'village', 'court'))}"
            if chance.random() < 0.5
            else "",
            "suburb": world.zipf(world.towns),
            "postcode": str(chance.randint(2000, 2900)),
            "state": chance.choice(STATES),
        }
        surname = world.zipf(world.surnames)

        def member(given: str, born: str) -> None:
            persons.append(
                {"given_name": given, "surname": surname, **home, "date_of_birth": born, "soc_sec_id": world.digits(7)}  # noqa: B023
            )

        given, born = world.zipf(world.given), world.day()
        member(given, born)
        kind = chance.random() if homes else 1
        if kind < 0.12:
            member(world.zipf(world.given), world.day(int(born[:4]) - 4, int(born[:4]) + 4))  # a couple
        elif kind < 0.17:
            for _ in range(chance.randint(2, 4)):  # a family
                member(world.zipf(world.given), world.day(int(born[:4]) + 20, int(born[:4]) + 40))
        elif kind < 0.19:
            other = world.zipf(world.given)
            member(other if other != given else world.given[0] + "a", born)  # twins
        elif kind < 0.21:
            member(given, world.day(int(born[:4]) + 20, int(born[:4]) + 40))  # father and son
    return _written(persons, size, chance, errors, _spoil_person)


def _spoil_person(record: Record, errors: Errors, chance: random.Random) -> Record:
    copy = dict(record)
    for name in list(copy):
        if name == "state":
            continue
        dice = chance.random()
        if dice < errors.missing:
            copy[name] = ""
        elif dice < errors.missing + errors.wrong:
            copy[name] = mistype(copy[name], chance)
            if chance.random() < 0.2:
                copy[name] = mistype(copy[name], chance)
    if chance.random() < errors.swapped and "surname" in copy:
        copy["given_name"], copy["surname"] = copy["surname"], copy["given_name"]
    if chance.random() < errors.swapped and len(copy.get("date_of_birth", "")) == 8:
        born = copy["date_of_birth"]
        copy["date_of_birth"] = born[:4] + born[6:] + born[4:6]
    if chance.random() < errors.short:
        copy["given_name"] = SHORT.get(copy.get("given_name", ""), copy.get("given_name", "")[:1])
    return copy


def sparse(size: int, seed: int = 1, errors: Errors = USUAL) -> list[tuple[int, Record]]:
    """Records with only name, birthday, city and e-mail, each often missing."""
    world = World(seed)
    chance = world.chance
    persons = []
    for _ in range(int(size * 0.6)):
        given, surname = world.zipf(world.given), world.zipf(world.surnames)
        born = world.day(1940, 2005)
        name = chance.choice(
            (f"{given}.{surname}", f"{given[0]}{surname}", f"{surname}{chance.randint(1, 999)}", f"{given}{born[2:4]}")
        )
        persons.append(
            {
                "first_name": given, "surname": surname, "dob": f"{born[:4]}-{born[4:6]}-{born[6:]}",
                "city": world.zipf(world.towns),
                "email": f"{name}@{world.zipf(world.stems)}.{chance.choice(('com', 'org', 'net'))}",
            }
        )  # fmt: skip

    def spoil(record: Record, errors: Errors, chance: random.Random) -> Record:
        copy = dict(record)
        for field in list(copy):
            dice = chance.random()
            if dice < errors.missing * 2:
                copy[field] = ""
            elif dice < errors.missing * 2 + errors.wrong * 1.3:
                copy[field] = mistype(copy[field], chance)
        if chance.random() < errors.swapped:
            copy["first_name"], copy["surname"] = copy["surname"], copy["first_name"]
        return copy

    return _written(persons, size, chance, errors, spoil)


def business(size: int, seed: int = 1, errors: Errors = USUAL) -> list[tuple[int, Record]]:  # noqa: C901
    """Contacts of firms: name in one piece, e-mail, phone, company; with colleagues, namesakes and shared phones."""
    world = World(seed)
    chance = world.chance
    persons: list[Record] = []
    addresses: set[str] = set()
    firms: set[str] = set()
    while len(persons) < size * 0.6:
        stem = f"{world.zipf(world.stems)}{chance.choice(('', 'tech', 'werk', 'soft', 'bau'))}"
        if stem in firms:  # of two firms with one name, the second has another
            stem = f"{stem}{world.zipf(world.stems)[:4]}"
        firms.add(stem)
        firm, domain = f"{stem} {chance.choice(ENDINGS)}", f"{stem}.{chance.choice(('com', 'de', 'example', 'net'))}"
        central = f"+49 {chance.randint(30, 899)} {chance.randint(10000, 999999)}"
        here: set[str] = set()
        for _ in range(chance.choice((1, 1, 2, 3, 5, 8))):
            given, surname = world.zipf(world.given), world.zipf(world.surnames)
            address = f"{chance.choice((f'{given}.{surname}', f'{given[0]}.{surname}', surname))}@{domain}"
            if address in addresses or f"{given} {surname}" in here:
                continue
            addresses.add(address)
            here.add(f"{given} {surname}")
            own = f"+49 1{chance.randint(50, 79)} {chance.randint(1000000, 9999999)}"
            persons.append(
                {
                    "name": f"{given} {surname}".title(),
                    "email": address,
                    "phone": chance.choice((own, own, central, "")),
                    "company": firm.title(),
                }
            )

    def spoil(record: Record, errors: Errors, chance: random.Random) -> Record:
        copy = dict(record)
        given, _, surname = copy["name"].partition(" ")
        dice = chance.random()
        if dice < errors.swapped * 2:
            copy["name"] = f"{surname}, {given}"
        elif dice < errors.swapped * 2 + errors.short:
            copy["name"] = f"{SHORT.get(given.lower(), given[:1] + '.').title()} {surname}"
        for field in list(copy):
            dice = chance.random()
            if dice < errors.missing * 1.5 and field != "name":
                copy[field] = ""
            elif dice < errors.missing * 1.5 + errors.wrong:
                copy[field] = mistype(copy[field], chance)
        if chance.random() < 0.3:
            copy["company"] = copy["company"].rpartition(" ")[0] or copy["company"]
        if chance.random() < 0.2:
            copy["phone"] = copy["phone"].replace("+49 ", "0").replace(" ", "")
        if chance.random() < 0.12:
            copy["email"] = f"{given.lower()}.{surname.lower()}{chance.randint(1, 99)}@gmail.com"
        return copy

    return _written(persons, size, chance, errors, spoil)


def _written(
    persons: list[Record],
    size: int,
    chance: random.Random,
    errors: Errors,
    spoil: Callable[[Record, Errors, random.Random], Record],
) -> list[tuple[int, Record]]:
    rows = [(at, dict(person)) for at, person in enumerate(persons)][:size]
    count = len(rows)
    while len(rows) < size:
        at = chance.randrange(count)
        copies = min(chance.choice((1, 1, 1, 1, 2, 2, 3, 4)), size - len(rows))
        rows += [(at, spoil(persons[at], errors, chance)) for _ in range(copies)]
    chance.shuffle(rows)
    return rows


MODELS: dict[str, Callable[..., list[tuple[int, Record]]]] = {"people": people, "sparse": sparse, "business": business}


def write(path: Path, rows: Sequence[tuple[int, Record]], id_column: str = "rec_id") -> None:
    """The records as a CSV file with ids that tell nothing."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [id_column, *rows[0][1]])
        writer.writeheader()
        for at, (_, record) in enumerate(rows):
            writer.writerow({id_column: f"r{at}", **record})


def judge(rows: Sequence[tuple[int, Record]], clusters: Sequence[object]) -> tuple[float, float]:
    """Precision and recall over all pairs, after grouping."""
    truth: dict[int, int] = {}
    found: dict[object, int] = {}
    both: dict[tuple[int, object], int] = {}
    for (true, _), cluster in zip(rows, clusters, strict=True):
        truth[true] = truth.get(true, 0) + 1
        found[cluster] = found.get(cluster, 0) + 1
        both[true, cluster] = both.get((true, cluster), 0) + 1

    def pairs(counts: dict[object, int]) -> float:
        return sum(n * (n - 1) / 2 for n in counts.values())

    right = pairs(both)  # type: ignore[arg-type]
    return right / max(1.0, pairs(found)), right / max(1.0, pairs(truth))  # type: ignore[arg-type]
