"""Files of lists: in the background, for their owner only, and harmless."""

import csv
import io
import json
import uuid
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.test import Client

from leadwright.capture import activities
from leadwright.capture.imports import runs
from leadwright.kit import clock, config, jobs
from leadwright.kit.registries import FILES
from leadwright.profile.imports import CONTACTS as AS_CONTACTS
from leadwright.profile.models import Company, Contact, Identity
from leadwright.qualify.models import Lead, Member, Segment
from leadwright.ui import exports
from leadwright.ui.models import Export
from leadwright.workspace import keys
from leadwright.workspace.models import AuditEntry, Role, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def mia() -> User:
    return User.objects.create_user("mia@firm.example", name="Mia", role=Role.MARKETER)


@pytest.fixture
def client(mia: User) -> Client:
    client = Client()
    client.force_login(mia)
    return client


@pytest.fixture(autouse=True)
def people() -> None:
    nordwind = Company.objects.create(name="Nordwind", domain="nordwind.example")
    ada = {
        "first_name": "Ada",
        "last_name": "Okafor",
        "phone": "+4930123456",
        "country": "DE",
        "title": "=cmd|' /C'!A0",
    }
    Contact.objects.create(email="ada@nordwind.example", email_key="ada@nordwind.example", company=nordwind, **ada)
    Contact.objects.create(email="ben@x.example", email_key="ben@x.example", first_name="Ben", last_name="'=Weber")


def close(answer: Any) -> None:
    """What the server does, but for its farewell to the database."""
    for each in answer._resource_closers:
        each()


def path_of(export: Export) -> Path:
    export.refresh_from_db()
    assert export.state == Export.State.DONE, export.error
    return exports.path_of(export)


def test_a_list_is_written_in_the_background_and_got_by_a_link_that_says_so(client: Client) -> None:
    answer = client.post("/app/contacts/?q=ada", {"deed": "export-csv", "every": "on"})
    assert answer.status_code == 302
    export = Export.objects.get()
    assert export.state == Export.State.WAITING
    assert "Writing contacts as CSV" in client.get("/app/exports/notice/").content.decode()
    jobs.settle()
    page = client.get("/app/exports/notice/").content.decode()
    assert "your file is ready" in page
    export.refresh_from_db()
    link = exports.link_to(export)
    assert link.split("?")[0] in page
    answer = client.get(link)
    written = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    close(answer)
    rows = list(csv.DictReader(io.StringIO(written)))
    assert [row["E-mail"] for row in rows] == ["ada@nordwind.example"]
    assert rows[0]["Job title"] == "'=cmd|' /C'!A0"
    assert "exports_waiting" not in client.session
    assert {"exported", "downloaded"} <= set(AuditEntry.objects.values_list("action", flat=True))


def test_a_second_click_makes_no_second_file(client: Client) -> None:
    for _ in range(2):
        client.post("/app/contacts/", {"deed": "export-xlsx"})
    assert Export.objects.count() == 1


def test_a_file_goes_to_nobody_but_its_owner_and_not_without_its_link(client: Client, mia: User) -> None:
    export = exports.ask(mia, mia, "contacts", "csv")
    jobs.settle()
    export.refresh_from_db()
    stranger = Client()
    stranger.force_login(User.objects.create_user("max@firm.example", name="Max", role=Role.ADMINISTRATOR))
    assert stranger.get(exports.link_to(export)).status_code == 404
    assert client.get(f"/app/exports/{export.pk}/file/").status_code == 404
    answer = client.get(exports.link_to(export))
    assert answer.status_code == 200
    close(answer)


def test_a_rep_s_file_holds_what_the_rep_may_see(mia: User) -> None:
    rep = User.objects.create_user("cleo@firm.example", name="Cleo", role=Role.REP)
    Contact.objects.filter(first_name="Ada").update(owner=mia)
    export = exports.ask(rep, rep, "contacts", "jsonl")
    jobs.settle()
    lines = [json.loads(line) for line in path_of(export).read_text().splitlines()]
    assert [line["email"] for line in lines] == ["ben@x.example"]
    with pytest.raises(exports.CannotExport, match="that you may export"):
        exports.ask(rep, rep, "imports", "csv")


def test_a_workbook_holds_texts_as_texts_and_numbers_as_numbers(mia: User) -> None:
    export = exports.ask(mia, mia, "contacts", "xlsx")
    jobs.settle()
    page = openpyxl.load_workbook(path_of(export)).active
    assert page is not None
    head = [cell.value for cell in page[1]]
    cell = page.cell(
        row=3 if page.cell(row=2, column=1).value == "Ben '=Weber" else 2, column=head.index("Job title") + 1
    )
    assert (cell.value, cell.data_type) == ("=cmd|' /C'!A0", "s")


@pytest.mark.parametrize("form", ["csv", "xlsx", "jsonl"])
def test_what_was_exported_is_imported_again_and_changes_nothing(mia: User, tmp_path: Path, form: str) -> None:
    export = exports.ask(mia, mia, "contacts", form)
    jobs.settle()
    before = list(Contact.objects.order_by("pk").values_list("first_name", "last_name", "title", "phone", "company"))
    done = runs.import_file(AS_CONTACTS, path_of(export), None)
    assert (done.state, done.error) == ("done", "")
    assert (done.created, done.updated, done.unchanged, done.rejected) == (0, 0, 2, 0)
    after = list(Contact.objects.order_by("pk").values_list("first_name", "last_name", "title", "phone", "company"))
    assert after == before


def test_files_go_when_they_expire_and_when_somebody_is_forgotten(mia: User) -> None:
    export = exports.ask(mia, mia, "contacts", "csv")
    jobs.settle()
    path = path_of(export)
    FILES.get("exports").erase([Contact.objects.get(first_name="Ada").pk])
    assert not path.exists()
    export.refresh_from_db()
    assert export.state == Export.State.GONE
    with pytest.raises(exports.CannotExport, match="not there any more"):
        exports.path_of(export)


def test_the_api_makes_a_file_in_the_name_of_the_key_s_maker(mia: User) -> None:
    _, secret = keys.create("read", "bi", mia)
    headers = {"authorization": f"Bearer {secret}"}
    client = Client()
    answer = client.post(
        "/api/v1/exports", {"list": "contacts", "form": "jsonl"}, content_type="application/json", headers=headers
    )
    assert answer.status_code == 202, answer.content
    number = answer.json()["id"]
    jobs.settle()
    found = client.get(f"/api/v1/exports/{number}", headers=headers).json()
    assert (found["state"], found["rows"]) == ("done", 2)
    answer = client.get(found["file"], headers=headers)
    body = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    close(answer)
    assert len(body.decode().splitlines()) == 2
    answer = client.post(
        "/api/v1/exports", {"list": "contacts", "columns": ["no"]}, content_type="application/json", headers=headers
    )
    assert answer.status_code == 422
    assert "has no column “no”" in answer.json()["detail"]


def test_a_killed_export_is_written_anew(mia: User) -> None:
    export = exports.ask(mia, mia, "contacts", "csv")
    Export.objects.update(state=Export.State.RUNNING, done=1)
    folder = config.data_folder() / "exports" / str(export.pk)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "file.csv").write_text("half")
    jobs.settle()
    assert "ada@nordwind.example" in path_of(export).read_text()


def lines_of(export: Export) -> list[dict[str, Any]]:
    jobs.settle()
    return [json.loads(line) for line in path_of(export).read_text().splitlines()]


def did(who: Contact | uuid.UUID, kind: str, name: str, **more: Any) -> None:
    subject = who.uid if isinstance(who, Contact) else who
    activities.record([activities.Fact(at=clock.now(), subject_id=subject, kind=kind, name=name, **more)])


@pytest.fixture
def ada() -> Contact:
    ada = Contact.objects.get(first_name="Ada")
    Identity.objects.create(subject_id=ada.uid, contact=ada, kind=Identity.Kind.SELF)
    did(ada, "page", "/prices", human=0.9)
    did(ada, "form_submitted", "Demo", properties={"fields": {"note": "=1+1"}})
    did(uuid.uuid4(), "page", "/stranger", human=0.1)
    return ada


@pytest.mark.parametrize("form", ["csv", "xlsx", "jsonl"])
def test_a_contact_s_history_is_exported_in_words(mia: User, ada: Contact, form: str) -> None:
    export = exports.ask(mia, mia, "activities", form, query=f"contact={ada.pk}")
    jobs.settle()
    export.refresh_from_db()
    assert (export.state, export.done, export.error) == ("done", 2, "")
    if form == "jsonl":
        first, second = lines_of(export)
        assert (first["name"], first["email"], first["maker"]) == ("/prices", "ada@nordwind.example", "person")
        assert "=1+1" in second["details"]


def test_the_whole_log_holds_strangers_only_for_those_who_may_see_them(mia: User, ada: Contact) -> None:
    rep = User.objects.create_user("cleo@firm.example", name="Cleo", role=Role.REP)
    assert {line["name"] for line in lines_of(exports.ask(mia, mia, "activities", "jsonl"))} == {
        "/prices",
        "Demo",
        "/stranger",
    }
    hers = lines_of(exports.ask(rep, rep, "activities", "jsonl"))
    assert {line["name"] for line in hers} == {"/prices", "Demo"}
    assert "details" not in hers[0]
    Contact.objects.update(owner=mia)
    assert lines_of(exports.ask(rep, rep, "activities", "jsonl", query="words=")) == []
    with pytest.raises(exports.CannotExport, match="no contact"):
        exports.ask(rep, rep, "activities", "csv", query=f"contact={ada.pk}")
    with pytest.raises(exports.CannotExport, match="no filter “whose”"):
        exports.ask(mia, mia, "activities", "csv", query="whose=me")


def test_the_members_of_a_segment_are_exported_with_the_columns_of_contacts(mia: User, ada: Contact) -> None:
    segment = Segment.objects.create(name="Warm", conditions={"all": [{"kind": "contact"}]})
    Member.objects.create(segment=segment, contact=ada, since=clock.now())
    (line,) = lines_of(exports.ask(mia, mia, "members", "jsonl", query=f"segment={segment.pk}"))
    assert (line["email"], line["company"]) == ("ada@nordwind.example", "Nordwind")
    assert line["since"]
    with pytest.raises(exports.CannotExport, match="no segment"):
        exports.ask(mia, mia, "members", "csv")
    client = Client()
    client.force_login(mia)
    assert f'value="segment={segment.pk}"' in client.get(f"/app/segments/{segment.pk}/").content.decode()


@pytest.mark.parametrize("name", ["funnel", "cohorts", "channels"])
@pytest.mark.parametrize("form", ["csv", "xlsx", "jsonl"])
def test_the_table_of_a_report_is_exported(mia: User, ada: Contact, name: str, form: str) -> None:
    Lead.objects.create(contact=ada, stage="mql", channel="Direct", opened_at=clock.now(), stage_since=clock.now())
    export = exports.ask(mia, mia, name, form, query="period=year")
    jobs.settle()
    export.refresh_from_db()
    assert (export.state, export.error) == ("done", "")
    assert export.done >= 1
    with pytest.raises(exports.CannotExport, match="no period"):
        exports.ask(mia, mia, name, form, query="period=never")


@pytest.mark.parametrize("name", ["leads", "refusals", "suppressions", "messages", "segments", "companies", "imports"])
def test_every_other_list_is_exported(mia: User, name: str) -> None:
    export = exports.ask(mia, mia, name, "csv")
    jobs.settle()
    assert path_of(export).read_text(encoding="utf-8-sig").count("\n") >= 1


def test_a_page_asks_for_a_file_and_is_gone_back_to(client: Client, ada: Contact) -> None:
    page = f"/app/contacts/{ada.pk}/"
    assert "All that happened" in client.get(page).content.decode()
    asked = {"list": "activities", "query": f"contact={ada.pk}", "form": "csv"}
    assert client.post("/app/exports/ask/", asked | {"back": page})["Location"] == page
    assert client.post("/app/exports/ask/", asked | {"back": "https://evil.example/"})["Location"] == "/app/exports/"
    assert Export.objects.count() == 1
    assert "Activities" in client.get("/app/exports/").content.decode()
