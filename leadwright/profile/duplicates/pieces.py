"""The pieces by which records are compared: names, dates, numbers and addresses brought into one form. Pure.

Whatever differs only in how somebody writes it (case, accents, signs, order, legal form, abbreviations, nicknames) is
the same afterwards; what differs otherwise stays different, and is weighed by `likenesses`.
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

_LETTERS = str.maketrans({"ß": "ss", "æ": "ae", "ø": "o", "œ": "oe", "đ": "d", "ł": "l", "þ": "th", "ð": "d", "ı": "i"})
_SIGNS = re.compile(r"[^a-z0-9]+")
_DIGITS = re.compile(r"\D+")

# Given names that stand for each other; the first stands for all. Only such as are common in business.
_SHORT = """
alexander alex sandy sascha xander alec; alexandra sandra sasha lexi; andrew andy drew; andreas andi; anthony tony;
antonio toni; barbara barb babs; benjamin ben benny; bernard bernie; bernhard bernd; bradley brad;
caroline carol carrie;
catherine katherine kathryn cathy kathy kate katie kitty cate; charles charlie chuck chas; charlotte lottie;
christina tina chrissie kristina; christine chris chrissy; christopher kit topher; clifford cliff; cynthia cindy;
daniel dan danny; david dave davey; deborah debbie deb debra; donald don donnie; dorothy dot dottie; douglas doug;
edward ed eddie ted teddy ned; eduard edi; eleanor ellie nell nora; elizabeth liz lizzie beth betty betsy eliza
elisabeth lisbeth elsie; emily em; eugene gene; frances fran francie; francis frank frankie; franziska franzi;
frederick fred freddie; friedrich fritz friedel; gabriel gabe; gabriele gabi; gerald gerry jerry; gerhard gerd;
gregory greg gregg; guillermo memo; harold hal harry; heinrich heinz heiner; helen nellie; henry hank;
hildegard hilde; howard howie; isabella isabel bella izzy; jacob jake jakob; jacqueline jackie;
james jim jimmy jamie; janet jan; jeffrey jeff geoffrey geoff; jennifer jen jenny jenn; jessica jess jessie;
joanna joanne jo; johannes hannes; john johnny jack; jonathan jon jonny johnathan; joseph joe joey; josef sepp;
joshua josh; juergen jurgen jorgen; judith judy; julia jule; karl carl; katharina kathi katja; kenneth ken kenny;
kimberly kim kimberley; kristen kris; lawrence larry laurence laurie; leonard len lenny leo; leslie les;
lillian lily lil; louis lou louie; ludwig lutz; madeleine maddie madeline; manfred manni; margaret maggie meg peggy
marge margie greta; margarete gretel grete; maria mary marie mia; martha marty; matthew matt matty; matthias matze;
maximilian max; melissa mel missy; michael mike mick mickey mitch; michaela micky; michelle shelly; mitchell;
nancy nan; natalie nat; nathaniel nathan nate; nicholas nick nicky nicolas; nicole nikki; nikolaus klaus niklas;
pamela pam; patricia pat patty tricia trish; patrick paddy; peter pete; philip phil phillip; rachel rachael;
raymond ray; rebecca becky becca; richard rick ricky dick rich richie; robert rob robbie bob bobby; ronald ron ronnie;
rosemary rosie; russell russ; samantha sammy; samuel sam; sebastian basti; sharon shari; simon si; stanley stan;
stephanie steph stefanie steffi; stephen steven steve stefan; susan sue susie suzanne suzy; susanne susi;
terence terry terrence; theodore theo; theresa teresa tess terri; thomas tom tommy; timothy tim timmy; tobias tobi;
ulrich uli; valerie val; veronica ronnie; victoria vicky vicki tori; vincent vince vinny; virginia ginny;
walter walt wally; wilhelm willi; william bill will billy willy liam; wolfgang wolf; zachary zach zack
"""
ROOTS: dict[str, str] = {}
for _group in _SHORT.replace("\n", " ").split(";"):
    _names = _group.split()
    for _name in _names:
        ROOTS.setdefault(_name, _names[0])

TITLES = frozenset(
    [
        "mr",
        "mrs",
        "ms",
        "miss",
        "mx",
        "dr",
        "prof",
        "sir",
        "madam",
        "herr",
        "frau",
        "hr",
        "fr",
        "mme",
        "mlle",
        "m",
        "sr",
        "sra",
        "srta",
        "dott",
        "ing",
        "dipl",
        "mag",
        "phd",
        "md",
        "msc",
        "bsc",
        "mba",
        "ba",
        "ma",
        "esq",
        "rev",
        "hon",
    ]
)
SUFFIXES = frozenset(["jr", "sr", "ii", "iii", "iv", "junior", "senior"])
PARTICLES = frozenset(
    [
        "van",
        "von",
        "der",
        "den",
        "de",
        "del",
        "della",
        "di",
        "da",
        "dos",
        "du",
        "la",
        "le",
        "el",
        "bin",
        "ibn",
        "al",
        "ter",
        "ten",
        "zu",
        "zum",
        "st",
        "mac",
        "mc",
        "o",
    ]
)

_FORMS = frozenset(
    [
        "gmbh",
        "mbh",
        "ag",
        "kg",
        "kgaa",
        "ohg",
        "ug",
        "se",
        "ev",
        "eg",
        "co",
        "cokg",
        "inc",
        "incorporated",
        "corp",
        "corporation",
        "llc",
        "llp",
        "lp",
        "ltd",
        "limited",
        "plc",
        "pllc",
        "pty",
        "company",
        "sa",
        "sas",
        "sarl",
        "sasu",
        "eurl",
        "snc",
        "srl",
        "spa",
        "sl",
        "slu",
        "sc",
        "bv",
        "nv",
        "vof",
        "cv",
        "ab",
        "oy",
        "oyj",
        "as",
        "asa",
        "aps",
        "a",
        "s",
        "spzoo",
        "zoo",
        "sp",
        "z",
        "o",
        "kft",
        "zrt",
        "sro",
        "doo",
        "dd",
        "ad",
        "ood",
        "eood",
        "ooo",
        "oao",
        "pao",
        "group",
        "holding",
        "holdings",
        "international",
        "intl",
        "the",
        "und",
        "and",
        "et",
        "y",
        "e",
    ]
)
_STREETS = {
    "street": "st", "str": "st", "strasse": "st", "road": "rd", "avenue": "ave", "av": "ave",
    "drive": "dr", "drv": "dr",
    "place": "pl", "lane": "ln", "court": "ct", "crescent": "cres", "cr": "cres", "close": "cl", "circuit": "cct",
    "boulevard": "blvd", "square": "sq", "terrace": "tce", "ter": "tce", "parade": "pde", "highway": "hwy",
    "apartment": "apt",
    "flat": "apt", "unit": "apt", "suite": "ste", "north": "n", "south": "s", "east": "e", "west": "w", "saint": "st",
    "mount": "mt", "platz": "pl", "rue": "r", "via": "v", "calle": "c",
}  # fmt: skip


@lru_cache(maxsize=200_000)
def fold(text: str) -> str:
    """Small plain letters and digits, words apart by one blank."""
    low = text.lower()
    if not low.isascii():
        low = unicodedata.normalize("NFKD", low.translate(_LETTERS))
        low = "".join(sign for sign in low if not unicodedata.combining(sign))
    return _SIGNS.sub(" ", low).strip()


_SOUNDS = (
    ("ph", "f"), ("sch", "s"), ("tsch", "s"), ("ch", "k"), ("ck", "k"), ("sh", "s"), ("th", "t"), ("gh", "g"),
    ("wr", "r"),
    ("kn", "n"), ("qu", "k"), ("x", "ks"), ("z", "s"), ("c", "k"), ("q", "k"), ("v", "f"), ("w", "f"), ("j", "g"),
    ("p", "b"), ("t", "d"),
)  # fmt: skip


@lru_cache(maxsize=200_000)
def sound(word: str) -> str:
    """What a name sounds like, roughly: its consonants in few classes, the first vowel as one."""
    text = word.replace(" ", "")
    for written, heard in _SOUNDS:
        text = text.replace(written, heard)
    head = "a" if text[:1] in "aeiouyh" else text[:1]
    body = "".join(sign for sign in text[1:] if sign not in "aeiouyh")
    out = [head]
    out += [sign for at, sign in enumerate(body) if at == 0 or sign != body[at - 1]]
    if len(out) > 1 and out[0] == out[1]:
        del out[1]
    return "".join(out)[:6]


def root(given: str) -> str:
    """The name that a given name stands for: `bob` is `robert`."""
    first = given.partition(" ")[0]
    return ROOTS.get(first, first)


def full_name(text: str) -> tuple[str, str]:
    """Given names and surname of a name in one piece, folded; "Okafor, Ada" is turned."""
    head, comma, tail = text.partition(",")
    if comma and fold(tail) and not set(fold(tail).split()) <= SUFFIXES | TITLES:
        given, surname = _bare(fold(tail)), _bare(fold(head))
        return " ".join(given), " ".join(surname)
    words = _bare(fold(head if comma else text))
    if len(words) < 2:
        return "", " ".join(words)
    at = len(words) - 1
    while at > 1 and words[at - 1] in PARTICLES:
        at -= 1
    return " ".join(words[:at]), " ".join(words[at:])


def _bare(text: str) -> list[str]:
    words = text.split()
    kept = [word for word in words if word not in TITLES and word not in SUFFIXES]
    return kept or words


def given_name(text: str) -> str:
    """Given names without title."""
    return " ".join(_bare(fold(text)))


def surname(text: str) -> str:
    """A surname without suffix, in one piece: `O'Neil` is `oneil`."""
    return " ".join(word for word in _bare(fold(text.replace("'", "").replace("’", ""))))


def company(text: str) -> str:
    """A firm's name without its legal form."""
    words = fold(text.replace(".", "").replace("'", "").replace("&", " ")).split()
    kept = [word for word in words if word not in _FORMS]
    return " ".join(kept or words)


def street(text: str) -> tuple[str, str]:
    """A street's name, with the usual words shortened, and its number where one stands at either end."""
    words = [_STREETS.get(word, word) for word in fold(text).split()]
    number = ""
    if len(words) > 1 and words[0][0].isdigit():
        number, words = words[0], words[1:]
    elif len(words) > 1 and words[-1][0].isdigit():
        number, words = words[-1], words[:-1]
    name = " ".join(words)
    for tail in ("strasse", "str"):
        if name.endswith(tail) and len(name) > len(tail) + 2:
            name = name[: -len(tail)] + " st"
    return name, number


def digits(text: str) -> str:
    """The digits of a number."""
    return _DIGITS.sub("", text)


def phone(text: str) -> str:
    """The last nine digits of a phone number: what stays the same with and without its country; nothing if too few."""
    found = digits(text.partition("ext")[0].partition(" x")[0])
    return found[-9:] if len(found) >= 6 and len(set(found)) > 1 else ""


_MONTHS = {
    name: at
    for names in (
        "jan feb mar apr may jun jul aug sep oct nov dec",
        "januar februar marz april mai juni juli august september oktober november dezember",
        "january february march april may june july august september october november december",
    )
    for at, name in enumerate(names.split(), 1)
}
_PARTS = re.compile(r"[0-9]+|[a-z]+")


def day_first(samples: Sequence[str]) -> bool:
    """Whether dates such as 3/4/1980 begin with the day, from many of them."""
    days = months = 0
    for sample in samples:
        parts = _PARTS.findall(sample)
        if len(parts) >= 3 and len(parts[0]) <= 2 and parts[0].isdigit() and parts[1].isdigit():
            days += int(parts[0]) > 12
            months += int(parts[1]) > 12
    return days >= months


@lru_cache(maxsize=100_000)
def birth(text: str, *, begins_with_day: bool = True) -> str:
    """A date of birth as eight digits, year first; what is mistyped so that it is no date stays as its digits."""
    parts = _PARTS.findall(fold(text.partition("T")[0]))[:3]
    if len(parts) == 1 and parts[0].isdigit():
        return parts[0] if 7 <= len(parts[0]) <= 10 else ""
    if len(parts) < 3:
        return ""
    numbers = [str(_MONTHS.get(part, part)) for part in parts]
    if not all(number.isdigit() for number in numbers):
        found = digits(text)
        return found if 7 <= len(found) <= 9 else ""
    if len(numbers[0]) == 4:
        year, month, day = numbers
    elif not parts[0].isdigit() or (not begins_with_day and parts[1].isdigit()):
        month, day, year = numbers
    else:
        day, month, year = numbers
    if len(year) == 2:
        year = ("19" if int(year) > 30 else "20") + year
    found = f"{year}{month:0>2}{day:0>2}"
    return found if len(found) <= 10 else ""


def turned(day: str) -> str:
    """The same date with day and month exchanged."""
    return day[:4] + day[6:] + day[4:6] if len(day) == 8 else ""


# Addresses that a firm shares: they say nothing of the person.
ROLES = frozenset(
    [
        "info",
        "contact",
        "office",
        "mail",
        "hello",
        "sales",
        "support",
        "service",
        "team",
        "admin",
        "kontakt",
        "buero",
        "post",
        "webmaster",
        "marketing",
        "hr",
        "jobs",
        "accounting",
        "billing",
        "finance",
        "enquiries",
        "reception",
        "noreply",
        "invoice",
        "rechnung",
        "vertrieb",
        "einkauf",
        "zentrale",
    ]
)
