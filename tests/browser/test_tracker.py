"""The tracker in a real Chromium on a foreign site: what it tells, what it keeps to itself; it never breaks a page."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from leadwright.main.processes import free_port
from leadwright.workspace import keys
from tests.browser import chromium
from tests.capture.conftest import ROOT, database_url, rows, until

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SHOP, BLOG = "shop.example", "blog.example"

# What the script tag of a page says besides its key, by the first part of the page's path.
SAYS = {
    "plain": "",
    "hash": "data-hash",
    "wait": 'data-consent="wait"',
    "denied": 'data-consent="denied"',
    "nameless": "data-cookieless",
    "dnt": "data-dnt",
    "linked": f'data-domains="{SHOP}, {BLOG}"',
}
BODY = """
<h1>Power, seen</h1>
<a id="out" href="http://elsewhere.example/x?mail=ada%40nordwind.example">Elsewhere</a>
<a id="file" href="/plain/Paper.PDF?v=2">The paper</a>
<a id="blog" href="http://blog.example:{port}/linked/arrival?x=1#top">Blog</a>
<form id="ours" action="/t/f/demo" method="post"><input name="email"><input name="size"><button>Send</button></form>
<form id="marked" data-lw-form="quote" action="/plain/thanks" method="post">
<input name="reach"><button>Send</button></form>
<form id="other" action="/plain/search"><input name="q"></form>
<div style="height: 4000px"></div>
"""


class Site(ThreadingHTTPServer):
    """A site of somebody else's that has put the tracker into its pages."""

    tracker = ""
    key = ""


class Pages(BaseHTTPRequestHandler):
    """Answers every path with the same page."""

    server: Site

    def do_GET(self) -> None:
        """The page; what its script tag says follows from the path."""
        says = SAYS.get(self.path.split("/")[1], "")
        script = f'<script src="{self.server.tracker}" data-key="{self.server.key}" {says} defer></script>'
        before = "<script>window.lw = {q: [['track', 'Before', {n: 1}]]}</script>" if "before" in self.path else ""
        body = BODY.replace("{port}", str(self.server.server_port))
        page = f"<!doctype html><title>Shop</title>{before}{script}{body}".encode()
        self.send_response(200)
        self.send_header("content-type", "text/html; charset=utf-8")
        self.send_header("content-length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    do_POST = do_GET  # noqa: N815

    def log_message(self, *_words: Any) -> None:
        """Says nothing."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A Chromium in which every name under .example is this machine."""
    from django.db import connections

    connections.close_all()
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    rules = "--host-resolver-rules=MAP *.example 127.0.0.1"
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium.path(), args=["--no-sandbox", rules])
        yield started
        started.close()


@pytest.fixture
def collector(transactional_db: None) -> Iterator[str]:
    """`leadwright collect` in a process of its own."""
    port = free_port()
    more = {"DATABASE_URL": database_url(), "LEADWRIGHT_PORT": str(port), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "leadwright", "collect"]
    with subprocess.Popen(command, env=os.environ | more, start_new_session=True) as process:
        address = f"http://127.0.0.1:{port}"

        def answers() -> bool:
            try:
                return httpx.get(f"{address}/t/t.js").status_code == 200
            except httpx.HTTPError:
                return False

        assert until(answers)
        yield address
        os.killpg(process.pid, signal.SIGTERM)


@pytest.fixture
def site(collector: str) -> Iterator[Site]:
    """The shop, whose key may be used on the shop and on the blog."""
    key, secret = keys.create("collect")
    with Site(("127.0.0.1", 0), Pages) as server:
        key.allowed_origins = [f"http://{host}:{server.server_port}" for host in (SHOP, BLOG)]
        key.save()
        server.tracker, server.key = f"{collector}/t/t.js", secret
        Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def visit(browser: Browser, site: Site) -> Iterator[Callable[..., Page]]:
    """`visit("plain")` opens the shop's page in a browser of its own, or in a given one; no page may ever complain."""
    complaints: list[str] = []
    contexts: list[BrowserContext] = []

    def enter(path: str, context: BrowserContext | None = None, host: str = SHOP, script: str = "") -> Page:
        if context is None:
            context = browser.new_context()
            contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        if script:
            page.add_init_script(script)
        page.goto(f"http://{host}:{site.server_port}/{path}")
        return page

    yield enter
    for context in contexts:
        context.close()
    assert complaints == []


def told(kind: str = "", event: str = "") -> list[dict[str, Any]]:
    """What has been told, each message once, as judging counts it."""
    found = rows("SELECT kind, payload FROM capture_hit ORDER BY tx DESC, id DESC")
    once = {each["messageId"]: (name, each) for name, each in found}
    return [each for name, each in reversed(once.values()) if kind in ("", name) and event in ("", each.get("event"))]


def arrives(kind: str, event: str = "", count: int = 1) -> list[dict[str, Any]]:
    """Waits until as many calls have been told, and answers them."""
    assert until(lambda: len(told(kind, event)) >= count), told()
    return told(kind, event)


def test_it_tells_a_page_and_what_was_asked_before_it_was_there(visit: Callable[..., Page]) -> None:
    visit("plain/before?utm_source=news&mail=ada@nordwind.example&token=x%40y.example#ada@nordwind.example")
    page = arrives("page")[0]
    assert page["context"]["page"]["path"] == "/plain/before"
    assert page["context"]["page"]["url"].partition("/plain")[2] == "/before?utm_source=news&mail=-&token=-"
    assert page["name"] == "Shop"
    assert page["context"]["timezone"]
    assert arrives("track", "Before")[0]["properties"] == {"n": 1}
    assert page["anonymousId"] == told("track", "Before")[0]["anonymousId"]
    assert "nordwind" not in str(told())


def test_a_page_of_a_single_page_application_is_a_page(visit: Callable[..., Page]) -> None:
    page = visit("plain/start")
    arrives("page")
    page.evaluate("history.pushState({}, '', '/plain/second?x=1')")
    second = arrives("page", count=2)[-1]
    assert second["context"]["page"]["path"] == "/plain/second"
    assert second["context"]["page"]["referrer"].endswith("/plain/start")
    page.evaluate("history.replaceState({a: 1}, '', '/plain/second?x=1'); location.hash = 'part'")
    page.evaluate("history.replaceState({}, '', '/plain/third')")
    page.go_back()
    assert [each["context"]["page"]["path"] for each in arrives("page", count=4)][2:] == [
        "/plain/third",
        "/plain/second",
    ]
    page = visit("hash/start")
    page.evaluate("location.hash = 'part'")
    assert arrives("page", count=6)[-1]["context"]["page"]["url"].endswith("/hash/start#part")


def test_a_person_is_told_from_a_script(visit: Callable[..., Page]) -> None:
    page = visit("plain/start")
    arrives("page")
    page.evaluate(
        """() => {
            for (const type of "wheel keydown pointerdown pointermove pointermove pointermove scroll".split(" "))
                window.dispatchEvent(new Event(type));
            window.scrollTo(0, 2000);
            addEventListener("click", event => event.preventDefault());
            document.querySelector("#out").dispatchEvent(new MouseEvent("click", {bubbles: true, cancelable: true}));
            lw.track("Done");
        }"""
    )
    arrives("track", "Done")
    assert told("track", "$human") == []
    assert told("track", "Outbound link clicked") == []
    page.mouse.move(10, 10)
    for at in range(20, 200, 20):
        page.mouse.move(at, at)
        page.evaluate("() => new Promise(requestAnimationFrame)")
    assert [each["properties"] for each in arrives("track", "$human")] == [{"by": "pointermove"}]


def test_links_that_lead_away_and_files_are_told(visit: Callable[..., Page], site: Site) -> None:
    page = visit("plain/start")
    page.evaluate("addEventListener('click', e => e.preventDefault())")
    page.click("#out")
    out = arrives("track", "Outbound link clicked")[0]["properties"]
    assert out == {"url": "http://elsewhere.example/x?mail=-", "host": "elsewhere.example"}
    page.click("#file", button="middle")
    file = arrives("track", "File downloaded")[0]["properties"]
    assert (file["url"].partition("/plain")[2], file["extension"]) == ("/Paper.PDF?v=2", "PDF")
    page.click("h1")
    assert len(told("track", "Outbound link clicked")) == 1


def test_a_form_is_started_left_and_sent_without_what_was_written(visit: Callable[..., Page]) -> None:
    page = visit("plain/start")
    assert {each["properties"]["form"] for each in arrives("track", "Form viewed", count=2)} == {"demo", "quote"}
    page.type("#ours input[name=email]", "secret@nordwind.example")
    page.type("#ours input[name=size]", "seventeen")
    page.type("#other input", "not a form of ours")
    assert arrives("track", "Form started")[0]["properties"] == {"form": "demo", "field": "email"}
    page.type("#marked input", "wide")
    page.click("#marked button")
    page.wait_for_url("**/plain/thanks*")
    assert arrives("track", "Form submitted")[0]["properties"] == {"form": "quote"}
    left = arrives("track", "Form abandoned")
    assert [each["properties"] for each in left] == [{"form": "demo", "field": "size"}]
    assert len(told("track", "Form started")) == 2
    for written in ("secret", "seventeen", "not a form", "wide"):
        assert written not in str(told())


def test_what_a_forms_own_script_tells_is_not_told_twice(visit: Callable[..., Page]) -> None:
    page = visit("plain/start", script="window.lwForms = {}")
    arrives("page")
    page.evaluate("document.querySelector('#marked').dataset.lwWhere = 'https://blog.example'")
    page.type("#marked input", "x")
    page.type("#ours input[name=email]", "x")
    page.goto(page.url.replace("start", "next"))
    assert [each["properties"]["form"] for each in arrives("track", "Form abandoned")] == ["demo"]
    assert [each["properties"]["form"] for each in told("track", "Form started")] == ["demo"]
    assert told("track", "Form viewed") == []


def test_it_tells_how_long_and_how_far_a_page_was_read(visit: Callable[..., Page]) -> None:
    page = visit("plain/start", script="const was = Date.now; Date.now = () => was() + (window.later || 0)")
    arrives("page")
    page.evaluate("window.scrollTo(0, document.documentElement.scrollHeight); window.later = 42000")
    page.wait_for_function("window.scrollY > 1000")
    page.evaluate("() => new Promise(requestAnimationFrame)")
    page.goto(page.url.replace("start", "next"))
    read = arrives("track", "Page left")[0]
    assert 41 <= read["properties"]["seconds"] <= 70
    assert read["properties"]["scroll"] >= 90
    assert read["context"]["page"]["path"] == "/plain/start"


def test_what_could_not_be_told_waits_and_is_told_once(visit: Callable[..., Page]) -> None:
    page = visit("plain/start")
    arrives("page")
    page.context.set_offline(True)
    page.evaluate("for (let n = 0; n < 100; n++) lw.track('Offline', {n: n})")
    assert page.evaluate("JSON.parse(localStorage.lw_q).length") == 60
    page.context.set_offline(False)
    arrives("track", "Offline", count=60)
    page.wait_for_function("localStorage.lw_q == '[]'")
    assert {each["properties"]["n"] for each in told("track", "Offline")} == set(range(40, 100))
    assert all(each["lw"]["sent_at"] for each in told())

    page.route("**/t/v1/**", lambda route: route.fulfill(status=503, headers={"access-control-allow-origin": "*"}))
    with page.expect_response("**/t/v1/batch"):
        page.evaluate("lw.track('While it was full')")
    assert page.evaluate("JSON.parse(localStorage.lw_q).length") == 1
    later = visit("plain/again", page.context)
    [kept] = arrives("track", "While it was full")
    later.wait_for_function("localStorage.lw_q == '[]'")
    assert told("track", "While it was full") == [kept]
    assert kept["context"]["page"]["path"] == "/plain/start"


def kept(page: Page) -> dict[str, Any]:
    """What the browser keeps of us."""
    found: dict[str, Any] = page.evaluate("({cookie: document.cookie, store: Object.keys(localStorage), id: lw.id()})")
    return found


def test_before_somebody_agrees_nothing_is_kept_or_sent(visit: Callable[..., Page]) -> None:
    page = visit("wait/start")
    page.evaluate("lw.track('Early'); lw.identify('u1', {email: 'ada@nordwind.example'})")
    assert kept(page) == {"cookie": "", "store": [], "id": ""}
    page.evaluate("lw.consent(true)")
    assert arrives("track", "Early")[0]["anonymousId"] == kept(page)["id"]
    arrives("page")
    assert arrives("identify")[0]["userId"] == "u1"
    page.evaluate("lw.consent(false); lw.track('Late')")
    assert kept(page) == {"cookie": "", "store": [], "id": ""}
    page.evaluate("lw.consent(true)")
    arrives("page", count=2)
    assert told("track", "Late") == []
    assert len({each["anonymousId"] for each in told("page")}) == 2


@pytest.mark.parametrize(
    ("path", "script"),
    [
        ("denied/start", ""),
        ("plain/start", "Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', {value: true})"),
        ("dnt/start", "Object.defineProperty(Navigator.prototype, 'doNotTrack', {value: '1'})"),
    ],
)
def test_who_says_no_is_let_alone(visit: Callable[..., Page], path: str, script: str) -> None:
    page = visit(
        path, script="document.cookie = 'lw_vid=of-before;path=/'; localStorage.lw_vid = 'of-before';" + script
    )
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url))
    page.evaluate("lw.track('X'); lw.page(); lw.identify('u1')")
    page.evaluate("addEventListener('click', e => e.preventDefault())")
    page.click("#file")
    assert kept(page) == {"cookie": "", "store": [], "id": ""}
    assert [url for url in sent if "/t/v1" in url] == []
    if "denied" not in path:
        page.evaluate("lw.consent(true)")  # what the browser says, no banner overrules
        assert kept(page)["id"] == ""
    assert told() == []


def test_without_cookies_a_visitor_is_known_for_a_day_and_by_nothing_kept(visit: Callable[..., Page]) -> None:
    page = visit("nameless/start")
    first = arrives("page")[0]
    assert kept(page) == {"cookie": "", "store": [], "id": ""}
    assert first["anonymousId"].startswith("day-")
    assert "cookieless" not in first
    visit("nameless/second", page.context)
    again = arrives("page", count=2)[1]
    assert again["anonymousId"] == first["anonymousId"]
    assert {address for (address,) in rows("SELECT host(address) FROM capture_hit")} == {"127.0.0.0"}


def test_a_visitor_is_known_again_on_the_firms_other_site(visit: Callable[..., Page], site: Site) -> None:
    page = visit("linked/start")
    who = arrives("page")[0]["anonymousId"]
    with page.expect_response("**/t/v1/cross"):
        page.hover("#blog")
    page.wait_for_timeout(50)
    page.click("#blog")
    page.wait_for_url("**/linked/arrival?x=1#top")
    there = arrives("page", count=2)[1]
    assert there["anonymousId"] == who
    assert there["context"]["page"]["url"].endswith(f":{site.server_port}/linked/arrival?x=1")
    assert "lw_x" not in str(told())
    assert f"lw_vid={who}" in page.evaluate("document.cookie")


def test_a_link_that_was_passed_on_makes_nobody_somebody_else(visit: Callable[..., Page], site: Site) -> None:
    page = visit("linked/start")
    who = arrives("page")[0]["anonymousId"]
    with page.expect_response("**/t/v1/cross") as answer:
        page.hover("#blog")
    token = answer.value.json()["token"]
    knows_somebody = visit("linked/first", host=BLOG)
    there = arrives("page", count=2)[1]["anonymousId"]
    visit(f"linked/second?lw_x={token}", knows_somebody.context, host=BLOG)
    assert arrives("page", count=3)[2]["anonymousId"] == there
    for forged in (token[:-3] + "xxx", "x", "a" * 500):
        count = len(told("page"))
        visit(f"linked/third?lw_x={forged}", host=BLOG)
        assert arrives("page", count=count + 1)[-1]["anonymousId"] not in (who, there)
    assert "lw_x" not in str(told())


def test_no_page_suffers_where_the_browser_forbids_everything(visit: Callable[..., Page]) -> None:
    hostile = """
        for (const each of ["localStorage", "sessionStorage"])
            Object.defineProperty(window, each, {get() { throw new Error("forbidden"); }});
        const no = () => { throw new Error("no"); };
        Object.defineProperty(Document.prototype, "cookie", {get: no, set: no});
        window.fetch = () => { throw new Error("no fetch"); };
        navigator.sendBeacon = () => { throw new Error("no beacon"); };
        window.IntersectionObserver = undefined;
        history.pushState = Object.freeze(history.pushState);
    """
    page = visit("linked/start", script=hostile)
    page.evaluate("const a = {}; a.a = a; lw.track('x', a); lw.page(); lw.identify(a); lw.consent(0); lw.consent(1)")
    page.evaluate("lw.track(undefined, null)")
    page.hover("#blog")
    page.type("#ours input[name=email]", "x")
    page.click("#marked button")
    page.wait_for_load_state()
