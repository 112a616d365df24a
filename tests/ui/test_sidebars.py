from types import SimpleNamespace

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils.safestring import SafeString

from leadwright.ui import sidebars
from leadwright.ui.sidebars import Sidebars
from leadwright.workspace.models import Role, User


class Reader(SimpleNamespace):
    """Whoever a page is drawn for."""

    def get_username(self):
        return f"{self.pk}@firm.example"

    def get_all_permissions(self):
        return set(self.may)

    def __str__(self):
        return self.called


def reader(pk=1, may=("a.view",), called="Mia", *, is_superuser=False):
    return {"request": SimpleNamespace(user=Reader(pk=pk, may=may, called=called, is_superuser=is_superuser))}


@pytest.fixture
def drawn():
    """A sidebar that counts how often it is drawn."""
    calls = []

    def draw(context):
        calls.append(context)
        return SafeString(f"sidebar {len(calls)}")

    kept = Sidebars(draw)
    kept.calls = calls
    return kept


def test_a_sidebar_is_drawn_once_for_a_reader(drawn):
    assert drawn(reader()) == drawn(reader()) == "sidebar 1"


@pytest.mark.parametrize(
    "other",
    [reader(pk=2), reader(may=("a.view", "a.change")), reader(called="Mia Maria"), reader(is_superuser=True)],
)
def test_who_is_another_or_may_other_things_has_another(drawn, other):
    drawn(reader())
    assert drawn(other) == "sidebar 2"


def test_it_is_asked_for_again_after_a_while_and_few_are_kept(drawn, monkeypatch):
    drawn(reader())
    monkeypatch.setattr(sidebars, "KEPT_SECONDS", 0.0)
    assert drawn(reader()) == "sidebar 2"
    monkeypatch.undo()
    monkeypatch.setattr(sidebars, "MOST", 2)
    for number in range(5):
        drawn(reader(pk=number + 10))
    assert len(drawn._kept) == 2


@pytest.mark.django_db
def test_a_permission_that_is_taken_away_leaves_the_menu_with_the_next_page(client: Client):
    user = User.objects.create_user("mia@firm.example", name="Mia", role=Role.HEAD)
    client.force_login(user)
    assert "/app/segments/" in client.get("/app/contacts/").content.decode()
    assert "/app/segments/" in client.get("/app/contacts/").content.decode()
    wanted = Permission.objects.filter(codename="view_segment")
    for group in user.groups.all():
        group.permissions.remove(*wanted)
    assert "/app/segments/" not in client.get("/app/contacts/").content.decode()
