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


def test_wrong_passwords_close_the_door_for_that_name_only(client: Client, ada: User) -> None:
    for _ in range(9):
        client.post(reverse("account_login"), {"login": "ben@firm.example", "password": "wrong"})
    assert log_in(client) == 302
    assert is_in(client)


def test_whoever_comes_by_the_proxy_of_this_machine_is_told_apart(client: Client, ada: User) -> None:
    told = {"login": "ada@firm.example", "password": "wrong"}
    for _ in range(8):
        refused = client.post(reverse("account_login"), told, headers={"X-Forwarded-For": "198.51.100.7"})
    assert refused.status_code == 429
    assert log_in(client) == 302  # from elsewhere


def test_too_many_wrong_codes_close_the_door_for_a_while(client: Client, ada: User) -> None:
    secret = give_second_factor(ada)
    log_in(client)
    for _ in range(8):
        client.post(reverse("mfa_authenticate"), {"code": "000000"})
    code = totp.format_hotp_value(totp.hotp_value(secret, next(iter(totp.yield_hotp_counters_from_time()))))
    answer = client.post(reverse("mfa_authenticate"), {"code": code})
    assert "too many wrong codes" in answer.content.decode() or answer.status_code == 429
    assert not is_in(client)


def test_a_new_password_ends_all_other_sessions(client: Client, ada: User) -> None:
    elsewhere = Client()
    log_in(client)
    log_in(elsewhere)
    assert is_in(elsewhere)
    told = {"oldpassword": PASSWORD, "password1": "another-quite-long-one", "password2": "another-quite-long-one"}
    assert client.post(reverse("account_change_password"), told).status_code == 302
    assert not is_in(elsewhere)
    assert is_in(client)


@pytest.mark.parametrize("away", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"])
def test_signing_in_leads_nowhere_else(client: Client, ada: User, away: str) -> None:
    told = {"login": "ada@firm.example", "password": PASSWORD, "next": away}
    assert client.post(f"{reverse('account_login')}?next={away}", told)["Location"] == "/app/"


def test_a_session_begins_with_a_new_name(client: Client, ada: User) -> None:
    client.get(reverse("account_login"))
    before = client.session.session_key
    log_in(client)
    assert client.session.session_key != before


def test_an_ended_session_leads_the_whole_page_to_the_sign_in_not_a_piece_of_it(client: Client) -> None:
    there = {"HX-Request": "true", "HX-Current-URL": "http://testserver/app/contacts/?q=ada"}
    answer = client.get("/app/contacts/1/timeline/", headers=there)
    assert answer.status_code == 401
    assert answer["HX-Redirect"] == "/app/sign-in/login/?next=/app/contacts/%3Fq%3Dada"
    assert b"<form" not in answer.content
    for away in (
        "https://evil.example//evil.example/x",
        "https://evil.example/app/../..//evil.example",
        "javascript:1",
    ):
        answer = client.get("/app/contacts/1/timeline/", headers=there | {"HX-Current-URL": away})
        assert answer["HX-Redirect"].startswith("/app/sign-in/login/")
        assert "next=//" not in answer["HX-Redirect"]
    assert client.get("/app/images/", headers=there).status_code == 401  # also where Wagtail draws


def test_an_old_session_without_its_second_factor_leads_the_whole_page_too(client: Client, ada: User) -> None:
    log_in(client)
    give_second_factor(ada)
    answer = client.get("/app/contacts/1/timeline/", headers={"HX-Request": "true"})
    assert (answer.status_code, answer["HX-Redirect"]) == (401, "/app/sign-in/login/")
