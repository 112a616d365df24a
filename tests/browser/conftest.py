"""A real Chromium, signed in to the console of a live server; a test asks for `console` and opens pages with it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Page

from leadwright.workspace.models import Role, User


@dataclass
class Console:
    """A page signed in to the console, that keeps every complaint of the browser."""

    page: Page
    url: str
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str) -> Page:
        """Go to a path of the console and wait until it has fetched what it fetches."""
        answer = self.page.goto(self.url + path)
        assert answer is not None
        assert answer.status == 200, f"{path} answers {answer.status}"
        self.page.wait_for_load_state("networkidle")
        return self.page

    def look(self, width: int, scheme: Literal["light", "dark"]) -> None:
        """Look through a window of another width, in light or dark."""
        self.page.set_viewport_size({"width": width, "height": 900})
        self.page.emulate_media(color_scheme=scheme)

    def faults(self, *, barriers: bool = True) -> list[str]:
        """What is wrong with the page shown: complaints, horizontal scroll, serious findings of axe (barriers)."""
        wide = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        found = [*self.complaints, *([f"scrolls sideways by {wide} px"] if wide > 0 else [])]
        for each in Axe().run(self.page).response["violations"] if barriers else ():
            if each["impact"] in ("serious", "critical"):
                found += [f"{each['id']}: {node['target']} {node['failureSummary']}" for node in each["nodes"]]
        self.complaints.clear()
        return found

    def walk(self, paths: Iterable[str]) -> dict[str, list[str]]:
        """The faults of screens, each seen wide and light, then narrow and dark; axe looks at one of both, in turn."""
        faults = {}
        for number, path in enumerate(paths):
            self.look(1440, "light")
            self.open(path)
            found = self.faults(barriers=number % 2 == 0)
            self.look(390, "dark")
            found += self.faults(barriers=number % 2 == 1)
            if found:
                faults[path] = found
        return faults


@pytest.fixture
def console(browser: Browser, live_server: Any) -> Iterator[Callable[..., Console]]:
    """`console(role="rep", width=390, scheme="dark")` answers a signed-in Console."""
    contexts = []

    def enter(role: str = Role.ADMINISTRATOR, width: int = 1440, scheme: str = "light") -> Console:
        address = f"{role}@firm.example"
        user = User.objects.filter(email=address).first() or User.objects.create_user(address, name="Ada", role=role)
        client = Client()
        client.force_login(user)
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}])
        contexts.append(context)
        made = Console(context.new_page(), live_server.url)
        made.page.on("console", lambda m: made.complaints.append(m.text) if m.type == "error" else None)
        made.page.on("pageerror", lambda error: made.complaints.append(str(error)))
        return made

    yield enter
    for context in contexts:
        context.close()
