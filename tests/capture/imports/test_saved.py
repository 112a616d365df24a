"""Mappings that are kept: by headers, by name, and the best of them for a file that is nearly the same."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from typer.testing import CliRunner

from leadwright.capture.imports import mappings, runs, saved, tables
from leadwright.capture.imports.kinds import CannotImport, Kind, kind_of
from leadwright.capture.models import Import, SavedMapping
from leadwright.kit import jobs
from leadwright.profile.models import Contact, Purpose
from leadwright.workspace import keys
from leadwright.workspace.models import AuditEntry, Role, User

pytestmark = pytest.mark.django_db

BADGES = "Mail;Who;Shoe size;Note\nada@x.example;Ada Okafor;39;-\n"


@pytest.fixture
def contacts() -> Kind:
    return kind_of("contacts")


@pytest.fixture
def table(tmp_path: Path) -> Callable[[str], tables.Table]:
    def make(text: str) -> tables.Table:
        path = tmp_path / "people.csv"
        path.write_text(text, encoding="utf-8")
        return tables.open_as(path)

    return make


@pytest.fixture
def mia() -> User:
    return User.objects.create_user("mia@firm.example", name="Mia", role=Role.MARKETER)


@pytest.fixture
def marketer(mia: User) -> Client:
    client = Client()
    client.force_login(mia)
    return client


def upload(client: Client, text: str, kind: str = "contacts") -> int:
    answer = client.post("/app/imports/new/", {"kind": kind, "file": SimpleUploadedFile("people.csv", text.encode())})
    return int(answer["Location"].split("/")[3])


def answers(**more: str) -> dict[str, str]:
    told = {
        "match": "email",
        "update": "fill",
        "create": "1",
        "time_zone": "UTC",
        "field-0": "email",
        "field-1": "name",
    }
    return told | more


def keep(name: str, columns: list[str], **fields: str) -> SavedMapping:
    raw: dict[str, Any] = {"columns": fields}
    return SavedMapping.objects.create(
        kind="contacts", name=name, columns=columns, headers=mappings.headers_key(columns), mapping=raw
    )


def test_a_mapping_is_named_on_the_way_and_proposed_for_a_file_that_is_nearly_the_same(marketer: Client) -> None:
    number = upload(marketer, BADGES)
    marketer.post(f"/app/imports/{number}/mapping/", answers(keep_as="  Badge   scans ", **{"all-source": "Fair"}))
    kept = SavedMapping.objects.get(name="Badge scans")
    assert kept.mapping["columns"] == {"Mail": "email", "Who": "name"}
    assert kept.mapping["constants"] == {"source": "Fair"}
    assert AuditEntry.objects.filter(action="import.keep_mapping").exists()
    second = upload(marketer, "WHO,mail,City\nBen Ode,ben@x.example,Oslo\n")
    raw = Import.objects.get(pk=second).mapping
    assert raw["columns"] == {"WHO": "name", "mail": "email", "City": "city"}
    assert raw["update"] == "fill"
    page = marketer.get(f"/app/imports/{second}/mapping/").content.decode()
    assert "The mapping <strong>Badge scans</strong> fits these columns best" in page


def test_another_mapping_can_be_chosen_or_none(marketer: Client) -> None:
    other = keep("Other", ["Mail", "Who"], Mail="email", Who="company")
    number = upload(marketer, BADGES)
    assert Import.objects.get(pk=number).mapping["columns"]["Who"] == "company"
    marketer.post(f"/app/imports/{number}/mapping/", {"deed": "use", "saved": ""})
    assert Import.objects.get(pk=number).mapping["columns"] == {"Mail": "email"}
    marketer.post(f"/app/imports/{number}/mapping/", {"deed": "use", "saved": str(other.pk)})
    assert Import.objects.get(pk=number).mapping["columns"]["Who"] == "company"


def test_a_file_with_few_of_the_columns_gets_no_proposal(contacts: Kind, table: Callable[[str], tables.Table]) -> None:
    keep("Badges", ["Mail", "Who", "Hall"], Mail="email", Who="name", Hall="source")
    assert saved.proposed(contacts, table("Mail,City\na@x.example,Oslo\n")) is None
    assert str(saved.proposed(contacts, table("Mail,Who\na@x.example,Ada\n"))) == "Badges"
    assert saved.proposed(kind_of("leads"), table("Mail,Who,Hall\na@x.example,Ada,3\n")) is None


def test_a_column_that_the_mapping_left_out_stays_out(contacts: Kind, table: Callable[[str], tables.Table]) -> None:
    kept = keep("Badges", ["Mail", "City", "Who"], Mail="email", Who="name")
    found = table("Mail,City,Who,Phone\na@x.example,Oslo,Ada,\n")
    raw = saved.fitted(kept, runs.guess(contacts, found), found)
    assert raw["columns"] == {"Mail": "email", "Who": "name", "Phone": "phone"}


def test_names_are_changed_and_mappings_removed(marketer: Client) -> None:
    kept = keep("Badges", ["Mail"], Mail="email")
    keep("Taken", ["Mail"], Mail="email")
    page = marketer.get("/app/imports/mappings/").content.decode()
    assert "Badges" in page
    marketer.post(f"/app/imports/mappings/{kept.pk}/rename/", {"name": "Fair"})
    answer = marketer.post(f"/app/imports/mappings/{kept.pk}/rename/", {"name": "TAKEN"}, follow=True)
    assert "There is a mapping “TAKEN” already" in answer.content.decode()
    kept.refresh_from_db()
    assert kept.name == "Fair"
    assert b"email" in marketer.get(f"/app/imports/mappings/{kept.pk}.yaml").content
    marketer.post(f"/app/imports/mappings/{kept.pk}/remove/")
    assert not SavedMapping.objects.filter(pk=kept.pk).exists()
    assert AuditEntry.objects.filter(action__in=("import.rename_mapping", "import.remove_mapping")).count() == 2


def test_a_rep_may_not_see_or_change_them() -> None:
    client = Client()
    client.force_login(User.objects.create_user("cleo@firm.example", name="Cleo", role=Role.REP))
    kept = keep("Badges", ["Mail"], Mail="email")
    assert client.get("/app/imports/mappings/").status_code == 403
    assert client.post(f"/app/imports/mappings/{kept.pk}/remove/").status_code == 403


def test_the_days_of_a_consent_are_not_remembered_for_the_next_file(marketer: Client) -> None:
    Purpose.objects.create(key="letter", name="Letter", double_opt_in=False)
    number = upload(marketer, "Mail,Who\nada@x.example,Ada\n")
    stated = {
        "consent-letter-given": "=",
        "consent-letter-given-value": "yes",
        "consent-letter-wording": "=",
        "consent-letter-wording-value": "Yes.",
        "consent-letter-source": "=",
        "consent-letter-source-value": "Fair",
        "consent-letter-at": "=",
        "consent-letter-at-value": "2025-01-10",
    }
    marketer.post(f"/app/imports/{number}/mapping/", answers(**stated))
    marketer.post(f"/app/imports/{number}/start/")
    jobs.settle()
    second = upload(marketer, "Mail,Who\nben@x.example,Ben\n")
    raw = Import.objects.get(pk=second).mapping
    assert raw["constants"] == {
        "consent.letter.given": "yes",
        "consent.letter.wording": "Yes.",
        "consent.letter.source": "Fair",
    }


def test_the_command_line_takes_a_mapping_by_name_and_values_for_every_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from contextlib import nullcontext

    from leadwright.kit import terminal
    from leadwright.main.cli import cli

    monkeypatch.setattr(terminal, "installation", nullcontext)
    keep("Badges", ["Mail", "Who"], Mail="email", Who="name")
    path = tmp_path / "people.csv"
    path.write_text("Mail,Who\nada@x.example,Ada Okafor\n", encoding="utf-8")
    run = CliRunner().invoke
    done = run(cli, ["contacts", "import", str(path), "--mapping", "badges", "--set", "source=Fair", "--json"])
    assert done.exit_code == 0, done.output
    ada = Contact.objects.get()
    assert (ada.last_name, ada.first_source) == ("Okafor", "Fair")
    wrong = run(cli, ["contacts", "import", str(path), "--mapping", "Nothing"])
    assert wrong.exit_code == 2
    assert "No mapping for contacts is called “Nothing”. There are: “Badges”." in wrong.output
    assert run(cli, ["contacts", "import", str(path), "--set", "source"]).exit_code == 2
    listed = run(cli, ["imports", "mappings", "--json"])
    assert '"name": "Badges"' in listed.output


def test_the_api_lists_them(mia: User) -> None:
    keep("Badges", ["Mail"], Mail="email")
    SavedMapping.objects.create(kind="contacts", headers="x", mapping={"columns": {}})
    _, secret = keys.create("read", name="reports", user=mia)
    client = Client(headers={"Authorization": f"Bearer {secret}"})
    told = client.get("/api/v1/imports/mappings").json()
    assert [(each["name"], each["mapping"]) for each in told["items"]] == [("Badges", {"columns": {"Mail": "email"}})]
    assert client.get("/api/v1/imports/mappings?kind=leads").json()["items"] == []


def test_a_mapping_needs_a_name(contacts: Kind) -> None:
    with pytest.raises(CannotImport, match="Give the mapping a name"):
        saved.rename(keep("Badges", ["Mail"], Mail="email"), "  ")
