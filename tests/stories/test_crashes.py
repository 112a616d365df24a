"""What a visitor was answered is kept, once, whatever dies in the middle of it: web, worker, sender or database."""

from collections import Counter
from threading import Event, Lock, Thread
from typing import Any
from uuid import uuid4

import httpx
import pytest
from bs4 import BeautifulSoup

from tests.product import Product, eventually

pytestmark = [pytest.mark.story, pytest.mark.slow]

DOMAIN = "crash-works.example"
FORMS = 12  # so many are answered between one death and the next


class Crowd:
    """Visitors who fill in a form, and try again with the same words until they are answered."""

    def __init__(self, product: Product, action: str, hidden: dict[str, str]) -> None:
        self.product, self.action, self.hidden = product, action, hidden
        self.answered: list[str] = []
        self.lock, self.enough = Lock(), Event()
        self.visitors = [Thread(target=self.post, args=(number,), daemon=True) for number in range(2)]

    def post(self, number: int) -> None:
        count = 0
        with httpx.Client(timeout=10, headers={"Accept": "application/json", "Accept-Language": "en"}) as client:
            while not self.enough.is_set():
                count += 1
                address = f"visitor-{number}-{count}@{DOMAIN}"
                answers = {"first_name": "Vera", "last_name": f"Visitor {number}-{count}", "email": address}
                more = {"company": "Crash Works", "lw_consent": "yes", "lw_id": uuid4().hex}
                while not self.is_answered(client, self.hidden | answers | more):
                    self.enough.wait(0.1)
                with self.lock:
                    self.answered.append(address)

    def is_answered(self, client: httpx.Client, fields: dict[str, str]) -> bool:
        try:
            answer = client.post(self.product.url + self.action, data=fields)
        except httpx.HTTPError:
            return False
        assert answer.status_code in (200, 502, 503), answer.text
        return answer.status_code == 200

    def some_more(self) -> None:
        """Wait until so many more were answered."""
        wanted = len(self.answered) + FORMS
        eventually(lambda: len(self.answered) >= wanted, within=90)


def all_of(product: Product, path: str, **asked: Any) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = product.api("GET", path, params={"limit": 500} | asked)["items"]
    return items


def test_every_answered_form_is_one_contact_one_lead_and_one_mail(alone: Product) -> None:
    alone.run("from leadwright.main.demo import content\ncontent.build()")
    alone.key("write")
    page = BeautifulSoup(httpx.get(f"{alone.url}/demo/").text, "html.parser")
    form = page.select_one("form[data-lw-form=demo]")
    assert form is not None
    hidden = {str(each["name"]): str(each.get("value", "")) for each in form.select("input[type=hidden]")}
    crowd = Crowd(alone, str(form["action"]), hidden | {"lw_vid": ""})
    for visitor in crowd.visitors:
        visitor.start()
    crowd.some_more()
    for name in ("send", "work", "web"):
        alone.kill(name)
        crowd.some_more()
    alone.kill_database()
    crowd.some_more()
    crowd.enough.set()
    for visitor in crowd.visitors:
        visitor.join(60)
        assert not visitor.is_alive()

    def people() -> dict[int, str]:
        return {each["id"]: each["email"] for each in all_of(alone, "/contacts") if DOMAIN in str(each["email"])}

    answered = set(crowd.answered)
    assert len(answered) == len(crowd.answered) >= 5 * FORMS
    eventually(lambda: set(people().values()) >= answered, within=90)
    known = people()
    assert len(known) == len(set(known.values())), "somebody is two contacts"
    eventually(lambda: {each["contact"] for each in all_of(alone, "/leads")} >= known.keys(), within=90)
    leads = Counter(each["contact"] for each in all_of(alone, "/leads") if each["contact"] in known)
    assert set(leads.values()) == {1}

    def messages() -> list[dict[str, Any]]:
        return [each for each in all_of(alone, "/messages") if each["contact_id"] in known]

    def is_decided(message: dict[str, Any]) -> bool:
        """Sent, unsure, or refused for now by a mailbox whose database was away, with a next try to come."""
        return message["state"] in ("sent", "sending") or (
            message["attempts"] > 0 and message["answer"].startswith("4")
        )

    eventually(lambda: len(messages()) == len(known) and all(is_decided(each) for each in messages()), within=90)
    states = {known[each["contact_id"]]: each["state"] for each in messages()}
    assert Counter(states.values())["sent"] >= 4 * FORMS
    found = httpx.get(f"{alone.url}/mailbox/api/messages", params={"to": DOMAIN, "limit": 1000}, timeout=20).json()
    mails = Counter(address for mail in found for address in mail["to"])
    assert all(mails[address] == 1 if state == "sent" else mails[address] <= 1 for address, state in states.items())
