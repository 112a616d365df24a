"""The traits by which two records are compared: what can be the same or different, in words, and how much that says.

Each trait has levels from "the same" to "different"; `m` is how often a level is seen between records of the same
person, `u` between those of two, before anything is learned from the data at hand (see `likenesses`). The words are
what a person reads as evidence. Pure. After Fellegi and Sunter (1969), in the form that Splink works with.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Level:
    """One way in which two records compare in a trait; the first whose condition holds counts."""

    say: str
    when: str  # DuckDB, over `…_l` and `…_r`
    m: float
    u: float
    frequent: str = ""  # the column whose rare values say more
    is_fixed: bool = False  # not learned from data


@dataclass(frozen=True, slots=True)
class Trait:
    """Something that two records have in common or not. `is_own`: it belongs to the one person, not to a household."""

    name: str
    label: str
    columns: tuple[str, ...]
    levels: tuple[Level, ...]  # the last is "different"
    is_own: bool = False

    @property
    def blank(self) -> str:
        """When one of the two does not say anything."""
        each = " AND ".join(f"{column}_l IS NULL OR {column}_r IS NULL" for column in self.columns[:1])
        return f"({each})"


def _near(column: str, edits: int = 1, likeness: float = 0.92) -> str:
    return (
        f"(damerau_levenshtein({column}_l, {column}_r) <= {edits} AND length({column}_l) > {2 + edits})"
        f" OR jaro_winkler_similarity({column}_l, {column}_r) >= {likeness}"
    )


_SWAPPED = (
    "jaro_winkler_similarity(given_l, surname_r) >= 0.9 AND jaro_winkler_similarity(given_r, surname_l) >= 0.9"
    " AND jaro_winkler_similarity(given_l, surname_l) < 0.9"
)

GIVEN = Trait(
    "given",
    "First name",
    ("given", "given_root", "surname"),
    (
        Level("the same first name", "given_l = given_r", 0.72, 0.004, "given"),
        Level("first and last name changed places", f"coalesce({_SWAPPED}, false)", 0.02, 0.000005, "", True),
        Level("one first name is short for the other", "given_root_l = given_root_r", 0.05, 0.002),
        Level(
            "only an initial of the first name",
            "least(length(given_l), length(given_r)) = 1 AND left(given_l, 1) = left(given_r, 1)",
            0.03,
            0.01,
        ),
        Level("the first name spelled slightly differently", _near("given"), 0.11, 0.003),
        Level("a similar first name", "jaro_winkler_similarity(given_l, given_r) >= 0.84", 0.03, 0.01),
        Level("different first names", "ELSE", 0.04, 0.97),
    ),
    is_own=True,
)
SURNAME = Trait(
    "surname",
    "Last name",
    ("surname", "given"),
    (
        Level("the same last name", "surname_l = surname_r", 0.77, 0.002, "surname"),
        Level("first and last name changed places", f"coalesce({_SWAPPED}, false)", 0.02, 0.02, "", True),
        Level(
            "only an initial of the last name",
            "least(length(surname_l), length(surname_r)) = 1 AND left(surname_l, 1) = left(surname_r, 1)",
            0.01,
            0.01,
        ),
        Level("the last name spelled slightly differently", _near("surname"), 0.12, 0.002),
        Level("a similar last name", "jaro_winkler_similarity(surname_l, surname_r) >= 0.84", 0.03, 0.006),
        Level("different last names", "ELSE", 0.05, 0.98),
    ),
)  # fmt: skip
BIRTH = Trait(
    "birth",
    "Date of birth",
    ("birth", "birth_turned"),
    (
        Level("born on the same day", "birth_l = birth_r", 0.80, 0.0001),
        Level("day and month changed places", "birth_l = birth_turned_r", 0.03, 0.0002),
        Level("a date one digit apart", "damerau_levenshtein(birth_l, birth_r) <= 1", 0.11, 0.002),
        Level("a date two digits apart", "damerau_levenshtein(birth_l, birth_r) <= 2", 0.025, 0.02),
        Level("born on different days", "ELSE", 0.035, 0.978),
    ),
    is_own=True,
)
NATIONAL = Trait(
    "national",
    "Personal number",
    ("national",),
    (
        Level("the same personal number", "national_l = national_r", 0.84, 0.00001),
        Level("a personal number one digit apart", "damerau_levenshtein(national_l, national_r) <= 1", 0.11, 0.0001),
        Level("a personal number two digits apart", "damerau_levenshtein(national_l, national_r) <= 2", 0.02, 0.001),
        Level("different personal numbers", "ELSE", 0.03, 0.999),
    ),
    is_own=True,
)
EMAIL = Trait(
    "email",
    "E-mail",
    ("email", "local", "domain"),
    (
        Level("the same e-mail address", "email_l = email_r", 0.62, 0.0001),
        Level(
            "the same e-mail address but for one or two letters",
            # smith54@ and smith55@ are two people.
            "damerau_levenshtein(email_l, email_r) <= 2 AND length(local_l) > 4"
            " AND regexp_replace(local_l, '[^0-9]', '', 'g') = regexp_replace(local_r, '[^0-9]', '', 'g')",
            0.12,
            0.0001,
        ),
        # It is mostly made of the person's name, so beside the name it says little.
        Level("the same name before the @", "local_l = local_r AND length(local_l) > 4", 0.08, 0.01, "", True),
        Level("a similar name before the @", "jaro_winkler_similarity(local_l, local_r) >= 0.9", 0.05, 0.02, "", True),
        Level("another address at the same firm", "domain_l = domain_r", 0.05, 0.01),
        Level("different e-mail addresses", "ELSE", 0.08, 0.985),
    ),
    is_own=True,
)
SHARED_EMAIL = Trait(
    "shared_email",
    "Shared e-mail",
    ("shared_email",),
    (
        Level("the same address of the firm", "shared_email_l = shared_email_r", 0.8, 0.001),
        Level("different shared addresses", "ELSE", 0.2, 0.999),
    ),
)
PHONE = Trait(
    "phone",
    "Phone",
    ("phone",),
    (
        Level("the same phone number", "phone_l = phone_r", 0.62, 0.0002),
        Level("a phone number one digit apart", "damerau_levenshtein(phone_l, phone_r) <= 1", 0.13, 0.0003),
        Level("different phone numbers", "ELSE", 0.25, 0.9995),
    ),
)
COMPANY = Trait(
    "company",
    "Company",
    ("company",),
    (
        Level("the same company", "company_l = company_r", 0.74, 0.002, "company"),
        Level("the company's name spelled slightly differently", _near("company", 2, 0.94), 0.14, 0.002),
        Level(
            "one company's name begins like the other",
            "length(least(company_l, company_r)) > 3"
            " AND (starts_with(company_l, company_r || ' ') OR starts_with(company_r, company_l || ' '))",
            0.04,
            0.001,
        ),
        Level("different companies", "ELSE", 0.08, 0.995),
    ),
)  # fmt: skip
SITE = Trait(
    "site",
    "Web address",
    ("site",),
    (
        Level("the same domain", "site_l = site_r", 0.75, 0.0005),
        Level("different domains", "ELSE", 0.25, 0.9995),
    ),
)
STREET = Trait(
    "street",
    "Street",
    ("street",),
    (
        Level("the same street", "street_l = street_r", 0.7, 0.001, "street"),
        Level("the street spelled slightly differently", _near("street", 2, 0.93), 0.18, 0.002),
        Level("a similar street", "jaro_winkler_similarity(street_l, street_r) >= 0.86", 0.04, 0.01),
        Level("different streets", "ELSE", 0.1, 0.997),
    ),
)
NUMBER = Trait(
    "number",
    "House number",
    ("number",),
    (
        Level("the same house number", "number_l = number_r", 0.82, 0.02),
        Level(
            "a house number one digit apart",
            "damerau_levenshtein(number_l, number_r) <= 1 AND length(number_l) > 1",
            0.1,
            0.08,
        ),
        Level("different house numbers", "ELSE", 0.08, 0.9),
    ),
)
UNIT = Trait(
    "unit",
    "Address, second line",
    ("unit",),
    (
        Level("the same second line", "unit_l = unit_r", 0.75, 0.002),
        Level("the second line spelled slightly differently", _near("unit", 2, 0.92), 0.14, 0.003),
        Level("different second lines", "ELSE", 0.11, 0.995),
    ),
)
CITY = Trait(
    "city",
    "City",
    ("city",),
    (
        Level("the same city", "city_l = city_r", 0.76, 0.01, "city"),
        Level("the city spelled slightly differently", _near("city", 2, 0.92), 0.14, 0.004),
        Level("different cities", "ELSE", 0.1, 0.985),
    ),
)
POSTCODE = Trait(
    "postcode",
    "Postcode",
    ("postcode",),
    (
        Level("the same postcode", "postcode_l = postcode_r", 0.8, 0.002),
        Level("a postcode one sign apart", "damerau_levenshtein(postcode_l, postcode_r) <= 1", 0.12, 0.01),
        Level("different postcodes", "ELSE", 0.08, 0.988),
    ),
)
STATE = Trait(
    "state",
    "State",
    ("state",),
    (
        Level("the same state", "state_l = state_r", 0.88, 0.2),
        Level("different states", "ELSE", 0.12, 0.8),
    ),
)
ALL = (
    GIVEN, SURNAME, BIRTH, NATIONAL, EMAIL, SHARED_EMAIL, PHONE, COMPANY, SITE, STREET, NUMBER, UNIT, CITY, POSTCODE,
    STATE,
)  # fmt: skip


# At a firm an address is made of the name and the firm, which are compared already: one that is nearly the same says
# little more, and another one at the same firm speaks for a colleague.
AT_FIRM = {
    "the same e-mail address but for one or two letters": (0.12, 0.004),
    "another address at the same firm": (0.05, 0.3),
}


def _at_firm(trait: Trait) -> Trait:
    levels = []
    for level in trait.levels:
        m, u = AT_FIRM.get(level.say, (level.m, level.u))
        levels.append(replace(level, m=m, u=u, is_fixed=level.is_fixed or level.say in AT_FIRM))
    return replace(trait, levels=tuple(levels))


def other(column: str, label: str) -> Trait:
    """A trait of which only a column's heading is known."""
    return Trait(
        column,
        label,
        (column,),
        (
            Level(f"the same {label.lower()}", f"{column}_l = {column}_r", 0.6, 0.05, column),
            Level(f"a similar {label.lower()}", _near(column, 2), 0.1, 0.02),
            Level(f"{label.lower()} differs", "ELSE", 0.3, 0.93),
        ),
    )


def of(columns: Collection[str], *, firms: bool, others: Sequence[tuple[str, str]] = ()) -> list[Trait]:
    """The traits that can be compared with these columns. Of firms, the name is what belongs to the one record."""
    found = [trait for trait in ALL if trait.columns[0] in columns]
    if "company" in columns and "birth" not in columns:
        found = [_at_firm(trait) if trait.name == "email" else trait for trait in found]
    if firms:
        own = ("company", "site", "national")
        found = [replace(trait, is_own=trait.name in own) for trait in found]
    elif "street" not in columns:  # no homes: who shares a name is not known to share a roof
        found = [replace(trait, is_own=True) if trait.name == "surname" else trait for trait in found]
    return found + [other(column, label) for column, label in others]
