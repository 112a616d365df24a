"""A lead's whole way, in a real browser: a stranger reads, asks, confirms, clicks, is called, and buys.

Everything here is what a person can do: pages, mails and keys. The API is asked only to see what the product knows.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any

import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import Browser, Page, expect

from tests.product import Product, eventually

expect.set_options(timeout=60_000)
pytestmark = [pytest.mark.story, pytest.mark.browser, pytest.mark.slow]

ADDRESS = "greta@lumen-glass.example"
USER_AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
WAY = ("new", "mql", "sal", "sql", "opportunity", "won")


@contextmanager
def somebody(browser: Browser, product: Product) -> Iterator[Page]:
    """A browser of somebody's own; what it complains of fails the story."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, user_agent=USER_AGENT, base_url=product.url)
    page = context.new_page()
    complaints: list[str] = []
    page.set_default_timeout(90_000)
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    assert not complaints


def sign_in(page: Page, product: Product, address: str) -> None:
    """By the one-time link that an administrator hands over."""
    page.goto(product.command("login-link", address).stdout.strip())
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/app/**")


def links(mail: dict[str, Any]) -> dict[str, str]:
    """The links of a mail by their words."""
    found = BeautifulSoup(mail["html"], "html.parser").find_all("a", href=True)
    return {link.get_text(" ", strip=True): str(link["href"]) for link in found}


def test_a_stranger_becomes_a_customer(browser: Browser, firm: Product) -> None:
    with somebody(browser, firm) as head, somebody(browser, firm) as greta, somebody(browser, firm) as rep:
        # The head of growth has the first screen open. Nobody has asked for anything yet.
        sign_in(head, firm, "henrik@nordwind.example")
        before = firm.funnel()
        moved = watch_the_funnel(head, firm, before)

        # Greta, whom nobody knows, reads an article and comes to the page that offers a demo.
        greta.goto("/articles/the-power-nobody-uses/?utm_source=google&utm_medium=cpc&utm_campaign=search-energy")
        greta.mouse.wheel(0, 900)
        greta.goto("/demo/")
        assert firm.api("GET", "/contacts", params={"email": ADDRESS})["items"] == []

        # She fills in the form, as people do, key by key.
        form = greta.locator("form[data-lw-form=demo]")
        for label, words in {
            "First name": "Greta",
            "Last name": "Hofstede",
            "Work e-mail": ADDRESS,
            "Company": "Lumen Glass",
            "Your role": "Head of Operations",
        }.items():
            form.get_by_label(label).press_sequentially(words, delay=25)
        form.get_by_label("People at your site").select_option("50–249")
        form.get_by_label("Nordwind Controls may send me").check()
        sent_at = monotonic()
        form.get_by_role("button", name="Ask for my demo").click()
        greta.wait_for_url("**/thanks-demo/**")
        expect(greta.get_by_role("heading", name="Thank you")).to_be_visible()

        # In a second she is a contact, with a lead that knows where she came from.
        contact = eventually(lambda: firm.api("GET", "/contacts", params={"email": ADDRESS})["items"])[0]
        seen_after = monotonic() - sent_at
        lead = eventually(lambda: firm.api("GET", "/leads", params={"contact": contact["id"]})["items"])[0]
        assert (contact["name"], contact["company"]["name"]) == ("Greta Hofstede", "Lumen Glass")
        assert (lead["stage"], lead["channel"], lead["value"]) == ("new", "Paid Search", None)
        assert contact["consent"] == {"preparation": "pending"}
        moved("new")

        # She read the article before she had a name; the visit is hers now.
        read = facts(firm, contact, "page")
        assert any("power-nobody-uses" in str(each["properties"]) for each in read)

        # A mail asks her to confirm. It came by SMTP; opening its link changes nothing, the button does.
        ask = firm.mail(ADDRESS, "onfirm")
        mailed_after = monotonic() - sent_at
        greta.goto("/mailbox")
        greta.get_by_role("link", name=ask["subject"]).first.click()
        expect(greta.locator("body")).to_contain_text(ADDRESS)
        greta.goto(next(url for url in links(ask).values() if "/t/d/" in url))
        assert firm.api("GET", f"/contacts/{contact['id']}")["consent"] == {"preparation": "pending"}
        greta.get_by_role("button", name="Yes, I agree").click()
        expect(greta.get_by_role("heading", name="Thank you, that is confirmed")).to_be_visible()
        eventually(lambda: firm.api("GET", f"/contacts/{contact['id']}")["consent"] == {"preparation": "granted"})

        # Her consent lets her into a journey, whose mail comes at once, with a way out in one click.
        mail = firm.mail(ADDRESS, "which machine do you suspect?")
        assert mail["subject"].startswith("Before we talk, Greta")
        assert mail["headers"]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert firm.api("GET", f"/leads/{lead['id']}")["stage"] == "new"

        # She clicks in it and reads the prices. A person did it, and it counts.
        greta.goto(links(mail)["See the prices"])
        greta.wait_for_url("**/pricing/**")
        greta.mouse.wheel(0, 600)
        [click] = eventually(lambda: facts(firm, contact, "email_clicked"))
        assert click["human"] > 0.5
        assert click["name"] == "Before we talk, a question: which machine do you suspect?"

        # Fit and engagement are over their thresholds: the lead is mql, and the score says why.
        eventually(lambda: facts(firm, contact, "score_crossed"))
        score = firm.api("GET", f"/contacts/{contact['id']}/score")
        assert score["is_hot"]
        eventually(lambda: firm.api("GET", f"/leads/{lead['id']}")["stage"] == "mql")
        why = {each["rule"] for each in score["why"]}
        assert why >= {"Sent a form", "Clicked in an email", "Looked at prices", "Leads production or energy"}
        moved("mql")

        # It is given to a rep, with a reason and a clock.
        [given] = eventually(lambda: firm.api("GET", "/assignments", params={"lead": lead["id"]})["items"])
        reps = ("ada@nordwind.example", "jonas@nordwind.example")
        owner = eventually(lambda: firm.api("GET", f"/contacts/{contact['id']}")["owner"])
        assert owner in reps
        assert given["why"]
        assert given["answer_by"] > given["at"]
        assert given["answered_at"] is None

        # The rep signs in and finds her on top of the queue, with what to know before the call.
        sign_in(rep, firm, owner)
        rep.goto("/app/queue/")
        first = rep.locator("[data-queue-entry]").first
        expect(first).to_contain_text("Greta Hofstede")
        expect(first).to_contain_text("left")
        expect(rep.locator(".lw-queue__brief")).to_contain_text("Head of Operations · Lumen Glass")
        expect(rep.locator(".lw-queue__happened")).to_contain_text("which machine do you suspect?")

        # They talk; one key logs it.
        rep.keyboard.press("c")
        expect(rep.locator(".lw-queue__said")).to_contain_text("Greta Hofstede")
        eventually(lambda: firm.api("GET", f"/leads/{lead['id']}")["stage"] == "sal")
        [given] = firm.api("GET", "/assignments", params={"lead": lead["id"]})["items"]
        assert given["answered_at"] is not None
        moved("sal")

        # She wants an offer, and takes it.
        rep.goto(f"/app/leads/{lead['id']}/")
        for stage in ("sql", "opportunity", "won"):
            rep.locator("#move select[name=to]").select_option(stage)
            rep.locator("#move input[name=value]").fill({"won": "4200"}.get(stage, ""))
            rep.locator("#move").get_by_role("button", name="Move").click()
            expect(rep.locator(".lw-way [aria-current=step]")).to_have_text(
                {"sql": "Sales qualified", "opportunity": "Opportunity", "won": "Won"}[stage], ignore_case=True
            )
            moved(stage)
        won = firm.api("GET", f"/leads/{lead['id']}")
        assert (won["stage"], float(won["value"]), won["closed_at"] is not None) == ("won", 4200.0, True)

        # Her timeline tells all of it, and tells it in words.
        rep.goto(f"/app/contacts/{contact['id']}/")
        timeline = rep.locator("#timeline")
        for words in ("The power that nobody uses", "Ask for a demo", "which machine do you suspect?"):
            expect(timeline).to_contain_text(words)
        kinds = {each["kind"] for each in facts(firm, contact)}
        assert kinds >= {
            *("page", "form_submitted", "consent_pending", "consent_granted", "journey_entered", "journey_ended"),
            *(
                "email_sent",
                "email_clicked",
                "score_crossed",
                "lead_opened",
                "lead_assigned",
                "stage_moved",
                "task_done",
            ),
        }
    print(f"\nFrom form to contact {seen_after:.2f} s, to mail in the mailbox {mailed_after:.2f} s.")


def facts(product: Product, contact: dict[str, Any], kind: str = "") -> list[dict[str, Any]]:
    """What is known to have happened with a contact."""
    asked = {"contact": contact["id"], "limit": 500} | ({"kind": kind} if kind else {})
    found: list[dict[str, Any]] = product.api("GET", "/activities", params=asked)["items"]
    return found


def watch_the_funnel(page: Page, product: Product, before: dict[str, int]) -> Callable[[str], None]:
    """Look at the funnel after each step, in the API and on the first screen: exactly one more has come so far."""

    def moved(stage: str) -> None:
        reached = WAY[: WAY.index(stage) + 1]
        now = {each: before[each] + (each in reached) for each in before}
        eventually(lambda: product.funnel() == now)
        page.goto("/app/")
        bars = page.locator("#panel-funnel ~ * .lw-bars__count, .lw-bars__count")
        expect(bars).to_have_text([f"{count:,}" for count in now.values()])

    return moved
