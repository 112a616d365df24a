"""No key, token or password ever stands in a log, whoever wrote the line."""

import logging

import pytest
import structlog

from leadwright.kit import log

SECRETS = {
    "key": "lw_3kN8sD0f9aKx_12-QmZp4vB7",
    "token": "kpcEEBlcZ0dkq-Zq1f3aT0x9Xy_",
    "password": "s3cret-w0rd",
}


@pytest.fixture
def kept() -> object:
    root, structured = logging.getLogger(), structlog.get_config()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.configure(**structured)
    structlog.contextvars.clear_contextvars()


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_line_of_the_log_gives_nothing_away(
    kept: object, form: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LEADWRIGHT_LOG_FORMAT", form)
    log.set_up("test")
    ours, others = structlog.get_logger("ours"), logging.getLogger("others")
    ours.warning("a call came", key=SECRETS["key"], path=f"/t/u/{SECRETS['token']}")
    ours.warning("relay", url=f"smtp://mailer:{SECRETS['password']}@relay.example:587")
    others.warning("Forbidden (CSRF cookie not set.): /app/sign-in/link/%s/", SECRETS["token"])
    others.warning("Authorization: Bearer %s", SECRETS["key"])
    try:
        raise ValueError(f"smtp://mailer:{SECRETS['password']}@relay.example said no to {SECRETS['key']}")
    except ValueError:
        ours.exception("it broke")
        others.exception("it broke")
    said = capsys.readouterr().err
    assert said.count("ValueError: smtp://…@relay.example said no") == 2
    assert [name for name, secret in SECRETS.items() if secret in said] == []
    assert "relay.example" in said


@pytest.mark.parametrize(
    "plain", ["GET /app/contacts/5/ 200", "postgresql:///leadwright?host=/var/run", "3 of 4 at 10:00"]
)
def test_what_is_no_secret_stays(plain: str) -> None:
    assert log.without_secrets(plain) == plain
