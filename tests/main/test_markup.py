"""Whatever somebody is called, and whatever he writes: on every screen, in every mail and file it is only words."""

import io
import re
import zipfile
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django.plugin import DjangoDbBlocker
from wagtail.documents.models import Document

from leadwright.attract.models import Campaign, Form, FormField, Persona, TrackedLink
from leadwright.attract.pages import ArticlePage, HomePage
from leadwright.capture import activities
from leadwright.capture.models import Import, ImportReject, Visitor
from leadwright.engage import emails, mailbox, messages, sending
from leadwright.engage.models import Broadcast, Email, EmailVersion, MailboxMessage
from leadwright.kit import clock
from leadwright.nurture.models import Journey
from leadwright.profile.models import Consent, Contact, Identity, Purpose
from leadwright.qualify.models import Segment
from leadwright.workspace import keys, settings
from leadwright.workspace.models import SavedView, User
from tests.main import walks
from tests.main.walks import Ask, World

MARK = "</script><script>zz1()</script>\"><img src=zz2 onerror=zz3>'{{7*7}}{% raw %}\u202e"
LINKS = "javascript:zz4()"


class Alive(HTMLParser):
    """What of the marks has come to life on a page: tags, handlers, addresses that run."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found = ["script"] if "<script>zz1" in text else []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag of a mark."""
        for name, value in attrs:
            is_run = (value or "").strip().lower().startswith("javascript:")
            if (name.startswith("on") and "zz" in (value or "")) or (name == "src" and value == "zz2") or is_run:
                self.found.append(f"<{tag} {name}={value}>")


def alive(text: str) -> list[str]:
    """The marks that a page took for markup."""
    return Alive(text).found


@pytest.fixture(scope="module")
def db(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """One transaction for all of this file, taken back at its end."""
    with walks.one_transaction(django_db_blocker):
        yield


@pytest.fixture(scope="module")
def world(db: None) -> World:
    """A world in which every name is markup."""
    world = walks.make()
    ids = world.ids
    chief = world.users["administrator"]
    Campaign.objects.update(name=MARK, goal=MARK, code="spring")
    Segment.objects.update(name=MARK, description=MARK)
    Persona.objects.update(name=MARK[:80], role=MARK, goals=MARK, pains=MARK, proof=MARK)
    Form.objects.update(name=MARK, thanks=MARK, button="Go", consent_wording=MARK)
    FormField.objects.update(label=MARK)
    TrackedLink.objects.update(source=MARK[:80], medium=MARK[:80], content=MARK[:80], term=MARK[:80])
    Broadcast.objects.update(name=MARK)
    Email.objects.update(name=MARK, subject=MARK)
    Journey.objects.update(name=MARK, description=MARK)
    Document.objects.update(title=MARK)
    Import.objects.update(
        file_name=MARK, error=MARK, state="failed", rejected=1,
        preview={"columns": [MARK, "email"], "form": MARK}, mapping={"columns": {MARK: "first_name"}},
    )  # fmt: skip
    ImportReject.objects.create(imported_id=ids["import_id"], row_number=1, reason=MARK[:250], cells=[MARK, f"={MARK}"])
    MailboxMessage.objects.create(
        rcpt_to=[f"<{MARK}>@x.example"], mail_from=MARK, subject=MARK,
        raw=f"From: {MARK}\r\nSubject: {MARK}\r\nContent-Type: text/html\r\n\r\n<p>Hi</p>{MARK}".encode(),
    )  # fmt: skip
    User.objects.filter(pk=world.users["marketer"].pk).update(name=MARK)
    User.objects.filter(pk=chief.pk).update(name=MARK)
    keys.create("read", MARK[:80])
    SavedView.objects.create(list_name="contacts", name=MARK[:60], query="q=" + MARK[:30], user=chief, is_shared=True)
    firm = settings.current()
    firm.firm, firm.sender_name, firm.postal_address = MARK, MARK, MARK
    firm.sender_address = "nora@nordwind.example"
    firm.save()
    journey, version = Journey.objects.get(), EmailVersion.objects.get()
    campaign, segment = Campaign.objects.get(), Segment.objects.get()
    made = walks.records(chief, MARK, segment, version, journey, campaign, slug="marked")
    her = Contact.objects.get(pk=made["contact_id"])
    Visitor.objects.create(
        anonymous_id="browser", first_seen_at=clock.now(), last_seen_at=clock.now(), first_channel="email",
        first_touch={"utm_source": MARK, "utm_campaign": MARK, "page": LINKS, "referrer": LINKS},
    )  # fmt: skip
    visitor = Visitor.objects.get()
    Identity.objects.create(subject_id=visitor.pk, contact=her, kind="visitor", evidence=MARK[:120])
    facts: list[tuple[str, dict[str, Any]]] = [
        ("page", {"url": LINKS, "path": MARK, "referrer": LINKS}),
        ("track", {"page": LINKS, MARK: MARK}),
        ("form_submitted", {"fields": {"message": MARK, MARK: MARK}, "consent": {"wording": MARK}}),
        ("link_followed", {"url": LINKS}),
        ("email_clicked", {"url": LINKS}),
        ("resource_downloaded", {}),
        ("task_done", {"title": MARK}),
        ("note_added", {"text": MARK}),
        ("stage_moved", {"from": MARK, "to": MARK, "reason": MARK, "actor": MARK}),
        ("of_another_kind", {"name": "{0.__class__}", "object": MARK}),
    ]
    activities.record(
        activities.Fact(
            at=clock.now(), subject_id=visitor.pk, kind=kind, name=MARK, object_kind="form", object_id=MARK[:100],
            channel=MARK[:40], properties=more, reasons=(MARK,), human=0.9,
        )
        for kind, more in facts
    )  # fmt: skip
    page = ArticlePage(title=MARK, slug="marked", search_description=MARK)
    HomePage.objects.get().add_child(instance=page)
    world.ids = ids | made
    return world


def test_no_screen_takes_words_for_markup(world: World) -> None:
    ask = Ask(world.client("administrator"))
    seen = 0
    for each in walks.addresses(world):
        if not each.is_own:
            continue
        answer, text = ask("get", each.path, {"q": MARK, "who": MARK, "source": MARK, "at": MARK, "period": "all"})
        if not answer.get("Content-Type", "").startswith("text/html"):
            assert answer.status_code != 200 or answer["X-Content-Type-Options"] == "nosniff", each.path
            continue
        assert alive(text) == [], each.path
        seen += "zz2" in text
    assert seen > 40  # the words were there, as words


def test_no_screen_of_the_editors_takes_words_for_markup(world: World) -> None:
    ask = Ask(world.client("administrator"))
    ids, seen = world.ids, 0
    paths = [f"/app/{name}/" for name in ("documents", "personas", "form-editor", "emails", "journey-editor", "pages")]
    paths += [f"/app/emails/edit/{ids['email_id']}/", f"/app/journey-editor/edit/{ids['journey_id']}/"]
    paths += [
        f"/app/personas/edit/{ids['persona']}/",
        f"/app/form-editor/edit/{ids['form']}/",
        "/app/documents/chooser/",
    ]
    for path in paths:
        answer, text = ask("get", path)
        assert answer.status_code == 200, path
        assert alive(text) == [], path
        seen += "zz2" in text
    assert seen > 8


def test_no_public_page_takes_words_for_markup(world: World) -> None:
    ask = Ask(Client())
    for path in ("/", "/marked/", "/sitemap.xml", f"/?utm_source={MARK}", "/nothing-there/", "/app/sign-in/login/"):
        _, text = ask("get", path)
        assert alive(text) == [], path


def test_no_file_begins_a_formula_or_ends_a_row(world: World) -> None:
    from leadwright.profile.models import Company
    from leadwright.qualify.models import Lead

    ask = Ask(world.client("administrator"))
    for begin in ("=", "+", "-", "@", "\t", "\r", " =", "＝"):
        word = f"{begin}cmd|' /C calc'!A0"
        Contact.objects.update(first_name=word, last_name="", title=word, city=word)
        Company.objects.update(name=word, city=word, industry=word)
        Lead.objects.update(interest=word, source=word)
        Campaign.objects.update(name=word, goal=word)
        Segment.objects.update(name=word, description=word)
        Journey.objects.update(name=word, description=word)
        ImportReject.objects.update(cells=[word, word], reason=word)
        files = [f"/app/{name}/?export=csv" for name in ("contacts", "companies", "leads", "campaigns", "segments")]
        files += ["/app/journeys/?export=csv", f"/app/imports/{world.ids['import_id']}/rejects.csv"]
        for path in files:
            answer, text = ask("get", path)
            assert "attachment" in answer["Content-Disposition"], path
            cells = [cell for row in csv_rows(text) for cell in row]
            assert any("cmd|" in cell for cell in cells), path
            assert [cell for cell in cells if cell.lstrip(" ")[:1] in "=+-@\t\r＝" and "cmd" in cell] == [], path


def csv_rows(text: str) -> list[list[str]]:
    import csv

    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


def test_no_name_becomes_liquid_a_header_or_markup_in_a_mail(world: World) -> None:
    purpose, _ = Purpose.objects.get_or_create(key="letter", defaults={"name": "Our letter"})
    version = emails.write(
        name="Hello",
        subject="Hello {{ contact.first_name }} of {{ company.name }}",
        purpose=purpose,
        body=[("text", "<p>Dear {{ contact.first_name }} {{ contact.title }}, {{ contact.city }}</p>")],
    )
    her = Contact.objects.get(pk=world.ids["contact_id"])
    injected = (
        "{{ contact.email }}{{7|times:7}}{% raw %}\r\nBcc: victim@evil.example\r\n\r\n<script>zz1()</script>\u202e"
    )
    Contact.objects.filter(pk=her.pk).update(
        first_name=injected[:120], last_name="X\r\nBcc: y@evil.example", title=MARK
    )
    Consent.objects.create(contact=her, purpose=purpose, state="granted", at=clock.now())
    MailboxMessage.objects.all().delete()
    messages.queue(version, [(her.pk, "test:1")])
    assert sending.flush() == 1
    mail = MailboxMessage.objects.get()
    raw, parts = bytes(mail.raw), mailbox.parts(bytes(mail.raw))
    assert mail.rcpt_to == [her.email]
    head = raw.partition(b"\r\n\r\n")[0]
    assert not re.search(rb"(?im)^bcc:", head)
    assert "{{ contact.email }}" in parts["headers"]["Subject"]
    assert "49" not in parts["headers"]["Subject"]
    assert alive(parts["html"]) == []
    assert "&lt;script&gt;zz1" in parts["html"]
    assert "{{7|times:7}}" in parts["text"]


# Files


def test_a_document_leaves_the_house_as_a_file_that_cannot_run(world: World) -> None:
    for name, content in (
        ("page.html", b"<script>zz1()</script>"),
        ("image.svg", b"<svg onload='zz1()'/>"),
        ("a.pdf", b"%PDF"),
    ):
        document = Document.objects.create(title=name, file=ContentFile(content, name=name))
        assert Ask(Client())("get", document.url)[0].status_code == 404  # nothing public leads to it
        answer, _ = Ask(world.client("administrator"))("get", document.url)
        assert answer.status_code == 200
        is_pdf = name.endswith(".pdf")
        assert answer["Content-Disposition"].startswith("inline" if is_pdf else "attachment"), name
        assert "default-src 'none'" in answer["Content-Security-Policy"]
        assert answer["X-Content-Type-Options"] == "nosniff"
        document.file.delete(save=False)


@pytest.mark.parametrize(
    ("place", "name", "content"),
    [
        ("/app/images/add/", "x.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='zz1()'/>"),
        ("/app/images/add/", "x.png", b"<html><script>zz1()</script></html>"),
        ("/app/images/add/", "x.png", b"<svg xmlns='http://www.w3.org/2000/svg' onload='zz1()'/>"),
        ("/app/documents/add/", "x.html", b"<script>zz1()</script>"),
        ("/app/documents/add/", "x.svg", b"<svg/>"),
        ("/app/documents/add/", "x.exe", b"MZ"),
    ],
)
def test_what_is_no_image_and_no_document_is_not_taken(world: World, place: str, name: str, content: bytes) -> None:
    from wagtail.images.models import Image

    def kept() -> tuple[int, int]:
        return Image.objects.count(), Document.objects.count()

    before, ask = kept(), Ask(world.client("administrator"), look=kept)
    told = {"title": "x", "file": SimpleUploadedFile(name, content, "image/png"), "collection": 1}
    answer, _ = ask("post", place, told)
    assert answer.status_code == 200
    assert ask.looked == before


def test_no_path_leads_out_of_the_media(world: World) -> None:
    ask = Ask(Client(raise_request_exception=False))
    for path in ("../secret-key", "images/../../secret-key", "images/%2e%2e/%2e%2e/secret-key", "documents/paper.pdf",
                 "images/..%5c..%5csecret-key", "/etc/passwd", "images//etc/passwd", "images/%00"):  # fmt: skip
        assert ask("get", f"/media/{path}")[0].status_code in (400, 404), path


@pytest.mark.parametrize(
    "name",
    ["../../evil.csv", "/etc/evil.csv", "a\\..\\evil.csv", f"{MARK}.csv", "x" * 300 + ".csv", ".csv"],
    ids=["up", "root", "backslashes", "markup", "long", "bare"],
)
def test_an_import_keeps_its_file_where_it_belongs(world: World, name: str) -> None:
    from leadwright.capture.imports import runs

    told = {"kind": "contacts", "file": SimpleUploadedFile(name, b"email\nada@example.com\n", "text/csv")}
    made: list[Any] = []

    def look() -> None:
        made[:] = Import.objects.order_by("-pk")[:1]

    answer, _ = Ask(world.client("administrator"), look=look)("post", "/app/imports/new/", told)
    assert answer.status_code in (302, 422)
    if answer.status_code == 302:
        path = runs.file_of(made[0]).resolve()
        assert path.is_relative_to(runs.folder_of(made[0].pk).resolve())
        runs.drop_file(made[0])


def bomb(entries: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in entries.items():
            file.writestr(name, content)
    return packed.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"PK\x03\x04 rubbish",
        bomb({"../../../evil": b"x"}),
        bomb({"xl/workbook.xml": b"\x00" * 2**20}),
        b"",
        b"\x00" * 100,
    ],
)
def test_a_damaged_or_hostile_sheet_is_refused_in_words(world: World, content: bytes) -> None:
    told = {"kind": "contacts", "file": SimpleUploadedFile("list.xlsx", content, "application/zip")}
    answer, _ = Ask(world.client("administrator"))("post", "/app/imports/new/", told)
    assert answer.status_code == 422
