"""What the settings promise of cookies and headers, as they are over HTTP and over HTTPS."""

import runpy
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as here
from django.test import Client, override_settings
from django.urls import reverse

from leadwright.workspace.models import User

SETTINGS = Path(__file__).resolve().parents[2] / "leadwright" / "main" / "settings.py"


def read(monkeypatch: pytest.MonkeyPatch, url: str) -> dict[str, Any]:
    """The settings, as they are for a public URL."""
    monkeypatch.setenv("LEADWRIGHT_URL", url)
    return runpy.run_path(str(SETTINGS))


def test_over_https_cookies_and_visits_stay_on_https(monkeypatch: pytest.MonkeyPatch) -> None:
    found = read(monkeypatch, "https://leads.firm.example")
    assert (found["SESSION_COOKIE_SECURE"], found["CSRF_COOKIE_SECURE"]) == (True, True)
    assert found["SECURE_HSTS_SECONDS"] >= 365 * 24 * 3600
    assert found["SECURE_PROXY_SSL_HEADER"] == ("HTTP_X_FORWARDED_PROTO", "https")
    assert found["ALLOWED_HOSTS"] == ["127.0.0.1", "localhost", "[::1]", "leads.firm.example"]
    assert "*" not in found["ALLOWED_HOSTS"]


def test_over_http_nothing_claims_https(monkeypatch: pytest.MonkeyPatch) -> None:
    found = read(monkeypatch, "http://127.0.0.1:8000")
    assert (found["SESSION_COOKIE_SECURE"], found["SECURE_HSTS_SECONDS"]) == (False, 0)
    assert found["SECURE_PROXY_SSL_HEADER"] is None


def test_tracebacks_are_shown_to_nobody_unless_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read(monkeypatch, "https://leads.firm.example")["DEBUG"] is False
    monkeypatch.setenv("LEADWRIGHT_DEBUG", "0")
    assert read(monkeypatch, "https://leads.firm.example")["DEBUG"] is False


@pytest.mark.django_db
def test_the_sessions_cookie_is_for_the_server_and_our_own_pages_only(client: Client) -> None:
    User.objects.create_user("ada@firm.example", "quite-a-long-word", name="Ada")
    with override_settings(SESSION_COOKIE_SECURE=True, CSRF_COOKIE_SECURE=True):
        told = {"login": "ada@firm.example", "password": "quite-a-long-word"}
        answer = client.post(reverse("account_login"), told)
    session = answer.cookies["sessionid"]
    assert (session["httponly"], session["samesite"], session["secure"]) == (True, "Lax", True)
    assert answer.cookies["csrftoken"]["secure"] is True
    assert here.SESSION_COOKIE_HTTPONLY is True


@pytest.mark.django_db
def test_a_visit_by_https_is_told_to_stay_there(client: Client) -> None:
    with override_settings(SECURE_HSTS_SECONDS=31_536_000):
        assert client.get("/app/sign-in/login/", secure=True)["Strict-Transport-Security"] == "max-age=31536000"
        assert not client.get("/app/sign-in/login/").has_header("Strict-Transport-Security")
