"""Imports over the API: state, counts and refused rows, for keys that may read."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from leadwright.capture.imports import runs
from leadwright.capture.models import Import
from leadwright.kit.registries import IMPORT_KINDS
from leadwright.workspace import keys
from leadwright.workspace.models import Role, User

pytestmark = pytest.mark.django_db


def client(scope: str = "read", user: User | None = None) -> Client:
    _, secret = keys.create(scope, name="reports", user=user)
    return Client(headers={"Authorization": f"Bearer {secret}"})


@pytest.fixture
def done(tmp_path: Path) -> Import:
    path = tmp_path / "people.csv"
    path.write_text("Email,First Name\nada@example.com,Ada\nnobody,Nobody\n", encoding="utf-8")
    return runs.import_file(IMPORT_KINDS.get("contacts"), path, None)


def test_an_import_tells_its_state_its_counts_and_where_its_refused_rows_are(done: Import) -> None:
    told = client().get(f"/api/v1/imports/{done.pk}").json()
    assert (told["state"], told["rows"], told["created"], told["rejected"]) == ("done", 2, 1, 1)
    assert told["undone"] is None
    rows = b"".join(client().get(told["rejects"].removeprefix("http://testserver"))).decode().splitlines()  # type: ignore[arg-type]
    assert rows[0] == "Row,Reason,Email,First Name"
    assert rows[1].endswith("nobody,Nobody")


def test_imports_are_listed_latest_first_a_page_at_a_time(done: Import, tmp_path: Path) -> None:
    later = Import.objects.create(kind="leads", file_name="leads.csv", path="")
    page: dict[str, Any] = client().get("/api/v1/imports?limit=1").json()
    assert [each["id"] for each in page["items"]] == [later.pk]
    following = client().get(page["next"].removeprefix("http://testserver")).json()
    assert ([each["id"] for each in following["items"]], following["next"]) == ([done.pk], None)
    assert [each["id"] for each in client().get("/api/v1/imports?kind=contacts").json()["items"]] == [done.pk]


def test_only_who_may_read_looks_at_imports(done: Import) -> None:
    assert client("collect").get(f"/api/v1/imports/{done.pk}").status_code == 401
    assert client().get("/api/v1/imports/0").status_code == 404
    rep = User.objects.create_user("rita@firm.example", name="Rita", role=Role.REP)
    assert client(user=rep).get("/api/v1/imports").status_code == 403
