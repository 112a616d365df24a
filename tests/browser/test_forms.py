"""Forms in a real browser: questions that come and go, steps, a riddle solved meanwhile, and other people's pages."""

import json
import random
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from leadwright.attract import questions
from leadwright.attract.questions import Condition, When
from tests.product import ROOT, Product, eventually

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def partner() -> Iterator[str]:
    """A site of somebody else, at another origin; what it shows stands in its query."""

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = f"<!doctype html><html lang=en><title>Partner</title><h1>Partner</h1>{self.shown()}</html>".encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(body)

        def shown(self) -> str:
            product = f"http://127.0.0.1:{self.path.rpartition('=')[2]}"
            if self.path.startswith("/script"):
                return f'<script src="{product}/t/embed.js" data-form="steps" async></script>'
            return (
                f'<iframe src="{product}/t/e/steps/" data-lw-frame="steps" title="Form" style="width:100%"></iframe>'
                f'<script src="{product}/t/embed.js" async></script>'
            )

        def log_message(self, *words: Any) -> None:
            """Silence."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def site(product: Product, partner: str) -> Product:
    """The product with a form in three steps, which the partner may show."""
    command = [sys.executable, "-m", "tests.browser.forms", partner]
    subprocess.run(command, env=product.environment, cwd=ROOT, check=True, capture_output=True)
    return product


@pytest.fixture
def visit(browser: Browser, site: Product) -> Iterator[Any]:
    """`visit(width=390)` answers a page of a new visitor."""
    contexts = []

    def enter(width: int = 1440, **more: Any) -> Page:
        context = browser.new_context(viewport={"width": width, "height": 844}, base_url=site.url, **more)
        contexts.append(context)
        return context.new_page()

    yield enter
    for context in contexts:
        context.close()


def serious(page: Page) -> list[str]:
    """What axe finds that would keep somebody out."""
    found = Axe().run(page).response["violations"]
    return [f"{e['id']}: {n['target']}" for e in found if e["impact"] in ("serious", "critical") for n in e["nodes"]]


def fill_in(page: Any, email: str) -> None:
    """Go through the three steps up to the last button."""
    assert not page.is_visible("[name=firm]")
    page.check("input[name=who][value=firm]")
    page.fill("[name=firm]", "Nordwind")
    page.fill("[name=email]", email)
    page.click("button:has-text('Next')")
    page.check("input[name=topics][value=Prices]")
    page.click("button:has-text('Back')")
    assert page.input_value("[name=firm]") == "Nordwind"
    page.click("button:has-text('Next')")
    page.click("button:has-text('Next')")
    page.fill("[name=words]", "Please call.")


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
def test_a_person_goes_through_the_steps_and_her_browser_solves_a_riddle_meanwhile(
    visit: Any, site: Product, width: int, scheme: str
) -> None:
    page = visit(width, color_scheme=scheme)
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto("/steps/")
    page.click("button:has-text('Next')")
    assert page.evaluate("document.activeElement.name") in ("email", "who")  # the browser says what is missing
    fill_in(page, f"ada{width}@nordwind.example")
    assert serious(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    page.reload()
    assert page.input_value("[name=firm]") == "Nordwind"  # nothing is lost by a reload
    fill_again = page.locator("button:has-text('Next')")
    fill_again.click()
    fill_again.click()
    page.wait_for_function("document.querySelector('[name=lw_n]').value")
    with page.expect_response("**/t/f/steps") as got:
        page.click("button:has-text('Send it')")
    assert got.value.ok
    page.wait_for_selector(".lw-form__thanks")
    assert complaints == []
    found = eventually(lambda: site.api("GET", f"/contacts?email=ada{width}@nordwind.example")["items"])
    facts = eventually(lambda: site.api("GET", f"/activities?kind=form_submitted&contact={found[0]['id']}")["items"])
    assert facts[0]["properties"]["fields"]["topics"] == ["Prices"]
    assert facts[0]["properties"]["seconds"] > 0


def test_without_script_all_steps_stand_below_each_other_and_come_back_with_what_to_mend(visit: Any) -> None:
    page = visit(java_script_enabled=False)
    page.goto("/steps/")
    assert page.is_visible("[name=words]")
    assert "Only if" in page.inner_text("form.lw-form")
    page.check("input[name=who][value=firm]")
    page.fill("[name=email]", "ben@nordwind.example")
    page.fill("[name=words]", "Please write.")
    page.click("button:has-text('Send it')")
    assert "Firm: please fill this in." in page.inner_text(".lw-form__errors")
    assert page.input_value("[name=words]") == "Please write."
    page.fill("[name=firm]", "Nordwind")
    page.click("button:has-text('Send it')")
    page.wait_for_url("**/steps/**sent=steps**")


def port(site: Product) -> str:
    return site.url.rpartition(":")[2]


def test_a_form_is_filled_in_on_somebody_elses_page(visit: Any, site: Product, partner: str) -> None:
    page = visit()
    page.goto(f"{partner}/script?port={port(site)}")
    page.wait_for_selector("form.lw-form")
    fill_in(page, "cleo@partner.example")
    page.evaluate("document.querySelector('form.lw-form [name=email]').value = 'cleo@nowhere'")
    page.click("button:has-text('Send it')")
    page.wait_for_selector(".lw-field__error")
    assert page.evaluate("document.activeElement.name") == "email"  # in the first step again
    page.fill("[name=email]", "cleo@partner.example")
    for words in ("Next", "Next", "Send it"):
        page.click(f"button:has-text('{words}')")
    assert page.inner_text(".lw-form__thanks").startswith("Thank you")
    assert page.url.startswith(partner)
    assert eventually(lambda: site.api("GET", "/contacts?email=cleo@partner.example")["items"])


def test_a_frame_is_as_high_as_its_form_and_only_named_sites_may_have_one(
    visit: Any, site: Product, partner: str
) -> None:
    page = visit(390)
    page.goto(f"{partner}/frame?port={port(site)}")
    page.wait_for_function("parseInt(document.querySelector('iframe').style.height) > 300")
    frame = page.frame_locator("iframe")
    frame.locator("input[name=who][value=firm]").check()
    before = page.evaluate("document.querySelector('iframe').getBoundingClientRect().height")
    frame.locator("input[name=who][value=person]").check()
    page.wait_for_function(f"document.querySelector('iframe').getBoundingClientRect().height < {before}")
    elsewhere = partner.replace("localhost", "127.0.0.1")  # the same page, but an origin that nobody has named
    page.goto(f"{elsewhere}/frame?port={port(site)}")
    page.wait_for_load_state("networkidle")
    assert page.frames[-1].url.startswith("chrome-error:") or not page.frames[-1].query_selector("form")
    page.goto(f"{elsewhere}/script?port={port(site)}")
    page.wait_for_selector("text=may not be shown on")


def test_browser_and_server_agree_on_what_shows(visit: Any) -> None:
    page = visit()
    page.goto("/steps/")
    draw = random.Random(7)
    values = ["", "x", "Y", "10", "9,5", "2026-01-31", "x y"]
    for _ in range(300):
        answers = {name: draw.sample(values, draw.randrange(3)) for name in "abc"}
        answers = {name: [each for each in given if each] for name, given in answers.items()}
        parts = [
            Condition(draw.choice("abcd"), draw.choice(list(questions.RELATIONS)), draw.choice(values))
            for _ in range(3)
        ]
        when = When((parts[0], When(tuple(parts[1:]), draw.random() < 0.5)), draw.random() < 0.5)
        told = page.evaluate(
            "([when, answers]) => lwForms.holds(when, name => answers[name] || [])", [_plain(when), answers]
        )
        server = questions.holds(when, {name: tuple(given) for name, given in answers.items()})
        assert told == server, json.dumps([_plain(when), answers])


def _plain(when: When | Condition) -> dict[str, Any]:
    if isinstance(when, When):
        return {"any": when.is_any, "parts": [_plain(part) for part in when.parts]}
    return {"question": when.question, "relation": when.relation, "value": when.value}
