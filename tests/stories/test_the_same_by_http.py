"""A lead's whole way once more, without a browser; and what machines, impatience and other reps must not change."""

import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import httpx
import pytest
from bs4 import BeautifulSoup

from tests.product import Product, eventually

pytestmark = [pytest.mark.story, pytest.mark.slow]

BEN = "ben@pressline.example"
BROWSER = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0"
SCANNER = BROWSER.replace("Firefox", "HeadlessChrome")


class Visitor:
    """A browser as the product sees one: it keeps its cookie, tells of its pages, and moves like a person."""

    def __init__(self, product: Product) -> None:
        self.client = httpx.Client(
            base_url=product.url,
            headers={"User-Agent": BROWSER, "Accept-Language": "de,en;q=0.7", "Origin": product.url},
            cookies={"lw_vid": str(uuid4())},
            follow_redirects=True,
            timeout=20,
        )

    def read(self, url: str) -> BeautifulSoup:
        """Open a page, let its tracker speak, and scroll."""
        answer = self.client.get(url)
        assert answer.status_code == 200, answer.text[:300]
        for name, more in (("page", {}), ("track", {"event": "$human", "properties": {"by": "scroll"}})):
            call = {
                "messageId": str(uuid4()),
                "anonymousId": self.client.cookies["lw_vid"],
                "context": {"page": {"url": str(answer.url), "path": answer.url.path}},
            }
            assert self.client.post(f"/t/v1/{name}", json=call | more).status_code == 200
        return BeautifulSoup(answer.text, "html.parser")

    def fill(self, page: BeautifulSoup, code: str, **answers: str) -> tuple[str, dict[str, str]]:
        """A form of a page filled in: where it goes, and what it says."""
        form = page.select_one(f"form[data-lw-form={code}]")
        assert form is not None
        fields = {str(each["name"]): str(each.get("value", "")) for each in form.select("input[type=hidden]")}
        return str(form["action"]), fields | {"lw_vid": self.client.cookies["lw_vid"]} | answers


def links(mail: dict[str, Any]) -> list[str]:
    return [str(link["href"]) for link in BeautifulSoup(mail["html"], "html.parser").find_all("a", href=True)]


def pictures(mail: dict[str, Any]) -> list[str]:
    return re.findall(r'src="([^"]+/t/o/[^"]+)"', mail["html"])


def scan(mail: dict[str, Any]) -> None:
    """What a mail gateway does before anybody reads: it opens and follows everything at once."""
    out = re.findall(r"<(http[^>]+)>", str(mail["headers"].get("List-Unsubscribe", "")))
    with httpx.Client(headers={"User-Agent": SCANNER}, timeout=20) as gateway:
        for url in [*pictures(mail), *links(mail), *out]:
            gateway.head(url)
            gateway.get(url)


@pytest.fixture(scope="module")
def ben(firm: Product) -> Iterator[dict[str, Any]]:
    """Ben asked for a demo with an impatient double click, confirmed, and clicked; answers what is known of him."""
    before = firm.funnel()
    visitor = Visitor(firm)
    visitor.read("/articles/fifteen-minutes-that-cost-a-year/")
    action, fields = visitor.fill(
        visitor.read("/demo/"),
        "demo",
        first_name="Ben",
        last_name="Adeyemi",
        email=BEN,
        company="Pressline",
        title="Plant Manager",
        lw_consent="yes",
    )
    with ThreadPoolExecutor(2) as fingers:
        for answer in fingers.map(lambda _: visitor.client.post(action, data=fields), range(2)):
            assert answer.status_code == 200
            assert "thanks-demo" in str(answer.url)
    ask = firm.mail(BEN, "onfirm")
    [contact] = firm.api("GET", "/contacts", params={"email": BEN})["items"]
    yield {"visitor": visitor, "ask": ask, "contact": contact["id"], "before": before}
    visitor.client.close()


def facts(product: Product, ben: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = product.api("GET", "/activities", params={"contact": ben["contact"], "kind": kind})[
        "items"
    ]
    return found


def consent(product: Product, ben: dict[str, Any]) -> str:
    return str(product.api("GET", f"/contacts/{ben['contact']}")["consent"]["preparation"])


def the_lead(product: Product, ben: dict[str, Any]) -> dict[str, Any]:
    [lead] = product.api("GET", "/leads", params={"contact": ben["contact"]})["items"]
    return dict(lead)


def test_a_form_sent_twice_counts_once(firm: Product, ben: dict[str, Any]) -> None:
    assert the_lead(firm, ben)["stage"] == "new"
    assert len(facts(firm, ben, "form_submitted")) == 1
    assert firm.funnel()["new"] == ben["before"]["new"] + 1
    assert len(firm.mails(BEN)) == 1


def test_a_scanner_confirms_nothing_scores_nothing_and_takes_no_branch(firm: Product, ben: dict[str, Any]) -> None:
    scan(ben["ask"])
    assert consent(firm, ben) == "pending"

    [button] = [url for url in links(ben["ask"]) if "/t/d/" in url]
    assert ben["visitor"].client.post(button, data={"confirm": "1"}).status_code == 200
    eventually(lambda: consent(firm, ben) == "granted")

    ben["mail"] = firm.mail(BEN, "which machine do you suspect?")
    scan(ben["mail"])
    clicks = eventually(lambda: facts(firm, ben, "email_clicked"))
    opens = eventually(lambda: facts(firm, ben, "email_opened"))
    assert all(each["human"] < 0.5 for each in [*clicks, *opens])
    assert consent(firm, ben) == "granted"
    why = {each["rule"] for each in firm.api("GET", f"/contacts/{ben['contact']}/score")["why"]}
    assert "Sent a form" in why
    assert "Clicked in an email" not in why
    assert the_lead(firm, ben)["stage"] == "new"


def test_what_ben_does_himself_counts_and_hands_him_over(firm: Product, ben: dict[str, Any]) -> None:
    ben["visitor"].read(next(url for url in links(ben["mail"]) if "/t/c/" in url))
    eventually(lambda: any(each["human"] > 0.5 for each in facts(firm, ben, "email_clicked")))
    eventually(lambda: the_lead(firm, ben)["stage"] == "mql")
    eventually(lambda: the_lead(firm, ben)["owner"])
    assert firm.funnel()["mql"] == ben["before"]["mql"] + 1


def test_another_rep_sees_nothing_of_him(firm: Product, ben: dict[str, Any]) -> None:
    lead = the_lead(firm, ben)
    his, another = json.loads(
        firm.run(
            f"""
            import json
            from leadwright.workspace import keys, signin
            from leadwright.workspace.models import User
            reps = User.objects.filter(takes_leads=True).order_by("pk")
            mine, other = reps.get(pk={lead["owner"]}), reps.exclude(pk={lead["owner"]}).first()
            both = [(signin.link(rep), keys.create("read", "own", rep)[1]) for rep in (mine, other)]
            print(json.dumps([dict(zip(("link", "key"), each)) for each in both]))
            """
        )
    )
    pages = (f"/app/leads/{lead['id']}/", f"/app/contacts/{ben['contact']}/")
    calls = (f"/leads/{lead['id']}", f"/contacts/{ben['contact']}", f"/contacts/{ben['contact']}/score")
    lists = ("/leads", "/messages", "/tasks", "/assignments", "/activities")
    for rep, status in ((his, 200), (another, 404)):
        with httpx.Client(base_url=firm.url, follow_redirects=True, timeout=20) as client:
            form = BeautifulSoup(client.get(rep["link"]).text, "html.parser")
            token = form.select_one("input[name=csrfmiddlewaretoken]")
            assert token is not None
            client.post(rep["link"], data={"csrfmiddlewaretoken": str(token["value"])}, headers={"Referer": firm.url})
            assert {path: client.get(path).status_code for path in pages} == dict.fromkeys(pages, status)
            client.headers["Authorization"] = f"Bearer {rep['key']}"
            assert {path: client.get(f"/api/v1{path}").status_code for path in calls} == dict.fromkeys(calls, status)
            shown = {path: of_ben(client.get(f"/api/v1{path}").json()["items"], ben, lead) for path in lists}
            assert shown == dict.fromkeys(lists, status == 200)


def of_ben(items: list[dict[str, Any]], ben: dict[str, Any], lead: dict[str, Any]) -> bool:
    """Whether a list says anything of him or his lead."""

    def is_his(item: dict[str, Any]) -> bool:
        contact = item.get("contact", item.get("contact_id"))
        contact = contact["id"] if isinstance(contact, dict) else contact
        is_lead = item["id"] == lead["id"] and "stage" in item
        return is_lead or contact == ben["contact"] or item.get("lead") == lead["id"]

    return any(is_his(item) for item in items)


def test_one_post_by_his_mail_program_ends_it_and_he_gets_nothing_more(firm: Product, ben: dict[str, Any]) -> None:
    headers = ben["mail"]["headers"]
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    [way_out] = re.findall(r"<(http[^>]+)>", headers["List-Unsubscribe"])
    httpx.head(way_out)
    httpx.get(way_out)
    assert consent(firm, ben) == "granted"
    assert httpx.post(way_out, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    eventually(lambda: consent(firm, ben) == "withdrawn")
    assert facts(firm, ben, "unsubscribed")

    mails = len(firm.mails(BEN))
    [email] = [each for each in firm.api("GET", "/emails")["items"] if each["name"].startswith("Demo 1")]
    who = {"all": [{"kind": "contact", "field": "email", "is": "is", "value": BEN}]}
    segment = firm.api("POST", "/segments", json={"name": "Only Ben", "conditions": who})
    eventually(lambda: firm.api("GET", f"/segments/{segment['id']}/members")["items"])
    wanted = {"name": "Once more", "email": email["id"], "segment": segment["id"], "start": True}
    broadcast = firm.api("POST", "/broadcasts", json=wanted)["id"]
    report = eventually(
        lambda: (
            firm.api("GET", f"/broadcasts/{broadcast}")["report"]["held"]
            and firm.api("GET", f"/broadcasts/{broadcast}")["report"]
        )
    )
    assert (report["sent"], report["waiting"], list(report["held"].values())) == (0, 0, [1])
    assert len(firm.mails(BEN)) == mails
