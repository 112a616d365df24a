"""A question shows in the browser if, and only if, the server asks it: over drawn forms of all kinds, in Chromium."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser, Page

from leadwright.attract import drawings, questions
from leadwright.attract.drawings import Showing
from leadwright.attract.questions import Condition, Form, Question, When

pytestmark = [pytest.mark.browser, pytest.mark.slow]

# Fills a form in as somebody would, and answers what shows then and what would be sent.
FILL_IN = """([html, answers]) => {
  document.body.innerHTML = html;
  const form = document.querySelector("form");
  lwForms.begin(form);
  for (const [name, values] of answers) {
    for (const one of Array.from(form.elements).filter(one => one.name === name && one.type !== "hidden")) {
      if (one.type === "checkbox" || one.type === "radio") one.checked = values.includes(one.value);
      else if (one.type === "file") {
        const chosen = new DataTransfer();
        if (values[0]) chosen.items.add(new File(["words"], values[0]));
        one.files = chosen.files;
      } else one.value = values[0] || "";
      one.dispatchEvent(new Event("input", { bubbles: true }));
    }
  }
  const boxes = Array.from(form.querySelectorAll("[data-lw-question]")).filter(one => !one.hidden);
  const fixed = Array.from(form.querySelectorAll("input[type=hidden]")).filter(one => !one.disabled);
  const sent = Array.from(new FormData(form)).map(
    ([name, value]) => [name, value.name === undefined ? value : null, value.name]);
  return [boxes.map(one => one.dataset.lwQuestion).concat(fixed.map(one => one.name)), sent];
}"""

ODD = ("", "x", "X ", "yes", "a  b", "a\u2003b", "\u00a0a b", "\ufeffx", "\x1fx", "Straße", "İ", "ΣΑΣ", "١")
FIGURES = ("10", "9,5", "9.50", "-0", "1e5", "007", ".5", "99999999999999999999", "99999999999999999998")
FIT = ("DE", "2026-01-31", "2026-02-31", "0000-01-01", "14:30", "nordwind.example", "+49 30 123456", "ada@x.example")
ALL = ODD + FIGURES + FIT
WORDS = st.sampled_from(ALL)
KINDS = (
    *("text", "long_text", "email", "phone", "number", "date", "time", "url", "choice", "radio", "choices", "country"),
    *("rating", "checkbox", "consent", "file", "hidden"),
)
NAMES = "abcdefgh"
OPTIONS = ("x", "a b", "10", "Straße")


def conditions(above: str) -> st.SearchStrategy[When]:
    """Nested conditions on the questions above; on one that there is not, too."""
    one = st.builds(Condition, st.sampled_from([*above, "nobody"]), st.sampled_from(list(questions.RELATIONS)), WORDS)
    group = st.builds(When, st.lists(one, min_size=1, max_size=3).map(tuple), st.booleans())
    outer = st.builds(When, st.lists(one | group, min_size=1, max_size=3).map(tuple), st.booleans())
    return st.just(questions.ALWAYS) | st.builds(When, st.lists(one | outer, max_size=3).map(tuple), st.booleans())


@st.composite
def forms(draw: st.DrawFn) -> Form:
    """A form with questions of any kind."""
    asked = []
    for number, name in enumerate(NAMES[: draw(st.integers(1, 8))]):
        kind = draw(st.sampled_from(KINDS))
        asked.append(
            Question(
                name,
                name.upper(),
                kind,
                is_required=draw(st.booleans()),
                options=OPTIONS if kind in ("choice", "radio", "choices") else (),
                placeholder=draw(st.sampled_from(["x", "10"])) if kind == "hidden" else "",
                when=draw(conditions(NAMES[:number])) if number else questions.ALWAYS,
                purpose="news" if kind == "consent" else "",
                wording="Yes, please." if kind == "consent" else "",
            )
        )
    return Form("x", "X", tuple(asked))


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    """An empty page with the script that forms come with."""
    page = browser.new_page()
    page.set_content(f"<!doctype html><html lang=en><title>Form</title><script>{drawings.SCRIPT}</script></html>")
    yield page
    page.close()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(forms(), st.lists(st.tuples(st.sampled_from(NAMES), st.lists(WORDS, max_size=2)), max_size=12))
def test_browser_and_server_ask_the_same(page: Page, form: Form, answers: list[tuple[str, list[str]]]) -> None:
    html = drawings.draw(Showing(form, action="/t/f/x", prefix="f", is_preview=True))
    shown, sent = page.evaluate(FILL_IN, [html, answers])
    said: dict[str, list[str]] = {}
    files: dict[str, list[questions.Sent]] = {}
    for name, value, file in sent:
        if file is None:
            said.setdefault(name, []).append(value)
        else:
            files.setdefault(name, []).append(questions.Sent(file, "txt" if file else "", 5))
    asked = questions.asked(form, said, files)
    assert asked == {name for name in shown if name in NAMES}, json.dumps([said, list(files)])
    assert not questions.check(form, said, files).odd  # nothing is sent that is not asked


def test_every_relation_means_the_same_of_every_pair_of_odd_words(page: Page) -> None:
    cases = [(relation, value, said) for relation in questions.RELATIONS for value in ALL for said in ALL]
    compare = """cases => cases.map(([relation, value, said]) =>
      lwForms.holds({ any: false, parts: [{ question: "a", relation, value }] }, () => said ? [said] : []))"""
    for case, told in zip(cases, page.evaluate(compare, cases), strict=True):
        relation, value, said = case
        assert questions.holds(When((Condition("a", relation, value),)), {"a": said}) == told, case


def test_what_hangs_on_a_hidden_question_that_hangs_on_another_shows_as_the_server_asks_it(page: Page) -> None:
    form = Form(
        "x",
        "X",
        (
            Question("a", "A"),
            Question("b", "B", "hidden", placeholder="x", when=When((Condition("a", "is", "yes"),))),
            Question("c", "C", when=When((Condition("b", "is_set"),))),
            Question("d", "D", "hidden", placeholder="x", when=When((Condition("c", "is_set"),))),
            Question("e", "E", when=When((Condition("d", "is_set"),))),
        ),
    )
    html = drawings.draw(Showing(form, action="/t/f/x", prefix="f", is_preview=True))
    for answers, asked in (
        ({"a": ["no"], "c": ["x"]}, {"a"}),
        ({"a": ["yes"]}, {"a", "b", "c"}),
        ({"a": ["yes"], "c": ["x"]}, set("abcde")),
    ):
        shown, _ = page.evaluate(FILL_IN, [html, list(answers.items())])
        assert {name for name in shown if name in NAMES} == asked == questions.asked(form, answers)


def test_without_script_everything_shows_and_says_when_it_counts(browser: Browser) -> None:
    when = When((Condition("a", "is", "x"), When((Condition("a", "is_empty"), Condition("b", "is_set")), is_any=True)))
    form = Form("x", "X", (Question("a", "A"), Question("b", "B"), Question("c", "C", is_required=True, when=when)))
    html = drawings.draw(Showing(form, action="/t/f/x", prefix="f"))
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.set_content(f"<!doctype html><html lang=en><title>Form</title>{html}</html>")
    assert all(page.locator(f"[name={name}]").is_visible() for name in "abc")
    assert page.locator("[name=c][required]").count() == 0  # or nobody could send it without an answer
    assert "Only if “A” is “x” and (“A” is empty or “B” is filled in)." in page.inner_text("form")
    context.close()
    sent: dict[str, Any] = {"a": ["x"], "b": ["y"]}
    assert set(questions.check(form, sent).errors) == {"c"}
    assert not questions.check(form, {"a": ["z"], "b": ["y"]}).errors
