"""Forms as the collector knows them, and the check of what somebody answered. Pure: no database, no Django."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import phonenumbers
from email_validator import EmailNotValidError, validate_email

HONEYPOT = "website_url_2"
CONSENT = "lw_consent"
LONGEST = {"text": 250, "long_text": 10_000, "email": 254, "phone": 40, "number": 40, "choice": 250, "hidden": 250}
NO = frozenset({"", "0", "off", "false", "no"})
YES = frozenset({"1", "on", "true", "yes"})


@dataclass(frozen=True, slots=True)
class Question:
    """One question of a form."""

    name: str
    label: str
    kind: str = "text"
    is_required: bool = False
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Form:
    """A form with its consent and what follows it."""

    code: str
    name: str
    questions: tuple[Question, ...]
    thanks: str = ""
    thanks_url: str = ""
    consent_purpose: str = ""
    consent_wording: str = ""
    consent_required: bool = False


@dataclass(frozen=True, slots=True)
class Checked:
    """Answers that can be used, faults by the name of the question, and whether consent was given."""

    answers: dict[str, str | bool]
    errors: dict[str, str]
    consent: bool


@lru_cache(maxsize=4096)
def is_address(text: str) -> bool:
    """Whether a text is an e-mail address by its syntax, in a domain that has a dot."""
    try:
        found = validate_email(text, check_deliverability=False, test_environment=True, globally_deliverable=False)
    except EmailNotValidError:
        return False
    last = found.ascii_domain.rpartition(".")
    return bool(last[0]) and not last[2].isdigit() and not found.ascii_domain.startswith("[")


def check(form: Form, given: Mapping[str, str]) -> Checked:
    """What somebody answered to a form's questions; unknown names are left out."""
    answers: dict[str, str | bool] = {}
    errors: dict[str, str] = {}
    for question in form.questions:
        value, error = _answer(question, given.get(question.name, ""))
        if error:
            errors[question.name] = error
        elif value != "":
            answers[question.name] = value
    consent = bool(form.consent_purpose) and given.get(CONSENT, "").strip().lower() not in NO
    if form.consent_purpose and form.consent_required and not consent:
        errors[CONSENT] = "Please tick the box; we need your permission for this."
    return Checked(answers, errors, consent)


def _answer(question: Question, raw: str) -> tuple[str | bool, str]:
    if question.kind == "checkbox":
        ticked = raw.strip().lower() in YES
        return ticked, f"{question.label}: please tick the box." if question.is_required and not ticked else ""
    text = raw.replace("\r\n", "\n").strip()
    if question.kind != "long_text":
        text = " ".join(text.split())
    if not text:
        return "", f"{question.label}: please fill this in." if question.is_required else ""
    longest = LONGEST.get(question.kind, 250)
    if len(text) > longest:
        return "", f"{question.label}: please use at most {longest:,} characters."
    return text, _fault(question, text)


def _fault(question: Question, text: str) -> str:
    match question.kind:
        case "email" if not is_address(text):
            return f"{question.label}: “{text[:80]}” is not an e-mail address. It should look like name@example.com."
        case "phone" if not _is_phone(text):
            return f"{question.label}: “{text[:40]}” is not a phone number. Use digits, such as +49 30 123456."
        case "number" if not _is_number(text):
            return f"{question.label}: please write a number, such as 25."
        case "choice" if text not in question.options:
            return f"{question.label}: please choose one of the options."
    return ""


def _is_phone(text: str) -> bool:
    try:
        number = phonenumbers.parse(text, None if text.startswith("+") else "ZZ")
    except phonenumbers.NumberParseException:
        digits = sum(letter.isdigit() for letter in text)
        return 5 <= digits <= 15 and all(letter.isdigit() or letter in " +()-./x" for letter in text)
    return bool(phonenumbers.is_possible_number(number))


def _is_number(text: str) -> bool:
    try:
        number = float(text.replace(",", "."))
    except ValueError:
        return False
    return number == number and abs(number) != float("inf")  # noqa: PLR0124  NaN is not itself
