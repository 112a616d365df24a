import pytest

from leadwright.measure import backlogs
from leadwright.workspace import keys, settings

pytestmark = pytest.mark.django_db


def test_metrics_are_open_on_loopback_and_want_a_key_elsewhere(client, monkeypatch):
    assert b"leadwright_hits_waiting" in client.get("/metrics").content
    monkeypatch.setenv("LEADWRIGHT_HOST", "0.0.0.0")
    assert client.get("/metrics").status_code == 401
    _, collect = keys.create("collect")
    assert client.get("/metrics", headers={"Authorization": f"Bearer {collect}"}).status_code == 401
    _, read = keys.create("read")
    assert client.get("/metrics", headers={"Authorization": f"Bearer {read}"}).status_code == 200


def test_readiness_names_what_is_missing(client):
    answer = client.get("/readyz")
    checks = {check["name"]: check for check in answer.json()["checks"]}
    assert answer.status_code == 503
    assert checks["database"]["ok"]
    assert not checks["worker"]["ok"]
    assert "leadwright work" in checks["worker"]["say"]


def test_an_example_firm_whose_past_is_being_lived_is_ready(client):
    firm = settings.current()
    firm.demo = {"past": {"done": False, "month": "March 2026"}}
    firm.save()
    assert client.get("/readyz").status_code == 200
    assert all(line.ok for line in backlogs.lines())
