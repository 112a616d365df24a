"""A form's questions: when each is asked, and what is taken as an answer."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadwright.attract import questions
from leadwright.attract.questions import Condition, Form, Question, Sent, Variant, When

EMAIL = Question("email", "E-mail", "email", True)


def form(*asked: Question, **more: Any) -> Form:
    return Form("x", "X", asked, **more)


def says(question: Question, *words: str, **more: Any) -> questions.Answer | str:
    """The answer that is taken, or the sentence that refuses it."""
    checked = questions.check(form(question, **more), {question.name: words})
    return checked.errors.get(question.name) or checked.answers.get(question.name, "")


@pytest.mark.parametrize(
    ("question", "words", "taken"),
    [
        (Question("x", "X"), "  Ada \n Okafor ", "Ada Okafor"),
        (Question("x", "X", "long_text"), " a\r\nb ", "a\nb"),
        (Question("x", "X", "email"), "ada@nordwind.example", "ada@nordwind.example"),
        (Question("x", "X", "number", minimum="1", maximum="9", increment="0.5"), "2,5", "2,5"),
        (Question("x", "X", "date", minimum="2026-01-01"), "2026-01-01", "2026-01-01"),
        (Question("x", "X", "time"), "9:05", "09:05"),
        (Question("x", "X", "url"), "nordwind.example/a", "https://nordwind.example/a"),
        (Question("x", "X", "country"), "germany", "DE"),
        (Question("x", "X", "country"), "de", "DE"),
        (Question("x", "X", "rating"), "5", "5"),
        (Question("x", "X", "radio", options=("a", "b")), "b", "b"),
        (Question("x", "X", "hidden", placeholder="fixed"), "anything else", "fixed"),
        (Question("x", "X", pattern="[A-Z]{3}"), "ABC", "ABC"),
    ],
)
def test_an_answer_that_fits_is_taken_in_its_plain_form(question: Question, words: str, taken: str) -> None:
    assert says(question, words) == taken


@pytest.mark.parametrize(
    ("question", "words", "part"),
    [
        (Question("x", "X", is_required=True), " ", "fill this in"),
        (Question("x", "X", shortest=3), "ab", "at least 3"),
        (Question("x", "X", longest=3), "abcd", "at most 3"),
        (Question("x", "X", longest=3, complaint="Three letters, please."), "abcd", "Three letters, please."),
        (Question("x", "X", "number"), "1e999999999", "write a number"),
        (Question("x", "X", "number", minimum="2"), "1", "2 is the least"),
        (Question("x", "X", "number", increment="5"), "7", "steps of 5"),
        (Question("x", "X", "date"), "31.1.2026", "2026-01-31"),
        (Question("x", "X", "date", maximum="2026-01-01"), "2026-01-02", "the most"),
        (Question("x", "X", "time"), "25:00", "14:30"),
        (Question("x", "X", "url"), "javascript:alert(1)", "not a web address"),
        (Question("x", "X", "url"), "https://user:pass@x.example", "not a web address"),
        (Question("x", "X", "country"), "Atlantis", "choose a country"),
        (Question("x", "X", "rating"), "6", "from 1 to 5"),
        (Question("x", "X", "rating"), "1.0", "from 1 to 5"),
        (Question("x", "X", "choice", options=("a",)), "b", "one of the options"),
        (Question("x", "X", "choices", True, options=("a",)), "", "at least one"),
        (Question("x", "X", "checkbox", True), "no", "tick the box"),
        (Question("x", "X", pattern="[A-Z]{3}"), "abc", "does not look right"),
    ],
)
def test_an_answer_that_does_not_fit_is_refused_in_a_sentence(question: Question, words: str, part: str) -> None:
    assert part in str(says(question, words))


def test_of_several_choices_each_must_be_offered_and_their_order_is_the_forms() -> None:
    question = Question("x", "X", "choices", options=("a", "b", "c"))
    assert says(question, "c", "a", "a") == ("a", "c")
    assert "choose from the options" in str(says(question, "a", "z"))


def test_a_number_without_country_belongs_to_the_forms_country() -> None:
    question = Question("x", "X", "phone")
    assert says(question, "030 901820", country="DE") == "+4930901820"
    assert says(question, "+49 30 901820", country="US") == "+49 30 901820"
    assert "not a phone number" in str(says(question, "1", country="DE"))


def test_private_and_throw_away_addresses_follow_the_forms_rule() -> None:
    assert says(EMAIL, "ada@gmail.com") == "ada@gmail.com"
    assert says(EMAIL, "ada@gmail.com", free_mail="refuse") == questions.WORK_MAIL
    assert says(EMAIL, "ada@mailinator.com", disposable_mail="refuse", mail_complaint="No.") == "No."
    asked = form(EMAIL, free_mail="warn")
    assert "once more" in questions.check(asked, {"email": ["ada@gmail.com"]}).errors["email"]
    assert questions.warned(asked, {"email": ["ada@gmail.com"]}) == "ada@gmail.com"
    sure = questions.check(asked, {"email": ["ada@gmail.com"], questions.SURE: ["ada@gmail.com"]})
    assert sure.answers == {"email": "ada@gmail.com"}
    assert questions.check(form(EMAIL), {"email": ["ada@mailinator.com"]}).doubts == ("disposable",)


def test_a_file_is_judged_by_what_is_in_it_and_by_its_size() -> None:
    asked = form(Question("cv", "CV", "file", True, file_types=("pdf",), most_bytes=1024**2))
    assert questions.check(asked, {}, {"cv": [Sent("cv.pdf", "pdf", 9)]}).files == ("cv",)
    for sent, part in (([], "choose a file"), ([Sent("cv.pdf", "", 9)], "not one of pdf"),
                       ([Sent("cv.pdf", "pdf", 2 * 1024**2)], "at most 1 MB"), ([Sent("a.pdf", "pdf", 0)], "empty"),
                       ([Sent("a.pdf", "pdf", 1)] * 2, "one file only")):  # fmt: skip
        assert part in questions.check(asked, {}, {"cv": sent}).errors["cv"]


def test_what_does_not_show_is_neither_required_nor_taken() -> None:
    asked = form(
        Question("who", "Who", "radio", options=("firm", "person")),
        Question("firm", "Firm", is_required=True, when=When((Condition("who", "is", "firm"),))),
        Question("size", "Size", is_required=True, when=When((Condition("firm", "is_set"),))),
    )
    assert questions.check(asked, {"who": ["person"], "firm": ["Nordwind"]}).answers == {"who": "person"}
    assert questions.check(asked, {"who": ["person"], "firm": ["Nordwind"]}).odd == ("firm",)
    assert set(questions.check(asked, {"who": ["firm"]}).errors) == {"firm"}
    assert set(questions.check(asked, {"who": ["firm"], "firm": ["N"]}).errors) == {"size"}


def test_a_condition_may_only_look_back() -> None:
    late = Question("a", "A", when=When((Condition("b", "is_set"),)))
    assert set(questions.misplaced(form(late, Question("b", "B")))) == {"a"}
    assert questions.misplaced(form(Question("b", "B"), late)) == {}


NAMES = st.sampled_from(["a", "b", "c", "nobody"])
ANSWERS = st.dictionaries(
    NAMES, st.one_of(st.booleans(), st.sampled_from(["", "x", "Y", "10", "9"]), st.just(("x", "10"))), max_size=3
)
CONDITIONS = st.builds(
    Condition, NAMES, st.sampled_from(list(questions.RELATIONS)), st.sampled_from(["x", "y", "10", ""])
)
WHENS = st.recursive(
    st.builds(When, st.tuples(CONDITIONS) | st.just(()), st.booleans()),
    lambda inner: st.builds(When, st.lists(CONDITIONS | inner, max_size=3).map(tuple), st.booleans()),
    max_leaves=6,
)


def plainly(when: When | Condition, answers: dict[str, Any]) -> bool:  # noqa: PLR0911
    """The rule once more, word by word."""
    if isinstance(when, When):
        if when.parts == ():
            return True
        results = [plainly(part, answers) for part in when.parts]
        return True in results if when.is_any else False not in results
    answer = answers.get(when.question)
    values = list(answer) if isinstance(answer, tuple) else ["yes"] if answer is True else [answer] if answer else []
    values = [value.lower() for value in values]
    if when.relation in ("is_not", "contains_not", "is_empty"):
        opposite = {"is_not": "is", "contains_not": "contains", "is_empty": "is_set"}[when.relation]
        return not plainly(Condition(when.question, opposite, when.value), answers)
    for value in values:
        if when.relation == "is_set" or (when.relation == "is" and value == when.value.lower()):
            return True
        if when.relation == "contains" and value.find(when.value.lower()) >= 0:
            return True
        if value.isdigit() and when.value.isdigit():
            difference = int(value) - int(when.value)
            if (when.relation == "more_than" and difference > 0) or (when.relation == "less_than" and difference < 0):
                return True
    return False


ONE = st.builds(Condition, st.just("a"), st.sampled_from(list(questions.RELATIONS)), st.sampled_from(["x", "10", ""]))
INNER = st.builds(When, st.lists(ONE, min_size=1, max_size=3).map(tuple), st.booleans())
OUTER = st.builds(When, st.lists(ONE | INNER, min_size=1, max_size=3).map(tuple), st.booleans())


@given(
    st.just(questions.ALWAYS) | st.builds(When, st.lists(ONE | OUTER, min_size=1, max_size=3).map(tuple), st.booleans())
)
def test_groups_within_groups_are_kept_and_told_as_they_are(when: When) -> None:
    kept = {"name": "b", "label": "B", "kind": "text", "show_when": questions.blocks(when), "show_if_any": when.is_any}
    assert questions.read({"code": "x", "name": "X"}, [kept]).questions[0].when == when
    assert questions.read_tree(questions.tree(when)) == when


@given(WHENS, ANSWERS)
def test_conditions_mean_what_they_say(when: When, answers: dict[str, Any]) -> None:
    assert questions.holds(when, answers) == plainly(when, answers)


def test_what_is_known_is_not_asked_again_and_the_next_come_a_few_at_a_time() -> None:
    asked = form(EMAIL, *(Question(name, name, until_known=True) for name in ("a", "b", "c")), most_unknown=1)
    shown, left_out = asked.without(())
    assert ([q.name for q in shown.questions], left_out) == (["email", "a"], ("b", "c"))
    shown, left_out = asked.without({"a", "email"})
    assert ([q.name for q in shown.questions], left_out) == (["email", "b"], ("a", "c"))


def test_each_variant_gets_its_share_and_a_browser_always_sees_the_same() -> None:
    asked = form(EMAIL, Question("phone", "Phone", "phone"), own_weight=3,
                 variants=(Variant("short", 1, "Go", frozenset({"phone"})), Variant("rests", 0)))  # fmt: skip
    seen = [asked.choose(str(n)) for n in range(2_000)]
    assert 400 < seen.count("short") < 600
    assert seen.count("rests") == 0
    assert asked.choose("7") == asked.choose("7")
    assert [q.name for q in asked.varied("short").questions] == ["email"]
    assert asked.varied("short").button == "Go"


def test_an_editor_is_told_of_limits_that_cannot_hold() -> None:
    assert set(questions.faults("number", "5", "2", "-1", "(", "exe")) == {
        "maximum",
        "increment",
        "pattern",
        "file_types",
    }
    assert questions.faults("date", "soon", "", "", "", "") == {"minimum": "Write a day like 2026-01-31."}
    assert set(questions.faults("text", "", "", "", "(a)\\1", "")) == {"pattern"}
    assert questions.faults("rating", "0", "10", "", "[A-Z]+", "pdf, .docx") == {}
