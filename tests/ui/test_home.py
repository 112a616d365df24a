"""The first screen and the frame around every screen: ours, by role, in a lead's order."""

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from django.urls import reverse

from leadwright.kit.registries import CHECKS, MENU
from leadwright.workspace import settings
from leadwright.workspace.models import Role, User

pytestmark = pytest.mark.django_db


def signed_in(client: Client, role: str) -> User:
    user = User.objects.create_user(f"{role}@firm.example", name="Ada Okafor", role=role)
    client.force_login(user)
    return user


@pytest.mark.parametrize("role", list(Role))
def test_each_role_has_a_first_screen(client: Client, role: str) -> None:
    signed_in(client, role)
    page = client.get("/app/").content.decode()
    assert "Today - Leadwright" in page
    assert "Set up an authenticator app" in page


def test_no_word_of_wagtail_is_on_the_screen(client: Client) -> None:
    signed_in(client, Role.ADMINISTRATOR)
    for path in ("/app/", "/app/contacts/", "/app/images/", reverse("account_login")):
        visitor = Client() if "sign-in" in path else client
        page = BeautifulSoup(visitor.get(path).content, "html.parser")
        assert "Wagtail" not in page.get_text(" "), path
        assert page.title.string.endswith(" - Leadwright")


def test_a_role_does_not_see_what_it_may_not_use(client: Client) -> None:
    signed_in(client, Role.REP)
    page = client.get("/app/").content.decode()
    assert reverse("workspace_keys") not in page
    refused = client.get(reverse("workspace_keys"))
    assert refused.status_code == 403
    assert "administrator" in refused.content.decode()


def test_demo_data_is_told_as_such(client: Client) -> None:
    signed_in(client, Role.MARKETER)
    workspace = settings.current()
    workspace.demo = {"seed": 1}
    workspace.save()
    assert "this is an example firm" in client.get("/app/").content.decode()


def test_whatever_is_to_be_mended_says_where():
    for _, entry in [*CHECKS.items(), *MENU.items()]:
        assert not entry.url_name or reverse(entry.url_name)
