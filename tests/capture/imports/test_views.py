"""The import wizard as a person meets it."""

import io
from pathlib import Path

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from leadwright.capture.imports import rejects, runs
from leadwright.capture.models import Import
from leadwright.kit import jobs
from leadwright.profile.models import Contact
from leadwright.workspace.models import Role, User

pytestmark = pytest.mark.django_db

PEOPLE = "Email;First Name;Shoe size\nada@x.example;Ada;39\nbad;=cmd|' /C calc'!A0;\n"


@pytest.fixture
def marketer() -> Client:
    client = Client()
    client.force_login(User.objects.create_user("mia@firm.example", name="Mia", role=Role.MARKETER))
    return client


def upload(client: Client, text: str, name: str = "people.csv") -> int:
    file = SimpleUploadedFile(name, text.encode())
    answer = client.post("/app/imports/new/", {"kind": "contacts", "file": file})
    assert answer.status_code == 302, answer.content.decode()
    return int(answer["Location"].split("/")[3])


def answers(**more: str) -> dict[str, str]:
    given = {"match": "email", "update": "overwrite", "create": "1", "time_zone": "UTC"}
    return {"field-0": "email", "field-1": "first_name", "field-2": "custom"} | given | more


def test_a_file_goes_through_upload_mapping_preview_run_and_undo(marketer: Client) -> None:
    number = upload(marketer, PEOPLE)
    page = marketer.get(f"/app/imports/{number}/mapping/").content.decode()
    assert '<option value="email" selected>' in page
    assert "semicolon" in page
    assert marketer.post(f"/app/imports/{number}/mapping/", answers()).status_code == 302
    page = marketer.get(f"/app/imports/{number}/").content.decode()
    assert "Import 2 rows" in page
    assert "is not an e-mail address" in page
    assert not Contact.objects.exists()
    marketer.post(f"/app/imports/{number}/start/")
    assert "every 1s" in marketer.get(f"/app/imports/{number}/").content.decode()
    jobs.settle()
    page = marketer.get(f"/app/imports/{number}/").content.decode()
    assert "every 1s" not in page
    assert "Done" in page
    assert Contact.objects.get().custom == {"shoe_size": 39}
    assert "remove 1, restore 0" in marketer.get(f"/app/imports/{number}/undo/").content.decode()
    marketer.post(f"/app/imports/{number}/undo/")
    jobs.settle()
    assert not Contact.objects.exists()
    assert "Undone" in marketer.get(f"/app/imports/{number}/").content.decode()


def test_the_rejects_file_is_safe_to_open_in_a_spreadsheet(marketer: Client) -> None:
    number = upload(marketer, PEOPLE)
    marketer.post(f"/app/imports/{number}/mapping/", answers())
    marketer.post(f"/app/imports/{number}/start/")
    jobs.settle()
    answer = marketer.get(f"/app/imports/{number}/rejects.csv")
    lines = b"".join(answer.streaming_content).decode().splitlines()  # type: ignore[attr-defined]
    assert lines[0] == "Row;Reason;Email;First Name;Shoe size"
    assert lines[1].startswith("3;")
    assert "'=cmd|" in lines[1]


def test_a_wrong_mapping_is_told_with_what_to_do(marketer: Client) -> None:
    number = upload(marketer, PEOPLE)
    answer = marketer.post(f"/app/imports/{number}/mapping/", answers(**{"field-0": "", "time_zone": "Mars"}))
    assert answer.status_code == 422
    assert "There is no time zone “Mars”" in answer.content.decode()


@pytest.mark.parametrize(
    ("name", "text", "say"),
    [
        ("people.exe", "MZ\x01\x02\x03\x04" * 9, "cannot be read"),
        ("people.csv", "", "empty"),
        ("people.xlsx", "no", "no spreadsheet"),
    ],
)
def test_an_unreadable_file_is_refused_kindly(marketer: Client, name: str, text: str, say: str) -> None:
    answer = marketer.post("/app/imports/new/", {"kind": "contacts", "file": SimpleUploadedFile(name, text.encode())})
    assert answer.status_code == 422
    assert say in answer.content.decode()
    assert not Import.objects.exists()


def test_a_rep_may_not_see_imports() -> None:
    client = Client()
    client.force_login(User.objects.create_user("cleo@firm.example", name="Cleo", role=Role.REP))
    assert client.get("/app/imports/").status_code == 403
    assert client.get("/app/imports/new/").status_code == 403


def test_the_list_shows_imports_and_teaches_where_there_are_none(marketer: Client) -> None:
    assert "No imports yet" in marketer.get("/app/imports/").content.decode()
    upload(marketer, PEOPLE)
    assert "people.csv" in marketer.get("/app/imports/").content.decode()


def test_how_a_file_is_read_can_be_changed_and_its_columns_are_guessed_anew(marketer: Client) -> None:
    number = upload(marketer, "Some words; more\nEmail|Name\nada@x.example|Ada\nben@x.example|Ben\n")
    told = {"deed": "read", "delimiter": "|", "header_row": "2", "encoding": "utf-8"}
    assert marketer.post(f"/app/imports/{number}/mapping/", told).status_code == 302
    imported = Import.objects.get()
    assert imported.mapping["columns"] == {"Email": "email", "Name": "name"}
    page = marketer.get(f"/app/imports/{number}/mapping/").content.decode()
    assert "columns named in row 2" in page
    told = {"deed": "read", "delimiter": "|", "encoding": "no-such"}
    page = marketer.post(f"/app/imports/{number}/mapping/", told, follow=True).content.decode()
    assert "There is no encoding" in page
    assert Import.objects.get().mapping["header_row"] == "2"


def test_the_next_file_with_the_same_headers_needs_no_thought(marketer: Client) -> None:
    number = upload(marketer, PEOPLE)
    marketer.post(f"/app/imports/{number}/mapping/", answers(update="fill", **{"update-1": "never"}))
    marketer.post(f"/app/imports/{number}/start/")
    jobs.settle()
    second = upload(marketer, "Shoe size;Email;First Name\n40;ben@x.example;Ben\n")
    raw = Import.objects.get(pk=second).mapping
    assert raw["update"] == "fill"
    assert raw["columns"]["Shoe size"] == "custom.shoe_size"
    assert raw["columns"]["First Name"] == {"to": "first_name", "update": "never"}
    assert "was imported before" in marketer.get(f"/app/imports/{second}/mapping/").content.decode()


def test_a_large_file_is_looked_through_in_the_background(marketer: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "AT_ONCE_BYTES", 10)
    number = upload(marketer, PEOPLE)
    marketer.post(f"/app/imports/{number}/mapping/", answers())
    assert "Looking through the file" in marketer.get(f"/app/imports/{number}/").content.decode()
    jobs.settle()
    answer = marketer.get(f"/app/imports/{number}/progress/")
    assert answer["HX-Redirect"] == f"/app/imports/{number}/"
    assert "Import 2 rows" in marketer.get(f"/app/imports/{number}/").content.decode()


def test_starting_twice_starts_once(marketer: Client) -> None:
    number = upload(marketer, PEOPLE)
    marketer.post(f"/app/imports/{number}/mapping/", answers())
    for _ in range(2):
        assert marketer.post(f"/app/imports/{number}/start/").status_code == 302
    jobs.settle()
    assert Import.objects.get().created == 1
    assert marketer.post(f"/app/imports/{number}/mapping/", answers()).status_code == 302
    assert Import.objects.get().state == "done"


def test_the_refused_rows_of_a_workbook_come_as_a_workbook(marketer: Client, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.append(["Email", "First Name"])
    page.append(["ada@nordwind.example", "Ada"])
    page.append(["nonsense", "=cmd|' /C'!A0"])
    page.cell(row=3, column=2).data_type = "s"
    book.save(path := tmp_path / "people.xlsx")
    with path.open("rb") as file:
        marketer.post("/app/imports/new/", {"kind": "contacts", "file": file})
    imported = Import.objects.latest("pk")
    marketer.post(f"/app/imports/{imported.pk}/mapping/", answers(**{"field-2": ""}))
    marketer.post(f"/app/imports/{imported.pk}/start/")
    jobs.settle()
    link = f"/app/imports/{imported.pk}/rejects.xlsx"
    assert link in marketer.get(f"/app/imports/{imported.pk}/").content.decode()
    answer = marketer.get(link)
    body = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    for each in answer._resource_closers:  # type: ignore[attr-defined]
        each()
    rows = openpyxl.load_workbook(io.BytesIO(body)).active
    assert rows is not None
    found = [[cell.value for cell in row] for row in rows.iter_rows()]
    assert found[0] == ["Row", "Reason", "Email", "First Name"]
    assert (found[1][0], found[1][2:]) == ("3", ["nonsense", "=cmd|' /C'!A0"])
    assert rows.cell(row=2, column=4).data_type == "s"
    written = rejects.write(Import.objects.get(pk=imported.pk))
    assert written is not None
    assert written.name == "rejects.xlsx"


CONSENTING = "Email,Newsletter,Since\nada@x.example,ja,03/04/2025\nben@x.example,nein,05/04/2025\n"
GIVEN = {
    "field-0": "email",
    "field-1": "",
    "field-2": "",
    "consent-letter-given": "1",
    "consent-letter-wording": "=",
    "consent-letter-wording-value": "Yes, write to me.",
    "consent-letter-source": "=",
    "consent-letter-source-value": "Fair in Hannover",
    "consent-letter-at": "2",
}


def test_consent_is_stated_on_the_mapping_page_and_counted_before_and_after(marketer: Client) -> None:
    from leadwright.profile.models import ConsentRecord, Purpose

    Purpose.objects.create(key="letter", name="Letter", double_opt_in=False)
    number = upload(marketer, CONSENTING)
    page = marketer.get(f"/app/imports/{number}/mapping/").content.decode()
    assert "“Newsletter” may say who allowed what" in page
    said = answers(**GIVEN)
    answer = marketer.post(f"/app/imports/{number}/mapping/", said | {"consent-letter-source-value": ""})
    assert answer.status_code == 422
    assert "has to be provable one day" in answer.content.decode() or "can be read as" in answer.content.decode()
    answer = marketer.post(f"/app/imports/{number}/mapping/", said)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "The dates in “Since” can be read as %d/%m/%Y or as %m/%d/%Y" in page
    assert "Yes, write to me.</textarea>" in page
    assert (
        marketer.post(f"/app/imports/{number}/mapping/", said | {"consent-letter-at-format": "%d/%m/%Y"}).status_code
        == 302
    )
    page = marketer.get(f"/app/imports/{number}/").content.decode()
    assert "Consent: Letter" in page
    assert "ben@x.example" in page
    assert not ConsentRecord.objects.exists()
    marketer.post(f"/app/imports/{number}/start/")
    jobs.settle()
    page = marketer.get(f"/app/imports/{number}/").content.decode()
    assert "Consent: Letter" in page
    assert set(ConsentRecord.objects.values_list("state", flat=True)) == {"granted", "withdrawn"}
    assert (
        "What the file told of consent is taken back" in marketer.get(f"/app/imports/{number}/undo/").content.decode()
    )
    again = upload(marketer, CONSENTING)
    page = marketer.get(f"/app/imports/{again}/mapping/").content.decode()
    assert '<details class="lw-card lw-stated" open>' in page


def test_what_is_the_same_for_every_row_is_said_once(marketer: Client) -> None:
    from leadwright.attract.models import Campaign

    Campaign.objects.create(name="Fair 2026", code="fair-26", channel="Event")
    number = upload(marketer, "Email,City\nada@x.example,Oslo\n")
    assert "Fair 2026" in marketer.get(f"/app/imports/{number}/mapping/").content.decode()
    told = answers(**{"field-1": "city", "all-campaign": "Fair 2026", "all-source": "Badge scan", "all-owner": ""})
    marketer.post(f"/app/imports/{number}/mapping/", told)
    marketer.post(f"/app/imports/{number}/start/")
    jobs.settle()
    ada = Contact.objects.get()
    assert (str(ada.first_campaign), ada.first_source, ada.first_channel) == ("Fair 2026", "Badge scan", "Event")
    page = marketer.get(f"/app/contacts/{ada.pk}/").content.decode()
    assert "Badge scan" in page
    assert "Fair 2026" in page
