"""Signing in: by password, by a link that works once, with a second factor where there is one."""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from django.test import Client
from django.urls import reverse

from leadwright.kit import clock
from leadwright.workspace import settings, signin
from leadwright.workspace.models import Role, User

pytestmark = pytest.mark.django_db

PASSWORD = "quite-a-long-word"


@pytest.fixture
def ada() -> User:
    return User.objects.create_user("ada@firm.example", PASSWORD, name="Ada", role=Role.MARKETER)


def path_of(user: User) -> str:
    return urlsplit(signin.link(user)).path


def log_in(client: Client, password: str = PASSWORD) -> int:
    return client.post(reverse("account_login"), {"login": "ada@firm.example", "password": password}).status_code


def is_in(client: Client) -> bool:
    return client.get(reverse("contacts")).status_code == 200


def test_a_password_opens_the_console(client: Client, ada: User) -> None:
    assert log_in(client) == 302
    assert is_in(client)


def test_too_many_wrong_passwords_close_the_door_for_a_while(client: Client, ada: User) -> None:
    for _ in range(8):
        answer = log_in(client, "wrong")
    assert answer == 429
    assert log_in(client) == 429
    assert not is_in(client)


def test_looking_at_a_link_does_not_use_it_up(client: Client, ada: User) -> None:
    path = path_of(ada)
    client.get(path)
    client.head(path)
    assert not is_in(client)
    assert client.post(path).status_code == 302
    assert is_in(client)


def test_a_link_works_once(client: Client, ada: User) -> None:
    path = path_of(ada)
    client.post(path)
    assert Client().post(path).status_code == 410


def test_a_link_ends_with_the_day(client: Client, ada: User) -> None:
    path = path_of(ada)
    with clock.frozen(clock.now() + timedelta(hours=25)):
        assert client.post(path).status_code == 410


def test_a_link_of_somebody_who_left_opens_nothing(client: Client, ada: User) -> None:
    path = path_of(ada)
    ada.is_active = False
    ada.save()
    assert client.post(path).status_code == 410


def give_second_factor(user: User) -> str:
    secret = totp.generate_totp_secret()
    totp.TOTP.activate(user, secret)
    RecoveryCodes.activate(user)
    return secret


@pytest.mark.parametrize("by_link", [True, False])
def test_the_console_waits_for_the_second_factor(client: Client, ada: User, by_link: bool) -> None:
    secret = give_second_factor(ada)
    if by_link:
        assert client.post(path_of(ada))["Location"] == reverse("mfa_authenticate")
    else:
        log_in(client)
    assert not is_in(client)
    code = totp.format_hotp_value(totp.hotp_value(secret, next(iter(totp.yield_hotp_counters_from_time()))))
    client.post(reverse("mfa_authenticate"), {"code": code})
    assert is_in(client)


def test_a_session_older_than_the_second_factor_must_sign_in_again(client: Client, ada: User) -> None:
    log_in(client)
    give_second_factor(ada)
    assert not is_in(client)


def test_wagtails_own_door_leads_to_ours(client: Client, ada: User) -> None:
    assert client.get("/app/login/?next=/app/contacts/")["Location"] == "/app/sign-in/login/?next=/app/contacts/"
    assert client.get("/app/password_reset/").status_code == 302


def test_the_firm_may_ask_everyone_for_a_second_factor(client: Client, ada: User) -> None:
    workspace = settings.current()
    workspace.second_factor_required = True
    workspace.save()
    log_in(client)
    assert client.get(reverse("contacts"))["Location"] == reverse("mfa_activate_totp")
    page = client.get(reverse("mfa_activate_totp"), follow=True)
    client.post(page.request["PATH_INFO"] + "?" + page.request["QUERY_STRING"], {"password": PASSWORD})
    assert "Scan this code" in client.get(reverse("mfa_activate_totp")).content.decode()


def test_nobody_signs_up_unasked(client: Client) -> None:
    assert b"By invitation" in client.get(reverse("account_signup")).content
