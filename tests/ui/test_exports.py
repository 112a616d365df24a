"""Files of lists: in the background, for their owner only, and harmless."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.test import Client

from leadwright.capture import imports
from leadwright.kit import config, jobs
from leadwright.kit.registries import FILES
from leadwright.profile.imports import CONTACTS as AS_CONTACTS
from leadwright.profile.models import Company, Contact
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
    done = imports.import_file(AS_CONTACTS, path_of(export), None)
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
