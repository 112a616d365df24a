"""A resource leaves the house by a signed link, and the fetch becomes a fact."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from wagtail.documents.models import Document

from leadwright.attract import offers, sites
from leadwright.attract.pages import HomePage, PlainPage, ResourcePage
from leadwright.capture.models import Activity, Hit
from leadwright.engage.models import Message
from leadwright.kit import clock, jobs, signing
from leadwright.profile.models import Contact, Identity

pytestmark = pytest.mark.django_db(transaction=True)

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
def browser() -> Client:
    return Client()


@pytest.fixture
def guide() -> ResourcePage:
    sites.ensure()
    file = Document.objects.create(title="Guide", file=ContentFile(b"%PDF-1.7 words", name="guide.pdf"))
    page = ResourcePage(title="The guide", slug="guide", document=file)
    HomePage.objects.get().add_child(instance=page)
    return page


def link(page: ResourcePage, days: int = 7) -> str:
    return "/t/a/" + signing.sign("resource", ["form-1", page.pk], clock.now() + timedelta(days=days))


def status(answer: Any) -> int:
    answer.close()
    return int(answer.status_code)


def downloads() -> list[Activity]:
    jobs.settle()
    return list(Activity.objects.filter(kind="resource_downloaded"))


def test_a_valid_link_gives_the_file_as_a_download_and_counts_once(browser: Client, guide: ResourcePage) -> None:
    address = link(guide)
    for _ in range(2):
        answer = browser.get(address, HTTP_USER_AGENT=BROWSER)
        assert b"".join(answer.streaming_content) == b"%PDF-1.7 words"  # type: ignore[attr-defined]
        answer.close()
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert [(each.name, each.object_id) for each in downloads()] == [("The guide", str(guide.pk))]


def test_looking_ahead_counts_nothing(browser: Client, guide: ResourcePage) -> None:
    assert status(browser.head(link(guide))) == 200
    assert status(browser.get(link(guide), HTTP_RANGE="bytes=0-3")) in (200, 206)
    assert downloads() == []


@pytest.fixture
def paper(guide: ResourcePage) -> bytes:
    """A resource of some size."""
    content = b"%PDF-1.7" + bytes(range(256)) * 400
    assert guide.document is not None
    guide.document.file.save("paper.pdf", ContentFile(content))
    return content


def part(browser: Client, address: str, asked: str, **headers: str) -> tuple[int, bytes, Any]:
    answer = browser.get(address, headers={"user-agent": BROWSER, "range": asked} | headers)
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
    answer.close()
    return answer.status_code, body, answer.headers


def test_a_viewer_that_reads_part_by_part_makes_one_download(
    browser: Client, guide: ResourcePage, paper: bytes
) -> None:
    address, got = link(guide), b""
    for start in range(0, len(paper), 8_192):
        status_code, body, headers = part(browser, address, f"bytes={start}-{start + 8_191}")
        assert status_code == 206
        assert headers["Content-Range"] == f"bytes {start}-{start + len(body) - 1}/{len(paper)}"
        assert (headers["Content-Length"], headers["Accept-Ranges"]) == (str(len(body)), "bytes")
        got += body
        jobs.settle()
    assert got == paper
    part(browser, address, "bytes=0-8191")  # looks at the first page once more
    assert len(downloads()) == 1


def test_a_download_that_breaks_off_goes_on_where_it_was_and_counts_once(
    browser: Client, guide: ResourcePage, paper: bytes
) -> None:
    ResourcePage.objects.update(most_downloads=1)
    address = link(guide)
    first = browser.get(address, HTTP_USER_AGENT=BROWSER)
    tag = first.headers["ETag"]
    begun = next(iter(first.streaming_content))  # type: ignore[attr-defined]
    first.close()
    clock.set_to(clock.now() + timedelta(hours=20))
    assert 0 < len(begun) < len(paper)
    status_code, rest, _ = part(browser, address, f"bytes={len(begun)}-", **{"if-range": tag})
    assert (status_code, begun + rest) == (206, paper)
    assert len(downloads()) == 1
    assert status(browser.get(address, HTTP_USER_AGENT=BROWSER)) == 404  # a second time is a second time
    clock.set_to(clock.now() + timedelta(days=1))
    assert part(browser, address, "bytes=5000-")[0] == 404


def test_a_file_that_was_changed_meanwhile_comes_whole(browser: Client, guide: ResourcePage, paper: bytes) -> None:
    address = link(guide)
    _, _, headers = part(browser, address, "bytes=0-4999")
    assert guide.document is not None
    guide.document.file.save("paper.pdf", ContentFile(paper[::-1]))
    status_code, body, _ = part(browser, address, "bytes=5000-", **{"if-range": headers["ETag"]})
    assert (status_code, body) == (200, paper[::-1])


def test_several_parts_at_once_come_as_the_whole_and_none_behind_the_end(
    browser: Client, guide: ResourcePage, paper: bytes
) -> None:
    assert part(browser, link(guide), "bytes=0-9,20-29")[:2] == (200, paper)
    status_code, _, headers = part(browser, link(guide), f"bytes={len(paper)}-")
    assert (status_code, headers["Content-Range"]) == (416, f"bytes */{len(paper)}")
    head = browser.head(link(guide), headers={"range": "bytes=5-9"})
    head.close()
    assert (head.status_code, head.headers["Content-Length"]) == (200, str(len(paper)))


def test_each_part_asks_whether_the_link_still_works(browser: Client, guide: ResourcePage, paper: bytes) -> None:
    with clock.frozen(clock.now()):
        address = link(guide)
        assert part(browser, address, "bytes=0-4999")[0] == 206
        clock.advance(timedelta(days=8))
        assert part(browser, address, "bytes=5000-")[0] == 404


def test_a_viewer_at_midnight_makes_one_download(browser: Client, guide: ResourcePage, paper: bytes) -> None:
    address = link(guide)
    for moment in ((2, 23, 58), (3, 0, 3)):
        day, hour, minute = moment
        clock.set_to(datetime(2026, 3, day, hour, minute, tzinfo=UTC))
        part(browser, address, "bytes=0-8191")
        jobs.settle()
    assert len(downloads()) == 1


def test_a_link_is_used_up_by_downloads_and_not_by_their_parts(
    browser: Client, guide: ResourcePage, paper: bytes
) -> None:
    ResourcePage.objects.update(most_downloads=1)
    address = link(guide)
    assert part(browser, address, "bytes=0-1")[0] == 206  # asks whether parts are to be had
    assert part(browser, address, "bytes=0-")[0] == 206
    assert part(browser, address, "bytes=5000-5999")[0] == 206
    clock.set_to(clock.now() + timedelta(hours=1))
    assert part(browser, address, "bytes=0-")[0] == 404
    assert len(downloads()) == 1


@pytest.mark.parametrize("bad", ["x", "AAAA", "../../etc/passwd"])
def test_a_forged_link_gives_nothing(browser: Client, guide: ResourcePage, bad: str) -> None:
    assert browser.get("/t/a/" + bad).status_code == 404
    assert browser.get(link(guide) + "x").status_code == 404
    assert downloads() == []


def test_a_link_works_for_seven_days(browser: Client, guide: ResourcePage) -> None:
    with clock.frozen(clock.now()):
        address = link(guide)
        clock.advance(timedelta(days=6))
        assert status(browser.get(address)) == 200
        clock.advance(timedelta(days=2))
        answer = browser.get(address)
    assert answer.status_code == 404
    assert "seven days" in answer.content.decode()


def test_a_download_without_a_cookie_is_the_contacts_whose_form_gave_the_link(
    browser: Client, guide: ResourcePage
) -> None:
    payload = {"form": "guide", "fields": {"email": "ada@example.com"}, "anonymousId": "form form-1", "flags": []}
    Hit.objects.create(received_at=clock.now(), kind="form", message_id="form-1", payload=payload)
    browser.get(link(guide), HTTP_USER_AGENT=BROWSER).close()
    [download] = downloads()
    assert Identity.objects.get(subject_id=download.subject_id).contact.email == "ada@example.com"


def test_a_download_by_a_link_in_a_mail_is_the_contacts_to_whom_it_was_sent(
    browser: Client, guide: ResourcePage
) -> None:
    ada, ben = (Contact.objects.create(email=f"{name}@example.com") for name in ("ada", "ben"))
    for each in (ada, ben):
        Identity.objects.get_or_create(subject_id=each.uid, defaults={"contact": each, "kind": "self"})
    browser.get(urlsplit(offers.address(ada.uid, guide.pk)).path, HTTP_USER_AGENT=BROWSER).close()
    elsewhere = Client()
    elsewhere.cookies["lw_vid"] = "a-browser"
    elsewhere.get(urlsplit(offers.address(ben.uid, guide.pk)).path, HTTP_USER_AGENT=BROWSER).close()
    assert {each.subject_id for each in downloads()} == {ada.uid, ben.uid}
    assert not Identity.objects.filter(kind="visitor").exists()  # a forwarded mail tells nothing of the browser


def test_a_link_gives_the_file_as_often_as_its_resource_allows(browser: Client, guide: ResourcePage) -> None:
    ResourcePage.objects.update(most_downloads=2)
    address = link(guide)
    assert [status(browser.get(address, HTTP_USER_AGENT="python-requests/2.32")) for _ in range(3)] == [200] * 3
    assert status(browser.head(address, HTTP_USER_AGENT=BROWSER)) == 200
    assert [status(browser.get(address, HTTP_USER_AGENT=BROWSER)) for _ in range(3)] == [200, 200, 404]
    assert status(browser.get(address, HTTP_USER_AGENT="python-requests/2.32")) == 404
    assert status(browser.get(link(guide, 8), HTTP_USER_AGENT=BROWSER)) == 200


def test_a_link_that_has_run_out_offers_a_new_one_by_mail_and_says_the_same_to_all(
    browser: Client, guide: ResourcePage
) -> None:
    payload = {"form": "guide", "fields": {"email": "Ada@Example.com"}, "offer": guide.pk, "flags": []}
    Hit.objects.create(received_at=clock.now(), kind="form", message_id="form-1", payload=payload)
    jobs.settle(everything=True)
    Contact.objects.create(email="ben@example.com", email_key="ben@example.com")  # known, but not for this paper
    old = link(guide, -1)
    shown = browser.get(old).content.decode()
    assert "Send me a new link" in shown
    token = old.removeprefix("/t/a/")
    said = {
        browser.post("/t/a/again/", {"token": given, "email": who}).content.decode().replace(who, "…")
        for given in (token, token + "x", "")
        for who in ("ada@example.com", "ada@example.com", "ben@example.com", "nobody@example.com", "<b>", "ada@")
    }
    assert len({each.replace("&lt;b&gt;", "…") for each in said}) == 1
    jobs.settle()
    [message] = Message.objects.all()
    assert message.contact.email == "Ada@Example.com"
    path = urlsplit(message.extra["resource_url"]).path
    assert status(Client().get(path, HTTP_USER_AGENT=BROWSER)) == 200
    [download] = downloads()
    assert Identity.objects.get(subject_id=download.subject_id).contact.email == "Ada@Example.com"


def test_no_document_can_be_had_by_guessing_its_address(browser: Client, guide: ResourcePage) -> None:
    home = HomePage.objects.get()
    loose, shown = (
        Document.objects.create(title=name, file=ContentFile(b"%PDF-1.7", name=f"{name}.pdf"))
        for name in ("loose", "shown")
    )
    page = PlainPage(title="Prices", slug="prices", body=[("download", {"document": shown, "label": "Prices"})])
    home.add_child(instance=page)
    draft = ResourcePage(title="Draft", slug="draft", document=loose, live=False)
    assert guide.document is not None
    assert browser.get(guide.document.url).status_code == 302
    assert browser.get(loose.url).status_code == 404
    home.add_child(instance=draft)
    assert browser.get(loose.url).status_code == 404
    assert status(browser.get(shown.url)) == 200
    page.unpublish()
    assert browser.get(shown.url).status_code == 404
