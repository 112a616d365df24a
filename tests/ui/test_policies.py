"""The Content-Security-Policy: strict on our screens, with one exception on Wagtail's editors."""

import pytest
from django.test import Client
from django.urls import reverse

from leadwright.workspace.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def policy(client: Client) -> object:
    client.force_login(User.objects.create_superuser("ada@firm.example", name="Ada"))

    def of(path: str) -> list[str]:
        answer = client.get(path)
        assert answer.status_code == 200
        return answer["Content-Security-Policy"].split("; ")

    return of


@pytest.mark.parametrize("name", ["today", "contacts", "companies", "workspace_settings", "mfa_index"])
def test_our_screens_allow_no_inline_script(policy, name: str) -> None:
    found = policy(reverse(name))
    assert "script-src 'self'" in found
    assert "object-src 'none'" in found
    assert "frame-ancestors 'self'" in found


def test_wagtails_editors_may_start_their_widgets(policy) -> None:
    assert "script-src 'self' 'unsafe-inline'" in policy(reverse("wagtailimages:add"))


def test_nothing_on_our_screens_needs_an_inline_script(client: Client, policy) -> None:
    for name in ("today", "contacts", "companies", "workspace_settings", "workspace_users", "workspace_keys"):
        page = client.get(reverse(name)).content.decode()
        for script in page.split("<script")[1:]:
            opening = script.split(">")[0]
            assert "src=" in opening or "application/json" in opening, opening
        assert " onclick=" not in page
