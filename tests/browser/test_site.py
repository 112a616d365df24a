"""The public site as a visitor meets it in a real browser: from the first page to the thanks, also without script."""

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.product import ROOT, Product, eventually

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PAGES = ("/", "/reading/idle/", "/trial/", "/leaflet/", "/thanks/")


@pytest.fixture(scope="module")
def site(product: Product) -> Product:
    """The product with a small site."""
    command = [sys.executable, "-m", "tests.browser.sites"]
    subprocess.run(command, env=product.environment, cwd=ROOT, check=True, capture_output=True)
    return product


@pytest.fixture
def visit(browser: Browser, site: Product) -> Iterator[Any]:
    """`visit(width=390, color_scheme="dark")` answers a page of a new visitor."""
    contexts = []

    def enter(width: int = 1440, **more: Any) -> Page:
        context = browser.new_context(viewport={"width": width, "height": 844}, base_url=site.url, **more)
        contexts.append(context)
        return context.new_page()

    yield enter
    for context in contexts:
        context.close()


def test_a_visitor_asks_for_a_demo_and_becomes_a_contact(visit: Any, site: Product) -> None:
    page = visit()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto("/")
    page.click("main a:has-text('See it run')")
    page.wait_for_url("**/trial/")
    page.fill("[name=first_name]", "Ada")
    page.click("button:has-text('Show me')")
    assert page.url.endswith("/trial/")
    assert page.evaluate("document.activeElement.name") == "email"
    assert page.evaluate("document.activeElement.validationMessage")
    page.evaluate("document.querySelector('form.lw-form').noValidate = true")
    page.click("button:has-text('Show me')")
    said = page.wait_for_selector(".lw-field__error")
    assert "e-mail" in said.inner_text().lower()
    assert page.get_attribute("[name=email]", "aria-invalid") == "true"
    assert page.get_attribute("[name=email]", "aria-describedby") == said.get_attribute("id")
    assert page.input_value("[name=first_name]") == "Ada"
    assert not serious(page)
    page.fill("[name=email]", "ada@nordwind.example")
    page.check("[name=lw_consent]")
    page.click("button:has-text('Show me')")
    page.wait_for_url("**/thanks/**")
    assert page.inner_text("h1") == "Thank you, we have it"
    assert not complaints
    found = eventually(lambda: site.api("GET", "/contacts?email=ada@nordwind.example")["items"])
    assert found[0]["first_name"] == "Ada"


def test_the_same_works_without_script(visit: Any) -> None:
    page = visit(java_script_enabled=False)
    page.goto("/trial/")
    page.fill("[name=email]", "ben@nowhere")
    page.click("button:has-text('Show me')")
    assert page.inner_text("h1") == "Something is missing"
    assert "e-mail" in page.inner_text("ul").lower()
    page.go_back()
    page.fill("[name=email]", "ben@nordwind.example")
    page.click("button:has-text('Show me')")
    page.wait_for_url("**/thanks/**")
    assert page.inner_text("h1") == "Thank you, we have it"


def test_a_resource_is_handed_out_after_its_form(visit: Any) -> None:
    page = visit()
    page.goto("/leaflet/")
    page.fill("[name=email]", "cleo@nordwind.example")
    page.click("button:has-text('Show me')")
    page.wait_for_url("**/thanks/**")
    with page.expect_download() as got:
        page.click("a[download]")
    assert got.value.suggested_filename.endswith(".pdf")


def serious(page: Page) -> list[str]:
    """What axe finds that would keep somebody out."""
    found = Axe().run(page).response["violations"]
    return [f"{e['id']}: {n['target']}" for e in found if e["impact"] in ("serious", "critical") for n in e["nodes"]]


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (1440, "dark"), (390, "light"), (390, "dark")])
def test_no_public_page_keeps_anybody_out(visit: Any, width: int, scheme: str) -> None:
    page = visit(width=width, color_scheme=scheme)
    faults = {}
    for path in PAGES:
        answer = page.goto(path)
        assert answer.status == 200, path
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if found := [*serious(page), *([f"scrolls sideways by {wide} px"] if wide > 0 else [])]:
            faults[path] = found
    assert not faults
