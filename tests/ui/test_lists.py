"""The list pattern: paging by key, filters as sentences, actions on the query, safe files."""

import json
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.http import QueryDict
from django.test import Client, RequestFactory
from django.urls import reverse

from leadwright.kit import sheets
from leadwright.profile.models import Company
from leadwright.ui import lists
from leadwright.workspace.models import AuditEntry, Role, SavedView, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(client: Client) -> User:
    user = User.objects.create_user("ada@firm.example", name="Ada", role=Role.MARKETER)
    client.force_login(user)
    return user


def companies(count: int) -> None:
    Company.objects.bulk_create(Company(name=f"Firm {n // 2:03d}", size=n if n % 3 else None) for n in range(count))


def walk(fields: tuple[str, ...], *, descending: bool, size: int) -> tuple[list[int], list[int]]:
    """All keys forwards, then all keys backwards from the end."""
    rows, token, forwards, last = Company.objects.all(), "", [], None
    while True:
        found = lists.page(rows, fields, descending=descending, after=token, size=size)
        forwards += [row.pk for row in found.rows]
        if not found.after:
            last = found
            break
        token = found.after
    backwards = [row.pk for row in last.rows]
    token = last.before
    while token:
        found = lists.page(rows, fields, descending=descending, before=token, size=size)
        backwards = [row.pk for row in found.rows] + backwards
        token = found.before
    return forwards, backwards


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("fields", [(), ("name",), ("size",), ("name", "created_at")])
def test_paging_shows_each_row_once_in_both_directions(fields: tuple[str, ...], descending: bool) -> None:
    companies(47)
    forwards, backwards = walk(fields, descending=descending, size=7)
    assert sorted(forwards) == sorted(Company.objects.values_list("pk", flat=True))
    assert forwards == backwards


def test_rows_without_a_value_come_last_in_either_direction() -> None:
    companies(9)
    for descending in (True, False):
        found = [row.size for row in lists.page(Company.objects.all(), ("size",), descending=descending).rows]
        assert found[-3:] == [None, None, None]


def test_a_broken_page_token_shows_the_first_page(client: Client, ada: User) -> None:
    companies(3)
    assert b"Firm 000" in client.get(reverse("companies"), {"after": "nonsense", "sort": "name"}).content


def test_the_count_is_exact_while_it_is_small_and_an_estimate_above(monkeypatch: pytest.MonkeyPatch) -> None:
    companies(30)
    assert str(lists.count(Company.objects.all())) == "30"
    monkeypatch.setattr(lists, "COUNT_LIMIT", 20)
    assert str(lists.count(Company.objects.all())).startswith("about ")


def test_a_list_costs_a_handful_of_queries(client: Client, ada: User, django_assert_max_num_queries: Any) -> None:
    companies(60)
    client.get(reverse("companies"))
    with django_assert_max_num_queries(16):
        client.get(reverse("companies"))


def test_a_search_narrows_and_its_chip_says_so(client: Client, ada: User) -> None:
    Company.objects.create(name="Nordwind")
    Company.objects.create(name="Südwind")
    page = client.get(reverse("companies"), {"q": "Nordwind"}).content.decode()
    assert "Südwind" not in page
    assert "found by “Nordwind”" in page


def test_a_view_is_kept_as_a_tab_and_only_a_shared_one_is_seen_by_others(client: Client, ada: User) -> None:
    client.post(reverse("companies") + "?q=Nord", {"deed": "save-view", "name": "Northern"})
    client.post(reverse("companies") + "?q=West", {"deed": "save-view", "name": "Western", "shared": "on"})
    assert SavedView.objects.get(name="Northern").query == "q=Nord"
    other = Client()
    other.force_login(User.objects.create_user("ben@firm.example", name="Ben", role=Role.MARKETER))
    page = other.get(reverse("companies")).content.decode()
    assert "Western" in page
    assert "Northern" not in page


def test_chosen_columns_are_remembered(client: Client, ada: User) -> None:
    companies(1)
    client.post(reverse("companies"), {"deed": "columns", "column": ["domain"]})
    assert [column.key for column in client.get(reverse("companies")).context["shown"]] == ["name", "domain"]


def test_a_file_holds_all_that_matches_and_no_formula(client: Client, ada: User) -> None:
    Company.objects.create(name="=HYPERLINK(1)", domain="a.example")
    Company.objects.create(name="Plain", domain="b.example")
    answer = client.get(reverse("companies"), {"export": "csv"})
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    assert "'=HYPERLINK(1)" in text
    assert "Plain" in text
    assert AuditEntry.objects.filter(action="exported", object_kind="companies", user=ada).exists()
    lines = b"".join(client.get(reverse("companies"), {"export": "jsonl"}).streaming_content).decode().splitlines()
    assert {json.loads(line)["name"] for line in lines} == {"=HYPERLINK(1)", "Plain"}


def test_a_negative_number_in_a_file_stays_a_number() -> None:
    assert sheets.harmless("-5.2") == "-5.2"
    assert sheets.harmless("-cmd") == "'-cmd"


def test_an_action_on_all_gets_the_query_and_not_the_page(ada: User) -> None:
    companies(70)
    seen: list[int] = []
    chosen = lists.List(
        name="x",
        title="X",
        rows=lambda request: Company.objects.all(),
        columns=(lists.Column("name", "Name"),),
        filters=(lists.Choice("name", "Name", "name", [("Firm 001", "Firm 001")]),),
    )
    request = RequestFactory().post("/", {"all": "1"})
    seen.append(chosen.selected(request).count())
    request = RequestFactory().post("/", {"ids": [str(pk) for pk in Company.objects.values_list("pk", flat=True)[:3]]})
    seen.append(chosen.selected(request).count())
    request.GET = QueryDict("name=Firm 001")
    request.POST = QueryDict("all=1")
    seen.append(chosen.selected(request).count())
    assert seen == [70, 3, 2]


def test_roles_have_their_groups() -> None:
    assert {role.value for role in Role} <= set(Group.objects.values_list("name", flat=True))


def test_a_count_may_stop_where_more_says_no_more(db):
    for number in range(3):
        User.objects.create_user(f"u{number}@firm.example", name=f"U{number}")
    rows = User.objects.all()
    assert lists.up_to(rows, 5) == (3, "3")
    assert lists.up_to(rows, 3) == (3, "3")
    assert lists.up_to(rows, 2) == (3, "2+")
    assert lists.up_to(rows.none(), 2) == (0, "0")
