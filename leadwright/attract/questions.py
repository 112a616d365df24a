"""A form as data: its questions, when each is asked, and the check of what somebody answered. Pure: no Django.

The same rules decide on the server (here) and, for comfort only, in the browser (static/attract/form.js); what a
browser says is never trusted. A question that does not show is neither required nor taken.
"""

import hashlib
import re
import unicodedata
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, time
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from leadwright.kit import countries, domains, patterns

HONEYPOT = "website_url_2"
CONSENT = "lw_consent"
SURE = "lw_sure"
LONGEST = {"text": 250, "long_text": 10_000, "email": 254, "phone": 40, "number": 40, "url": 1000, "hidden": 250}
NO = frozenset({"", "0", "off", "false", "no"})
YES = frozenset({"1", "on", "true", "yes"})
ONE_OF = frozenset({"choice", "radio"})
RATINGS = (1, 5)
WORK_MAIL = "Please use your address at work."

RELATIONS = {
    "is": "is",
    "is_not": "is not",
    "contains": "contains",
    "contains_not": "does not contain",
    "is_set": "is filled in",
    "is_empty": "is empty",
    "more_than": "is more than",
    "less_than": "is less than",
}

# What a file may be: its name's endings, as the editor writes them, and how it begins; see `capture.forms.uploads`.
FILE_TYPES = ("pdf", "docx", "xlsx", "pptx", "odt", "ods", "odp", "txt", "csv", "png", "jpg", "gif", "webp")
USUAL_FILES = ("pdf", "docx", "xlsx", "pptx", "odt", "ods", "txt", "csv", "png", "jpg")

# What a browser calls the contact's fields (WCAG 1.3.5).
AUTOCOMPLETE: dict[str, str] = {
    "email": "email",
    "first_name": "given-name",
    "last_name": "family-name",
    "name": "name",
    "title": "organization-title",
    "phone": "tel",
    "company": "organization",
    "company.name": "organization",
    "country": "country",
    "city": "address-level2",
    "language": "language",
}


Answer = str | bool | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison with the answer to another question."""

    question: str
    relation: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class When:
    """All, or any, of some conditions and groups of conditions. Without any it always holds."""

    parts: tuple["Condition | When", ...] = ()
    is_any: bool = False


ALWAYS = When()
DEEPEST = 3  # groups within one another, the outermost counted


@dataclass(frozen=True, slots=True)
class Question:
    """One question of a form."""

    name: str
    label: str
    kind: str = "text"
    is_required: bool = False
    options: tuple[str, ...] = ()
    maps_to: str = ""
    placeholder: str = ""
    half: bool = False
    help: str = ""
    default: str = ""
    minimum: str = ""
    maximum: str = ""
    increment: str = ""
    shortest: int | None = None
    longest: int | None = None
    pattern: str = ""
    complaint: str = ""
    until_known: bool = False
    begins_step: str = ""
    when: When = ALWAYS
    file_types: tuple[str, ...] = USUAL_FILES
    most_bytes: int = 0
    purpose: str = ""
    wording: str = ""

    @property
    def field(self) -> str:
        """The field of the contact that the answer fills."""
        return self.maps_to or (self.name if self.kind != "email" else "email")

    @property
    def scale(self) -> tuple[int, int]:
        """Of a rating: its lowest and its highest value."""
        low, high = _whole(self.minimum, RATINGS[0]), _whole(self.maximum, RATINGS[1])
        return (low, high) if low < high <= low + 20 else RATINGS

    @property
    def autocomplete(self) -> str:
        """What a browser may fill in here."""
        return AUTOCOMPLETE.get(self.maps_to, "off" if self.kind == "hidden" else "on")


@dataclass(frozen=True, slots=True)
class Variant:
    """Another way to show a form, to a share of its visitors."""

    code: str
    weight: int = 1
    button: str = ""
    leaves_out: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Form:
    """A form with its consent and what follows it."""

    code: str
    name: str
    questions: tuple[Question, ...]
    button: str = "Send"
    thanks: str = ""
    thanks_url: str = ""
    redirect_url: str = ""
    resource: int | None = None
    consent_purpose: str = ""
    consent_wording: str = ""
    consent_required: bool = False
    free_mail: str = "allow"
    disposable_mail: str = "allow"
    mail_complaint: str = ""
    checks_domain: bool = False
    country: str = ""
    most_unknown: int | None = None
    guard: str = "normal"
    origins: tuple[str, ...] = ()
    own_weight: int = 1
    variants: tuple[Variant, ...] = ()

    @property
    def most_upload(self) -> int:
        """How many bytes its files may have together."""
        return sum(question.most_bytes for question in self.questions if question.kind == "file")

    def may_be_shown_on(self, origin: str, own: Collection[str]) -> bool:
        """Whether a site may show it: one of those that it names, or one of our own hosts."""
        host = urlsplit(origin).netloc.lower()
        return not origin or origin.lower() in self.origins or host in own

    def varied(self, code: str) -> "Form":
        """The form as a variant shows it; itself for a name that is none."""
        found = next((each for each in self.variants if each.code == code), None)
        if found is None:
            return self
        kept = tuple(each for each in self.questions if each.name not in found.leaves_out)
        return replace(self, button=found.button or self.button, questions=kept)

    def choose(self, key: str) -> str:
        """The variant that whoever this key names is shown, always the same; empty for the form as it stands."""
        shares = [("", self.own_weight), *((each.code, each.weight) for each in self.variants)]
        total = sum(weight for _, weight in shares)
        if len(shares) == 1 or not total:
            return ""
        digest = hashlib.sha256(f"{self.code} {key}".encode()).digest()
        at = int.from_bytes(digest[:8], "big") % total
        for code, weight in shares:
            if at < weight:
                return code
            at -= weight
        return ""

    def without(self, known: Collection[str]) -> tuple["Form", tuple[str, ...]]:
        """The form without what is known already, and the names of what it leaves out.

        The address is always asked: it says who is there, which a browser's cookie does not. Of the questions that are
        asked until they are answered, at most `most_unknown` come at a time.
        """
        left_out: list[str] = []
        asked = 0
        for question in self.questions:
            if not question.until_known or question.kind in ("email", "hidden", "consent"):
                continue
            is_one_too_many = self.most_unknown is not None and asked >= self.most_unknown
            if question.field in known or is_one_too_many:
                left_out.append(question.name)
            else:
                asked += 1
        return self.leaving_out(left_out), tuple(left_out)

    def leaving_out(self, names: Collection[str]) -> "Form":
        """The form without some of its questions; a question that depends on one of them is judged without it."""
        if not names:
            return self
        return replace(self, questions=tuple(each for each in self.questions if each.name not in names))


@dataclass(frozen=True, slots=True)
class Sent:
    """A file that came with a form, judged by its content."""

    name: str
    kind: str  # one of FILE_TYPES, or empty where it is none of them
    size: int


@dataclass(frozen=True, slots=True)
class Checked:
    """Answers that can be used, faults by the name of the question, and what was consented to."""

    answers: dict[str, Answer]
    errors: dict[str, str]
    consent: bool = False
    consents: tuple[tuple[str, str, bool], ...] = ()  # purpose, wording, given: of questions of the kind consent
    files: tuple[str, ...] = ()  # names of the questions whose files are taken
    odd: tuple[str, ...] = ()  # names that were answered although they were not asked
    doubts: tuple[str, ...] = field(default=())  # of an address: disposable


# Reading a form from its rows


def read(
    form: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], variants: Sequence[Mapping[str, Any]] = ()
) -> Form:
    """A form from the columns of its row, of its questions' rows and of its variants' rows."""
    told = {name: form[name] for name in _OF_FORM if form.get(name) is not None}
    origins = str(form.get("allowed_origins") or "").split()
    return Form(
        questions=tuple(_question(each) for each in rows),
        origins=tuple(each.strip().rstrip("/").lower() for each in origins),
        resource=form.get("resource_id"),
        most_unknown=form.get("most_unknown"),
        variants=tuple(
            Variant(each["code"], each["weight"], each["button"], frozenset(each["leaves_out"].split()))
            for each in variants
        ),
        **told,
    )


_OF_FORM = (
    "code", "name", "button", "thanks", "thanks_url", "redirect_url", "consent_purpose", "consent_wording",
    "consent_required", "free_mail", "disposable_mail", "mail_complaint", "checks_domain", "country", "guard",
    "own_weight",
)  # fmt: skip
_OF_QUESTION = (
    "name", "label", "kind", "is_required", "maps_to", "placeholder", "half", "help", "default", "minimum", "maximum",
    "increment", "shortest", "longest", "pattern", "complaint", "begins_step", "purpose", "wording",
)  # fmt: skip


def _question(row: Mapping[str, Any]) -> Question:
    told = {name: row[name] for name in _OF_QUESTION if row.get(name) is not None}
    types = tuple(str(row.get("file_types") or "").lower().replace(".", " ").replace(",", " ").split())
    return Question(
        options=tuple(line.strip() for line in str(row.get("options") or "").splitlines() if line.strip()),
        until_known=row.get("asked") == "unknown",
        when=When(_parts(row.get("show_when")), is_any=bool(row.get("show_if_any"))),
        file_types=tuple("jpg" if each == "jpeg" else each for each in types) or USUAL_FILES,
        most_bytes=int(row.get("most_megabytes") or 5) * 1024 * 1024,
        **told,
    )


def _parts(blocks: Any, depth: int = 0) -> tuple[Condition | When, ...]:
    """Conditions and groups as the editor keeps them: blocks with a type and a value."""
    found: list[Condition | When] = []
    for block in blocks if isinstance(blocks, list) and depth < DEEPEST else ():
        value = block.get("value") if isinstance(block, Mapping) else None
        if not isinstance(value, Mapping):
            continue
        if block.get("type") == "group":
            group = When(_parts(value.get("parts"), depth + 1), is_any=value.get("joined") == "any")
            found += [group] if group.parts else []
        else:
            said = (str(value.get(name) or "") for name in ("question", "relation", "value"))
            found.append(Condition(*said))
    return tuple(found)


def blocks(when: When) -> list[dict[str, Any]]:
    """The parts of a condition as the editor keeps them; whether one is enough stands beside them."""
    return [
        {"type": "group", "value": {"joined": "any" if part.is_any else "all", "parts": blocks(part)}}
        if isinstance(part, When)
        else {
            "type": "condition",
            "value": {"question": part.question, "relation": part.relation, "value": part.value},
        }
        for part in when.parts
    ]


def tree(when: When) -> dict[str, Any]:
    """A condition as the API tells it: {"all": […]} or {"any": […]}, empty for always."""
    if not when.parts:
        return {}
    parts = [
        tree(part)
        if isinstance(part, When)
        else {"question": part.question, "is": part.relation} | ({"value": part.value} if part.value else {})
        for part in when.parts
    ]
    return {"any" if when.is_any else "all": parts}


def read_tree(told: Any, depth: int = 0) -> When:
    """A condition as the API is told it; raises ValueError with a sentence that says how to mend it."""
    if told == {} and not depth:
        return ALWAYS
    joined = next(iter(told)) if isinstance(told, Mapping) and len(told) == 1 else ""
    parts = told[joined] if joined in ("all", "any") else None
    if not isinstance(parts, list) or not parts:
        raise ValueError('A group is written as {"all": [conditions]} or {"any": [conditions]}, with one at least.')
    if depth >= DEEPEST:
        raise ValueError(f"Groups may stand in groups, {DEEPEST} deep at most; say it with fewer.")
    return When(
        tuple(
            read_tree(part, depth + 1)
            if isinstance(part, Mapping) and ("all" in part or "any" in part)
            else _read_condition(part)
            for part in parts
        ),
        is_any=joined == "any",
    )


def _read_condition(told: Any) -> Condition:
    if not isinstance(told, Mapping) or set(told) - {"question", "is", "value"} or not told.get("question"):
        raise ValueError('A condition is written as {"question": name, "is": relation, "value": text}.')
    relation, value = told.get("is", "is"), told.get("value", "")
    if relation not in RELATIONS:
        raise ValueError(f"“{relation}” is no relation; choose one of {', '.join(RELATIONS)}.")
    if not isinstance(value, str | int | float) or len(str(value)) > LONGEST["hidden"]:
        raise ValueError(f"The value is a text of at most {LONGEST['hidden']} characters.")
    return Condition(str(told["question"])[:60], relation, str(value))


def faults(kind: str, minimum: str, maximum: str, increment: str, pattern: str, file_types: str) -> dict[str, str]:
    """What is wrong with a question's limits, by the name of the field; for its editor."""
    wrong: dict[str, str] = {}
    limits: dict[str, Callable[[str], Any]] = {"date": _day, "time": _clock}
    read_limit = limits.get(kind, _number)
    say = {"date": "Write a day like 2026-01-31.", "time": "Write a time like 09:30."}.get(kind, "Write a number.")
    for name, value in (("minimum", minimum), ("maximum", maximum)):
        if value and read_limit(value) is None:
            wrong[name] = say
    low, high = read_limit(minimum) if minimum else None, read_limit(maximum) if maximum else None
    if low is not None and high is not None and not wrong and low > high:
        wrong["maximum"] = "The end lies before the beginning."
    if kind == "rating" and (minimum or maximum) and not wrong:
        question = Question("x", "x", "rating", minimum=minimum, maximum=maximum)
        if question.scale != (_whole(minimum, RATINGS[0]), _whole(maximum, RATINGS[1])):
            wrong["maximum"] = "A scale goes from one whole number to a larger one, with at most 20 steps."
    if increment and ((step := _number(increment)) is None or step <= 0):
        wrong["increment"] = "Write a number above zero."
    try:
        patterns.check(pattern)
    except patterns.BadPattern as error:
        wrong["pattern"] = str(error)
    types = file_types.lower().replace(".", " ").replace(",", " ").split()
    if bad := [each for each in types if each not in (*FILE_TYPES, "jpeg")]:
        wrong["file_types"] = f"{bad[0]} cannot be told from a file's content; there are {', '.join(FILE_TYPES)}."
    return wrong


def misplaced(form: Form) -> dict[str, str]:
    """Faults of conditions, by the name of their question: they may only look back."""
    before: dict[str, Question] = {}
    wrong: dict[str, str] = {}
    for question in form.questions:
        for condition in sorted(_conditions(question.when), key=lambda each: each.question):
            if say := _misplaced(condition, before.get(condition.question)):
                wrong.setdefault(question.name, f"“{question.label}” depends on {say}")
        before[question.name] = question
    return wrong


def _misplaced(condition: Condition, asked: Question | None) -> str:
    if asked is None:
        return f"{condition.question}, which is no question above it; move it or rename it."
    is_offered = _same(condition.value) in {_same(each) for each in asked.options}
    if (
        asked.options
        and asked.kind in (*ONE_OF, "choices")
        and condition.relation in ("is", "is_not")
        and not is_offered
    ):
        return f"“{condition.value}”, which {asked.name} does not offer; it offers {', '.join(asked.options)}."
    return ""


def _conditions(when: When) -> list[Condition]:
    found: list[Condition] = []
    for part in when.parts:
        found += _conditions(part) if isinstance(part, When) else [part]
    return found


# Conditions


def holds(when: When, answers: Mapping[str, Answer]) -> bool:
    """Whether a question shows, after these answers."""
    if not when.parts:
        return True
    found = (
        holds(part, answers) if isinstance(part, When) else _compare(part, _texts(answers.get(part.question)))
        for part in when.parts
    )
    return any(found) if when.is_any else all(found)


def _texts(answer: Answer | None) -> tuple[str, ...]:
    if answer is None or answer is False or answer == "":
        return ()
    if answer is True:
        return ("yes",)
    return (answer,) if isinstance(answer, str) else answer


def _same(text: str) -> str:
    """A text as comparisons see it: without regard to case and blanks around it, any blanks within as one."""
    return " ".join(text.split()).lower()


def _compare(condition: Condition, given: tuple[str, ...]) -> bool:  # noqa: PLR0911
    wanted = _same(condition.value)
    lower = [said for each in given if (said := _same(each))]
    match condition.relation:
        case "is":
            return wanted in lower
        case "is_not":
            return wanted not in lower
        case "contains":
            return any(wanted in each for each in lower)
        case "contains_not":
            return not any(wanted in each for each in lower)
        case "is_set":
            return bool(lower)
        case "is_empty":
            return not lower
        case "more_than":
            return any(_order(each, wanted) > 0 for each in lower)
        case "less_than":
            return any(_order(each, wanted) < 0 for each in lower)
    return False


_DIGITS = re.compile(r"[+-]?([0-9]+([.,][0-9]*)?|[.,][0-9]+)")


def _order(left: str, right: str) -> int:
    """-1, 0, 1 for numbers, written in digits with at most one point or comma, and for days; 0 where they cannot be
    compared."""
    if _DIGITS.fullmatch(left) and _DIGITS.fullmatch(right):
        one, other = (Decimal(each.replace(",", ".")) for each in (left, right))
        return (one > other) - (one < other)
    days = _day(left), _day(right)
    if days[0] and days[1]:
        return (days[0] > days[1]) - (days[0] < days[1])
    return 0


# Checking


Given = Mapping[str, Sequence[str]]


def check(form: Form, given: Given, files: Mapping[str, Sequence[Sent]] | None = None) -> Checked:
    """What somebody answered to a form's questions, in their order; unknown names are left out."""
    checking = _Checking(form, given, files or {})
    for question in form.questions:
        checking.take(question)
    consent = bool(form.consent_purpose) and _one(_last(given.get(CONSENT, ()))).lower() not in NO
    if form.consent_purpose and form.consent_required and not consent:
        checking.errors[CONSENT] = "Please tick the box; we need your permission for this."
    return Checked(
        checking.answers,
        checking.errors,
        consent,
        tuple(checking.consents),
        tuple(checking.files_taken),
        tuple(checking.odd),
        tuple(checking.doubts),
    )


def asked(form: Form, given: Given, files: Mapping[str, Sequence[Sent]] | None = None) -> frozenset[str]:
    """The names of the questions that are asked, after these answers."""
    checking = _Checking(form, given, files or {})
    for question in form.questions:
        checking.take(question)
    return frozenset(checking.said)


class _Checking:
    """The answers of one submission, while its questions are gone through."""

    def __init__(self, form: Form, given: Given, files: Mapping[str, Sequence[Sent]]) -> None:
        self.form, self.given, self.files = form, given, files
        self.sure = {_one(each).lower() for each in given.get(SURE, ())}
        self.answers: dict[str, Answer] = {}
        self.said: dict[str, Answer] = {}  # what was answered, fit or not, as a browser has it: conditions go by that
        self.errors: dict[str, str] = {}
        self.consents: list[tuple[str, str, bool]] = []
        self.files_taken: list[str] = []
        self.odd: list[str] = []
        self.doubts: list[str] = []

    def take(self, question: Question) -> None:
        """Take the answer to a question, or note its fault; one that does not show is left out."""
        raw = self.given.get(question.name, ())
        if holds(question.when, self.said):
            self.said[question.name] = self._heard(question, raw)
        else:
            if question.kind != "hidden" and any(each.strip() for each in raw):
                self.odd.append(question.name)
            return
        if question.kind == "file":
            self._take_file(question)
        else:
            self._take_words(question, raw)

    def _heard(self, question: Question, raw: Sequence[str]) -> tuple[str, ...]:  # noqa: PLR0911
        """What was answered to a question, as the browser that shows the form compares it."""
        match question.kind:
            case "file":
                return tuple(each.name for each in self.files.get(question.name, ()) if each.name)
            case "checkbox" | "consent":
                return ("yes",) if _last(raw).strip().lower() in YES else ()
            case "hidden" if question.placeholder:
                return (question.placeholder,)
            case "choices":
                return tuple(raw)
            case "country":
                return (countries.code_of(_one(_last(raw))) or _last(raw),)
            case "time":
                found = _clock(_last(raw))
                return (found.strftime("%H:%M") if found else _last(raw),)
        return (_last(raw),)

    def _take_file(self, question: Question) -> None:
        sent = [each for each in self.files.get(question.name, ()) if each.name]
        if error := _file_fault(question, sent):
            self.errors[question.name] = error
        elif sent:
            self.files_taken.append(question.name)
            self.answers[question.name] = tuple(each.name for each in sent)

    def _take_words(self, question: Question, raw: Sequence[str]) -> None:
        value, error = _answer(question, raw, self.form.country)
        if not error and question.kind == "email" and isinstance(value, str) and value:
            error, doubt = _address_fault(self.form, value, is_sure=value.lower() in self.sure)
            self.doubts += [doubt] if doubt else []
        if error:
            self.errors[question.name] = error
        elif question.kind == "consent":
            self.consents.append((question.purpose, question.wording, value is True))
        elif value not in ("", ()):
            self.answers[question.name] = value


def _last(given: Sequence[str]) -> str:
    return given[-1] if given else ""


def _one(text: str) -> str:
    return " ".join(text.split())


def _answer(question: Question, given: Sequence[str], country: str) -> tuple[Answer, str]:  # noqa: PLR0911
    """The value of an answer, or the sentence that says what is wrong with it."""
    raw = _last(given)
    if question.kind in ("checkbox", "consent"):
        ticked = raw.strip().lower() in YES
        missing = f"{question.label}: please tick the box."
        return ticked, missing if question.is_required and not ticked else ""
    if question.kind == "hidden" and question.placeholder:
        return question.placeholder, ""  # whatever a browser says it is
    if question.kind == "choices":
        return _several(question, given)
    text = raw.replace("\r\n", "\n").strip()
    if question.kind != "long_text":
        text = _one(text)
    if not text:
        return "", f"{question.label}: please fill this in." if question.is_required else ""
    longest = min(question.longest or 10**9, LONGEST.get(question.kind, 250))
    if len(text) > longest:
        return "", question.complaint or f"{question.label}: please use at most {longest:,} characters."
    if question.shortest and len(text) < question.shortest:
        return "", question.complaint or f"{question.label}: please use at least {question.shortest:,} characters."
    text, fault = _read(question, text, country)
    if not fault and question.pattern and not patterns.fits(question.pattern, text):
        fault = f"{question.label}: this does not look right; please check it."
    return text, (question.complaint or fault) if fault else ""


def _several(question: Question, given: Sequence[str]) -> tuple[tuple[str, ...], str]:
    wanted = {_one(each) for each in given} - {""}
    if wanted - set(question.options):
        return (), f"{question.label}: please choose from the options."
    chosen = tuple(option for option in question.options if option in wanted)
    return chosen, f"{question.label}: please choose at least one." if question.is_required and not chosen else ""


def _read(question: Question, text: str, country: str) -> tuple[str, str]:  # noqa: C901, PLR0911
    """The text as it is kept, and what is wrong with it."""
    say = question.label
    match question.kind:
        case "email" if not is_address(text):
            return text, f"{say}: “{text[:80]}” is not an e-mail address. It should look like name@example.com."
        case "phone":
            return _phone(question, text, country)
        case "number":
            return _in_numbers(question, text)
        case "date":
            return _in_days(question, text)
        case "time":
            found = _clock(text)
            if found is None:
                return text, f"{say}: please write a time like 14:30."
            return found.strftime("%H:%M"), _range_fault(question, found, _clock, "{:%H:%M}")
        case "url":
            return _web(question, text)
        case "choice" | "radio" if text not in question.options:
            return text, f"{say}: please choose one of the options."
        case "country":
            code = countries.code_of(text)
            return code, "" if code else f"{say}: please choose a country from the list."
        case "rating":
            low, high = question.scale
            value = _whole(text, low - 1)
            is_in = low <= value <= high and text == str(value)
            return text, "" if is_in else f"{say}: please choose a number from {low} to {high}."
    return text, ""


def _phone(question: Question, text: str, country: str) -> tuple[str, str]:
    fault = f"{question.label}: “{text[:40]}” is not a phone number. Use digits, such as +49 30 123456."
    if country and not text.startswith(("+", "00")):
        try:
            number = phonenumbers.parse(text, country)
        except phonenumbers.NumberParseException:
            return text, fault
        if not phonenumbers.is_possible_number(number):
            return text, fault
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164), ""
    return text, "" if _is_phone(text) else fault


def _is_phone(text: str) -> bool:
    try:
        number = phonenumbers.parse(text, None if text.startswith("+") else "ZZ")
    except phonenumbers.NumberParseException:
        digits = sum(letter.isdigit() for letter in text)
        return 5 <= digits <= 15 and all(letter.isdigit() or letter in " +()-./x" for letter in text)
    return bool(phonenumbers.is_possible_number(number))


def _in_numbers(question: Question, text: str) -> tuple[str, str]:
    value = _number(text)
    if value is None:
        return text, f"{question.label}: please write a number, such as 25."
    if fault := _range_fault(question, value, _number, "{}"):
        return text, fault
    step = _number(question.increment) if question.increment else None
    if step and (value - (_number(question.minimum) or Decimal(0))) % step:
        return text, f"{question.label}: please use steps of {question.increment}."
    return text, ""


def _in_days(question: Question, text: str) -> tuple[str, str]:
    day = _day(text)
    if day is None:
        return text, f"{question.label}: please write a day like 2026-01-31."
    return day.isoformat(), _range_fault(question, day, _day, "{}")


def _web(question: Question, text: str) -> tuple[str, str]:
    fault = f"{question.label}: “{text[:80]}” is not a web address. It should look like https://www.example.com."
    whole = text if "://" in text else f"https://{text}"
    try:
        parts = urlsplit(whole)
        host = parts.hostname or ""
    except ValueError:
        return text, fault
    is_fine = parts.scheme.lower() in ("http", "https") and "." in host.strip(".") and " " not in whole
    return (whole, "") if is_fine and not parts.username and len(whole) <= LONGEST["url"] else (text, fault)


def _range_fault(question: Question, value: Any, read_limit: Any, form: str) -> str:
    low = read_limit(question.minimum) if question.minimum else None
    high = read_limit(question.maximum) if question.maximum else None
    if low is not None and value < low:
        return f"{question.label}: {form.format(low)} is the least that can be taken here."
    if high is not None and value > high:
        return f"{question.label}: {form.format(high)} is the most that can be taken here."
    return ""


def _file_fault(question: Question, sent: Sequence[Sent]) -> str:
    if not sent:
        return f"{question.label}: please choose a file." if question.is_required else ""
    if len(sent) > 1:
        return f"{question.label}: please choose one file only."
    if sent[0].size > question.most_bytes:
        return f"{question.label}: the file may have at most {question.most_bytes // 1024 // 1024} MB."
    if sent[0].kind not in question.file_types:
        return question.complaint or (
            f"{question.label}: “{sent[0].name[:60]}” is not one of {', '.join(question.file_types)}, by what is in it."
        )
    return "" if sent[0].size else f"{question.label}: the file is empty."


# Addresses


@lru_cache(maxsize=4096)
def is_address(text: str) -> bool:
    """Whether a text is an e-mail address by its syntax, in a domain that has a dot."""
    try:
        found = validate_email(text, check_deliverability=False, test_environment=True, globally_deliverable=False)
    except EmailNotValidError:
        return False
    last = found.ascii_domain.rpartition(".")
    return bool(last[0]) and not last[2].isdigit() and not found.ascii_domain.startswith("[")


def mailboxes(text: str) -> tuple[str, ...]:
    """The addresses of a text, with commas, semicolons or lines between, as the list of suppressions writes them, each
    once; raises ValueError with the first that is none."""
    found: dict[str, None] = {}
    for given in filter(None, (each.strip() for each in re.split(r"[,;\s]+", text))):
        if not is_address(given):
            raise ValueError(f"“{given[:80]}” is no e-mail address; write each like team@firm.example, one a line.")
        local, _, domain = unicodedata.normalize("NFKC", given).lower().rpartition("@")
        ascii_domain = validate_email(f"a@{domain}", check_deliverability=False, test_environment=True).ascii_domain
        found[f"{local}@{ascii_domain.lower()}"] = None
    return tuple(found)


def domain_of(address: str) -> str:
    """The domain of an address in small letters."""
    return address.rpartition("@")[2].strip().lower().rstrip(".")


def _address_fault(form: Form, address: str, *, is_sure: bool) -> tuple[str, str]:
    """What a form says to such an address, and the doubt that is noted where it takes it."""
    domain = domain_of(address)
    say = form.mail_complaint or WORK_MAIL
    is_disposable = domains.is_disposable(domain)
    rule = form.disposable_mail if is_disposable else form.free_mail if domains.is_free_mail(domain) else "allow"
    doubt = "disposable" if is_disposable else ""
    if rule == "refuse":
        return say, doubt
    if rule == "warn" and not is_sure:
        return f"{say} If you mean {address}, send the form once more.", doubt
    return "", doubt


def warned(form: Form, given: Given) -> str:
    """The address about which somebody is asked whether it is meant; sent back as lw_sure it is taken."""
    for question in form.questions:
        text = _one(_last(given.get(question.name, ())))
        if question.kind == "email" and text and is_address(text):
            domain = domain_of(text)
            rule = (
                form.disposable_mail
                if domains.is_disposable(domain)
                else form.free_mail
                if domains.is_free_mail(domain)
                else ""
            )
            return text if rule == "warn" else ""
    return ""


# Values


def _number(text: str) -> Decimal | None:
    try:
        value = Decimal(text.strip().replace(",", "."))
    except (InvalidOperation, ValueError):
        return None
    return value if value.is_finite() and abs(value.adjusted()) < 40 else None


def _whole(text: str, otherwise: int) -> int:
    value = _number(text) if text else None
    return int(value) if value is not None and value == value.to_integral_value() else otherwise


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip()) if re.fullmatch(r"\d{4}-\d\d-\d\d", text.strip()) else None
    except ValueError:
        return None


def _clock(text: str) -> time | None:
    found = re.fullmatch(r"(\d{1,2}):(\d\d)(?::\d\d)?", text.strip())
    hour, minute = (int(found[1]), int(found[2])) if found else (99, 99)
    return time(hour, minute) if hour < 24 and minute < 60 else None
