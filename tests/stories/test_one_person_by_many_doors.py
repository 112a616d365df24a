"""One person by many doors: told by the firm's own server, met on its site, brought in by a file with a slip of a pen;
found to be one, parted and joined again, shown all that is known of her, and forgotten wherever it stands."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from segment.analytics import request
from segment.analytics.client import Client

from tests.product import Product, eventually
from tests.stories.test_the_same_by_http import BROWSER, Visitor

pytestmark = [pytest.mark.story, pytest.mark.slow]

ADA = "ada.obi-hartmann@glaswerk.example"
SLIP = "ada.obi-hartman@glaswerk.example"  # as a colleague has typed it
NAME = "obi-hart"  # is in both, and in nobody else's


@pytest.fixture(scope="module")
def ada(firm: Product, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """Ada looked around without a name, then the firm's server said who she is; a file brought her once more."""
    browser = str(uuid4())
    visitor = Visitor(firm)
    visitor.client.cookies.set("lw_vid", browser)
    visitor.read("/articles/fifteen-minutes-that-cost-a-year/")
    server = Client(firm.key("write"), host=f"{firm.url}/t", gzip=True, max_retries=1)
    server.identify(
        "customer-4711",
        {
            "email": ADA, "firstName": "Ada", "lastName": "Obi-Hartmann", "phone": "+49 30 901820",
            "company": {"name": "Glaswerk Nord"}, "title": "Head of Operations",
        },
        anonymous_id=browser,
    )  # fmt: skip
    server.track("customer-4711", "Trial started", {"plan": "Team"}, anonymous_id=browser)
    server.shutdown()
    request._session.close()  # the library never does
    contact = eventually(lambda: firm.api("GET", "/contacts", params={"email": ADA})["items"])[0]["id"]

    file = tmp_path_factory.mktemp("lists") / "fair.csv"
    file.write_text(
        "First name;Surname;E-mail;Phone number;Company;Job title\n"
        f"Ada;Obi-Hartman;{SLIP};030 901820;Glaswerk Nord;Head of Operations\n"
        "Lin;Chen;lin.chen@tidewater.example;;Tidewater;Buyer\n",
        encoding="cp1252",
    )
    told = json.loads(firm.command("contacts", "import", str(file), "--json").stdout)
    assert (told["created"], told["rejected"]) == (2, 0)
    twin = firm.api("GET", "/contacts", params={"email": SLIP})["items"][0]["id"]
    yield {"visitor": visitor, "contact": contact, "twin": twin, "file": file}
    visitor.client.close()


def facts(firm: Product, contact: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = firm.api("GET", "/activities", params={"contact": contact, "limit": 200})["items"]
    return found


def test_what_she_did_before_she_had_a_name_is_hers(firm: Product, ada: dict[str, Any]) -> None:
    def kinds() -> bool:
        return {"page", "identify", "track"} <= {each["kind"] for each in facts(firm, ada["contact"])}

    eventually(kinds)
    assert "Trial started" in {each["name"] for each in facts(firm, ada["contact"])}
    known = firm.api("GET", f"/contacts/{ada['contact']}")
    assert (known["first_name"], known["phone"]) == ("Ada", "+4930901820")


def test_the_slip_of_the_pen_is_seen_and_shown_with_its_evidence(firm: Product, ada: dict[str, Any]) -> None:
    firm.run("from leadwright.profile.duplicates import proposals\nproposals.look('contact', at_once=True)")
    pairs = firm.api("GET", "/duplicates", params={"kind": "contact", "limit": 500})["items"]
    mine = [each for each in pairs if set(each["records"]) == {ada["contact"], ada["twin"]}]
    assert len(mine) == 1
    assert mine[0]["probability"] > 0.9
    assert mine[0]["evidence"]


def test_two_are_made_one_and_parted_again_without_a_trace(firm: Product, ada: dict[str, Any]) -> None:
    before = [firm.api("GET", f"/contacts/{ada[each]}") for each in ("contact", "twin")]
    done = firm.api("POST", f"/contacts/{ada['contact']}/merge", json={"absorbed": ada["twin"]})
    assert not firm.api("GET", "/contacts", params={"email": SLIP})["items"]
    firm.api("POST", f"/contacts/{ada['contact']}/merges/{done['id']}/undo")
    after = [firm.api("GET", f"/contacts/{ada[each]}") for each in ("contact", "twin")]
    for was, now in zip(before, after, strict=True):
        assert {**now, "updated_at": None} == {**was, "updated_at": None}
    firm.api("POST", f"/contacts/{ada['contact']}/merge", json={"absorbed": ada["twin"]})


def test_a_file_that_comes_once_more_finds_her(firm: Product, ada: dict[str, Any]) -> None:
    ada["file"].write_text(f"email;title\n{ADA};Chief Operating Officer\n", encoding="utf-8-sig")
    told = json.loads(firm.command("contacts", "import", str(ada["file"]), "--json").stdout)
    assert (told["created"], told["updated"]) == (0, 1)
    assert firm.api("GET", f"/contacts/{ada['contact']}")["title"] == "Chief Operating Officer"
    undone = json.loads(firm.command("imports", "undo", str(told["import_id"]), "--json").stdout)
    assert undone["restored"] == 1
    assert firm.api("GET", f"/contacts/{ada['contact']}")["title"] == "Head of Operations"


def test_she_may_see_everything_that_is_known(firm: Product, ada: dict[str, Any]) -> None:
    told = firm.api("GET", f"/contacts/{ada['contact']}/export", scope="admin")
    text = json.dumps(told)
    for each in (ADA, SLIP, "Trial started", "Head of Operations", "Glaswerk Nord", "fifteen-minutes"):
        assert each in text


def test_forgotten_means_in_every_table_and_every_file(firm: Product, ada: dict[str, Any]) -> None:
    assert found_in_tables(firm)
    firm.api("DELETE", f"/contacts/{ada['contact']}", scope="write")
    assert found_in_tables(firm) == []
    assert found_in_files(firm) == []
    # Nor does her browser become hers again, or a file bring her back into a mailing.
    answer = httpx.post(
        f"{firm.url}/t/v1/page",
        json={"messageId": str(uuid4()), "anonymousId": ada["visitor"].client.cookies["lw_vid"]},
        headers={"User-Agent": BROWSER, "Origin": firm.url},
    )
    assert answer.status_code == 200
    firm.command("contacts", "import", str(write(ada["file"])), "--json")
    again = firm.api("GET", "/contacts", params={"email": ADA})["items"][0]["id"]
    assert firm.api("GET", f"/contacts/{again}/consents")["suppressed"]
    firm.api("DELETE", f"/contacts/{again}")


def write(file: Path) -> Path:
    """A list with her on it."""
    file.write_text(f"email,first_name\n{ADA},Ada\n", encoding="utf-8")
    return file


def found_in_tables(firm: Product) -> list[str]:
    """Tables in which a row, as text, still has her name."""
    told = firm.run(
        f"""
        import json
        from django.db import connection
        with connection.cursor() as cursor:
            cursor.execute("SELECT oid::regclass::text FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition"
                           " AND relnamespace = 'public'::regnamespace")
            names = [row[0] for row in cursor.fetchall()]
            found = []
            for name in names:
                cursor.execute(f"SELECT EXISTS (SELECT FROM {{name}} AS r WHERE r::text ILIKE '%{NAME}%')")
                if cursor.fetchone()[0]:
                    found.append(name)
        print(json.dumps(found))
        """
    )
    found: list[str] = json.loads(told.strip().splitlines()[-1])
    return found


def found_in_files(firm: Product) -> list[str]:
    """Files of the installation in which her name stands; what PostgreSQL keeps is seen in the tables."""
    return [
        str(path)
        for path in firm.log.parent.rglob("*")
        if path.is_file() and "postgres" not in path.parts and NAME.encode() in path.read_bytes().lower()
    ]
