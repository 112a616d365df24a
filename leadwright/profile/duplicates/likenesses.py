"""How likely two records are the same: candidates by shared pieces, weighed by Splink in DuckDB, grouped with care.

Promise: of the records put into one group, nearly all belong there (precision before recall): who only shares a home, a
firm or a common name is kept apart, and no chain of likenesses draws strangers together. Memory is bounded by the
records given and a number of candidates for each.

The method is Fellegi and Sunter's (1969) as Splink has it: `u` from random pairs, `m` by expectation-maximisation, both
held near what is known beforehand (`traits`) where the data are few. On top stand rules that the method, which takes
traits as independent, cannot know: the traits of a household prove no person.
"""

import logging
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import duckdb
import pyarrow as pa

from leadwright.profile.duplicates import pieces, traits
from leadwright.profile.duplicates.traits import Trait

log = logging.getLogger(__name__)
logging.getLogger("splink").setLevel(logging.CRITICAL)

CANDIDATES = 30  # pairs per record that are looked at, on average and at most
LARGEST_BLOCK = 400
PAIRS_FOR_U = 150_000
PRIOR_PAIRS = 2_000  # as many random pairs the u known beforehand is worth
PRIOR_MATCHES = 200
SAME = 0.95  # probability from which two records are the same
SAME_OF_FEW = 0.85  # in a file so small that namesakes are rare
FEW = 5_000
ENOUGH = 500  # records, to tell rare values from frequent ones
OWN = 2.0  # bits that what belongs to the person must give
MEMORY = "1GB"

COLUMNS = (
    "given", "given_root", "surname", "birth", "birth_turned", "national", "email", "local", "domain", "shared_email",
    "phone", "company", "site", "street", "number", "unit", "city", "postcode", "state",
)  # fmt: skip
Pieces = dict[str, str]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two records that are likely the same; positions in the order they were given, and the levels that they reach."""

    left: int
    right: int
    weight: float  # bits of evidence, the prior included
    levels: tuple[int, ...]  # per trait, counted from the best; -1: nothing to compare
    bits: tuple[float, ...]  # per trait

    @property
    def probability(self) -> float:
        """The probability that both are the same."""
        return 1 / (1 + 2 ** -max(-60.0, min(60.0, self.weight)))


@dataclass
class Compared:
    """What comparing records gave."""

    traits: list[Trait]
    pairs: list[Pair] = field(default_factory=list)
    model: dict[str, Any] = field(default_factory=dict)


# Records


def normalise(record: Mapping[str, str], *, begins_with_day: bool = True) -> Pieces:  # noqa: C901, PLR0912  one a role
    """A record's pieces in the forms that are compared, from its values by role; what says nothing is left out.

    Roles: given, surname, name, birth, national, email, phone, company, site, street, number, unit, city, postcode,
    state, and any other name for what is compared as it stands.
    """
    found: Pieces = {}
    for role, value in record.items():
        match role:
            case "name":
                found["given"], found["surname"] = pieces.full_name(value)
            case "given":
                found["given"] = pieces.given_name(value)
            case "surname":
                found["surname"] = pieces.surname(value)
            case "birth":
                found["birth"] = pieces.birth(value, begins_with_day=begins_with_day)
            case "national":
                found["national"] = pieces.fold(value).replace(" ", "")
            case "email":
                _take_email(value, found)
            case "phone":
                found["phone"] = pieces.phone(value)
            case "company":
                found["company"] = pieces.company(value)
            case "street":
                found["street"], number = pieces.street(value)
                if number:
                    found.setdefault("number", number)
            case "unit":
                found["unit"], number = pieces.street(value)
                found["unit"] = f"{found['unit']} {number}".strip()
            case "postcode" | "number" | "site":
                found[role] = pieces.fold(value).replace(" ", "")
            case _:
                found[role] = pieces.fold(value)
    if given := found.get("given"):
        found["given_root"] = pieces.root(given)
    if birth := found.get("birth"):
        found["birth_turned"] = pieces.turned(birth)
    return {name: value for name, value in found.items() if value}


def _take_email(value: str, found: Pieces) -> None:
    low = value.strip().lower()
    local, at, domain = low.rpartition("@")
    if not at or not local or not domain:
        return
    if pieces.fold(local).replace(" ", "") in pieces.ROLES:
        found["shared_email"] = low
        return
    local = local.partition("+")[0]
    if domain in ("gmail.com", "googlemail.com"):
        local, domain = local.replace(".", ""), "gmail.com"
    found |= {"email": f"{local}@{domain}", "local": pieces.fold(local).replace(" ", ""), "domain": domain}


def tokens(record: Pieces) -> Iterator[tuple[str, str, bool]]:  # noqa: C901, PLR0912  one for each kind
    """Pieces that the same record likely has again though it was mistyped elsewhere: kind, token, and whether one in
    common is enough to be compared; of the others it takes two of different kinds."""
    given, surname = record.get("given", ""), record.get("surname", "")
    heard = sorted(filter(None, (pieces.sound(pieces.root(given)) if given else "", pieces.sound(surname))))
    if len(heard) > 1:
        yield "names", " ".join(heard), True
    for at, name in enumerate(heard):
        yield f"name{at}" if len(heard) > 1 else "name", name, False
    if given:
        yield "given", pieces.sound(pieces.root(given)), False
    if surname:
        yield "surname", pieces.sound(surname), False
    if birth := record.get("birth"):
        yield "born", birth[:4] + "".join(sorted(birth[4:])), True
        yield "year", birth[:4], False
        yield "day", "".join(sorted(birth[4:])), False
    for name in ("national", "email", "phone", "shared_email", "site"):
        if value := record.get(name):
            yield name, value, True
    for name in ("national", "phone"):
        if len(value := record.get(name, "")) > 5:
            yield f"{name}<", value[: len(value) // 2], False
            yield f"{name}>", value[len(value) // 2 :], False
    if local := record.get("local"):
        yield "local", local, len(local) > 6
        yield "domain", record["domain"], False
    if company := record.get("company"):
        yield "company", pieces.sound(company.partition(" ")[0]), False
        yield "firm", company.replace(" ", "")[:12], True
    for name in ("street", "unit", "city"):
        if value := record.get(name):
            yield name, pieces.sound(value), False
    for name in ("number", "postcode"):
        if value := record.get(name):
            yield name, value, False


# Comparing


@contextmanager
def _database(memory: str = MEMORY) -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB in memory that goes to a temporary file when it is full, and never to the network."""
    connection = duckdb.connect(
        ":memory:",
        config={
            "memory_limit": memory,
            "threads": "2",
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
        },
    )
    try:
        yield connection
    finally:
        connection.close()


def compare(
    records: Sequence[Pieces],
    *,
    firms: bool = False,
    others: Sequence[tuple[str, str]] = (),
    model: Mapping[str, Any] | None = None,
    least: float = SAME,
    pairs: Iterable[tuple[int, int]] | None = None,
) -> Compared:
    """The pairs of records that are the same with at least this probability, with the evidence.

    `others` are columns beyond those of `COLUMNS`, with their labels; `model` is what was learned before (see
    `Compared.model`); `pairs` are the candidates, where they are known.
    """
    used = _traits(records, firms=firms, others=others)
    if len(records) < 2 or not used:
        return Compared(used)
    columns = _columns(used)
    with _database() as database:
        database.register("given_records", _arrow(records, columns))
        database.execute("CREATE TABLE record AS SELECT * FROM given_records")
        if pairs is None:
            _block(database, records)
        else:
            left, right = zip(*pairs, strict=True) if (pairs := list(pairs)) else ((), ())
            database.register(
                "given_pairs",
                pa.table({"join_key_l": pa.array(left, pa.int64()), "join_key_r": pa.array(right, pa.int64())}),
            )
            database.execute("CREATE TABLE candidate AS SELECT '0' AS match_key, * FROM given_pairs")
        learned = dict(model) if model else _learn(database, used, columns, len(records))
        found = Compared(used, model=learned)
        # Only among all records can be told what is frequent.
        frequent = pairs is None and len(records) >= ENOUGH
        found.pairs = _weigh(database, used, learned, least, firms=firms, frequent=frequent)
    return found


def learn(records: Sequence[Pieces], *, firms: bool = False) -> dict[str, Any]:
    """What `compare` would learn from these records, to be used for others; for few it is what is known beforehand."""
    used = _traits(records, firms=firms)
    if len(records) < 2 or not used:
        return {}
    columns = _columns(used)
    with _database() as database:
        database.register("given_records", _arrow(records, columns))
        database.execute("CREATE TABLE record AS SELECT * FROM given_records")
        return _learn(database, used, columns, len(records))


def _traits(records: Sequence[Pieces], *, firms: bool, others: Sequence[tuple[str, str]] = ()) -> list[Trait]:
    """The traits of which any record says something."""
    present = {name for record in records for name in record}
    return traits.of(present, firms=firms, others=[each for each in others if each[0] in present])


def _columns(used: Sequence[Trait]) -> list[str]:
    """The columns that traits look at; some of them nobody may have filled."""
    return sorted({column for trait in used for column in trait.columns})


def _arrow(records: Sequence[Pieces], columns: Sequence[str]) -> pa.Table:
    ids = pa.array(range(len(records)), pa.int64())
    return pa.table(
        {"unique_id": ids}
        | {column: pa.array([record.get(column) for record in records], pa.string()) for column in columns}
    )


def _block(database: duckdb.DuckDBPyConnection, records: Sequence[Pieces]) -> None:
    """Candidates: pairs with a rare piece, or a rare pair of pieces, in common. Their number grows with the records."""
    ids: list[int] = []
    kinds: list[str] = []
    values: list[str] = []
    strong: list[bool] = []
    for at, record in enumerate(records):
        for kind, value, is_enough in tokens(record):
            ids.append(at)
            kinds.append(kind)
            values.append(value)
            strong.append(is_enough)
    table = pa.table(
        {
            "id": pa.array(ids, pa.int64()),
            "kind": pa.array(kinds).dictionary_encode(),
            "value": pa.array(values),
            "strong": pa.array(strong),
        }
    )
    database.register("given_tokens", table)
    database.execute(
        """CREATE TABLE token AS
            SELECT id, kind::VARCHAR AS kind, hash(kind::VARCHAR, value) AS piece, strong FROM given_tokens"""
    )
    database.execute(
        f"""CREATE TABLE piece AS
            WITH one AS (SELECT piece AS key, id FROM token WHERE strong),
            weak AS (SELECT id, kind, piece FROM token),
            two AS (SELECT hash(a.piece, b.piece) AS key, a.id
                    FROM weak a JOIN weak b ON a.id = b.id AND a.kind < b.kind),
            every AS (SELECT * FROM one UNION ALL SELECT * FROM two)
            SELECT key, id FROM (SELECT key, id, count(*) OVER (PARTITION BY key) AS n FROM every)
            WHERE n BETWEEN 2 AND {LARGEST_BLOCK}"""
    )
    sizes = database.execute(
        "SELECT n, count(*) FROM (SELECT key, count(*) AS n FROM piece GROUP BY key) GROUP BY n ORDER BY n"
    ).fetchall()
    budget, spent, largest = CANDIDATES * len(records) * 4, 0.0, 2
    for size, count in sizes:
        spent += count * size * (size - 1) / 2
        if spent > budget and size > 2:
            break
        largest = size
    database.execute(
        f"""CREATE TABLE candidate AS
            WITH small AS (SELECT key, id, count(*) OVER (PARTITION BY key) AS n FROM piece),
            met AS (SELECT a.id AS l, b.id AS r, count(*) AS shared
                    FROM small a JOIN small b ON a.key = b.key AND a.id < b.id WHERE a.n <= {largest} GROUP BY ALL)
            SELECT '0' AS match_key, l AS join_key_l, r AS join_key_r FROM met
            ORDER BY shared DESC, l, r LIMIT {CANDIDATES * len(records)}"""
    )
    database.execute("DROP TABLE token; DROP TABLE piece")


def _settings(
    used: Sequence[Trait], *, prior: float, m: Mapping[str, Any] | None = None, frequent: bool = True
) -> dict[str, Any]:
    comparisons = []
    for trait in used:
        levels: list[dict[str, Any]] = [
            {"sql_condition": trait.blank, "label_for_charts": "blank", "is_null_level": True}
        ]
        for at, level in enumerate(trait.levels):
            told = (m or {}).get(trait.name)
            entry: dict[str, Any] = {
                "sql_condition": level.when,
                "label_for_charts": f"{at}",
                "m_probability": told[at][0] if told else level.m,
                "u_probability": told[at][1] if told else level.u,
            }
            if level.frequent and frequent:
                entry |= {
                    "tf_adjustment_column": level.frequent,
                    "tf_adjustment_weight": 1.0,
                    "tf_minimum_u_value": 0.0002,
                }
            if level.is_fixed:
                entry |= {"fix_m_probability": True, "fix_u_probability": True}
            levels.append(entry)
        comparisons.append({"output_column_name": trait.name, "comparison_levels": levels})
    return {
        "link_type": "dedupe_only",
        "unique_id_column_name": "unique_id",
        "probability_two_random_records_match": prior,
        "comparisons": comparisons,
        "blocking_rules_to_generate_predictions": [],
        "retain_matching_columns": True,
        "retain_intermediate_calculation_columns": True,
        "em_convergence": 0.001,
        "max_iterations": 15,
    }


# Pairs among which the same and the different both occur; each leaves out the traits that it looks at itself.
TEACHERS = (
    ("national",), ("birth",), ("email",), ("phone",), ("given", "surname"), ("street", "number"),
    ("company", "surname"), ("surname", "postcode"), ("surname", "city"), ("company",), ("surname",),
)  # fmt: skip
LESSONS = 3


def _learn(  # noqa: C901
    database: duckdb.DuckDBPyConnection, used: Sequence[Trait], columns: Sequence[str], size: int
) -> dict[str, Any]:
    """How often each level is seen between different records (u) and between the same (m), from the data at hand."""
    from splink import DuckDBAPI, Linker, SettingsCreator

    all_pairs = size * (size - 1) / 2
    prior = min(0.1, 0.4 / size)
    frame = DuckDBAPI(connection=database).register("record")
    linker = Linker(frame, SettingsCreator(**_settings(used, prior=prior)), log_level=None, validate_settings=False)
    known = {trait.name: [(level.m, level.u) for level in trait.levels] for trait in used}
    linker.training.estimate_u_using_random_sampling(max_pairs=PAIRS_FOR_U, min_count_per_level=None, num_chunks=1)
    sampled = min(PAIRS_FOR_U, all_pairs)
    seen_u = {trait.name: [u for _, u in _levels(linker, trait)] for trait in used}
    exact = {trait.name: _same_by_chance(database, trait.columns[0]) for trait in used}
    for trait in used:
        known[trait.name] = [
            (m, u if level.is_fixed else _blend(seen, sampled, u, PRIOR_PAIRS))
            for level, (m, u), seen in zip(trait.levels, known[trait.name], seen_u[trait.name], strict=True)
        ]
    lessons: dict[str, list[tuple[float, list[float]]]] = defaultdict(list)
    matches_in_all, given = 0.0, 0
    for teacher in TEACHERS:
        if not set(teacher) <= set(columns) or given == LESSONS or (count := _count(database, teacher)) < 10:
            continue
        lesson = Linker(
            frame, SettingsCreator(**_settings(used, prior=prior, m=known)), log_level=None, validate_settings=False
        )
        try:
            session = lesson.training.estimate_parameters_using_expectation_maximisation(
                " AND ".join(f"l.{column} = r.{column}" for column in teacher),
                max_pairs=200_000 if count > 200_000 else None,
                estimate_without_term_frequencies=True,
            )
        except Exception as error:  # noqa: BLE001  Splink raises many kinds where there is nothing to learn from
            log.debug("nothing to learn from %s: %s", teacher, error)
            continue
        given += 1
        matches = session.core_model_settings.probability_two_random_records_match * count
        agree = math.prod(known[column][0][0] for column in teacher)
        matches_in_all = max(matches_in_all, matches / agree)
        for trait in used:
            if not set(trait.columns) & set(teacher):
                ms = [m for m, _ in _levels(lesson, trait)]
                lessons[trait.name].append((min(matches, 5_000), [m if isinstance(m, float) else 0.0 for m in ms]))
    share = min(0.2, max(matches_in_all, 1.0) / all_pairs)
    for trait in used:
        total = sum(matches for matches, _ in lessons[trait.name])
        for at, level in enumerate(trait.levels):
            m, _ = known[trait.name][at]
            if level.is_fixed:
                continue
            if total:
                taught = sum(matches * ms[at] for matches, ms in lessons[trait.name]) / total
                m = _blend(min(max(taught, m / 4), m * 4), total, m, PRIOR_MATCHES)
            # Random pairs hold some of the same person, too; in small files they would make every u too large.
            seen = exact[trait.name] if at == 0 else seen_u[trait.name][at] or 0.0
            seen = max(0.0, seen - share * m)
            known[trait.name][at] = (m, _blend(seen, all_pairs if at == 0 else sampled, level.u, PRIOR_PAIRS))
    return {
        "columns": list(columns),
        "share": share,
        "levels": {name: [list(each) for each in levels] for name, levels in known.items()},
    }


def _count(database: duckdb.DuckDBPyConnection, columns: Sequence[str]) -> int:
    """How many pairs have the same in all these columns."""
    names = ", ".join(columns)
    filled = " AND ".join(f"{column} IS NOT NULL" for column in columns)
    found = database.execute(
        f"SELECT coalesce(sum(n * (n - 1) / 2), 0) FROM "
        f"(SELECT count(*) AS n FROM record WHERE {filled} GROUP BY {names})"
    ).fetchall()
    return int(found[0][0])


def _same_by_chance(database: duckdb.DuckDBPyConnection, column: str) -> float:
    """How many of all pairs that have a value have the same."""
    found = database.execute(
        f"SELECT coalesce(sum(n * (n - 1)) / (sum(n) * (sum(n) - 1)), 0) FROM "
        f"(SELECT count(*) AS n FROM record WHERE {column} IS NOT NULL GROUP BY {column})"
    ).fetchall()
    return float(found[0][0] or 0)


def _blend(seen: float | None, weight: float, known: float, known_weight: float) -> float:
    return max(known / 10, ((seen or 0.0) * weight + known * known_weight) / (weight + known_weight))


def _levels(linker: Any, trait: Trait) -> list[tuple[Any, Any]]:
    for comparison in linker.misc.save_model_to_json()["comparisons"]:
        if comparison["output_column_name"] == trait.name:
            return [
                (level.get("m_probability"), level.get("u_probability"))
                for level in comparison["comparison_levels"]
                if not level.get("is_null_level")
            ]
    raise KeyError(trait.name)


def _weigh(
    database: duckdb.DuckDBPyConnection,
    used: Sequence[Trait],
    learned: dict[str, Any],
    least: float,
    *,
    firms: bool,
    frequent: bool,
) -> list[Pair]:
    """Score the candidates and leave out what the rules of households and contradictions forbid."""
    from splink import DuckDBAPI, Linker, SettingsCreator

    api = DuckDBAPI(connection=database)
    frame = api.register("record")
    # In a few records no value is rare.
    settings = _settings(used, prior=learned["share"], m=learned["levels"], frequent=frequent)
    linker = Linker(frame, SettingsCreator(**settings), log_level=None, validate_settings=False)
    linker.table_management.register_blocked_pairs_for_predict(api.register("candidate"))
    limit = math.log2(least / (1 - least))
    scored = linker.inference.predict(threshold_match_weight=limit, warning_mode="never").physical_name
    names = {row[0] for row in database.execute(f"DESCRIBE {scored}").fetchall()}

    def bits(trait: Trait) -> str:
        adjusted = f" + mw_tf_adj_{trait.name}" if f"mw_tf_adj_{trait.name}" in names else ""
        return f"(mw_{trait.name}{adjusted})"

    own = " + ".join(bits(trait) for trait in used if trait.is_own) or "99"
    levels = ", ".join(
        f"CASE WHEN gamma_{trait.name} < 0 THEN -1 ELSE {len(trait.levels) - 1} - gamma_{trait.name} END"
        for trait in used
    )
    found = database.execute(
        f"""SELECT unique_id_l, unique_id_r, match_weight, [{levels}], [{", ".join(map(bits, used))}]
            FROM {scored} WHERE {own} >= {OWN} AND NOT ({_contradiction(used, firms=firms)})
            ORDER BY match_weight DESC, unique_id_l, unique_id_r"""
    ).fetchall()
    return [Pair(left, right, weight, tuple(levels), tuple(bits)) for left, right, weight, levels, bits in found]


def _contradiction(used: Sequence[Trait], *, firms: bool) -> str:
    """When two records contradict each other so that no sum of bits may join them; SQL over the levels (`gamma_…`,
    0: different, -1: blank)."""
    top = {trait.name: len(trait.levels) - 1 for trait in used}

    def far(name: str, worst: int = 0) -> str:
        return f"gamma_{name} BETWEEN 0 AND {worst}" if name in top else "false"

    def same(name: str) -> str:
        return f"gamma_{name} = {top[name]}" if name in top else "false"

    def close(name: str, better_than: int = 0) -> str:
        return f"gamma_{name} > {better_than}" if name in top else "false"

    if firms:
        return f"{far('company')} AND NOT ({same('site')} OR {same('national')})"
    home = f"({close('street')} AND ({close('city')} OR {close('postcode')}))"
    # Nobody else at a firm has her address; at a home somebody may.
    no_homes = "" if "street" in top else f" OR ({same('email')} AND {close('surname')} AND NOT {far('birth', 1)})"
    # Another first name: a relative at the same home, unless something that only one person has says otherwise.
    relative = (
        f"{far('given')} AND NOT (({same('national')} AND ({close('birth', 1)} OR ({close('surname')} AND {home})))"
        f" OR ({close('national')} AND {close('birth', 1)} AND {close('surname')})"
        f" OR ({same('birth')} AND {same('email')}){no_homes})"
    )
    # Another birthday: father and son, unless a number or address of the person's own is the same.
    generation = (
        f"{far('birth', 1)} AND NOT (({same('national')} AND ({close('given')} OR ({close('surname')} AND {home})))"
        f" OR ({close('given')} AND {close('surname')} AND ({same('email')} OR {close('national')})))"
    )
    # Another personal number: two people, unless first name and birthday and home or address are the same.
    numbered = (
        f"{far('national')} AND NOT ({close('given')} AND {close('birth', 1)}"
        f" AND ({same('email')} OR {same('phone')} OR {home}))"
    )
    # Another last name: colleagues, unless birthday, number or address of the person's own is the same.
    colleague = f"{far('surname')} AND NOT ({close('birth', 1)} OR {close('national')} OR {close('email', 3)})"
    rules = (relative, generation, numbered, colleague)
    return " OR ".join(f"({rule})" for rule in rules)


# Groups


def group(found: Compared, size: int) -> list[tuple[int, float]]:
    """For each record its group (the position of the group's first record) and how sure it is to belong there.

    Pairs are taken from the surest on; two groups are joined only where at least half of the pairs between them are
    likely the same, so that no chain of likenesses draws strangers together.
    """
    weights = {(pair.left, pair.right): pair.weight for pair in found.pairs}
    groups: dict[int, list[int]] = {at: [at] for at in range(size)}
    home = list(range(size))
    sure = [0.0] * size
    for pair in found.pairs:
        a, b = home[pair.left], home[pair.right]
        if a != b:
            met = sum((min(x, y), max(x, y)) in weights for x in groups[a] for y in groups[b])
            if met * 2 < len(groups[a]) * len(groups[b]):
                continue
            first, second = min(a, b), max(a, b)
            for each in groups[second]:
                home[each] = first
            groups[first] += groups.pop(second)
        sure[pair.left] = max(sure[pair.left], pair.probability)
        sure[pair.right] = max(sure[pair.right], pair.probability)
    return [(home[at], sure[at] if len(groups[home[at]]) > 1 else 1.0) for at in range(size)]
